"""One page of cases: ranges of an index, one for each agency and role that is asked for, merged as they are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from heapq import merge

from hub.store.programmes import SCANNED, Wanted

Place = tuple[str, int]
"""Where a case stands in the order: its deadline (empty where they come by number), and its number."""


def page(db: sqlite3.Connection, wanted: Wanted, limit: int, after: Place | None) -> tuple[list[int], str]:
    """The numbers of up to `limit` cases, and where the next page begins."""
    by_due = wanted.by_due or wanted.overdue is not None
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
        f"SELECT {'due' if by_due else repr('')}, n, kind, state, open FROM {table} "
        f"WHERE {' AND '.join(conditions + more)} ORDER BY {order}"
    )
    for due, n, kind, state, still in db.execute(sql, (*values, *given)):
        fits = wanted.kind in ("", kind) and wanted.state in ("", state) and wanted.open in (None, bool(still))
        yield (due, n), fits


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
    if wanted.state:
        conditions.append("state=?")
        values.append(wanted.state)
    if after is not None:
        conditions.append("n<?")
        values.append(after[1])
    return conditions, values
