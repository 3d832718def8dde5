"""The contract of a store, for what failed: refusals at the door, and deliveries that nobody fetched."""

from __future__ import annotations

import msgspec

from hub.core.evidence.format import Kind
from hub.core.model import DeliveryState, Millis
from hub.core.report import Expired
from hub.store import LeafRow, Transaction
from hub.store.sqlite import SqliteStore
from tests.store.rows import message
from tests.store.test_pace import DAY, NOW, placed, sent


def leaf(number: int, at: int, event: str) -> LeafRow:
    return LeafRow(number=number, kind=Kind.EVIDENCE, object=b"x", at=Millis(at), event=event)


async def test_refusals_are_found_by_time_newest_first_and_bounded(store: SqliteStore) -> None:
    times = [NOW - 9 * DAY, NOW - 2 * DAY, NOW - DAY, NOW - 1, NOW]

    def fill(tx: Transaction) -> None:
        rows = [leaf(n, at, "SubmissionRejection") for n, at in enumerate(times)]
        tx.add_leaves([*rows, leaf(len(times), NOW, "ContentConsignment")])

    await store.write(fill)
    found = await store.refusals(Millis(NOW - 8 * DAY), NOW, 10)
    assert [row.number for row in found] == [3, 2, 1]
    assert [row.number for row in await store.refusals(Millis(0), Millis(NOW + 1), 2)] == [4, 3]


async def test_expiries_are_counted_by_recipient_and_lately(store: SqliteStore) -> None:
    gone = DeliveryState.EXPIRED
    ends = {1: NOW - 20 * DAY, 2: NOW - 3 * DAY, 3: NOW - 5, 4: NOW - 4}

    def fill(tx: Transaction) -> None:
        for number, end in ends.items():
            tx.add_message(sent(number, end - DAY), b"")
        tx.add_message(sent(5, NOW), b"")
        rows = [
            placed(n, "A" if n < 4 else "B", end - DAY, state=gone, ended_at=Millis(end)) for n, end in ends.items()
        ]
        waits = msgspec.structs.replace(placed(5, "A", NOW), kind=message(5).kind)
        tx.add_deliveries([*rows, waits])

    await store.write(fill)
    found = await store.expired(Millis(NOW - 8 * DAY), Millis(NOW - DAY))
    assert sorted(found, key=lambda e: e.agency) == [
        Expired("A", 2, 1, Millis(ends[2]), Millis(ends[3])),
        Expired("B", 1, 1, Millis(ends[4]), Millis(ends[4])),
    ]
    assert [row.message for row in await store.expired_of("A", Millis(NOW - 8 * DAY), 10)] == [3, 2]
