"""The accounts of the console that may read as auditors, as the log tells them: statements of kind 0x06, for anyone.

A session has no certificate: what an auditor's account looked at is evidence under the account's name, and these
statements say which accounts were auditors then. The object is canonical JSON with a random `x-nonce`: the accounts
that began or ceased to be auditors at one time, and by whose order. An account that was disabled has ceased.

A log of a hub that told no accounts yet says nothing of a session's look: it is neither proved nor a fault (`Told`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from enum import Enum, auto
from typing import Annotated, Final, Literal

import msgspec

from hub.core import canonical
from hub.core.errors import ProofInvalid
from hub.core.evidence.format import Party
from hub.core.leaf_object import LeafObject, type_of

TYPE: Final = "accounts"
EVENT: Final = "AccountRoles"
SESSION: Final = "session:"
"""Begins the way in which the holder of an account was authenticated."""
_AUDITOR: Final = "auditor:"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
"""Of an account: to sign in by, and as statements name it."""
NAMED: Final = "a name of 2 to 64 letters a-z, digits, . _ -"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`account`: the name to sign in by."""

    account: str
    change: Literal["appointed", "dismissed"]
    role: Literal["auditor"]


class AccountRoles(LeafObject, frozen=True, kw_only=True):
    """The changes of one time. `by`: who ordered them, `hub` for what a start found."""

    type: Literal["accounts"]
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    changes: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)]
    time: str


_decoder: Final = msgspec.json.Decoder(AccountRoles)


def encode(statement: AccountRoles) -> bytes:
    return canonical.encode(statement)


def decode(data: bytes) -> AccountRoles:
    """ProofInvalid for any other bytes."""
    statement = canonical.decode(data, _decoder, "a statement of accounts")
    for step in statement.changes:
        if not NAME.fullmatch(step.account):
            raise ProofInvalid(expected=NAMED, found=step.account[:80])
    return statement


def is_one(data: bytes) -> bool:
    """Whether a statement says that it is of this type."""
    return type_of(data) == TYPE


def after(before: Collection[str], statement: AccountRoles) -> frozenset[str]:
    """The auditors' accounts after this statement."""
    held = set(before)
    for step in statement.changes:
        (held.add if step.change == "appointed" else held.discard)(step.account)
    return frozenset(held)


def steps(before: Collection[str], now: Collection[str]) -> tuple[Step, ...]:
    """The changes that lead from one to the other, dismissals first."""
    gone, come = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    return (
        *(Step(name, "dismissed", "auditor") for name in gone),
        *(Step(name, "appointed", "auditor") for name in come),
    )


class Look(Enum):
    """What the record says of who looked."""

    PROVED = auto()
    UNPROVED = auto()
    NO_AUDITOR = auto()


class Told:
    """The part that an audit keeps of it; None until the log tells of accounts for the first time."""

    def __init__(self, saved: Iterable[str] | None = None) -> None:
        self._auditors: frozenset[str] | None = None if saved is None else frozenset(saved)

    def said(self, statement: AccountRoles) -> None:
        self._auditors = after(self._auditors or (), statement)

    @staticmethod
    def is_account(who: Party) -> bool:
        """Whether evidence names an account with its session, and no key."""
        return who.auth_method.startswith(SESSION) and not who.certificate_digest

    def judged(self, who: Party) -> Look:
        """`who`: the holder of an account, as the evidence of a look names it."""
        if self._auditors is None:
            return Look.UNPROVED
        known = who.identifier.startswith(_AUDITOR) and who.identifier.removeprefix(_AUDITOR) in self._auditors
        return Look.PROVED if known else Look.NO_AUDITOR

    def save(self) -> list[str] | None:
        return None if self._auditors is None else sorted(self._auditors)
