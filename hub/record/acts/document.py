"""Accept a document message: new, recall, update or replacement (BussinessDocType 0 to 3).

Every type is placed in mailboxes and answered with a receipt alike. The effect of the other three on earlier documents
comes first, for it decides which receivers are still to be told: a receiver that never fetched the original loses it
without ever seeing it, and then has no use for the message that recalled it.
"""

from __future__ import annotations

import msgspec

from hub.core.errors import NothingToTakeBack, SignatureRequired, StatusUnmatched, Text, Verdict
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.evidence.statement import Said
from hub.core.model import Business, Millis
from hub.record.acts.incoming import Accepted, Incoming, Notice, earlier, find_document, in_its_year, new_message, place
from hub.record.acts.withdraw import Withdrawal, cause_of, is_named, withdraw
from hub.record.evidence_writer import EvidenceWriter, Place, forwarded
from hub.store import DeliveryRow, MessageRow

_DUPLICATE = Text(
    "Đã có văn bản cùng số, ký hiệu, nơi ban hành trong năm (NĐ 30/2020, Phụ lục VI)",
    "A document with the same number, notation, issuer and year exists (NĐ 30/2020, Annex VI)",
)
_SAME_ID = Text(
    "Đã có văn bản năm khác dùng cùng DocumentId (NĐ 30/2020, Phụ lục VI)",
    "A document of another year has the same DocumentId (NĐ 30/2020, Annex VI)",
)
_ORIGINAL_UNKNOWN = Text("Trục không giữ văn bản gốc được nhắc tới", "The axis does not hold the original named")
_FORWARDED = Text(
    "Nơi nhận đã có đơn vị kế thừa; văn bản được chuyển tới đó", "A recipient has a successor; sent there"
)


class Reference(msgspec.Struct, frozen=True):
    """An earlier document of the same sender, or of one that it succeeded, and which of its receivers lose it (all when
    `recipients` is None)."""

    document_id: str
    code: str
    year: int
    recipients: tuple[str, ...] | None = None


class AcceptDocument(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`references` is empty for a new document; `due` is the time in ms until the first deadline of a delivery, `ends`
    until the last. `inherited`: the ended agencies in whose place the sender stands: it may recall, update and replace
    their documents."""

    incoming: Incoming
    places: tuple[Place, ...]
    references: tuple[Reference, ...] = ()
    reason: str = ""
    due: int | None = None
    ends: int | None = None
    inherited: tuple[str, ...] = ()

    def run(self, writer: EvidenceWriter) -> tuple[Accepted, tuple[int, ...]]:
        incoming, known = in_its_year(writer.tx, self.incoming)
        before = earlier(writer, incoming, known)
        if before is not None:
            return before, (before.message.leaf,)
        originals = self._originals(writer)
        notices = self._notices(writer, originals)
        targets = [(original, row) for original, rows in originals for row in rows]
        if not self.incoming.sender.signed:
            self._check_signed(targets)
        places = self._still_told(targets) if targets else self.places
        message = new_message(
            writer,
            incoming,
            about=originals[0][0].number if originals else None,
            leaf=writer.next_leaf(),
            fanout=len(places),
        )
        ends = Millis(writer.at + self.ends) if self.ends is not None else None
        writer.accepted(
            message,
            self.incoming.sender,
            places,
            submitted_at=self.incoming.submitted_at,
            ends=ends,
            noted=self.incoming.noted(),
        )
        self._withdraw(writer, message, targets)
        place(writer, message, self.incoming, places, due=self.due, ends=self.ends)
        recipients = tuple(p.recipient for p in places)
        return Accepted(message=message, repeated=False, recipients=recipients, notices=notices), (message.leaf,)

    def _originals(self, writer: EvidenceWriter) -> list[tuple[MessageRow, list[DeliveryRow]]]:
        """Each earlier document named, with its deliveries that this message takes back.

        Where a reference may mean several, the likeliest that has something left to take back is meant.
        """
        found = []
        for reference in self.references:
            known = [
                message
                for sender in (self.incoming.sender.agency, *self.inherited)
                for message in find_document(writer.tx, sender, reference.document_id, reference.code, reference.year)
            ]
            named = reference.recipients
            pairs = [
                (m, [r for r in writer.tx.deliveries(m.number) if named is None or is_named(r, *named)])
                for m in known
                if m.business is not Business.RECALL
            ]
            if pairs:
                found.append(next((p for p in pairs if any(map(Withdrawal.possible, p[1]))), pairs[0]))
        if self.incoming.business is Business.RECALL:
            self._check_recall(found)
        return found

    def _check_signed(self, targets: list[tuple[MessageRow, DeliveryRow]]) -> None:
        """A signed document is taken back by a signed one: else anybody at the hub could say that it was asked for."""
        for original, row in targets:
            if original.verdict == Verdict.VALID and Withdrawal.possible(row):
                raise SignatureRequired(expected=f"a signed take-back of {original.id}", found="an unsigned one")

    def _check_recall(self, found: list[tuple[MessageRow, list[DeliveryRow]]]) -> None:
        if not found:
            named = ", ".join(r.document_id or r.code for r in self.references)
            raise StatusUnmatched(expected="a document of this sender", found=named)
        rows = [row for _, rows in found for row in rows]
        if not any(Withdrawal.possible(row) for row in rows):
            states = ", ".join(f"{r.recipient} {r.state}" for r in rows[:10])
            raise NothingToTakeBack(expected="a delivery that waits or was handed over", found=states or "none")

    def _notices(
        self, writer: EvidenceWriter, originals: list[tuple[MessageRow, list[DeliveryRow]]]
    ) -> tuple[Notice, ...]:
        notices = []
        incoming = self.incoming
        if incoming.business is Business.NEW:
            agency, document_id = incoming.sender.agency, incoming.document_id
            namesakes, twins = writer.tx.namesakes(agency, document_id, incoming.key, incoming.year)
            if twins:
                notices.append(Notice.of("DUPLICATE_CODE", _DUPLICATE, *(t.id for t in twins[:10])))
            others = [one.id for one in namesakes if one.year != incoming.year]
            if others:
                notices.append(Notice.of("DUPLICATE_DOCUMENT_ID", _SAME_ID, *others[:10]))
        elif len(originals) < len(self.references):
            held = {original.document_id for original, _ in originals}
            missing = [r.document_id or r.code for r in self.references if r.document_id not in held]
            notices.append(Notice.of("ORIGINAL_UNKNOWN", _ORIGINAL_UNKNOWN, *missing))
        forwarded = [f"{p.forwarded_from} → {p.recipient}" for p in self.places if p.forwarded_from]
        if forwarded:
            notices.append(Notice.of("FORWARDED", _FORWARDED, *forwarded))
        return (*notices, *incoming.told())

    def _still_told(self, targets: list[tuple[MessageRow, DeliveryRow]]) -> tuple[Place, ...]:
        """The agencies that get this message. A recall: those that hold the original. The others: all that were named,
        and those that hold a document taken from them, for they must answer."""
        holding = {row.recipient for _, row in targets if Withdrawal.needs_answer(row)}
        recall = self.incoming.business is Business.RECALL
        told = tuple(p for p in self.places if not recall or p.recipient in holding)
        # A holder that was not named, or has a successor by now, still has to answer for itself.
        others = holding - {p.recipient for p in told}
        return told + tuple(Place(recipient) for recipient in sorted(others))

    def _withdraw(
        self, writer: EvidenceWriter, message: MessageRow, targets: list[tuple[MessageRow, DeliveryRow]]
    ) -> None:
        if not targets:
            return
        cause = cause_of(message)
        for original in {original.number: original for original, _ in targets}.values():
            named = [row for about, row in targets if about.number == original.number]
            if self.incoming.business is not Business.RECALL and not any(map(Withdrawal.possible, named)):
                continue  # an update of a document that nobody has any more asks nobody for anything
            writer.evidence(
                Event.RECALL_REQUEST,
                original,
                Said(
                    recipients=[row.recipient for row in named],
                    recall=ev.RecallMark(message.id, cause),
                    reasons=[
                        *([("TAKE_BACK", self.reason)] if self.reason else []),
                        *forwarded(original.sender, message.sender),
                    ],
                ),
                owner=(original.sender, "out"),
            )
        for original, row in targets:
            withdraw(writer, original, row, message, cause)
