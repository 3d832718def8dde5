"""Statuses: every code from every party in every situation against a table written by hand, and how a status finds the
document that it means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from itertools import product

import msgspec
import pytest

from hub.core import edxml
from hub.core.edxml import Code
from hub.core.edxml import check as edxml_check
from hub.core.errors import (
    InvalidFields,
    NothingToTakeBack,
    SignatureRequired,
    StatusAmbiguous,
    StatusNotYours,
    StatusOutOfOrder,
    StatusRefusal,
    StatusUnmatched,
)
from hub.core.evidence.format import Event
from hub.core.evidence.status_rules import RULES, Party, check
from hub.core.model import DeliveryState, SignaturePolicy, StatusCode
from hub.record.acts.incoming import Accepted
from tests.exchange.kit import a_status, changed, evidence_of, ids, only, refused, rejection, report, verified
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, Axis, recall, update

HELD, WAITING = DeliveryState.HANDED_OVER, DeliveryState.WAITING

# Of the recipient, while the document is handed over: last progress → what may come next. In every other state nothing.
NEXT = {
    "": "01 02 03 15 16",
    "01": "02 03 15 16",
    "02": "",
    "03": "04 05 06 15 16",
    "04": "04 05 06 15 16",
    "05": "04 05 06 15 16",
    "06": "15 16",
}
# Of the sender: only 13, while there is something to take back, whatever the recipient has reported but its refusal.
TAKE_BACK = {WAITING, HELD}
ANSWERS = {"15", "16"}


def expected(code: StatusCode, party: Party, state: DeliveryState, progress: str) -> type[StatusRefusal] | None:
    if party is not (Party.SENDER if code == "13" else Party.RECIPIENT):
        return StatusNotYours
    if code == "13":
        return None if state in TAKE_BACK and progress != "02" else StatusOutOfOrder
    may = TAKE_BACK if code in ANSWERS else {HELD}  # before it was signed for only to a request
    return None if state in may and code.value in NEXT[progress].split() else StatusOutOfOrder


@pytest.mark.parametrize("code", StatusCode)
def test_the_table_is_what_the_field_writes(code: StatusCode) -> None:
    for party, state, progress in product(Party, DeliveryState, NEXT):
        want = expected(code, party, state, progress)
        if want is None:
            assert check(code, party, state, progress) is RULES[code]
        else:
            with pytest.raises(want):
                check(code, party, state, progress)


def test_the_table_has_every_code_and_asks_for_reasons_where_the_validator_does() -> None:
    assert set(RULES) == set(StatusCode)
    assert {code for code, rule in RULES.items() if rule.reason_required} == edxml_check.REASONED
    finals = {code: rule.moves_to for code, rule in RULES.items() if rule.moves_to is not None}
    assert finals == {StatusCode.REFUSED: DeliveryState.REFUSED, StatusCode.AGREED: DeliveryState.TAKEN_BACK}


# the same on the axis, for every situation that can be reached


async def fetched(axis: Axis, accepted: Accepted) -> None:
    await axis.take(SON_LA)


def reported(*codes: str) -> Callable[[Axis, Accepted], Awaitable[None]]:
    async def work(axis: Axis, accepted: Accepted) -> None:
        await fetched(axis, accepted)
        for code in codes:
            await axis.status(SON_LA, StatusCode(code), accepted)

    return work


async def untouched(axis: Axis, accepted: Accepted) -> None:
    pass


async def leased(axis: Axis, accepted: Accepted) -> None:
    await axis.fetch(SON_LA)


async def asked_back(axis: Axis, accepted: Accepted) -> None:
    await axis.fetch(SON_LA)
    await axis.status(VPCP, StatusCode.TAKE_BACK, accepted)


async def taken_back(axis: Axis, accepted: Accepted) -> None:
    await axis.status(VPCP, StatusCode.TAKE_BACK, accepted)


async def expired(axis: Axis, accepted: Accepted) -> None:
    for _ in range(2):
        axis.clock.forward(3_600_000)
        await axis.exchange.sweep()


SITUATIONS: dict[str, tuple[Callable[[Axis, Accepted], Awaitable[None]], str]] = {
    "untouched": (untouched, "13"),
    "fetched and not acknowledged": (leased, "13"),
    "fetched and asked back": (asked_back, "13 15 16"),
    "handed over": (fetched, "01 02 03 13"),
    "01": (reported("01"), "02 03 13"),
    "02": (reported("02"), ""),
    "03": (reported("03"), "04 05 06 13"),
    "04": (reported("03", "04"), "04 05 06 13"),
    "05": (reported("03", "05"), "04 05 06 13"),
    "04 again": (reported("03", "05", "04"), "04 05 06 13"),
    "06": (reported("01", "03", "04", "05", "06"), "13"),
    "taken back": (taken_back, ""),
    "expired": (expired, ""),
}


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_each_status_in_each_situation(brief: Axis, situation: str) -> None:
    axis = brief
    prepare, allowed = SITUATIONS[situation]
    for code in StatusCode:
        accepted = (await axis.send(VPCP, SON_LA)).answer
        await prepare(axis, accepted)
        before = (await axis.states(accepted), await axis.events(accepted))
        mine, yours = (VPCP, SON_LA) if code == "13" else (SON_LA, VPCP)
        await refused(StatusNotYours, axis.status(yours, code, accepted, other=mine))
        if code.value in allowed.split():
            sealed = await axis.status(mine, code, accepted)
            assert verified(axis, only(sealed)).evidence.status is not None
            continue
        refusal = await refused(StatusRefusal, axis.status(mine, code, accepted))
        assert isinstance(refusal, NothingToTakeBack if code == "13" else StatusOutOfOrder)
        assert (await axis.states(accepted), await axis.events(accepted)) == before


async def test_a_status_is_evidence_counter_signed_by_the_recipient_and_reaches_the_sender(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.take(SON_LA)
    sealed = await axis.status(SON_LA, StatusCode.ACCEPTED, accepted)
    status = sealed.answer.message
    evidence = verified(axis, only(sealed), axis.sent[accepted.message.id]).evidence
    assert (evidence.event, evidence.message) == (Event.CONSIGNMENT_ACCEPTANCE, accepted.message.id)
    assert [p.identifier for p in evidence.recipients] == [SON_LA]
    assert evidence.counter is not None
    assert (evidence.counter.by, evidence.counter.digest) == (SON_LA, f"sha-256:{status.sha256}")
    assert evidence.status is not None
    assert (evidence.status.code, evidence.status.message) == ("03", status.id)
    assert (status.about, status.kind) == (accepted.message.number, "status")
    assert ids(await axis.take(VPCP)) == [status.id]
    _, data = await axis.exchange.content(axis.caller(VPCP), status.id)
    assert data is not None
    row = await axis.exchange.store.delivery(accepted.message.number, SON_LA)
    assert row is not None
    assert (row.progress, row.state) == ("03", HELD)
    assert await axis.states(accepted) == {SON_LA: "handed_over", MAI_SON: "waiting"}


async def test_a_refusal_ends_the_delivery_of_one_and_says_why(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.REFUSED, accepted, reason="Gửi nhầm nơi nhận")
    (evidence,) = await evidence_of(axis, accepted, Event.CONSIGNMENT_REJECTION)
    assert [(r.code, r.details) for r in evidence.reasons] == [("STATUS_02", "Gửi nhầm nơi nhận")]
    assert await axis.states(accepted) == {SON_LA: "refused", MAI_SON: "waiting"}


async def test_a_refusal_without_a_reason_is_no_refusal(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    for code in edxml_check.REASONED:
        refusal = await refused(InvalidFields, axis.status(SON_LA, code, accepted, reason=""))
        assert [finding.code for finding in refusal.findings] == ["N.MessageHeader.Description"]
    assert await axis.states(accepted) == {SON_LA: "handed_over"}


async def test_a_status_that_comes_again_gives_the_same_receipt_and_changes_nothing(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    data = axis.sign(a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id=accepted.message.document_id))
    first = await axis.submit(data, SON_LA)
    await axis.status(SON_LA, StatusCode.FINISHED, accepted)
    again = await axis.submit(data, SON_LA)  # out of order by now, had it not come before
    assert (again.answer.repeated, again.answer.message, only(again)) == (True, first.answer.message, only(first))
    assert len(await axis.fetch(VPCP)) == 2


async def test_an_unsigned_status_is_recorded_as_such_where_the_policy_allows(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    lenient = msgspec.structs.replace(axis.exchange.directory[SON_LA], signature_policy=SignaturePolicy.RECORD)
    await changed(axis, lenient)
    status = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id=accepted.message.document_id)
    evidence = verified(axis, only(await axis.submit(edxml.build(status), SON_LA))).evidence
    assert evidence.counter is not None
    assert (evidence.counter.digest, evidence.counter.absent) == ("", "ABSENT")


# which document is meant


async def test_a_status_may_name_the_code_alone(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    await report(axis, a_status(SON_LA, StatusCode.ACCEPTED, "G22", number=accepted.message.code))
    assert ("ConsignmentAcceptance", SON_LA) in await axis.events(accepted)


async def test_a_document_is_named_by_either_code_of_its_issuer(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    status = a_status(SON_LA, StatusCode.ACCEPTED, "G22", number=accepted.message.code)
    assert (await report(axis, status)).answer.message.about == accepted.message.number


@pytest.mark.parametrize(
    "named",
    [
        {"document_id": "unknown"},
        {"document_id": "not ours", "number": "1/VPCP-KSTT"},
        {"document_id": "000.00.00.G22,2026/11/20,1/VPCP-KSTT", "number": "2/VPCP-KSTT"},
        {"document_id": "000.00.00.G22,2026/11/20,1/VPCP-KSTT", "year": 2025},
        {"number": "999/VPCP-KSTT"},
        {"number": "1/VPCP-KSTT", "year": 2025},
    ],
)
async def test_what_names_no_document_is_unmatched_with_evidence(axis: Axis, named: dict[str, object]) -> None:
    await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    data = axis.sign(a_status(SON_LA, StatusCode.ACCEPTED, VPCP, **named))  # type: ignore[arg-type]
    rejection(axis, await refused(StatusUnmatched, axis.submit(data, SON_LA)), data)


async def test_whose_document_it_is_not_cannot_report_on_it(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    named = accepted.message.document_id
    for sender, other in ((HA_NOI, VPCP), (SON_LA, HA_NOI), (HA_NOI, SON_LA)):
        for code in (StatusCode.ACCEPTED, StatusCode.TAKE_BACK, StatusCode.AGREED):
            await refused(StatusUnmatched, report(axis, a_status(sender, code, other, document_id=named)))


async def test_of_two_documents_with_one_code_the_one_that_the_status_can_follow_is_meant(axis: Axis) -> None:
    old = (await axis.send(VPCP, SON_LA)).answer
    number, _, notation = old.message.code.partition("/")
    new = (await axis.send(VPCP, SON_LA, code=Code(number, notation))).answer
    await axis.take(SON_LA)

    async def about(code: StatusCode, by: str) -> int | None:
        sealed = await report(axis, a_status(SON_LA, code, VPCP, number=old.message.code, by=by))
        return sealed.answer.message.about

    refusal = await refused(StatusAmbiguous, about(StatusCode.ARRIVED, "một"))
    assert refusal.facts["documents"] == [new.message.id, old.message.id]
    by_id = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id=new.message.document_id)
    assert (await report(axis, by_id)).answer.message.about == new.message.number
    assert await about(StatusCode.FINISHED, "bốn") == new.message.number
    assert await about(StatusCode.REFUSED, "năm") == old.message.number
    stale = await refused(StatusOutOfOrder, about(StatusCode.ACCEPTED, "sáu"))
    assert "06" in stale.found  # the refusal speaks of the likeliest


async def test_two_receivers_report_on_their_own_delivery(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    for agency in (SON_LA, MAI_SON):
        await axis.take(agency)
    await axis.status(SON_LA, StatusCode.ACCEPTED, accepted)
    await axis.status(MAI_SON, StatusCode.REFUSED, accepted)
    assert await axis.states(accepted) == {SON_LA: "handed_over", MAI_SON: "refused"}


async def test_the_successor_reports_on_what_was_forwarded_to_it(axis: Axis) -> None:
    ended = msgspec.structs.replace(axis.exchange.directory[MAI_SON], valid_to=date(2025, 6, 30), successor=CHIENG_MUNG)
    await changed(axis, ended)
    accepted = (await axis.send(VPCP, MAI_SON)).answer
    await axis.take(CHIENG_MUNG)
    await axis.status(CHIENG_MUNG, StatusCode.ACCEPTED, accepted)
    await refused(StatusUnmatched, axis.status(MAI_SON, StatusCode.FINISHED, accepted))


async def test_an_update_under_the_documents_own_id_can_be_agreed_to(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.ACCEPTED, original)
    named = original.message.document_id
    changes = (await axis.send(VPCP, SON_LA, document_id=named, business=update(named))).answer
    await axis.take(SON_LA)
    sealed = await report(axis, a_status(SON_LA, StatusCode.AGREED, VPCP, document_id=named))
    assert sealed.answer.message.about == changes.message.number
    assert verified(axis, only(sealed)).evidence.event is Event.BUSINESS_STATUS
    assert await axis.states(changes) == {SON_LA: "handed_over"}
    assert await axis.states(original) == {SON_LA: "handed_over"}


async def test_an_answer_may_name_the_message_that_asked(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    asking = (await axis.send(VPCP, SON_LA, business=recall(original.message.document_id))).answer
    await axis.take(SON_LA)
    assert asking.message.document_id != original.message.document_id
    sealed = await report(axis, a_status(SON_LA, StatusCode.AGREED, VPCP, document_id=asking.message.document_id))
    assert sealed.answer.message.about == original.message.number
    assert await axis.states(original) == {SON_LA: "taken_back"}
    assert await axis.states(asking) == {SON_LA: "handed_over"}


# one request, one answer, and what it takes to agree


async def test_an_update_is_answered_once(axis: Axis) -> None:
    first = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    business = update(first.message.document_id, added=[HA_NOI])
    second = (await axis.send(VPCP, SON_LA, HA_NOI, business=business)).answer
    await axis.take(SON_LA)
    answered = await axis.status(SON_LA, StatusCode.DISAGREED, second)
    assert answered.answer.message.about == second.message.number
    for code in (StatusCode.AGREED, StatusCode.DISAGREED):
        await refused(StatusOutOfOrder, axis.status(SON_LA, code, second))
    await axis.take(HA_NOI)
    await axis.status(HA_NOI, StatusCode.AGREED, second)  # another's answer is its own


async def test_an_update_that_took_something_back_is_answered_once_by_either_name(axis: Axis) -> None:
    first = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    business = update(first.message.document_id, removed=[SON_LA])
    asking = (await axis.send(VPCP, HA_NOI, business=business)).answer
    await axis.take(SON_LA)
    (request,) = await evidence_of(axis, first, Event.RECALL_REQUEST)
    assert request.recall is not None
    assert (request.recall.message, request.recall.cause) == (asking.message.id, "update")
    await axis.status(SON_LA, StatusCode.DISAGREED, asking)
    (answer,) = await evidence_of(axis, first, Event.RECALL_REFUSED, SON_LA)
    assert answer.recall == request.recall
    for named in (first, asking):
        await refused(StatusOutOfOrder, axis.status(SON_LA, StatusCode.AGREED, named))


async def recorded(axis: Axis, code: str) -> None:
    entry = msgspec.structs.replace(axis.exchange.directory[code], signature_policy=SignaturePolicy.RECORD)
    await changed(axis, entry)


async def test_agreement_counts_signed_alone(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
    await recorded(axis, SON_LA)
    status = a_status(SON_LA, StatusCode.AGREED, VPCP, document_id=sent.message.document_id)
    await refused(SignatureRequired, axis.submit(edxml.build(status), SON_LA))
    assert (await axis.states(sent))[SON_LA] == HELD
    await report(axis, status)
    assert (await axis.states(sent))[SON_LA] == DeliveryState.TAKEN_BACK


@pytest.mark.parametrize("business", [recall, lambda of: update(of, removed=[SON_LA])])
async def test_what_was_signed_is_asked_back_signed(axis: Axis, business: Callable[[str], edxml.BusinessInfo]) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await recorded(axis, VPCP)
    document = axis.document(VPCP, [SON_LA], business=business(sent.message.document_id))
    await refused(SignatureRequired, axis.submit(edxml.build(document), VPCP))
    assert (await axis.states(sent))[SON_LA] == WAITING
    await axis.submit(axis.sign(document), VPCP)
    assert (await axis.states(sent))[SON_LA] == DeliveryState.TAKEN_BACK
