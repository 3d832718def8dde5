"""The accounts that may read as auditors, held against the log: no session reads as one before its leaf is on record.

An appointment is on record before the account exists or is enabled; a crash between the two leaves a leaf too many,
which the next start takes back. A dismissal counts at once and its leaf follows: a hub that may not record shuts the
account out all the same, and the leaf comes with the next start or the next look at the folder of keys.

State the auditors' accounts from now on: see `hub.core.evidence.account_roles`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
import structlog

from hub.access import Role
from hub.accounts.deeds import Who
from hub.core.errors import AxisError
from hub.core.evidence import account_roles
from hub.core.evidence.account_roles import AccountRoles, Step
from hub.core.evidence.format import Kind, encode_nonce
from hub.core.model import iso_utc
from hub.record.evidence_writer import EvidenceWriter
from hub.record.sequencer import Recorder
from hub.store import AccountRow, Store

log = structlog.get_logger("accounts")
_PAGE: Final = 256
_HUB: Final = "hub"


class Appoint(msgspec.Struct, frozen=True):
    """Auditors' accounts begin and cease, by somebody's order."""

    changes: tuple[Step, ...]
    by: str

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        nonce = encode_nonce(writer.random(16))
        said = AccountRoles(
            type=account_roles.TYPE, by=self.by[:200], changes=self.changes, time=iso_utc(writer.at), nonce=nonce
        )
        leaf = writer.leaf(Kind.STATEMENT, account_roles.encode(said), event=account_roles.EVENT).leaf
        return len(self.changes), (leaf,)


class Auditors:
    """`on_record`: by the log. Used on the event loop only."""

    def __init__(self, recorder: Recorder, on_record: frozenset[str]) -> None:
        self._recorder = recorder
        self.on_record = on_record

    @classmethod
    async def of(cls, store: Store, recorder: Recorder) -> Auditors:
        told: frozenset[str] = frozenset()
        start = 0
        while rows := await store.leaves_of_kind(Kind.STATEMENT, start, _PAGE):
            for row in rows:
                if account_roles.is_one(row.object):
                    told = account_roles.after(told, account_roles.decode(row.object))
            start = rows[-1].number + 1
        return cls(recorder, told)

    async def become(self, now: Collection[str], by: str) -> None:
        """From now on these are the auditors, durably. The errors of `Recorder.submit`."""
        if changes := account_roles.steps(self.on_record, now):
            await self._recorder.submit(Appoint(changes, by), receipts=False)
            self.on_record = frozenset(now)
            log.info("account-roles", changes=[f"{step.change} {step.account}" for step in changes])

    async def begins(self, row: AccountRow, who: Who) -> None:
        """An auditor's account, before it may enter. The errors of `Recorder.submit`."""
        if row.role == Role.AUDITOR:
            await self.become({*self.on_record, row.name}, who.text)

    async def ends(self, name: str, who: Who) -> None:
        """Any account's, once it may not enter any more."""
        await self.keep(self.on_record - {name}, who.text)

    async def keep(self, now: Collection[str], by: str = _HUB) -> None:
        """The same where the hub may record; else those that the log names already go on."""
        try:
            await self.become(now, by)
        except AxisError as error:
            log.warning("account-roles-not-recorded", code=error.code, found=error.found[:200])
