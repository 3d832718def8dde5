"""Documents by what people call them, within the contract of `hub.store`; and that no such look reads a whole table."""

from __future__ import annotations

import msgspec
import pytest

from hub.core.model import MessageKind
from hub.store import Name, Side, Store, Transaction
from hub.store.sqlite import SqliteStore, named
from hub.store.sqlite.named import MOST_LOOKED_AT
from tests.store.rows import FIRST, SECOND, SENDER, delivery, message


async def test_a_document_is_found_by_what_it_is_called_among_ones_own(store: Store) -> None:
    def work(tx: Transaction) -> None:
        rows = [
            message(1, identity="a", document_id="A-1", key="7/QĐ-VX", year=2025),
            message(2, identity="b", document_id="A-2", key="7/QĐ-VX"),
            message(3, identity="c", document_id="7/QĐ-VX", key="8/QĐ-VX"),
            message(4, identity="d", document_id="A-2", key="9/X", sender=SECOND),
            message(5, identity="e", document_id="A-5", key="7/QĐ-VX", kind=MessageKind.STATUS),
        ]
        for row in rows:
            tx.add_message(row, b"x")
        tx.add_deliveries([delivery(2), delivery(4), delivery(3, SECOND), delivery(5)])

    await store.write(work)

    async def found(name: Name, parties: list[str] | None, side: Side = Side.BOTH) -> list[int]:
        rows, all_of_them = await store.named(name, parties, side)
        assert all_of_them
        return [row.number for row in rows]

    number = Name(document_ids=("7/QĐ-VX",), key="7/QĐ-VX")
    assert await found(number, [SENDER]) == [3, 2, 1]
    assert await found(number, [FIRST]) == await found(number, [FIRST], Side.RECEIVED) == [2]
    assert await found(number, [SECOND]) == [3]
    assert await found(number, [FIRST, SECOND]) == [3, 2]
    assert await found(number, [FIRST], Side.SENT) == await found(number, [SENDER], Side.RECEIVED) == []
    assert await found(number, None) == [3, 2, 1]
    assert await found(msgspec.structs.replace(number, year=2025, document_ids=()), [SENDER]) == [1]
    identifier = Name(document_ids=("A-2",))
    assert await found(identifier, [FIRST]) == await found(identifier, None) == [4, 2]
    assert await found(msgspec.structs.replace(identifier, sender=SENDER), [FIRST]) == [2]
    assert await found(msgspec.structs.replace(identifier, sender=SENDER), [SECOND]) == []
    assert await found(Name(), None) == []


async def test_of_a_name_that_thousands_have_not_all_are_looked_at(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for n in range(1, MOST_LOOKED_AT + 2):
            tx.add_message(message(n, identity=str(n), sender=f"S{n:05}", key="1/X", document_id=f"{n}"), None)
        tx.add_deliveries([delivery(1), delivery(MOST_LOOKED_AT + 1)])

    await store.write(work)
    name = Name(key="1/X")
    assert (await store.named(name, [FIRST]))[1] is False
    rows, all_of_them = await store.named(msgspec.structs.replace(name, sender="S00001"), [FIRST])
    assert ([row.number for row in rows], all_of_them) == ([1], True)
    rows, all_of_them = await store.named(name, [f"S{MOST_LOOKED_AT + 1:05}"], Side.SENT)
    assert ([row.number for row in rows], all_of_them) == ([MOST_LOOKED_AT + 1], True)


@pytest.mark.parametrize("statement", [named._SENT, named._ANYBODYS, named._RECEIVED, named._ROWS])
async def test_each_look_goes_by_an_index(store: SqliteStore, statement: str) -> None:
    values = {"ids": "[]", "key": "", "year": 0, "senders": "[]", "numbers": "[]", "parties": "[]", "most": 1}
    plan = await store._scan(lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())
    assert not [row[3] for row in plan if row[3].startswith("SCAN message")]
