"""The agencies under whose load the hub dies: senders, mailboxes, statuses, take-backs, and some that try acts which
must be refused. All of it through the published client, which tries again by itself until the hub is back.

Nothing here gives up; an act that is never done is a finding of `finish`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any, Final, TypeVar

import msgspec

from clients import protocol
from clients.axis import AxisClient, Item, Outcome, Sent
from clients.errors import ClientError, ProblemError
from clients.retry import Backoff
from clients.transport import Transport
from hub.admission.submission import OPERATOR
from hub.base.runtime import system_clock
from hub.core import wire
from hub.core.errors import AxisError
from hub.core.model import VIETNAM, MessageKind, StatusCode
from hub.lab.simulate.messages import MessageMaker
from hub.lab.simulate.plan import Planner, Sending, sample
from hub.lab.torture.books import BROKEN, DOUBLED, LOST, Books, HandOver, Submission
from hub.lab.torture.setting import SLEEPER, Setting

T = TypeVar("T")
PATIENCE: Final = Backoff(first=0.02, factor=1.5, longest=0.25, budget=86_400.0, tries=1_000_000)
"""A client that gives up is none whose books say anything; the stage ends acts that last too long."""

LABEL: Final = "TT"

_SENDERS: Final = 5
_TOGETHER: Final = 12
"""Documents that are sent together, of several agencies."""
_LARGE: Final = 0.2
_LAST_PRIORITY: Final = 0.12
_REFUSED: Final = 0.15
_EXPECTED: Final = ("STATUS_", "CONFLICT_")
"""Codes that a status or an acknowledgement may meet where a take-back, a refusal or an expiry was first."""


class Load:
    """`allow` gives work; it is done in the background over all deaths of the hub, until `finish`."""

    def __init__(self, setting: Setting, books: Books, seed: int) -> None:
        self._ground = setting
        self._books = books
        self._rng = Random(f"load/{seed}")
        agencies = setting.agencies
        self._letters = MessageMaker(agencies, LABEL, datetime.now(VIETNAM).date())
        self._planner = Planner(sample(agencies, seed), seed, "small")
        self._room = asyncio.Semaphore(0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._answered: dict[int, asyncio.Event] = {}
        self.sendings: dict[int, Sending] = {}
        self._renaming = asyncio.Lock()
        self._operator = setting.profile.hub(OPERATOR)
        self.clients = [self.client(a.code) for a in agencies]
        self.public = Transport(setting.url, None, backoff=PATIENCE)

    def client(self, code: str, backoff: Backoff = PATIENCE) -> AxisClient:
        mine, policy = self._ground.profile.agency(code), self._ground.policy
        return AxisClient(self._ground.url, code, mine.key, mine.chain, policy=policy, backoff=backoff)

    # the run

    def start(self) -> None:
        awake = [i for i in range(len(self.clients)) if i != SLEEPER]
        self._loops = [
            *(asyncio.create_task(self._guarded(self._mailbox(i))) for i in awake),
            *(asyncio.create_task(self._guarded(self._sender())) for _ in range(_SENDERS)),
            asyncio.create_task(self._guarded(self._queues())),
            asyncio.create_task(self._guarded(self._checkpoints())),
        ]

    def allow(self, documents: int) -> None:
        for _ in range(documents):
            self._room.release()

    @property
    def spare(self) -> bool:
        """Whether there is work that nobody has begun."""
        return not self._room.locked()

    async def finish(self, seconds: float) -> None:
        """Everything that was begun is done, and every mailbox that is looked after is empty. Given up when nothing
        has moved for so long."""
        loop, idle, before = asyncio.get_running_loop(), 0, 0
        end = loop.time() + seconds
        while idle < 3:
            done = len(self._books.submissions) + len(self._books.handovers) + self._books.refusals.total()
            if done != before:
                before, end = done, loop.time() + seconds
            if loop.time() > end:
                self._books.find(LOST, f"work is under way, and nothing has moved for {seconds:.0f} s")
                break
            await asyncio.sleep(0.2)
            idle = 0 if self._tasks or self.spare or await self._waiting(seconds) else idle + 1
        for task in (*self._loops, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._loops, *self._tasks, return_exceptions=True)

    async def _waiting(self, seconds: float) -> bool:
        """Whether a mailbox that is looked after holds anything; also where the hub does not say so for so long."""
        awake = [c for i, c in enumerate(self.clients) if i != SLEEPER]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                found = await asyncio.gather(*(client.look(limit=5) for client in awake))
                return any(inbox.items for inbox in found)
        return True

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self.clients), self.public.close())

    async def _guarded(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._books.find(BROKEN, f"a client failed: {type(error).__name__}: {error}")

    def ask_again(self, some: int) -> None:
        """Send some acknowledged documents once more: the same acceptance, the same receipt, byte for byte."""
        known = self._books.submissions
        for submission in self._rng.sample(known, min(some, len(known))):
            self._begin(again(self.clients[submission.sender], submission, self._books))

    def _begin(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # sending

    async def _sender(self) -> None:
        while True:
            await self._room.acquire()
            sending = self._next()
            task = asyncio.create_task(self._send(sending))
            self._tasks.add(task)
            try:
                await task
            finally:
                self._tasks.discard(task)

    async def _queues(self) -> None:
        """A sender that sends together what each agency has, many in one call."""
        while True:
            await self._room.acquire()
            sendings = [self._next()]
            while len(sendings) < _TOGETHER and self.spare:
                await self._room.acquire()
                sendings.append(self._next())
            of: dict[int, list[Sending]] = {}
            for sending in sendings:
                of.setdefault(sending.sender, []).append(sending)
            for sender, theirs in of.items():
                self._begin(self._send_together(sender, [s for s in theirs if not s.original]))
                for update in (s for s in theirs if s.original):
                    self._begin(self._send(update))

    async def _send_together(self, sender: int, sendings: list[Sending]) -> None:
        """The first of them once more at the end: the same acceptance, also after a kill in the midst of the call."""
        client = self.clients[sender]
        queue = [client.sign_bytes(self._letters.document(sending)) for sending in sendings]
        known: list[Submission] = []
        try:
            async for outcome in client.send_all(queue + queue[:1]):
                if outcome.answer is None or outcome.proof is None:
                    self._books.find(LOST, f"item {outcome.position} of a batch: {outcome.error!r}")
                elif outcome.position < len(sendings):
                    known.append(self._booked(sender, sendings[outcome.position], queue[outcome.position], outcome))
                elif known and (outcome.answer.message.id, outcome.proof.raw) != (known[0].id, known[0].receipt):
                    self._books.find(DOUBLED, f"{known[0].id}, twice in a batch, became {outcome.answer.message.id}")
        finally:
            for sending in sendings:
                self._answered[sending.number].set()

    def _booked(self, sender: int, sending: Sending, data: bytes, outcome: Outcome) -> Submission:
        assert outcome.answer is not None, "the caller has looked"
        assert outcome.proof is not None, "the caller has looked"
        answer, digest = outcome.answer, sha256(data).hexdigest()
        told = tuple(answer.recipients)
        made = Submission(
            sender, MessageKind.DOCUMENT, sending.number, data, digest, answer.message.id, outcome.proof.raw, told
        )
        self._books.submissions.append(made)
        return made

    def _next(self) -> Sending:
        sending, rng = next(self._planner), self._rng
        size = rng.randrange(66_000, 220_000) if rng.random() < _LARGE else rng.randrange(5_000, 9_000)
        priority = 4 if not sending.original and rng.random() < _LAST_PRIORITY else sending.priority
        made: Sending = msgspec.structs.replace(sending, size=size, priority=priority)
        self.sendings[made.number] = made
        self._answered[made.number] = asyncio.Event()
        return made

    async def _send(self, sending: Sending) -> None:
        if sending.original:
            await self._answered[sending.original].wait()
        client = self.clients[sending.sender]
        data = client.sign_bytes(self._letters.document(sending))
        try:
            sent = await self._submit(sending.sender, data, MessageKind.DOCUMENT, sending.number)
        finally:
            self._answered[sending.number].set()
        if sent is None:
            self._books.find(LOST, f"document {sending.number} was refused: {dict(self._books.refusals)}")
            return
        if sending.take_back or self._rng.random() < 0.1:
            self._begin(self._say(sending.sender, sending, StatusCode.TAKE_BACK))
        if self._rng.random() < _REFUSED:
            self._begin(self._try_what_is_refused(sending, data))
        if sending.number % 20 == 0:
            self._begin(self._rename())

    async def _submit(self, sender: int, data: bytes, kind: MessageKind, number: int, status: str = "") -> Sent | None:
        """None where it was refused, which is noted."""
        digest = sha256(data).hexdigest()
        try:
            sent = await self.clients[sender].send(data)
        except ProblemError as error:
            self._refuse(error)
            self._books.refused[digest] = error.code
            return None
        except AxisError as error:
            self._books.find(BROKEN, f"the receipt of {kind.value} {number} does not hold: {error.en}")
            return None
        answer, receipt = sent.answer, sent.proof.raw
        told = tuple(answer.recipients)
        self._books.submissions.append(
            Submission(sender, kind, number, data, digest, answer.message.id, receipt, told, status)
        )
        return sent

    def _refuse(self, error: ProblemError) -> None:
        self._books.refusals[error.code] += 1
        if error.status >= 500:
            self._books.find(BROKEN, f"{error.status} {error.code}: {error.en}")

    async def _say(self, agency: int, sending: Sending, code: StatusCode) -> bool:
        data = self.clients[agency].sign_bytes(self._letters.status(agency, sending, code))
        sent = await self._submit(agency, data, MessageKind.STATUS, sending.number, code.value)
        refused = self._books.refused.get(sha256(data).hexdigest(), "")
        if refused and not refused.startswith(_EXPECTED):
            self._books.find(BROKEN, f"status {code.value} on document {sending.number}: {refused}")
        return sent is not None

    async def _try_what_is_refused(self, sending: Sending, data: bytes) -> None:
        """Another document under the same identity, a stranger's name, or a changed byte: never to be delivered."""
        client = self.clients[sending.sender]
        which = sending.number % 3
        if which == 0 and not sending.original:  # of an update the bytes are the identity
            other = msgspec.structs.replace(sending, size=sending.size + 4_000)
            data = client.sign_bytes(self._letters.document(other))
        elif which == 1:
            data = self.clients[(sending.sender + 1) % len(self.clients)].sign_bytes(self._letters.document(sending))
        else:
            data = (
                data.replace(b"</edXML:Subject>", b".</edXML:Subject>") if b"</edXML:Subject>" in data else b"<" + data
            )
        if await self._submit(sending.sender, data, MessageKind.DOCUMENT, sending.number) is not None:
            self._books.find(BROKEN, f"what had to be refused was accepted, beside document {sending.number}")

    # receiving

    async def _mailbox(self, position: int) -> None:
        client = self.clients[position]
        while True:
            items = await client.fetch(10, 1.0)
            for item in items:
                if (position, item.message.id) in self._books.handovers:
                    self._books.find(DOUBLED, f"{item.message.id} was signed for at {client.agency} and offered again")
            read = [item for item in items if await self._read(position, item)]
            if held := [item for item in read if not _only_read(item)]:
                await self._sign(position, client, held)

    async def _read(self, position: int, item: Item) -> bool:
        """Whether its bytes are here; None where it was taken back meanwhile."""
        try:
            data = await item.content()
        except ProblemError as error:
            self._refuse(error)
            return False
        digest = sha256(data).hexdigest()
        known = self._books.read.setdefault((position, item.message.id), (digest, system_clock()))
        if known[0] != digest:
            self._books.find(BROKEN, f"{item.message.id} has other bytes than before")
        return True

    async def _sign(self, position: int, client: AxisClient, held: list[Item]) -> None:
        try:
            answer = await client.acknowledge(held)
        except ProblemError as error:
            self._refuse(error)
            if not error.code.startswith(_EXPECTED):
                self._books.find(BROKEN, f"an acknowledgement: {error.code} {error.en}")
            return
        for item, done in zip(held, answer.items, strict=True):
            if done.problem is not None:
                self._books.refusals[done.problem.code] += 1
                continue
            self._hand_over(position, item, done)

    def _hand_over(self, position: int, item: Item, done: wire.AcknowledgedItem) -> None:
        key = (position, item.message.id)
        new = HandOver(position, item.message.id, item.message.sha256, done.evidence, done.receipt.encode())
        known = self._books.handovers.setdefault(key, new)
        if known != new:
            self._books.find(DOUBLED, f"{item.message.id} was handed over twice: {known.evidence}, {new.evidence}")
        number, _, label = item.message.code.partition("/")
        sending = self.sendings.get(int(number)) if label == LABEL and number.isdigit() else None
        if sending is None:
            self._books.find(BROKEN, f"{item.message.id} is about {item.message.code}, which nobody sent")
        elif item.message.kind == MessageKind.DOCUMENT.value:
            self._begin(self._course(position, sending))
        elif item.message.status_code == StatusCode.TAKE_BACK.value:
            self._begin(self._agree(position, sending))

    async def _course(self, position: int, sending: Sending) -> None:
        if position not in sending.recipients:
            if position == sending.dropped:
                await self._agree(position, sending)
            return
        for code in sending.courses[sending.recipients.index(position)].split():
            if not await self._say(position, sending, StatusCode(code)):
                return

    async def _agree(self, position: int, sending: Sending) -> None:
        await self._say(position, sending, StatusCode.AGREED)

    # beside the documents

    async def _checkpoints(self) -> None:
        """Keep every checkpoint that is published."""
        for _ in count():
            with suppress(ClientError):
                self._books.checkpoints.add(await self.public.call(protocol.log_file("checkpoint")))
            await asyncio.sleep(0.03)

    async def _rename(self) -> None:
        """The operator changes an entry of the directory, one change after another."""
        async with self._renaming:
            await self._renamed()

    async def _renamed(self) -> None:
        agency = self._ground.agencies[SLEEPER]
        name = f"{agency.name} {len(self._books.directory) + 1}"
        self._books.directory.append(name)
        mine = self._operator
        async with AxisClient(self._ground.url, OPERATOR, mine.key, mine.chain, backoff=PATIENCE) as operator:
            entry = await operator.agency_of(agency.code)
            await operator.put_agencies([msgspec.structs.replace(entry, name=name)])


def _only_read(item: Item) -> bool:
    """A part of the documents that soon run out is read, and never signed for."""
    message = item.message
    return message.kind == MessageKind.DOCUMENT.value and message.priority == 4 and int(message.id[-1], 16) % 4 == 0


async def again(client: AxisClient, known: Submission, books: Books) -> None:
    """An acknowledged document is there, under the identifier and with the receipt that was given."""
    try:
        sent = await client.send(known.data)
    except (ClientError, AxisError) as error:
        books.find(LOST, f"{known.id} was acknowledged, and sent again it is {type(error).__name__}: {error}")
        return
    if not sent.answer.repeated:
        books.find(LOST, f"{known.id} was acknowledged and is accepted as new")
    elif sent.answer.message.id != known.id:
        books.find(DOUBLED, f"{known.id}, sent again, became {sent.answer.message.id}")
    elif sent.proof.raw != known.receipt:
        books.find(LOST, f"{known.id} has another receipt than before")


def of_documents(submissions: Iterable[Submission]) -> list[Submission]:
    return [s for s in submissions if s.kind is MessageKind.DOCUMENT]
