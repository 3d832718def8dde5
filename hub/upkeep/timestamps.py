"""Has an RFC 3161 authority stamp the log's newest checkpoint every few minutes, in a task of its own.

    checkpoint → SHA-256 of its signed text → query with a nonce → token, verified → leaf of kind 0x05

Nothing of this is in the way of an answer: the authority may be slow, wrong or away for days. A failure is counted,
logged once, and tried again after a pause that grows (`breaker`), at most the usual interval; meanwhile the log grows
on, and the next token covers all of it. A checkpoint under which only the last token is new is not stamped: a hub
without traffic asks nobody anything.

Keep a time stamp over a checkpoint: the token is the object of a leaf of kind 0x05, so the log commits to it.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
import structlog

from hub.base.config import TimestampSettings
from hub.base.metrics import Metrics
from hub.base.runtime import at_work
from hub.core.errors import AxisError, ProofInvalid
from hub.core.evidence.format import Kind
from hub.core.log import timestamp
from hub.core.log.keys import Checkpoint
from hub.core.log.timestamp import Stamp
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.core.signature.anchors_files import MOST_BYTES, OURS, sort
from hub.record.evidence_writer import EvidenceWriter
from hub.record.record import Record
from hub.store import TimestampRow
from hub.upkeep import certificates
from hub.upkeep.breaker import OPEN_AFTER, Breaker

EVENT = "TimeStamp"


class KeepTimestamp(msgspec.Struct, frozen=True):
    """`token` was verified; it is over the checkpoint of `size` leaves and states the time `at`."""

    size: int
    token: bytes
    at: Millis

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        leaf = writer.leaf(Kind.TIMESTAMP, self.token, event=EVENT).leaf
        writer.tx.add_timestamp(TimestampRow(self.size, leaf, self.at))
        return leaf, ()


log = structlog.get_logger("time-stamps")
_FIRST_PAUSE: Final = 5.0
_DOUBT_PAUSE: Final = 10.0
_CLOCKS_APART: Final = 60_000


class Failed(Exception):
    """No time stamp this time. `outcome` is one of a few words, for metrics."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.why = why[:300]


class TimeStamps:
    """`running` works until its block ends; `once` is one round. `anchors`: the hub's of the moment; `entropy`
    gives nonces."""

    def __init__(
        self,
        settings: TimestampSettings,
        record: Record,
        anchors: Callable[[], Anchors],
        origin: str,
        metrics: Metrics,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._settings = settings
        self._record = record
        self._hub_anchors = anchors
        self._origin = origin
        self._metrics = metrics
        self._clock = record.clock
        self._entropy = entropy
        self._asked_time = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self._settings.url:
            yield
            return
        async with at_work({"time-stamps": self._work()}):
            yield

    async def _work(self) -> None:
        breaker = Breaker(min(_FIRST_PAUSE, self._settings.minutes * 60), self._settings.minutes * 60)
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                failed = await self._round(session)
                if failed is None:
                    if breaker.succeeded():
                        log.info("time-stamps-again")
                    await self._rest(self._settings.minutes * 60)
                    continue
                pause = breaker.failed(random.random())
                if breaker.failures in (1, OPEN_AFTER):
                    log.warning("no-time-stamp", outcome=failed.outcome, why=failed.why, times=breaker.failures)
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """For so long; when the hub's clock falls into doubt, only until somebody should be asked for the time."""
        rested = 0.0
        while rested < seconds:
            step = min(_DOUBT_PAUSE, seconds - rested)
            await asyncio.sleep(step)
            rested += step
            if self._clock.doubt is not None:
                return

    async def _round(self, session: aiohttp.ClientSession) -> Failed | None:
        """How it failed, if it did. Never raises but to be cancelled."""
        try:
            await self.once(session)
        except Failed as error:
            failed = error
        except AxisError as error:
            failed = Failed("hub", error.en)
        except Exception as error:
            log.exception("time-stamps")
            failed = Failed("hub", type(error).__name__)
        else:
            return None
        self._metrics.time_stamps.labels(failed.outcome).inc()
        return failed

    async def once(self, session: aiohttp.ClientSession) -> Stamp | None:
        """Have the newest checkpoint stamped, and keep the token; None where there is nothing new. Failed otherwise."""
        store = self._record.store
        row, last = await store.last_checkpoint(), await store.last_timestamp()
        nothing_new = row is None or (last is not None and row.size <= last.size + 1)
        # A clock that nobody has confirmed since the start, or that is in doubt, is worth a question of its own.
        if row is None or (nothing_new and self._asked_time and self._record.recorder.doubt is None):
            return None
        digest = sha256(Checkpoint(self._origin, row.size, row.root).text).digest()
        nonce = int.from_bytes(self._entropy(8), "big") >> 1
        answer = await self._ask(session, timestamp.request(digest, nonce, self._settings.policy))
        anchors = await self._anchors()
        try:
            token = timestamp.token_of(answer)
            trusted = anchors.including(timestamp.certificates_of(token))
            stamp = timestamp.verify(token, digest, trusted, policy=self._settings.policy, nonce=nonce)
        except (ProofInvalid, ValueError) as error:
            raise Failed("bad-answer", str(error)) from None
        self._asked_time = True
        self._clock.heard("time-stamps", stamp.at)
        if abs(stamp.at - self._clock.shown) > _CLOCKS_APART:
            log.warning("clocks-apart", authority=stamp.at, hub=self._clock.shown)
        if nothing_new:
            return None
        await certificates.keep(self._record, certificates.of_anchors(trusted))
        # A crash right here loses a token; the next one covers the same leaves.
        await self._record.recorder.submit(KeepTimestamp(row.size, token, stamp.at), receipts=False)
        self._metrics.time_stamps.labels("stamped").inc()
        self._metrics.time_stamped.set(row.size)
        return stamp

    async def _ask(self, session: aiohttp.ClientSession, query: bytes) -> bytes:
        headers = {"Content-Type": timestamp.QUERY_TYPE, "Accept": timestamp.REPLY_TYPE}
        try:
            async with session.post(self._settings.url, data=query, headers=headers, allow_redirects=False) as response:
                if response.status != 200 or response.content_type != timestamp.REPLY_TYPE:
                    raise Failed("refused", f"status {response.status}, {response.content_type}")
                data = b""
                while len(data) <= timestamp.MAX_TOKEN and (more := await response.content.read(timestamp.MAX_TOKEN)):
                    data += more
                return data
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Failed("unreachable", f"{type(error).__name__}: {error}") from None

    async def _anchors(self) -> Anchors:
        """The authority's own, read again each time, or the hub's."""
        if not self._settings.anchors:
            return self._hub_anchors()
        try:
            return await asyncio.to_thread(_read, Path(self._settings.anchors), self._hub_anchors().grace)
        except (OSError, ValueError) as error:
            raise Failed("anchors", f"{self._settings.anchors}: {error}") from None


def _read(path: Path, grace: int) -> Anchors:
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    found = sort((one.name, one.read_bytes()[:MOST_BYTES]) for one in files if one.name not in OURS)
    if not found.roots:
        raise ValueError("no root certificate")
    return found.anchors(grace)
