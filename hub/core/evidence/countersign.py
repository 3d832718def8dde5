"""Whether somebody beside the hub stands behind an event, said plainly, for the reader of an evidence.

The rule: a party signed its own act, and the evidence names the SHA-256 of the signed bytes (`x-counter`). A hand-over,
an acceptance (03), a refusal (02), any other status and a refused take-back are the recipient's doing; a request to
take back by status 13 is the sender's, an agreement to it (15) the recipient's. Everything else the hub does by itself:
it accepts, warns, lets expire, takes back documents that nobody had fetched; there a counter-signature is not to be
expected.

    signed          by the party whose doing it is, with this certificate; the bytes it signed have this digest
    on-behalf       by another that acts for it: its centre, or the successor of an agency that has ended
    unknown         something was signed in its name; evidence of earlier versions does not say by whom
    absent          the evidence admits that the party did not sign, and says why (how it was authenticated, or its
                    signature's worth)
    missing         it should name one and does not: the hub tells of somebody else's doing in its own words
    foreign         somebody signed whose doing it is not
    not applicable  the hub's own doing

An evidence that says `signed` proves no more than a digest: a reader that has the signed bytes compares them
(`check_signed`), and one that has the certificates of then verifies them (`truc evidence verify`).
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from hub.core.errors import ProofInvalid, Text
from hub.core.evidence.events import Event
from hub.core.evidence.format import Evidence

FORWARDED: Final = "FORWARDED"
"""Reason `<ended agency> <its successor>`: of the acceptance, and of everything that the successor then does, whether
the delivery was forwarded to it or the agency ended afterwards and it stands in its place."""

OF_RECIPIENTS: Final = frozenset(
    {
        Event.CONTENT_HANDOVER,
        Event.CONSIGNMENT_ACCEPTANCE,
        Event.CONSIGNMENT_REJECTION,
        Event.BUSINESS_STATUS,
        Event.RECALL_REFUSED,
    }
)
"""Events that are the recipient's own doing: without `x-counter` the hub would be telling them of its own."""


BY_DOCUMENT: Final = frozenset({"recall", "update", "replacement"})
"""Causes of a take-back that are documents of their own, signed and accepted as such."""

CODES: Final = {
    Event.CONSIGNMENT_ACCEPTANCE: ("03",),
    Event.CONSIGNMENT_REJECTION: ("02",),
    Event.BUSINESS_STATUS: ("01", "04", "05", "06", "15", "16"),
    Event.RECALL_REQUEST: ("13",),
    Event.RECALL_CONFIRMED: ("15",),
    Event.RECALL_REFUSED: ("16",),
}
"""Event → the statuses by which it comes about. A genuine 01 is no acceptance."""


class Standing(StrEnum):
    SIGNED = "signed"
    ON_BEHALF = "on-behalf"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    MISSING = "missing"
    FOREIGN = "foreign"
    NOT_APPLICABLE = "not-applicable"

    @property
    def text(self) -> Text:
        return _TEXTS[self]


_TEXTS: Final = {
    Standing.SIGNED: Text("có chữ ký của", "signed by"),
    Standing.ON_BEHALF: Text("do đơn vị khác ký thay cho", "signed by another for"),
    Standing.UNKNOWN: Text("không rõ ai ký, ghi cho", "not known who signed, in the name of"),
    Standing.ABSENT: Text("không có chữ ký của", "not signed by"),
    Standing.MISSING: Text("lẽ ra phải có chữ ký, nhưng không có, của", "should be signed and is not, by"),
    Standing.FOREIGN: Text("chữ ký của người không phải bên liên quan", "signed by one whose doing it is not"),
    Standing.NOT_APPLICABLE: Text("không cần: việc của Trục", "not applicable: the hub's own doing"),
}


class Countersignature(msgspec.Struct, frozen=True, omit_defaults=True):
    """`by`: whose signature is meant, an agency; `sha256`: hex, of the signed bytes; `why`: it is absent; `signer`: the
    agency whose `certificate` (SHA-256, hex) made it."""

    standing: Standing
    by: str = ""
    sha256: str = ""
    why: str = ""
    signer: str = ""
    certificate: str = ""


SIGNATURES: Final = frozenset({Standing.SIGNED, Standing.ON_BEHALF, Standing.UNKNOWN})
"""Standings that name something signed."""


def replaced(evidence: Evidence, agency: str) -> str:
    """The ended agency that `agency` stands in for, as the evidence says; empty where it is itself meant."""
    pairs = [reason.details.split(" ") for reason in evidence.reasons if reason.code == FORWARDED]
    return next((pair[0] for pair in pairs if pair[1:] == [agency]), "")


def successor(evidence: Evidence, agency: str) -> str:
    """The agency that acts in the place of `agency`, which has ended, as the evidence says; empty where it is itself
    meant."""
    pairs = [reason.details.split(" ") for reason in evidence.reasons if reason.code == FORWARDED]
    return next((pair[1] for pair in pairs if len(pair) == 2 and pair[0] == agency), "")


def due_from(evidence: Evidence) -> tuple[str, ...]:
    """The agency that should have signed for this event; nobody where it is the hub's own doing."""
    if evidence.event in OF_RECIPIENTS or (evidence.event is Event.RECALL_CONFIRMED and evidence.status is not None):
        return tuple(party.identifier for party in evidence.recipients)
    if evidence.event is Event.RECALL_REQUEST and evidence.sender is not None:
        # A recall, an update, a replacement is a document: its acceptance says whose signature it has.
        by_document = evidence.recall is not None and evidence.recall.cause in BY_DOCUMENT and evidence.status is None
        return () if by_document else (evidence.sender.identifier,)
    return ()


def _fits(evidence: Evidence) -> bool:
    """Whether the status that the evidence names is one by which this event comes about."""
    return evidence.status is None or evidence.status.code in CODES.get(evidence.event, ())


def standing(evidence: Evidence) -> Countersignature:
    """The evidence's word on it; the evidence itself was verified by the caller."""
    counter, due = evidence.counter, due_from(evidence)
    if counter is None:
        return Countersignature(Standing.MISSING, ", ".join(due)) if due else Countersignature(Standing.NOT_APPLICABLE)
    digest = counter.digest.removeprefix("sha-256:")
    if (counter.by,) != due or not _fits(evidence):
        return Countersignature(Standing.FOREIGN, counter.by, digest, counter.absent)
    if not digest:
        return Countersignature(Standing.ABSENT, counter.by, why=counter.absent)
    certificate = counter.certificate.removeprefix("sha-256:")
    if not certificate:
        return Countersignature(Standing.UNKNOWN, counter.by, digest)
    ended = replaced(evidence, counter.by)
    of = Standing.SIGNED if counter.signer == counter.by and not ended else Standing.ON_BEHALF
    return Countersignature(of, ended or counter.by, digest, signer=counter.signer, certificate=certificate)


def check_signed(evidence: Evidence, signed: bytes) -> None:
    """That these are the bytes that the party signed: an acknowledgement's JWS or a status message. ProofInvalid."""
    named, found = standing(evidence), sha256(signed).hexdigest()
    if named.standing not in SIGNATURES:
        raise ProofInvalid(expected="evidence that names what its party signed", found=named.standing.value)
    if named.sha256 != found:
        raise ProofInvalid(expected=f"signed bytes with SHA-256 {named.sha256}", found=found)
