"""Signed objects, held against the evidence that names it: the bytes are here, and so nothing has to be believed.

An acknowledgement is signed by the certificate that the evidence names and lists the message with digest and outcome; a
status is the message that the evidence names, kept for this very event, and names the document; a document that is
still there has the signature that its acceptance states, one that is gone has left the proof of it. Whether certificate
and agency belong together the pass over the log tells (`audit_signers`).
"""

from __future__ import annotations

from hub.core import edxml
from hub.core.edxml import Status
from hub.core.edxml.naming import Named, mismatch
from hub.core.errors import AxisError, ProofInvalid
from hub.core.evidence import acknowledgement, document_signature
from hub.core.evidence.countersign import successor
from hub.core.evidence.format import Event, Evidence
from hub.core.ids import number_of
from hub.core.model import StatusCode
from hub.core.signature import foreign, jws
from hub.ops.fsck.faults import Fault
from hub.store import MessageRow, Store


async def counter(store: Store, message: MessageRow, leaf: int, evidence: Evidence) -> list[Fault]:
    """Of one event of a document."""
    where = f"leaf {leaf} of message {message.number}"
    if evidence.status is not None:
        row = await store.message(numbered(evidence.status.message))
        if row is None or (row.leaf, row.about) != (leaf, message.number):
            found = f"of leaf {row.leaf}, about message {row.about}" if row is not None else "none"
            return [Fault("status-elsewhere", where, f"a status of this event, {evidence.status.message}", found)]
        return []
    named = evidence.counter
    if named is None or not named.digest:
        return []
    kept = await store.signed(named.digest.removeprefix("sha-256:"))
    if kept is None:
        return []  # told by the tables
    try:
        await _acknowledgement(store, message, evidence, kept.decode("ascii", "replace"))
    except (AxisError, ValueError) as error:
        found = error.found if isinstance(error, AxisError) else str(error)
        return [Fault("acknowledgement-invalid", where, "one of this event", found[:200])]
    return []


async def _acknowledgement(store: Store, message: MessageRow, evidence: Evidence, token: str) -> None:
    kid = jws.unverified_kid(token)
    counter = evidence.counter
    assert counter is not None
    if counter.certificate not in ("", f"sha-256:{kid}"):
        raise ProofInvalid(expected=counter.certificate, found=kid)
    row = await store.x509(kid)
    if row is None and not counter.certificate:
        return  # of a version that kept no certificates, nor named the one that signed
    if row is None:
        raise ProofInvalid(expected="a certificate that was kept", found=kid)
    said = acknowledgement.verify(token, {kid: foreign.certificate(row.der)})
    items = [(i.sha256, i.event.event) for i in said.items if i.message_id == message.id]
    if said.recipient not in (counter.by, successor(evidence, counter.by)) or items != [
        (message.sha256, evidence.event)
    ]:
        raise ProofInvalid(expected=f"{message.id} {evidence.event.short}", found=f"{said.recipient} {items}"[:200])


def status(message: MessageRow, about: MessageRow | None, request: MessageRow | None, data: bytes) -> list[Fault]:
    """That a status names the document that it is about, or as an answer the one that asked."""
    read = edxml.read(edxml.parse(data))
    if not isinstance(read, Status) or about is None:
        return []
    answers = read.code in (StatusCode.AGREED, StatusCode.DISAGREED)
    issued = read.code is not StatusCode.TAKE_BACK
    rows = [about, *([request] if answers and request is not None else [])]
    named = [Named.of(row.sender, row.document_id, row.code, row.year) for row in rows]
    problems = [mismatch(read.response_for, one, issued=issued) for one in named]
    first = problems[0]
    if first is None or None in problems:
        return []
    return [Fault("status-misnames", f"message {message.number} {message.id}", *first)]


def signature(message: MessageRow, evidence: Evidence, data: bytes | None, proof: bytes | None) -> list[Fault]:
    """That the document, or its remains, has the signature that its acceptance states."""
    where, mark = f"message {message.number} {message.id}", evidence.signature
    if evidence.event is not Event.SUBMISSION_ACCEPTANCE or mark is None or mark.verdict != "VALID":
        return []
    if data is None and proof is None:
        return [Fault("proof-missing", where, mark.proof, "none")] if mark.proof or evidence.rules else []
    try:
        document_signature.check(evidence, data if data is not None else proof or b"", proof=data is None)
    except ProofInvalid as error:
        return [Fault("signature-differs", where, error.expected, error.found)]
    return []


def numbered(message: str) -> int:
    """The number of a message of this hub; 0, which no message has, of anything else."""
    try:
        return number_of(message)
    except ValueError:
        return 0
