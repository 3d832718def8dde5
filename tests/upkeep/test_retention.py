"""Retention deletes bytes and nothing else: evidence stays, the deletion is evidence too, and all of it verifies."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest

from hub.core.bundle.audit import Report, verify
from hub.core.edxml import Attachment
from hub.core.errors import NotFound, PayloadGone
from hub.core.evidence.format import Event
from hub.core.log.keys import Verifier
from hub.core.model import DeliveryState, MessageKind, Millis, StatusCode
from hub.core.signature import proof as dsig_proof
from hub.evidence_export.export import Wish, export
from hub.ops.fsck import Fault, Fsck
from hub.store import MessageRow, Transaction
from hub.upkeep import retention
from hub.upkeep.retention import ApplyRetention, Outcome
from tests.core.audit.kit import policy_of
from tests.core.bundle.kit import failed, results
from tests.exchange.kit import audit, evidence_of, only, refused
from tests.support.axis import HA_NOI, HOUR, SON_LA, VPCP, Axis, recall

DAY = 24 * HOUR


async def later(axis: Axis, days: int = 6) -> Outcome:
    axis.clock.forward(days * DAY)
    return await retention.apply(axis.exchange.record, Millis(axis.clock() - DAY))


async def faults(axis: Axis) -> list[Fault]:
    verifiers = [Verifier.parse(key) for key in axis.log.vkeys]
    store, blobs = axis.exchange.store, axis.exchange.blobs
    return [f async for f in Fsck(store, blobs, axis.log.origin, verifiers, lambda what, n: None).run()]


async def bundle(axis: Axis, message: MessageRow, **wish: object) -> Report:
    data = await export(axis.exchange, axis.log, message, Wish(**wish))  # type: ignore[arg-type]
    return verify(data, policy_of(axis), axis.profile.anchors())


async def sent(axis: Axis, size: int = 0) -> MessageRow:
    """A document handed over and registered; above `size` 0 its bytes are a file."""
    data = axis.sign(
        axis.document(VPCP, [SON_LA]), [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + b"x" * size)] if size else []
    )
    sealed = await axis.submit(data, VPCP)
    axis.sent[sealed.answer.message.id] = data
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.ACCEPTED, sealed.answer)
    return sealed.answer.message


@pytest.mark.parametrize("size", [0, 100_000], ids=["in the store", "in a file"])
async def test_the_bytes_go_the_evidence_stays_and_still_verifies(axis: Axis, size: int) -> None:
    message = await sent(axis, size)
    path = axis.exchange.blobs.path(message.sha256)
    assert path.exists() == (size > 0)
    done = await later(axis)
    assert done == Outcome(documents=1, bytes=message.size, files=int(size > 0))
    assert not path.exists()
    assert await axis.exchange.store.content(message.number) is None
    gone = await refused(PayloadGone, axis.exchange.content(axis.caller(VPCP), message.id))
    assert "2026-11-28" in gone.vi
    report = await bundle(axis, message)
    assert failed(report) == []
    assert results(report)[4:7] == ["not enclosed", "passed", "passed"]
    assert report.facts.events[-1][2] == "RetentionApplied"
    data = await export(axis.exchange, axis.log, message, Wish())
    own = verify(data, policy_of(axis), axis.profile.anchors(), document=axis.sent[message.id])
    assert results(own)[4] == "passed"  # who kept the document proves it still
    await refused(PayloadGone, export(axis.exchange, axis.log, message, Wish(document=True)))
    assert await faults(axis) == []
    await audit(axis)


async def test_the_deletion_is_evidence_in_the_senders_chain(axis: Axis) -> None:
    message = await sent(axis)
    await later(axis)
    leaves = await axis.exchange.store.timeline(message.number)
    assert [leaf.event for leaf in leaves][-1] == Event.RETENTION_APPLIED.short
    row = await axis.exchange.store.message(message.number)
    assert row is not None
    assert row.purged_at == axis.clock()


async def test_what_somebody_waits_for_is_kept(axis: Axis) -> None:
    waiting = (await axis.send(VPCP, SON_LA)).answer.message
    asked = await axis.send(VPCP, HA_NOI)
    await axis.take(HA_NOI)
    await axis.submit(axis.sign(axis.document(VPCP, [HA_NOI], business=recall(asked.answer.message.document_id))), VPCP)
    pending = await axis.exchange.store.delivery(asked.answer.message.number, HA_NOI)
    assert pending is not None
    assert pending.pending is not None
    assert (await later(axis)).documents == 0
    row = await axis.exchange.store.delivery(waiting.number, SON_LA)
    assert row is not None
    assert row.state is DeliveryState.WAITING
    for message in (waiting, asked.answer.message):  # the act itself is the last judge
        act = ApplyRetention(message.number, Millis(axis.clock()))
        assert (await axis.exchange.sequencer.submit(act)).answer is False
    assert await axis.exchange.store.content(waiting.number) is not None


async def test_young_documents_statuses_and_strangers_are_kept(axis: Axis) -> None:
    message = await sent(axis)
    young = ApplyRetention(message.number, message.accepted_at)
    assert (await axis.exchange.sequencer.submit(young)).answer is False
    await later(axis)
    number = message.number
    while (row := await axis.exchange.store.message(number)) is not None:
        if row.kind is MessageKind.STATUS:
            assert row.purged_at is None
            assert await axis.exchange.store.content(row.number) is not None
        number += 1
    await refused(NotFound, axis.exchange.sequencer.submit(ApplyRetention(999, Millis(axis.clock()))))


async def test_twice_is_once(axis: Axis) -> None:
    await sent(axis)
    assert (await later(axis)).documents == 1
    size = await axis.exchange.store.last_checkpoint()
    assert (await later(axis)).documents == 0
    assert await axis.exchange.store.last_checkpoint() == size


async def test_a_dry_run_counts_and_changes_nothing(axis: Axis) -> None:
    message = await sent(axis)
    axis.clock.forward(6 * DAY)
    done = await retention.apply(axis.exchange.record, Millis(axis.clock() - DAY), dry_run=True)
    assert done == Outcome(documents=1, bytes=message.size, files=0)
    assert await axis.exchange.store.content(message.number) is not None


async def test_the_same_bytes_sent_again_find_their_first_receipt(axis: Axis) -> None:
    first = await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    await later(axis)
    again = await axis.submit(axis.sent[first.answer.message.id], VPCP)
    assert again.answer.repeated
    assert only(again) == only(first)


async def test_bytes_that_another_message_needs_are_kept(axis: Axis) -> None:
    """Two rows of one digest: a file goes with the last of them."""
    message = await sent(axis, 100_000)
    row = await axis.exchange.store.message(message.number)
    assert row is not None
    last = await axis.exchange.store.inspect(lambda tx: tx.last_message())
    twin = partial(_twin, row, last + 1)
    await axis.exchange.store.write(twin)
    await later(axis)
    assert axis.exchange.blobs.path(message.sha256).exists()


def _twin(row: MessageRow, number: int, tx: Transaction) -> None:
    copy = msgspec.structs.replace(row, number=number, identity="twin", kind=MessageKind.STATUS)
    tx.add_message(copy, None)


async def test_a_crash_before_the_file_is_removed_leaves_what_fsck_finds(axis: Axis) -> None:
    message = await sent(axis, 100_000)
    axis.clock.forward(6 * DAY)
    proof = dsig_proof.of_document(axis.sent[message.id])
    act = ApplyRetention(message.number, Millis(axis.clock() - DAY), proof)
    assert (await axis.exchange.sequencer.submit(act)).answer is True
    assert [fault.what for fault in await faults(axis)] == ["blob-orphan"]


async def test_a_row_that_says_deleted_without_evidence_is_found(axis: Axis) -> None:
    message = await sent(axis)
    await axis.exchange.store.write(lambda tx: tx.purge(message.number, Millis(5)))
    assert "retention-differs" in [fault.what for fault in await faults(axis)]


async def test_a_take_back_after_retention_is_a_state_as_before(axis: Axis) -> None:
    """The document is gone here, not at its recipient: what is said of it goes on."""
    first = await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    await later(axis)
    await axis.status(SON_LA, StatusCode.ACCEPTED, first.answer)
    assert len(await evidence_of(axis, first.answer, Event.CONSIGNMENT_ACCEPTANCE)) == 1
