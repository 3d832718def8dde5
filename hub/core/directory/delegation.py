"""Which agency acts for which, as the log shows it: a centre for its agencies, a successor for an agency that has
ended.

The rule: that one agency signs for another is allowed only while a leaf of the log says so, began before the signature
and had not ended; its reader decides its worth. `Delegations` is fed the leaves in the order of the log and answers for
the moment that it has been fed up to. Successors follow each other: documents addressed to the first go to the last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, Protocol

import msgspec

from hub.core.model import Agency, from_iso_utc

Role = Literal["centre", "successor"]


class Delegation(msgspec.Struct, frozen=True, order=True, omit_defaults=True, forbid_unknown_fields=True):
    """`to` acts for `agency`. `since`, of a successor: the first day on which the agency is no more."""

    agency: str
    to: str
    role: Role
    since: str = ""


def of(agency: Agency | None) -> frozenset[Delegation]:
    """Those that an entry of the directory states."""
    found: set[Delegation] = set()
    if agency is None:
        return frozenset()
    if agency.centre and agency.centre != agency.code:
        found.add(Delegation(agency.code, agency.centre, "centre"))
    if agency.successor and agency.valid_to is not None:
        since = (agency.valid_to + timedelta(days=1)).isoformat()
        found.add(Delegation(agency.code, agency.successor, "successor", since))
    return frozenset(found)


class Change(Protocol):
    """A leaf that tells of delegations (`directory_log.DelegationsChange`)."""

    @property
    def change(self) -> Literal["began", "ended"]: ...
    @property
    def delegations(self) -> tuple[Delegation, ...]: ...
    @property
    def time(self) -> str: ...


class Held(msgspec.Struct):
    """One that is in effect: the leaf and the time (Millis) of its beginning, and when it was last and first relied
    upon."""

    leaf: int
    began: int
    used: int = 0
    first: int = 0


class Delegations:
    def __init__(self, held: Iterable[tuple[Delegation, Held]] = ()) -> None:
        self._of: dict[str, dict[tuple[str, Role], tuple[Delegation, Held]]] = {}
        for delegation, how in held:
            self._of.setdefault(delegation.agency, {})[delegation.to, delegation.role] = (delegation, how)

    def apply(self, leaf: int, change: Change) -> list[tuple[Delegation, Held]]:
        """The next leaf; the delegations that ended by it."""
        if change.change == "began":
            for one in change.delegations:
                self.begin(one, leaf, from_iso_utc(change.time))
            return []
        return [(one, held) for one in change.delegations if (held := self.end(one)) is not None]

    def begin(self, delegation: Delegation, leaf: int, at: int) -> None:
        self._of.setdefault(delegation.agency, {})[delegation.to, delegation.role] = (delegation, Held(leaf, at))

    def end(self, delegation: Delegation) -> Held | None:
        """The delegation that ended, None where it was not in effect."""
        mine = self._of.get(delegation.agency, {})
        found = mine.get((delegation.to, delegation.role))
        if found is None or found[0] != delegation:
            return None  # begun again meanwhile, from another day
        return mine.pop((delegation.to, delegation.role))[1]

    def centre(self, agency: str, to: str) -> Held | None:
        found = self._of.get(agency, {}).get((to, "centre"))
        return found[1] if found else None

    def successors(self, agency: str, to: str) -> list[Held]:
        """The line of successions that leads from `agency` to `to`; empty where there is none."""
        line: list[tuple[str, list[Held]]] = [(agency, [])]
        seen = {agency}
        while line:
            at, way = line.pop()
            for (into, role), (_, held) in self._of.get(at, {}).items():
                if role == "successor" and into not in seen:
                    if into == to:
                        return [*way, held]
                    seen.add(into)
                    line.append((into, [*way, held]))
        return []

    def items(self) -> list[tuple[Delegation, Held]]:
        every = [pair for mine in self._of.values() for pair in mine.values()]
        return sorted(every, key=lambda pair: pair[0])
