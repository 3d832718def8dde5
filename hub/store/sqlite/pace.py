"""How it flows just now, counted by SQLite: of the last hour, of the waiting, of the last two weeks; never of all."""

from __future__ import annotations

import sqlite3
from typing import Final

from hub.core.model import Millis
from hub.core.report import Pace, Speed, Waiting, quantile
from hub.store.sqlite.finding import first_from

_MINUTE: Final = 60_000
_DAY: Final = 86_400_000
_TWO_WEEKS: Final = 14 * _DAY
_MOST: Final = 20_000
"""Hand-overs that a speed is measured by: the newest of the last day."""
_WAITING: Final = (
    "SELECT recipient, lane, count(*), min(placed_at), min(ends_at) FROM delivery WHERE state=0 AND kind=0 "
    "GROUP BY recipient, lane"
)
_EXPIRED: Final = (
    "SELECT count(*), max(ended_at) FROM delivery WHERE state=4 AND kind=0 AND message>=:first "
    "AND message >> 10 >= :first >> 10"
)
_SPEEDS: Final = (
    "SELECT lane, took FROM (SELECT d.lane AS lane, d.handed_at - m.accepted_at AS took FROM message m "
    "JOIN delivery d ON d.message=m.number WHERE m.number>=? AND m.kind=0 AND d.handed_at IS NOT NULL "
    "ORDER BY m.number DESC LIMIT ?) ORDER BY lane, took"
)


def minutes(db: sqlite3.Connection, until: Millis) -> tuple[int, ...]:
    """Whole minutes, the last of which `until` is in."""
    end = until // _MINUTE + 1
    begin = Millis((end - 60) * _MINUTE)
    found = dict(
        db.execute(
            "SELECT accepted_at / 60000, count(*) FROM message WHERE number>=? AND number<? AND kind=0 "
            "AND accepted_at>=? GROUP BY 1",
            (first_from(db, begin), first_from(db, Millis(end * _MINUTE)), begin),
        ).fetchall()
    )
    return tuple(found.get(minute, 0) for minute in range(end - 60, end))


def pace(db: sqlite3.Connection, until: Millis) -> Pace:
    db.execute("BEGIN")
    try:
        waiting = db.execute(_WAITING).fetchall()
        first = first_from(db, Millis(until - _TWO_WEEKS))
        expired, at = db.execute(_EXPIRED, {"first": first}).fetchone()
        took = db.execute(_SPEEDS, (first_from(db, Millis(until - _DAY)), _MOST)).fetchall()
        hour = minutes(db, until)
    finally:
        db.execute("COMMIT")
    lanes: dict[int, list[int]] = {}
    for lane, ms in took:
        lanes.setdefault(lane, []).append(ms)
    return Pace(
        minutes=hour,
        waiting=[Waiting(agency, lane, n, Millis(oldest), ends) for agency, lane, n, oldest, ends in waiting],
        speeds=[Speed(lane, len(ms), quantile(ms, 0.5), quantile(ms, 0.99)) for lane, ms in sorted(lanes.items())],
        expired=expired,
        expired_at=Millis(at) if at is not None else None,
    )
