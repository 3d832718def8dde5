"""Take-back, by status 13 and by a message of type 1, and what updates and replacements take away.

What nobody fetched disappears with evidence; what somebody holds is asked for and answered with 15 or 16.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec
import pytest

from hub.core.edxml import Code
from hub.core.errors import NothingToTakeBack, StatusAmbiguous, StatusOutOfOrder, StatusUnmatched
from hub.core.evidence.format import Event, Evidence
from hub.core.model import Business, DeliveryState, StatusCode
from hub.delivery.news import of_leaf
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from hub.store import DeliveryRow
from tests.exchange.kit import a_status, changed, evidence_of, ids, only, pairs, refused, rejection, report, verified
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, Axis, priority, recall, replacement, update

LEASE = 60_000
Ask = Callable[[Axis, Accepted], Awaitable[Sealed[Accepted]]]


async def by_status(axis: Axis, accepted: Accepted) -> Sealed[Accepted]:
    return await axis.status(VPCP, StatusCode.TAKE_BACK, accepted, reason="Ban hành nhầm")


async def by_message(axis: Axis, accepted: Accepted) -> Sealed[Accepted]:
    rows = await axis.exchange.store.deliveries(accepted.message.number)
    return await axis.send(VPCP, *(r.recipient for r in rows), business=recall(accepted.message.document_id))


async def by_message_of_the_same_id(axis: Axis, accepted: Accepted) -> Sealed[Accepted]:
    named = accepted.message.document_id
    rows = await axis.exchange.store.deliveries(accepted.message.number)
    return await axis.send(VPCP, *(r.recipient for r in rows), document_id=named, business=recall(""))


FORMS: dict[str, tuple[Ask, str]] = {
    "13": (by_status, "status-13"),
    "type 1": (by_message, "recall"),
    "type 1 under the same id": (by_message_of_the_same_id, "recall"),
}
each_form = pytest.mark.parametrize(("ask", "cause"), FORMS.values(), ids=FORMS)


async def row_of(axis: Axis, accepted: Accepted, recipient: str = SON_LA) -> DeliveryRow:
    row = await axis.exchange.store.delivery(accepted.message.number, recipient)
    assert row is not None
    return row


async def confirmed(axis: Axis, accepted: Accepted, recipient: str = SON_LA) -> Evidence:
    (evidence,) = await evidence_of(axis, accepted, Event.RECALL_CONFIRMED, recipient)
    return evidence


@each_form
async def test_what_nobody_fetched_disappears_with_evidence(axis: Axis, ask: Ask, cause: str) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    asked = await ask(axis, accepted)
    assert await axis.states(accepted) == {SON_LA: "taken_back", MAI_SON: "taken_back"}
    assert asked.answer.recipients == ()  # and nobody is told of what he never saw
    for recipient in (SON_LA, MAI_SON):
        assert await axis.fetch(recipient) == []
        evidence = await confirmed(axis, accepted, recipient)
        assert [r.code for r in evidence.reasons] == ["NEVER_FETCHED"]
        assert evidence.recall is not None
        assert (evidence.recall.message, evidence.recall.cause) == (asked.answer.message.id, cause)
    (request,) = await evidence_of(axis, accepted, Event.RECALL_REQUEST)
    assert [p.identifier for p in request.recipients] == [SON_LA, MAI_SON]
    assert [(r.code, r.details) for r in request.reasons] == [("TAKE_BACK", "Ban hành nhầm")]
    verified(axis, only(asked))


@each_form
async def test_what_was_handed_over_is_asked_for_and_given_back(axis: Axis, ask: Ask, cause: str) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    asked = await ask(axis, accepted)
    assert asked.answer.recipients == (SON_LA,)
    row = await row_of(axis, accepted)
    assert (row.state, row.pending) == (DeliveryState.HANDED_OVER, asked.answer.message.number)
    assert ids(await axis.take(SON_LA)) == [asked.answer.message.id]
    sealed = await axis.status(SON_LA, StatusCode.AGREED, accepted)
    assert verified(axis, only(sealed)).evidence.event is Event.RECALL_CONFIRMED
    assert await axis.states(accepted) == {SON_LA: "taken_back"}
    assert ids(await axis.take(VPCP)) == [sealed.answer.message.id]
    await refused(StatusOutOfOrder, axis.status(SON_LA, StatusCode.DISAGREED, accepted))


@each_form
async def test_what_was_handed_over_may_be_kept_with_a_reason(axis: Axis, ask: Ask, cause: str) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    await ask(axis, accepted)
    sealed = await axis.status(SON_LA, StatusCode.DISAGREED, accepted, reason="Đã giải quyết xong")
    evidence = verified(axis, only(sealed)).evidence
    assert evidence.event is Event.RECALL_REFUSED
    assert [(r.code, r.details) for r in evidence.reasons] == [("STATUS_16", "Đã giải quyết xong")]
    row = await row_of(axis, accepted)
    assert (row.state, row.pending) == (DeliveryState.HANDED_OVER, None)
    await refused(StatusOutOfOrder, axis.status(SON_LA, StatusCode.AGREED, accepted))
    await ask(axis, accepted)  # one may ask again
    await axis.status(SON_LA, StatusCode.AGREED, accepted)
    assert await axis.states(accepted) == {SON_LA: "taken_back"}


@each_form
async def test_what_a_worker_holds_waits_for_it_and_once_acknowledged_is_asked_for(
    axis: Axis, ask: Ask, cause: str
) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    items = pairs(await axis.fetch(SON_LA))
    asked = await ask(axis, accepted)
    row = await row_of(axis, accepted)
    assert (row.state, row.pending) == (DeliveryState.WAITING, asked.answer.message.number)
    (done,) = (await axis.acknowledge(SON_LA, items)).answer
    assert done.state is DeliveryState.HANDED_OVER
    assert (await row_of(axis, accepted)).pending == asked.answer.message.number
    axis.clock.forward(10 * LEASE)
    await axis.exchange.sweep()
    assert ids(await axis.take(SON_LA)) == [asked.answer.message.id]
    await axis.status(SON_LA, StatusCode.AGREED, accepted)
    assert await axis.states(accepted) == {SON_LA: "taken_back"}


@each_form
async def test_what_was_read_is_asked_for_long_after_its_lease(axis: Axis, ask: Ask, cause: str) -> None:
    """A lease is memory; that it was offered is on record, and its recipient may have it still."""
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.fetch(SON_LA)
    axis.clock.forward(10 * LEASE)
    asked = await ask(axis, accepted)
    assert asked.answer.recipients == (SON_LA,)
    assert await axis.exchange.sweep() == 0
    assert await axis.states(accepted) == {SON_LA: "waiting"}
    assert ids(await axis.fetch(SON_LA)) == [asked.answer.message.id]  # itself it is not offered anew
    sealed = await axis.status(SON_LA, StatusCode.AGREED, accepted)
    evidence = verified(axis, only(sealed)).evidence
    assert (evidence.event, evidence.reasons) == (Event.RECALL_CONFIRMED, ())
    assert evidence.counter is not None
    assert evidence.counter.digest == f"sha-256:{sealed.answer.message.sha256}"
    row = await row_of(axis, accepted)
    assert (row.state, row.pending, row.due_at) == (DeliveryState.TAKEN_BACK, None, None)


@each_form
async def test_who_keeps_what_it_read_is_offered_it_again(axis: Axis, ask: Ask, cause: str) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.fetch(SON_LA)
    asked = await ask(axis, accepted)
    axis.clock.forward(LEASE)
    assert ids(await axis.fetch(SON_LA)) == [asked.answer.message.id]
    assert await axis.fetch(SON_LA) == []  # a mailbox that was looked at
    await axis.status(SON_LA, StatusCode.DISAGREED, accepted, reason="Đang xử lý")
    row = await row_of(axis, accepted)
    assert (row.state, row.pending) == (DeliveryState.WAITING, None)
    assert ids(await axis.take(SON_LA)) == [accepted.message.id]
    assert await axis.states(accepted) == {SON_LA: "handed_over"}


async def test_what_was_not_asked_for_is_not_answered(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.fetch(SON_LA)
    for code in (StatusCode.AGREED, StatusCode.DISAGREED):
        await refused(StatusOutOfOrder, axis.status(SON_LA, code, accepted))


async def test_a_request_that_nobody_answers_ends_with_the_delivery(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await brief.fetch(SON_LA)
    await by_status(brief, accepted)
    for _ in range(2):
        brief.clock.forward(60 * LEASE)
        await brief.exchange.sweep()
    row = await row_of(brief, accepted)
    assert (row.state, row.pending) == (DeliveryState.EXPIRED, None)
    (end,) = await evidence_of(brief, accepted, Event.ACCEPTANCE_REJECTION_EXPIRY)
    assert [r.code for r in end.reasons] == ["FETCHED_NOT_ACKNOWLEDGED"]
    assert await evidence_of(brief, accepted, Event.RECALL_CONFIRMED) == []


async def test_who_reads_the_bytes_without_fetching_holds_them_too(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.exchange.content(axis.caller(SON_LA), accepted.message.id)
    asked = await by_status(axis, accepted)
    assert asked.answer.recipients == (SON_LA,)
    assert await axis.states(accepted) == {SON_LA: "waiting"}


@each_form
async def test_each_receiver_loses_it_in_his_own_way(axis: Axis, ask: Ask, cause: str) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON, HA_NOI, CHIENG_MUNG)).answer
    await axis.take(SON_LA)
    await axis.take(HA_NOI)
    await axis.status(HA_NOI, StatusCode.REFUSED, accepted)
    await axis.fetch(MAI_SON)
    asked = await ask(axis, accepted)
    assert sorted(asked.answer.recipients) == [SON_LA, MAI_SON]
    assert await axis.states(accepted) == {
        SON_LA: "handed_over",
        MAI_SON: "waiting",
        HA_NOI: "refused",
        CHIENG_MUNG: "taken_back",
    }


@each_form
async def test_where_nothing_is_left_the_request_is_refused(axis: Axis, ask: Ask, cause: str) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await ask(axis, accepted)
    refusal = await refused(NothingToTakeBack, ask(axis, accepted))
    assert f"{SON_LA} taken_back" in refusal.found


async def test_13_may_ask_one_receiver_alone(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.status(VPCP, StatusCode.TAKE_BACK, accepted, other="H52.21")
    assert await axis.states(accepted) == {SON_LA: "waiting", MAI_SON: "taken_back"}
    refusal = await refused(NothingToTakeBack, axis.status(VPCP, StatusCode.TAKE_BACK, accepted, other=HA_NOI))
    assert refusal.found == "none"


async def test_a_recall_takes_from_those_that_it_names(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.send(VPCP, MAI_SON, business=recall(accepted.message.document_id))
    assert await axis.states(accepted) == {SON_LA: "waiting", MAI_SON: "taken_back"}


@pytest.mark.parametrize("held", [False, True])
async def test_13_names_a_receiver_by_the_code_that_was_written(axis: Axis, held: bool) -> None:
    ended = msgspec.structs.replace(axis.exchange.directory[MAI_SON], valid_to=date(2025, 6, 30), successor=CHIENG_MUNG)
    await changed(axis, ended)
    accepted = (await axis.send(VPCP, MAI_SON)).answer
    if held:
        await axis.take(CHIENG_MUNG)
    asked = await axis.status(VPCP, StatusCode.TAKE_BACK, accepted, other=MAI_SON)
    assert asked.answer.recipients == ((CHIENG_MUNG,) if held else ())


async def test_who_holds_it_is_asked_though_a_successor_took_its_place_since(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, MAI_SON)).answer
    await axis.take(MAI_SON)
    ended = msgspec.structs.replace(axis.exchange.directory[MAI_SON], valid_to=date(2025, 6, 30), successor=CHIENG_MUNG)
    await changed(axis, ended)
    asked = await axis.send(VPCP, MAI_SON, business=recall(accepted.message.document_id))
    assert asked.answer.recipients == (MAI_SON,)
    assert ids(await axis.take(MAI_SON)) == [asked.answer.message.id]
    await axis.status(MAI_SON, StatusCode.AGREED, accepted)
    assert await axis.states(accepted) == {MAI_SON: "taken_back"}


async def test_a_recall_of_nothing_known_is_refused_with_evidence(axis: Axis) -> None:
    await axis.send(HA_NOI, SON_LA)
    others = (await axis.exchange.store.outbox(HA_NOI, 1))[0].document_id
    for named in ("unknown", others):
        data = axis.sign(axis.document(VPCP, [SON_LA], business=recall(named)))
        rejection(axis, await refused(StatusUnmatched, axis.submit(data, VPCP)), data)


async def test_a_recall_is_no_document_to_be_recalled(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    asked = (await axis.send(VPCP, SON_LA, business=recall(accepted.message.document_id))).answer
    await refused(StatusUnmatched, axis.send(VPCP, SON_LA, business=recall(asked.message.document_id)))
    named = a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=asked.message.document_id)
    await refused(StatusUnmatched, report(axis, named))


async def test_a_take_back_by_code_means_the_one_that_is_left(axis: Axis) -> None:
    old = (await axis.send(VPCP, SON_LA)).answer
    new = (await axis.send(VPCP, SON_LA, code=axis_code(old))).answer
    named = a_status(VPCP, StatusCode.TAKE_BACK, VPCP, number=old.message.code, by="một")
    refusal = await refused(StatusAmbiguous, report(axis, named))
    assert refusal.facts["documents"] == [new.message.id, old.message.id]
    await report(axis, a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=new.message.document_id))
    assert (await axis.states(old), await axis.states(new)) == ({SON_LA: "waiting"}, {SON_LA: "taken_back"})
    await report(axis, a_status(VPCP, StatusCode.TAKE_BACK, VPCP, number=old.message.code, by="hai"))
    assert await axis.states(old) == {SON_LA: "taken_back"}


async def test_a_take_back_that_comes_again_is_the_same_take_back(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    data = axis.sign(a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=accepted.message.document_id))
    first, again = await axis.submit(data, VPCP), await axis.submit(data, VPCP)
    assert (again.answer.repeated, only(again)) == (True, only(first))
    assert len(await evidence_of(axis, accepted, Event.RECALL_CONFIRMED)) == 1


async def test_a_request_goes_in_the_lane_of_what_it_asks_back(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, other=priority(3))).answer
    await axis.take(SON_LA)
    await axis.send(VPCP, SON_LA)
    asked = (await by_status(axis, accepted)).answer
    assert ids(await axis.fetch(SON_LA, 1)) == [asked.message.id]


# updates and replacements


def axis_code(accepted: Accepted) -> Code:
    number, _, notation = accepted.message.code.partition("/")
    return Code(number, notation)


async def test_an_update_reaches_those_it_adds_and_takes_from_those_it_removes(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA, MAI_SON, HA_NOI)).answer
    await axis.take(HA_NOI)
    named = original.message.document_id
    changes = update(named, added=["H52.13", CHIENG_MUNG], removed=["H52.21", HA_NOI])
    asked = (await axis.send(VPCP, SON_LA, document_id=named, business=changes)).answer
    assert asked.message.business is Business.UPDATE
    assert asked.message.about == original.message.number
    # named, added, and the one that was removed but holds it and so must answer
    assert asked.recipients == (SON_LA, "000.00.13.H52", CHIENG_MUNG, HA_NOI)
    assert await axis.states(original) == {SON_LA: "waiting", MAI_SON: "taken_back", HA_NOI: "handed_over"}
    evidence = await confirmed(axis, original, MAI_SON)
    assert evidence.recall is not None
    assert (evidence.recall.message, evidence.recall.cause) == (asked.message.id, "update")
    await axis.take(HA_NOI)
    await axis.status(HA_NOI, StatusCode.AGREED, original)
    assert (await axis.states(original))[HA_NOI] == "taken_back"
    assert (await axis.states(asked))[HA_NOI] == "handed_over"  # the record of the take-back stays (NĐ 30 Art. 18.4)


async def test_an_update_is_agreed_to_or_not_and_takes_nothing_from_those_who_stay(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    for agency in (SON_LA, MAI_SON):
        await axis.take(agency)
    changes = (await axis.send(VPCP, SON_LA, MAI_SON, business=update(original.message.document_id))).answer
    for agency in (SON_LA, MAI_SON):
        await axis.take(agency)
    await axis.status(SON_LA, StatusCode.AGREED, changes)
    await axis.status(MAI_SON, StatusCode.DISAGREED, changes)
    assert await axis.states(original) == {SON_LA: "handed_over", MAI_SON: "handed_over"}
    assert await axis.states(changes) == {SON_LA: "handed_over", MAI_SON: "handed_over"}
    assert len(await evidence_of(axis, changes, Event.BUSINESS_STATUS)) == 2


async def test_an_update_of_what_the_axis_does_not_hold_is_accepted_with_a_notice(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, business=update("sent on paper"))).answer
    assert [(n.code, n.subjects) for n in accepted.notices] == [("ORIGINAL_UNKNOWN", ("sent on paper",))]
    assert await axis.states(accepted) == {SON_LA: "waiting"}


async def test_two_updates_under_one_id_are_two_and_the_same_bytes_are_one(axis: Axis) -> None:
    named = (await axis.send(VPCP, SON_LA)).answer.message.document_id
    first = axis.sign(axis.document(VPCP, [SON_LA], document_id=named, business=update(named)))
    second = axis.sign(axis.document(VPCP, [MAI_SON], document_id=named, business=update(named)))
    repeated = [(await axis.submit(data, VPCP)).answer.repeated for data in (first, second, first)]
    assert repeated == [False, False, True]


async def test_a_replacement_takes_the_old_one_back_where_it_says(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA, MAI_SON, HA_NOI)).answer
    await axis.take(SON_LA)
    named = original.message.document_id
    fresh = (await axis.send(VPCP, SON_LA, MAI_SON, business=replacement(named, [SON_LA, "H52.21"]))).answer
    assert fresh.message.about == original.message.number
    assert await axis.states(original) == {SON_LA: "handed_over", MAI_SON: "taken_back", HA_NOI: "waiting"}
    assert await axis.states(fresh) == {SON_LA: "waiting", MAI_SON: "waiting"}
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.AGREED, original)
    assert (await axis.states(original))[SON_LA] == "taken_back"


async def test_a_replacement_that_names_no_agencies_takes_it_from_all(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    fresh = (await axis.send(VPCP, SON_LA, business=replacement(original.message.document_id, []))).answer
    assert await axis.states(original) == {SON_LA: "taken_back", MAI_SON: "taken_back"}
    assert await axis.states(fresh) == {SON_LA: "waiting"}


async def test_a_replacement_may_name_the_original_where_a_recall_names_it(axis: Axis) -> None:
    original = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    business = msgspec.structs.replace(recall(original.message.document_id), type=Business.REPLACEMENT)
    await axis.send(VPCP, SON_LA, business=business)
    assert await axis.states(original) == {SON_LA: "taken_back", MAI_SON: "taken_back"}


async def test_a_replacement_of_several_takes_each_back(axis: Axis) -> None:
    originals = [(await axis.send(VPCP, SON_LA)).answer for _ in range(3)]
    business = replacement(originals[0].message.document_id, [])
    named = tuple(
        msgspec.structs.replace(business.replacements[0], document_id=o.message.document_id) for o in originals[:2]
    )
    await axis.send(VPCP, SON_LA, business=msgspec.structs.replace(business, replacements=named))
    states = [(await axis.states(o))[SON_LA] for o in originals]
    assert states == ["taken_back", "taken_back", "waiting"]


async def test_both_ends_are_told_of_what_was_taken_back_and_of_what_waits_for_an_answer(axis: Axis) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.take(SON_LA)
    with axis.exchange.notices.subscribed([VPCP, MAI_SON]) as subscription:
        await by_status(axis, accepted)
        told = sorted((h.agency, h.what) for h in subscription.drain())
    assert told == [
        (VPCP, "take-back-pending"),
        (VPCP, "taken-back"),
        (MAI_SON, "taken-back"),  # nobody asks it: the document had never been offered
    ]


@each_form
async def test_who_never_had_it_hears_once_that_it_was_taken_back_then_and_ever_after(
    axis: Axis, ask: Ask, cause: str
) -> None:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.take(SON_LA)
    before = await axis.exchange.store.last_checkpoint()
    with axis.exchange.notices.subscribed([VPCP, SON_LA, MAI_SON]) as subscription:
        await ask(axis, accepted)
        live = subscription.drain()
    heard = {code: [h.what for h in live if h.agency == code and h.what != "arrival"] for code in (SON_LA, MAI_SON)}
    assert heard == {SON_LA: ["take-back-asked"], MAI_SON: ["taken-back"]}
    after = await axis.exchange.store.last_checkpoint()
    assert before is not None
    assert after is not None
    for code in (VPCP, SON_LA, MAI_SON):
        again = [
            happening
            for row in await axis.exchange.store.concerning(code, before.size, after.size)
            for happening in (await of_leaf(axis.exchange.store, code, *row)).happenings
        ]
        assert again == [h for h in live if h.agency == code], "the record tells what was told"
