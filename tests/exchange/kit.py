"""What the tests of the exchange share: receipts checked as a stranger would, statuses of every form, and the audit
that every axis has to pass at the end of every test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable
from datetime import date, datetime
from functools import partial
from typing import TypeVar

import pytest

from hub.core.edxml import ResponseFor, Staff, Status
from hub.core.errors import Refusal
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Evidence, Kind
from hub.core.evidence.receipt import VerifiedReceipt, verify
from hub.core.log import merkle, note, policy
from hub.core.log.keys import Checkpoint, Verifier
from hub.core.model import Agency, DeliveryState, MessageKind, StatusCode
from hub.core.strict import encode_base64
from hub.delivery.mailboxes import Leased
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from hub.store import DeliveryRow, LeafRow, MessageRow
from tests.support.axis import Axis, organ
from tests.support.logkit import Naive

R = TypeVar("R", bound=Refusal)
ALL = 1 << 20


def verified(axis: Axis, receipt: bytes, document: bytes | None = None) -> VerifiedReceipt:
    """The receipt as a verifier without the hub sees it: a policy of one log key, and the document's bytes."""
    trusted = policy.parse("".join(f"log {vkey}\n" for vkey in axis.log.vkeys) + "quorum none\n")
    return verify(receipt, trusted, document)


def only(sealed: Sealed[Accepted]) -> bytes:
    """The one receipt of an answer."""
    (receipt,) = sealed.receipts.values()
    return receipt


async def refused(kind: type[R], attempt: Awaitable[object]) -> R:
    with pytest.raises(kind) as caught:
        await attempt
    return caught.value


def rejection(axis: Axis, refusal: Refusal, document: bytes) -> Evidence:
    """The evidence of a refused submission, from the receipt that comes with the refusal."""
    receipt = refusal.facts["receipt"]
    assert isinstance(receipt, bytes)
    evidence = verified(axis, receipt, document).evidence
    assert evidence.event is Event.SUBMISSION_REJECTION
    assert [reason.code for reason in evidence.reasons] == [refusal.code]
    return evidence


def pairs(leased: list[Leased]) -> list[tuple[str, str]]:
    return [(item.entry.message.id, item.entry.message.sha256) for item in leased]


def ids(leased: list[Leased]) -> list[str]:
    return [item.entry.message.id for item in leased]


def a_status(
    sender: str,
    code: StatusCode,
    other: str,
    *,
    document_id: str = "",
    number: str = "",
    year: int | None = 2026,
    reason: str = "lý do",
    by: str = "Văn thư",
) -> Status:
    return Status(
        sender=organ(sender),
        response_for=ResponseFor(
            organ_id=other,
            code=number,
            document_id=document_id,
            promulgation_date=date(year, 11, 20) if year else None,
        ),
        staff=Staff(department="Văn thư", staff=by),
        code=code,
        description=reason,
        timestamp=datetime(2026, 11, 22, 9, 15),
    )


async def report(axis: Axis, status: Status) -> Sealed[Accepted]:
    return await axis.submit(axis.sign(status), status.sender.organ_id)


async def evidence_of(axis: Axis, accepted: Accepted, event: Event, recipient: str = "") -> list[Evidence]:
    leaves = await axis.exchange.store.timeline(accepted.message.number)
    return [
        ev.decode(leaf.object)
        for leaf in leaves
        if leaf.event == event.short and (not recipient or leaf.recipient == recipient)
    ]


async def changed(axis: Axis, agency: Agency) -> None:
    await axis.exchange.change_directory([agency], "test")


# the audit

FINAL = {
    DeliveryState.TAKEN_BACK: Event.RECALL_CONFIRMED,
    DeliveryState.REFUSED: Event.CONSIGNMENT_REJECTION,
    DeliveryState.EXPIRED: Event.ACCEPTANCE_REJECTION_EXPIRY,
}


async def audit(axis: Axis) -> None:
    """Everything that must hold of any axis at any moment, from its record alone."""
    leaves = await axis.exchange.store.leaves(0, ALL)
    assert [leaf.number for leaf in leaves] == list(range(len(leaves)))
    naive = Naive([merkle.leaf_hash(ev.entry(Kind(leaf.kind), leaf.object)) for leaf in leaves])
    _chains(leaves, naive)
    await _checkpoints(axis, naive)
    messages = await _messages(axis)
    await _deliveries(axis, messages, leaves)
    await _receipts(axis, messages)


def _chains(leaves: list[LeafRow], naive: Naive) -> None:
    """x-seq without a gap and linked, time that never runs back, anchors that are the log's own past."""
    last: dict[tuple[str, str], tuple[int, str]] = defaultdict(lambda: (0, ""))
    time, identifiers, nonces = 0, set(), set()
    for leaf in leaves:
        assert leaf.at >= time
        time = leaf.at
        if leaf.kind != Kind.EVIDENCE:
            continue
        evidence = ev.decode(leaf.object)
        assert (evidence.at, evidence.event.short) == (leaf.at, leaf.event)
        sequence, anchor = evidence.sequence, evidence.anchor
        assert sequence is not None
        n, digest = last[sequence.agency, sequence.direction]
        assert (sequence.n, sequence.previous) == (n + 1, digest)
        last[sequence.agency, sequence.direction] = (sequence.n, ev.digest_text(leaf.object))
        assert anchor is not None
        assert anchor.size <= leaf.number
        assert anchor.root == encode_base64(naive.mth(0, anchor.size))
        identifiers.add(evidence.identifier)
        nonces.add(evidence.nonce)
    assert len(identifiers) == len(nonces) == sum(leaf.kind == Kind.EVIDENCE for leaf in leaves)


async def _checkpoints(axis: Axis, naive: Naive) -> None:
    """Each root is the naive root, each note is signed, each is consistent with the one before and with the last."""
    store, size = axis.exchange.store, len(naive.leaves)
    rows = await store.checkpoints(0, ALL)
    verifiers = [Verifier.parse(vkey) for vkey in axis.log.vkeys]
    for row in rows:
        assert row.root == naive.mth(0, row.size)
        assert note.open_note(row.note, verifiers).checkpoint == Checkpoint(axis.log.origin, row.size, row.root)
        proof = await store.inspect(partial(axis.log.consistency, old=row.size, new=size))
        merkle.verify_consistency(row.size, row.root, size, naive.mth(0, size), proof)
    assert [row.size for row in rows][-1:] == [size][: len(rows)]
    assert (await store.last_checkpoint()) == (rows[-1] if rows else None)


async def _messages(axis: Axis) -> list[MessageRow]:
    found: list[MessageRow] = []
    while (message := await axis.exchange.store.message(len(found) + 1)) is not None:
        found.append(message)
    return found


async def _deliveries(axis: Axis, messages: list[MessageRow], leaves: list[LeafRow]) -> None:
    """Each delivery in one state, with the evidence of that state and of no other end; a ledger without difference."""
    events = Counter((leaf.message, leaf.recipient, leaf.event) for leaf in leaves)
    mailboxes: dict[tuple[str, MessageKind], list[int]] = defaultdict(list)
    states: dict[tuple[str, MessageKind], Counter[DeliveryState]] = defaultdict(Counter)
    for message in messages:
        rows = await axis.exchange.store.deliveries(message.number)
        assert len(rows) == message.fanout
        if message.kind is MessageKind.DOCUMENT:
            assert events[message.number, "", Event.SUBMISSION_ACCEPTANCE.short] == 1
        for row in rows:
            mailboxes[row.recipient, row.kind].append(row.seq)
            states[row.recipient, row.kind][row.state] += 1
            _ends(row, events)
    for numbers in mailboxes.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    tallies = {(t.agency, t.kind): t for t in await axis.exchange.store.tallies()}
    assert {key: +Counter(t.states) for key, t in tallies.items()} == states
    assert all(t.difference == 0 and t.accepted == sum(t.states.values()) for t in tallies.values())


def _ends(row: DeliveryRow, events: Counter[tuple[int | None, str, str]]) -> None:
    def count(event: Event) -> int:
        return events[row.message, row.recipient, event.short]

    assert {state: count(event) for state, event in FINAL.items()} == {
        state: int(row.state is state) for state in FINAL
    }
    assert count(Event.CONTENT_HANDOVER) == int(row.handed_at is not None)
    assert (row.state is DeliveryState.HANDED_OVER) <= (row.handed_at is not None)
    assert (row.ended_at is not None) == (row.state in FINAL)
    assert row.due_at is None or row.state is DeliveryState.WAITING
    assert row.pending is None or row.state in (DeliveryState.WAITING, DeliveryState.HANDED_OVER)
    assert (count(Event.HANDOVER_WARNING) > 0) == row.warned


async def _receipts(axis: Axis, messages: list[MessageRow]) -> None:
    """The receipt of every message, made anew, verifies."""
    for message in messages:
        receipt = await axis.exchange.store.inspect(partial(axis.log.receipt, leaf=message.leaf))
        evidence = verified(axis, receipt).evidence
        if message.kind is MessageKind.DOCUMENT:
            assert evidence.message == message.id
            assert (evidence.document_digest() or b"").hex() == message.sha256
        else:
            assert evidence.status is not None
            assert (evidence.status.message, evidence.status.code) == (message.id, message.status_code)
