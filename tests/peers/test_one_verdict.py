"""One delivery, one verdict, whoever races whom.

Holodeck #128: a receipt, then a non-receipt, for one message. Here acknowledgements, rejections, fetches, take-backs,
sweeps and a clock that passes the deadline all run at once over one delivery, with commits that fail or are done and
reported as failed. What each was told, and what is on record, has to be one story.

    SCHEDULES=100000 pytest tests/peers/test_one_verdict.py     (make races)
    SCHEDULE=4711 pytest tests/peers/test_one_verdict.py        that one alone
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

import pytest

from hub.base.config import MailboxSettings
from hub.core.errors import DeliveryConflict, Refusal, Unavailable
from hub.core.evidence.acknowledgement import Outcome
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, StatusCode
from hub.delivery.leases import Leases
from hub.record.acts.delivery import Acknowledged, RunOut
from hub.record.sequencer import Sealed
from hub.store import DeliveryRow
from tests.exchange.kit import audit, verified
from tests.record.faults import Fault
from tests.support.axis import SON_LA, VPCP, Axis
from tests.support.schedules import PausingStore, ScheduledLoop, scheduled_axis

T = TypeVar("T")
SCHEDULES = int(os.environ.get("SCHEDULES", "600"))
ONE = os.environ.get("SCHEDULE")
CHUNK = 2_000
"""Schedules on one axis; its whole record is audited at the end of each."""

LEASE, WARN, EXPIRE = 2_000, 18_000, 36_000
MAILBOX = MailboxSettings(lease_seconds=2, warn_hours=(0.005,) * 5, expire_hours=(0.01,) * 5)
assert (MAILBOX.warn_after(0), MAILBOX.expire_after(0)) == (WARN, EXPIRE)
VERDICTS = {
    Event.CONTENT_HANDOVER.short: DeliveryState.HANDED_OVER,
    Event.CONSIGNMENT_REJECTION.short: DeliveryState.REFUSED,
    Event.ACCEPTANCE_REJECTION_EXPIRY.short: DeliveryState.EXPIRED,
    Event.RECALL_CONFIRMED.short: DeliveryState.TAKEN_BACK,
}


class Told(NamedTuple):
    """What an acknowledging worker heard, and whether it held a lease all the time until then."""

    outcome: Outcome
    heard: Acknowledged | Refusal
    receipt: bytes
    held: bool


class Race:
    """All that happens to one document in one schedule."""

    def __init__(self, axis: Axis, store: PausingStore, leases: Leases, draw: Random) -> None:
        self.axis = axis
        self.store = store
        self.leases = leases
        self.draw = draw
        self.told: list[Told] = []
        self.asked_back = False

    async def run(self) -> None:
        sealed = await self.axis.send(VPCP, SON_LA)
        self.accepted = sealed.answer
        self.placed = self.axis.clock.now
        await self._towards_the_deadline()
        faults = [None, None, None, *Fault]
        self.store.faults = [self.draw.choice(faults) for _ in range(self.draw.randrange(5))]
        some: list[Callable[[], Awaitable[None]]] = [self.worker] * self.draw.randint(1, 3)
        some += [self.sweep] * self.draw.randint(1, 2)
        some += [self.passing] * self.draw.randint(0, 2)
        some += [self.take_back] * self.draw.choice((0, 0, 1))
        await asyncio.gather(*(one() for one in some))
        self.store.faults = []
        await self._after_everything()
        await self._judge()

    async def _towards_the_deadline(self) -> None:
        """Warned in most schedules, and a moment before, at, or after the time at which it expires."""
        if self.draw.random() < 0.8:
            self.axis.clock.forward(WARN)
            await self.axis.exchange.sweep()
        end = self.placed + EXPIRE
        near = self.draw.choice((-LEASE, -1, 0, 1, LEASE - 1, LEASE))
        self.axis.clock.now = max(self.axis.clock.now, end + near)

    async def worker(self) -> None:
        """Fetch (or not), wait a while, sign for it."""
        until = 0
        if self.draw.random() < 0.7:
            items = await self.trying(lambda: self.axis.exchange.fetch(self.axis.caller(SON_LA), "", 2, 0))
            until = next((item.until for item in items if item.entry.message == self.accepted.message), 0)
        for _ in range(self.draw.randrange(6)):
            await asyncio.sleep(0)
        outcome = self.draw.choice((Outcome.CONTENT_HANDOVER, Outcome.CONTENT_HANDOVER, Outcome.CONTENT_REJECTED))
        message = self.accepted.message
        sealed: Sealed[tuple[Acknowledged, ...]] = await self.trying(
            lambda: self.axis.acknowledge(SON_LA, [(message.id, message.sha256)], outcome)
        )
        (one,) = sealed.answer
        # A lease holds a deadline off for its own time and no longer: nobody can put it off for ever by fetching again.
        held = min(until, self.placed + EXPIRE + LEASE) > self.axis.clock.now
        receipt = sealed.receipts.get(one.leaf, b"") if one.leaf is not None else b""
        self.told.append(Told(outcome, one.refusal or one, receipt, held))

    async def sweep(self) -> None:
        await self.trying(self.axis.exchange.sweep)

    async def passing(self) -> None:
        """Time goes on while the others are under way."""
        for _ in range(self.draw.randrange(8)):
            await asyncio.sleep(0)
        self.axis.clock.forward(self.draw.choice((1, LEASE // 2, LEASE, 2 * LEASE)))

    async def take_back(self) -> None:
        with suppress(Refusal):  # too late: it has ended, and the sender is told so
            await self.trying(lambda: self.axis.status(VPCP, StatusCode.TAKE_BACK, self.accepted, other=SON_LA))
            self.asked_back = True

    @staticmethod
    async def trying(attempt: Callable[[], Awaitable[T]]) -> T:
        """As a client does while the hub cannot promise."""
        while True:
            with suppress(Unavailable):
                return await attempt()

    async def _after_everything(self) -> None:
        """Time goes on until nothing waits, and the mailbox is empty for the next schedule."""
        while (await self._row()).state is DeliveryState.WAITING:
            self.axis.clock.forward(EXPIRE)
            await self.axis.exchange.sweep()
        if self.asked_back:
            await self.axis.take(SON_LA)

    async def _row(self) -> DeliveryRow:
        row = await self.store.delivery(self.accepted.message.number, SON_LA)
        assert row is not None
        return row

    async def _judge(self) -> None:
        row = self.row = await self._row()
        leaves = await self.store.timeline(self.accepted.message.number)
        verdicts = [leaf for leaf in leaves if leaf.event in VERDICTS]
        assert len(verdicts) == 1, [leaf.event for leaf in leaves]
        assert VERDICTS[verdicts[0].event] is row.state
        for told in self.told:
            self._one_story(told, row.state, verdicts[0].number)

    def _one_story(self, told: Told, state: DeliveryState, leaf: int) -> None:
        wanted = {
            Outcome.CONTENT_HANDOVER: DeliveryState.HANDED_OVER,
            Outcome.CONTENT_REJECTED: DeliveryState.REFUSED,
        }[told.outcome]
        if isinstance(told.heard, Refusal):
            assert isinstance(told.heard, DeliveryConflict)
            assert state is not wanted, "told that it does not stand, and it does"
            # Who holds it loses only to another acknowledgement: not to a take-back, not to the clock.
            acknowledged = state in (DeliveryState.HANDED_OVER, DeliveryState.REFUSED)
            assert acknowledged or not told.held, f"held it, and it became {state}"
            return
        assert state is told.heard.state is wanted, "told that it stands, and it does not"
        assert told.heard.leaf == leaf
        evidence = verified(self.axis, told.receipt).evidence
        assert evidence.event is told.outcome.event
        assert evidence.identifier == told.heard.evidence


def schedules(numbers: Iterable[int], keys: Path, folder: Path) -> Counter[str]:
    """Run these; how often each verdict came out."""
    loop = ScheduledLoop()

    async def main() -> Counter[str]:
        ends: Counter[str] = Counter()
        async with scheduled_axis(folder, keys, MAILBOX) as (axis, store, leases):
            for number in numbers:
                loop.draw = Random(f"verdict {number}")
                race = Race(axis, store, leases, loop.draw)
                try:
                    await race.run()
                except (AssertionError, Refusal) as error:
                    error.add_note(f"SCHEDULE={number} pytest tests/peers/test_one_verdict.py")
                    raise
                ends[race.row.state.value] += 1
            loop.draw = Random(0)
            await audit(axis)
        return ends

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main())


def numbers() -> list[range]:
    if ONE is not None:
        return [range(int(ONE), int(ONE) + 1)]
    return [range(start, min(start + CHUNK, SCHEDULES)) for start in range(0, SCHEDULES, CHUNK)]


@pytest.mark.parametrize("some", numbers(), ids=lambda some: f"{some.start}-{some.stop - 1}")
def test_a_receipt_is_never_followed_by_a_non_receipt(some: range, keys: Path, shm: Path) -> None:
    ends = schedules(some, keys, shm)
    if len(some) >= 500:
        assert ends.keys() == {"handed_over", "refused", "expired", "taken_back"}, ends


# that the schedules find what they are there for


def test_they_find_a_sweep_that_does_not_look_again(keys: Path, shm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row that the sweep read is old by the time its batch runs."""
    real = RunOut.run

    def blind(self: RunOut, writer: object) -> object:
        rows = writer.tx  # type: ignore[attr-defined]
        row = rows.delivery(self.message, self.recipient)
        if row is not None and row.state is DeliveryState.HANDED_OVER and row.ended_at is None:
            message = rows.message(self.message)
            return self._expire(writer, message, row)  # type: ignore[arg-type]
        return real(self, writer)  # type: ignore[arg-type]

    monkeypatch.setattr(RunOut, "run", blind)
    with pytest.raises(AssertionError, match="ContentHandover"):
        schedules(range(400), keys, shm)


def test_they_find_a_lease_that_nobody_respects(keys: Path, shm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Leases, "held_else_barred", lambda *_: None)
    with pytest.raises(AssertionError, match="held it, and it became"):
        schedules(range(2_000), keys, shm)


def test_they_find_a_worker_that_slips_into_a_running_batch(
    keys: Path, shm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked whether anybody holds it, the hub says no, and lets somebody take it before the batch is over."""

    def unbarred(self: Leases, recipient: str, message: int, at: int) -> int | None:
        return at if self.holds(recipient, message, at) else None  # type: ignore[arg-type]

    monkeypatch.setattr(Leases, "held_else_barred", unbarred)
    with pytest.raises(AssertionError, match="held it, and it became"):
        schedules(range(4_000), keys, shm)


def test_a_number_brings_the_same_schedule_back(keys: Path, shm: Path, tmp_path: Path) -> None:
    assert schedules(range(40, 60), keys, shm) == schedules(range(40, 60), keys, tmp_path)
