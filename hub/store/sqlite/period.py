"""The counts of a period, in one read transaction, each from a range of numbers: numbers grow by time of acceptance."""

from __future__ import annotations

import sqlite3
from typing import Final

from hub.core.model import DeliveryState, Millis
from hub.core.period import Histogram, PeriodRows
from hub.core.report import VIETNAM_MS
from hub.store.sqlite.finding import first_from
from hub.store.sqlite.rows import STATES

_DAY: Final = 86_400_000
_FIRST: Final = "SELECT accepted_at FROM message WHERE kind=0 ORDER BY number LIMIT 1"
_MESSAGES: Final = "FROM message WHERE kind=0 AND number>=:first AND number<:end"
_DELIVERIES: Final = "FROM delivery WHERE kind=0 AND message>=:first AND message<:end"
_SENT: Final = f"SELECT sender, count(*), sum(verdict='VALID') {_MESSAGES} GROUP BY sender"
_STATES: Final = f"SELECT recipient, state, count(*) {_DELIVERIES} GROUP BY recipient, state"
_UNMEASURED: Final = f"SELECT count(*) {_DELIVERIES} AND offered_at=0"
_DAYS: Final = (
    f"SELECT (accepted_at + {VIETNAM_MS}) / {_DAY}, count(*), sum(verdict='VALID'), 0 {_MESSAGES} GROUP BY 1 UNION ALL "
    f"SELECT (placed_at + {VIETNAM_MS}) / {_DAY}, 0, 0, count(*) {_DELIVERIES} GROUP BY 1"
)
# To two significant digits: a recipient has some hundred different values at most, however many its documents.
_SCALE: Final = "CASE " + " ".join(f"WHEN ms < {10**n} THEN {10 ** (n - 2)}" for n in range(2, 13)) + " ELSE 1 END"


def _times(ended: str) -> str:
    took = f"SELECT recipient, max(0, {ended} - placed_at) AS ms {_DELIVERIES} AND {ended} > 0"
    return f"SELECT recipient, ms / ({_SCALE}) * ({_SCALE}) AS two, count(*) FROM ({took}) GROUP BY recipient, two"


def period(db: sqlite3.Connection, since: Millis, until: Millis) -> PeriodRows:
    states: dict[str, dict[DeliveryState, int]] = {}
    days: dict[int, tuple[int, int, int]] = {}
    db.execute("BEGIN")
    try:
        span = {"first": first_from(db, since), "end": first_from(db, until)}
        first = db.execute(_FIRST).fetchone()
        sent = {sender: (documents, signed) for sender, documents, signed in db.execute(_SENT, span)}
        for recipient, state, count in db.execute(_STATES, span):
            states.setdefault(recipient, {})[STATES[state]] = count
        for day, *counts in db.execute(_DAYS, span):
            documents, signed, deliveries = days.get(day, (0, 0, 0))
            days[day] = documents + counts[0], signed + counts[1], deliveries + counts[2]
        fetch, acknowledge = (_histograms(db, ended, span) for ended in ("offered_at", "handed_at"))
        unmeasured = db.execute(_UNMEASURED, span).fetchone()[0]
    finally:
        db.execute("COMMIT")
    return PeriodRows(
        first_at=Millis(first[0]) if first is not None else None,
        sent=sent,
        states=states,
        fetch=fetch,
        acknowledge=acknowledge,
        unmeasured=unmeasured,
        days=days,
    )


def _histograms(db: sqlite3.Connection, ended: str, span: dict[str, int]) -> dict[str, Histogram]:
    found: dict[str, Histogram] = {}
    for recipient, ms, count in db.execute(_times(ended), span):
        found.setdefault(recipient, {})[ms] = count
    return found
