"""A hub may be told to stop as soon as it can be known to listen, and then ends cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from hub.cli import serve
from hub.lab.sandbox import prepare
from tests.support.process import HubProcess, free_port


async def test_sigterm_right_after_the_announcement_ends_with_zero(tmp_path: Path) -> None:
    await asyncio.to_thread(prepare, tmp_path)
    async with HubProcess(tmp_path / "hub.toml", free_port()) as hub:
        assert hub.stop() == 0


async def test_sigterm_is_handled_from_before_the_announcement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path, port=0)

    def stop_at_once(*_: object) -> None:
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL, "the signal would end the process"
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(serve, "announce", stop_at_once)
    await asyncio.wait_for(serve.serve(settings, as_json=True), 20)
