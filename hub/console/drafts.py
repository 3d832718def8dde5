"""Changes of the directory that an operator was shown and has not confirmed: in memory, few, for a quarter of an hour.

    prepare   the entries as they would be, checked by the directory → a draft with every difference
    confirm   exactly that, if the entries are still as they were shown; the axis states it, the trail has the person
              and the reason

A draft belongs to the account that made it. A crash, or another change meanwhile, costs its owner one look more.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from hub.core.directory import amend
from hub.core.directory.diff import Change
from hub.core.errors import BadRequest, NotFound
from hub.core.model import Agency
from hub.exchange import Exchange

MOST_ENTRIES: Final = 20_000
"""Of one draft; the command line takes more."""
_MOST_OF_ALL: Final = 60_000
_MOST_DRAFTS: Final = 32
_OF_ONE: Final = 4
_SECONDS: Final = 900.0


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """`act`: a text `directory.act.…`; `back`: where it was begun; `grave`: asks for a reason. `new`: entries that
    differ, `before`: as they are registered now, None for new ones; `read`: how many entries were looked at."""

    id: str
    account: str
    act: str
    back: str
    grave: bool
    new: tuple[Agency, ...]
    before: Mapping[str, Agency | None]
    changes: tuple[Change, ...]
    read: int
    until: float


class Drafts:
    """Of one hub; used on the event loop only."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: dict[str, Draft] = {}

    def add(self, draft: Draft) -> Draft:
        """The oldest make room: of this account, then of all."""
        self._forget_old()
        own = [d for d in self._held.values() if d.account == draft.account]
        for old in own[: max(0, len(own) - _OF_ONE + 1)]:
            del self._held[old.id]
        self._held[draft.id] = draft
        while len(self._held) > _MOST_DRAFTS or sum(len(d.new) for d in self._held.values()) > _MOST_OF_ALL:
            del self._held[next(iter(self._held))]
        return draft

    def get(self, identifier: str, account: str) -> Draft:
        """NotFound for one that is not there any more, or another's."""
        self._forget_old()
        draft = self._held.get(identifier)
        if draft is None or draft.account != account:
            raise NotFound(expected="a change that was prepared in the last 15 minutes", found=identifier[:40])
        return draft

    def drop(self, draft: Draft) -> None:
        self._held.pop(draft.id, None)

    def until(self) -> float:
        return self._now() + _SECONDS

    def _forget_old(self) -> None:
        now = self._now()
        self._held = {key: draft for key, draft in self._held.items() if draft.until > now}


def prepared(exchange: Exchange, new: Sequence[Agency]) -> tuple[dict[str, Agency | None], tuple[Change, ...]]:
    """The entries of these codes as they are, and their changes. DirectoryRefusal where the directory would not
    have it."""
    if len(new) > MOST_ENTRIES:
        raise BadRequest(expected=f"at most {MOST_ENTRIES} entries; more by truc agencies import", found=str(len(new)))
    directory = exchange.directory
    exchange.would_change(new)
    amend.check_affordable(new, directory.get)
    before = {agency.code: directory.get(agency.code) for agency in new}
    known = {code: agency for code, agency in before.items() if agency is not None}
    return before, tuple(amend.changes(known, new))


def identifier() -> str:
    return secrets.token_hex(16)
