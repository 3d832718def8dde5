"""Failures: refusals at the door as evidence tells them, and deliveries that nobody fetched in time."""

from __future__ import annotations

import sqlite3
from typing import Final

from hub.core.evidence.events import Event
from hub.core.model import Millis
from hub.core.report import Expired
from hub.store import DeliveryRow, LeafRow
from hub.store.sqlite.finding import first_from
from hub.store.sqlite.rows import DELIVERY, LEAF, delivery_of, leaf_of

INDEX: Final = f"CREATE INDEX leaf_refused ON leaf (at) WHERE event = '{Event.SUBMISSION_REJECTION.short}';"
"""Small: of every leaf that is another it holds nothing. As a store of schema 6 gets it; `schema.sql` says the same."""

_REFUSED: Final = (
    f"SELECT {LEAF} FROM leaf INDEXED BY leaf_refused WHERE event='{Event.SUBMISSION_REJECTION.short}' "
    "AND at>=? AND at<? ORDER BY at DESC, number DESC LIMIT ?"
)
_GONE: Final = "state=4 AND kind=0 AND message>=:first AND message >> 10 >= :first >> 10 AND ended_at>=:since"
_EXPIRED: Final = (
    "SELECT recipient, count(*), sum(ended_at>=:recent), min(ended_at), max(ended_at) FROM delivery "
    f"WHERE {_GONE} GROUP BY recipient"
)
_ROWS: Final = (
    f"SELECT {DELIVERY} FROM delivery WHERE {_GONE} AND recipient=:recipient ORDER BY message DESC LIMIT :limit"
)
_LONGEST_WAIT: Final = 60 * 86_400_000
"""A delivery that expired now was accepted at most so long ago."""


def refusals(db: sqlite3.Connection, since: Millis, until: Millis, limit: int) -> list[LeafRow]:
    return [leaf_of(row) for row in db.execute(_REFUSED, (since, until, limit)).fetchall()]


def expired(db: sqlite3.Connection, since: Millis, recent: Millis) -> list[Expired]:
    values = {"first": first_from(db, Millis(since - _LONGEST_WAIT)), "since": since, "recent": recent}
    rows = db.execute(_EXPIRED, values).fetchall()
    return [Expired(agency, n, late, Millis(first), Millis(last)) for agency, n, late, first, last in rows]


def expired_of(db: sqlite3.Connection, recipient: str, since: Millis, limit: int) -> list[DeliveryRow]:
    first = first_from(db, Millis(since - _LONGEST_WAIT))
    values = {"first": first, "since": since, "recipient": recipient, "limit": limit}
    return [delivery_of(row) for row in db.execute(_ROWS, values).fetchall()]
