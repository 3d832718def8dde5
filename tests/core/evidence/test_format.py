"""Evidence: one encoding, RFC 8785, ETSI's names; what breaks a rule is neither written nor read."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import canonical
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence.events import ETSI_EVENTS, OWN_EVENTS
from hub.core.log.merkle import leaf_hash
from hub.core.strict import MAX_INTEGER
from tests.support.logkit import DOCUMENT, URN, sample

ETSI = """SubmissionAcceptance SubmissionRejection RelayAcceptance RelayRejection RelayFailure
NotificationForAcceptance NotificationForAcceptanceFailure ConsignmentAcceptance ConsignmentRejection
AcceptanceRejectionExpiry ContentConsignment ContentConsignmentFailure ConsignmentNotification
ConsignmentNotificationFailure NotificationDelivered NotificationAccessTracking ContentAccessTracking
ContentHandover
ContentHandoverFailure RelayToNonERDS RelayToNonERDSFailure ReceivedFromNonERDS""".split()  # noqa: SIM905


def jcs(value: Any) -> bytes:
    """RFC 8785 section 3.2 as its text says it, for strings, integers, booleans, arrays and objects."""
    if isinstance(value, str):
        return b'"' + "".join(_escape(c) for c in value).encode() + b'"'
    if value is True or value is False or value is None:
        return json.dumps(value).encode()
    if isinstance(value, int):
        assert abs(value) <= MAX_INTEGER
        return str(value).encode()
    if isinstance(value, list | tuple):
        return b"[" + b",".join(jcs(v) for v in value) + b"]"
    members = sorted(value.items(), key=lambda m: m[0].encode("utf-16-be"))
    return b"{" + b",".join(jcs(k) + b":" + jcs(v) for k, v in members) + b"}"


def _escape(c: str) -> str:
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c)


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
values = st.recursive(
    texts | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=126)), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(values)
def test_the_encoder_is_rfc_8785_on_the_values_used(value: object) -> None:
    assert canonical.encode(value) == jcs(value)


@pytest.mark.parametrize("code", [*range(0x20), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600])
def test_every_doubtful_character(code: int) -> None:
    assert canonical.encode({"a": chr(code)}) == jcs({"a": chr(code)})


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ProofInvalid, match="surrogate"):
        canonical.encode("\ud800")
    with pytest.raises(ProofInvalid):
        ev.encode(sample(reasons=(ev.Reason("A", "\udfff"),)))


@settings(max_examples=150)
@given(
    details=texts,
    document=texts,
    code=texts.filter(bool),
    n=st.integers(2, MAX_INTEGER),
    size=st.integers(0, MAX_INTEGER),
)
def test_evidence_comes_back_and_is_canonical(details: str, document: str, code: str, n: int, size: int) -> None:
    evidence = sample(
        reasons=(ev.Reason(code, details),),
        content=ev.Content.of(document, bytes(32)),
        sequence=ev.Sequence("000.00.00.G22", "in", n, "sha-256:" + "0" * 64),
        anchor=ev.Anchor("a", size, "A" * 43 + "="),
    )
    data = ev.encode(evidence)
    assert data == jcs(json.loads(data))
    assert ev.decode(data) == evidence


def test_members_have_the_names_of_the_standard() -> None:
    members = json.loads(ev.encode(sample()))
    assert members["version"] == "1"
    assert members["ERDSEventId"] == "http://uri.etsi.org/19522/Event/SubmissionAcceptance"
    assert members["EventReasons"] == [{"Code": "FORWARDED", "Details": "000.00.00.H01 → 000.00.00.H02"}]
    assert members["EvidenceIssuerDetails"] == {"Identifier": "hub.example.gov.vn"}
    assert members["SenderDetails"]["CertificateDigest"] == "sha-256:" + "a" * 64
    assert members["UserContentInfo"]["PartsInfo"][0]["DigestMethod"] == "http://www.w3.org/2001/04/xmlenc#sha256"
    assert members["x-signature"] == {"verdict": "VALID", "alg": "ecdsa-sha256", "cert": "sha-256:" + "b" * 64}
    assert members["x-seq"] == {"agency": "000.00.00.G22", "dir": "out", "n": 2, "prev": "sha-256:" + "c" * 64}
    assert members["x-recall"] == {"message": URN, "cause": "recall"}
    assert len(members) == 18


def test_what_does_not_apply_is_left_out() -> None:
    bare = ev.Evidence(
        identifier=URN,
        event=ev.Event.EVIDENCE_EXPORTED,
        event_time="2026-11-22T08:00:00.123Z",
        issuer=ev.Party("hub"),
        nonce=ev.encode_nonce(bytes(16)),
    )
    members = json.loads(ev.encode(bare))
    assert set(members) == {
        "version", "EvidenceIdentifier", "ERDSEventId", "EventTime", "EvidenceIssuerDetails", "x-nonce"
    }  # fmt: skip
    assert ev.decode(ev.encode(bare)) == bare


def test_the_events() -> None:
    standard = {e for e in ev.Event if e.startswith(ETSI_EVENTS)}
    assert {e.short for e in standard} == set(ETSI)
    assert len(standard) == 22
    assert all(e.startswith(OWN_EVENTS) for e in set(ev.Event) - standard)
    said = {e for e in ev.Event if e.short.endswith(("Rejection", "Failure", "Refused", "Expiry"))}
    assert said == ev.NEGATIVE


@pytest.mark.parametrize("event", sorted(ev.NEGATIVE))
def test_a_negative_event_says_why(event: ev.Event) -> None:
    ev.encode(sample(event=event))
    with pytest.raises(ProofInvalid, match="EventReasons"):
        ev.encode(sample(event=event, reasons=()))
    members = json.loads(ev.encode(sample(event=event)))
    del members["EventReasons"]
    with pytest.raises(ProofInvalid, match="EventReasons"):
        ev.decode(jcs(members))


BROKEN: dict[str, dict[str, object]] = {
    "identifier": {"identifier": "urn:uuid:01234567-89AB-4cde-8f01-0123456789ab"},
    "no urn": {"message": "01234567-89ab-4cde-8f01-0123456789ab"},
    "time without milliseconds": {"event_time": "2026-11-22T08:00:00Z"},
    "time with another zone": {"event_time": "2026-11-22T08:00:00.123+07:00"},
    "submission time": {"submission_time": "yesterday"},
    "hour 24": {"event_time": "2026-11-22T24:00:00.000Z"},
    "short nonce": {"nonce": "AAAA"},
    "nonce with loose bits": {"nonce": "A" * 21 + "B"},
    "digest in capitals": {"sender": ev.Party("a", certificate_digest="sha-256:" + "A" * 64)},
    "digest of the document": {"content": ev.Content((ev.ContentPart("edxml", ev.SHA256_METHOD, "AAAA"),))},
    "no part": {"content": ev.Content(())},
    "two parts of one name": {"content": ev.Content((ev.ContentPart("edxml", ev.SHA256_METHOD, "A" * 43 + "="),) * 2)},
    "counter with both": {"counter": ev.Counter("a", "sha-256:" + "a" * 64, "why")},
    "counter with neither": {"counter": ev.Counter("a")},
    "counter digest": {"counter": ev.Counter("a", "sha-256:1")},
    "sequence from zero": {"sequence": ev.Sequence("a", "in", 0)},
    "sequence without link": {"sequence": ev.Sequence("a", "in", 2)},
    "first with a link": {"sequence": ev.Sequence("a", "in", 1, "sha-256:" + "a" * 64)},
    "sequence too large": {"sequence": ev.Sequence("a", "in", 2**53, "sha-256:" + "a" * 64)},
    "anchor root": {"anchor": ev.Anchor("a", 1, "A" * 42 + "B=")},
    "anchor size": {"anchor": ev.Anchor("a", 2**53, "A" * 43 + "=")},
    "status message": {"status": ev.StatusMark("03", "x")},
    "recall message": {"recall": ev.RecallMark("x", "hub")},
    "empty issuer": {"issuer": ev.Party("")},
    "empty recipient": {"recipients": (ev.Party(""),)},
    "empty reason": {"reasons": (ev.Reason(""),)},
    "empty list": {"recipients": []},
    "too long": {"reasons": (ev.Reason("A", "x" * ev.MAX_EVIDENCE),)},
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule_is_neither_written_nor_read(name: str) -> None:
    evidence = sample(**BROKEN[name])
    with pytest.raises(ProofInvalid):
        ev.encode(evidence)
    with pytest.raises(ProofInvalid):
        ev.decode(canonical.encode(evidence))


def test_a_day_that_does_not_exist_is_not_read() -> None:
    for time in ("2026-02-30T08:00:00.123Z", "2026-00-01T08:00:00.123Z", "0000-01-01T08:00:00.123Z"):
        with pytest.raises(ProofInvalid, match="exists"):
            ev.decode(canonical.encode(sample(event_time=time)))


GOOD = ev.encode(sample())
TEXT = GOOD.decode()
SPELLINGS = {
    "white space": GOOD.replace(b",", b", ", 1),
    "a newline at the end": GOOD + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "a member twice": GOOD.replace(b'"version":"1"', b'"version":"1","version":"1"'),
    "an unknown member": GOOD.replace(b'"version":"1"', b'"version":"1","w":"1"'),
    "an unknown inner member": GOOD.replace(b'{"Identifier":"hub', b'{"A":"1","Identifier":"hub'),
    "another version": GOOD.replace(b'"version":"1"', b'"version":"2"'),
    "no version": GOOD.replace(b'"version":"1",', b""),
    "another order": GOOD.replace(b'"alg":"ecdsa-sha256",', b"").replace(
        b'"verdict":"VALID"', b'"verdict":"VALID","alg":"ecdsa-sha256"'
    ),
    "an escape too many": GOOD.replace(b"hub.example", b"\\u0068ub.example"),
    "an escaped slash": GOOD.replace(b"http://uri", b"http:\\/\\/uri"),
    "escaped letters": TEXT.replace("→", "\\u2192").encode(),
    "a float": GOOD.replace(b'"n":2', b'"n":2.0'),
    "an exponent": GOOD.replace(b'"n":2', b'"n":2e0'),
    "a number as text": GOOD.replace(b'"n":2', b'"n":"2"'),
    "a text as number": GOOD.replace(b'"version":"1"', b'"version":1'),
    "true": GOOD.replace(b'"n":2', b'"n":true'),
    "null": GOOD.replace(b'"version":"1"', b'"version":null'),
    "an empty member": GOOD.replace(b'"Details":"000.00.00.H01', b'"Details":"", "x":"000.00.00.H01'),
    "an unknown event": GOOD.replace(b"SubmissionAcceptance", b"SubmissionAcceptanc"),
    "another direction": GOOD.replace(b'"dir":"out"', b'"dir":"up"'),
    "another cause": GOOD.replace(b'"cause":"recall"', b'"cause":"whim"'),
    "another digest method": GOOD.replace(b"xmlenc#sha256", b"xmlenc#sha512"),
    "not UTF-8": GOOD.replace(b"FORWARDED", b"FORWARDE\xff"),
    "cut": GOOD[:-1],
    "empty": b"",
    "an array": b"[" + GOOD + b"]",
    "a deep array": b"[" * 100_000,
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_other_spelling_is_refused(name: str) -> None:
    assert SPELLINGS[name] != GOOD
    with pytest.raises(ProofInvalid):
        ev.decode(SPELLINGS[name])


@settings(max_examples=100)
@given(st.binary(max_size=100))
def test_any_bytes_end_as_a_refusal(data: bytes) -> None:
    with pytest.raises(ProofInvalid):
        ev.decode(data)


def test_every_flipped_bit_is_another_evidence_or_none() -> None:
    for i in range(len(GOOD) * 8):
        data = bytearray(GOOD)
        data[i // 8] ^= 1 << i % 8
        try:
            read = ev.decode(bytes(data))
        except ProofInvalid:
            continue
        assert ev.encode(read) == bytes(data)


def test_the_entry_is_a_version_a_kind_and_a_digest() -> None:
    entry = ev.entry(ev.Kind.EVIDENCE, b"object")
    assert entry == b"\x01\x01" + sha256(b"object").digest()
    assert len(entry) == ev.ENTRY_SIZE
    assert leaf_hash(entry) == sha256(b"\x00" + entry).digest()
    assert [int(kind) for kind in ev.Kind] == [1, 2, 3, 4, 5, 6]


def test_digests_and_nonces() -> None:
    assert ev.digest_text(b"") == "sha-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sample().document_digest() == sha256(DOCUMENT).digest()
    assert sample(content=None).document_digest() is None
    other = msgspec.structs.replace(sample().content, parts=(ev.ContentPart("x", ev.SHA256_METHOD, "A" * 43 + "="),))
    assert sample(content=other).document_digest() is None
    with pytest.raises(ValueError, match="16 bytes"):
        ev.encode_nonce(bytes(15))
