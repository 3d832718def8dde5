"""Many documents, statuses or acknowledgements in one call, each with its own outcome.

A body of messages is dealt with while it comes: each takes its turn among its agency's submissions, is examined, and
is recorded in its place (`hub.record.line`), so that a batch ends as its items would have one by one. Each is charged
like a call of its own: requests, bytes, milliseconds, turns, refusals on record. An item answered "later" ends the
batch.

The answer begins when the body has ended, for most HTTP clients read nothing before, and both sides would wait for
each other. Until then its lines lie here, in the ledger of answers. From then on each is sent when it is there.

A crash here, or a caller that goes away, loses lines and nothing else: their content is durable, and the same items
find it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Final

import msgspec
import structlog
from aiohttp import web

from hub.admission.submission import Submission
from hub.core import wire
from hub.core.errors import AxisError, IntegrityAlarm, TooLarge, TooMany, TryLater, Unexpected
from hub.core.model import Priority
from hub.http import problems
from hub.http.answering import charge
from hub.http.call import Call, answer
from hub.http.limits import key_of
from hub.http.milliseconds import begin_again
from hub.http.problems import HEADERS, hang_up
from hub.http.speaking import spoken
from hub.record.acts.incoming import Accepted
from hub.record.line import Line
from hub.record.sequencer import Recorder, Sealed
from hub.routes import mailbox, views
from hub.routes.documents import about_of
from hub.routes.weighing import on_the_bill
from hub.store.blobs import Spool

log = structlog.get_logger("http")
LINES: Final = "application/x-ndjson"
_ACKNOWLEDGED: Final = 512 * 1024
"""Bytes of acknowledgements, of which the answer, with a receipt for each item, is thirty times as large."""
_ITEM: Final = 200
"""Bytes that an item without a signature counts for."""
_ENDS: Final = {201: "accepted", 200: "repeated"}
_encode: Final = msgspec.json.Encoder().encode


async def submit(call: Call) -> web.StreamResponse:
    """Documents and statuses alike, in their order; see `hub.core.framing`."""
    call.context.exchange.door.check(call.context.exchange.clock)
    batch, tasks = _Batch(call), set[asyncio.Task[None]]()
    async with call.context.bodies.batch(call.request, call.caller) as items:
        try:
            why = await batch.take(items, tasks)
            if why is not None and not batch.items:
                raise why
            return await batch.answered(why)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class _Batch:
    """One call. `items`: how many were begun; each becomes a line."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._line = Line(call.context.exchange.sequencer)
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._size = 0
        self._no_room: TryLater | None = None
        self._counts = dict.fromkeys((*_ENDS.values(), "refused"), 0)
        self.items = 0

    async def take(
        self, items: AsyncGenerator[Spool | TooLarge, None], tasks: set[asyncio.Task[None]]
    ) -> AxisError | None:
        """Begin with each item; why not with all of them."""
        submissions = self._call.context.bodies.quotas.submissions
        try:
            async for item in items:
                await self._begin(item, tasks)
        except TooMany as error:
            await submissions.until_told()
            return error
        except AxisError as error:
            return error
        return None

    async def _begin(self, item: Spool | TooLarge, tasks: set[asyncio.Task[None]]) -> None:
        """An item's task, once it may have its turn. A refusal is for the batch, from this item on."""
        call = self._call
        async with AsyncExitStack() as held:
            if isinstance(item, Spool):
                held.callback(call.context.bodies.let_go, item)
            if self.items:  # the first was let in with the call
                call.context.authenticator.count_again(call.caller, call.request)
                begin_again()
            if (why := self._no_room or self._line.broken) is not None:
                raise why
            if isinstance(item, TooLarge):
                self._refused(self._next(), item)
                return
            submission = Submission.of(item, call.caller)
            submissions = call.context.bodies.quotas.submissions
            # Turns are given to items in their order: an item in the line waits only for items that have theirs.
            await held.enter_async_context(
                submissions.joined(key_of(call.caller), urgent=submission.priority > Priority.NORMAL)
            )
            index, task = self._next(), held.pop_all()
            running = asyncio.create_task(on_the_bill(self._dealt_with(index, submission, task)))
            tasks.add(running)
            running.add_done_callback(tasks.discard)
            await asyncio.sleep(0)  # now it has begun: any end of it gives back its room

    def _next(self) -> int:
        self.items += 1
        return self.items - 1

    async def _dealt_with(self, index: int, submission: Submission, held: AsyncExitStack) -> None:
        place = self._line.place()
        async with held:
            try:
                with place as recorder:
                    await self._accepted(index, submission, recorder)
            except Exception as error:
                self._refused(index, error)

    async def _accepted(self, index: int, submission: Submission, recorder: Recorder) -> None:
        sealed = await self._call.context.exchange.accept(submission, recorder)
        if not sealed.answer.repeated:
            self._call.context.metrics.messages.labels(sealed.answer.message.kind.value).inc()
        self._tell(await self._said(index, sealed))

    async def _said(self, index: int, sealed: Sealed[Accepted]) -> wire.BatchLine:
        submitted = views.submitted(sealed, await about_of(self._call, sealed.answer.message))
        return wire.BatchLine(index=index, status=200 if sealed.answer.repeated else 201, submitted=submitted)

    def _refused(self, index: int, error: Exception) -> None:
        problem = _problem(self._call, error)
        self._tell(wire.BatchLine(index=index, status=problem.status, problem=problem))

    def _tell(self, said: wire.BatchLine) -> None:
        self._counts[_ENDS.get(said.status, "refused")] += 1
        line = _encode(said) + b"\n"
        self._size += len(line)
        self._lines.put_nowait(line)
        try:
            charge(self._call.request, self._size)
        except TryLater as error:
            self._no_room = error

    async def answered(self, why: AxisError | None) -> web.StreamResponse:
        """Line by line as they come, then the end, which says `why` not all were looked at."""
        waiting = [await self._lines.get() for _ in range(self.items - self._under_way)]
        if self._no_room is not None:
            raise self._no_room
        response = web.StreamResponse(headers=HEADERS | {"Content-Type": LINES})
        if why is not None:
            response.force_close()
        await response.prepare(self._call.request)
        await self._write(response, b"".join(waiting))
        for _ in range(self.items - len(waiting)):
            await self._write(response, await self._lines.get())
        problem = _problem(self._call, why) if why is not None else None
        end = wire.BatchEnd(items=self.items, problem=problem, **self._counts)
        await self._write(response, _encode(wire.BatchLine(end=end)) + b"\n")
        return response

    @property
    def _under_way(self) -> int:
        return self.items - sum(self._counts.values())

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        if self._no_room is not None:
            raise hang_up(self._call.request)
        try:
            async with asyncio.timeout(self._call.context.settings.limits.body_seconds):
                await response.write(data)
        except TimeoutError:
            raise hang_up(self._call.request) from None


def _problem(call: Call, error: Exception) -> wire.Problem:
    """As the door would say it, were the item a call of its own."""
    if isinstance(error, IntegrityAlarm):
        log.error("integrity-alarm", error=error.en)
    elif not isinstance(error, AxisError):
        log.error("unexpected", path=call.request.path, exc_info=error)
        error = Unexpected()
    call.context.metrics.refusals.labels(error.code).inc()
    return problems.problem(error, lang=spoken(call.request, otherwise="en"))


async def acknowledge(call: Call) -> web.StreamResponse:
    """Each as `mailbox.acknowledge` has it, recorded in their order; those that wait share a transaction."""
    given: wire.AcknowledgeBatch = call.body
    if (size := sum(len(one.signed) + _ITEM * len(one.items) for one in given.requests)) > _ACKNOWLEDGED:
        raise TooLarge(expected=f"at most {_ACKNOWLEDGED} bytes", found=f"{size} bytes")
    tasks: list[asyncio.Task[wire.Acknowledging]] = []
    try:
        for request in given.requests:
            tasks.append(asyncio.create_task(on_the_bill(_acknowledging(call, request, first=not tasks))))
            await asyncio.sleep(0)  # until its act stands in the queue, and its time on the bill
        return answer(wire.AcknowledgedBatch(answers=[await task for task in tasks]))
    finally:
        for task in tasks:
            task.cancel()


async def _acknowledging(call: Call, given: wire.AcknowledgeRequest, *, first: bool) -> wire.Acknowledging:
    try:
        if not first:
            call.context.authenticator.count_again(call.caller, call.request)
            begin_again()
        return wire.Acknowledging(status=200, items=await mailbox.acknowledged(call, given))
    except Exception as error:
        problem = _problem(call, error)
        return wire.Acknowledging(status=problem.status, problem=problem)
