"""A client's checks before it believes "accepted": the receipt, and that it is about the sent bytes.

1. The receipt is a well-formed proof, and its evidence lies under the root that its checkpoint names.
2. With a policy: that checkpoint is signed by a log of the policy. Its quorum of witnesses is asked for where a receipt
   is got later; the one that comes with the answer is older than any witness' signature. Without a policy nobody
   vouches for the checkpoint, and the `Proof` says so with an empty `log`.
3. The evidence is the one due: its event, the message's identifier, the SHA-256 of the very bytes that were sent; for
   a status and an acknowledgement, the SHA-256 of this side's signed object, as counter-signature.

All raise ProofInvalid. A hub whose answer fails here has promised nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from hub.core import edxml, wire
from hub.core.edxml import Status
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.evidence.format import Event, Evidence, Kind
from hub.core.log import note
from hub.core.log.merkle import leaf_hash, verify_inclusion
from hub.core.log.policy import Policy
from hub.core.model import MessageKind, Millis


class Proof(msgspec.Struct, frozen=True):
    """A receipt that passed 1, and 2 where `log` (the vkey that signed) is not empty.

    raw        the `.tlog-proof` file, as to be kept
    index      number of the evidence's leaf, in a tree of `size` leaves
    cosigners  names of the witnesses that counted
    """

    raw: bytes
    evidence: Evidence
    index: int
    origin: str
    size: int
    log: str = ""
    cosigners: tuple[str, ...] = ()


def prove(data: bytes, policy: Policy | None, at: Millis, *, quorum: bool = True) -> Proof:
    """Checks 1 and 2. `at`: now; cosignatures from the future do not count. `quorum` False: too few of the policy's
    witnesses are no error; `cosigners` names those that signed."""
    if policy is None:
        return _unvouched(data)
    if not quorum:
        policy = msgspec.structs.replace(policy, quorum="none")
    verified = receipt.verify(data, policy, at=at)
    return Proof(
        raw=data,
        evidence=verified.evidence,
        index=verified.index,
        origin=verified.origin,
        size=verified.size,
        log=verified.log,
        cosigners=tuple(c.name for c in verified.cosigners),
    )


def _unvouched(data: bytes) -> Proof:
    parsed = receipt.parse(data)
    evidence = ev.decode(parsed.evidence)
    checkpoint = note.parse(parsed.note).checkpoint
    leaf = leaf_hash(ev.entry(Kind.EVIDENCE, parsed.evidence))
    verify_inclusion(leaf, parsed.index, checkpoint.size, parsed.proof, checkpoint.root)
    return Proof(data, evidence, parsed.index, checkpoint.origin, checkpoint.size)


def check_submission(
    submitted: wire.Submitted, sent: bytes, kind: MessageKind, policy: Policy | None, at: Millis
) -> Proof:
    """Checks 1 to 3 of the answer to `sent`."""
    digest = hashlib.sha256(sent).hexdigest()
    if kind is MessageKind.STATUS and submitted.repeated and submitted.message.sha256 != digest:
        return _said_before(submitted, sent, policy, at)
    _same("SHA-256 of what was sent", digest, submitted.message.sha256)
    proof = prove(submitted.receipt.encode(), policy, at, quorum=False)
    check = _document if kind is MessageKind.DOCUMENT else _status
    check(proof.evidence, submitted.message.id, digest)
    return proof


def _said_before(submitted: wire.Submitted, sent: bytes, policy: Policy | None, at: Millis) -> Proof:
    """Of a status that was made again: the receipt of the one before, if it says the same of such a document."""
    status = edxml.read(edxml.parse(sent))
    proof = prove(submitted.receipt.encode(), policy, at, quorum=False)
    evidence = proof.evidence
    _status(evidence, submitted.message.id, submitted.message.sha256)
    if not isinstance(status, Status) or evidence.status is None or evidence.counter is None:
        raise ProofInvalid(expected="a status that was sent before", found=submitted.message.id)
    _same("status", status.code.value, evidence.status.code)
    _one_of("sender of the status", (evidence.counter.by, evidence.counter.signer), status.sender.organ_id)
    return proof


def _document(evidence: Evidence, message_id: str, digest: str) -> None:
    _same("event", Event.SUBMISSION_ACCEPTANCE.short, evidence.event.short)
    _same("message", message_id, evidence.message)
    _same("SHA-256 of what was sent", digest, (evidence.document_digest() or b"").hex())


def _status(evidence: Evidence, message_id: str, digest: str) -> None:
    _same("status message", message_id, evidence.status.message if evidence.status else "none")
    counter = evidence.counter
    if counter is None or counter.digest:
        _same("SHA-256 of what was signed", f"sha-256:{digest}", counter.digest if counter else "none")


def check_handover(item: wire.AcknowledgedItem, sha256: str, signed: str, policy: Policy | None, at: Millis) -> Proof:
    """Checks 1 to 3 of one acknowledged item; `signed`: the JWS that this side sent."""
    proof = prove(item.receipt.encode(), policy, at, quorum=False)
    evidence = proof.evidence
    handed_over = (Event.CONTENT_HANDOVER.short, Event.CONSIGNMENT_REJECTION.short)
    _one_of("event", handed_over, evidence.event.short)
    _same("evidence", item.evidence, evidence.identifier)
    _same("message", item.message, evidence.message)
    _same("SHA-256 of what was received", sha256, (evidence.document_digest() or b"").hex())
    if not item.repeated:  # of a repeated one, the first acknowledgement is named
        counter = evidence.counter.digest if evidence.counter else "none"
        _same("SHA-256 of what was signed", ev.digest_text(signed.encode()), counter)
    return proof


def check_same(before: Proof, after: Proof) -> None:
    """Both prove the same leaf of the same log."""
    _same("origin", before.origin, after.origin)
    _same("index", str(before.index), str(after.index))
    _same("evidence", ev.digest_text(ev.encode(before.evidence)), ev.digest_text(ev.encode(after.evidence)))


def is_better(before: Proof, after: Proof) -> bool:
    """Whether none is missing of the witnesses that counted before, and more count, or, as far as a policy that does
    not know them can tell, more have signed."""
    counted = set(before.cosigners) <= set(after.cosigners)
    return counted and (len(after.cosigners), _lines(after)) > (len(before.cosigners), _lines(before))


def _lines(proof: Proof) -> int:
    return len(note.parse(receipt.parse(proof.raw).note).lines)


def _same(what: str, expected: str, found: str) -> None:
    _one_of(what, (expected,), found)


def _one_of(what: str, expected: Sequence[str], found: str) -> None:
    if found not in expected:
        raise ProofInvalid(expected=f"{what} {' or '.join(expected)}", found=found or "none")
