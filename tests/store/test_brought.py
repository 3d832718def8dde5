"""The contract of a store, for what sync services brought."""

from __future__ import annotations

from hashlib import sha256

import pytest

from hub.core.model import Millis
from hub.store import BroughtRow, Transaction
from hub.store.sqlite import SqliteStore


def row(number: int, agency: str = "A", body: bytes = b"{}") -> BroughtRow:
    return BroughtRow(
        number=number,
        agency=agency,
        caller="C",
        service="S",
        sha256=sha256(body).hexdigest(),
        at=Millis(5),
        leaf=10 + number,
        facts=b'{"units":{}}',
        body=body,
    )


async def test_what_was_brought_is_kept_whole_and_in_order(store: SqliteStore) -> None:
    assert await store.brought(1) is None
    assert await store.brought_after(0, 10) == []
    rows = [row(1), row(2, "B", b"\x00\xff"), row(3)]

    def add(tx: Transaction) -> None:
        assert (tx.brought_count(), tx.last_brought("A")) == (0, None)
        for one in rows:
            tx.add_brought(one)
        assert tx.brought_count() == 3
        assert (tx.last_brought("A"), tx.last_brought("B"), tx.last_brought("C")) == (rows[2], rows[1], None)

    await store.write(add)
    assert [await store.brought(n) for n in (1, 2, 3, 4)] == [*rows, None]
    assert await store.brought_after(1, 1) == [rows[1]]
    assert await store.brought_after(1, 9) == rows[1:]
    assert await store.brought_by_leaf(12) == rows[1]
    assert await store.brought_by_leaf(9) is None


async def test_a_number_is_given_once(store: SqliteStore) -> None:
    await store.write(lambda tx: tx.add_brought(row(1)))
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(lambda tx: tx.add_brought(row(1, "B")))
    assert await store.brought_after(0, 9) == [row(1)]


async def test_a_body_is_reduced_once_and_stays_where_it_is(store: SqliteStore) -> None:
    for number in (1, 2, 3):
        await store.write(lambda tx, number=number: tx.add_brought(row(number)))  # type: ignore[misc]
    assert [one.number for one in await store.brought_whole(Millis(6), 1, 9)] == [2, 3]
    assert await store.brought_whole(Millis(5), 0, 9) == []
    assert await store.write(lambda tx: tx.reduce_brought(2, b"[]", Millis(7)))
    assert not await store.write(lambda tx: tx.reduce_brought(2, b"", Millis(8)))
    kept = await store.brought(2)
    assert kept is not None
    assert (kept.body, kept.reduced_at, kept.sha256) == (b"[]", 7, row(2).sha256)
    assert [one.number for one in await store.brought_whole(Millis(6), 0, 9)] == [1, 3]
