"""Acknowledge: one signature over many documents, each of which stands or falls alone, once in effect however often it
comes."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import msgspec

from hub.core.errors import AcknowledgementRefusal, DeliveryConflict, Forbidden, NotFound
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, Millis, StatusCode
from hub.core.signature import jws
from tests.exchange.kit import changed, evidence_of, pairs, refused, verified
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, Axis


def token(axis: Axis, signer: str, recipient: str, items: list[tuple[str, str]]) -> str:
    credential = axis.credential(signer)
    given = tuple(acknowledgement.Item(m, sha, Outcome.CONTENT_HANDOVER) for m, sha in items)
    return acknowledgement.sign(
        Acknowledgement(recipient, axis.clock(), given), credential.key, jws.key_id(credential.certificate)
    )


async def test_one_signature_hands_over_a_batch_and_each_has_its_own_evidence(axis: Axis) -> None:
    accepted = [(await axis.send(VPCP, SON_LA)).answer for _ in range(5)]
    items = pairs(await axis.fetch(SON_LA))
    signed = token(axis, SON_LA, SON_LA, items)
    sealed = await axis.exchange.acknowledge(axis.caller(SON_LA), SON_LA, signed)
    assert [done.message for done in sealed.answer] == [a.message.id for a in accepted]
    digest = sha256(signed.encode()).hexdigest()
    assert await axis.exchange.store.signed(digest) == signed.encode()
    for done, answer in zip(sealed.answer, accepted, strict=True):
        assert (done.state, done.repeated, done.refusal) == (DeliveryState.HANDED_OVER, False, None)
        assert done.leaf is not None
        evidence = verified(axis, sealed.receipts[done.leaf], axis.sent[answer.message.id]).evidence
        assert (evidence.identifier, evidence.event) == (done.evidence, Event.CONTENT_HANDOVER)
        assert evidence.counter is not None
        assert (evidence.counter.by, evidence.counter.digest) == (SON_LA, f"sha-256:{digest}")
        assert await axis.states(answer) == {SON_LA: "handed_over"}


async def test_a_wrong_digest_is_refused_alone(axis: Axis) -> None:
    for _ in range(3):
        await axis.send(VPCP, SON_LA)
    items = pairs(await axis.fetch(SON_LA))
    items[1] = (items[1][0], items[0][1])  # the digest of another document
    sealed = await axis.acknowledge(SON_LA, items)
    assert [type(done.refusal) for done in sealed.answer] == [type(None), AcknowledgementRefusal, type(None)]
    assert len(sealed.receipts) == 2
    states = [(await axis.exchange.store.deliveries(n))[0].state.value for n in (1, 2, 3)]
    assert states == ["handed_over", "waiting", "handed_over"]


async def test_what_is_not_in_the_mailbox_is_not_found_alike_whether_it_exists_or_not(axis: Axis) -> None:
    mine = (await axis.send(VPCP, SON_LA)).answer.message
    others = (await axis.send(VPCP, HA_NOI)).answer.message
    unknown = others.id[:-10] + "00000000ff"
    wrong_salt = mine.id[:-12] + f"{int(mine.id[-12:-10], 16) ^ 0xFF:02x}" + mine.id[-10:]
    items = [(mine.id, mine.sha256), (others.id, others.sha256), (unknown, "0" * 64), (wrong_salt, mine.sha256)]
    sealed = await axis.acknowledge(SON_LA, items)
    assert [type(done.refusal) for done in sealed.answer] == [type(None), NotFound, NotFound, NotFound]
    assert sealed.answer[1].refusal is not None
    assert str(sealed.answer[1].refusal).replace(others.id, "") == str(sealed.answer[2].refusal).replace(unknown, "")
    assert await axis.exchange.store.delivery(others.number, HA_NOI) is not None
    assert (await axis.exchange.store.deliveries(others.number))[0].state is DeliveryState.WAITING


async def test_an_acknowledgement_that_comes_again_changes_nothing(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    items = pairs(await axis.fetch(SON_LA))
    signed = token(axis, SON_LA, SON_LA, items)
    caller = axis.caller(SON_LA)
    first = await axis.exchange.acknowledge(caller, SON_LA, signed)
    before = await axis.exchange.store.last_checkpoint()
    axis.clock.forward(1_000)
    for again in (signed, token(axis, SON_LA, SON_LA, items)):  # the same, and one signed anew
        sealed = await axis.exchange.acknowledge(caller, SON_LA, again)
        (done,) = sealed.answer
        assert done == msgspec.structs.replace(first.answer[0], repeated=True)
        assert sealed.receipts == first.receipts
    assert await axis.exchange.store.last_checkpoint() == before
    assert await axis.events(accepted) == [("SubmissionAcceptance", ""), ("ContentHandover", SON_LA)]


async def test_the_same_acknowledgement_many_times_at_once_is_one_hand_over(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    signed = token(axis, SON_LA, SON_LA, pairs(await axis.fetch(SON_LA)))
    many = await asyncio.gather(*(axis.exchange.acknowledge(axis.caller(SON_LA), SON_LA, signed) for _ in range(8)))
    assert sorted(sealed.answer[0].repeated for sealed in many) == [False] + [True] * 7
    assert len({sealed.answer[0].evidence for sealed in many}) == 1
    assert len(await evidence_of(axis, accepted, Event.CONTENT_HANDOVER)) == 1


async def test_a_repetition_is_recognised_after_the_document_went_on_its_way(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    items = pairs(await axis.take(SON_LA))
    await axis.status(SON_LA, StatusCode.REFUSED, accepted)
    (done,) = (await axis.acknowledge(SON_LA, items)).answer
    assert (done.repeated, done.refusal, done.state) == (True, None, DeliveryState.REFUSED)


async def test_one_may_acknowledge_without_having_fetched(axis: Axis) -> None:
    message = (await axis.send(VPCP, SON_LA)).answer.message
    (done,) = (await axis.acknowledge(SON_LA, [(message.id, message.sha256)])).answer
    assert done.state is DeliveryState.HANDED_OVER


async def test_content_that_is_bad_at_the_recipient_is_rejected_with_evidence(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    items = pairs(await axis.fetch(SON_LA))
    sealed = await axis.acknowledge(SON_LA, items, Outcome.CONTENT_REJECTED)
    (done,) = sealed.answer
    assert done.state is DeliveryState.REFUSED
    (evidence,) = await evidence_of(axis, accepted, Event.CONSIGNMENT_REJECTION)
    assert [reason.code for reason in evidence.reasons] == ["CONTENT_REJECTED"]
    assert await axis.states(accepted) == {SON_LA: "refused", MAI_SON: "waiting"}
    (again,) = (await axis.acknowledge(SON_LA, items, Outcome.CONTENT_REJECTED)).answer
    assert (again.repeated, again.evidence) == (True, done.evidence)
    (late,) = (await axis.acknowledge(SON_LA, items)).answer  # and now it holds it after all?
    assert isinstance(late.refusal, DeliveryConflict)
    assert await axis.fetch(SON_LA) == []


async def test_what_was_rejected_as_bad_content_is_not_asked_back_any_more(axis: Axis) -> None:
    """It has ended: nobody owes an answer to the take-back that waited for its lease, retention may delete it."""
    accepted = (await axis.send(VPCP, SON_LA)).answer
    items = pairs(await axis.fetch(SON_LA))
    await axis.status(VPCP, StatusCode.TAKE_BACK, accepted, other=SON_LA)
    (row,) = await axis.exchange.store.deliveries(accepted.message.number)
    assert row.pending is not None
    await axis.acknowledge(SON_LA, items, Outcome.CONTENT_REJECTED)
    (row,) = await axis.exchange.store.deliveries(accepted.message.number)
    assert (row.state, row.pending) == (DeliveryState.REFUSED, None)


async def test_what_was_handed_over_cannot_be_rejected_as_bad_content(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    items = pairs(await axis.take(SON_LA))
    (done,) = (await axis.acknowledge(SON_LA, items, Outcome.CONTENT_REJECTED)).answer
    assert isinstance(done.refusal, DeliveryConflict)


async def test_what_was_taken_back_meanwhile_is_refused_alone(axis: Axis) -> None:
    gone, kept = [(await axis.send(VPCP, SON_LA)).answer for _ in range(2)]
    items = pairs(await axis.fetch(SON_LA))
    axis.clock.forward(60_000)  # the worker slept over its lease, another one gave it back
    await axis.status(VPCP, StatusCode.TAKE_BACK, gone, other=SON_LA)
    await axis.status(SON_LA, StatusCode.AGREED, gone)
    sealed = await axis.acknowledge(SON_LA, items)
    assert [type(done.refusal) for done in sealed.answer] == [DeliveryConflict, type(None)]
    assert (await axis.states(gone), await axis.states(kept)) == ({SON_LA: "taken_back"}, {SON_LA: "handed_over"})


async def test_an_acknowledgement_signed_by_another_is_refused(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    items = pairs(await axis.fetch(SON_LA))
    caller = axis.caller(SON_LA)
    for signed in (token(axis, HA_NOI, SON_LA, items), token(axis, SON_LA, HA_NOI, items), "x.y.z", ""):
        await refused(AcknowledgementRefusal, axis.exchange.acknowledge(caller, SON_LA, signed))
    await refused(Forbidden, axis.exchange.acknowledge(caller, HA_NOI, token(axis, HA_NOI, HA_NOI, items)))
    assert await axis.states(accepted) == {SON_LA: "waiting"}


async def test_a_withdrawn_key_signs_no_more(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    items = pairs(await axis.fetch(SON_LA))
    agency = axis.exchange.directory[SON_LA]
    withdrawn = msgspec.structs.replace(agency.certificates[0], withdrawn=Millis(axis.clock()))
    await changed(axis, msgspec.structs.replace(agency, certificates=(withdrawn,)))
    await refused(AcknowledgementRefusal, axis.acknowledge(SON_LA, items))


async def test_a_centre_acknowledges_for_its_agency_with_its_own_key(axis: Axis) -> None:
    await changed(axis, msgspec.structs.replace(axis.exchange.directory[CHIENG_MUNG], centre=SON_LA))
    accepted = (await axis.send(VPCP, CHIENG_MUNG)).answer
    items = pairs(await axis.fetch(CHIENG_MUNG))
    signed = token(axis, SON_LA, CHIENG_MUNG, items)
    (done,) = (await axis.exchange.acknowledge(axis.caller(SON_LA), CHIENG_MUNG, signed)).answer
    assert done.state is DeliveryState.HANDED_OVER
    assert await axis.states(accepted) == {CHIENG_MUNG: "handed_over"}


async def test_a_client_that_cannot_sign_is_recorded_as_such(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    message = accepted.message
    items = [(message.id, message.sha256), (message.id, message.sha256), (message.id, "0" * 64), ("urn:no", "")]
    sealed = await axis.exchange.acknowledge_unsigned(axis.caller(SON_LA), "", items)
    assert [done.repeated for done in sealed.answer] == [False, True, False, False]
    assert [type(done.refusal) for done in sealed.answer[2:]] == [AcknowledgementRefusal, NotFound]
    (evidence,) = await evidence_of(axis, accepted, Event.CONTENT_HANDOVER)
    assert evidence.counter is not None
    assert (evidence.counter.by, evidence.counter.digest, evidence.counter.absent) == (SON_LA, "", "test")


async def test_the_sender_is_told_once_it_is_durable(axis: Axis) -> None:
    with axis.exchange.notices.subscribed([VPCP, SON_LA]) as subscription:
        accepted = (await axis.send(VPCP, SON_LA)).answer
        await axis.take(SON_LA)
        told = [(h.agency, h.what, h.message) for h in subscription.drain()]
    assert told == [(SON_LA, "arrival", accepted.message.id), (VPCP, "acknowledged", accepted.message.id)]
