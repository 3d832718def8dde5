"""Acknowledge deliveries, and end those whose time ran out.

An acknowledgement is one JWS of the recipient over any number of items. Each item stands alone: one that names a
wrong digest or a document taken back meanwhile is answered with its own refusal and does not stop the others. Coming
again it finds its first evidence and changes nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.errors import AcknowledgementRefusal, DeliveryConflict, NotFound, Refusal
from hub.core.evidence.format import Counter, Event
from hub.core.evidence.statement import Said
from hub.core.model import DeliveryState, Millis, iso_utc
from hub.record.acts.withdraw import move
from hub.record.evidence_writer import EvidenceWriter, forwarded
from hub.store import DeliveryRow, InboxEntry, MessageRow

HELD_MOST: Final = 1_800_000
"""ms after the end for which a delivery may be in hand: no transfer lasts longer, and an auditor allows an hour."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one item. The message's `number`, `evidence`, `leaf` and `recipient` (whose delivery it was) are
    set when it stands, `refusal` when it does not."""

    message: str
    number: int = 0
    recipient: str = ""
    state: DeliveryState | None = None
    evidence: str = ""
    leaf: int | None = None
    repeated: bool = False
    refusal: Refusal | None = None


class Item(msgspec.Struct, frozen=True):
    """`number`: the one in the message's identifier, 0 where that is none of ours."""

    message: str
    sha256: str
    event: Event
    number: int


_OUTCOME = {
    Event.CONTENT_HANDOVER: DeliveryState.HANDED_OVER,
    Event.CONSIGNMENT_REJECTION: DeliveryState.REFUSED,
}


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`signed` is the recipient's JWS as received, `digest` the SHA-256 (hex) of it, `signer` the agency whose
    `certificate` (SHA-256, hex) made it: the recipient or its centre. All empty where the client could not sign, and
    `unsigned` then says how it was authenticated instead. `stand_in`: the centre that acts for a recipient that is
    suspended. `heir`: the successor in whose right the caller acts for a recipient that has ended; `inherited`: the
    ended agencies in whose place the recipient itself stands, so that it may sign for the documents that were sent to
    them."""

    recipient: str
    items: tuple[Item, ...]
    signed: bytes = b""
    digest: str = ""
    unsigned: str = ""
    stand_in: str = ""
    signer: str = ""
    certificate: str = ""
    heir: str = ""
    inherited: tuple[str, ...] = ()

    def _counter(self, by: str) -> Counter:
        if self.unsigned:
            return Counter(by=by, absent=self.unsigned)
        digest, certificate = f"sha-256:{self.digest}", f"sha-256:{self.certificate}"
        return Counter(by, digest=digest, signer=self.signer, certificate=certificate)

    def _consigned(self, writer: EvidenceWriter, numbers: list[int]) -> dict[int, InboxEntry]:
        """The delivery that each number means: the recipient's own, or one that it has taken over, while that one waits
        and its own does not."""
        found = writer.tx.consigned(self.recipient, numbers)
        for ended in self.inherited:
            for number, entry in writer.tx.consigned(ended, numbers).items():
                mine = found.get(number)
                if mine is None or (_waits(entry) and not _waits(mine)):
                    found[number] = entry
        return found

    def run(self, writer: EvidenceWriter) -> tuple[tuple[Acknowledged, ...], tuple[int, ...]]:
        found = self._consigned(writer, [item.number for item in self.items])
        results = tuple(self._one(writer, item, found) for item in self.items)
        if self.signed and any(r.leaf is not None and not r.repeated for r in results):
            writer.tx.keep_signed(self.digest, self.signed)
        return results, tuple(r.leaf for r in results if r.leaf is not None)

    def _one(self, writer: EvidenceWriter, item: Item, found: dict[int, InboxEntry]) -> Acknowledged:
        try:
            return self._hand_over(writer, item, found)
        except Refusal as refusal:
            # Nothing of this item was written yet: every refusal below comes before the first write.
            return Acknowledged(message=item.message, refusal=refusal)

    def _hand_over(self, writer: EvidenceWriter, item: Item, found: dict[int, InboxEntry]) -> Acknowledged:
        entry = found.get(item.number)
        if entry is None or entry.message.id != item.message:
            raise NotFound(found=item.message)
        message, row = entry.message, entry.delivery
        if item.sha256 != message.sha256:
            raise AcknowledgementRefusal(expected=f"sha-256 {message.sha256}", found=f"sha-256 {item.sha256}")
        state = _OUTCOME[item.event]
        if row.state is state or (state is DeliveryState.HANDED_OVER and row.handed_at is not None):
            return self._again(writer, message, row, item)
        if row.state is not DeliveryState.WAITING:
            raise DeliveryConflict(expected="waiting", found=row.state.value, message=message.id)
        handed = state is DeliveryState.HANDED_OVER
        after = msgspec.structs.replace(
            row,
            state=state,
            due_at=None,
            handed_at=writer.at if handed else None,
            ended_at=None if handed else writer.at,
            pending=row.pending if handed else None,  # a delivery that has ended awaits no answer any more
        )
        move(writer, row, after)
        found[item.number] = InboxEntry(message, after)  # the same item may come twice
        written = writer.evidence(
            item.event,
            message,
            Said(
                recipients=[row.recipient],
                counter=self._counter(row.recipient),
                reasons=self._reasons(state)
                + forwarded(row.forwarded_from, row.recipient)
                + forwarded(row.recipient, self.heir or self.recipient),
            ),
            owner=(row.recipient, "in"),
            recipient=row.recipient,
        )
        return Acknowledged(
            message=message.id,
            number=message.number,
            recipient=row.recipient,
            state=state,
            evidence=written.id,
            leaf=written.leaf,
        )

    def _reasons(self, state: DeliveryState) -> list[tuple[str, str]]:
        rejected = [("CONTENT_REJECTED", "")] if state is DeliveryState.REFUSED else []
        return rejected + ([("RECIPIENT_SUSPENDED", self.stand_in)] if self.stand_in else [])

    def _again(self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow, item: Item) -> Acknowledged:
        leaf = writer.leaf_of(message.number, row.recipient, item.event)
        if leaf is None:
            raise DeliveryConflict(expected="waiting", found=row.state.value, message=message.id)
        return Acknowledged(
            message=message.id,
            number=message.number,
            recipient=row.recipient,
            state=row.state,
            evidence=writer.id_of(leaf),
            leaf=leaf.number,
            repeated=True,
        )


def _reason(row: DeliveryRow, unread: str) -> str:
    """Why it was not handed over: never "not fetched" of a document that was offered, nor "fetched" where nobody
    knows."""
    if row.unread:
        return unread
    return "FETCHED_NOT_ACKNOWLEDGED" if row.offered_at else "NOT_ACKNOWLEDGED"


def _waits(entry: InboxEntry) -> bool:
    return entry.delivery.state is DeliveryState.WAITING


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of these documents are about to leave for their recipient: on record before the first of them does. Answers
    which of them still wait, and when each was first offered; of the others none may be sent."""

    recipient: str
    messages: tuple[int, ...]

    def run(self, writer: EvidenceWriter) -> tuple[dict[int, Millis], tuple[int, ...]]:
        return writer.tx.offer(self.recipient, self.messages, writer.at), ()


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of a delivery passed: warn, or expire. Harmless when it no longer waits.

    `expire_after` is the time in ms from placing to expiry, for deliveries that an earlier version placed.
    """

    message: int
    recipient: str
    expire_after: int

    def run(self, writer: EvidenceWriter) -> tuple[DeliveryState, tuple[int, ...]]:
        row = writer.tx.delivery(self.message, self.recipient)
        message = writer.tx.message(self.message)
        if row is None or message is None:
            raise NotFound(found=str(self.message))
        if row.state is not DeliveryState.WAITING or row.due_at is None or row.due_at > writer.at:
            return row.state, ()  # acknowledged or taken back in the same batch, before this act ran
        if not row.warned:
            return self._warn(writer, message, row)
        later = self._put_off(writer, message, row) or self._in_hand(writer, message, row)
        if later is None:
            return self._expire(writer, message, row)
        move(writer, row, msgspec.structs.replace(row, due_at=later))
        return row.state, ()

    def _put_off(self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow) -> Millis | None:
        """Its new end, on record too, where a pause moved it or its recipient is locked out still."""
        last = self._last(writer, message, row)
        since, why = writer.tx.locked_out().get(row.recipient, (None, ""))
        later = Millis(writer.at + self.expire_after) if since is not None else last
        if later <= writer.at:
            return None
        details = f"{why} since {iso_utc(since)}" if since is not None else ""
        self._tell(writer, message, row, [("DEADLINE_PUT_OFF", details)], later)
        return later

    def _in_hand(self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow) -> Millis | None:
        """When to look again, where somebody has it in hand and did not begin too late: a lease that began after the
        end lasts longer than the time of one and is in vain, a transfer that began before it is waited for."""
        # A document that was never offered is in nobody's hands; a reader that is about to be offered it finds that it
        # has ended.
        since = None if row.unread else writer.held_since(row.message, row.recipient)
        if since is None:
            return None
        last = self._last(writer, message, row)
        once = Millis(last + writer.lease_ms)
        if writer.at < once:
            return once
        return Millis(writer.at + writer.lease_ms) if since < last and writer.at < last + HELD_MOST else None

    def _last(self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow) -> Millis:
        """The time that its acceptance promised its sender, or later; settings that were shortened since change
        nothing."""
        if row.ends_at is not None:
            return row.ends_at
        return writer.promised(message) or Millis(row.placed_at + self.expire_after)

    def _extended(self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow) -> list[tuple[str, str]]:
        """Why it ends later than was promised, if it does."""
        promised, last = writer.promised(message), self._last(writer, message, row)
        put_off = promised is not None and last > promised
        return [("DEADLINE_PUT_OFF", f"{iso_utc(promised)} {iso_utc(last)}")] if put_off and promised else []

    def _warn(
        self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow
    ) -> tuple[DeliveryState, tuple[int, ...]]:
        # However late the hub comes to warn, a worker has the time of one lease after the warning.
        promised = writer.promised(message) or Millis(0)
        due = Millis(max(self._last(writer, message, row), writer.at + writer.lease_ms))
        move(writer, row, msgspec.structs.replace(row, warned=True, due_at=due, ends_at=due))
        leaf = self._tell(
            writer, message, row, [(_reason(row, "NOT_FETCHED_YET"), "")], due if due > promised else None
        )
        return row.state, (leaf,)

    def _tell(
        self,
        writer: EvidenceWriter,
        message: MessageRow,
        row: DeliveryRow,
        why: list[tuple[str, str]],
        due: Millis | None,
    ) -> int:
        """A warning, with the time by which it will have ended where that is another than was promised."""
        written = writer.evidence(
            Event.HANDOVER_WARNING,
            message,
            Said(
                recipients=[row.recipient],
                reasons=why,
                due=due,
            ),
            owner=(row.recipient, "in"),
            recipient=row.recipient,
        )
        return written.leaf

    def _expire(
        self, writer: EvidenceWriter, message: MessageRow, row: DeliveryRow
    ) -> tuple[DeliveryState, tuple[int, ...]]:
        after = msgspec.structs.replace(row, state=DeliveryState.EXPIRED, ended_at=writer.at, due_at=None, pending=None)
        move(writer, row, after)
        written = writer.evidence(
            Event.ACCEPTANCE_REJECTION_EXPIRY,
            message,
            Said(
                recipients=[row.recipient],
                reasons=[(_reason(row, "NOT_FETCHED_IN_TIME"), ""), *self._extended(writer, message, row)],
            ),
            owner=(row.recipient, "in"),
            recipient=row.recipient,
        )
        return DeliveryState.EXPIRED, (written.leaf,)
