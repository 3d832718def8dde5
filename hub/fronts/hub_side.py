"""The hub's side of the channels: serves the fronts, and tells all of them the changes.

An act goes to the sequencer as if it had been admitted here; when its front has gone before the batch began, it is not
run, as it would not be for a caller that went away. A batch that is under way is finished, and its answer is nobody's:
the caller asks again and gets the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, NoReturn

import structlog

from hub import access
from hub.accounts.book import Accounts
from hub.accounts.marks import marks_key
from hub.base.metrics import Metrics
from hub.core.error_records import record_of
from hub.core.errors import AxisError
from hub.core.model import Agency
from hub.core.timekeeping import Doubt
from hub.exchange import Exchange
from hub.fronts import frames
from hub.fronts.channel import Channel
from hub.record.acts.delivery import Acknowledge
from hub.record.acts.document import AcceptDocument
from hub.record.acts.refusal import RecordRefusal
from hub.record.acts.status import AcceptStatus
from hub.record.sequencer import Sealed, Sequencer

log = structlog.get_logger("front")


class FrontServer:
    """Serves any number of fronts over one exchange."""

    def __init__(self, exchange: Exchange, sequencer: Sequencer, metrics: Metrics, accounts: Accounts) -> None:
        self._exchange = exchange
        self._accounts = accounts
        self._sequencer = sequencer
        self._metrics = metrics
        self._connections: set[FrontConnection] = set()
        exchange.on_change = self._changed
        exchange.door.on_change = lambda row: self._all(frames.Door(row), urgent=True)
        accounts.sessions.on_change = self._signed_in

    def connection(self, name: str) -> FrontConnection:
        """A front whose channel begins; `name` tells it from the others."""
        connection = FrontConnection(name, self._exchange, self._sequencer, self._metrics, self._connections.discard)
        self._connections.add(connection)
        return connection

    def introduce(self, connection: FrontConnection) -> None:
        """The first frames of a front that knows its settings: whether messages are taken, and who is signed in."""
        accounts = self._accounts
        connection.channel.send(frames.Door(self._exchange.door.row))
        connection.channel.send(frames.Visitors(accounts.sessions.accounts(), [], marks_key(accounts.key)))

    def _signed_in(self, opened: Sequence[tuple[bytes, str]], ended: Sequence[bytes]) -> None:
        """Written before the cookie leaves: its next call may come to any front."""
        self._all(frames.Visitors(list(opened), list(ended)), urgent=True)

    def _changed(self, agencies: Sequence[Agency]) -> None:
        self._all(frames.Changed(list(agencies)))

    def reread(self, *, tls: bool) -> None:
        """Revocation lists were renewed, and `tls` certificate and key too."""
        self._all(frames.Reread(tls))

    def clock(self, offset: int | None, doubt: Doubt | None) -> None:
        """The judgement of the machine's clock: fronts hold it against the same steady one."""
        self._all(frames.Clock(offset, doubt))

    def _all(self, frame: frames.FromHub, *, urgent: bool = False) -> None:
        for connection in self._connections:
            connection.channel.send(frame, urgent=urgent)


class FrontConnection:
    """One front, for as long as its channel lasts. `ready` is set when it listens, `gone` when it ended."""

    def __init__(
        self,
        name: str,
        exchange: Exchange,
        sequencer: Sequencer,
        metrics: Metrics,
        leave: Callable[[FrontConnection], None],
    ) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self.gone = asyncio.Event()
        self.channel: Channel[frames.FromFront] = Channel(frames.from_front, self._take, self._lost)
        self._exchange = exchange
        self._sequencer = sequencer
        self._metrics = metrics
        self._leave = leave
        self._under_way: dict[int, asyncio.Future[Any]] = {}

    def _take(self, frame: frames.FromFront) -> None:
        match frame:
            case frames.Record():
                self._record(frame)
            case frames.Fetch(id=number):
                self._begin(number, self._fetch(frame))
            case frames.Hold(id=number):
                self._begin(number, self._hold(frame))  # goes on until the front gives it up, or is gone
            case frames.GiveUp(id=number):
                if (future := self._under_way.get(number)) is not None:
                    future.cancel()
            case frames.GiveBack(leased=leased):
                self._exchange.mailboxes.give_back(leased)
            case frames.Ready():
                self.ready.set()
            case frames.Figures(samples=samples):
                self._metrics.of_fronts[self.name] = samples

    # Recording is the many, so it has no task of its own.

    def _record(self, frame: frames.Record) -> None:
        if isinstance(frame.act, RecordRefusal):
            self._exchange.contacts.refused(frame.act.agency, frame.act.code, self._exchange.clock())
        try:
            self._check_sender(frame.act)
            future = self._sequencer.enqueue(frame.act, frame.lane)
        except AxisError as error:
            self._fail(frame.id, error)
            return
        self._under_way[frame.id] = future
        future.add_done_callback(partial(self._recorded, frame))

    def _check_sender(self, act: frames.FrontAct) -> None:
        """Once the hub has said that an agency is suspended, or the axis in maintenance, nothing of it is recorded: a
        front may not know it yet."""
        if isinstance(act, AcceptDocument | AcceptStatus):
            self._exchange.door.check(self._exchange.clock)
            access.active(self._exchange.directory, act.incoming.sender.agency)
        if isinstance(act, Acknowledge) and not act.stand_in:
            access.active(self._exchange.directory, act.recipient)

    def _recorded(self, asked: frames.Record, future: asyncio.Future[Sealed[Any]]) -> None:
        number, act = asked.id, asked.act
        self._under_way.pop(number, None)
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            self._fail(number, error)
            return
        sealed = future.result()
        if isinstance(act, Acknowledge):
            self._exchange.mailboxes.release(act, sealed.answer)
        self.channel.send(frames.recorded(number, act, sealed), urgent=asked.lane > 0)

    async def _fetch(self, asked: frames.Fetch) -> frames.FromHub:
        leased = await self._exchange.mailboxes.fetch(
            asked.agency, asked.limit, asked.wait, asked.content_bytes, asked.inherited
        )
        return frames.Fetched(asked.id, leased)

    async def _hold(self, asked: frames.Hold) -> NoReturn:
        async with self._exchange.mailboxes.hold(asked.row) as state:
            self.channel.send(frames.Held(asked.id, state))
            await asyncio.Event().wait()
        raise AssertionError("nothing sets it")

    def _begin(self, number: int, work: Coroutine[Any, Any, frames.FromHub]) -> None:
        task = asyncio.create_task(work)
        self._under_way[number] = task
        task.add_done_callback(partial(self._done, number))

    def _done(self, number: int, task: asyncio.Future[frames.FromHub]) -> None:
        self._under_way.pop(number, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._fail(number, error)
        else:
            self.channel.send(task.result())

    def _fail(self, number: int, error: BaseException) -> None:
        if not isinstance(error, AxisError):
            log.error("unexpected", front=self.name, exc_info=error)
        self.channel.send(frames.Failed(number, record_of(error)))

    def _lost(self) -> None:
        for future in list(self._under_way.values()):
            future.cancel()
        self._leave(self)
        self._metrics.retire(self.name)
        self.gone.set()
