"""An operator who holds every key of the hub and lies, and the six verifiers that judge what comes of it.

The lies are written into a real record by the hub's own scribe: numbered, chained, signed, sealed, so that nothing but
what is told is false. Every lie leaves the document and the leaf that a victim would be shown.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
from click.testing import CliRunner

from clients import verify_receipt
from hub.cli.main import main
from hub.core.bundle.audit import Report, verify
from hub.core.evidence import acknowledgement
from hub.core.evidence import format as ev
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.evidence.format import Event, RecallMark, StatusMark
from hub.core.evidence.statement import Said
from hub.core.log.keys import Verifier
from hub.core.model import Business, MessageKind, Millis, StatusCode
from hub.core.signature import jws
from hub.evidence_export.export import Wish, export
from hub.ops.fsck import Fsck
from hub.pki import profile as pki
from hub.pki.issue import Credential
from hub.record.acts.delivery import Acknowledge, Item
from hub.record.acts.document import AcceptDocument
from hub.record.acts.incoming import Accepted, Incoming
from hub.record.evidence_writer import EvidenceWriter, Place, Sender
from hub.store import MessageRow
from tests.core.audit.kit import audited, policy_of
from tests.core.bundle.kit import stamp
from tests.exchange.kit import a_status, report
from tests.support.axis import HA_NOI, HOUR, SON_LA, VPCP, Axis

RECEIPT, READABLE, PLAIN, STRICT = "receipt verify", "verify_receipt.py", "evidence verify", "evidence verify --strict"
AUDIT, FSCK = "log audit", "fsck"
VERIFIERS = (RECEIPT, READABLE, PLAIN, STRICT, AUDIT, FSCK)
URN = "urn:uuid:01234567-89ab-4cde-8f01-0123456789ab"


@dataclass(frozen=True)
class Told:
    """What a lie left: the document, and the leaf of the evidence that lies."""

    message: MessageRow
    leaf: int


Lie = Callable[[Axis], Awaitable[Told]]


@dataclass(frozen=True)
class Say:
    """An act that writes what it is told."""

    tell: Callable[[EvidenceWriter], int]

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        leaf = self.tell(writer)
        return leaf, (leaf,)


async def say(axis: Axis, tell: Callable[[EvidenceWriter], int]) -> int:
    return (await axis.exchange.sequencer.submit(Say(tell))).answer


async def says(axis: Axis, event: Event, message: MessageRow, recipient: str = SON_LA, **members: object) -> Told:
    """Evidence of that event of a delivery, in the recipient's chain; the row is left as it was."""
    said = Said(recipients=[recipient] if recipient else (), **members)  # type: ignore[arg-type]
    owner = (recipient, "in") if recipient else (message.sender, "out")
    tell = lambda writer: writer.evidence(event, message, said, owner=owner, recipient=recipient).leaf  # noqa: E731
    return Told(message, await say(axis, tell))


def signed_by(axis: Axis, agency: str, digest: str) -> ev.Counter:
    certificate = f"sha-256:{jws.key_id(axis.credential(agency).certificate)}"
    return ev.Counter(agency, digest=f"sha-256:{digest}", signer=agency, certificate=certificate)


async def a_held_document(axis: Axis) -> MessageRow:
    sent = await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    return sent.answer.message


# the lies


async def nothing(axis: Axis) -> Told:
    """No lie: a document handed over."""
    message = await a_held_document(axis)
    (leaf,) = [row for row in await axis.exchange.store.timeline(message.number) if row.event == "ContentHandover"]
    return Told(message, leaf.number)


async def _stood_in(axis: Axis, key: Credential, *, claims: bool = False) -> Told:
    """SON_LA gets a centre for a minute, whose key signs for it."""
    certificate = pki.registered(key, Millis(0))
    puppet, before = axis.exchange.directory[HA_NOI], axis.exchange.directory[SON_LA]
    both = tuple({c.sha256: c for c in (*puppet.certificates, certificate)}.values())
    await axis.exchange.change_directory([msgspec.structs.replace(puppet, certificates=both)], "operator:x")
    message = (await axis.send(VPCP, SON_LA)).answer.message
    await axis.exchange.change_directory([msgspec.structs.replace(before, centre=HA_NOI)], "operator:x")
    kid = jws.key_id(key.certificate)
    item = acknowledgement.Item(message.id, message.sha256, Outcome.CONTENT_HANDOVER)
    token = acknowledgement.sign(Acknowledgement(SON_LA, axis.clock(), (item,)), key.key, kid).encode()
    act = Acknowledge(
        recipient=SON_LA,
        items=(Item(message.id, message.sha256, Event.CONTENT_HANDOVER, message.number),),
        signed=token,
        digest=sha256(token).hexdigest(),
        signer=SON_LA if claims else HA_NOI,
        certificate=kid,
    )
    ((done,), _) = await axis.exchange.sequencer.submit(act)
    assert done.leaf is not None
    await axis.exchange.change_directory([before], "operator:x")
    return Told(message, done.leaf)


async def centre_for_a_minute(axis: Axis) -> Told:
    """A puppet is made the agency's centre, signs for it, and is dismissed."""
    return await _stood_in(axis, axis.credential(HA_NOI))


async def centre_with_the_seal(axis: Axis) -> Told:
    """The same, and the puppet's certificate is the hub's own seal."""
    axis.exchange.reserved = frozenset()  # an honest hub refuses it
    return await _stood_in(axis, axis.profile.hub("seal"))


async def another_named_as_signer(axis: Axis) -> Told:
    """The puppet signs, and the evidence says that the agency itself did."""
    return await _stood_in(axis, axis.credential(HA_NOI), claims=True)


async def _succeeded(axis: Axis, message: MessageRow) -> Told:
    """HA_NOI signs for what SON_LA was sent, as its successor."""
    key = axis.credential(HA_NOI)
    kid = jws.key_id(key.certificate)
    item = acknowledgement.Item(message.id, message.sha256, Outcome.CONTENT_HANDOVER)
    token = acknowledgement.sign(Acknowledgement(SON_LA, axis.clock(), (item,)), key.key, kid).encode()
    act = Acknowledge(
        recipient=SON_LA,
        items=(Item(message.id, message.sha256, Event.CONTENT_HANDOVER, message.number),),
        signed=token,
        digest=sha256(token).hexdigest(),
        signer=HA_NOI,
        certificate=kid,
        heir=HA_NOI,
    )
    ((done,), _) = await axis.exchange.sequencer.submit(act)
    assert done.leaf is not None
    return Told(message, done.leaf)


async def successor_for_a_minute(axis: Axis) -> Told:
    """The agency "ended yesterday", a puppet succeeds it, signs for it, and the agency is there again."""
    before = axis.exchange.directory[SON_LA]
    message = (await axis.send(VPCP, SON_LA)).answer.message
    ended = msgspec.structs.replace(before, valid_to=date(2026, 11, 21), successor=HA_NOI)
    await axis.exchange.change_directory([ended], "operator:x")
    told = await _succeeded(axis, message)
    await axis.exchange.change_directory([before], "operator:x")
    return told


async def succession_invented(axis: Axis) -> Told:
    """The same, and the directory never said so."""
    return await _succeeded(axis, (await axis.send(VPCP, SON_LA)).answer.message)


async def returned_unasked(axis: Axis) -> Told:
    """A document that was handed over is "taken back", for a lease lapsed; nobody asked."""
    message = await a_held_document(axis)
    lapsed = [("LEASE_LAPSED", "")]
    return await says(axis, Event.RECALL_CONFIRMED, message, recall=RecallMark(message.id, "update"), reasons=lapsed)


async def taken_back_unasked(axis: Axis) -> Told:
    """What waits is taken back for a status 13 that nobody sent."""
    message = (await axis.send(VPCP, SON_LA)).answer.message
    reasons = [("NEVER_FETCHED", "")]
    return await says(axis, Event.RECALL_CONFIRMED, message, recall=RecallMark(URN, "status-13"), reasons=reasons)


async def returned_unsigned(axis: Axis) -> Told:
    """The recipient is said to have agreed, without a signature."""
    message = await a_held_document(axis)
    asked = await axis.status(VPCP, StatusCode.TAKE_BACK, accepted(message), other=VPCP)
    unsigned = ev.Counter(SON_LA, absent="ABSENT")
    request = RecallMark(asked.answer.message.id, "status-13")
    return await says(
        axis, Event.RECALL_CONFIRMED, message, counter=unsigned, status=StatusMark("15", URN), recall=request
    )


def accepted(message: MessageRow) -> Accepted:
    return Accepted(message=message, repeated=False, recipients=(SON_LA,))


async def foreign_acceptance(axis: Axis) -> Told:
    """A genuine 03 about another document is shown for this one."""
    other = await a_held_document(axis)
    message = await a_held_document(axis)
    said = await report(axis, a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number=other.code))
    genuine = said.answer.message
    counter = signed_by(axis, SON_LA, genuine.sha256)
    return await says(axis, Event.CONSIGNMENT_ACCEPTANCE, message, counter=counter, status=StatusMark("03", genuine.id))


async def old_answer_again(axis: Axis) -> Told:
    """The 16 to a first request answers a second one too."""
    message = await a_held_document(axis)
    await axis.status(VPCP, StatusCode.TAKE_BACK, accepted(message), other=VPCP)
    said = await axis.status(SON_LA, StatusCode.DISAGREED, accepted(message))
    second = await axis.status(VPCP, StatusCode.TAKE_BACK, accepted(message), other=VPCP, reason="hai")
    genuine, counter = said.answer.message, signed_by(axis, SON_LA, said.answer.message.sha256)
    request = RecallMark(second.answer.message.id, "status-13")
    reasons = [("STATUS_16", "")]
    return await says(
        axis,
        Event.RECALL_REFUSED,
        message,
        counter=counter,
        status=StatusMark("16", genuine.id),
        recall=request,
        reasons=reasons,
    )


async def answered_twice(axis: Axis) -> Told:
    """One request, refused by the recipient's 16, is answered once more without a signature."""
    message = await a_held_document(axis)
    asked = await axis.status(VPCP, StatusCode.TAKE_BACK, accepted(message), other=VPCP)
    await axis.status(SON_LA, StatusCode.DISAGREED, accepted(message))
    unsigned, request = ev.Counter(SON_LA, absent="ABSENT"), RecallMark(asked.answer.message.id, "status-13")
    reasons = [("STATUS_16", "")]
    return await says(
        axis,
        Event.RECALL_REFUSED,
        message,
        counter=unsigned,
        status=StatusMark("16", URN),
        recall=request,
        reasons=reasons,
    )


async def arrival_as_acceptance(axis: Axis) -> Told:
    """A genuine 01 (arrived) is recorded as an acceptance."""
    message = await a_held_document(axis)
    said = await axis.status(SON_LA, StatusCode.ARRIVED, accepted(message))
    genuine, counter = said.answer.message, signed_by(axis, SON_LA, said.answer.message.sha256)
    return await says(axis, Event.CONSIGNMENT_ACCEPTANCE, message, counter=counter, status=StatusMark("01", genuine.id))


async def expired_early(axis: Axis) -> Told:
    """A document "was not fetched in time", an hour after it was placed."""
    message = (await axis.send(VPCP, SON_LA)).answer.message
    axis.clock.forward(HOUR)
    return await says(axis, Event.ACCEPTANCE_REJECTION_EXPIRY, message, reasons=[("NOT_FETCHED_IN_TIME", "")])


async def purged_early(axis: Axis) -> Told:
    """The bytes of a document that nobody has read are deleted."""
    message = (await axis.send(VPCP, SON_LA)).answer.message

    def purge(writer: EvidenceWriter) -> int:
        writer.tx.purge(message.number, writer.at)
        reasons = [("ACCEPTED_BEFORE", "2026-11-22T04:00:00.000Z")]
        return writer.evidence(Event.RETENTION_APPLIED, message, Said(reasons=reasons), owner=(VPCP, "out")).leaf

    return Told(message, await say(axis, purge))


async def _invented(axis: Axis, proof: str) -> Told:
    content = b"nobody ever wrote this"
    certificate = jws.key_id(axis.credential(VPCP).certificate)
    incoming = Incoming(
        kind=MessageKind.DOCUMENT, business=Business.NEW, identity="x", document_id="x", code="9/X", year=2026,
        sender=Sender(VPCP, "mtls", "VALID", "ecdsa-sha256", certificate, proof), subject="", type_name="", priority=0,
        sha256=sha256(content).hexdigest(), size=len(content), content=content, submitted_at=axis.clock(),
    )  # fmt: skip
    act = AcceptDocument(incoming=incoming, places=(Place(SON_LA),), due=HOUR, ends=24 * HOUR)
    accepted = (await axis.exchange.sequencer.submit(act)).answer.message
    items = ((accepted.id, accepted.sha256),)
    await axis.exchange.acknowledge_unsigned(axis.caller(SON_LA), SON_LA, items)

    def purge(writer: EvidenceWriter) -> int:
        writer.tx.purge(accepted.number, writer.at)
        return writer.evidence(Event.RETENTION_APPLIED, accepted, owner=(VPCP, "out")).leaf

    await say(axis, purge)
    return Told(accepted, accepted.leaf)


async def invented(axis: Axis) -> Told:
    """A document that never existed: accepted as VALID, handed over to one that "cannot sign", deleted."""
    return await _invented(axis, "sha-256:" + "e" * 64)


async def invented_of_old(axis: Axis) -> Told:
    """The same, told as a hub of an earlier version would: without the proof of a signature."""
    await a_held_document(axis)
    rules, ev.RULES = ev.RULES, 0  # type: ignore[misc]
    try:
        return await _invented(axis, "")
    finally:
        ev.RULES = rules  # type: ignore[misc]


LIES: dict[str, Lie] = {
    lie.__name__.replace("_", " "): lie
    for lie in (
        nothing, centre_for_a_minute, centre_with_the_seal, another_named_as_signer, successor_for_a_minute,
        succession_invented, returned_unasked,
        taken_back_unasked, returned_unsigned, foreign_acceptance, arrival_as_acceptance, old_answer_again,
        answered_twice, expired_early, purged_early, invented, invented_of_old,
    )
}  # fmt: skip


# the verifiers: what each says, in a few words


async def verdicts(axis: Axis, told: Told, folder: Path) -> dict[str, str]:
    receipt = await axis.exchange.store.inspect(partial(axis.log.receipt, leaf=told.leaf))
    file, policy = folder / "r.tlog-proof", folder / "log.policy"
    file.write_bytes(receipt)
    policy.write_text("".join(f"log {key}\n" for key in axis.log.vkeys) + "quorum none\n")
    await stamp(axis)
    message = await axis.exchange.store.message(told.message.number)
    assert message is not None
    data = await export(axis.exchange, axis.log, message, Wish())
    anchors = axis.profile.anchors()
    findings = (await audited(axis)).findings
    return {
        RECEIPT: await asyncio.to_thread(_receipt, file, policy),
        READABLE: _readable(file, policy),
        PLAIN: _bundle(verify(data, policy_of(axis), anchors)),
        STRICT: _bundle(verify(data, policy_of(axis), anchors, document=axis.sent.get(told.message.id), strict=True)),
        AUDIT: ", ".join(sorted({finding.what.value for finding in findings})) or "nothing",
        FSCK: ", ".join(sorted(await faults(axis))) or "nothing",
    }


async def faults(axis: Axis) -> set[str]:
    verifiers = [Verifier.parse(key) for key in axis.log.vkeys]
    fsck = Fsck(axis.exchange.store, axis.exchange.blobs, axis.log.origin, verifiers, lambda what, n: None)
    return {fault.what async for fault in fsck.run()}


def _receipt(file: Path, policy: Path) -> str:
    arguments = ["receipt", "verify", str(file), "--policy", str(policy), "--json"]
    result = CliRunner().invoke(main, arguments, env={"TRUC_LANG": "en"}, catch_exceptions=False)
    answer = json.loads(result.output)
    if not answer["ok"]:
        return "refused"
    standing = answer["countersignature"]["standing"]
    return "hub's word" if "signature" in answer["evidence"] or "x-signature" in answer["evidence"] else standing


def _readable(file: Path, policy: Path) -> str:
    code, answer, text = verify_receipt.judge(str(file), str(policy), None, "en")
    if code:
        return "refused"
    assert "x-signature" not in answer["evidence"] or "by the hub's word" in text
    return answer["signature"] or str(answer["countersigned"]["standing"])


def _bundle(judged: Report) -> str:
    failed = [str(step.number) for step in judged.steps if step.result == "failed"]
    if failed:
        return f"step {failed[0]} failed"
    words = {step.result.value for step in judged.steps[4:7]} - {"passed"}
    told = f" ({', '.join(sorted(words))})" if words else ""
    return ("VERIFIED" if judged.ok else "INCOMPLETE") + told
