"""Certificates in time, revocation, the memory of chains, and what a policy admits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

import hub
from hub.core import edxml
from hub.core.errors import FormatRefusal, SignatureRefusal, Verdict
from hub.core.model import Agency, Millis, RegisteredCertificate, SignaturePolicy, SignatureProfile, Tier
from hub.core.signature import trust, xmldsig
from hub.core.signature.anchors import DAY, Anchors
from hub.pki.issue import Revocation, make_crl
from tests.attacks.build import ATTACKS, build
from tests.attacks.simulator import AT, CODE, ENVELOPED, INCLUSIVE, MESSAGE, Simulator, certificate, world


def der(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)


def sha256(one: x509.Certificate) -> str:
    return one.fingerprint(hashes.SHA256()).hex()


def document() -> edxml.Claimed:
    one = world().agency
    return edxml.parse(xmldsig.sign(MESSAGE.encode(), one.key, one.chain))


def agency(policy: SignaturePolicy = SignaturePolicy.STRICT, **options: object) -> Agency:
    registered = RegisteredCertificate(sha256=sha256(world().agency.certificate), der=b"", added=AT - DAY)
    options.setdefault("certificates", (registered,))
    return Agency(CODE, "VPCP", Tier.CENTRAL, signature_policy=policy, **options)  # type: ignore[arg-type]


def fresh_anchors(**options: int) -> Anchors:
    w = world()
    return Anchors([w.root.certificate], [w.issuing.certificate], [w.root_crl, w.crl], **options)


def verdict_of(anchors: Anchors, certificates: list[x509.Certificate], at: int = AT) -> Verdict:
    try:
        anchors.signer([der(c) for c in certificates], Millis(at))
    except SignatureRefusal as refusal:
        return refusal.verdict
    return Verdict.VALID


# -- verified --------------------------------------------------------------------------------------------------------


def test_a_verified_message_tells_what_was_verified() -> None:
    claimed, own = document(), world().agency.certificate
    verified = trust.verify(claimed, frozenset({sha256(own)}), world().anchors, AT)
    proof = verified.signature.proof
    assert verified.signature == trust.SignatureReport(Verdict.VALID, "ecdsa-sha256", sha256(own), proof=proof)
    assert verified.raw == claimed.raw
    assert verified.sha256 == claimed.sha256
    assert isinstance(verified.message, edxml.Document)
    assert verified.message.sender.organ_id == CODE
    assert not any(hasattr(verified, name) for name in ("root", "claimed"))


def test_verified_is_made_in_one_module_only() -> None:
    home = Path(hub.__file__).parent
    made = re.compile(r"\b(Verified|trust\.Recorded)\(")
    sources = {p.name: p.read_text("utf-8") for p in home.rglob("*.py")}
    assert {name for name, source in sources.items() if made.search(source)} == {"trust.py"}
    others = re.compile(r"from hub\.core\.signature\.trust import [^\n]*\bRecorded\b")
    assert not [n for n, s in sources.items() if others.search(s) and re.search(r"\bRecorded\(", s) and n != "trust.py"]


def test_legacy_is_accepted_only_by_its_profile_and_says_so() -> None:
    simulator = Simulator(c14n=INCLUSIVE, transforms=(ENVELOPED, INCLUSIVE), profile=SignatureProfile.LEGACY)
    assert simulator.submit().signature.legacy
    implied = Simulator(c14n=INCLUSIVE, transforms=(ENVELOPED,), profile=SignatureProfile.LEGACY)
    assert implied.submit().signature.legacy
    strict_anyway = Simulator(profile=SignatureProfile.LEGACY)
    assert not strict_anyway.submit().signature.legacy


def test_a_refusal_after_the_structure_names_algorithm_and_certificate() -> None:
    with pytest.raises(SignatureRefusal) as refusal:
        trust.verify(document(), frozenset(), world().anchors, AT)
    assert refusal.value.facts["alg"] == "ecdsa-sha256"
    assert refusal.value.facts["certificate_sha256"] == sha256(world().agency.certificate)


def test_the_sender_read_is_the_sender_looked_up() -> None:
    """A tree that names another sender than the claim that was checked is nobody's document."""
    claimed = document()
    other = edxml.Claimed(claimed.root, claimed.raw, claimed.sha256, claimed.kind, "000.00.00.H52")
    with pytest.raises(SignatureRefusal) as refusal:
        trust.verify(other, frozenset({sha256(world().agency.certificate)}), world().anchors, AT)
    assert (refusal.value.verdict, refusal.value.step) == (Verdict.IDENTITY_MISMATCH, 9)


# -- admitted --------------------------------------------------------------------------------------------------------

SIGNATURE_ATTACKS = [name for name, attack in ATTACKS.items() if attack.code.startswith("SIGNATURE_")]


def test_strict_admits_valid_only() -> None:
    admitted = trust.admit(document(), agency(), world().anchors, AT)
    assert isinstance(admitted, trust.Verified)
    with pytest.raises(SignatureRefusal) as refusal:
        trust.admit(edxml.parse(MESSAGE.encode()), agency(), world().anchors, AT)
    assert refusal.value.verdict is Verdict.ABSENT


def test_record_admits_with_the_honest_verdict() -> None:
    recorded = trust.admit(edxml.parse(MESSAGE.encode()), agency(SignaturePolicy.RECORD), world().anchors, AT)
    assert isinstance(recorded, trust.Recorded)
    assert recorded.signature.verdict is Verdict.ABSENT
    assert recorded.message == edxml.read(edxml.parse(MESSAGE.encode()))


@pytest.mark.parametrize("name", SIGNATURE_ATTACKS)
def test_record_never_says_valid(name: str) -> None:
    """Whatever the attack, under `record` it is labelled with its verdict, or refused as unreadable."""
    simulator = build(ATTACKS[name].change)
    anchors = simulator.anchors or world().anchors
    registered = tuple(RegisteredCertificate(sha256=digest, der=b"") for digest in sorted(simulator.registered_now()))
    own = agency(SignaturePolicy.RECORD, certificates=registered, signature_profile=simulator.profile)
    try:
        admitted = trust.admit(edxml.parse(simulator.document()), own, anchors, simulator.at)
    except FormatRefusal:
        return
    assert isinstance(admitted, trust.Recorded)
    assert f"SIGNATURE_{admitted.signature.verdict}" == ATTACKS[name].code


def test_hostile_structure_is_refused_under_any_policy() -> None:
    """Too much for inclusive canonicalisation is not a matter of signatures."""
    simulator = build(ATTACKS["legacy-namespace-bomb"].change)
    own = agency(SignaturePolicy.RECORD, signature_profile=SignatureProfile.LEGACY)
    with pytest.raises(FormatRefusal):
        trust.admit(edxml.parse(simulator.document()), own, world().anchors, AT)


def test_a_registration_counts_in_its_own_time() -> None:
    """Two certificates overlap while a key is renewed; a withdrawn one no longer speaks for the agency."""
    own = sha256(world().agency.certificate)
    window = agency(certificates=(RegisteredCertificate(own, b"", added=AT - 10, withdrawn=AT + 10),))
    assert isinstance(trust.admit(document(), window, world().anchors, AT), trust.Verified)
    for at in (AT - 11, AT + 10):
        with pytest.raises(SignatureRefusal) as refusal:
            trust.admit(document(), window, world().anchors, Millis(at))
        assert refusal.value.verdict is Verdict.IDENTITY_MISMATCH


# -- time ------------------------------------------------------------------------------------------------------------


def test_a_certificate_counts_to_the_last_second() -> None:
    leaf = certificate(world().issuing, world().agency.key.public_key(), since=AT - DAY, until=AT + 1000)
    anchors = fresh_anchors()
    assert verdict_of(anchors, [leaf], AT - DAY) is Verdict.VALID
    assert verdict_of(anchors, [leaf], AT - DAY - 1000) is Verdict.CERTIFICATE_NOT_YET_VALID
    assert verdict_of(anchors, [leaf], AT + 1000) is Verdict.VALID
    assert verdict_of(anchors, [leaf], AT + 2000) is Verdict.CERTIFICATE_EXPIRED


def test_what_is_remembered_still_expires() -> None:
    anchors = fresh_anchors()
    leaf = certificate(world().issuing, world().agency.key.public_key(), until=AT + 1000)
    first = anchors.signer([der(leaf)], AT)
    assert anchors.signer([der(leaf)], AT) is first
    assert verdict_of(anchors, [leaf], AT + 5000) is Verdict.CERTIFICATE_EXPIRED
    assert anchors.signer([der(leaf)], AT) is first


def test_an_expired_and_foreign_certificate_is_foreign_first() -> None:
    own = Simulator()
    ATTACKS["self-signed"].change(own)
    assert own.certificates is not None
    loaded = x509.load_der_x509_certificate(own.certificates[0])
    assert verdict_of(fresh_anchors(), [loaded], AT + 900 * DAY) is Verdict.CERTIFICATE_UNTRUSTED


def test_an_expired_issuer_is_an_expiry() -> None:
    anchors = Anchors(
        [world().root.certificate],
        [world().issuing.certificate],
        [world().root_crl, world().crl],
        grace=20_000 * DAY,
    )
    leaf = certificate(world().issuing, world().agency.key.public_key(), until=AT + 9000 * DAY)
    assert verdict_of(anchors, [leaf], AT + 5000 * DAY) is Verdict.CERTIFICATE_EXPIRED


# -- memory ----------------------------------------------------------------------------------------------------------


def test_the_memory_is_bounded() -> None:
    anchors = fresh_anchors(memory=3)
    public = world().agency.key.public_key()
    leaves = [certificate(world().issuing, public, name=f"agency {i}") for i in range(5)]
    first = anchors.signer([der(leaves[0])], AT)
    for leaf in leaves[1:]:
        anchors.signer([der(leaf)], AT)
    assert len(anchors._memory) == 3
    assert anchors.signer([der(leaves[0])], AT) is not first


def test_the_memory_holds_no_revocation() -> None:
    """A certificate that was good a moment ago is refused as soon as a list names it."""
    anchors, leaf = fresh_anchors(), world().agency.certificate
    assert verdict_of(anchors, [leaf]) is Verdict.VALID
    entry = Revocation(leaf.serial_number, AT, x509.ReasonFlags.key_compromise)
    revoked = anchors.with_crls([make_crl(world().issuing, [entry], 2, AT, 7)])
    assert verdict_of(revoked, [leaf]) is Verdict.CERTIFICATE_REVOKED
    assert verdict_of(revoked, [leaf], AT - 1000) is Verdict.VALID
    assert verdict_of(anchors, [leaf]) is Verdict.VALID  # immutable: the old anchors know what they knew
    assert revoked.signer([der(leaf)], Millis(AT - 1000)) is anchors.signer([der(leaf)], AT)


def test_refusals_are_not_remembered() -> None:
    anchors = Anchors(())
    assert verdict_of(anchors, [world().agency.certificate]) is Verdict.CERTIFICATE_UNTRUSTED
    assert len(anchors._memory) == 0


# -- lists -----------------------------------------------------------------------------------------------------------


def test_a_list_counts_until_its_grace_is_over() -> None:
    leaf = [world().agency.certificate]
    due = AT + 6 * DAY  # made a day before AT, for seven days
    assert verdict_of(fresh_anchors(grace=DAY), leaf, due + DAY) is Verdict.VALID
    assert verdict_of(fresh_anchors(grace=DAY), leaf, due + DAY + 1) is Verdict.REVOCATION_UNKNOWN
    assert verdict_of(fresh_anchors(grace=0), leaf, due + 1) is Verdict.REVOCATION_UNKNOWN


def test_a_list_from_after_the_certificates_end_may_have_dropped_it() -> None:
    leaf = certificate(world().issuing, world().agency.key.public_key(), until=AT + 1000)
    late = make_crl(world().issuing, (), 9, Millis(AT + 5 * DAY), 7)
    assert verdict_of(fresh_anchors().with_crls([late]), [leaf], AT) is Verdict.REVOCATION_UNKNOWN


def test_of_two_lists_of_one_second_the_higher_number_counts() -> None:
    leaf = world().agency.certificate
    entry = Revocation(leaf.serial_number, Millis(AT - 1000), x509.ReasonFlags.key_compromise)
    before, after = make_crl(world().issuing, (), 8, AT, 7), make_crl(world().issuing, [entry], 9, AT, 7)
    for order in ([before, after], [after, before]):
        assert verdict_of(fresh_anchors().with_crls(order), [leaf]) is Verdict.CERTIFICATE_REVOKED


def test_newer_lists_replace_older_ones_whatever_the_order() -> None:
    lists = [make_crl(world().issuing, (), n, Millis(AT + n * DAY), 7) for n in (3, 1, 2)]
    held = fresh_anchors().with_crls(lists).crls
    assert lists[0] in held
    assert len(held) == 2
    assert world().root_crl in held


# -- hostile certificates --------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 255), st.integers(0, 2))
def test_a_mangled_certificate_is_a_verdict(at: int, mask: int, which: int) -> None:
    """Or what the CA signed is unchanged: the encoding of its signature has free bits. Never is it registered."""
    chain = [der(c) for c in (world().agency.certificate, world().issuing.certificate, world().root.certificate)]
    mangled = bytearray(chain[which])
    mangled[at % len(mangled)] ^= mask
    original, chain[which] = chain[which], bytes(mangled)
    try:
        guarded(chain)
    except SignatureRefusal:
        return
    before, after = x509.load_der_x509_certificate(original), x509.load_der_x509_certificate(chain[which])
    assert before.tbs_certificate_bytes == after.tbs_certificate_bytes
    assert sha256(before) != sha256(after)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_junk_is_a_verdict(junk: bytes) -> None:
    with pytest.raises(SignatureRefusal):
        guarded([junk])


@xmldsig.only_verdicts(6)
def guarded(chain: list[bytes]) -> None:
    """As `trust.verify` asks."""
    world().anchors.signer(chain, AT)
