"""The contract of `hub.store`, run against every implementation: only what is in `Store`, nothing of what is behind."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import msgspec
import pytest

from hub.core.edxml.detail import Detail, File, Notable
from hub.core.errors import IntegrityAlarm
from hub.core.model import Business, DeliveryState, MessageKind, Millis, Tier
from hub.core.report import Peak
from hub.store import CheckpointRow, Counter, DeliveryRow, LeafRow, MessageRow, Store, Transaction
from tests.store.rows import AT, FIRST, SECOND, SENDER, agency, checkpoint, delivery, fill, leaf, message

HOUR = 3_600_000


async def put(store: Store, *rows: MessageRow | DeliveryRow | LeafRow | CheckpointRow) -> None:
    """All rows in one transaction."""

    def work(tx: Transaction) -> None:
        for row in rows:
            match row:
                case MessageRow():
                    tx.add_message(row, b"%d" % row.number)
                case DeliveryRow():
                    tx.add_deliveries([row])
                case LeafRow():
                    tx.add_leaves([row])
                case CheckpointRow():
                    tx.add_checkpoint(row)

    await store.write(work)


# what is written is what is read, inside and outside


async def test_a_message_comes_back_with_its_bytes_and_every_field(store: Store) -> None:
    plain = message(2, about=None, kind=MessageKind.STATUS, business=Business.NEW, status_code="")

    def work(tx: Transaction) -> tuple[MessageRow | None, ...]:
        tx.add_message(message(1), b"")
        tx.add_message(plain, None)
        return tx.message(1), tx.message_by_identity(SENDER, "identity 2"), tx.message(3)

    assert await store.write(work) == (message(1), plain, None)
    assert [await store.message(n) for n in (1, 2, 3)] == [message(1), plain, None]
    assert await store.content(1) == b""  # no bytes are other than no row
    assert await store.content(2) is None
    assert await store.blobs_named() == {plain.sha256}


async def test_what_a_register_tells_is_kept_once_beside_the_message(store: Store) -> None:
    first = Detail(promulgated=date(2026, 11, 20), signer="Nguyễn Văn A", files=(File("a.pdf", 3),), attached=1)

    def work(tx: Transaction) -> None:
        for number in (1, 2, 3):
            tx.add_message(message(number), b"")
        tx.add_detail(1, msgspec.json.encode(first))
        tx.add_detail(1, msgspec.json.encode(Detail(signer="another")))
        tx.add_detail(3, msgspec.json.encode(Detail()))

    await store.write(work)
    assert await store.details([1, 2, 3, 9]) == {1: first, 3: Detail()}
    assert await store.details([]) == {}


async def test_what_a_message_is_notable_for_is_found_in_the_order_of_the_record(store: Store) -> None:
    assert (await store.finder.newest(), await store.finder.notable(Notable.DATA, 1, 9)) == (0, [])

    def work(tx: Transaction) -> None:
        for number, what in enumerate([(), (Notable.DATA,), (Notable.PDF,), (Notable.DATA, Notable.PDF), ()], 1):
            tx.add_message(message(number), b"", (), b"", what)

    await store.write(work)
    assert await store.finder.newest() == 5
    assert await store.finder.notable(Notable.DATA, 1, 9) == [2, 4]
    assert await store.finder.notable(Notable.DATA, 3, 9) == [4]
    assert await store.finder.notable(Notable.PDF, 1, 1) == [3]


async def test_a_delivery_comes_back_with_every_field(store: Store) -> None:
    full = delivery(
        1,
        lane=4,
        state=DeliveryState.REFUSED,
        handed_at=Millis(AT + 5),
        ended_at=Millis(AT + 6),
        progress="02",
        pending=9,
        warned=True,
    )
    bare = delivery(1, SECOND, forwarded_from="", due_at=None, kind=MessageKind.STATUS)
    await put(store, message(1), full, bare)
    assert sorted(await store.deliveries(1), key=lambda d: d.recipient) == [full, bare]
    assert await store.delivery(1, SECOND) == bare
    assert await store.delivery(2, SECOND) is None
    assert await store.inspect(lambda tx: (tx.delivery(1, FIRST), len(tx.deliveries(1)), tx.deliveries(2))) == (
        full,
        2,
        [],
    )


async def test_each_state_of_a_delivery_comes_back_as_itself(store: Store) -> None:
    rows = [delivery(n, state=state) for n, state in enumerate(DeliveryState, 1)]
    await put(store, *(message(row.message) for row in rows), *rows)
    for row in rows:
        assert [e.delivery for e in await store.inbox(FIRST, row.state, 10)] == [row]


async def test_leaves_checkpoints_tiles_counters_and_signatures_come_back(store: Store) -> None:
    await store.write(fill)
    assert await store.leaf(0) == leaf(0)
    assert await store.leaf(1) is None
    assert await store.last_checkpoint() == checkpoint(1)
    assert await store.tile(0, 0) == b"t" * 8192
    assert await store.tile(0, 1) is None
    assert await store.counter(SENDER, "out") == Counter(1, "sha-256:ab")
    assert await store.counter(SENDER, "in") is None
    assert await store.signed("ab" * 32) == b"signed"
    assert await store.signed("cd" * 32) is None
    assert await store.agencies() == [agency(FIRST, Tier.PROVINCIAL)]
    inside = await store.inspect(
        lambda tx: (tx.leaf(0), tx.last_checkpoint(), tx.read_tile(0, 0), tx.counter(SENDER, "out"), tx.leaf_count())
    )
    assert inside == (leaf(0), checkpoint(1), b"t" * 8192, Counter(1, "sha-256:ab"), 1)


async def test_an_empty_store_has_nothing(store: Store) -> None:
    assert await store.inspect(lambda tx: (tx.last_message(), tx.leaf_count(), tx.last_checkpoint())) == (0, 0, None)
    assert (await store.last_checkpoint(), await store.tallies(), await store.agencies()) == (None, [], [])
    assert await store.checkpoint_covering(0) is None


async def test_a_missing_tile_is_an_alarm_inside(store: Store) -> None:
    with pytest.raises(IntegrityAlarm, match="tile 1/2"):
        await store.inspect(lambda tx: tx.read_tile(1, 2))


async def test_tiles_counters_and_agencies_are_replaced_signatures_never(store: Store) -> None:
    await store.write(fill)

    def again(tx: Transaction) -> None:
        tx.add_tiles([(0, 0, b"u" * 8192)])
        tx.set_counters({(SENDER, "out"): Counter(2, "sha-256:cd")})
        tx.put_agencies([agency(FIRST, Tier.COMMUNE, "Xã"), agency(SECOND, Tier.DISTRICT)])
        tx.keep_signed("ab" * 32, b"forged")

    await store.write(again)
    assert await store.tile(0, 0) == b"u" * 8192
    assert await store.counter(SENDER, "out") == Counter(2, "sha-256:cd")
    assert await store.agencies() == [agency(FIRST, Tier.COMMUNE, "Xã"), agency(SECOND, Tier.DISTRICT)]
    assert await store.signed("ab" * 32) == b"signed"


# all or nothing


class Broken(Exception):
    pass


async def test_work_that_raises_keeps_nothing_of_anything(store: Store) -> None:
    def work(tx: Transaction) -> None:
        fill(tx)
        raise Broken

    with pytest.raises(Broken):
        await store.write(work)
    assert [await store.message(1), await store.leaf(0), await store.last_checkpoint()] == [None] * 3
    assert [await store.content(1), await store.tile(0, 0), await store.signed("ab" * 32)] == [None] * 3
    assert (await store.agencies(), await store.deliveries(1), await store.tallies()) == ([], [], [])
    await store.write(fill)  # and the next one finds no trace of it
    assert await store.message(1) == message(1)


async def test_a_step_that_raises_is_undone_alone(store: Store) -> None:
    def work(tx: Transaction) -> None:
        with tx.step():
            tx.add_message(message(1), b"1")
        with suppress(Broken), tx.step():
            tx.add_message(message(2), b"2")
            tx.add_deliveries([delivery(2)])
            raise Broken
        with tx.step():
            tx.add_message(message(3), b"3")

    await store.write(work)
    assert [await store.message(n) for n in (1, 2, 3)] == [message(1), None, message(3)]
    assert await store.deliveries(2) == []


async def test_steps_that_stood_fall_with_their_transaction(store: Store) -> None:
    def work(tx: Transaction) -> None:
        with tx.step():
            tx.add_message(message(1), b"1")
        raise Broken

    with pytest.raises(Broken):
        await store.write(work)
    assert await store.message(1) is None


SAME: dict[str, Callable[[Transaction], None]] = {
    "identity of a sender": lambda tx: tx.add_message(message(2, identity="identity 1"), None),
    "number of a message": lambda tx: tx.add_message(message(1, identity="another"), None),
    "delivery": lambda tx: tx.add_deliveries([delivery(1)]),
    "leaf": lambda tx: tx.add_leaves([leaf(0, object=b"another")]),
    "checkpoint of a size": lambda tx: tx.add_checkpoint(CheckpointRow(1, b"r" * 32, AT, b"another")),
}


@pytest.mark.parametrize("what", SAME)
async def test_the_constraint_is_the_last_judge_of_a_second(store: Store, what: str) -> None:
    await store.write(fill)
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(SAME[what])
    assert (await store.message(1), await store.message(2), await store.leaf(0)) == (message(1), None, leaf(0))
    assert await store.last_checkpoint() == checkpoint(1)


async def test_one_identity_of_two_senders_is_two_messages(store: Store) -> None:
    await put(store, message(1), message(2, sender=FIRST, identity="identity 1"))
    assert await store.inspect(lambda tx: tx.message_by_identity(FIRST, "identity 1")) is not None


async def test_writers_are_serial_and_numbers_have_no_gap(store: Store) -> None:
    def work(tx: Transaction) -> int:
        number = tx.last_message() + 1
        tx.add_message(message(number), None)
        return number

    assert sorted(await asyncio.gather(*(store.write(work) for _ in range(20)))) == list(range(1, 21))


async def test_a_reader_sees_whole_transactions_and_never_waits_for_the_writer(store: Store) -> None:
    await put(store, message(1), delivery(1))
    halfway, go = threading.Event(), threading.Event()

    def work(tx: Transaction) -> None:
        tx.move(delivery(1), delivery(1, state=DeliveryState.EXPIRED))
        tx.add_message(message(2), b"2")
        halfway.set()
        assert go.wait(30)
        tx.add_deliveries([delivery(2)])

    writing = asyncio.create_task(store.write(work))
    await asyncio.to_thread(halfway.wait, 30)
    for _ in range(4):  # each reader, and each more than once
        assert await store.delivery(1, FIRST) == delivery(1)
        assert (await store.message(2), await store.content(2), await store.deliveries(2)) == (None, None, [])
    assert not writing.done()
    go.set()
    await writing
    entries = await store.inbox(FIRST, DeliveryState.WAITING, 10)
    assert [(e.message, e.delivery) for e in entries] == [(message(2), delivery(2))]


# compare and swap


async def test_move_replaces_what_is_still_in_its_state(store: Store) -> None:
    before = delivery(1)
    after = delivery(
        1, state=DeliveryState.HANDED_OVER, handed_at=Millis(AT + 9), due_at=None, progress="01", pending=4
    )
    await put(store, message(1), before)
    assert await store.write(lambda tx: tx.move(before, after)) is True
    assert await store.delivery(1, FIRST) == after


async def test_move_of_what_has_moved_on_does_nothing(store: Store) -> None:
    before, first = delivery(1), delivery(1, state=DeliveryState.HANDED_OVER)
    await put(store, message(1), before)
    late = delivery(1, state=DeliveryState.EXPIRED)

    def work(tx: Transaction) -> tuple[bool, bool]:
        return tx.move(before, first), tx.move(before, late)

    assert await store.write(work) == (True, False)
    assert await store.write(lambda tx: tx.move(before, late)) is False
    assert await store.write(lambda tx: tx.move(delivery(8), delivery(8, state=DeliveryState.EXPIRED))) is False
    assert await store.delivery(1, FIRST) == first


# lists in their order


async def test_the_inbox_goes_by_lane_then_arrival_and_its_pages_join(store: Store) -> None:
    chance = random.Random(7)
    rows = [delivery(n, lane=chance.randrange(5)) for n in range(1, 41)]
    chance.shuffle(rows)
    others = [delivery(41, SECOND), delivery(42, state=DeliveryState.HANDED_OVER)]
    await put(store, *(message(n) for n in range(1, 43)), *rows, *others)
    expected = [d.message for d in sorted(rows, key=lambda d: (-d.lane, d.message))]
    whole = await store.inbox(FIRST, DeliveryState.WAITING, 100)
    assert [e.message.number for e in whole] == [e.delivery.message for e in whole] == expected
    pages, after = [], None
    while page := await store.inbox(FIRST, DeliveryState.WAITING, 7, after):
        pages += [e.message.number for e in page]
        after = (page[-1].delivery.lane, page[-1].message.number)
    assert pages == expected


async def test_the_outbox_goes_back_in_time_and_its_pages_join(store: Store) -> None:
    await put(store, *(message(n, sender=SENDER if n % 3 else FIRST) for n in range(1, 20)))
    mine = [n for n in range(19, 0, -1) if n % 3]
    assert [m.number for m in await store.outbox(SENDER, 100)] == mine
    pages, before = [], None
    while page := await store.outbox(SENDER, 4, before):
        pages += [m.number for m in page]
        before = page[-1].number
    assert pages == mine


async def test_due_are_the_waiting_whose_deadline_has_come_the_oldest_first(store: Store) -> None:
    rows = [
        delivery(1, due_at=Millis(AT + 30)),
        delivery(2, due_at=Millis(AT + 10)),
        delivery(3, due_at=Millis(AT + 31)),
        delivery(4, due_at=None),
        delivery(5, due_at=Millis(AT), state=DeliveryState.HANDED_OVER),
    ]
    await put(store, *(message(r.message) for r in rows), *rows)
    assert [d.message for d in await store.due(Millis(AT + 30), 10)] == [2, 1]
    assert [d.message for d in await store.due(Millis(AT + 30), 1)] == [2]
    assert await store.due(Millis(AT + 9), 10) == []


async def test_documents_of_a_key_are_those_of_one_sender_and_year_the_newest_first(store: Store) -> None:
    await put(
        store,
        message(1, key="7/A"),
        message(2, key="7/A", year=2025),
        message(3, key="7/A", sender=FIRST),
        message(4, key="7/A", kind=MessageKind.STATUS),
        message(5, key="7/A"),
    )
    found = await store.inspect(lambda tx: tx.messages_by_key(SENDER, "7/A", 2026))
    assert [m.number for m in found] == [5, 1]
    found = await store.inspect(lambda tx: tx.messages_by_key(SENDER, "7/A", 0))
    assert [m.number for m in found] == [5, 2, 1]


async def test_namesakes_are_both_in_one_question(store: Store) -> None:
    rows = [
        message(1, key="7/A", identity="D", document_id="D"),
        message(2, key="7/A", identity="E", document_id="E"),
        message(3, key="8/A", identity="D#1#cd", document_id="D"),
        message(4, key="7/A", identity="F", document_id="F", year=2025),
    ]
    await put(store, *rows)
    by_document, by_key = await store.inspect(lambda tx: tx.namesakes(SENDER, "D", "7/A", 2026))
    assert [m.number for m in by_document] == [1, 3]
    assert [m.number for m in by_key] == [2, 1]


async def test_a_message_goes_in_with_its_deliveries_and_a_leaf_with_the_counters(store: Store) -> None:
    def place(tx: Transaction) -> None:
        tx.add_message(message(1), None, [delivery(1), delivery(1, SECOND)])
        tx.add_leaves([leaf(0)], {(SENDER, "out"): Counter(1, "sha-256:ab")})

    await store.write(place)
    assert {row.recipient for row in await store.deliveries(1)} == {FIRST, SECOND}
    assert await store.counter(SENDER, "out") == Counter(1, "sha-256:ab")


async def test_documents_of_a_document_id_are_the_original_then_what_acts_on_it(store: Store) -> None:
    await put(
        store,
        message(1, identity="D", document_id="D"),
        message(2, identity="D#2#ab", document_id="D"),
        message(3, identity="D#1#cd", document_id="D"),
        message(4, identity="D#x", document_id="D#x"),  # another document whose id only looks alike
        message(5, identity="DD", document_id="DD"),
        message(6, identity="D", document_id="D", sender=FIRST),
        message(7, identity="D#s", document_id="D", kind=MessageKind.STATUS),
    )
    found = await store.inspect(lambda tx: tx.messages_by_document(SENDER, "D"))
    assert [m.number for m in found] == [1, 3, 2]


async def test_leaves_by_range_by_message_and_by_event(store: Store) -> None:
    rows = [
        leaf(0),
        leaf(1, message=None, recipient="", event="X"),
        leaf(2, event="Other"),
        leaf(3),
        leaf(4, message=2),
    ]
    await put(store, *rows)
    assert await store.leaves(1, 3) == rows[1:4]
    assert await store.inspect(lambda tx: (tx.leaves(3, 10), tx.leaf_count())) == (rows[3:], 5)
    assert await store.timeline(1) == [rows[0], rows[2], rows[3]]
    first = await store.inspect(lambda tx: tx.leaf_of(1, FIRST, "ContentHandover"))
    assert first == rows[0]
    assert await store.inspect(lambda tx: tx.leaf_of(1, SECOND, "ContentHandover")) is None


async def test_a_leaf_is_covered_by_the_first_checkpoint_above_it(store: Store) -> None:
    await put(store, *map(checkpoint, (3, 5, 9)))
    covering = [await store.checkpoint_covering(n) for n in (0, 2, 3, 4, 8, 9)]
    assert [c.size if c else None for c in covering] == [3, 3, 5, 5, 9, None]
    inside = await store.inspect(lambda tx: [tx.checkpoint_covering(n) for n in (0, 2, 3, 4, 8, 9)])
    assert inside == covering
    assert [c.size for c in await store.checkpoints(3, 10)] == [5, 9]
    assert await store.last_checkpoint() == checkpoint(9)


async def test_what_concerns_an_agency_is_of_either_end_and_of_the_part_asked_for(store: Store) -> None:
    await put(
        store,
        message(1),
        message(2, sender=SECOND),
        delivery(1, FIRST),
        delivery(1, SECOND),
        leaf(0, recipient="", event="SubmissionAcceptance"),
        leaf(1, recipient=FIRST, event="ContentHandover"),
        leaf(2, message=2, recipient=""),
        leaf(3, message=None, recipient=FIRST),
    )

    async def seen(code: str, start: int = 0, end: int = 99) -> list[int]:
        found = await store.concerning(code, start, end)
        for number, content, sender, lane in found:
            kept = await store.leaf(number)
            assert kept is not None
            assert (content, sender, lane) == (kept.object, SENDER if number < 2 else SECOND, 3)
        return [number for number, *_ in found]

    assert await seen(SENDER) == [0, 1]
    assert await seen(FIRST) == [0, 1]
    assert await seen(SECOND) == [0, 2]
    assert await seen(FIRST, start=1) == [1]
    assert await seen(FIRST, end=1) == [0]
    assert await seen("nobody") == []


# figures


async def test_tallies_hold_the_mailbox_counter_against_the_deliveries(store: Store) -> None:
    await put(
        store,
        *(message(n) for n in range(1, 5)),
        delivery(1),
        delivery(2),
        delivery(3, state=DeliveryState.EXPIRED),
        delivery(4, kind=MessageKind.STATUS),
    )
    counters = {(FIRST, "mailbox-document"): Counter(5, ""), (SECOND, "mailbox-status"): Counter(2, "")}
    await store.write(lambda tx: tx.set_counters(counters | {(FIRST, "in"): Counter(9, "")}))
    tallies = {(t.agency, t.kind): t for t in await store.tallies()}
    assert {key: (t.accepted, t.states, t.difference) for key, t in tallies.items()} == {
        (FIRST, MessageKind.DOCUMENT): (5, {DeliveryState.WAITING: 2, DeliveryState.EXPIRED: 1}, 2),
        (FIRST, MessageKind.STATUS): (0, {DeliveryState.WAITING: 1}, -1),
        (SECOND, MessageKind.STATUS): (2, {}, 2),
    }


async def test_the_report_counts_the_documents_of_its_window(store: Store) -> None:
    midnight = Millis(AT + 13 * HOUR)  # in Vietnam
    times = {1: AT - 1, 2: AT, 3: AT + 400, 4: AT + 900, 5: midnight - 1, 6: midnight, 7: AT + 14 * HOUR}
    rows = [
        message(n, accepted_at=Millis(at), fanout=n % 2 + 1, verdict="VALID" if n != 3 else "ABSENT")
        for n, at in times.items()
    ]
    rows += [
        message(8, kind=MessageKind.STATUS, accepted_at=AT),
        message(9, sender=FIRST, accepted_at=Millis(AT + 500)),
    ]
    deliveries = [
        delivery(2, handed_at=Millis(AT + 250)),
        delivery(3, SECOND),
        delivery(4, handed_at=Millis(AT + 1_000)),
        delivery(8),
        delivery(9, SENDER),
    ]
    await put(store, *rows, *deliveries)
    tiers = {SENDER: Tier.CENTRAL, FIRST: Tier.PROVINCIAL, SECOND: Tier.DISTRICT, "000.09.21.H52": Tier.DISTRICT}
    await store.write(lambda tx: tx.put_agencies([agency(code, tier) for code, tier in tiers.items()]))
    report = await store.report(AT, Millis(AT + 14 * HOUR))
    inside = [r for r in rows if r.number in (2, 3, 4, 5, 6, 9)]
    assert (report.documents, report.statuses, report.signed) == (6, 1, 5)
    assert (report.deliveries, report.bytes) == (sum(r.fanout for r in inside), sum(r.size for r in inside))
    assert (report.first_at, report.last_at) == (AT, midnight)
    assert report.peaks == {"second": Peak(4, 7 - 1), "minute": Peak(4, 6), "day": Peak(5, 8)}
    assert report.sent == {Tier.CENTRAL: 5, Tier.PROVINCIAL: 1}
    assert {(f.sender, f.recipient): (f.deliveries, f.handed_over) for f in report.flows} == {
        (Tier.CENTRAL, Tier.PROVINCIAL): (2, 2),
        (Tier.CENTRAL, Tier.DISTRICT): (1, 0),
        (Tier.PROVINCIAL, Tier.CENTRAL): (1, 0),
    }
    assert report.agencies == {Tier.CENTRAL: 1, Tier.PROVINCIAL: 1, Tier.DISTRICT: 2}
    assert report.active == {Tier.CENTRAL: 1, Tier.PROVINCIAL: 1, Tier.DISTRICT: 1}
    assert report.latencies == [100, 250]


async def test_the_report_of_an_empty_window_is_empty(store: Store) -> None:
    report = await store.report(AT, Millis(AT + 1))
    assert (report.documents, report.deliveries, report.first_at, report.flows, report.latencies) == (
        0,
        0,
        None,
        [],
        [],
    )
    assert report.peaks == {name: Peak(0, 0) for name in ("second", "minute", "day")}
