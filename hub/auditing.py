"""Auditors' reading, and the evidence of it: each look at a document, each search and each export of leaves is on
record, durably, before they see anything.

A look continues the chain of the document's sender, which so sees every one of them, in its timeline and by a gap where
one was hidden. An export or a search concerns nobody's document alone; it continues the auditor's own chain. Auditors
read lives, contents, evidence and leaves; they change nothing. Operators get none of this: they run the axis and need
no document for it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hub import access
from hub.access import Seen
from hub.admission.submission import AUDITOR, Caller
from hub.core.errors import NameAmbiguous, NotFound, Unauthenticated
from hub.core.evidence import account_roles
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.evidence.statement import Said
from hub.exchange import Exchange
from hub.record.evidence_writer import EvidenceWriter
from hub.store import CheckpointRow, LeafRow, MessageRow, Side


class Part(StrEnum):
    """The part of a document that was looked at."""

    LIFE = "LIFE"
    CONTENT = "CONTENT"
    BUNDLE = "BUNDLE"
    RECEIPT = "RECEIPT"


class Taken(StrEnum):
    """The part of the whole record that was taken."""

    LEAVES = "LEAVES"
    CHECKPOINTS = "CHECKPOINTS"
    FOUND = "FOUND"


class Auditor(msgspec.Struct, frozen=True):
    """The auditor: the name it goes by, how it was authenticated, and its certificate (SHA-256 hex)."""

    name: str
    auth: str
    certificate: str

    @property
    def party(self) -> ev.Party:
        digest = f"sha-256:{self.certificate}" if self.certificate else ""
        return ev.Party(identifier=f"auditor:{self.name}", auth_method=self.auth, certificate_digest=digest)

    def on_record(self, writer: EvidenceWriter) -> None:
        """Unauthenticated where its account was disabled since the call came in: the leaf that it is no auditor any
        more may stand before this one, and would accuse it of work that it did in time."""
        if account_roles.Told.is_account(self.party):
            row = writer.tx.account(self.name)
            if row is None or row.disabled:
                raise Unauthenticated(expected="an account", found=self.name)


class LookAt(msgspec.Struct, frozen=True, tag=True):
    message: int
    part: Part
    who: Auditor

    def run(self, writer: EvidenceWriter) -> tuple[str, tuple[int, ...]]:
        self.who.on_record(writer)
        message = writer.tx.message(self.message)
        if message is None:
            raise NotFound(found=str(self.message))
        written = writer.evidence(
            Event.DOCUMENT_LOOKED_AT,
            message,
            Said(
                sender=self.who.party,
                reasons=[(self.part.value, "")],
            ),
            owner=(message.sender, "out"),
        )
        return written.id, (written.leaf,)


class Export(msgspec.Struct, frozen=True):
    """`count` leaves from number `start` on, or checkpoints of sizes above it, go to an auditor."""

    start: int
    count: int
    who: Auditor
    what: Taken = Taken.LEAVES

    def run(self, writer: EvidenceWriter) -> tuple[str, tuple[int, ...]]:
        reasons = [(self.what.value, f"{self.start} {self.count}")]
        self.who.on_record(writer)
        written = writer.acted(Event.EVIDENCE_EXPORTED, self.who.party, reasons)
        return written.id, (written.leaf,)


class ExportSigned(msgspec.Struct, frozen=True):
    """A recipient's signed object goes to an auditor: one token may concern a thousand documents of as many senders."""

    digest: str
    who: Auditor

    def run(self, writer: EvidenceWriter) -> tuple[str, tuple[int, ...]]:
        self.who.on_record(writer)
        written = writer.acted(Event.EVIDENCE_EXPORTED, self.who.party, [("SIGNED", f"sha-256:{self.digest}")])
        return written.id, (written.leaf,)


class Searched(msgspec.Struct, frozen=True):
    """An auditor is shown `count` documents that it looked for; `asked` is the question, as JSON."""

    asked: str
    count: int
    who: Auditor

    def run(self, writer: EvidenceWriter) -> tuple[str, tuple[int, ...]]:
        reasons = [(Taken.FOUND.value, f"{self.count} {self.asked}")]
        self.who.on_record(writer)
        written = writer.acted(Event.EVIDENCE_EXPORTED, self.who.party, reasons)
        return written.id, (written.leaf,)


_MOST_BYTES = 8 * 1024 * 1024
"""Objects in one answer, but for the last part of them."""

_PAGE = 256


def auditor(caller: Caller) -> Auditor:
    return Auditor(caller.agency[:100], caller.auth, caller.certificate)


async def find(exchange: Exchange, caller: Caller, name: str) -> MessageRow:
    """Any agency's message of that name; NotFound when there is none. Where it may mean several, it is on record that
    the auditor looked at each that is told of."""
    try:
        return await exchange.find(name)
    except NameAmbiguous as ambiguous:
        told = ambiguous.facts["documents"]
        assert isinstance(told, list)
        for one in told:
            await _looked(exchange, caller, await exchange.find(one["id"]), Part.LIFE)
        raise


async def seen(exchange: Exchange, caller: Caller, name: str, part: Part, side: Side = Side.BOTH) -> Seen:
    """An agency's view of a message; an auditor sees all, once it is on record that it looked at `part`."""
    if caller.role != AUDITOR:
        return await exchange.seen(caller, name, side)
    message = await find(exchange, caller, name)
    await _looked(exchange, caller, message, part)
    return Seen(message, (), whole=True)


async def readable(exchange: Exchange, caller: Caller, name: str) -> Seen:
    """The same of a message whose bytes the caller may read. A deleted document was not looked at."""
    if caller.role != AUDITOR:
        return await exchange.readable(caller, name)
    found = Seen(await find(exchange, caller, name), (), whole=True)
    found.check_bytes()
    await _looked(exchange, caller, found.message, Part.CONTENT)
    return found


async def evidence(exchange: Exchange, caller: Caller, identifier: str) -> LeafRow:
    """Evidence that the caller may see; by an auditor a look at its document, or where it is about none, an export of
    one leaf."""
    leaf = await access.evidence(exchange.store, exchange.directory, caller, identifier, exchange.clock())
    if caller.role == AUDITOR:
        message = await exchange.store.message(leaf.message) if leaf.message is not None else None
        if message is not None:
            await _looked(exchange, caller, message, Part.RECEIPT)
        else:
            await exchange.sequencer.submit(Export(leaf.number, 1, auditor(caller)), receipts=False)
    return leaf


async def _looked(exchange: Exchange, caller: Caller, message: MessageRow, part: Part) -> None:
    # A crash right here leaves a look on record that nobody had; never a look that is not on record.
    await exchange.sequencer.submit(LookAt(message.number, part, auditor(caller)), receipts=False)


async def export(exchange: Exchange, caller: Caller, start: int, count: int) -> list[LeafRow]:
    """Leaves with their objects, from `start` on: fewer than `count` where they are large; recorded likewise."""
    last = await exchange.store.last_checkpoint()
    end = min(start + count, last.size if last is not None else 0)
    leaves: list[LeafRow] = []
    size = 0
    while start + len(leaves) < end and size < _MOST_BYTES:
        number = start + len(leaves)
        part = await exchange.store.leaves(number, min(_PAGE, end - number))
        leaves += part
        size += sum(len(leaf.object) for leaf in part)
    if leaves:
        await exchange.sequencer.submit(Export(start, len(leaves), auditor(caller)), receipts=False)
    return leaves


async def checkpoints(exchange: Exchange, caller: Caller, above: int, count: int) -> list[CheckpointRow]:
    """Signed checkpoints of sizes above `above`: when and how much the hub recorded; on record likewise."""
    rows = await exchange.store.checkpoints(above, count)
    if rows:
        act = Export(above, len(rows), auditor(caller), Taken.CHECKPOINTS)
        await exchange.sequencer.submit(act, receipts=False)
    return rows


async def searched(exchange: Exchange, caller: Caller, asked: str, count: int) -> None:
    """A search, also one that found nothing: on record before it is answered."""
    await exchange.sequencer.submit(Searched(asked, count, auditor(caller)), receipts=False)


async def signed(exchange: Exchange, caller: Caller, digest: str) -> bytes:
    """A recipient's signed object, by its SHA-256 (hex)."""
    kept = await exchange.store.signed(digest)
    if kept is None:
        raise NotFound(expected="an acknowledgement of that digest", found=digest)
    await exchange.sequencer.submit(ExportSigned(digest, auditor(caller)), receipts=False)
    return kept
