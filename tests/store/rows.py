"""Rows for the tests of the store, each with every field different from its default."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from hub.core.ids import make_id
from hub.core.model import Agency, Business, DeliveryState, MessageKind, Millis, Tier
from hub.store import CheckpointRow, Counter, DeliveryRow, LeafRow, MessageRow, Transaction

AT = Millis(1_795_320_000_000)  # 2026-11-22T04:00:00Z, 11:00 in Vietnam
SENDER, FIRST, SECOND = "000.00.00.G22", "000.00.00.H52", "000.00.21.H52"


def message(number: int, **changes: object) -> MessageRow:
    base = MessageRow(
        number=number,
        id=make_id(AT, number, b"salty"),
        kind=MessageKind.DOCUMENT,
        business=Business.UPDATE,
        sender=SENDER,
        identity=f"identity {number}",
        document_id=f"document {number}",
        code=f"{number}/VPCP-TTĐT",
        year=2026,
        subject="V/v rà soát",
        type_name="Công văn",
        priority=3,
        sha256=sha256(b"%d" % number).hexdigest(),
        size=1_000 + number,
        verdict="VALID",
        accepted_at=Millis(AT + number),
        about=7,
        leaf=100 + number,
        fanout=2,
        status_code="03",
    )
    return msgspec.structs.replace(base, **changes)


def delivery(number: int, recipient: str = FIRST, **changes: object) -> DeliveryRow:
    base = DeliveryRow(
        message=number,
        recipient=recipient,
        kind=MessageKind.DOCUMENT,
        seq=number,
        lane=0,
        state=DeliveryState.WAITING,
        placed_at=Millis(AT + number),
        forwarded_from="000.00.99.H52",
        due_at=Millis(AT + 1_000 + number),
    )
    return msgspec.structs.replace(base, **changes)


def leaf(number: int, **changes: object) -> LeafRow:
    base = LeafRow(
        number=number,
        kind=1,
        object=b"object %d" % number,
        at=Millis(AT + number),
        message=1,
        recipient=FIRST,
        event="ContentHandover",
    )
    return msgspec.structs.replace(base, **changes)


def checkpoint(size: int) -> CheckpointRow:
    return CheckpointRow(size, sha256(b"root %d" % size).digest(), Millis(AT + size), b"note %d" % size)


def agency(code: str, tier: Tier, name: str = "Cơ quan") -> Agency:
    return Agency(code=code, name=name, tier=tier)


def fill(tx: Transaction) -> None:
    """One row of everything."""
    tx.add_message(message(1), b"bytes of 1")
    tx.add_deliveries([delivery(1)])
    tx.set_counters({(FIRST, "mailbox-document"): Counter(1, ""), (SENDER, "out"): Counter(1, "sha-256:ab")})
    tx.keep_signed("ab" * 32, b"signed")
    tx.add_leaves([leaf(0)])
    tx.add_tiles([(0, 0, b"t" * 8192)])
    tx.add_checkpoint(checkpoint(1))
    tx.put_agencies([agency(FIRST, Tier.PROVINCIAL)])
