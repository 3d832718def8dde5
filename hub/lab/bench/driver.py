"""The process that sends and times. It shares the processors with the hub, so it does next to nothing: documents are
signed, requests are bytes before the clock starts, an answer is looked at for its status and for a receipt in it.

    Accept   some senders, each with one document under way, as fast as it goes (closed loop)
    Pace     documents due at fixed times without regard to answers (open loop); latency counts from when one was due
    Life     documents with several recipients, and everything that follows: fetch, read, compare, sign, acknowledge

Times are seconds on the monotonic clock. Tokens are asked for once, before anything is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from clients import protocol
from clients.receipts import check_submission
from hub.core import framing, wire
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.log.policy import parse as parse_policy
from hub.core.model import MessageKind
from hub.lab.bench.material import Shelf, agencies
from hub.lab.calls import Agency, now
from hub.lab.http import Address, Connection, Pool, Reply, connect, head
from hub.lab.processes import Talk
from hub.lab.simulate.corpus import Keyring
from hub.lab.simulate.player import run

_PROOF: Final = "c2sp.org/tlog-proof@v1"
_RECEIPT: Final = f'"receipt":"{_PROOF}'.encode()
_ACCEPTED: Final = b'"status":201,"submitted":'
_LINE_END: Final = b'"end":'
_CHECKED: Final = 50
_EMPTIED: Final = 200
_PATIENCE: Final = 20.0


class Accept(msgspec.Struct, frozen=True):
    """`at_most`: seconds after which nothing more is sent. `together`: documents of one call; 0 = each by itself."""

    lot: str
    start: int
    stop: int
    senders: int
    at_most: float = 10.0
    together: int = 0


class Pace(msgspec.Struct, frozen=True):
    lot: str
    start: int
    stop: int
    per_second: float


class Life(msgspec.Struct, frozen=True):
    """`at_once`: most documents that a recipient takes and signs for together."""

    lot: str
    start: int
    stop: int
    senders: int
    at_once: int = 50


class Look(msgspec.Struct, frozen=True):
    """So many looks at the mailboxes of those that play, one after another, `limit` items each."""

    lot: str
    count: int
    limit: int


Order = Accept | Pace | Life | Look


class Done(msgspec.Struct, frozen=True):
    """`count` documents in `seconds`; `deliveries` handed over. `wrong`: answers that should not have been.
    `cpu`: share of one processor that the driver itself used meanwhile."""

    count: int
    seconds: float
    latencies: list[float]
    wrong: list[str]
    deliveries: int = 0
    cpu: float = 0.0

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0


def drive(talk: Talk, url: str, material: Path, keys: Path, policy: bytes) -> None:
    """The process: says "ready", then a Done for every Order that it hears, until nobody asks any more."""
    run(_obey(talk, Driver(url, material, keys, policy)))


async def _obey(talk: Talk, driver: Driver) -> None:
    await driver.get_ready()
    talk.say("ready")
    while True:
        order: Order = await asyncio.to_thread(talk.hear)
        talk.say(await driver.obey(order))


class Driver:
    def __init__(self, url: str, material: Path, keys: Path, policy: bytes) -> None:
        self._address = Address.of(url)
        self._material = material
        self._policy = parse_policy(policy)
        self._pool = Pool(self._address, 32)
        self._polls = Pool(self._address)
        ring, audience = Keyring(keys, agencies()), f"{url}/v1/token"
        self._agencies = [Agency(a.code, ring[i], self._pool, audience) for i, a in enumerate(agencies())]
        self._shelves: dict[str, Shelf] = {}
        self._connections: list[Connection] = []

    async def get_ready(self) -> None:
        await asyncio.gather(*(agency.token() for agency in self._agencies))

    async def obey(self, order: Order) -> Done:
        if isinstance(order, Look):
            return await self._look(order)
        shelf = self._shelves.get(order.lot) or self._shelves.setdefault(order.lot, Shelf(self._material, order.lot))
        used, began = time.process_time(), time.perf_counter()
        if isinstance(order, Accept):
            made = self._batches(shelf, order) if order.together else self._requests(shelf, order)
            done = await self._accept(order, await made)
        elif isinstance(order, Pace):
            done = await self._pace(order, await self._requests(shelf, order))
        else:
            done = await self._life(order, await self._requests(shelf, order), shelf)
        cpu = (time.process_time() - used) / (time.perf_counter() - began)
        return msgspec.structs.replace(done, cpu=round(cpu, 3))

    async def _look(self, order: Look) -> Done:
        latencies = []
        began = time.perf_counter()
        for number in range(order.count):
            agency = self._agencies[number % len(self._agencies)]
            at = time.perf_counter()
            await agency.call(protocol.inbox(limit=order.limit))
            latencies.append(time.perf_counter() - at)
        return Done(order.count, time.perf_counter() - began, latencies, [])

    async def _requests(self, shelf: Shelf, order: Accept | Pace | Life) -> list[tuple[bytes, bytes]]:
        host = f"{self._address.host}:{self._address.port}"
        made = []
        for position in range(order.start, order.stop):
            data = shelf.data(position)
            token = await self._agencies[shelf.pieces[position].sender].token()
            lines = (f"Authorization: Bearer {token}", "Content-Type: application/xml")
            made.append((head("POST", "/v1/documents", host, len(data), *lines), data))
        return made

    async def _batches(self, shelf: Shelf, order: Accept) -> list[tuple[bytes, bytes]]:
        """The same in calls of one agency each."""
        host = f"{self._address.host}:{self._address.port}"
        of: dict[int, list[bytes]] = {}
        for position in range(order.start, order.stop):
            of.setdefault(shelf.pieces[position].sender, []).append(shelf.data(position))
        made = []
        for sender, documents in of.items():
            lines = (f"Authorization: Bearer {await self._agencies[sender].token()}", f"Content-Type: {framing.MEDIA}")
            for start in range(0, len(documents), order.together):
                body = framing.framed(documents[start : start + order.together])
                made.append((start, head("POST", "/v1/documents:batch", host, len(body), *lines), body))
        return [(top, body) for _, top, body in sorted(made, key=lambda one: one[0])]  # agencies in turns

    async def _open(self, count: int) -> list[Connection]:
        """So many connections, those of before first: the hub closes those that were idle for long."""
        self._connections = [c for c in self._connections if c.usable]
        while len(self._connections) < count:
            self._connections.append(await connect(self._address))
        return self._connections[:count]

    # closed loop

    async def _accept(self, order: Accept, requests: list[tuple[bytes, bytes]]) -> Done:
        connections = await self._open(order.senders)
        waiting, latencies, answers = deque(requests), [], list[tuple[bytes, Reply]]()
        began = time.perf_counter()
        end = began + order.at_most

        async def sender(connection: Connection) -> None:
            while waiting and (at := time.perf_counter()) < end:
                top, data = waiting.popleft()
                reply = await connection.call(top, data)
                latencies.append(time.perf_counter() - at)
                answers.append((data, reply))

        await asyncio.gather(*map(sender, connections))
        seconds = time.perf_counter() - began
        if order.together:
            told = [reply.body.count(_ACCEPTED) for _, reply in answers]
            wrong = [r.body[-300:].decode() for _, r in answers if _LINE_END not in r.body or b'"problem"' in r.body]
            return Done(sum(told), seconds, latencies, wrong[:5])
        return Done(len(answers), seconds, latencies, self._wrong(answers))

    # open loop

    async def _pace(self, order: Pace, requests: list[tuple[bytes, bytes]]) -> Done:
        pool, latencies, answers = Pool(self._address), [], list[tuple[bytes, Reply]]()
        began = time.perf_counter()

        async def send(due: float, top: bytes, data: bytes) -> None:
            reply = await pool.call(top, data)
            latencies.append(time.perf_counter() - due)
            answers.append((data, reply))

        async with asyncio.TaskGroup() as group:
            for position, (top, data) in enumerate(requests):
                due = began + position / order.per_second
                if (early := due - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                group.create_task(send(due, top, data))
        seconds = time.perf_counter() - began
        pool.close()
        return Done(len(answers), seconds, latencies, self._wrong(answers))

    def _wrong(self, answers: Sequence[tuple[bytes, Reply]]) -> list[str]:
        """Every answer has to be an acceptance with a receipt; of some, the receipt is verified."""
        wrong = [
            f"{reply.status}: {reply.body[:200]!r}"
            for _, reply in answers
            if reply.status != 201 or _RECEIPT not in reply.body
        ]
        if not wrong:
            every = max(1, len(answers) // _CHECKED)
            for data, reply in answers[::every]:
                submitted = msgspec.json.decode(reply.body, type=wire.Submitted)
                check_submission(submitted, data, MessageKind.DOCUMENT, self._policy, now())
        return wrong[:5]

    # a whole life

    async def _life(self, order: Life, requests: list[tuple[bytes, bytes]], shelf: Shelf) -> Done:
        due = sum(shelf.pieces[position].recipients for position in range(order.start, order.stop))
        ended, handed = asyncio.Event(), [0]

        def count(more: int) -> None:
            handed[0] += more
            if handed[0] >= due:
                ended.set()

        await asyncio.gather(*map(self._empty, self._agencies))
        receivers = [asyncio.create_task(self._receive(agency, order.at_once, count)) for agency in self._agencies]
        began = time.perf_counter()
        accepted = await self._accept(Accept(order.lot, order.start, order.stop, order.senders, _PATIENCE), requests)
        try:
            async with asyncio.timeout(_PATIENCE):
                await ended.wait()
            wrong = accepted.wrong
        except TimeoutError:
            wrong = [*accepted.wrong, f"{handed[0]} of {due} deliveries came"]
        seconds = time.perf_counter() - began
        for receiver in receivers:
            receiver.cancel()
        ends = await asyncio.gather(*receivers, return_exceptions=True)
        wrong += [repr(e) for e in ends if e is not None and not isinstance(e, asyncio.CancelledError)]
        return Done(accepted.count, seconds, accepted.latencies, wrong, deliveries=handed[0])

    async def _empty(self, agency: Agency) -> None:
        """Hand over documents that were sent before and nobody took, so that only measured ones are counted."""
        while items := (await agency.call(protocol.fetch(_EMPTIED, 0, content=False), self._polls)).items:
            await self._sign(agency, items)

    async def _receive(self, agency: Agency, at_once: int, count: Any) -> None:
        """As the published client does: small documents come with their bytes, the rest is read; every digest is
        compared; one signature for those that came together."""
        while True:
            inbox = await agency.call(protocol.fetch(at_once, _PATIENCE), self._polls)
            if not inbox.items:
                continue
            await asyncio.gather(*(self._read(agency, item) for item in inbox.items if not protocol.content_of(item)))
            done = await self._sign(agency, inbox.items)
            count(sum(item.receipt.startswith(_PROOF) and not item.repeated for item in done.items))

    @staticmethod
    async def _sign(agency: Agency, items: Sequence[wire.InboxItem]) -> wire.Acknowledgements:
        held = tuple(acknowledgement.Item(i.message.id, i.message.sha256, Outcome.CONTENT_HANDOVER) for i in items)
        book = Acknowledgement(agency.code, now(), held)
        signed = acknowledgement.sign(book, agency.credential.key, agency.kid)
        return await agency.call(protocol.acknowledge(signed, agency.code))

    @staticmethod
    async def _read(agency: Agency, item: wire.InboxItem) -> None:
        await agency.call(protocol.content(item.message.id, item.message.sha256))  # compares the digest
