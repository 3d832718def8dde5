"""Accept: what the answer promises, what it says the second time, and what a refusal leaves behind."""

from __future__ import annotations

import asyncio
from datetime import date

import msgspec
import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from hub.admission.submission import Caller
from hub.core import edxml
from hub.core.edxml import Code
from hub.core.errors import (
    Forbidden,
    IdentityConflict,
    InvalidFields,
    MalformedXml,
    NotFound,
    Refusal,
    SenderNotAllowed,
    SignatureRefusal,
    StateSecret,
    UndeliverableRecipients,
    Verdict,
    XmlTooComplex,
)
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, SignaturePolicy
from hub.core.signature import xmldsig
from tests.exchange.kit import changed, evidence_of, only, refused, rejection, verified
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP, Axis, digest, organ
from tests.support.sized import sized

EDGE = 64 * 1024


async def test_an_acceptance_is_proved_without_the_hub(axis: Axis) -> None:
    sealed = await axis.send(VPCP, SON_LA, MAI_SON)
    message = sealed.answer.message
    proved = verified(axis, only(sealed), axis.sent[message.id])
    evidence = proved.evidence
    assert (evidence.event, evidence.message) == (Event.SUBMISSION_ACCEPTANCE, message.id)
    assert [party.identifier for party in evidence.recipients] == [SON_LA, MAI_SON]
    assert evidence.content is not None
    assert evidence.content.document_id == message.document_id
    assert evidence.signature is not None
    certificate = axis.profile.agency(VPCP).certificate
    assert evidence.signature.verdict == "VALID"
    assert evidence.signature.certificate == f"sha-256:{certificate.fingerprint(SHA256()).hex()}"
    assert evidence.sender is not None
    assert (evidence.sender.identifier, evidence.sender.auth_method) == (VPCP, "test")
    assert (proved.index, proved.document_checked) == (message.leaf, True)
    assert await axis.states(sealed.answer) == {SON_LA: "waiting", MAI_SON: "waiting"}


async def test_the_same_bytes_again_give_the_same_receipt_byte_for_byte(axis: Axis) -> None:
    first = await axis.send(VPCP, SON_LA)
    data = axis.sent[first.answer.message.id]
    for _ in range(3):
        await axis.send(HA_NOI, SON_LA)  # the log grows meanwhile
    again = await axis.submit(data, VPCP)
    assert (first.answer.repeated, again.answer.repeated) == (False, True)
    assert again.answer.message == first.answer.message
    assert again.answer.recipients == first.answer.recipients
    assert only(again) == only(first)
    assert len(await axis.fetch(SON_LA)) == 4  # and nothing was delivered twice


async def test_a_repetition_is_recognised_after_the_document_was_handed_over_and_refused(axis: Axis) -> None:
    first = await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    assert only(await axis.submit(axis.sent[first.answer.message.id], VPCP)) == only(first)
    assert await axis.states(first.answer) == {SON_LA: "handed_over"}


async def test_the_same_bytes_many_times_at_once_are_one_document(axis: Axis) -> None:
    data = axis.sign(axis.document(VPCP, [SON_LA]))
    sealed = await asyncio.gather(*(axis.submit(data, VPCP) for _ in range(12)))
    assert sorted(s.answer.repeated for s in sealed) == [False] + [True] * 11
    assert len({only(s) for s in sealed}) == 1
    assert len(await axis.fetch(SON_LA)) == 1


async def test_other_bytes_under_the_same_identity_are_a_conflict_with_evidence(axis: Axis) -> None:
    document = axis.document(VPCP, [SON_LA])
    first = await axis.submit(axis.sign(document), VPCP)
    other = axis.sign(msgspec.structs.replace(document, subject="V/v khác"))
    conflict = await refused(IdentityConflict, axis.submit(other, VPCP))
    assert conflict.facts["message"] == first.answer.message.id
    assert (conflict.expected, conflict.found) == (
        f"sha-256 {first.answer.message.sha256}",
        f"sha-256 {digest(other)}",
    )
    evidence = rejection(axis, conflict, other)
    assert evidence.sender is not None
    assert evidence.sender.identifier == VPCP
    assert len(await axis.fetch(SON_LA)) == 1


async def test_one_identity_of_two_senders_is_two_documents(axis: Axis) -> None:
    document = axis.document(VPCP, [SON_LA])
    await axis.submit(axis.sign(document), VPCP)
    other = msgspec.structs.replace(document, sender=organ(HA_NOI))
    assert not (await axis.submit(axis.sign(other), HA_NOI)).answer.repeated


async def test_a_second_number_of_the_year_is_accepted_with_the_warning_of_the_law(axis: Axis) -> None:
    first = await axis.send(VPCP, SON_LA)
    twin = await axis.send(VPCP, SON_LA, code=first_code(first.answer.message.code))
    (notice,) = twin.answer.notices
    assert (notice.code, notice.subjects) == ("DUPLICATE_CODE", (first.answer.message.id,))
    assert first.answer.notices == ()
    other_year = await axis.send(
        VPCP, SON_LA, code=first_code(first.answer.message.code), promulgation_date=date(2025, 12, 31)
    )
    assert other_year.answer.notices == ()
    elsewhere = await axis.send(HA_NOI, SON_LA, code=first_code(first.answer.message.code))
    assert elsewhere.answer.notices == ()


def first_code(text: str) -> Code:
    number, _, notation = text.partition("/")
    return Code(number, notation)


async def test_what_is_for_an_ended_agency_goes_to_its_successor_and_the_evidence_says_so(axis: Axis) -> None:
    ended = msgspec.structs.replace(axis.exchange.directory[MAI_SON], valid_to=date(2025, 6, 30), successor=CHIENG_MUNG)
    await changed(axis, ended)
    sealed = await axis.send(VPCP, MAI_SON, SON_LA)
    evidence = verified(axis, only(sealed)).evidence
    assert [party.identifier for party in evidence.recipients] == [CHIENG_MUNG, SON_LA]
    assert [(r.code, r.details) for r in evidence.reasons] == [("FORWARDED", f"{MAI_SON} {CHIENG_MUNG}")]
    (notice,) = sealed.answer.notices
    assert (notice.code, notice.subjects) == ("FORWARDED", (f"{MAI_SON} → {CHIENG_MUNG}",))
    row = await axis.exchange.store.delivery(sealed.answer.message.number, CHIENG_MUNG)
    assert row is not None
    assert row.forwarded_from == MAI_SON
    assert len(await axis.take(CHIENG_MUNG)) == 1


async def test_of_unknown_recipients_all_are_named_and_nobody_gets_it(axis: Axis) -> None:
    suspended = msgspec.structs.replace(axis.exchange.directory[HA_NOI], suspended=True)
    await changed(axis, suspended)
    data = axis.sign(axis.document(VPCP, [SON_LA, "000.99.99.X01", HA_NOI, "X02"]))
    refusal = await refused(UndeliverableRecipients, axis.submit(data, VPCP))
    assert refusal.facts["recipients"] == {"000.99.99.X01": "unknown", HA_NOI: "suspended", "X02": "unknown"}
    assert "000.99.99.X01" in rejection(axis, refusal, data).reasons[0].details
    assert await axis.fetch(SON_LA) == []


async def test_more_recipients_than_the_axis_serves_at_once_are_refused(axis: Axis) -> None:
    limits = msgspec.structs.replace(axis.exchange.settings.limits, recipients=2)
    axis.exchange.settings = axis.exchange.examiner._settings = msgspec.structs.replace(
        axis.exchange.settings, limits=limits
    )
    data = axis.sign(axis.document(VPCP, [SON_LA, HA_NOI, MAI_SON]))
    refusal = await refused(XmlTooComplex, axis.submit(data, VPCP))
    assert rejection(axis, refusal, data).reasons[0].details == "3"
    assert (await axis.submit(axis.sign(axis.document(VPCP, [SON_LA, HA_NOI])), VPCP)).answer.recipients


async def test_a_document_in_the_name_of_another_is_refused_and_recorded_to_the_caller(axis: Axis) -> None:
    data = axis.sign(axis.document(VPCP, [SON_LA]))
    refusal = await refused(SenderNotAllowed, axis.submit(data, HA_NOI))
    evidence = rejection(axis, refusal, data)
    assert evidence.sender is not None
    assert evidence.sequence is not None
    assert (evidence.sender.identifier, evidence.sequence.agency, evidence.sequence.direction) == (
        HA_NOI,
        HA_NOI,
        "out",
    )


async def test_a_centre_sends_for_its_agency_with_the_agencys_signature_or_not_at_all(axis: Axis) -> None:
    await changed(axis, msgspec.structs.replace(axis.exchange.directory[MAI_SON], centre=SON_LA))
    data = axis.sign(axis.document(MAI_SON, [VPCP]))
    sealed = await axis.submit(data, SON_LA)
    evidence = verified(axis, only(sealed), data).evidence
    assert sealed.answer.message.sender == MAI_SON
    assert evidence.sequence is not None
    assert (evidence.sequence.agency, evidence.sequence.direction) == (MAI_SON, "out")
    # Its own key signs nothing for the agency, and an agency nothing for its centre.
    document = axis.document(MAI_SON, [VPCP])
    credential = axis.credential(SON_LA)
    forged = xmldsig.sign(edxml.build(document), credential.key, credential.chain)
    refusal = await refused(SignatureRefusal, axis.submit(forged, SON_LA))
    assert refusal.verdict is Verdict.IDENTITY_MISMATCH
    await refused(SenderNotAllowed, axis.submit(axis.sign(axis.document(SON_LA, [VPCP])), MAI_SON))


async def test_an_agency_is_known_by_either_code(axis: Axis) -> None:
    data = axis.sign(axis.document(VPCP, ["H52", "H52.21"]))
    sealed = await axis.submit(data, VPCP)
    assert sealed.answer.recipients == (SON_LA, MAI_SON)


async def test_an_unsigned_document_is_refused_or_recorded_by_the_policy_of_its_sender(axis: Axis) -> None:
    data = edxml.build(axis.document(VPCP, [SON_LA]))
    refusal = await refused(SignatureRefusal, axis.submit(data, VPCP))
    assert (refusal.verdict, rejection(axis, refusal, data).reasons[0].code) == (Verdict.ABSENT, "SIGNATURE_ABSENT")
    lenient = msgspec.structs.replace(axis.exchange.directory[VPCP], signature_policy=SignaturePolicy.RECORD)
    await changed(axis, lenient)
    sealed = await axis.submit(data, VPCP)
    evidence = verified(axis, only(sealed), data).evidence
    assert evidence.signature is not None
    assert (evidence.signature.verdict, evidence.signature.alg, evidence.signature.certificate) == ("ABSENT", "", "")
    assert sealed.answer.message.verdict == "ABSENT"


async def test_a_signature_that_does_not_hold_is_labelled_never_valid(axis: Axis) -> None:
    await changed(axis, msgspec.structs.replace(axis.exchange.directory[VPCP], signature_policy=SignaturePolicy.RECORD))
    signed = axis.sign(axis.document(VPCP, [SON_LA]))
    altered = signed.replace("đơn giản hóa".encode(), "phức tạp hóa".encode())
    assert altered != signed
    sealed = await axis.submit(altered, VPCP)
    assert sealed.answer.message.verdict == "DIGEST_MISMATCH"
    (evidence,) = await evidence_of(axis, sealed.answer, Event.SUBMISSION_ACCEPTANCE)
    assert evidence.signature is not None
    assert evidence.signature.verdict == "DIGEST_MISMATCH"


REFUSED = {
    "nothing": (b"", MalformedXml),
    "no XML": (b"%PDF-1.4", MalformedXml),
    "a state secret": ("Độ mật: Mật", StateSecret),
    "no abstract": ("", InvalidFields),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_refusal_leaves_evidence_and_no_document(axis: Axis, what: str) -> None:
    given, kind = REFUSED[what]
    data = given if isinstance(given, bytes) else axis.sign(axis.document(VPCP, [SON_LA], subject=given))
    refusal: Refusal = await refused(kind, axis.submit(data, VPCP))
    evidence = rejection(axis, refusal, data)
    assert evidence.message == ""
    assert evidence.sequence is not None
    assert (evidence.sequence.agency, evidence.sequence.n) == (VPCP, 1)
    assert await axis.exchange.store.message(1) is None
    assert await axis.fetch(SON_LA) == []


async def test_a_refusal_may_be_mended_and_sent_again(axis: Axis) -> None:
    document = axis.document(VPCP, [SON_LA], subject="Mật")
    await refused(StateSecret, axis.submit(axis.sign(document), VPCP))
    mended = msgspec.structs.replace(document, subject="V/v nuôi ong lấy mật")
    assert not (await axis.submit(axis.sign(mended), VPCP)).answer.repeated


@pytest.mark.parametrize("size", [EDGE - 1, EDGE, EDGE + 1, 3 * EDGE])
async def test_bytes_received_are_bytes_delivered_whatever_their_size(axis: Axis, size: int) -> None:
    data = sized(axis, size)
    sealed = await axis.submit(data, VPCP)
    again = await axis.submit(data, VPCP)
    message = sealed.answer.message
    assert (message.size, again.answer.repeated, only(again)) == (size, True, only(sealed))
    (item,) = await axis.fetch(SON_LA)
    assert item.entry.message == message
    _, inline = await axis.exchange.content(axis.caller(SON_LA), message.id)
    path = axis.exchange.blobs.path(message.sha256)
    assert (inline is None) == path.exists() == (size > EDGE)
    assert (inline if inline is not None else path.read_bytes()) == data
    verified(axis, only(sealed), data)


async def test_documents_in_flight_together_keep_their_own_bytes_and_receipts(axis: Axis) -> None:
    sent = [axis.sign(axis.document(VPCP, [SON_LA])) for _ in range(20)] + [sized(axis, EDGE + 9 * n) for n in range(3)]
    sealed = await asyncio.gather(*(axis.submit(data, VPCP) for data in sent))
    for data, answer in zip(sent, sealed, strict=True):
        verified(axis, only(answer), data)
        message, inline = await axis.exchange.content(axis.caller(SON_LA), answer.answer.message.id)
        assert (inline if inline is not None else axis.exchange.blobs.path(message.sha256).read_bytes()) == data


async def test_content_is_for_its_ends_only_and_only_while_it_may_be_read(axis: Axis) -> None:
    sealed = await axis.send(VPCP, SON_LA)
    identifier = sealed.answer.message.id
    for stranger in (HA_NOI, SO_TTTT):
        await refused(NotFound, axis.exchange.content(axis.caller(stranger), identifier))
    unknown = identifier[:-1] + ("0" if identifier[-1] != "0" else "2")
    for wrong in (unknown, "urn:uuid:no", ""):
        await refused(NotFound, axis.exchange.content(axis.caller(SON_LA), wrong))
    for end in (VPCP, SON_LA):
        _, data = await axis.exchange.content(axis.caller(end), identifier)
        assert data == axis.sent[identifier]


async def test_a_centre_reads_for_all_its_agencies_and_holds_what_it_read(axis: Axis) -> None:
    for code in (MAI_SON, CHIENG_MUNG):
        await changed(axis, msgspec.structs.replace(axis.exchange.directory[code], centre=SO_TTTT))
    sealed = await axis.send(VPCP, MAI_SON, CHIENG_MUNG)
    message = sealed.answer.message
    centre = axis.caller(SO_TTTT)
    await axis.exchange.content(centre, message.id)
    held = [axis.exchange.leases.holds(code, message.number, axis.clock()) for code in (MAI_SON, CHIENG_MUNG)]
    assert held == [True, True]
    # One of the two is refused by its agency, the other is still there to be read.
    leased = await axis.exchange.store.inbox(CHIENG_MUNG, DeliveryState.WAITING, 10)
    await axis.exchange.acknowledge_unsigned(centre, CHIENG_MUNG, [(message.id, leased[0].message.sha256)])
    _, row = await axis.exchange.visible(centre, message.id)
    assert row is not None


async def test_nobody_is_represented_without_being_registered_for_it(axis: Axis) -> None:
    assert axis.exchange.represented(axis.caller(SON_LA), "").code == SON_LA
    assert axis.exchange.represented(axis.caller(SON_LA), "H52").code == SON_LA
    for code in (VPCP, MAI_SON, "X99"):
        with pytest.raises(Forbidden):
            axis.exchange.represented(axis.caller(SON_LA), code)
    with pytest.raises(Forbidden):
        axis.exchange.represented(Caller("X99", "agency", "test"), "")
