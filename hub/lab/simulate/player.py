"""One part of the country: its agencies send by the plan and work through their mailboxes as it comes.

    send        at its time, or as soon as a sender is free; an update waits until its original was accepted
    mailbox     a long poll for each agency that is awake: fetch (small ones come with their bytes, the rest is read),
                compare the digests, sign, acknowledge
    course      the statuses of a document that was handed over, one after another, then its answers
    dossiers    of the one-stop units, by the sync services: call after call
    take-back   a moment after the acceptance; a recipient that is asked (13), or loses a document by an update, agrees
                (15)

Everything is written into `Books`; a refusal of the hub is counted, never raised. Receipts are kept and verified when
all is over, with the checks of the published client, so that checking does not take the processor from the hub.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from clients import protocol
from clients.errors import Busy, ClientError, ProblemError
from clients.protocol import Call
from clients.protocol.dossiers import sync
from clients.receipts import check_handover, check_submission
from hub.core import wire
from hub.core.errors import AxisError
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.log.policy import parse as parse_policy
from hub.core.model import MessageKind, Tier
from hub.core.wire_dossiers import DONE
from hub.lab.calls import Agency, now
from hub.lab.http import Address, Broken, Pool
from hub.lab.simulate import country
from hub.lab.simulate.corpus import Entry, Keyring, Library, Span
from hub.lab.simulate.dossiers import Called, day
from hub.lab.simulate.plan import Sending
from hub.lab.simulate.records import Books, Handed, Kept, Progress, Said, Sent, Task
from hub.programmes.onestop.sync import DOSSIERS

T = TypeVar("T")

_FETCH: Final = 20
_POLL_SECONDS: Final = 20.0
_CALLS: Final = 48
_TAKE_BACK_WITHIN: Final = 1.0
_TRIES: Final = 20


class Player:
    """Plays the agencies of one part. `start`: when the run began, on the monotonic clock."""

    def __init__(self, task: Task, library: Library, books: Books) -> None:
        self._task = task
        self._library = library
        self._books = books
        self._address = Address.of(task.url, task.cacert)
        self._pool = Pool(self._address, _CALLS)
        self._polls = Pool(self._address)
        about = library.about
        keys = Keyring(Path(task.keys), about.agencies)
        audience = f"{task.url.rstrip('/')}/v1/token"
        self._agencies = {
            i: Agency(a.code, keys[i], self._pool, audience)
            for i, a in enumerate(about.agencies)
            if i % task.parts == task.part
        }
        self._asleep = about.sample.asleep
        self._answers: dict[tuple[int, int], list[Entry]] = {}
        for entry in library:
            if entry.sending.answers and entry.sending.sender in self._agencies:
                self._answers.setdefault((entry.sending.answers, entry.sending.sender), []).append(entry)
        self._accepted: dict[int, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._receivers: list[asyncio.Task[None]] = []
        self._submissions = Kept(task.receipts, task.part)
        self._handovers = Kept(task.receipts, task.part)
        self.start = 0.0
        self.busy = 0
        self.sending = True
        self.enough = asyncio.Event()

    # the run

    async def get_ready(self) -> None:
        """A token for every agency, so that the run begins with the run."""
        waiting = deque(self._agencies.values())

        async def grant() -> None:
            while waiting:
                await waiting.popleft().token()

        await asyncio.gather(*(grant() for _ in range(8)))

    def receive(self) -> None:
        """Every agency that is awake waits at its mailbox."""
        awake = [i for i in self._agencies if i not in self._asleep]
        self._receivers = [asyncio.create_task(self._mailbox(i)) for i in awake]

    async def send_all(self) -> None:
        mine = [e for e in self._library if e.sending.sender in self._agencies and not e.sending.answers]
        self._begin(self._dossiers())
        for entry in mine:
            self._accepted[entry.sending.number] = asyncio.Event()
        try:
            await (self._at_their_time(mine) if self._task.rate else self._as_fast_as_it_goes(mine))
        finally:
            self.sending = False
            for event in self._accepted.values():
                event.set()  # nobody waits for a document that was not sent

    async def _at_their_time(self, mine: list[Entry]) -> None:
        """Open loop: a document is sent when it is due, however many are under way. All processes draw the times of
        the whole country alike and keep to those of their own documents."""
        rng = Random(f"arrivals/{self._library.about.seed}")
        due = country.arrivals(rng, len(self._library), self._task.rate, self._task.day)
        for entry in mine:
            at = self.start + due[entry.sending.number - 1]
            await self._until(at)
            if self._over():
                return
            self._books.late.append(time.monotonic() - at)
            self._begin(self._send(entry, at))

    async def _as_fast_as_it_goes(self, mine: list[Entry]) -> None:
        """Closed loop: as many senders as the part has, each with one document under way."""
        waiting = deque(mine)

        async def sender() -> None:
            while waiting and not self._over():
                await self._send(waiting.popleft(), time.monotonic())

        senders = -(-self._task.closed // self._task.parts)
        await asyncio.gather(*(sender() for _ in range(senders)))

    async def _until(self, at: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, at - time.monotonic())):
                await self.enough.wait()

    def _over(self) -> bool:
        return self.enough.is_set() or 0 < self._task.seconds <= time.monotonic() - self.start

    async def stop(self) -> None:
        for task in (*self._receivers, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._receivers, *self._tasks, return_exceptions=True)
        self._pool.close()
        self._polls.close()

    def verify(self, told: Callable[[], None]) -> None:
        """Every receipt that was kept, under the policy."""
        policy, at, books = parse_policy(self._task.policy), now(), self._books
        books.receipts_given = self._submissions.given + self._handovers.given
        checks: list[Callable[[], object]] = [
            *(partial(check_submission, s, d, k, policy, at) for s, d, k in self._submissions.items),
            *(partial(check_handover, i, sha, t, policy, at) for i, sha, t in self._handovers.items),
        ]
        for position, check in enumerate(checks):
            try:
                check()
                books.receipts_verified += 1
            except AxisError as error:
                books.broken.append(f"receipt: {error.en}")
            if position % 500 == 0:
                told()

    # sending

    async def _send(self, entry: Entry, due: float) -> None:
        sending = entry.sending
        with self._at_work():
            if sending.original and (original := self._accepted.get(sending.original)):
                await original.wait()
            data = self._library.bytes(sending.number, entry.document)
            answer = await self._submit(sending.sender, "document", data, MessageKind.DOCUMENT, sending.number)
            if accepted := self._accepted.get(sending.number):
                accepted.set()
            if answer is None:
                return
            at = time.monotonic()
            message = answer.message
            self._books.sent.append(
                Sent(
                    sending.number,
                    message.id,
                    message.sha256,
                    answer.recipients,
                    at - self.start,
                    at - due,
                    answer.repeated,
                )
            )
        if entry.take_back is not None:
            self._begin(self._take_back(entry, entry.take_back))

    async def _take_back(self, entry: Entry, span: Span) -> None:
        with self._at_work():
            await asyncio.sleep(_TAKE_BACK_WITHIN * Random(entry.sending.number).random())
            await self._say(entry, entry.sending.sender, "13", span)

    async def _submit(
        self, sender: int, what: str, data: bytes, kind: MessageKind, number: int
    ) -> wire.Submitted | None:
        """None where the hub refused; where it is full, after the wait it asks for, again."""
        answer = await self._tried(what, number, self._agencies[sender], protocol.submit(data, kind))
        if answer is not None:
            self._submissions.put((answer, data, kind))
        return answer

    async def _tried(self, what: str, number: int, agency: Agency, call: Call[T], pool: Pool | None = None) -> T | None:
        for _ in range(_TRIES):
            try:
                return await agency.call(call, pool)
            except Busy as error:
                self._refuse(f"{what} (again)", error.code, number)
                await asyncio.sleep(error.retry_after or 0.1)
            except ProblemError as error:
                self._refuse(what, error.code, number)
                return None
            except (ClientError, AxisError, Broken, OSError) as error:
                self._books.broken.append(f"{what} {number}: {type(error).__name__}: {error}"[:300])
                return None
        self._books.broken.append(f"{what} {number}: still refused after {_TRIES} tries")
        return None

    def _refuse(self, what: str, code: str, number: int) -> None:
        self._books.refused[what, code, number] += 1

    # receiving

    async def _mailbox(self, position: int) -> None:
        agency = self._agencies[position]
        while True:
            inbox = await self._tried("fetch", 0, agency, protocol.fetch(_FETCH, _POLL_SECONDS), self._polls)
            if inbox is None:
                await asyncio.sleep(0.5)
            elif inbox.items:
                with self._at_work():
                    await self._take(position, inbox.items)

    async def _take(self, position: int, items: list[wire.InboxItem]) -> None:
        """Read the bytes of each, sign for all of them at once, then treat each by the plan."""
        agency = self._agencies[position]
        held = [item for item in items if await self._read(agency, item)]
        if not held:
            return
        pairs = tuple(acknowledgement.Item(i.message.id, i.message.sha256, Outcome.CONTENT_HANDOVER) for i in held)
        signed = acknowledgement.sign(Acknowledgement(agency.code, now(), pairs), agency.credential.key, agency.kid)
        answer = await self._tried("acknowledge", 0, agency, protocol.acknowledge(signed, agency.code))
        for item, done in zip(held, answer.items if answer else (), strict=False):
            self._acknowledged(position, item.message, done, signed)

    async def _read(self, agency: Agency, item: wire.InboxItem) -> bool:
        try:
            came = protocol.content_of(item) is not None
        except AxisError as error:
            self._books.broken.append(f"content of {item.message.id}: {error}"[:300])
            return False
        entry = self._entry_of(item.message)
        number = entry.sending.number if entry else 0  # a lease that ran out first may have let a take-back through
        content = protocol.content(item.message.id, item.message.sha256)
        return came or await self._tried("content", number, agency, content) is not None

    def _acknowledged(self, position: int, message: wire.Message, done: wire.AcknowledgedItem, signed: str) -> None:
        entry = self._entry_of(message)
        number = entry.sending.number if entry else 0
        if done.problem is not None:
            self._refuse("acknowledge", done.problem.code, number)
            return
        document = message.kind == MessageKind.DOCUMENT.value
        at = time.monotonic() - self.start
        self._books.handed.append(
            Handed(message.id, position, number if document else 0, message.sha256, at, done.repeated)
        )
        self._handovers.put((done, message.sha256, signed))
        if entry is not None and document:
            self._begin(self._course(entry, position))
        elif entry is not None and message.status_code == "13" and position in entry.answers:
            self._begin(self._agree(entry, position))

    def _entry_of(self, message: wire.Message) -> Entry | None:
        number, _, label = message.code.partition("/")
        return self._library.get(int(number)) if label == self._library.about.label and number.isdigit() else None

    async def _course(self, entry: Entry, position: int) -> None:
        sending = entry.sending
        if position == sending.dropped:
            await self._agree(entry, position)
            return
        with self._at_work():
            place = _place(sending, position)
            if place is None:
                self._books.broken.append(f"document {sending.number} came to {self._agencies[position].code}")
                return
            for code, span in zip(sending.courses[place].split(), entry.statuses[place], strict=True):
                if not await self._say(entry, position, code, span):
                    return
        for answer in self._answers.pop((sending.number, position), ()):
            if not self._over():
                self._begin(self._send(answer, time.monotonic()))

    async def _dossiers(self) -> None:
        """Each unit's day, in turn; units are communes where the part has any."""
        about, count = self._library.about, self._task.dossiers
        if not count:
            return
        units = [i for i in self._agencies if about.agencies[i].tier is Tier.COMMUNE] or list(self._agencies)
        with self._at_work():
            for place, position in enumerate(units):
                share = count // len(units) + (place < count % len(units))
                for called in day([self._agencies[position].code], share, about.day, seed=about.seed + position):
                    if self._over():
                        return
                    await self._bring(position, called)

    async def _bring(self, position: int, called: Called) -> None:
        agency = self._agencies[position]
        answer = await self._tried("dossiers", 0, agency, sync(called.service, agency.code, called.rows))
        if answer is None:
            return
        if answer.error_code != DONE:
            self._books.broken.append(f"dossiers: {answer.message}"[:300])
        elif called.service == DOSSIERS:
            self._books.dossiers += len(called.rows)

    async def _agree(self, entry: Entry, position: int) -> None:
        with self._at_work():
            await self._say(entry, position, "15", entry.answers[position])

    async def _say(self, entry: Entry, position: int, code: str, span: Span) -> bool:
        number = entry.sending.number
        data = self._library.bytes(number, span)
        answer = await self._submit(position, f"status {code}", data, MessageKind.STATUS, number)
        if answer is None:
            return False
        self._books.said.append(Said(answer.message.id, number, position, code, answer.recipients))
        return True

    # the documents under way

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._books.broken.append(f"player: {task.exception()!r}"[:300])

    def progress(self, phase: str = "playing") -> Progress:
        books = self._books
        refused = sum(books.refused.values())
        busy = self.busy + len(self._tasks)
        return Progress(len(books.sent), len(books.handed), len(books.said), refused, busy, self.sending, phase)


def _place(sending: Sending, position: int) -> int | None:
    return sending.recipients.index(position) if position in sending.recipients else None


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """On uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)
