"""Counts of programmes' cases, see `hub.store.sqlite.programmes`: kept by the difference of the old and the new case,
and counted again from all of them, which has to give the same.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from hub.programmes.riding import Case
from hub.store.programmes import ENDED, LATE, OPENED, Change

_COUNTS: Final = {
    "tally": ("programme", "role", "agency", "kind", "state", "late"),
    "deadline": ("programme", "role", "due", "agency", "kind", "state"),
    "sum": ("programme", "role", "agency", "month", "kind", "measure"),
    "thing": ("programme", "role", "month", "measure", "agency", "kind"),
    "figure": ("programme", "what"),
}
OPEN: Final = -1
"""`late` of open cases in a tally: a key has no NULL."""

Key = tuple[str, tuple[object, ...]]
"""A table of counts, and a row of it."""
_CASE: Final = msgspec.json.Decoder(Case)


def count(counts: Counter[Key], change: Change) -> None:
    for case, sign in ((change.before, -1), (change.after, 1)):
        if case is not None:
            for key, n in _counted(change.programme, case):
                counts[key] += sign * n


def _counted(programme: str, case: Case) -> Iterator[tuple[Key, int]]:
    """The counts of a case: the whole of it, so that a recount is the sum over all cases."""
    late = OPEN if case.late is None else int(case.late)
    measures = [*case.measures, (_month(case.opened), OPENED, 1)]
    if case.ended is not None:
        measures += [(_month(case.ended), ENDED, 1), (_month(case.ended), LATE, int(case.late is True))]
    for role, agency in dict.fromkeys(case.parties):
        yield ("tally", (programme, role, agency, case.kind, case.state, late)), 1
        if case.ended is None and case.due is not None:
            yield ("deadline", (programme, role, case.due.isoformat(), agency, case.kind, case.state)), 1
        for month, measure, n in measures:
            if ":" in measure:
                yield ("thing", (programme, role, month, measure, agency, case.kind)), n
            else:
                yield ("sum", (programme, role, agency, month, case.kind, measure)), n
    yield ("figure", (programme, "cases")), 1
    yield ("figure", (programme, "open")), int(case.ended is None)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def move(db: sqlite3.Connection, counts: Counter[Key]) -> None:
    for table, columns in _COUNTS.items():
        rows = [(key, n) for (where, key), n in counts.items() if where == table and n]
        holes = ", ".join("?" * (len(columns) + 1))
        add = (
            f"INSERT INTO {table} ({', '.join(columns)}, count) VALUES ({holes}) "
            f"ON CONFLICT ({', '.join(columns)}) DO UPDATE SET count=count+excluded.count"
        )
        db.executemany(add, ((*key, n) for key, n in rows))
        gone = f"DELETE FROM {table} WHERE {' AND '.join(f'{column}=?' for column in columns)} AND count=0"
        db.executemany(gone, (key for key, n in rows if n < 0))


def recounted(db: sqlite3.Connection) -> Iterator[str]:
    right: Counter[Key] = Counter()
    for programme, told in db.execute("SELECT programme, told FROM cases"):
        for key, n in _counted(programme, _CASE.decode(told)):
            right[key] += n
    for what, table in (("events", "event e JOIN cases c ON c.n=e.n"), ("faults", "fault")):
        for programme, n in db.execute(f"SELECT programme, count(*) FROM {table} GROUP BY programme"):
            right["figure", (programme, what)] += n
    kept: Counter[Key] = Counter()
    for table, columns in _COUNTS.items():
        for *key, n in db.execute(f"SELECT {', '.join(columns)}, count FROM {table}"):
            kept[table, tuple(key)] = n
    for key in right.keys() | kept.keys():
        if right[key] != kept[key]:
            yield f"{key[0]} {' '.join(map(str, key[1]))}: {kept[key]} for {right[key]}"
