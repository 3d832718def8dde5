"""Documents by their names among people: a DocumentId, or number and notation.

Of an agency's own documents both indexes know at once. Of documents sent to it they do not: ten thousand agencies begin
each year with a document of number 1. So the documents of that name are looked through for a delivery, up to
`MOST_LOOKED_AT` of them; a caller that names a number which more documents have has to name the issuer as well.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from hub.store import MessageRow, Name, Side
from hub.store.sqlite.rows import MESSAGE, message_of

MOST_LOOKED_AT: Final = 5_000
MOST_FOUND: Final = 100

_BY: Final = (
    "SELECT number, sender FROM (SELECT number, sender FROM message WHERE kind=0 AND document_id IN "
    "(SELECT value FROM json_each(:ids)) {sent} LIMIT :most) UNION "
    "SELECT number, sender FROM (SELECT number, sender FROM message WHERE kind=0 AND key=:key AND key<>'' "
    "AND (:year=0 OR year=:year) {sent} LIMIT :most)"
)
_SENT: Final = _BY.format(sent="AND sender IN (SELECT value FROM json_each(:senders))")
_ANYBODYS: Final = _BY.format(sent="")
_RECEIVED: Final = (
    "SELECT asked.value FROM json_each(:numbers) asked WHERE EXISTS (SELECT 1 FROM json_each(:parties) p "
    "CROSS JOIN delivery d ON d.message=asked.value AND d.recipient=p.value)"
)
_ROWS: Final = (
    f"SELECT {MESSAGE} FROM message WHERE number IN (SELECT value FROM json_each(:numbers)) "
    "ORDER BY number DESC LIMIT :most"
)


def named(
    db: sqlite3.Connection, name: Name, parties: Sequence[str] | None, side: Side
) -> tuple[list[MessageRow], bool]:
    numbers: set[int] = set()
    everything = True
    if parties is None:
        found = _numbers(db, name, (name.sender,) if name.sender else None)
        everything = len(found) <= MOST_LOOKED_AT
        numbers.update(found)
    if parties is not None and side is not Side.RECEIVED:
        senders = [code for code in parties if name.sender in ("", code)]
        numbers.update(_numbers(db, name, senders))
    if parties is not None and side is not Side.SENT:
        found = _numbers(db, name, (name.sender,) if name.sender else None)
        everything = len(found) <= MOST_LOOKED_AT
        values = {"numbers": json.dumps(found[:MOST_LOOKED_AT]), "parties": json.dumps(list(parties))}
        numbers.update(row[0] for row in db.execute(_RECEIVED, values))
    rows = db.execute(_ROWS, {"numbers": json.dumps(sorted(numbers)), "most": MOST_FOUND})
    return [message_of(row) for row in rows.fetchall()], everything


def _numbers(db: sqlite3.Connection, name: Name, senders: Sequence[str] | None) -> list[int]:
    values = {
        "ids": json.dumps(list(name.document_ids)),
        "key": name.key,
        "year": name.year,
        "senders": json.dumps(list(senders or ())),
        "most": MOST_LOOKED_AT + 1,
    }
    return [row[0] for row in db.execute(_ANYBODYS if senders is None else _SENT, values)]
