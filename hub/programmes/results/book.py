"""The book of results: one result after its registrations, revocations and successions, and their faults.

An entry is one issuer's word about one number. A number begins with a unit, so agencies of that unit's province or
ministry alone register it (`hub.programmes.onestop.levels`). Two of them may name the same number; a stranger is told
of both, each with its issuer, the unit itself first, and the digest says whose file it is. Nothing is ever taken out of
the book: a revoked result answers that it is revoked, for as long as the record is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from hub.core.model import Millis
from hub.programmes.onestop.codes import result_number
from hub.programmes.onestop.levels import may_tell
from hub.programmes.results.packets import OwnerKind, ResultPacket, RevocationPacket, SuccessionPacket
from hub.programmes.results.validity import Conversion, CopyKind, Result


class Ended(msgspec.Struct, frozen=True):
    """at: when the axis took it on record; document: its identifier; by: the agency. told: the reason of a revocation,
    or the number of the successor. decision: its number and notation, where the packet names one."""

    at: Millis
    by: str
    document: str
    told: str
    decision: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result. number: of its dossier and `-KQn`, in its one spelling; document: by which it was registered;
    attached: the file came with that document, so it can be fetched."""

    number: str
    issuer: str
    registered: Millis
    document: str
    packet: ResultPacket
    attached: bool = False
    revoked: Ended | None = None
    superseded: Ended | None = None

    @property
    def result(self) -> Result:
        """The facts that validity is asked of."""
        packet = self.packet
        converted = packet.converted
        return Result(
            code=self.number,
            sha256=packet.sha256,
            issuer=self.issuer,
            registered=self.registered,
            first=packet.first,
            last=packet.last,
            revoked=(self.revoked.at, self.revoked.told) if self.revoked else None,
            superseded=(self.superseded.at, self.superseded.told) if self.superseded else None,
            copy=packet.copy,
            converted=Conversion(at=_millis(converted.at), by=converted.by) if converted else None,
        )


class Objection(NamedTuple):
    """Why a packet changes nothing: the stable code, the place in it, and the expected and found values."""

    code: str
    place: str
    expected: str
    found: str


class Came(NamedTuple):
    """A packet's document: the agency that sent it, its identifier, when it was accepted, the digests of its files by
    name, and whom the sender stands for as heir."""

    by: str
    document: str
    at: Millis
    files: Mapping[str, str]
    heir_of: Collection[str] = ()


def number(text: str) -> str:
    """A result's number in its one spelling. ValueError."""
    return result_number(text).text


def name(number: str, issuer: str) -> str:
    """Of an entry."""
    return f"{number}@{issuer}"


def wrong(packet: ResultPacket | RevocationPacket | SuccessionPacket, came: Came) -> Iterator[Objection]:
    """Faults of a packet by itself: the book plays no part."""
    for place in ("code", "successor"):
        text = getattr(packet, place, None)
        if text is not None:
            try:
                number(text)
            except ValueError:
                yield Objection(NUMBER, place, "the number of a dossier with -KQ1", text)
            else:
                yield from _not_theirs(place, text, came)
    if isinstance(packet, ResultPacket):
        yield from _of_result(packet, came)
    elif packet.issuer and packet.issuer != came.by and packet.issuer not in came.heir_of:
        yield Objection(NOT_ISSUER, "issuer", "the sender, or an agency whose heir it is", packet.issuer)
    elif isinstance(packet, SuccessionPacket) and packet.successor == packet.code:
        yield Objection(NUMBER, "successor", "another result", packet.successor)


def _not_theirs(place: str, text: str, came: Came) -> Iterator[Objection]:
    dossier = result_number(text).dossier
    if not any(may_tell(agency, dossier) for agency in (came.by, *came.heir_of)):
        yield Objection(NOT_YOURS, place, "a number of the sender's province or ministry", dossier.unit)


NUMBER: Final = "RESULT_NUMBER"
NOT_YOURS: Final = "RESULT_NOT_YOURS"
FILE: Final = "RESULT_FILE"
VALIDITY: Final = "RESULT_VALIDITY"
COPY: Final = "RESULT_COPY"
OWNER: Final = "RESULT_OWNER"
NOT_ISSUER: Final = "RESULT_NOT_ISSUER"
REGISTERED: Final = "RESULT_REGISTERED"
UNKNOWN: Final = "RESULT_UNKNOWN"
ENDED: Final = "RESULT_ENDED"


def _of_result(packet: ResultPacket, came: Came) -> Iterator[Objection]:
    if packet.file and came.files.get(packet.file) != packet.sha256:
        found = came.files.get(packet.file)
        yield Objection(
            FILE, "file", "an attachment of that name with the digest in sha256", found or "no such attachment"
        )
    if packet.first and packet.last and packet.last < packet.first:
        yield Objection(VALIDITY, "last", "a day not before first", packet.last.isoformat())
    if packet.copy is not CopyKind.ORIGINAL and packet.copy_of is None:
        yield Objection(COPY, "copy_of", "the paper that it is a copy of", "nothing")
    if packet.owner and (packet.owner.kind is OwnerKind.NONE) == bool(packet.owner.digest):
        yield Objection(OWNER, "owner", "a digest, or for the kind none a description alone", packet.owner.kind.value)
    if packet.converted and packet.converted.at.tzinfo is None:
        yield Objection(VALIDITY, "converted.at", "a time with its zone", packet.converted.at.isoformat())
    elif packet.converted and _millis(packet.converted.at) > came.at:
        yield Objection(VALIDITY, "converted.at", "a time before the registration", packet.converted.at.isoformat())


def register(entry: Entry | None, packet: ResultPacket, came: Came) -> Entry | Objection:
    if entry is not None:
        return Objection(REGISTERED, "code", "a number that is not registered yet", entry.document)
    attached = packet.sha256 in came.files.values()
    return Entry(
        number=number(packet.code),
        issuer=came.by,
        registered=came.at,
        document=came.document,
        packet=packet,
        attached=attached,
    )


def revoke(entry: Entry | None, packet: RevocationPacket, came: Came) -> Entry | Objection:
    if entry is None:
        return Objection(UNKNOWN, "code", "a result that this issuer registered", packet.code)
    if entry.revoked is not None:
        return Objection(ENDED, "code", "a result that is not revoked yet", entry.revoked.document)
    return replace(entry, revoked=Ended(came.at, came.by, came.document, packet.reason, packet.decision))


def supersede(entry: Entry | None, packet: SuccessionPacket, came: Came) -> Entry | Objection:
    if entry is None:
        return Objection(UNKNOWN, "code", "a result that this issuer registered", packet.code)
    if (ended := entry.revoked or entry.superseded) is not None:
        return Objection(ENDED, "code", "a result that stands", ended.document)
    return replace(entry, superseded=Ended(came.at, came.by, came.document, number(packet.successor)))


def _millis(moment: datetime) -> Millis:
    return Millis(round(moment.timestamp() * 1000))
