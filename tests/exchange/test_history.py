"""Random histories of a whole axis beside a model of it, with faults around the commit and restarts in between.

After every step the ledger is the model's and without difference; at the end the record passes the audit, every
delivery is in the model's state, and every receipt that was ever given verifies. `HISTORIES=2000 pytest …` for more.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub.base.config import MailboxSettings
from hub.core.edxml import BusinessInfo
from hub.core.errors import DeliveryConflict, IdentityConflict, NotFound, Refusal, StatusRefusal, Unavailable
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.model import MessageKind, StatusCode
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from tests.exchange.kit import a_status, audit, ids, refused, verified
from tests.exchange.model import (
    ABSENT,
    EXPIRE,
    HELD,
    LEASE,
    NEW,
    RECALL,
    REPLACEMENT,
    STATUS,
    UPDATE,
    WARN,
    Message,
    Model,
)
from tests.record.faults import Fault, FaultyStore, faulty_axis
from tests.support.axis import MAI_SON, NOON, SON_LA, VPCP, Axis, Clock, priority, recall, replacement, update

T = TypeVar("T")
AGENCIES = (VPCP, SON_LA, MAI_SON, "000.00.00.H26")
agencies = st.sampled_from(AGENCIES)
updating = st.sampled_from([UPDATE, REPLACEMENT])
several = st.sets(agencies, min_size=1, max_size=3).map(sorted)
UNREAD = {
    "NEVER_FETCHED": True,
    "NOT_FETCHED_YET": True,
    "NOT_FETCHED_IN_TIME": True,
    "FETCHED_NOT_ACKNOWLEDGED": False,
}
"""Reasons, and whether they say that it was not read."""
MAILBOX = MailboxSettings(lease_seconds=LEASE / 1000, warn_hours=(1.0,) * 5, expire_hours=(2.0,) * 5)
assert (MAILBOX.warn_after(0), MAILBOX.expire_after(0)) == (WARN, EXPIRE)


class History(RuleBasedStateMachine):
    def __init__(self, keys: Path) -> None:
        super().__init__()
        self.keys = keys
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.model = Model(NOON, beaten=NOON)
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.bytes: dict[int, bytes] = {}
        self.first: dict[int, bytes] = {}
        self.receipts: list[tuple[bytes, bytes | None]] = []
        self.numbers = 0
        self.axis: Axis
        self.store: FaultyStore

    # the machinery

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def do(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until the axis can promise, as a client does."""

        async def work() -> T:
            while True:
                try:
                    return await attempt()
                except Unavailable:
                    continue

        return self.run(work())

    async def _open(self) -> None:
        opening = faulty_axis(Path(self.folder.name), self.keys, self.clock, MAILBOX)
        self.axis, self.store = await self.stack.enter_async_context(opening)
        self.axis.numbers = self.numbers

    @initialize()
    def open(self) -> None:
        self.run(self._open())

    def teardown(self) -> None:
        try:
            if hasattr(self, "axis"):
                self.store.faults.clear()
                self.run(self._judge())
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    async def _judge(self) -> None:
        await audit(self.axis)
        for message in self.model.messages:
            rows = {r.recipient: r for r in await self.store.deliveries(message.number)}
            assert rows.keys() == message.deliveries.keys()
            for agency, delivery in message.deliveries.items():
                row = rows[agency]
                seen = (row.state.value, row.progress, row.pending is not None, row.due_at, row.warned)
                wanted = (delivery.state, delivery.progress, delivery.pending, delivery.due, delivery.warned)
                assert seen == wanted, (message.kind, message.number, agency)
                assert (row.offered_at is not None) == delivery.offered, (message.kind, message.number, agency)
            await self._judge_reasons(message)
        for receipt, document in self.receipts:
            verified(self.axis, receipt, document)

    async def _judge_reasons(self, message: Message) -> None:
        """What was read is never called unread, nor what was not read fetched, whatever came between."""
        for leaf in await self.store.timeline(message.number):
            reasons = {r.code for r in ev.decode(leaf.object).reasons} & UNREAD.keys()
            if leaf.recipient and reasons:
                # A warning is of its own time: it may have been read since.
                of_then = leaf.event != Event.HANDOVER_WARNING.short
                read = message.deliveries[leaf.recipient].offered
                assert not of_then or reasons == {r for r in reasons if UNREAD[r] != read}, (leaf.event, reasons)
                assert of_then or read or reasons == {"NOT_FETCHED_YET"}

    @invariant()
    def the_ledger_is_the_models(self) -> None:
        if not hasattr(self, "axis"):
            return
        tallies = self.run(self.store.tallies())
        assert all(t.difference == 0 for t in tallies)
        counted = {
            (t.agency, t.kind is MessageKind.STATUS): Counter({s.value: n for s, n in t.states.items()})
            for t in tallies
        }
        assert counted == self.model.tally()

    # sending

    def submit(self, data: bytes, sender: str) -> Sealed[Accepted] | Refusal:
        try:
            return self.do(lambda: self.axis.submit(data, sender))
        except Refusal as refusal:
            receipt = refusal.facts["receipt"]
            assert isinstance(receipt, bytes)
            self.receipts.append((receipt, data))
            return refusal

    def placed(self, data: bytes, result: Sealed[Accepted] | Refusal, kind: str, about: Message | None) -> Message:
        """The accepted message as the model keeps it, not yet placed."""
        assert not isinstance(result, Refusal), result
        row = result.answer.message
        (receipt,) = result.receipts.values()
        self.receipts.append((receipt, None if kind == STATUS else data))
        self.bytes[row.number], self.first[row.number] = data, receipt
        assert row.about == (about.number if about else None)
        return Message(row.number, row.id, row.sha256, kind, row.sender, row.document_id, row.priority, about)

    def document(self, sender: str, recipients: list[str], lane: int, business: BusinessInfo) -> bytes:
        self.numbers += 1
        document = self.axis.document(sender, recipients, other=priority(lane), business=business)
        return self.axis.sign(document)

    @rule(sender=agencies, recipients=several, lane=st.integers(0, 4), many=st.sampled_from([1, 1, 1, 3]))
    def send(self, sender: str, recipients: list[str], lane: int, many: int) -> None:
        to = [r for r in recipients if r != sender]
        if not to:
            return
        sent = [self.document(sender, to, lane, BusinessInfo()) for _ in range(many)]

        async def together() -> list[Sealed[Accepted]]:
            return list(await asyncio.gather(*(self.axis.submit(data, sender) for data in sent)))

        for data, result in zip(sent, self.do(together), strict=True):
            message = self.placed(data, result, NEW, None)
            assert set(result.answer.recipients) == set(to)
            self.model.place(message, to)

    @precondition(lambda self: self.model.messages)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.model.messages), "message")
        result = self.submit(self.bytes[message.number], message.sender)
        assert not isinstance(result, Refusal)
        assert (result.answer.repeated, result.answer.message.id) == (True, message.id)
        assert list(result.receipts.values()) == [self.first[message.number]]

    @precondition(lambda self: self.model.documents())
    @rule(data=st.data())
    def send_other_bytes(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.model.documents()), "message")
        if message.kind not in (NEW, REPLACEMENT):
            return
        to = [a for a in AGENCIES if a != message.sender][:1]
        document = self.axis.document(message.sender, to, document_id=message.document_id, subject="V/v khác")
        self.numbers = self.axis.numbers
        refusal = self.submit(self.axis.sign(document), message.sender)
        assert isinstance(refusal, IdentityConflict)

    # receiving

    @rule(agency=agencies, limit=st.integers(1, 4))
    def fetch(self, agency: str, limit: int) -> None:
        expected = self.model.fetch(agency, limit)
        assert ids(self.do(lambda: self.axis.fetch(agency, limit))) == expected

    @precondition(lambda self: self.model.messages)
    @rule(agency=agencies, data=st.data())
    def read(self, agency: str, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.model.messages), "message")
        caller = self.axis.caller(agency)
        if message.sender == agency or self.model.read(agency, message):
            _, content = self.do(lambda: self.axis.exchange.content(caller, message.id))
            assert content == self.bytes[message.number]
            return
        kind = DeliveryConflict if agency in message.deliveries else NotFound
        self.run(refused(kind, self.axis.exchange.content(caller, message.id)))

    @rule(agency=agencies)
    def work_off(self, agency: str) -> None:
        """What a diligent agency does: fetch all, acknowledge all, register the first."""
        expected = self.model.fetch(agency, 100)
        assert ids(self.do(lambda: self.axis.fetch(agency, 100))) == expected
        taken = [m for m, _ in self.model.mailbox(agency) if m.id in expected]
        if taken:
            self.acknowledged(agency, taken)
        documents = [m for m in taken if m.kind != STATUS]
        if documents:
            self.reported(agency, "03", documents[0])

    @precondition(lambda self: self.model.messages)
    @rule(agency=agencies, data=st.data())
    def acknowledge(self, agency: str, data: st.DataObject) -> None:
        mine = [m for m, _ in self.model.mailbox(agency)]
        chosen = data.draw(st.lists(st.sampled_from(self.model.messages), max_size=2, unique_by=id), "any") + (
            data.draw(st.lists(st.sampled_from(mine), max_size=4, unique_by=id), "mine") if mine else []
        )
        chosen = list({m.number: m for m in chosen}.values())
        if chosen:
            self.acknowledged(agency, chosen)

    def acknowledged(self, agency: str, chosen: list[Message]) -> None:
        sealed = self.do(lambda: self.axis.acknowledge(agency, [(m.id, m.sha256) for m in chosen]))
        for message, done in zip(chosen, sealed.answer, strict=True):
            assert (done.refusal is None) == self.model.acknowledge(agency, message), (message.number, done)
            if done.leaf is not None:
                self.receipts.append((sealed.receipts[done.leaf], self.bytes[message.number]))

    # statuses and take-backs

    def status(self, sender: str, code: str, other: str, named: Message) -> tuple[bytes, Sealed[Accepted] | Refusal]:
        self.numbers = self.axis.numbers = self.axis.numbers + 1
        status = a_status(sender, StatusCode(code), other, document_id=named.document_id, by=f"Văn thư {self.numbers}")
        data = self.axis.sign(status)
        return data, self.submit(data, sender)

    @precondition(lambda self: self.model.documents())
    @rule(agency=agencies, code=st.sampled_from(["01", "02", "03", "03", "04", "05", "06", "15", "16"]), data=st.data())
    def report(self, agency: str, code: str, data: st.DataObject) -> None:
        mine = [m for m in self.model.documents() if agency in m.deliveries]
        held = [m for m in mine if m.deliveries[agency].state == HELD]
        asked = [m for m in held if m.deliveries[agency].pending]
        aimed = data.draw(st.integers(0, 3), "aimed") > 0
        likely = (asked if code in ("15", "16") else held) if aimed else mine
        self.reported(agency, code, data.draw(st.sampled_from(likely or self.model.documents()), "document"))

    @precondition(lambda self: self.asked())
    @rule(agreed=st.booleans(), data=st.data())
    def answer(self, agreed: bool, data: st.DataObject) -> None:
        """Naming the document, or the message that asked for it."""
        message, agency = data.draw(st.sampled_from(self.asked()), "asked")
        requests = [m for m in self.model.documents() if m.about is message and agency in m.deliveries]
        named = data.draw(st.sampled_from([message, *requests]), "named")
        self.reported(agency, "15" if agreed else "16", named)

    def asked(self) -> list[tuple[Message, str]]:
        return [(m, a) for m in self.model.documents() for a, d in m.deliveries.items() if d.pending]

    def reported(self, agency: str, code: str, named: Message) -> None:
        if code in ("15", "16"):
            about = self.model.answer(agency, code == "15", named)
        else:
            about = self.model.report(agency, code, named)
        sent, result = self.status(agency, code, named.sender, named)
        if about is None:
            assert isinstance(result, StatusRefusal), result
            return
        self.model.place(self.placed(sent, result, STATUS, about), [about.sender])

    def wanted_back(self, data: st.DataObject) -> Message:
        """Any document, mostly one that somebody has in hand."""
        every = self.model.documents()
        held = [m for m in every if any(d.open and (d.handed or d.leased_until) for d in m.deliveries.values())]
        aimed = data.draw(st.integers(0, 3), "aimed") > 0
        return data.draw(st.sampled_from(held if held and aimed else every), "document")

    @precondition(lambda self: self.model.documents())
    @rule(everyone=st.booleans(), other=agencies, data=st.data())
    def take_back(self, everyone: bool, other: str, data: st.DataObject) -> None:
        named = self.wanted_back(data)
        receivers = None if everyone or other == named.sender else {other}
        possible = named.kind != RECALL and self.model.open_rows(named, receivers)
        sent, result = self.status(named.sender, "13", named.sender if receivers is None else other, named)
        if not possible:
            assert isinstance(result, StatusRefusal), result
            return
        message = self.placed(sent, result, STATUS, named)
        assert message.lane == named.lane
        self.model.place(message, self.model.withdraw(named, receivers))

    @precondition(lambda self: self.model.documents())
    @rule(recipients=several, lane=st.integers(0, 4), data=st.data())
    def recall(self, recipients: list[str], lane: int, data: st.DataObject) -> None:
        named = self.wanted_back(data)
        to = [r for r in recipients if r != named.sender]
        if not to:
            return
        possible = named.kind != RECALL and self.model.open_rows(named, set(to))
        sent = self.document(named.sender, to, lane, recall(named.document_id))
        result = self.submit(sent, named.sender)
        if not possible:
            assert isinstance(result, StatusRefusal), result
            return
        message = self.placed(sent, result, RECALL, named)
        self.model.place(message, self.model.withdraw(named, set(to)))

    @precondition(lambda self: self.model.documents())
    @rule(recipients=several, losing=st.sets(agencies), lane=st.integers(0, 4), kind=updating, data=st.data())
    def update_or_replace(
        self, recipients: list[str], losing: set[str], lane: int, kind: str, data: st.DataObject
    ) -> None:
        named = self.wanted_back(data)
        to = [r for r in recipients if r != named.sender]
        if not to:
            return
        from_all = kind == REPLACEMENT and not losing
        if kind == UPDATE:
            business = update(named.document_id, removed=sorted(losing))
        else:
            business = replacement(named.document_id, sorted(losing))
        sent = self.document(named.sender, to, lane, business)
        result = self.submit(sent, named.sender)
        known = named.kind != RECALL
        message = self.placed(sent, result, kind, named if known else None)
        holding = self.model.withdraw(named, None if from_all else losing) if known else []
        self.model.place(message, {*to, *holding})

    # time, faults, restarts

    @rule(ms=st.sampled_from([1, 1_000, LEASE - 1, LEASE, WARN // 2, WARN]), sweep=st.booleans())
    def time_passes(self, ms: int, sweep: bool) -> None:
        self.clock.forward(ms)
        self.model.now += ms
        if sweep:
            self.sweep()

    @rule(agency=agencies, late=st.booleans())
    def a_night_passes(self, agency: str, late: bool) -> None:
        """Both deadlines, with a worker that comes just before the second or not at all."""
        self.time_passes(ms=WARN, sweep=True)
        self.time_passes(ms=WARN - 1_000, sweep=False)
        if late:
            self.fetch(agency=agency, limit=100)
        self.time_passes(ms=1_000, sweep=True)

    @rule()
    def sweep(self) -> None:
        async def rounds() -> None:
            while await self.axis.exchange.sweep():
                pass

        self.do(rounds)
        self.model.sweep()

    async def _beaten(self) -> None:
        """As it does every minute while it runs."""
        self.axis.exchange._beaten = None
        await self.axis.exchange.beat()

    @rule(faults=st.lists(st.sampled_from(Fault), min_size=1, max_size=2))
    def the_next_commits_fail(self, faults: list[Fault]) -> None:
        self.store.faults = list(faults)

    @rule(away=st.sampled_from([0, 0, ABSENT, ABSENT + 1, WARN, 25 * WARN]))
    def restart(self, away: int) -> None:
        """Whatever passes while it is away counts against nobody."""
        self.numbers = self.axis.numbers
        self.do(self._beaten)
        self.model.beat()
        self.run(self.stack.aclose())
        self.clock.forward(away)
        self.model.now += away
        self.run(self._open())
        self.model.beat()
        self.model.restart()
        self.run(audit(self.axis))


def test_every_history_keeps_the_promise(keys: Path) -> None:
    class Bound(History):
        def __init__(self) -> None:
            super().__init__(keys)

    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=int(os.environ.get("HISTORIES", "45")),
            stateful_step_count=int(os.environ.get("HISTORY_STEPS", "50")),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
