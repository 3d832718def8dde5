"""`truc bench --search` measures what it says: every figure is there, and nothing was wrong."""

from __future__ import annotations

import asyncio

from hub.lab.bench.searching import Extent, measured


async def test_a_small_measurement_tells_every_figure() -> None:
    growth = await asyncio.to_thread(measured, Extent(300, rounds=1, each=30))
    assert growth.wrong == []
    assert {
        "search_index_us",
        "search_cost_share",
        "search_wait_ratio",
        "search_bytes",
        "search_newest_ms",
        "riding_us",
    } <= set(growth.figures)
    assert all(figure is not None and figure > 0 for figure in growth.figures.values())
