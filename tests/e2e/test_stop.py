"""A hub that is told to stop as soon as it can be known to listen ends cleanly."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hub.sandbox import prepare
from tests.support.process import HubProcess, free_port


async def test_sigterm_right_after_the_announcement_ends_with_zero(tmp_path: Path) -> None:
    await asyncio.to_thread(prepare, tmp_path)
    async with HubProcess(tmp_path / "hub.toml", free_port()) as hub:
        assert hub.stop() == 0
