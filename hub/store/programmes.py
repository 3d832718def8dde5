"""The contract of programmes' derived data: cases with their events and faults, and the counts of boards.

All of it follows from the documents of the record (`hub.programmes.riding`); it may be thrown away at any time, and is
made again from there, the same. `Mark` says how far it is. The intake of one step and its mark change together: after a
kill at any instant the store holds exactly the outcome of the documents before the mark.

Boards cost no walk through the cases. Each change of a case moves counts by the difference of the old and the new one,
in the same transaction, so a board adds up by construction, for any day that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple, Protocol

import msgspec

from hub.core.model import Millis
from hub.programmes.riding import Case, Event, Fault
from hub.store.search import Bill

OPENED, ENDED, LATE = "opened", "ended", "ended-late"
"""Measures that each case has by itself: of the month in which it was opened, ended, ended after its deadline."""
SCANNED: Final = 20_000
"""Rows that one page of cases is looked for in; where those hold fewer than it asks for, it comes with a cursor."""


class Mark(msgspec.Struct, frozen=True):
    """Every message with a number below `next` is in, and every body of a sync service up to number `brought`. `last`:
    identifier of the message before `next`, by which a record that was set back is noticed. `versions`: of the
    programmes that made this, by which other ones make it again."""

    next: int = 1
    last: str = ""
    versions: str = ""
    brought: int = 0


class Change(msgspec.Struct, frozen=True):
    """A case as it is kept now, None for a new one, and as it is from here on. Its documents so far end with number
    `number`. Of one case there is one change in a step."""

    programme: str
    number: int
    before: Case | None
    after: Case


class EventRow(msgspec.Struct, frozen=True):
    """`number`: of its document."""

    programme: str
    number: int
    event: Event


class FaultRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fault of a document, which its sender and its recipients are told; `id` orders them (0: not kept yet)."""

    id: int = 0
    programme: str
    number: int
    document: str
    sender: str
    at: Millis
    fault: Fault


class Faulty(msgspec.Struct, frozen=True):
    """The agencies that are told of the faults of a document."""

    number: int
    parties: tuple[str, ...]


class Taken(msgspec.Struct, frozen=True):
    """The yield of documents. Events stand in the order of the record; each is of a case that is kept or changed."""

    changes: Sequence[Change] = ()
    events: Sequence[EventRow] = ()
    faults: Sequence[FaultRow] = ()
    faulty: Sequence[Faulty] = ()


class CaseRow(msgspec.Struct, frozen=True):
    """`id` in the order in which cases began; `last`: the number of the newest document that changed it."""

    id: int
    programme: str
    last: int
    case: Case


class Counted(msgspec.Struct, frozen=True):
    """The cases behind a sum: those that add to `measure` in the months from `first` to `last`; `without`: of these the
    ones that do not add to that measure as well, in the same months."""

    measure: str
    first: str
    last: str
    without: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases. `agencies`: those that one of these is a party of (None: all), in one of `roles` where they are
    given. `overdue`: open ones whose deadline is before that day; these, and with `by_due` all open ones that have a
    deadline, come by it, the earliest first. Without, the newest come first. `counted`: of these agencies, and by no
    deadline."""

    programme: str
    agencies: tuple[str, ...] | None = None
    roles: tuple[str, ...] = ()
    kind: str = ""
    state: str = ""
    about: str = ""
    open: bool | None = None
    overdue: date | None = None
    by_due: bool = False
    counted: Counted | None = None


class Page(msgspec.Struct, frozen=True):
    """`cursor`: where the next one begins; empty after the last."""

    rows: list[CaseRow]
    cursor: str = ""


class BoardRow(NamedTuple):
    """`n` cases of an agency in a role. `late`: of ended ones whether they ended late, None for open ones; of those
    `overdue` had their deadline before the day that was asked for."""

    agency: str
    kind: str
    state: str
    late: bool | None
    n: int
    overdue: int


class SumRow(NamedTuple):
    agency: str
    kind: str
    month: str
    measure: str
    n: int


class Figures(NamedTuple):
    """Of a programme: how many of each there are."""

    cases: int
    open: int
    events: int
    faults: int


class Programmes(Protocol):
    """Programmes' derived data."""

    async def mark(self) -> Mark | None:
        """How far it is; None for an empty one."""

    async def take(self, mark: Mark, taken: Taken) -> None:
        """All of it or nothing."""

    async def reset(self) -> None:
        """Empty it."""

    async def kept(self, programme: str, ids: Sequence[str]) -> dict[str, Case]:
        """Those of these cases that are there."""

    async def case(self, bill: Bill, programme: str, id: str) -> CaseRow | None: ...
    async def events(
        self, bill: Bill, programme: str, id: str, limit: int, after: int = 0
    ) -> list[tuple[int, EventRow]]:
        """Of a case, oldest first, each with the value of `after` for the next page."""

    async def cases(self, bill: Bill, wanted: Wanted, limit: int, cursor: str = "") -> Page:
        """ValueError for a cursor that is none."""

    async def board(
        self, bill: Bill, programme: str, role: str, agencies: Sequence[str] | None, day: date
    ) -> list[BoardRow]:
        """Of these agencies (None: of all), by agency, kind and state."""

    async def sums(
        self,
        bill: Bill,
        programme: str,
        role: str,
        agencies: Sequence[str] | None,
        first: str,
        last: str,
        measures: Sequence[str] | None = None,
    ) -> list[SumRow]:
        """Of the months from `first` to `last`, both included; of these measures alone where they are given."""

    async def things(
        self, bill: Bill, programme: str, role: str, agencies: Sequence[str] | None, first: str, last: str
    ) -> dict[str, int]:
        """The sums that are called `name:thing`, over all of these agencies and months."""

    async def faults(
        self,
        bill: Bill,
        programme: str,
        agencies: Sequence[str] | None,
        limit: int,
        before: int | None = None,
        code: str = "",
        day: date | None = None,
    ) -> list[FaultRow]:
        """Of a programme, of all for ""; of one code, and of one day in Vietnam, where these are given. Newest
        documents first; `before`: the number of the last document seen. All faults of a document that fit come
        together, so there may be some more than `limit`."""

    async def of_document(self, bill: Bill, number: int) -> tuple[list[EventRow], list[FaultRow]]:
        """The events of one document."""

    async def figures(self) -> dict[str, Figures]:
        """Of each programme that has any."""

    async def recounted(self) -> list[str]:
        """Complaints of counts that the cases do not add up to; a walk through all of them, for a test and a check."""
