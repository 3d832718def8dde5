"""Every message with its bytes, its evidence and its deliveries: four accounts of the same thing, held together.

The evidence of a message is read again by its number. From it follows the content of each delivery's row: its state,
its times, its progress; from the bytes follows the message's row beside them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Final, NamedTuple

import msgspec

from hub.core import edxml
from hub.core.edxml import detail
from hub.core.edxml.detail import Detail, notable
from hub.core.errors import AxisError, ProofInvalid
from hub.core.evidence import countersign
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Evidence, Kind
from hub.core.evidence.status_rules import PROGRESS
from hub.core.model import DeliveryState, MessageKind, StatusCode, from_iso_utc
from hub.ops.fsck import signed
from hub.ops.fsck.faults import Fault, differing
from hub.record.acts.incoming import of_year
from hub.record.acts.remind import REMINDERS
from hub.store import DeliveryRow, LeafRow, MessageRow, Store
from hub.store.blobs import Blobs

_ENDS: Final = {
    Event.RECALL_CONFIRMED: DeliveryState.TAKEN_BACK,
    Event.CONSIGNMENT_REJECTION: DeliveryState.REFUSED,
    Event.ACCEPTANCE_REJECTION_EXPIRY: DeliveryState.EXPIRED,
}


_UNREAD: Final = frozenset({"NEVER_FETCHED", "NOT_FETCHED_YET", "NOT_FETCHED_IN_TIME"})


class _Said(NamedTuple):
    """One evidence of a message, with its row."""

    leaf: LeafRow
    evidence: Evidence


class MessagePass:
    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs
        self._mailboxes: dict[tuple[str, MessageKind], int] = defaultdict(int)
        self.statuses: set[str] = set()
        self.deliveries = 0

    async def check(self, message: MessageRow) -> list[Fault]:
        """Messages come in the order of their numbers."""
        where = f"message {message.number} {message.id}"
        said = _read(await self._store.timeline(message.number))
        rows = await self._store.deliveries(message.number)
        self.deliveries += len(rows)
        first = await self._first(message)
        faults = await self._bytes(message, where, said, first)
        for one in said:
            faults += await signed.counter(self._store, message, one.leaf.number, one.evidence)
        if first is None:
            faults.append(Fault("acceptance-missing", where, f"the evidence of leaf {message.leaf}", "none"))
        else:
            faults += [*_message(message, where, first, rows), *_ends_early(where, first, rows)]
        if len(rows) != message.fanout:
            faults.append(Fault("deliveries-missing", where, str(message.fanout), str(len(rows))))
        for row in sorted(rows, key=lambda r: r.seq):
            mailbox = (row.recipient, row.kind)
            self._mailboxes[mailbox] += 1
            mine = [one for one in said if one.leaf.recipient == row.recipient]
            faults += _delivery(message, row, f"{where} → {row.recipient}", mine, self._mailboxes[mailbox])
        return faults

    async def _first(self, message: MessageRow) -> _Said | None:
        """The evidence with which the message came."""
        leaf = await self._store.leaf(message.leaf)
        for one in _read([leaf]) if leaf is not None else ():
            status = one.evidence.status
            accepted = one.evidence.event is Event.SUBMISSION_ACCEPTANCE and one.evidence.message == message.id
            reported = status is not None and status.message == message.id
            if accepted if message.kind is MessageKind.DOCUMENT else reported:
                return one
        return None

    # the bytes

    async def _bytes(self, message: MessageRow, where: str, said: list[_Said], first: _Said | None) -> list[Fault]:
        data = await self._store.content(message.number)
        purged = sum(one.evidence.event is Event.RETENTION_APPLIED for one in said)
        if purged != (message.purged_at is not None):
            return [Fault("retention-differs", where, f"purged at {message.purged_at}", f"{purged} RetentionApplied")]
        if purged:
            # A file that is left over is nobody's: see the orphans.
            left = [Fault("bytes-not-deleted", where, "none", f"{len(data)} bytes")] if data is not None else []
            return left + await self._proof(message, first)
        if data is None:
            path = self._blobs.path(message.sha256)
            data = path.read_bytes() if path.exists() else None
        if data is None:
            return [Fault("bytes-missing", where, message.sha256)]
        found = hashlib.sha256(data).hexdigest()
        if len(data) != message.size or found != message.sha256:
            return [Fault("bytes-differ", where, f"{message.sha256}, {message.size}", f"{found}, {len(data)}")]
        if message.kind is MessageKind.STATUS:
            self.statuses.add(message.sha256)
        faults = _described(message, where, data) or await self._detail(message, where, data, first)
        if first is not None and not faults:
            faults += await self._signed(message, first.evidence, data)
        return faults

    async def _proof(self, message: MessageRow, first: _Said | None) -> list[Fault]:
        """The remains of a document whose bytes are gone."""
        if first is None:
            return []
        mark = first.evidence.signature
        digest = mark.proof.removeprefix("sha-256:") if mark is not None else ""
        return signed.signature(message, first.evidence, None, await self._store.signed(digest) if digest else None)

    async def _detail(self, message: MessageRow, where: str, data: bytes, first: _Said | None) -> list[Fault]:
        """Its register's facts, read from its bytes again. A message of an earlier version may have none yet."""
        try:
            kept = (await self._store.details([message.number])).get(message.number)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return [Fault("detail-unreadable", where, "what a register tells", str(error)[:80])]
        if kept is None:
            return []
        signature = first.evidence.signature if first is not None else None
        faults = _told(message, where, data, kept) + await self._notable(message, where, kept)
        if signature is not None:
            faults += differing(
                where,
                "detail-differs",
                [("certificate", signature.certificate.rpartition(":")[2], kept.certificate)],
            )
        return faults

    async def _notable(self, message: MessageRow, where: str, kept: Detail) -> list[Fault]:
        """One that is not known as what it is would be passed over; more than is true costs a look and no more."""
        of_document = notable(kept) if message.kind is MessageKind.DOCUMENT else ()
        return [
            Fault("notable-missing", where, what.name, "")
            for what in of_document
            if await self._store.finder.notable(what, message.number, 1) != [message.number]
        ]

    async def _signed(self, message: MessageRow, evidence: Evidence, data: bytes) -> list[Fault]:
        if message.kind is MessageKind.DOCUMENT:
            return signed.signature(message, evidence, data, None)
        about = await self._store.message(message.about) if message.about is not None else None
        recall = evidence.recall
        request = await self._store.message(signed.numbered(recall.message)) if recall is not None else None
        return signed.status(message, about, request, data)


def _told(message: MessageRow, where: str, data: bytes, kept: Detail) -> list[Fault]:
    claimed = edxml.parse(data)
    made = detail.decode(edxml.told_of(edxml.read(claimed), claimed, kept.certificate))
    # Which rules it broke harmlessly was judged on the day that it came; evidence has their codes.
    return differing(where, "detail-differs", [("told", msgspec.structs.replace(made, noted=kept.noted), kept)])


def _described(message: MessageRow, where: str, data: bytes) -> list[Fault]:
    """The row's part about the bytes, read from the bytes again."""
    try:
        read = edxml.summary_of(edxml.read(edxml.parse(data)), message.sha256)._asdict()
    except AxisError as error:
        return [Fault("bytes-unreadable", where, "an edXML message", error.found)]
    if message.identity == of_year(message.document_id, message.year):
        read["identity"] = of_year(str(read["identity"]), message.year)  # of another year has the same DocumentId
    if message.kind is MessageKind.STATUS and not message.key:
        del read["key"]  # an earlier version kept none
    said = [(name, value, getattr(message, name)) for name, value in read.items() if value is not None]
    return differing(where, "message-differs", said)


def _read(leaves: list[LeafRow]) -> list[_Said]:
    said = []
    for leaf in leaves:
        try:
            if leaf.kind == Kind.EVIDENCE:
                said.append(_Said(leaf, ev.decode(leaf.object)))
        except ProofInvalid:
            continue  # told by the pass over the log
    return said


# the rows


def _message(message: MessageRow, where: str, first: _Said, rows: list[DeliveryRow]) -> list[Fault]:
    evidence = first.evidence
    counter, signature, status = evidence.counter, evidence.signature, evidence.status
    pairs: list[tuple[str, object, object]] = [("accepted_at", first.leaf.at, message.accepted_at)]
    if message.kind is MessageKind.DOCUMENT:
        forwarded = {tuple(r.details.split(" ")[:2]) for r in evidence.reasons if r.code == "FORWARDED"}
        recipients = sorted(r.identifier for r in evidence.recipients)
        pairs += [
            ("sender", evidence.sender.identifier if evidence.sender else "", message.sender),
            ("sha256", (evidence.document_digest() or b"").hex(), message.sha256),
            ("document_id", evidence.content.document_id if evidence.content else "", message.document_id),
            ("verdict", signature.verdict if signature else "", message.verdict),
            ("recipients", recipients, sorted(row.recipient for row in rows)),
            ("forwarded", forwarded, {(row.forwarded_from, row.recipient) for row in rows if row.forwarded_from}),
        ]
    else:
        signed = counter is not None and bool(counter.digest)
        digest = f"sha-256:{message.sha256}" if signed else ""
        verdict = "VALID" if signed else counter.absent if counter else message.verdict
        named = {r.identifier for r in evidence.recipients}
        if evidence.event is not Event.RECALL_REQUEST:
            named = {evidence.sender.identifier} if evidence.sender else set()
        pairs += [
            ("sender", _spoke(evidence) or message.sender, message.sender),
            ("sha256", counter.digest if counter else "", digest),
            ("verdict", verdict, message.verdict),
            ("status_code", status.code if status else "", message.status_code),
            ("about", first.leaf.message, message.about),
            ("recipients", True, {row.recipient for row in rows} <= named),
        ]
    return differing(where, "message-differs", pairs)


def _spoke(evidence: Evidence) -> str:
    """Whose status brought this evidence about: the party, or the successor that stands in its place."""
    by = evidence.counter.by if evidence.counter else ""
    return countersign.successor(evidence, by) or by


def _warns(evidence: Evidence) -> bool:
    """Not so a reminder: the warning before the end is still to come."""
    codes = {reason.code for reason in evidence.reasons}
    return evidence.event is Event.HANDOVER_WARNING and not codes <= REMINDERS


def _delivery(message: MessageRow, row: DeliveryRow, where: str, said: list[_Said], seq: int) -> list[Fault]:
    """The row as its events say it must be."""
    state, handed, ended = DeliveryState.WAITING, None, None
    progress, warned = "", False
    reported: int | None = None
    faults = _offered(message, row, where, said)
    for leaf, evidence in said:
        if ended is not None and evidence.event in (*_ENDS, Event.CONTENT_HANDOVER):
            faults.append(Fault("state-contradicts-evidence", where, f"nothing after {state}", leaf.event))
        if evidence.event is Event.CONTENT_HANDOVER:
            state, handed = DeliveryState.HANDED_OVER, leaf.at
        elif evidence.event in _ENDS:
            state, ended = _ENDS[evidence.event], leaf.at
        warned = warned or _warns(evidence)
        if evidence.status is not None:
            reported = signed.numbered(evidence.status.message)
        if evidence.status is not None and evidence.status.code in PROGRESS:
            progress = StatusCode(evidence.status.code).value
    if row.state is not state:
        faults.append(Fault("state-contradicts-evidence", where, state.value, row.state.value))
    open_ = row.state in (DeliveryState.WAITING, DeliveryState.HANDED_OVER)
    pairs: list[tuple[str, object, object]] = [
        ("kind", message.kind, row.kind),
        ("lane", message.priority, row.lane),
        ("placed_at", message.accepted_at, row.placed_at),
        ("seq", seq, row.seq),
        ("handed_at", handed, row.handed_at),
        ("ended_at", ended, row.ended_at),
        ("progress", progress, row.progress),
        ("warned", warned, row.warned),
        ("reported", reported, row.reported if row.reported is not None else reported),  # none of earlier versions
        ("due_at", None, row.due_at if row.state is not DeliveryState.WAITING else None),
        ("pending", None, row.pending if not open_ or (row.pending or message.number + 1) <= message.number else None),
    ]
    return faults + differing(where, "delivery-differs", pairs)


def _offered(message: MessageRow, row: DeliveryRow, where: str, said: list[_Said]) -> list[Fault]:
    """A document that was read is never called unread: when it was first offered, against every reason that says
    something of it. Nothing follows from a 0, for an earlier version kept no record of it."""
    at = row.offered_at
    if at == 0:
        return []
    faults = []
    for leaf, evidence in said:
        reasons = {reason.code for reason in evidence.reasons}
        read = at is not None and at <= leaf.at
        if (reasons & _UNREAD and read) or ("FETCHED_NOT_ACKNOWLEDGED" in reasons and not read):
            faults.append(Fault("reason-contradicts-offer", where, f"offered {at}", f"{leaf.event} {sorted(reasons)}"))
    last = row.handed_at or row.ended_at
    if at is not None and (at < message.accepted_at or (last is not None and at > last)):
        faults.append(
            Fault("delivery-differs", f"{where} offered_at", f"from {message.accepted_at} to {last}", str(at))
        )
    if at is None and row.state is DeliveryState.WAITING and row.pending is not None:
        faults.append(Fault("delivery-differs", f"{where} pending", "None of what was never offered", str(row.pending)))
    return faults


def _ends_early(where: str, first: _Said, rows: list[DeliveryRow]) -> list[Fault]:
    """None is to end before the time that its acceptance promised."""
    due = from_iso_utc(first.evidence.due) if first.evidence.due else 0
    return [
        Fault("delivery-differs", f"{where} → {row.recipient} ends_at", f"{due} or later", str(row.ends_at))
        for row in rows
        if row.state is DeliveryState.WAITING and row.ends_at is not None and row.ends_at < due
    ]
