"""Agencies that send more than usual, counted by SQLite: the last hour against the same hour of the days before.

The work is bounded: at most `_MOST` messages of the hour are read, and of each sender's days before no more than would
show that it is not above three times the usual.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from hub.core.model import Millis
from hub.core.report import Surge
from hub.store.sqlite.finding import first_from

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_DAYS: Final = 7
_LEAST_DAYS: Final = 2
_MOST: Final = 20_000
_FIRST: Final = "SELECT accepted_at FROM message ORDER BY number LIMIT 1"
_NEWEST: Final = (
    "SELECT min(accepted_at) FROM (SELECT accepted_at FROM message WHERE number<? ORDER BY number DESC LIMIT ?)"
)
_SENDERS: Final = (
    "SELECT sender, count(*) AS n FROM message WHERE number>=? AND number<? GROUP BY sender HAVING n>=? ORDER BY n DESC"
)
_ALL: Final = "SELECT count(*) FROM (SELECT 1 FROM message WHERE number>=? AND number<? LIMIT ?)"
_ONE: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM message INDEXED BY message_sender WHERE sender=? AND number>=? AND number<? "
    "LIMIT ?)"
)


def surges(db: sqlite3.Connection, until: Millis, least: int) -> list[Surge]:
    db.execute("BEGIN")
    try:
        end = first_from(db, until)
        first, newest = db.execute(_FIRST).fetchone(), db.execute(_NEWEST, (end, _MOST)).fetchone()
        begin = Millis(max(until - _HOUR, newest[0] or 0))
        days = [day for day in range(1, _DAYS + 1) if first is not None and begin - day * _DAY >= first[0]]
        if len(days) < _LEAST_DAYS:
            return []
        spans = [(first_from(db, Millis(begin - d * _DAY)), first_from(db, Millis(until - d * _DAY))) for d in days]
        start = first_from(db, begin)
        count = int(db.execute(_ALL, (start, end, end)).fetchone()[0])
        found = [Surge("", count, _usual(db, _ALL, (), spans, count), begin)]
        for sender, n in db.execute(_SENDERS, (start, end, least)).fetchall():
            found.append(Surge(sender, n, _usual(db, _ONE, (sender,), spans, n), begin))
        return found
    finally:
        db.execute("COMMIT")


def _usual(
    db: sqlite3.Connection, sql: str, whose: tuple[str, ...], spans: Sequence[tuple[int, int]], count: int
) -> float:
    """The mean of the days; counted no further than to where `count` is no longer above three times that."""
    most = left = len(spans) * count // 3 + 1
    for span in spans:
        left -= db.execute(sql, (*whose, *span, left)).fetchone()[0]
    return (most - left) / len(spans)
