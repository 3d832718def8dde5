"""A bundle is judged alone: the whole life verifies, and each step fails for what it is there for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from hashlib import sha256

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import edxml
from hub.core.bundle import contents as bundles
from hub.core.bundle import zipstore
from hub.core.bundle.audit import verify
from hub.core.bundle.contents import numbered
from hub.core.errors import ProofInvalid
from hub.core.evidence import acknowledgement
from hub.core.evidence import format as ev
from hub.core.evidence.acknowledgement import Acknowledgement, Item, Outcome
from hub.core.evidence.format import Event
from hub.core.log import note
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.policy import parse as parse_policy
from hub.core.log.seal import Sealer
from hub.core.model import Millis, StatusCode, from_iso_utc, iso_utc
from hub.core.signature import jws, xmldsig
from hub.core.signature.anchors import Anchors
from hub.pki.issue import Revocation, make_crl
from tests.core.bundle.kit import Life, Story, failed, forge, remade, results, story, without
from tests.exchange.kit import a_status
from tests.support.axis import CHIENG_MUNG, HA_NOI, HOUR, MAI_SON, NOON, SON_LA, VPCP


def test_a_whole_life_verifies_with_the_root_and_the_logs_key_alone(life: Life) -> None:
    report = life.verify(life.data)
    assert failed(report) == []
    assert results(report) == ["passed"] * 5 + ["absent"] + ["passed"] * 3  # one recipient could not sign
    facts = report.facts
    assert facts.recipients == {
        SON_LA: "accepted",
        MAI_SON: "taken_back",
        HA_NOI: "handed_over",
        CHIENG_MUNG: "expired",
    }
    assert (facts.message, facts.sender, facts.sha256) == (life.message.id, VPCP, life.message.sha256)
    assert facts.countersigned == 3
    assert facts.sealed == len(facts.events) == 8
    assert len(facts.time_stamps) == 2
    assert "không ký" in report.steps[5].notes[1].vi


def test_the_same_life_gives_the_same_bytes_and_every_zip_program_reads_them(life: Life) -> None:
    with zipfile.ZipFile(io.BytesIO(life.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["manifest.json", *sorted(names[1:])]
        assert archive.read("document.edxml") == life.document
    assert bundles.write(bundles.read(life.data)) == life.data


def test_without_the_document_its_signature_is_not_judged_and_said_so(life: Life) -> None:
    report = life.verify(life.bare)
    assert failed(report) == []
    assert results(report)[4:6] == ["not enclosed", "not enclosed"]
    given = life.verify(life.bare, document=life.document)
    assert results(given)[4] == "passed"
    assert not life.verify(life.bare, strict=True).ok


def test_a_recipients_bundle_holds_its_part_and_no_more(life: Life) -> None:
    report = life.verify(life.mine)
    assert failed(report) == []
    assert report.facts.recipients == {SON_LA: "accepted"}
    assert {code for _, _, event, codes in report.facts.events for code in codes if event == "ContentHandover"} == {
        SON_LA
    }


# somebody without keys: change of the file → the step that fails


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def swapped(place: str, suffix: str) -> Callable[[dict[str, bytes]], None]:
    """Exchanges two members of one kind."""

    def change(members: dict[str, bytes]) -> None:
        first, second, *_ = [n for n in sorted(members) if n.startswith(place) and n.endswith(suffix)]
        members[first], members[second] = members[second], members[first]

    return change


def put(name_part: str, make: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        name = next(n for n in sorted(members) if name_part in n)
        members[name] = make(members[name])

    return change


def compressed(life: Life) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in bundles.read(life.data).members.items():
            archive.writestr(name, data)
    return target.getvalue()


def with_strange_member(life: Life) -> bytes:
    members = list(zipstore.read(life.data, lambda name: 1 << 30).items())
    return zipstore.write([*members, ("../../etc/passwd", b"")])


def unlisted(life: Life) -> bytes:
    members = [(n, d) for n, d in zipstore.read(life.data, lambda name: 1 << 30).items() if n != "document.edxml"]
    return zipstore.write(members)


def another_fork(life: Life) -> Callable[[dict[str, bytes]], None]:
    """An earlier checkpoint that the log signed too, of another tree."""

    def change(members: dict[str, bytes]) -> None:
        name = next(n for n in sorted(members) if n.startswith("checkpoints/") and n.endswith(".note"))
        real = note.parse(members[name]).checkpoint
        key = Signer.from_seed(real.origin, life.profile.note_key("log").private_bytes_raw())
        members[name] = note.sign(Checkpoint(real.origin, real.size, sha256(b"fork").digest()), [key])

    return change


def foreign_log(members: dict[str, bytes]) -> None:
    checkpoint = note.parse(members["checkpoint.note"]).checkpoint
    members["checkpoint.note"] = note.sign(checkpoint, [Signer.from_seed(checkpoint.origin, b"x" * 32)])


def one_more_from(other: bytes) -> Callable[[dict[str, bytes]], None]:
    """Evidence of another document of the same log."""

    def change(members: dict[str, bytes]) -> None:
        theirs = bundles.read(other).members
        for name in [n for n in theirs if n.startswith(("evidence/", "receipts/", "checkpoints/", "seals/"))]:
            members.setdefault(name, theirs[name])

    return change


OUTSIDER: dict[str, tuple[int, Callable[[Life], bytes]]] = {
    "a byte of the document": (1, lambda a: flipped(a.data, a.data.index(b"edXMLHeader"))),
    "a byte behind the end": (1, lambda a: a.data + b"\0"),
    "cut short": (1, lambda a: a.data[:-30]),
    "compressed": (1, compressed),
    "a member of a strange name": (1, with_strange_member),
    "a member missing from the file": (1, unlisted),
    "a certificate under another's digest": (1, lambda a: remade(a.data, swapped("certificates/", ".cer"))),
    "no zip at all": (1, lambda a: b"PK\x05\x06" + bytes(18)),
    "a checkpoint of another log": (2, lambda a: remade(a.data, foreign_log)),
    "an earlier checkpoint of a fork": (2, lambda a: remade(a.data, another_fork(a))),
    "consistency proofs exchanged": (2, lambda a: remade(a.data, swapped("checkpoints/", ".proof"))),
    "a checkpoint without its proof": (2, lambda a: remade(a.data, without(".proof"))),
    "evidence exchanged": (3, lambda a: remade(a.data, swapped("evidence/", ".tlog-proof"))),
    "first receipts exchanged": (3, lambda a: remade(a.data, swapped("receipts/", ".tlog-proof"))),
    "an evidence left out": (
        3,
        lambda a: remade(a.data, lambda m: m.pop(min(n for n in m if n.startswith("evidence/"))) and None),
    ),
    "a change of the directory exchanged": (3, lambda a: remade(a.data, swapped("directory/", ".json"))),
    "the bundle of another message": (
        4,
        lambda a: remade(a.data, lambda m: None, message=bundles.read(a.other).message),
    ),
    "the view of a stranger": (4, lambda a: remade(a.data, lambda m: None, recipients=("000.00.00.H99",))),
    "another document": (4, lambda a: remade(a.data, put("document.edxml", lambda d: d + b"\n"))),
    "no binding of certificates": (5, lambda a: remade(a.data, without("directory/"))),
    "no revocation lists": (5, lambda a: remade(a.data, without("crls/"))),
    "no certificates": (5, lambda a: remade(a.data, without("certificates/"))),
    "an acknowledgement left out": (6, lambda a: remade(a.data, drop_acknowledgements)),
    "a view of one, with the events of all": (7, lambda a: remade(a.data, lambda m: None, recipients=(SON_LA,))),
    "a seal left out": (
        8,
        lambda a: remade(a.data, lambda m: m.pop(min(n for n in m if n.startswith("seals/"))) and None),
    ),
    "seals exchanged": (8, lambda a: remade(a.data, swapped("seals/", ".jws"))),
    "tokens exchanged": (9, lambda a: remade(a.data, swapped("timestamps/", ".tst"))),
    "a token's proof for another": (9, lambda a: remade(a.data, swapped("timestamps/", ".tlog-proof"))),
}


def drop_acknowledgements(members: dict[str, bytes]) -> None:
    for name in [n for n in members if n.startswith("counters/") and n.endswith(".jws")]:
        del members[name]


@pytest.mark.parametrize("change", OUTSIDER)
def test_each_step_fails_for_a_change_by_somebody_without_keys(life: Life, change: str) -> None:
    step, make = OUTSIDER[change]
    report = life.verify(make(life))
    assert failed(report)[:1] == [step], [(s.number, s.problem.en) for s in report.steps if s.result == "failed"]
    assert report.steps[step - 1].problem.vi


def test_evidence_of_another_document_does_not_belong(life: Life) -> None:
    """From a bundle that was made later, so under its own checkpoint: then nothing of it fits here."""
    assert failed(life.verify(remade(life.data, one_more_from(life.other))))


# a hub that lies: what it tells → the step that fails


def acknowledged(
    life: Life,
    told: Story,
    *,
    by: str = SON_LA,
    sha: str = "",
    recipient: str = SON_LA,
    outcome: Outcome = Outcome.CONTENT_HANDOVER,
) -> None:
    """The hand-over to SON_LA with an acknowledgement of the forger's choice."""
    credential = life.profile.agency(by)
    number = told.index(Event.CONTENT_HANDOVER, SON_LA)
    item = Item(told.message, sha or life.message.sha256, outcome)
    said = Acknowledgement(recipient, told.evidence[number].at, (item,))
    token = acknowledgement.sign(said, credential.key, jws.key_id(credential.certificate))
    der = credential.certificate.public_bytes(Encoding.DER)
    told.other[f"certificates/{sha256(der).hexdigest()}.cer"] = der
    told.countersign(number, token.encode())


def reported(
    life: Life, told: Story, *, code: StatusCode = StatusCode.ACCEPTED, by: str = SON_LA, document: str = ""
) -> None:
    status = a_status(by, code, VPCP, document_id=document or life.message.document_id)
    credential = life.profile.agency(by)
    signed = xmldsig.sign(edxml.build(status), credential.key, credential.chain)
    told.countersign(told.index(Event.CONSIGNMENT_ACCEPTANCE), signed, "edxml")


def lie(change: Callable[[Life, Story], object]) -> Callable[[Life], bytes]:
    def make(life: Life) -> bytes:
        told = story(life)
        change(life, told)
        return forge(life, told)

    return make


def without_event(told: Story, event: Event, recipient: str = "") -> None:
    del told.evidence[told.index(event, recipient)]


def again(told: Story, event: Event, recipient: str) -> None:
    told.evidence.append(told.evidence[told.index(event, recipient)])
    told.edit(-1, event_time=told.evidence[-2].event_time)


def later(told: Story, number: int, ms: int) -> None:
    told.edit(number, event_time=iso_utc(Millis(told.evidence[number].at + ms)))


def other_seal(life: Life, told: Story) -> None:
    credential = life.profile.agency(VPCP)
    told.sealer = Sealer.of(credential.key, credential.certificate)


def chained(told: Story, previous: str) -> None:
    for number in (1, 2):
        told.edit(number, sequence=ev.Sequence(SON_LA, "in", 5 + number, "sha-256:" + (previous or "0" * 64)))


LIAR: dict[str, tuple[int, Callable[[Life], bytes]]] = {
    "another document's digest": (
        4,
        lie(lambda a, t: t.edit(2, content=ev.Content.of(a.message.document_id, b"x" * 32))),
    ),
    "another sender": (4, lie(lambda a, t: t.edit(1, sender=ev.Party(HA_NOI)))),
    "another issuer": (4, lie(lambda a, t: t.edit(1, issuer=ev.Party("elsewhere.example/log")))),
    "no acceptance": (4, lie(lambda a, t: without_event(t, Event.SUBMISSION_ACCEPTANCE))),
    "two acceptances": (4, lie(lambda a, t: t.evidence.append(t.evidence[0]))),
    "a recipient that was never named": (4, lie(lambda a, t: t.edit(1, recipients=(ev.Party("000.00.00.H99"),)))),
    "another certificate than the document's": (
        5,
        lie(lambda a, t: t.edit(0, signature=ev.SignatureMark("VALID", "ecdsa-sha256", ack_certificate(a)))),
    ),
    "another algorithm": (
        5,
        lie(lambda a, t: t.edit(0, signature=msgspec.structs.replace(t.evidence[0].signature, alg="rsa-sha256"))),
    ),
    "accepted before the certificate was registered": (
        5,
        lie(lambda a, t: [t.edit(0, submission_time="2026-11-01T00:00:00.000Z")]),
    ),
    "a hand-over without counter-signature": (
        6,
        lie(lambda a, t: t.edit(t.index(Event.CONTENT_HANDOVER, SON_LA), counter=None)),
    ),
    "signed by another agency": (
        6,
        lie(lambda a, t: t.edit(t.index(Event.CONTENT_HANDOVER, SON_LA), counter=ev.Counter(by=HA_NOI, absent="x"))),
    ),
    "an acknowledgement by a stranger's key": (6, lie(lambda a, t: acknowledged(a, t, by=MAI_SON))),
    "an acknowledgement for another recipient": (6, lie(lambda a, t: acknowledged(a, t, recipient=HA_NOI))),
    "an acknowledgement of another digest": (6, lie(lambda a, t: acknowledged(a, t, sha="f" * 64))),
    "an acknowledgement of another outcome": (
        6,
        lie(lambda a, t: acknowledged(a, t, outcome=Outcome.CONTENT_REJECTED)),
    ),
    "a status of another code": (6, lie(lambda a, t: reported(a, t, code=StatusCode.ARRIVED))),
    "a status of another agency": (6, lie(lambda a, t: reported(a, t, by=HA_NOI))),
    "a status about another document": (6, lie(lambda a, t: reported(a, t, document="000.00.00.G22,2026/01/01,9/X"))),
    "a document in place of a status": (
        6,
        lie(lambda a, t: t.countersign(t.index(Event.CONSIGNMENT_ACCEPTANCE), a.document, "edxml")),
    ),
    "handed over twice": (7, lie(lambda a, t: again(t, Event.CONTENT_HANDOVER, SON_LA))),
    "taken back twice": (7, lie(lambda a, t: again(t, Event.RECALL_CONFIRMED, MAI_SON))),
    "expired though handed over": (
        7,
        lie(lambda a, t: t.edit(t.index(Event.ACCEPTANCE_REJECTION_EXPIRY), recipients=(ev.Party(HA_NOI),))),
    ),
    "accepted though never handed over": (7, lie(lambda a, t: without_event(t, Event.CONTENT_HANDOVER, SON_LA))),
    "never ended": (
        7,
        lie(lambda a, t: [without_event(t, Event.ACCEPTANCE_REJECTION_EXPIRY), later(t, -1, 30 * HOUR)]),
    ),
    "time that runs backwards": (7, lie(lambda a, t: later(t, 2, -90_000))),
    "a broken chain": (7, lie(lambda a, t: chained(t, ""))),
    "no seal": (8, lie(lambda a, t: setattr(t, "seal", False))),
    "a seal by an agency": (8, lie(other_seal)),
    "a seal over another root": (
        8,
        lie(lambda a, t: setattr(t, "sealed", Checkpoint("truc.localhost/log", 15, b"r" * 32))),
    ),
    "a seal from before the events": (8, lie(lambda a, t: setattr(t, "sealed_at", Millis(NOON)))),
    "a time stamp over something else": (9, lie(lambda a, t: setattr(t, "stamped", sha256(b"else").digest()))),
    "a time stamp by the seal's key": (9, lie(lambda a, t: setattr(t, "stamper", a.profile.hub("seal")))),
    "a clock that was ahead": (9, lie(lambda a, t: setattr(t, "stamped_at", Millis(t.evidence[-1].at - HOUR)))),
}


@cache
def _hex(certificate: x509.Certificate) -> str:
    return jws.key_id(certificate)


def ack_certificate(life: Life) -> str:
    return f"sha-256:{_hex(life.profile.agency(SON_LA).certificate)}"


def test_the_truth_told_by_the_forger_verifies(life: Life) -> None:
    """So that what fails below fails for the lie."""
    assert failed(life.verify(forge(life, story(life)))) == []


@pytest.mark.parametrize("change", LIAR)
def test_each_step_fails_for_a_lie_of_the_hub(life: Life, change: str) -> None:
    step, make = LIAR[change]
    report = life.verify(make(life))
    assert step in failed(report), [(s.number, s.problem.en) for s in report.steps]
    assert failed(report)[0] >= step - 1


@pytest.mark.parametrize("change", [name for name, (step, _) in LIAR.items() if step != 4])
def test_and_only_that_step(life: Life, change: str) -> None:
    step, make = LIAR[change]
    assert failed(life.verify(make(life))) == [step]


# what the auditor brings


def test_a_quorum_of_witnesses_that_nobody_has_fails_step_2(life: Life) -> None:
    witness = Signer.from_seed("w1.example", b"w" * 32, note.Algorithm.COSIGNATURE)
    asked = parse_policy(f"log {life.log}\nwitness w1 {witness.verifier.vkey}\nquorum w1\n")
    assert failed(verify(life.data, asked, life.anchors)) == [2]


def test_cosigned_it_satisfies_the_quorum(life: Life) -> None:
    witness = Signer.from_seed("w1.example", b"w" * 32, note.Algorithm.COSIGNATURE)
    asked = parse_policy(f"log {life.log}\nwitness w1 {witness.verifier.vkey}\nquorum w1\n")
    told = story(life)
    plain = bundles.read(forge(life, told)).members["checkpoint.note"]
    line = note.cosign(note.parse(plain).checkpoint, witness, NOON)
    signed = note.attach(plain, line)
    data = remade(
        forge(life, told), lambda m: m.update({n: d.replace(plain, signed) for n, d in m.items() if plain in d})
    )
    report = verify(data, asked, life.anchors)
    assert failed(report) == []
    assert report.facts.cosigners == ("w1",)


def test_anchors_of_others_fail_all_that_certificates_carry(life: Life) -> None:
    report = verify(life.data, life.policy, Anchors([], ()))
    assert failed(report) == [5, 6, 8, 9]


def test_a_revocation_found_later_counts_from_its_date(life: Life) -> None:
    """The auditor's own list, of long after: before acceptance it spoils the signature, after it does not."""
    certificate = life.profile.agency(VPCP).certificate

    def anchors(since: Millis) -> Anchors:
        reason = x509.ReasonFlags.key_compromise
        entry = Revocation(certificate.serial_number, since, reason)
        ca = life.profile._ca("issuing")
        crl = make_crl(ca, [entry], 99, Millis(NOON + 400 * 24 * HOUR), 7)
        return Anchors(life.anchors.roots, life.profile.anchors().intermediates, [crl], grace=72 * HOUR)

    assert failed(verify(life.data, life.policy, anchors(Millis(NOON - HOUR)))) == [5, 6]
    assert failed(verify(life.data, life.policy, anchors(Millis(NOON + 48 * HOUR)))) == []


def test_it_still_verifies_when_every_certificate_has_expired(life: Life) -> None:
    """Thirty years on: the auditor's clock, and lists that are younger than the certificates and know nothing more."""
    at = Millis(NOON + 30 * 365 * 24 * HOUR)
    ends = [
        x509.load_der_x509_certificate(data).not_valid_after_utc
        for name, data in bundles.read(life.data).members.items()
        if name.startswith("certificates/")
    ]
    moment = life.profile.agency(VPCP).certificate.not_valid_before_utc + timedelta(days=30 * 365 + 2)
    assert all(end < moment for end in ends)
    late = make_crl(life.profile._ca("issuing"), [], 99, at, 7)
    anchors = Anchors(life.anchors.roots, life.profile.anchors().intermediates, [late], grace=72 * HOUR)
    assert failed(verify(life.data, life.policy, anchors, at=at)) == []


def test_a_document_kept_by_the_auditor_is_compared(life: Life) -> None:
    assert failed(life.verify(life.data, document=life.document)) == []
    assert failed(life.verify(life.data, document=life.document + b" ")) == [4]


def test_what_the_hub_recorded_without_a_valid_signature_is_told(life: Life) -> None:
    told = story(life)
    told.edit(0, signature=ev.SignatureMark("ABSENT"))
    report = life.verify(forge(life, told))
    assert failed(report) == []
    assert (results(report)[4], report.steps[4].notes[0].en) == (
        "absent",
        "the hub recorded the signature as ABSENT: a document for information",
    )


def test_a_signature_made_on_behalf_is_told(life: Life) -> None:
    """By a centre's key that the directory bound to the centre: valid, and never silent."""
    told = story(life)
    acknowledged(life, told, by=VPCP)
    report = life.verify(forge(life, told))
    assert failed(report) == []
    assert f"signed on its behalf by {VPCP}" in " ".join(note.en for note in report.steps[5].notes)


def test_numbers_are_written_one_way() -> None:
    assert numbered("evidence", 42, "tlog-proof") == "evidence/0000000000042.tlog-proof"
    assert bundles.limit("evidence/42.tlog-proof") is None
    with pytest.raises(ValueError, match=r"evidence/42"):
        bundles.write(bundles.Bundle("m", (), {"evidence/42.tlog-proof": b""}))
    with pytest.raises(ProofInvalid):
        bundles.read(b"")
    assert from_iso_utc("2026-11-22T04:00:00.000Z") == NOON
