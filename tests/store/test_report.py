"""A report over everything that was ever carried takes no more memory than one over a day."""

from __future__ import annotations

import random
import sys
import tracemalloc
from pathlib import Path

import pytest

from hub.core.model import Millis, Tier
from hub.store import Transaction
from hub.store.sqlite import Driver, SqliteStore
from tests.store.rows import AT, FIRST, SENDER, agency, delivery, message

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
