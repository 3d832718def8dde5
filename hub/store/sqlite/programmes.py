"""Programmes' cases, in a derived file beside the record.

Cases are walked by their number within one agency and role, or within one programme, so every page is a merge of ranges
of an index, and looks at `SCANNED` rows at most.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Final

import msgspec

from hub.core.model import vietnam_date
from hub.programmes.riding import Case, Event
from hub.store.programmes import (
    BoardRow,
    CaseRow,
    Change,
    EventRow,
    FaultRow,
    Figures,
    Mark,
    Page,
    SumRow,
    Taken,
    Wanted,
)
from hub.store.search import Bill
from hub.store.sqlite import programmes_counts
from hub.store.sqlite.derived import DerivedFile
from hub.store.sqlite.programmes_counts import Key
from hub.store.sqlite.programmes_pages import page

NAME: Final = "programmes.sqlite"
_SCHEMA: Final = """
CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL, last TEXT NOT NULL,
versions TEXT NOT NULL, brought INTEGER NOT NULL) STRICT;
CREATE TABLE cases (n INTEGER PRIMARY KEY, programme TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
state TEXT NOT NULL, about TEXT NOT NULL, due TEXT, late INTEGER, open INTEGER NOT NULL, last INTEGER NOT NULL,
told BLOB NOT NULL,
UNIQUE (programme, id)) STRICT;
CREATE INDEX cases_all ON cases (programme, n);
CREATE INDEX cases_state ON cases (programme, state, n);
CREATE INDEX cases_about ON cases (programme, about, n) WHERE about<>'';
CREATE INDEX cases_due ON cases (programme, due, n) WHERE open=1 AND due IS NOT NULL;
CREATE TABLE party (programme TEXT NOT NULL, role TEXT NOT NULL, agency TEXT NOT NULL, n INTEGER NOT NULL,
kind TEXT NOT NULL, state TEXT NOT NULL, about TEXT NOT NULL, due TEXT, open INTEGER NOT NULL,
PRIMARY KEY (programme, role, agency, n)) STRICT, WITHOUT ROWID;
CREATE INDEX party_about ON party (programme, role, agency, about, n) WHERE about<>'';
CREATE TABLE counted (programme TEXT NOT NULL, role TEXT NOT NULL, agency TEXT NOT NULL, month TEXT NOT NULL,
n INTEGER NOT NULL, PRIMARY KEY (programme, role, agency, month, n)) STRICT, WITHOUT ROWID;
CREATE INDEX party_state ON party (programme, role, agency, state, n);
CREATE INDEX party_due ON party (programme, role, agency, due, n) WHERE open=1 AND due IS NOT NULL;
CREATE TABLE event (e INTEGER PRIMARY KEY, n INTEGER NOT NULL, number INTEGER NOT NULL, told BLOB NOT NULL) STRICT;
CREATE INDEX event_case ON event (n, e);
CREATE INDEX event_number ON event (number);
CREATE TABLE fault (f INTEGER PRIMARY KEY, programme TEXT NOT NULL, number INTEGER NOT NULL,
code TEXT NOT NULL, day TEXT NOT NULL, told BLOB NOT NULL) STRICT;
CREATE INDEX fault_number ON fault (number);
CREATE INDEX fault_all ON fault (programme, number);
CREATE TABLE faulty (agency TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (agency, number)) STRICT, WITHOUT ROWID;
CREATE TABLE tally (programme TEXT NOT NULL, role TEXT NOT NULL, agency TEXT NOT NULL, kind TEXT NOT NULL,
state TEXT NOT NULL, late INTEGER NOT NULL, count INTEGER NOT NULL,
PRIMARY KEY (programme, role, agency, kind, state, late)) STRICT, WITHOUT ROWID;
CREATE TABLE deadline (programme TEXT NOT NULL, role TEXT NOT NULL, due TEXT NOT NULL, agency TEXT NOT NULL,
kind TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL,
PRIMARY KEY (programme, role, due, agency, kind, state)) STRICT, WITHOUT ROWID;
CREATE TABLE sum (programme TEXT NOT NULL, role TEXT NOT NULL, agency TEXT NOT NULL, month TEXT NOT NULL,
kind TEXT NOT NULL, measure TEXT NOT NULL, count INTEGER NOT NULL,
PRIMARY KEY (programme, role, agency, month, kind, measure)) STRICT, WITHOUT ROWID;
CREATE TABLE thing (programme TEXT NOT NULL, role TEXT NOT NULL, month TEXT NOT NULL, measure TEXT NOT NULL,
agency TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
PRIMARY KEY (programme, role, month, measure, agency, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE figure (programme TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL,
PRIMARY KEY (programme, what)) STRICT, WITHOUT ROWID
"""
_MARK: Final = (
    "INSERT INTO mark (one, next, last, versions, brought) VALUES (1, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE "
    "SET next=excluded.next, last=excluded.last, versions=excluded.versions, brought=excluded.brought"
)
_AMONG: Final = " AND agency IN (SELECT value FROM json_each(?))"
_CASE: Final = msgspec.json.Decoder(Case)
_EVENT: Final = msgspec.json.Decoder(Event)
_FAULT: Final = msgspec.json.Decoder(FaultRow)
_ENCODER: Final = msgspec.json.Encoder()


class SqliteProgrammes(DerivedFile):
    """`Programmes` in one file; opened by the store that it lies beside."""

    what = "programmes"
    version = 2
    schema = _SCHEMA
    probe = "SELECT n FROM cases LIMIT 1"

    async def mark(self) -> Mark | None:
        row = await self._ready("SELECT next, last, versions, brought FROM mark")
        return Mark(*row) if row else None

    async def take(self, mark: Mark, taken: Taken) -> None:
        def write(db: sqlite3.Connection) -> None:
            counts: Counter[Key] = Counter()
            for change in taken.changes:
                _keep(db, change)
                programmes_counts.count(counts, change)
            _add_events(db, taken.events, counts)
            _add_faults(db, taken, counts)
            programmes_counts.move(db, counts)
            db.execute(_MARK, (mark.next, mark.last, mark.versions, mark.brought))

        await self._batch(write)

    async def kept(self, programme: str, ids: Sequence[str]) -> dict[str, Case]:
        sql = "SELECT id, told FROM cases WHERE programme=? AND id IN (SELECT value FROM json_each(?))"
        values = (programme, _list(ids))
        return await self._asked(lambda db: {row[0]: _CASE.decode(row[1]) for row in db.execute(sql, values)})

    async def case(self, bill: Bill, programme: str, id: str) -> CaseRow | None:
        def read(db: sqlite3.Connection) -> CaseRow | None:
            row = db.execute("SELECT n, last, told FROM cases WHERE programme=? AND id=?", (programme, id)).fetchone()
            return CaseRow(row[0], programme, row[1], _CASE.decode(row[2])) if row else None

        return await self._asked(bill.timed(read))

    async def events(
        self, bill: Bill, programme: str, id: str, limit: int, after: int = 0
    ) -> list[tuple[int, EventRow]]:
        sql = (
            "SELECT e, number, told FROM event WHERE n=(SELECT n FROM cases WHERE programme=? AND id=?) AND e>? "
            "ORDER BY e LIMIT ?"
        )

        def read(db: sqlite3.Connection) -> list[tuple[int, EventRow]]:
            rows = db.execute(sql, (programme, id, after, limit))
            return [(e, EventRow(programme, number, _EVENT.decode(told))) for e, number, told in rows]

        return await self._asked(bill.timed(read))

    async def cases(self, bill: Bill, wanted: Wanted, limit: int, cursor: str = "") -> Page:
        after = _cursor(cursor)

        def read(db: sqlite3.Connection) -> Page:
            numbers, more = page(db, wanted, limit, after)
            sql = "SELECT n, last, told FROM cases WHERE n IN (SELECT value FROM json_each(?))"
            found = {
                n: CaseRow(n, wanted.programme, last, _CASE.decode(told))
                for n, last, told in db.execute(sql, (_list(numbers),))
            }
            return Page([found[n] for n in numbers], more)

        return await self._asked(bill.timed(read))

    async def board(
        self, bill: Bill, programme: str, role: str, agencies: Sequence[str] | None, day: date
    ) -> list[BoardRow]:
        among, values = _among(agencies)
        tallies = f"SELECT agency, kind, state, late, count FROM tally WHERE programme=? AND role=?{among}"
        overdue = (
            "SELECT agency, kind, state, sum(count) FROM deadline "
            f"WHERE programme=? AND role=? AND due<?{among} GROUP BY agency, kind, state"
        )

        def read(db: sqlite3.Connection) -> list[BoardRow]:
            with _still(db):
                over = {row[:3]: row[3] for row in db.execute(overdue, (programme, role, day.isoformat(), *values))}
                rows = db.execute(tallies, (programme, role, *values)).fetchall()
            return [_board_row(row, over) for row in rows]

        return await self._asked(bill.timed(read))

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
        among, values = _among(agencies)
        named = " AND measure IN (SELECT value FROM json_each(?))" if measures is not None else ""
        given = (programme, role, first, last, *values, *((_list(measures),) if measures is not None else ()))
        sql = (
            "SELECT agency, kind, month, measure, count FROM sum "
            f"WHERE programme=? AND role=? AND month BETWEEN ? AND ?{among}{named}"
        )

        def read(db: sqlite3.Connection) -> list[SumRow]:
            return [SumRow(*row) for row in db.execute(sql, given)]

        return await self._asked(bill.timed(read))

    async def things(
        self, bill: Bill, programme: str, role: str, agencies: Sequence[str] | None, first: str, last: str
    ) -> dict[str, int]:
        among, values = _among(agencies)
        sql = (
            "SELECT measure, sum(count) FROM thing "
            f"WHERE programme=? AND role=? AND month BETWEEN ? AND ?{among} GROUP BY measure"
        )

        def read(db: sqlite3.Connection) -> dict[str, int]:
            return dict(db.execute(sql, (programme, role, first, last, *values)))

        return await self._asked(bill.timed(read))

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
        asked_for = {"programme": programme, "code": code, "day": day.isoformat() if day is not None else ""}
        chosen = {column: value for column, value in asked_for.items() if value}
        own = "".join(f" AND {column}=?" for column in chosen)
        conditions = ["number<?", *(f"{column}=?" for column in chosen)]
        values: list[object] = [before if before is not None else 1 << 62, *chosen.values()]
        if agencies is not None:
            asked = "SELECT number FROM faulty WHERE agency IN (SELECT value FROM json_each(?))"
            conditions.append(f"number IN ({asked})")
            values.append(_list(agencies))
        where = " AND ".join(conditions)
        numbers = f"SELECT DISTINCT number FROM fault WHERE {where} ORDER BY number DESC LIMIT ?"
        sql = f"SELECT f, told FROM fault WHERE number IN ({numbers}) {own} ORDER BY number DESC, f"
        given = (*values, limit, *chosen.values())

        def read(db: sqlite3.Connection) -> list[FaultRow]:
            return [_fault(*row) for row in db.execute(sql, given)]

        return await self._asked(bill.timed(read))

    async def of_document(self, bill: Bill, number: int) -> tuple[list[EventRow], list[FaultRow]]:
        events = "SELECT c.programme, e.told FROM event e JOIN cases c ON c.n=e.n WHERE e.number=? ORDER BY e.e"
        faults = "SELECT f, told FROM fault WHERE number=? ORDER BY f"

        def read(db: sqlite3.Connection) -> tuple[list[EventRow], list[FaultRow]]:
            did = [EventRow(name, number, _EVENT.decode(told)) for name, told in db.execute(events, (number,))]
            return did, [_fault(*row) for row in db.execute(faults, (number,))]

        return await self._asked(bill.timed(read))

    async def figures(self) -> dict[str, Figures]:
        def read(db: sqlite3.Connection) -> dict[str, Figures]:
            found: dict[str, dict[str, int]] = {}
            for programme, what, count in db.execute("SELECT programme, what, count FROM figure"):
                found.setdefault(programme, {})[what] = count
            return {name: Figures(*(each.get(what, 0) for what in Figures._fields)) for name, each in found.items()}

        return await self._asked(read)

    async def recounted(self) -> list[str]:
        def read(db: sqlite3.Connection) -> list[str]:
            with _still(db):
                return list(programmes_counts.recounted(db))

        return await self._asked(read)


def _among(agencies: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    return (_AMONG, (_list(agencies),)) if agencies is not None else ("", ())


@contextmanager
def _still(db: sqlite3.Connection) -> Iterator[None]:
    """One state of the file for several questions."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("COMMIT")


def _keep(db: sqlite3.Connection, change: Change) -> None:
    case, programme = change.after, change.programme
    due, late = case.due.isoformat() if case.due else None, None if case.late is None else int(case.late)
    whole = _ENCODER.encode(case)
    values = (case.kind, case.state, case.about, due, late, case.ended is None, change.number, whole)
    if change.before is None:
        sql = (
            "INSERT INTO cases (kind, state, about, due, late, open, last, told, programme, id) "
            "VALUES (?,?,?,?,?,?,?,?,?,?)"
        )
    else:
        sql = (
            "UPDATE cases SET kind=?, state=?, about=?, due=?, late=?, open=?, last=?, told=? "
            "WHERE programme=? AND id=?"
        )
    if db.execute(sql, (*values, programme, case.id)).rowcount != 1:
        raise ValueError(f"{programme} {case.id}: not there")
    (n,) = db.execute("SELECT n FROM cases WHERE programme=? AND id=?", (programme, case.id)).fetchone()
    gone = set(change.before.parties) - set(case.parties) if change.before is not None else ()
    drop = "DELETE FROM party WHERE programme=? AND role=? AND agency=? AND n=?"
    db.executemany(drop, ((programme, role, agency, n) for role, agency in gone))
    add = (
        "INSERT OR REPLACE INTO party (programme, role, agency, n, kind, state, about, due, open) "
        "VALUES (?,?,?,?,?,?,?,?,?)"
    )
    told = (n, case.kind, case.state, case.about, due, case.ended is None)
    db.executemany(add, ((programme, role, agency, *told) for role, agency in dict.fromkeys(case.parties)))
    _keep_months(db, programme, n, change)


def _keep_months(db: sqlite3.Connection, programme: str, n: int, change: Change) -> None:
    """The months in whose sums a case is, for each of its parties: by these the cases behind a sum are found."""
    old = _months(change.before) if change.before is not None else set()
    new = _months(change.after)
    where = "programme=? AND role=? AND agency=? AND month=? AND n=?"
    db.executemany(f"DELETE FROM counted WHERE {where}", ((programme, *key, n) for key in old - new))
    add = "INSERT OR IGNORE INTO counted (programme, role, agency, month, n) VALUES (?,?,?,?,?)"
    db.executemany(add, ((programme, *key, n) for key in new - old))


def _months(case: Case) -> set[tuple[str, str, str]]:
    months = {month for month, _, count in case.measures if count}
    return {(role, agency, month) for role, agency in case.parties for month in months}


def _add_events(db: sqlite3.Connection, events: Sequence[EventRow], counts: Counter[Key]) -> None:
    sql = "INSERT INTO event (n, number, told) VALUES ((SELECT n FROM cases WHERE programme=? AND id=?), ?, ?)"
    for row in events:
        db.execute(sql, (row.programme, row.event.case, row.number, _ENCODER.encode(row.event)))
        counts["figure", (row.programme, "events")] += 1


def _add_faults(db: sqlite3.Connection, taken: Taken, counts: Counter[Key]) -> None:
    for row in taken.faults:
        told = _ENCODER.encode(row)
        values = (row.programme, row.number, row.fault.code, vietnam_date(row.at).isoformat(), told)
        db.execute("INSERT INTO fault (programme, number, code, day, told) VALUES (?, ?, ?, ?, ?)", values)
        counts["figure", (row.programme, "faults")] += 1
    parties = ((agency, each.number) for each in taken.faulty for agency in dict.fromkeys(each.parties))
    db.executemany("INSERT INTO faulty (agency, number) VALUES (?, ?)", parties)


def _board_row(row: tuple[str, str, str, int, int], over: dict[tuple[str, str, str], int]) -> BoardRow:
    agency, kind, state, late, n = row
    if late != programmes_counts.OPEN:
        return BoardRow(agency, kind, state, bool(late), n, 0)
    return BoardRow(agency, kind, state, None, n, over.get((agency, kind, state), 0))


def _fault(f: int, told: bytes) -> FaultRow:
    return msgspec.structs.replace(_FAULT.decode(told), id=f)


def _cursor(cursor: str) -> tuple[str, int] | None:
    if not cursor:
        return None
    due, comma, n = cursor.rpartition(",")
    if not (n.isdecimal() and n.isascii() and len(n) <= 15) or (comma and not _is_day(due)):
        raise ValueError(cursor)
    return due, int(n)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _list(values: Iterable[object]) -> str:
    return _ENCODER.encode(list(values)).decode()
