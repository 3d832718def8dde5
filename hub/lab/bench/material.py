"""Documents to measure with: every one is signed, different from all others, and written before anything is timed.

A lot is some thousand documents of one size under a name. Its parts are signed by several processes and read through
the page cache; a measurement takes the next so many, and no document is ever taken twice.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from hub.core import edxml
from hub.core.edxml import BusinessInfo, Code, Document, DocumentType, Organ, OtherInfo, Signer
from hub.core.model import VIETNAM, Agency, Priority, Tier, to_datetime
from hub.lab.calls import now
from hub.lab.country import world_2022
from hub.lab.processes import Talk, gather
from hub.lab.simulate import country
from hub.lab.simulate.corpus import Keyring
from hub.lab.simulate.messages import MessageMaker, signed
from hub.lab.simulate.plan import Sending

SENDERS: Final = 40
"""Agencies that play: they send, and they receive the documents that live a whole life."""

_SPACE: Final = 10_000_000
_GOLDEN: Final = (5**0.5 - 1) / 2
_LABEL: Final = "ĐO"
_MORNING: Final = time(7, 30)


class Lot(msgspec.Struct, frozen=True):
    """`sizes`: bytes of the documents, taken in turns. `mean`: recipients on average; 1 = always one. `serial`: no two
    lots of a run have the same, so that no two documents have the same number. `senders`: the agencies that send, in
    turns."""

    name: str
    serial: int
    count: int
    sizes: tuple[int, ...] = (country.SMALLEST,)
    mean: float = 1.0
    priority: Priority = Priority.NORMAL
    senders: tuple[int, ...] = tuple(range(SENDERS))


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """One document of a lot, and where its bytes lie."""

    number: int
    sender: int
    recipients: int
    part: int
    offset: int
    length: int


def agencies() -> list[Agency]:
    """Ministries and provinces, without those above and beside them."""
    chosen = [a for a in world_2022() if a.tier in (Tier.CENTRAL, Tier.PROVINCIAL) and a.code.startswith("000.00.00.")]
    return [msgspec.structs.replace(a, parent="", centre="", successor="") for a in chosen[:SENDERS]]


def today() -> date:
    return to_datetime(now()).astimezone(VIETNAM).date()


def letter(sender: Organ, recipients: Sequence[Organ], code: Code, subject: str) -> Document:
    """Of today, with all that a document must have and no more; not of a lot."""
    day = today()
    return Document(
        sender=sender,
        recipients=tuple(recipients),
        document_id=edxml.document_id(sender.organ_id, day, code),
        code=code,
        place="Hà Nội",
        promulgation_date=day,
        type=DocumentType(1, 18, "Công văn"),
        subject=subject,
        signer=Signer("TL.", "Chánh Văn phòng", "Người ký mô phỏng"),
        other=OtherInfo(),
        traces=(edxml.Trace(sender.organ_id, datetime.combine(day, _MORNING)),),
        business=BusinessInfo(),
    )


def sign(folder: Path, keys: Path, lots: Sequence[Lot], parts: int) -> None:
    """Write all lots, in `parts` processes."""
    folder.mkdir(parents=True, exist_ok=True)
    for _ in gather(_sign, [(folder, keys, lots, part, parts) for part in range(parts)]):
        pass


def _sign(talk: Talk, folder: Path, keys: Path, lots: Sequence[Lot], part: int, parts: int) -> None:
    everyone = agencies()
    letters, ring = MessageMaker(everyone, _LABEL, today()), Keyring(keys, everyone)
    for lot in lots:
        pieces, offset = [], 0
        with _bytes(folder, lot.name, part).open("wb") as file:
            for sending in sendings(lot)[part::parts]:
                data = signed(letters.document(sending), ring[sending.sender])
                file.write(data)
                recipients = len(sending.recipients)
                pieces.append(Piece(sending.number, sending.sender, recipients, part, offset, len(data)))
                offset += len(data)
        _index(folder, lot.name, part).write_bytes(msgspec.msgpack.encode(pieces))


def sendings(lot: Lot) -> list[Sending]:
    """Senders, documents and recipients: drawn from the lot's serial, so every process draws the same."""
    rng = Random(lot.serial)
    fanout = country.fanout(SENDERS, lot.mean) if lot.mean > 1 else None
    made = []
    for position in range(lot.count):
        sender = lot.senders[position % len(lot.senders)]
        others = [i for i in range(SENDERS) if i != sender]
        # Evenly strewn, so that any stretch of a lot has nearly its mean.
        wanted = fanout.at((position + 0.5) * _GOLDEN % 1) if fanout else 1
        recipients = tuple(rng.sample(others, wanted))
        made.append(
            Sending(
                number=lot.serial * _SPACE + position + 1,
                sender=sender,
                recipients=recipients,
                courses=("",) * len(recipients),
                priority=int(lot.priority),
                size=lot.sizes[position % len(lot.sizes)],
            )
        )
    return made


class Shelf:
    """A lot to take from, in the order in which it was drawn."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        pieces: list[Piece] = []
        self._parts: list[mmap.mmap | bytes] = []
        while _index(folder, name, len(self._parts)).exists():
            part = len(self._parts)
            pieces += msgspec.msgpack.decode(_index(folder, name, part).read_bytes(), type=list[Piece])
            path = _bytes(folder, name, part)
            with path.open("rb") as file:
                whole = path.stat().st_size
                self._parts.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if whole else b"")
        self.pieces = sorted(pieces, key=lambda piece: piece.number)
        self._next = 0

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def left(self) -> int:
        return len(self.pieces) - self._next

    def take(self, count: int) -> range:
        """Positions of the next `count` documents; fewer where there are no more."""
        start = self._next
        self._next = min(len(self.pieces), start + count)
        return range(start, self._next)

    def data(self, position: int) -> bytes:
        piece = self.pieces[position]
        return self._parts[piece.part][piece.offset : piece.offset + piece.length]

    def some(self, count: int) -> list[bytes]:
        """The bytes of the first documents, whether they were taken or not: for work that may be done again."""
        return [self.data(position % len(self.pieces)) for position in range(count)]


def _bytes(folder: Path, name: str, part: int) -> Path:
    return folder / f"{name}-{part}.bin"


def _index(folder: Path, name: str, part: int) -> Path:
    return folder / f"{name}-{part}.index"
