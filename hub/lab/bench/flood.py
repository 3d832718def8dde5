"""The processes that flood, and the ones that are polite meanwhile. They only ever call the hub that the bench started
on this machine, and each order ends by itself: by its documents, or by its seconds.

    Flood     documents due at a rate that the hub cannot keep up with, over a fixed number of connections; a refused
              document is sent again in its turn, without regard to Retry-After, as a bad client would
    Polite    each of some agencies sends one document at a time, at a pace; when refused it waits as it was told

Times are on the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from hub.lab.bench.material import Shelf, agencies
from hub.lab.calls import Agency
from hub.lab.http import Address, Broken, Connection, Pool, Reply, connect, head
from hub.lab.processes import Talk
from hub.lab.simulate.corpus import Keyring
from hub.lab.simulate.player import run

_TICK: Final = 0.004
_AT_ONCE: Final = 100
_RECEIPT: Final = b'"receipt":"c2sp.org/tlog-proof@v1'
_SHA256: Final = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_RETRY_AFTER: Final = re.compile(rb"\r\nRetry-After: (\d+)\r\n")
_REFUSALS: Final = frozenset({429, 503})


class Flood(msgspec.Struct, frozen=True):
    """`per_second` 0 = as fast as the connections allow. Ends after `seconds`, or when nothing is left to accept."""

    lot: str
    start: int
    stop: int
    per_second: float
    connections: int
    seconds: float


class Polite(msgspec.Struct, frozen=True):
    """The lot's senders, each with its documents in order, one every `pause` seconds; all of them when `seconds` is
    over, with all that are left."""

    lot: str
    start: int
    stop: int
    pause: float
    seconds: float


Order = Flood | Polite


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """One document that was accepted: when it was due, when its answer came, how often it was refused before."""

    due: float
    answered: float
    refused: int

    @property
    def seconds(self) -> float:
        return self.answered - self.due


class Flooded(msgspec.Struct, frozen=True):
    """`offered`: requests sent. `accepted`: digests (hex). `refused`: by status; `silent`: those of them without
    Retry-After; `broken`: connections that ended instead of an answer. `wrong`: answers that should not have been."""

    offered: int
    began: float
    ended: float
    sent: list[Sent]
    accepted: list[str]
    refused: dict[int, int]
    silent: int
    broken: int
    wrong: list[str]

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def flood(talk: Talk, url: str, material: Path, keys: Path) -> None:
    """The process: says "ready", then a Flooded for every Order that it hears, until nobody asks any more."""
    run(_obey(talk, Flooder(url, material, keys)))


async def _obey(talk: Talk, flooder: Flooder) -> None:
    await flooder.get_ready()
    talk.say("ready")
    while True:
        order: Order = await asyncio.to_thread(talk.hear)
        talk.say(await flooder.obey(order))


class _Tally:
    """The outcome of one order so far."""

    def __init__(self) -> None:
        self.offered = self.silent = self.broken = 0
        self.sent: list[Sent] = []
        self.accepted: list[str] = []
        self.refused: dict[int, int] = {}
        self.wrong: list[str] = []
        self.began = time.monotonic()

    def take(self, reply: Reply, due: float, tries: int) -> bool:
        """Count an answer; whether the document was accepted."""
        if reply.status in (200, 201) and _RECEIPT in reply.body and (found := _SHA256.search(reply.body)):
            self.sent.append(Sent(due, time.monotonic(), tries))
            self.accepted.append(found[1].decode())
            return True
        if reply.status in _REFUSALS:
            self.refused[reply.status] = self.refused.get(reply.status, 0) + 1
            self.silent += _RETRY_AFTER.search(reply.head) is None
        else:
            self.wrong.append(f"{reply.status}: {reply.body[:200]!r}")
        return False

    def done(self) -> Flooded:
        return Flooded(
            self.offered,
            self.began,
            time.monotonic(),
            self.sent,
            self.accepted,
            self.refused,
            self.silent,
            self.broken,
            self.wrong[:5],
        )


class Flooder:
    def __init__(self, url: str, material: Path, keys: Path) -> None:
        self._address = Address.of(url)
        if self._address.host != "127.0.0.1":
            raise ValueError(f"a flood stays on this machine, not {self._address.host}")
        self._material = material
        ring, audience = Keyring(keys, agencies()), f"{url}/v1/token"
        self._tokens = Pool(self._address, 32)
        self._agencies = [Agency(a.code, ring[i], self._tokens, audience) for i, a in enumerate(agencies())]

    async def get_ready(self) -> None:
        await asyncio.gather(*(agency.token() for agency in self._agencies))

    async def obey(self, order: Order) -> Flooded:
        shelf = Shelf(self._material, order.lot)
        requests = [await self._request(shelf, position) for position in range(order.start, order.stop)]
        if isinstance(order, Flood):
            return await self._flood(order, requests)
        senders = [shelf.pieces[position].sender for position in range(order.start, order.stop)]
        return await self._polite(order, requests, senders)

    async def _request(self, shelf: Shelf, position: int) -> bytes:
        data = shelf.data(position)
        token = await self._agencies[shelf.pieces[position].sender].token()
        host = f"{self._address.host}:{self._address.port}"
        lines = (f"Authorization: Bearer {token}", "Content-Type: application/xml")
        return head("POST", "/v1/documents", host, len(data), *lines) + data

    # the flood

    async def _flood(self, order: Flood, requests: Sequence[bytes]) -> Flooded:
        idle = deque[Connection]()
        for start in range(0, order.connections, _AT_ONCE):
            count = min(_AT_ONCE, order.connections - start)
            idle.extend(await asyncio.gather(*(connect(self._address) for _ in range(count))))
        tally = _Tally()
        waiting = deque((request, 0) for request in requests)
        under_way: set[asyncio.Task[None]] = set()

        async def send(connection: Connection, request: bytes, tries: int, due: float) -> None:
            try:
                accepted = tally.take(await connection.call(request), due, tries)
            except Broken:
                tally.broken += 1
                accepted = False
            if not accepted:
                waiting.append((request, tries + 1))
            idle.append(connection if connection.usable else await connect(self._address))

        end = tally.began + order.seconds
        while (at := time.monotonic()) < end and (waiting or under_way):
            due = int((at - tally.began) * order.per_second) - tally.offered if order.per_second else len(idle)
            for _ in range(min(due, len(idle), len(waiting))):
                task = asyncio.create_task(send(idle.popleft(), *waiting.popleft(), at))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                tally.offered += 1
            await asyncio.sleep(_TICK)
        done = tally.done()
        # Documents under way are no part of the flood any more, but their outcome has to be right.
        await asyncio.gather(*under_way, return_exceptions=True)
        for connection in idle:
            connection.close()
        return msgspec.structs.replace(done, accepted=tally.accepted, wrong=tally.wrong[:5], silent=tally.silent)

    # the polite

    async def _polite(self, order: Polite, requests: Sequence[bytes], senders: Sequence[int]) -> Flooded:
        tally = _Tally()
        pool = Pool(self._address)
        end = tally.began + order.seconds
        by_sender: dict[int, list[bytes]] = {}
        for sender, request in zip(senders, requests, strict=True):
            by_sender.setdefault(sender, []).append(request)

        async def one(position: int, mine: list[bytes]) -> None:
            due = tally.began + order.pause * position / len(by_sender)
            for request in mine:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if time.monotonic() >= end:
                    return
                await self._until_accepted(tally, pool, request, due, end)
                due = max(due + order.pause, time.monotonic())

        await asyncio.gather(*(one(i, mine) for i, mine in enumerate(by_sender.values())))
        pool.close()
        return tally.done()

    @staticmethod
    async def _until_accepted(tally: _Tally, pool: Pool, request: bytes, due: float, end: float) -> None:
        tries = 0
        while time.monotonic() < end + 1.0:
            tally.offered += 1
            try:
                reply = await pool.call(request)
            except Broken:
                tally.broken += 1
                continue
            if tally.take(reply, due, tries) or reply.status not in _REFUSALS:
                return
            tries += 1
            told = _RETRY_AFTER.search(reply.head)
            await asyncio.sleep(float(told[1]) if told else 1.0)
