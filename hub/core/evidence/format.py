"""Evidence: an event, its time and its digest, as one JSON object that is hashed into the log.

The rules:
- Names and events are those of ETSI EN 319 522-1 to -3; events of our own have URIs of our own. Members that
  begin with `x-` are ours. A member that does not apply is left out, never empty.
- Bytes are canonical JSON (RFC 8785): one evidence, one encoding. `decode` refuses every other spelling.
- No subject and no personal name: identifiers and digests only.
- A negative event says why (`EventReasons`): `encode` and `decode` refuse one that does not.
- `x-nonce` is 16 random bytes, always there: without them a reader that guesses a content could confirm it from the
  public log, which holds only hashes.
- A log entry is 0x01 ‖ kind ‖ SHA-256(object), 34 bytes; the object is kept beside the log, not in it.

Times are UTC with milliseconds, digests `sha-256:` and lower-case hex, identifiers of messages `urn:uuid:…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from hub.core import canonical
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid
from hub.core.evidence.events import NEGATIVE as NEGATIVE
from hub.core.evidence.events import Event as Event
from hub.core.model import Millis, from_iso_utc
from hub.core.strict import MAX_INTEGER, decode_base64, encode_base64, encode_base64url

SHA256_METHOD: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
EDXML_PART: Final = "edxml"

RULES: Final = 2
"""By these the hub records now: the signer is named with its certificate, a delivery is given back for a request and
after an answer that are on record, and a signature is proved beyond its document (SECURITY.md, the operator)."""

MAX_EVIDENCE: Final = 700_000
"""Bytes of one encoded evidence: a receipt with it stays below the million bytes of a proof file."""


class Kind(IntEnum):
    """The kind of a log entry's object."""

    EVIDENCE = 0x01
    DIRECTORY = 0x02  # agency ↔ certificate
    RELEASE = 0x03  # hub release and policy
    MANIFEST = 0x04  # daily, for each agency and direction: last number, count
    TIMESTAMP = 0x05  # RFC 3161 token over a checkpoint
    STATEMENT = 0x06  # the operator's


ENTRY_VERSION: Final = 0x01
ENTRY_SIZE: Final = 34


def entry(kind: Kind, content: bytes) -> bytes:
    """The 34 bytes that the log commits to for the object `content`."""
    return entry_of(kind, sha256(content).digest())


def entry_of(kind: int, digest: bytes) -> bytes:
    """The same for an object of which the SHA-256 is in hand."""
    return bytes((ENTRY_VERSION, kind)) + digest


Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Part(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The rule of all parts of an evidence: absent is left out, unknown is refused."""


class Reason(_Part, frozen=True, rename={"code": "Code", "details": "Details"}):
    """One of EventReasons: a stable code, and identifiers or figures, never a payload."""

    code: Text
    details: str = ""


class Party(
    _Part,
    frozen=True,
    rename={
        "identifier": "Identifier",
        "auth_method": "AuthMethod",
        "certificate_digest": "CertificateDigest",
    },
):
    """Issuer, sender or recipient: an agency code or the hub's name; how it was authenticated, with which
    key.
    """

    identifier: Text
    auth_method: str = ""
    certificate_digest: str = ""


class ContentPart(
    _Part, frozen=True, rename={"identifier": "Identifier", "method": "DigestMethod", "digest": "DigestValue"}
):
    """`digest` is base64, as in XMLDSig."""

    identifier: Text
    method: Literal["http://www.w3.org/2001/04/xmlenc#sha256"]
    digest: str


class Content(_Part, frozen=True, rename={"document_id": "AppLayerIdentifier", "parts": "PartsInfo"}):
    """Which bytes: the field's DocumentId, and the digest of the RAW message."""

    parts: Annotated[tuple[ContentPart, ...], msgspec.Meta(min_length=1)]
    document_id: str = ""

    @classmethod
    def of(cls, document_id: str, digest: bytes) -> Content:
        """`digest`: the 32 bytes of SHA-256 over the message as received."""
        part = ContentPart(identifier=EDXML_PART, method=SHA256_METHOD, digest=encode_base64(digest))
        return cls(document_id=document_id, parts=(part,))


class SignatureMark(_Part, frozen=True, rename={"certificate": "cert"}):
    """The hub's verdict on the document's signature (hub.core.errors.Verdict). `proof`: digest of the proof of a VALID
    one when the document is gone (`proof`)."""

    verdict: Text
    alg: str = ""
    certificate: str = ""
    proof: str = ""


class Counter(_Part, frozen=True, rename={"certificate": "cert"}):
    """The recipient's own signature over the same digest: `digest` of its signed acknowledgement or status,
    or
    `absent`, why there is none. Exactly one of the two. `signer`: the agency whose certificate (`cert`) made the
    signature, `by` itself or the agency that acts for it; both or none, for evidence of earlier versions does not name
    them."""

    by: Text
    digest: str = ""
    absent: str = ""
    signer: str = ""
    certificate: str = ""


class Sequence(_Part, frozen=True, rename={"direction": "dir", "previous": "prev"}):
    """Gap-free number for each agency and direction, with the digest of its previous evidence (none for n =
    1).
    """

    agency: Text
    direction: Literal["in", "out"]
    n: Count
    previous: str = ""


class Anchor(_Part, frozen=True):
    """The latest checkpoint when this was made: it cannot be older. `root` is base64."""

    origin: Text
    size: Count
    root: str


class StatusMark(_Part, frozen=True):
    """A business status: its code (03) and the message that brought it."""

    code: Text
    message: str


Cause = Literal["status-13", "recall", "update", "replacement", "hub"]


class RecallMark(_Part, frozen=True):
    """The origin of a take-back: the message that asked and its nature."""

    message: str
    cause: Cause


class Evidence(
    _Part,
    frozen=True,
    kw_only=True,
    tag_field="version",
    tag="1",
    rename={
        "identifier": "EvidenceIdentifier",
        "event": "ERDSEventId",
        "event_time": "EventTime",
        "submission_time": "SubmissionTime",
        "reasons": "EventReasons",
        "issuer": "EvidenceIssuerDetails",
        "sender": "SenderDetails",
        "recipients": "RecipientDetails",
        "message": "MessageIdentifier",
        "content": "UserContentInfo",
        "signature": "x-signature",
        "counter": "x-counter",
        "sequence": "x-seq",
        "anchor": "x-anchor",
        "status": "x-status",
        "recall": "x-recall",
        "due": "x-due",
        "rules": "x-rules",
        "nonce": "x-nonce",
    },
):
    """One evidence. Times are text as `iso_utc` writes it; `nonce` as `encode_nonce` does. `due`: by when each
    delivery of an acceptance will have ended, one way or another. `rules`, of an acceptance: by which rules its life is
    recorded (`RULES`); 0 for those of earlier versions, which named neither the signer nor the proof of a signature."""

    identifier: str
    event: Event
    event_time: str
    issuer: Party
    nonce: str
    submission_time: str = ""
    reasons: tuple[Reason, ...] = ()
    sender: Party | None = None
    recipients: tuple[Party, ...] = ()
    message: str = ""
    content: Content | None = None
    signature: SignatureMark | None = None
    counter: Counter | None = None
    sequence: Sequence | None = None
    anchor: Anchor | None = None
    status: StatusMark | None = None
    recall: RecallMark | None = None
    due: str = ""
    rules: Count = 0

    @property
    def at(self) -> Millis:
        return from_iso_utc(self.event_time)

    def document_digest(self) -> bytes | None:
        """SHA-256 of the message's raw bytes (32 bytes), None where the evidence names none."""
        for part in self.content.parts if self.content else ():
            if part.identifier == EDXML_PART:
                return decode_base64(part.digest, "the document's digest", 32)
        return None


class _Form(NamedTuple):
    what: str
    pattern: re.Pattern[str]


_URN: Final = _Form("urn:uuid:… in lower case", re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"))
_DIGEST: Final = _Form("sha-256:… in lower-case hex", re.compile(r"sha-256:[0-9a-f]{64}"))
_TIME: Final = _Form(
    "a UTC time with milliseconds",
    re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"),
)
# The last character of 32 and of 16 bytes carries 4 and 2 bits: only these are canonical.
_ROOT: Final = _Form("32 bytes in base64", re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="))
_NONCE: Final = _Form("16 bytes in base64url", re.compile(r"[A-Za-z0-9_-]{21}[AQgw]"))

_decoder: Final = msgspec.json.Decoder(Evidence)


def digest_text(content: bytes) -> str:
    """`sha-256:<hex>` of `content`."""
    return "sha-256:" + sha256(content).hexdigest()


def encode(evidence: Evidence) -> bytes:
    """The canonical bytes. ProofInvalid if a rule here is broken: an unreadable object is never logged."""
    check(evidence)
    data = canonical.encode(evidence)
    # Inside a string a quotation mark is escaped, so this is an empty member and nothing else.
    _need(b':""' not in data, "no empty member", "an empty text")
    _check_size(data)
    return data


def decode(data: bytes) -> Evidence:
    """Inverse of `encode`, strict: unknown or doubled members, every other spelling are refused."""
    _check_size(data)
    evidence = canonical.decode(data, _decoder, "evidence")
    check(evidence)
    for time in filter(None, (evidence.event_time, evidence.submission_time, evidence.due)):
        _check_date(time)
    return evidence


def check(evidence: Evidence) -> None:
    """The rules that types do not express. ProofInvalid names the member that breaks one."""
    for value, form in _forms(evidence):
        if not form.pattern.fullmatch(value):
            raise ProofInvalid(expected=form.what, found=value[:80])
    if evidence.event in NEGATIVE:
        _need(evidence.reasons, "EventReasons with a negative event", evidence.event.short)
    for many in (evidence.reasons, evidence.recipients):
        _need(many or many == (), "no empty member", "an empty list")
    content, anchor = evidence.content, evidence.anchor
    counter, sequence = evidence.counter, evidence.sequence
    if content and len(content.parts) != 1:
        _need(len({p.identifier for p in content.parts}) == len(content.parts) > 0, "distinct parts", "others")
    if counter:
        _need(bool(counter.digest) != bool(counter.absent), "x-counter with digest or absent", "both or none")
        _need(bool(counter.signer) == bool(counter.certificate), "x-counter with signer and cert", "one of them")
        _need(counter.digest or not counter.signer, "x-counter with a signer of something", "of nothing")
    if sequence:
        _need(0 < sequence.n <= MAX_INTEGER, "x-seq n from 1", str(sequence.n))
        _need((sequence.previous != "") == (sequence.n > 1), "x-seq prev from n = 2 on", str(sequence.n))
    if anchor:
        _need(0 <= anchor.size <= MAX_INTEGER, "x-anchor size from 0", str(anchor.size))


def _forms(evidence: Evidence) -> Iterator[tuple[str, _Form]]:
    """Every member whose text has a fixed form, where it is present."""
    yield evidence.identifier, _URN
    yield evidence.event_time, _TIME
    yield evidence.nonce, _NONCE
    yield from ((time, _TIME) for time in (evidence.submission_time, evidence.due) if time)
    if evidence.message:
        yield evidence.message, _URN
    for party in (evidence.issuer, evidence.sender, *evidence.recipients):
        if party and party.certificate_digest:
            yield party.certificate_digest, _DIGEST
    for part in evidence.content.parts if evidence.content else ():
        yield part.digest, _ROOT
    signature, counter = evidence.signature, evidence.counter
    digests = [signature.certificate, signature.proof] if signature else []
    digests += [counter.digest, counter.certificate] if counter else []
    yield from ((digest, _DIGEST) for digest in digests if digest)
    if evidence.sequence and evidence.sequence.previous:
        yield evidence.sequence.previous, _DIGEST
    if evidence.anchor:
        yield evidence.anchor.root, _ROOT
    if evidence.status:
        yield evidence.status.message, _URN
    if evidence.recall:
        yield evidence.recall.message, _URN


def _check_size(data: bytes) -> None:
    if len(data) > MAX_EVIDENCE:
        raise ProofInvalid(expected=f"evidence of at most {MAX_EVIDENCE} bytes", found=f"{len(data)} bytes")


def _need(holds: object, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found)


def _check_date(time: str) -> None:
    """That a time of the right form exists (no 30 February). Only on reading: ours come from `iso_utc`."""
    try:
        datetime.fromisoformat(time)
    except ValueError:
        raise ProofInvalid(expected="a time that exists", found=time) from None


def encode_nonce(random: bytes) -> str:
    """`x-nonce` of 16 random bytes. ValueError for another length."""
    if len(random) != 16:
        raise ValueError(f"a nonce has 16 bytes, not {len(random)}")
    return encode_base64url(random)
