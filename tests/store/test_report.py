"""A report over everything that was ever carried takes no more memory than one over a day."""

from __future__ import annotations

import random
import sys
import tracemalloc
from pathlib import Path

import pytest

from hub.core.model import DeliveryState, MessageKind, Millis, Tier
from hub.core.period import PeriodRows
from hub.store import Transaction
from hub.store.sqlite import Driver, SqliteStore
from tests.store.rows import AT, FIRST, SECOND, SENDER, agency, delivery, message

COUNT = 20_000
LATENCIES = random.Random(4).sample(range(10 * COUNT), COUNT)


def _many(tx: Transaction) -> None:
    tx.put_agencies([agency(SENDER, Tier.CENTRAL), agency(FIRST, Tier.PROVINCIAL)])
    for number, latency in enumerate(LATENCIES, 1):
        tx.add_message(message(number), None)
        tx.add_deliveries([delivery(number, handed_at=Millis(AT + number + latency))])


@pytest.mark.parametrize("most", [COUNT, 999, 1])
async def test_latencies_are_drawn_evenly_before_they_are_fetched(
    tmp_path: Path, driver: Driver, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By the table of modules: in its package the name stands for the function.
    monkeypatch.setattr(sys.modules["hub.store.sqlite.report"], "_MAX_LATENCIES", most)
    store = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver)
    try:
        await store.write(_many)
        tracemalloc.start()
        report = await store.report(Millis(0), Millis(AT * 2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        await store.close()
    every = -(-COUNT // most)
    assert report.latencies == sorted(LATENCIES)[::every]
    assert peak < 200_000 + 200 * len(report.latencies), "as much as is told, whatever is stored"


async def test_the_oldest_that_waits_in_each_lane(store: SqliteStore) -> None:
    def work(tx: Transaction) -> None:
        for number, lane in ((1, 0), (2, 0), (3, 4), (4, 0)):
            tx.add_message(message(number), b"x")
            tx.add_deliveries([delivery(number, f"R{number}", lane=lane)])

    assert await store.oldest_waiting() == {}
    await store.write(work)
    assert await store.oldest_waiting() == {0: AT + 1, 4: AT + 3}


async def test_the_counts_of_a_period(store: SqliteStore) -> None:
    """Two days of Vietnam, midnight between them at 17:00 UTC; statuses and what lies outside are not counted."""
    midnight = Millis(AT + 13 * 3_600_000)

    def work(tx: Transaction) -> None:
        times = (AT, AT + 10, AT + 20, midnight, midnight + 86_400_000)
        for number, at in enumerate(times, 1):
            kind = MessageKind.STATUS if number == 3 else MessageKind.DOCUMENT
            verdict = "ABSENT" if number == 2 else "VALID"
            tx.add_message(message(number, kind=kind, accepted_at=Millis(at), verdict=verdict), b"x")
        took = {"placed_at": AT, "offered_at": AT + 1_234, "handed_at": AT + 98_765, "state": DeliveryState.HANDED_OVER}
        tx.add_deliveries(
            [
                delivery(1, **took),
                delivery(1, SECOND, placed_at=AT, state=DeliveryState.EXPIRED, offered_at=0),
                delivery(2, placed_at=AT + 10),
                delivery(3, kind=MessageKind.STATUS, **took),
                delivery(4, placed_at=midnight, handed_at=midnight + 7),
                delivery(5, placed_at=midnight + 86_400_000),
            ]
        )

    await store.write(work)
    day = (AT + 7 * 3_600_000) // 86_400_000
    assert await store.period(Millis(AT - 1), Millis(midnight + 1)) == PeriodRows(
        first_at=AT,
        sent={SENDER: (3, 2)},
        states={FIRST: {DeliveryState.WAITING: 2, DeliveryState.HANDED_OVER: 1}, SECOND: {DeliveryState.EXPIRED: 1}},
        fetch={FIRST: {1_200: 1}},
        acknowledge={FIRST: {98_000: 1, 7: 1}},
        unmeasured=1,
        days={day: (2, 1, 3), day + 1: (1, 1, 1)},
    )
    nothing = await store.period(Millis(0), AT)
    assert (nothing.first_at, nothing.sent, nothing.days) == (AT, {}, {})
