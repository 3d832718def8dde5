"""Questions to programmes, by callers that may ask them (`hub.access`): cases, one case with its events, boards,
faults.

Documents accepted until now are in the answers, or `behind` says how much is not. An auditor's question is on record
before it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from hub import access, auditing
from hub.access import View
from hub.admission.submission import Caller
from hub.core.directory.routing import Directory
from hub.core.errors import BadRequest, Forbidden, NotFound, Unavailable
from hub.core.misfit import one_of
from hub.core.model import vietnam_date
from hub.exchange import Exchange, Followed
from hub.programmes import boards, folding
from hub.programmes.riding import Case, Programme
from hub.store.programmes import (
    BoardRow,
    CaseRow,
    Counted,
    EventRow,
    FaultRow,
    Figures,
    Page,
    Programmes,
    SumRow,
    Wanted,
)
from hub.store.search import Bill

_CAUGHT_UP_SECONDS: Final = 0.25
ALL: Final = "all"
"""In place of a programme's name: of all of them."""
_MOST_FAULTY: Final = 20
"""Documents in one answer: the faults of a document come together, and there may be 50 of them; of a body of a sync
service 200."""
_MOST_FAULTS: Final = 1_000
"""Faults after which no further document is begun."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Cases. `agency`: of this one alone, where the caller acts for several; `overdue`: open ones, their deadline
    before `day`."""

    programme: str
    agency: str = ""
    role: str = ""
    kind: str = ""
    state: str = ""
    about: str = ""
    open: bool | None = None
    overdue: bool = False
    by_due: bool = False
    counted: Counted | None = None
    limit: int = 50
    cursor: str = ""


class Cases(msgspec.Struct, frozen=True):
    """`words`: whether the caller may read titles and bodies. `seconds` of processor that it took."""

    page: Page
    words: bool
    day: date
    behind: int
    seconds: float


class OneCase(msgspec.Struct, frozen=True):
    """`after`: where the next events begin, 0 after the last."""

    row: CaseRow
    events: list[EventRow]
    after: int
    words: bool
    day: date
    seconds: float


class OneBoard(msgspec.Struct, frozen=True):
    """`made` is work for a moment: of the counts of everybody it takes a tenth of a second."""

    root: str
    role: str
    kind: str
    rows: list[BoardRow]
    day: date
    behind: int
    seconds: float

    def made(self, directory: Directory) -> boards.Board:
        return boards.board((boards.Counted(*row) for row in self.rows), directory, self.root, self.kind)


class FaultsFound(msgspec.Struct, frozen=True):
    rows: list[FaultRow]
    cursor: str
    words: bool
    seconds: float


class _Room(msgspec.Struct, frozen=True):
    """The parts that a question works with."""

    following: Followed
    store: Programmes
    behind: int


async def _room(exchange: Exchange) -> _Room:
    following, store = exchange.following, exchange.store.programmes
    if following is None or store is None:
        raise Unavailable(found="no programmes here")
    return _Room(following, store, await following.caught_up(_CAUGHT_UP_SECONDS))


def programme(exchange: Exchange, name: str) -> Programme:
    """NotFound where there is none of that name."""
    known: Mapping[str, Programme] = exchange.following.programmes if exchange.following is not None else {}
    found = known.get(name)
    if found is None:
        raise NotFound(expected=one_of(known) if known else "no programme", found=name[:80])
    return found


async def figures(exchange: Exchange) -> tuple[dict[str, Figures], int]:
    """Of each programme, and how many documents are not taken in yet."""
    room = await _room(exchange)
    return await room.store.figures(), room.behind


async def cases(exchange: Exchange, caller: Caller, asked: Asked) -> Cases:
    """NotFound, Forbidden, BadRequest for a question that is none; Unavailable where the store cannot be read."""
    rides, now = programme(exchange, asked.programme), exchange.clock()
    view = access.view(exchange.directory, caller, now, asked.agency)
    _known("role", asked.role, rides.words.roles)
    _known("state", asked.state, rides.words.states)
    if asked.counted is not None and view.parties is None:
        raise BadRequest(expected="agency: whose sum it is", found="none")
    if not view.words and (asked.about or _telling(rides, asked.counted)):
        # Whoever is not told what a case is about does not search by it either: a search answers too.
        raise Forbidden(expected="a party or an auditor, to ask by what cases are about", found=caller.role)
    room, bill, day = await _room(exchange), Bill(), vietnam_date(now)
    wanted = Wanted(
        programme=asked.programme,
        agencies=view.parties,
        roles=(asked.role,) if asked.role else tuple(rides.words.roles),
        kind=asked.kind,
        state=asked.state,
        about=asked.about,
        counted=asked.counted,
        open=asked.open,
        overdue=day if asked.overdue else None,
        by_due=asked.by_due,
    )
    try:
        page = await room.store.cases(bill, wanted, asked.limit, asked.cursor)
    except ValueError:
        raise BadRequest(expected="a cursor from an earlier answer", found=asked.cursor[:40]) from None
    await _recorded(exchange, caller, view, asked, len(page.rows))
    return Cases(page, view.words, day, room.behind, bill.seconds)


async def case(exchange: Exchange, caller: Caller, name: str, id: str, limit: int = 100, after: int = 0) -> OneCase:
    """One case and its events, oldest first. NotFound where there is none, and where the caller is no party of it."""
    programme(exchange, name)
    now = exchange.clock()
    view = access.view(exchange.directory, caller, now)
    room, bill = await _room(exchange), Bill()
    row = await room.store.case(bill, name, id)
    if row is None or not access.sees_case(view, row.case.parties):
        raise NotFound(expected="a case of yours", found=id[:80])
    found = await room.store.events(bill, name, id, limit + 1, after)
    await _recorded(exchange, caller, view, {"programme": name, "case": id}, 1)
    more = found[limit - 1][0] if len(found) > limit else 0
    events = [event for _, event in found[:limit]]
    return OneCase(row, events, more, view.words, vietnam_date(now), bill.seconds)


async def board(
    exchange: Exchange, caller: Caller, name: str, role: str, root: str = "", kind: str = "", day: date | None = None
) -> OneBoard:
    """The counts of each agency, below `root` (empty: below the caller, or for those that watch the axis below nobody:
    all)."""
    rides, now = programme(exchange, name), exchange.clock()
    role = role or next(iter(rides.words.roles))
    _known("role", role, rides.words.roles)
    root = access.board_root(exchange.directory, caller, root, now)
    room, bill, at = await _room(exchange), Bill(), day or vietnam_date(now)
    whose = boards.below(exchange.directory, root) if root else None
    rows = await room.store.board(bill, name, role, whose, at)
    return OneBoard(root, role, kind, rows, at, room.behind, bill.seconds)


class CountedCases(msgspec.Struct, frozen=True):
    rows: list[BoardRow]
    behind: int
    seconds: float


async def counted(exchange: Exchange, name: str, role: str, agencies: Sequence[str] | None, day: date) -> CountedCases:
    """Counts for a board of several programmes; below whom is decided before (`access.board_root`)."""
    room, bill = await _room(exchange), Bill()
    rows = await room.store.board(bill, name, role, agencies, day)
    return CountedCases(rows, room.behind, bill.seconds)


async def summed(
    exchange: Exchange, name: str, agencies: Sequence[str] | None, month: str, role: str = ""
) -> list[SumRow]:
    """A month's sums in the programme's first role, or in `role`; below whom is decided before."""
    room, role = await _room(exchange), role or next(iter(programme(exchange, name).words.roles))
    return await room.store.sums(Bill(), name, role, agencies, month, month)


async def sums(
    exchange: Exchange, caller: Caller, name: str, role: str, root: str, first: str, last: str
) -> list[SumRow]:
    """Monthly sums of every agency that the board of `root` counts, by agency and kind."""
    rides = programme(exchange, name)
    _known("role", role, rides.words.roles)
    root = access.board_root(exchange.directory, caller, root, exchange.clock())
    whose = boards.below(exchange.directory, root) if root else None
    room = await _room(exchange)
    return await room.store.sums(Bill(), name, role, whose, first, last)


async def things(
    exchange: Exchange, caller: Caller, name: str, role: str, root: str, first: str, last: str
) -> tuple[dict[str, int], float]:
    """The sums of things, of everybody whom the board of `root` counts together, and the seconds that they took."""
    rides = programme(exchange, name)
    _known("role", role, rides.words.roles)
    root = access.board_root(exchange.directory, caller, root, exchange.clock())
    whose = boards.below(exchange.directory, root) if root else None
    room, bill = await _room(exchange), Bill()
    return await room.store.things(bill, name, role, whose, first, last), bill.seconds


async def kept(exchange: Exchange, name: str, ids: Sequence[str]) -> dict[str, Case]:
    """Those of these cases that there are; the code that calls this checks which of them may be seen."""
    return await (await _room(exchange)).store.kept(name, list(dict.fromkeys(ids)))


async def faults(
    exchange: Exchange,
    caller: Caller,
    name: str,
    agency: str = "",
    limit: int = 50,
    cursor: str = "",
    code: str = "",
    day: date | None = None,
) -> FaultsFound:
    """Faults of documents that the caller sent or was sent, newest first; of at most `limit` documents, and of at most
    20; of one code and of one day where these are given."""
    limit = min(limit, _MOST_FAULTY)
    if name not in (ALL, folding.FRAME):
        programme(exchange, name)
    view = access.view(exchange.directory, caller, exchange.clock(), agency)
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 15):
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor[:40])
    room, bill = await _room(exchange), Bill()
    before = int(cursor) if cursor else None
    found = await room.store.faults(bill, "" if name == ALL else name, view.parties, limit, before, code, day)
    rows = _some(found)
    question = {"programme": name, "faults": agency, "code": code, "day": day.isoformat() if day else ""}
    await _recorded(exchange, caller, view, question, len(rows))
    more = len(rows) < len(found) or len({row.number for row in rows}) >= limit
    return FaultsFound(rows, str(rows[-1].number) if more else "", view.words, bill.seconds)


def _some(rows: list[FaultRow]) -> list[FaultRow]:
    """Those of whole documents, up to the one with which they are enough."""
    if len(rows) <= _MOST_FAULTS:
        return rows
    last = rows[_MOST_FAULTS - 1].number
    return [row for row in rows if row.number >= last]


async def of_document(exchange: Exchange, number: int) -> tuple[list[EventRow], list[FaultRow]]:
    """The effects of one document; the right to see it is asked before."""
    room = await _room(exchange)
    return await room.store.of_document(Bill(), number)


def _telling(rides: Programme, counted: Counted | None) -> bool:
    names = (counted.measure, counted.without) if counted is not None else ()
    return any(":" in name or name in rides.words.things for name in names)


def _known(what: str, word: str, words: Mapping[str, object]) -> None:
    if word and word not in words:
        raise BadRequest(expected=f"`{what}`: {one_of(words)}", found=word[:40])


async def _recorded(exchange: Exchange, caller: Caller, view: View, asked: object, count: int) -> None:
    # A crash right here leaves a question on record whose answer nobody had; never the other way round.
    if view.recorded:
        given = {key: value for key, value in msgspec.to_builtins(asked).items() if value not in ("", None, False)}
        await auditing.searched(exchange, caller, msgspec.json.encode(given).decode(), count)
