"""Thousands of webhook endpoints: their cost to a hub that rests, and how soon one event has reached all of them.

    hooks                 endpoints, one of each agency, active
    hooks_memory_kb       resident memory of the hub with them − without, ÷ their number
    hooks_start_s         start with them; hooks_start_without_s without
    hooks_first_s         from the answer to a document for all to the first webhook that arrives
    hooks_half_s, _all_s  to half of them and to all, with `webhooks.per_second` as it comes
    hooks_unbound_all_s   the same with no such bound

The receiver is one server in this process: it shares the processors with the hub.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from hub.app import opened
from hub.base.config import load
from hub.base.runtime import system_clock
from hub.core.model import Agency, Millis
from hub.core.webhooks import signing
from hub.lab import hub_process, machine
from hub.lab.bench import material
from hub.lab.bench.circular import send_wide
from hub.lab.bench.growth import Growth
from hub.lab.country import world_2022
from hub.lab.hub_process import HubProcess
from hub.store import HookRow

_PATIENCE: Final = 300.0
_REST_SECONDS: Final = 2.0
_UNBOUND: Final = 1_000_000


class _Receiver:
    """Takes everything, and keeps when it came."""

    def __init__(self) -> None:
        self.port = 0
        self.came: list[float] = []
        self._loop = asyncio.new_event_loop()
        self._runner: web.ServerRunner
        self._ready = threading.Event()

    async def _hear(self, request: web.BaseRequest) -> web.Response:
        await request.read()
        self.came.append(time.perf_counter())
        return web.Response(status=204)

    async def _serve(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._hear))
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1_024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._ready.set()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self._ready.wait()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()


def measure(
    count: int, told: Callable[[str], None] = lambda what: None, world: Callable[[], list[Agency]] = world_2022
) -> Growth:
    """`world`: the directory; a test takes a smaller one."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="truc-hooks-") as name:
        folder = Path(name)
        growth = Growth({}, [count], machine.look(folder))
        receiver = _Receiver()
        with receiver.listening():
            _measured(folder, world(), count, receiver, growth, told)
    growth.seconds = time.perf_counter() - began
    return growth


def _measured(
    folder: Path,
    agencies: Sequence[Agency],
    count: int,
    receiver: _Receiver,
    growth: Growth,
    told: Callable[[str], None],
) -> None:
    told("keys, directory")
    keys, hub = folder / "keys", folder / "hub"
    sender = material.agencies()[0].code
    recipients = [a for a in agencies if a.code != sender][:count]
    hub_process.prepare(hub, keys, agencies, material.agencies())
    figures = growth.figures
    told("without")
    figures["hooks_start_without_s"], without = _rested(hub)
    told("endpoints")
    asyncio.run(_register(hub, receiver.port, recipients))
    told("with")
    figures["hooks"] = float(len(recipients))
    figures["hooks_start_s"], held = _rested(hub)
    figures["hooks_memory_kb"] = 1_000 * (held - without) / len(recipients)
    for number, per_second in enumerate((0, _UNBOUND), 1):
        told("one event to all" + (", unbound" if per_second else ""))
        _settle(hub, per_second)
        waits = _told_all(hub, keys, recipients, receiver, growth, number)
        if not waits:
            return
        if per_second:
            figures["hooks_unbound_all_s"] = waits[-1]
        else:
            figures |= {"hooks_first_s": waits[0], "hooks_half_s": waits[len(waits) // 2], "hooks_all_s": waits[-1]}


def _rested(folder: Path) -> tuple[float, float]:
    """Seconds of a start, and MB of the hub when it rests."""
    with HubProcess(folder) as hub:
        time.sleep(_REST_SECONDS)
        return hub.start_seconds, hub_process.rss_mb(hub.pid)


def _settle(folder: Path, per_second: int) -> None:
    """`per_second` 0: as it comes."""
    config = folder / "hub.toml"
    text = config.read_text("utf-8").partition("[webhooks]")[0]
    bound = f"per_second = {per_second}\n" if per_second else ""
    config.write_text(f"{text}[webhooks]\nplain = true\n{bound}", "utf-8")


async def _register(folder: Path, port: int, agencies: Sequence[Agency]) -> None:
    """As if each had passed its test: a challenge to each would measure the receiver."""
    async with opened(load(folder / "hub.toml")) as (exchange, _, _):
        now = system_clock()
        rows = [
            HookRow(0, a.code, f"http://127.0.0.1:{port}/{n}", "", "active", "", os.urandom(signing.SALT_BYTES), b"",
                    Millis(0), now)
            for n, a in enumerate(agencies)
        ]  # fmt: skip
        await exchange.store.write(lambda tx: [tx.add_hook(row) for row in rows])


def _told_all(
    folder: Path, keys: Path, recipients: Sequence[Agency], receiver: _Receiver, growth: Growth, number: int
) -> list[float]:
    """Seconds from the answer until each arrived, in their order; none where not all did. The hub ends cleanly: killed,
    it would send again the events that it had not written down."""
    receiver.came.clear()
    with HubProcess(folder) as hub:
        _, refused = send_wide(hub, keys, recipients, times=1, first=number)
        answered = time.perf_counter()
        if refused:
            growth.wrong.append(refused)
            return []
        while len(receiver.came) < len(recipients) and time.perf_counter() - answered < _PATIENCE:
            time.sleep(0.01)
        hub.stop()
    if len(receiver.came) < len(recipients):
        growth.wrong.append(f"{len(receiver.came)} of {len(recipients)} webhooks within {_PATIENCE:g} s")
        return []
    return [max(0.0, at - answered) for at in sorted(receiver.came)]
