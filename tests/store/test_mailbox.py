"""The contract of `offered`: what of a mailbox may be handed out, with which bytes; and looking holds nothing up."""

from __future__ import annotations

import random

import pytest

from hub.core.model import DeliveryState
from hub.store import DeliveryRow, MessageRow, Store, Transaction
from hub.store.sqlite import SqliteStore
from tests.store.rows import FIRST, SECOND, delivery, message

pytestmark = pytest.mark.asyncio


async def put(store: Store, rows: list[tuple[MessageRow, bytes | None]], deliveries: list[DeliveryRow]) -> None:
    def work(tx: Transaction) -> None:
        for row, content in rows:
            tx.add_message(row, content)
        tx.add_deliveries(deliveries)

    await store.write(work)


def sized(number: int, size: int) -> tuple[MessageRow, bytes | None]:
    return message(number, size=size), bytes([number]) * size


async def test_what_waits_is_offered_in_the_order_of_the_inbox_and_nothing_else(store: Store) -> None:
    chance = random.Random(3)
    waiting = [delivery(n, lane=chance.randrange(5)) for n in range(1, 31)]
    others = [
        delivery(31, SECOND),
        *(delivery(32 + i, state=state) for i, state in enumerate(DeliveryState) if state != DeliveryState.WAITING),
    ]
    await put(store, [sized(n, 10) for n in range(1, 37)], [*waiting, *others])
    expected = [d.message for d in sorted(waiting, key=lambda d: (-d.lane, d.message))]
    assert [e.message.number for e in await store.offered(FIRST, 100)] == expected
    assert [e.message.number for e in await store.offered(FIRST, 7)] == expected[:7]
    entries = await store.offered(FIRST, 7)
    inbox = await store.inbox(FIRST, DeliveryState.WAITING, 7)
    assert entries == inbox


async def test_what_is_asked_back_or_left_out_is_not_offered_and_hides_nothing_behind_it(store: Store) -> None:
    asked_back = [delivery(n, pending=90) for n in (1, 2, 5)]
    await put(store, [sized(n, 10) for n in range(1, 9)], [*asked_back, *(delivery(n) for n in (3, 4, 6, 7, 8))])
    assert [e.message.number for e in await store.offered(FIRST, 2)] == [3, 4]
    assert [e.message.number for e in await store.offered(FIRST, 2, {3, 6, 1})] == [4, 7]
    assert await store.offered(FIRST, 9, {3, 4, 6, 7, 8}) == []


async def test_bytes_come_from_the_front_on_as_long_as_they_fit(store: Store) -> None:
    await put(
        store,
        [sized(1, 40), sized(2, 70), sized(3, 60), sized(4, 1), (message(5, size=900_000), None)],
        [delivery(n) for n in range(1, 6)],
    )

    async def came(content_bytes: int) -> list[bytes | None]:
        return [e.content for e in await store.offered(FIRST, 9, content_bytes=content_bytes)]

    assert await came(0) == [None] * 5
    assert await came(40) == [b"\1" * 40, None, None, None, None]
    assert await came(100) == [b"\1" * 40, None, b"\3" * 60, None, None]
    assert await came(10_000_000) == [b"\1" * 40, b"\2" * 70, b"\3" * 60, b"\4", None]
    last = (await store.offered(FIRST, 9, {1, 2, 3, 4}, 10_000_000))[0]
    assert (last.message.number, last.content) == (5, None)


async def test_an_entry_names_the_message_that_it_is_about(store: Store) -> None:
    rows = [message(1, about=None), message(2, about=1), message(3, about=77)]
    await put(store, [(row, b"x") for row in rows], [delivery(n) for n in (1, 2, 3)])
    for entries in (await store.offered(FIRST, 9), await store.inbox(FIRST, DeliveryState.WAITING, 9)):
        assert [e.about for e in entries] == ["", message(1).id, ""]


async def test_a_look_that_stopped_early_does_not_keep_the_journal_from_being_moved(store: SqliteStore) -> None:
    await put(store, [sized(n, 10) for n in range(1, 40)], [delivery(n) for n in range(1, 40)])
    for _ in range(4):  # each reader, and each more than once
        assert len(await store.offered(FIRST, 1, {30, 31, 32}, 10)) == 1
    moved = await store._writer.run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
    assert moved[0] == 0, "somebody still reads"
