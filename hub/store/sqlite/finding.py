"""A search's questions to the record itself: a document's readers, its state, and the shown parts of it.

Each is one statement over at most some hundreds of numbers, but for `in_state`, which walks an index within the span
that it is given: the index of waiting deliveries, or that of deliveries that came to another end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from hub.core.edxml.detail import Notable
from hub.core.model import DeliveryState, Millis
from hub.store import MessageRow, Shown
from hub.store.search import Among, Bill, Span
from hub.store.sqlite.rows import DELIVERY, MESSAGE, STATE_NUMBER, STATES, delivery_of, message_of

T = TypeVar("T")
_ASKED: Final = "(SELECT value FROM json_each(:numbers))"
_PARTIES: Final = "(SELECT value FROM json_each(:parties))"
_SEEN: Final = (
    f"(:all OR m.sender IN {_PARTIES} OR EXISTS (SELECT 1 FROM delivery d "
    f"WHERE d.message=m.number AND d.recipient IN {_PARTIES}))"
)
_IN_STATE: Final = (
    "EXISTS (SELECT 1 FROM delivery d WHERE d.message=m.number AND d.state=:state "
    "AND (:recipient='' OR d.recipient=:recipient) "
    f"AND (:all OR m.sender IN {_PARTIES} OR d.recipient IN {_PARTIES}))"
)
_STANDING: Final = f"SELECT m.number FROM message m WHERE m.number IN {_ASKED} AND m.kind=0 AND {_SEEN}"
_OPEN: Final = (
    "SELECT DISTINCT message FROM delivery INDEXED BY delivery_open "
    "WHERE state<>1 AND state=? AND message>=? AND message<? ORDER BY message {way} LIMIT ?"
)
_FINAL: Final = (
    "SELECT DISTINCT message FROM delivery INDEXED BY delivery_final "
    "WHERE state>1 AND state=? AND message>=? AND message<? ORDER BY message {way} LIMIT ?"
)
_NUMBERED: Final = "SELECT number FROM message WHERE kind=0 AND number>=? AND number<? ORDER BY number {way} LIMIT ?"
TABLES: Final = """
CREATE TABLE notable (what INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (what, message))
STRICT, WITHOUT ROWID;
INSERT INTO notable SELECT what, number FROM (SELECT 1 AS what UNION ALL SELECT 2), message WHERE kind = 0
ORDER BY what, number;
"""
"""As a store of schema 6 gets them: nobody knows yet what its documents are notable for, so each may be for all."""
ADD_NOTABLE: Final = "INSERT INTO notable (what, message) VALUES (?, ?)"
_NOTABLE: Final = "SELECT message FROM notable WHERE what=? AND message>=? ORDER BY message LIMIT ?"
_NEWEST: Final = "SELECT coalesce(max(number), 0) FROM message"
_SHOWN: Final = (
    f"SELECT {DELIVERY} FROM (SELECT {DELIVERY}, row_number() OVER (PARTITION BY message ORDER BY recipient) AS place "
    f"FROM delivery WHERE message IN {_ASKED} AND (:all OR recipient IN {_PARTIES})) WHERE place<=:most"
)
_COUNTED: Final = (
    f"SELECT message, state, count(*) FROM delivery WHERE message IN {_ASKED} AND (:all OR recipient IN {_PARTIES}) "
    "GROUP BY message, state"
)


class SqliteFinder:
    """`Finder` on a connection that only reads."""

    def __init__(self, read: Callable[[Callable[[sqlite3.Connection], Any]], Awaitable[Any]]) -> None:
        self._read = read

    async def _asked(self, bill: Bill, question: Callable[..., T], *values: object) -> T:
        answer: T = await self._read(bill.timed(lambda db: question(db, *values)))
        return answer

    async def first_from(self, bill: Bill, at: Millis) -> int:
        return await self._asked(bill, first_from, at)

    async def numbered(self, bill: Bill, span: Span, limit: int) -> list[int]:
        return await self._asked(bill, numbered, span, limit)

    async def notable(self, what: Notable, low: int, limit: int) -> list[int]:
        found: list[int] = await self._read(lambda db: [row[0] for row in db.execute(_NOTABLE, (what, low, limit))])
        return found

    async def newest(self) -> int:
        number: int = await self._read(lambda db: db.execute(_NEWEST).fetchone()[0])
        return number

    async def in_state(self, bill: Bill, state: DeliveryState, span: Span, limit: int) -> list[int]:
        return await self._asked(bill, in_state, state, span, limit)

    async def recipients(self, bill: Bill, numbers: Sequence[int]) -> dict[int, list[str]]:
        return await self._asked(bill, recipients, numbers)

    async def standing(self, bill: Bill, numbers: Sequence[int], among: Among) -> set[int]:
        return await self._asked(bill, standing, numbers, among)


def standing(db: sqlite3.Connection, numbers: Sequence[int], among: Among) -> set[int]:
    values = _values(numbers, among.parties)
    if among.state is None:
        return {row[0] for row in db.execute(_STANDING, values)}
    values |= {"state": STATE_NUMBER[among.state], "recipient": among.recipient}
    return {row[0] for row in db.execute(f"{_STANDING} AND {_IN_STATE}", values)}


def in_state(db: sqlite3.Connection, state: DeliveryState, span: Span, limit: int) -> list[int]:
    ended = state in (DeliveryState.TAKEN_BACK, DeliveryState.REFUSED, DeliveryState.EXPIRED)
    sql = (_FINAL if ended else _OPEN).format(way=_way(span))
    return [row[0] for row in db.execute(sql, (STATE_NUMBER[state], span.low, span.high, limit))]


def numbered(db: sqlite3.Connection, span: Span, limit: int) -> list[int]:
    return [row[0] for row in db.execute(_NUMBERED.format(way=_way(span)), (span.low, span.high, limit))]


def recipients(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    sql = f"SELECT message, recipient FROM delivery WHERE message IN {_ASKED}"
    for number, recipient in db.execute(sql, _values(numbers, None)):
        found.setdefault(number, []).append(recipient)
    return found


def messages(db: sqlite3.Connection, numbers: Sequence[int]) -> list[MessageRow]:
    rows = db.execute(f"SELECT {MESSAGE} FROM message WHERE number IN {_ASKED} ORDER BY number", _values(numbers, None))
    return [message_of(row) for row in rows]


def shown(db: sqlite3.Connection, numbers: Sequence[int], parties: Sequence[str] | None, most: int) -> dict[int, Shown]:
    values = _values(numbers, parties)
    found: dict[int, Shown] = {number: Shown({}, []) for number in numbers}
    for number, state, count in db.execute(_COUNTED, values):
        found[number].states[STATES[state]] = count
    for row in db.execute(_SHOWN, values | {"most": most}):
        found[row[0]].deliveries.append(delivery_of(row))
    return found


def first_from(db: sqlite3.Connection, at: Millis) -> int:
    """The number of the first message accepted at that time or later, by halving: times never fall as numbers grow."""
    low, end = 1, db.execute("SELECT coalesce(max(number), 0) + 1 FROM message").fetchone()[0]
    while low < end:
        middle = (low + end) // 2
        row = db.execute("SELECT accepted_at FROM message WHERE number>=? LIMIT 1", (middle,)).fetchone()
        low, end = (middle + 1, end) if row is not None and row[0] < at else (low, middle)
    return int(low)


def _way(span: Span) -> str:
    return "ASC" if span.oldest else "DESC"


def _values(numbers: Sequence[int], parties: Sequence[str] | None) -> dict[str, object]:
    return {
        "numbers": json.dumps(list(numbers)),
        "all": parties is None,
        "parties": json.dumps(list(parties or ())),
    }
