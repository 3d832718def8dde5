"""Shows the log to its witnesses, each in a task of its own, and never in the way of an answer.

Every `interval_seconds` the newest checkpoint becomes the target; all witnesses are shown targets only. So under load,
when there are a hundred checkpoints a second, they sign the same ones, and one note can carry all their lines. A
witness that is slow skips targets, one that fails is asked less and less often (`breaker`), and neither keeps another
one back. An answer is verified, then kept in a batch of the sequencer.

When a witness holds another history of this log than the store does, the sequencer is halted (`Contradicted`). Before
the hub listens each witness is asked once, within `START_SECONDS`: that is how a hub learns that its store was
restored from an old copy before it signs anything new.

Keep a witness' signature: its line goes under the checkpoint of that size, beside the others'.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import msgspec
import structlog

from hub.base.config import WitnessSettings
from hub.base.metrics import Metrics
from hub.base.runtime import at_work
from hub.base.timekeeper import Timekeeper
from hub.core.errors import AxisError, IntegrityAlarm
from hub.core.log import note
from hub.record.evidence_writer import EvidenceWriter
from hub.record.log import Log
from hub.record.sequencer import Sequencer
from hub.store import CheckpointRow, CosignedRow, Store
from hub.upkeep.breaker import OPEN_AFTER, Breaker
from hub.upkeep.witness_client import Contradicted, Failed, WitnessClient


class KeepCosignature(msgspec.Struct, frozen=True):
    """`line` was verified; `witness` is the `id` of the key that made it. Writes no evidence and no leaf."""

    size: int
    witness: str
    line: bytes

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        tx = writer.tx
        under = tx.cosigned(self.size) or tx.checkpoint_covering(self.size - 1)
        if under is None or under.size != self.size:
            raise IntegrityAlarm(expected=f"a checkpoint of {self.size} leaves", found=str(under and under.size))
        tx.keep_cosigned(CosignedRow(self.size, writer.at, note.attach(under.note, self.line)), self.witness)
        return self.size, ()


log = structlog.get_logger("witness-client")
START_SECONDS: Final = 2.0
_DOUBT_PAUSE: Final = 1.0
"""Between two questions for the time."""


class Witnesses:
    """All witnesses of one log. `running` works until its block ends."""

    def __init__(
        self,
        settings: WitnessSettings,
        store: Store,
        journal: Log,
        sequencer: Sequencer,
        metrics: Metrics,
        clock: Timekeeper,
    ) -> None:
        self._settings = settings
        self._store = store
        self._sequencer = sequencer
        self._metrics = metrics
        self._clients = [WitnessClient(entry, store, journal, clock, self._keep) for entry in settings.witnesses]
        self._clock = clock
        self._doubted = False
        self._target: CheckpointRow | None = None
        self._new_target = asyncio.Event()
        self._told = asyncio.Condition()

    @property
    def sizes(self) -> dict[str, int]:
        """Witness → leaves under the last checkpoint that it cosigned."""
        return {client.name: client.size for client in self._clients}

    async def reached(self, size: int, *names: str) -> None:
        """Return when these witnesses, or all, have cosigned at least `size` leaves."""
        wanted = names or tuple(self.sizes)
        async with self._told:
            await self._told.wait_for(lambda: all(self.sizes[name] >= size for name in wanted))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self._clients:
            yield
            return
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        connector = aiohttp.TCPConnector(ssl=_tls(self._settings.tls_ca))
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as session:
            for client in self._clients:
                await client.recall()
                self._metrics.witness_size.labels(client.name).set(client.size)
            await self._first_round(session)
            showing = {f"witness-{client.name}": self._showing(session, client) for client in self._clients}
            async with at_work({"witness-target": self._ticking(), **showing}):
                yield

    async def _first_round(self, session: aiohttp.ClientSession) -> None:
        row = await self._store.last_checkpoint()
        rounds = [asyncio.create_task(self._show(session, client, row)) for client in self._clients]
        _, late = await asyncio.wait(rounds, timeout=min(START_SECONDS, self._settings.timeout_seconds))
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _ticking(self) -> None:
        while True:
            try:
                row = await self._store.last_checkpoint()
            except AxisError:
                row = None
            doubted, self._doubted = self._doubted, self._clock.doubt is not None
            newer = row is not None and (self._target is None or row.size > self._target.size)
            if newer or (self._doubted and not doubted):
                self._target = row or self._target
                reached, self._new_target = self._new_target, asyncio.Event()
                reached.set()
            await asyncio.sleep(self._settings.interval_seconds)

    async def _showing(self, session: aiohttp.ClientSession, client: WitnessClient) -> None:
        breaker = Breaker(self._settings.interval_seconds, self._settings.retry_seconds)
        while True:
            waiting = self._new_target
            doubted = self._clock.doubt is not None  # shown again, for the time in its line
            if self._target is None or (self._target.size <= client.size and not doubted):
                await waiting.wait()
                continue
            failed = await self._show(session, client, self._target)
            if failed is None:
                if breaker.succeeded():
                    log.info("witness-answers-again", witness=client.name)
                if doubted:
                    await asyncio.sleep(max(self._settings.interval_seconds, _DOUBT_PAUSE))
                continue
            pause = breaker.failed(random.random())
            if breaker.failures in (1, OPEN_AFTER):
                log.warning("witness-failed", witness=client.name, why=failed.why, times=breaker.failures)
            await asyncio.sleep(pause)

    async def _show(
        self, session: aiohttp.ClientSession, client: WitnessClient, row: CheckpointRow | None
    ) -> Failed | None:
        """One target, or the empty log, to one witness; how it failed, if it did. Never raises but to be cancelled."""
        failed: Failed | None = None
        try:
            await (client.show(session, row) if row is not None else client.look(session))
        except Failed as error:
            failed = error
        except AxisError as error:
            failed = Failed("hub", error.en)
        except Exception as error:
            log.exception("witness-courier", witness=client.name)
            failed = Failed("hub", type(error).__name__)
        if isinstance(failed, Contradicted):
            self._sequencer.halt(failed.why)
            self._metrics.halted.set(1)
        await self._account(client, failed)
        return failed

    async def _account(self, client: WitnessClient, failed: Failed | None) -> None:
        self._metrics.witness_answers.labels(client.name, failed.outcome if failed else "good").inc()
        self._metrics.witness_up.labels(client.name).set(0 if failed else 1)
        self._metrics.witness_size.labels(client.name).set(client.size)
        async with self._told:
            self._told.notify_all()

    async def _keep(self, size: int, witness: str, line: bytes) -> None:
        await self._sequencer.submit(KeepCosignature(size, witness, line), receipts=False)

    def measure(self, log_size: int) -> None:
        """Bring the metric of the lag up to date."""
        for client in self._clients:
            self._metrics.witness_lag.labels(client.name).set(max(0, log_size - client.size))


def _tls(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca or None)
