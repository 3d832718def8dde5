"""One page of cases: ranges of an index, one for each agency and role that is asked for, merged as they are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from heapq import merge
from typing import Final

import msgspec

from hub.programmes.riding import Measure
from hub.store.programmes import SCANNED, Counted, Wanted

Place = tuple[str, int]
"""Where a case stands in the order: its deadline (empty where they come by number), and its number."""


class _Counts(msgspec.Struct):
    """The part of a case that sums are made of."""

    measures: tuple[Measure, ...] = ()


_COUNTS: Final = msgspec.json.Decoder(_Counts)


def page(db: sqlite3.Connection, wanted: Wanted, limit: int, after: Place | None) -> tuple[list[int], str]:
    """The numbers of up to `limit` cases, and where the next page begins."""
    by_due = wanted.by_due or wanted.overdue is not None
    if wanted.counted is not None:
        months = _months(wanted.counted)
        ranges = [
            _behind(db, wanted, wanted.counted, where, month, after) for where in _places(wanted) for month in months
        ]
    else:
        ranges = [_range(db, wanted, where, by_due, after) for where in _places(wanted)]
    found: list[int] = []
    last: Place = after or ("", 0)
    for looked, (place, fits) in enumerate(merge(*ranges, key=lambda row: row[0], reverse=not by_due)):
        if looked >= SCANNED and place != last:
            return found, _cursor(last, by_due)
        if fits and place != last:
            if len(found) == limit:
                return found, _cursor(last, by_due)
            found.append(place[1])
        last = place
    return found, ""


def _cursor(place: Place, by_due: bool) -> str:
    return f"{place[0]},{place[1]}" if by_due else str(place[1])


def _places(wanted: Wanted) -> list[tuple[str, str] | None]:
    """(role, agency) of each range; None: all cases of the programme."""
    if wanted.agencies is None:
        return [None]
    return [(role, agency) for role in wanted.roles for agency in wanted.agencies]


def _range(
    db: sqlite3.Connection, wanted: Wanted, where: tuple[str, str] | None, by_due: bool, after: Place | None
) -> Iterator[tuple[Place, bool]]:
    """Each case in its order, and whether it is one of those that are asked for."""
    table, conditions, values = "cases", ["programme=?"], [wanted.programme]
    if where is not None:
        table = "party"
        conditions += ["role=?", "agency=?"]
        values += where
    more, given = _ordered(wanted, by_due, after)
    order = "due, n" if by_due else "n DESC"
    sql = (
        f"SELECT {'due' if by_due else repr('')}, n, kind, state, about, open FROM {table} "
        f"WHERE {' AND '.join(conditions + more)} ORDER BY {order}"
    )
    for due, n, *told in db.execute(sql, (*values, *given)):
        yield (due, n), _fits(wanted, *told)


def _fits(wanted: Wanted, kind: str, state: str, about: str, still: int) -> bool:
    return (
        wanted.kind in ("", kind)
        and wanted.state in ("", state)
        and wanted.about in ("", about)
        and wanted.open in (None, bool(still))
    )


def _months(counted: Counted) -> list[str]:
    """ValueError for months that are none."""
    year, month = map(int, counted.first.split("-"))
    found = []
    while (text := f"{year:04d}-{month:02d}") <= counted.last:
        found.append(text)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _behind(
    db: sqlite3.Connection,
    wanted: Wanted,
    counted: Counted,
    where: tuple[str, str] | None,
    month: str,
    after: Place | None,
) -> Iterator[tuple[Place, bool]]:
    """The cases that are in an agency's sums of a month. One that is in those of several months fits in all or none."""
    if where is None:
        raise ValueError("cases behind a sum are those of an agency")
    sql = (
        "SELECT c.n, told, kind, state, about, open FROM counted JOIN cases c ON c.n=counted.n "
        "WHERE counted.programme=? AND role=? AND agency=? AND month=? AND counted.n<? ORDER BY counted.n DESC"
    )
    before = after[1] if after is not None else 1 << 62
    for n, told, *has in db.execute(sql, (wanted.programme, *where, month, before)):
        yield ("", n), _fits(wanted, *has) and _adds(counted, told)


def _adds(counted: Counted, told: bytes) -> bool:
    names = {
        name for month, name, count in _COUNTS.decode(told).measures if count and counted.first <= month <= counted.last
    }
    return counted.measure in names and counted.without not in names


def _ordered(wanted: Wanted, by_due: bool, after: Place | None) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if by_due:
        conditions += ["open=1", "due IS NOT NULL"]
        if wanted.overdue is not None:
            conditions.append("due<?")
            values.append(wanted.overdue.isoformat())
        if after is not None:
            conditions.append("(due, n)>(?, ?)")
            values += after
        return conditions, values
    for column, asked in (("state", wanted.state), ("about", wanted.about)):
        if asked:
            conditions.append(f"{column}=? AND {column}<>''")  # by which a partial index is known to hold all
            values.append(asked)
    if after is not None:
        conditions.append("n<?")
        values.append(after[1])
    return conditions, values
