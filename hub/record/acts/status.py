"""Accept a status message (01..06, 13, 15, 16): match it to a delivery, hold it against the table, record, pass on.

A status names its document by DocumentId, or by code and parties only (QCVN 102). The sender of the status is one end
of the delivery; which end, and whether that end may say this now, is `hub.core.evidence.status_rules`. The signed
status message is itself the counter-signature that the evidence names, and it is placed in the other end's mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.core.edxml.message import ResponseFor
from hub.core.edxml.naming import Named, mismatch
from hub.core.errors import (
    NothingToTakeBack,
    SignatureRequired,
    StatusAmbiguous,
    StatusNotYours,
    StatusOutOfOrder,
    StatusUnmatched,
    Verdict,
)
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Evidence
from hub.core.evidence.statement import Said
from hub.core.evidence.status_rules import PROGRESS, Answer, Party, Rule, check
from hub.core.ids import number_of
from hub.core.model import Business, DeliveryState, StatusCode
from hub.record import arrivals
from hub.record.acts.incoming import Accepted, Incoming, earlier, find_document, new_message, place, repeated
from hub.record.acts.withdraw import Withdrawal, cause_of, is_named, move, withdraw
from hub.record.evidence_writer import EvidenceWriter, Place, forwarded
from hub.store import DeliveryRow, MessageRow


class AcceptStatus(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`other` is ResponseFor/OrganId by its registered code: the document's sender, or for 13 a receiver or oneself
    (then all receivers are meant). `incoming.code`, `.document_id`, `.year` find the document, and `meant`, as it was
    signed, has to name that one and no other (`hub.core.edxml.naming`). `inherited`: the ended agencies in whose place
    the sender of this status stands: the documents that they sent and received are its to answer and to take back."""

    incoming: Incoming
    code: StatusCode
    other: str
    reason: str = ""
    meant: ResponseFor | None = None
    inherited: tuple[str, ...] = ()

    @property
    def _mine(self) -> tuple[str, ...]:
        return (self.incoming.sender.agency, *self.inherited)

    def run(self, writer: EvidenceWriter) -> tuple[Accepted, tuple[int, ...]]:
        known = writer.tx.message_by_identity(self.incoming.sender.agency, self.incoming.identity)
        before = earlier(writer, self.incoming, known)
        if before is not None:
            return before, (before.message.leaf,)
        if self.code is StatusCode.TAKE_BACK:
            return self._take_back(writer)
        return self._report(writer)

    # 01..06, 15, 16: the recipient speaks

    def _report(self, writer: EvidenceWriter) -> tuple[Accepted, tuple[int, ...]]:
        meant = self._meant(writer, self._delivered_to_me(writer))
        if isinstance(meant, MessageRow):
            return repeated(writer, meant, self.incoming.told()), (meant.leaf,)
        document, row, rule = meant
        recall = self._answered(writer, rule, document, row)
        incoming = msgspec.structs.replace(self.incoming, priority=document.priority)
        message = new_message(writer, incoming, about=document.number, leaf=writer.next_leaf(), fanout=1)
        written = writer.evidence(
            self._event(rule, row),
            document,
            Said(
                recipients=[row.recipient],
                counter=self.incoming.sender.counter(message.sha256, row.recipient),
                status=ev.StatusMark(self.code.value, message.id),
                recall=recall,
                reasons=[
                    *self._reasons(rule),
                    *forwarded(row.forwarded_from, row.recipient),
                    *forwarded(row.recipient, message.sender),
                    *self.incoming.noted(),
                ],
            ),
            owner=(row.recipient, "in"),
            recipient=row.recipient,
        )
        after = msgspec.structs.replace(self._after(writer, rule, row), reported=message.number)
        move(writer, row, after)
        arrivals.entered(writer.tx, self.incoming.sender.agency, after)
        place(writer, message, self.incoming, (Place(document.sender),))
        told = (document.sender,)
        return Accepted(message=message, repeated=False, recipients=told, notices=self.incoming.told()), (written.leaf,)

    def _delivered_to_me(self, writer: EvidenceWriter) -> list[tuple[MessageRow, DeliveryRow]]:
        """The documents that may be meant, each with its delivery to the sender of this status, likeliest first.

        For 15 and 16 the name may be that of the message that asked (recall, update): then the delivery with that
        request pending is meant.
        """
        me = self.incoming.sender.agency
        found = self._told(self._named(writer, self.other))
        pairs = [
            (m, row) for m in found for one in self._mine if (row := writer.tx.delivery(m.number, one)) is not None
        ]
        if self.code in (StatusCode.AGREED, StatusCode.DISAGREED):
            pairs = _asked(writer, found, self._mine) or pairs
        if not pairs:
            if any(self._named(writer, one) for one in self._mine):
                raise StatusNotYours(expected=f"{self.code} from a recipient", found=f"from {me}, who sent it")
            raise self._unmatched(f"a document from {self.other} delivered to {me}")
        return pairs

    def _meant(
        self, writer: EvidenceWriter, pairs: list[tuple[MessageRow, DeliveryRow]]
    ) -> tuple[MessageRow, DeliveryRow, Rule] | MessageRow:
        """The one that the table lets this status follow; where it lets none, or this was said of it just before in
        another spelling, that earlier status; else the refusal of the first. StatusAmbiguous where it lets several."""
        refusals, said, fitting = [], [], []
        for document, row in pairs:
            before = self._said_before(writer, row.reported)
            if before is not None:
                said.append(before)
                continue
            try:
                fitting.append((document, row, self._rule(document, row)))
            except StatusOutOfOrder as refusal:
                refusals.append(refusal)
        if fitting:
            one = self._only([document for document, _, _ in fitting])
            return next(found for found in fitting if found[0].number == one.number)
        if said:
            return said[0]
        raise refusals[0]

    def _said_before(self, writer: EvidenceWriter, number: int | None) -> MessageRow | None:
        """That earlier message, if it is the same status: a program that makes its XML again for each try sends another
        time and other bytes, and means the same."""
        before = writer.tx.message(number) if number is not None else None
        mine = (self.incoming.sender.agency, self.code.value, self.incoming.key)
        same = before is not None and self.incoming.key and (before.sender, before.status_code, before.key) == mine
        return before if same else None

    def _only(self, documents: list[MessageRow]) -> MessageRow:
        """The likeliest of them, which are one document and those that recall or update it. Where they are several, the
        one whose number and notation are spelled as the status has them; StatusAmbiguous where that is not one
        either."""
        families = {m.original: m for m in reversed(documents)}
        if len(families) > 1:
            spelled = {key: m for key, m in families.items() if m.code == self.incoming.code}
            families = spelled if len(spelled) == 1 else families
        if len(families) == 1:
            (only,) = families.values()
            return only
        named = [f"{m.code} {m.year} {m.document_id} ({m.id})" for m in families.values()][::-1]
        raise StatusAmbiguous(
            expected="one document", found="; ".join(named[:10]), documents=[m.id for m in families.values()][::-1][:10]
        )

    def _rule(self, document: MessageRow, row: DeliveryRow) -> Rule:
        rule = check(self.code, Party.RECIPIENT, row.state, row.progress)
        if row.state is DeliveryState.WAITING and row.pending is None:
            raise StatusOutOfOrder(expected="a take-back that awaits an answer", found="none pending")
        if rule.answer is Answer.CLOSES and row.pending is None and document.business is not Business.UPDATE:
            raise StatusOutOfOrder(expected="a take-back or update that awaits an answer", found="none pending")
        return rule

    def _answered(
        self, writer: EvidenceWriter, rule: Rule, document: MessageRow, row: DeliveryRow
    ) -> ev.RecallMark | None:
        """The request that a 15 or 16 answers, with its cause. One request has one answer; agreement is signed."""
        if rule.answer is not Answer.CLOSES:
            return None
        asked = writer.tx.message(row.pending) if row.pending is not None else None
        request = asked or document
        if self.code is StatusCode.AGREED and row.pending is not None and not self.incoming.sender.signed:
            raise SignatureRequired(expected=f"a signed {self.code}", found=self.incoming.sender.verdict)
        about = {document.number, request.number, request.about if request.business is Business.UPDATE else None}
        for number in about - {None}:
            for leaf in writer.leaves_of(number or 0, row.recipient):
                before = ev.decode(leaf.object)
                if before.status is not None and _answers(before, request):
                    raise StatusOutOfOrder(expected="one answer to one request", found=f"{before.status.code} before")
        return ev.RecallMark(request.id, cause_of(request))

    def _named(self, writer: EvidenceWriter, sender: str) -> list[MessageRow]:
        incoming = self.incoming
        return find_document(writer.tx, sender, incoming.document_id, incoming.code, incoming.year)

    def _told(self, found: list[MessageRow]) -> list[MessageRow]:
        """Those that the signed text names; where it names none of them, the refusal says of the first why not."""
        problems = [(message, self._misnamed(message)) for message in found]
        for _, problem in problems[:1]:
            if problem is not None and all(other is not None for _, other in problems):
                raise StatusUnmatched(expected=problem[0], found=problem[1])
        return [message for message, problem in problems if problem is None]

    def _misnamed(self, message: MessageRow) -> tuple[str, str] | None:
        named = Named.of(message.sender, message.document_id, message.code, message.year)
        return mismatch(self.meant, named, issued=self.code is not StatusCode.TAKE_BACK) if self.meant else None

    def _unmatched(self, expected: str) -> StatusUnmatched:
        return StatusUnmatched(expected=expected, found=self.incoming.document_id or self.incoming.code)

    @staticmethod
    def _event(rule: Rule, row: DeliveryRow) -> Event:
        # Agreeing to an update that takes nothing away is progress, not a recall.
        return Event.BUSINESS_STATUS if rule.answer is Answer.CLOSES and row.pending is None else rule.event

    def _reasons(self, rule: Rule) -> list[tuple[str, str]]:
        negative = rule.reason_required or rule.event is Event.CONSIGNMENT_REJECTION
        return [(f"STATUS_{self.code}", self.reason)] if negative else []

    def _after(self, writer: EvidenceWriter, rule: Rule, row: DeliveryRow) -> DeliveryRow:
        progress = self.code.value if self.code in PROGRESS else row.progress
        after = msgspec.structs.replace(row, progress=progress)
        if rule.answer is Answer.CLOSES and row.pending is None:
            return after
        if rule.answer is Answer.CLOSES:
            after = msgspec.structs.replace(after, pending=None)
        if rule.moves_to is not None:
            after = msgspec.structs.replace(after, state=rule.moves_to, ended_at=writer.at, pending=None, due_at=None)
        return after

    # 13: the sender of the document speaks

    def _take_back(self, writer: EvidenceWriter) -> tuple[Accepted, tuple[int, ...]]:
        meant = self._sent_by_me(writer)
        if isinstance(meant, MessageRow):
            return repeated(writer, meant, self.incoming.told()), (meant.leaf,)
        document, open_rows = meant
        for row in open_rows:
            check(self.code, Party.SENDER, row.state, row.progress)
        if not self.incoming.sender.signed and document.verdict == Verdict.VALID:
            raise SignatureRequired(expected=f"a signed {self.code}", found=self.incoming.sender.verdict)
        places = tuple(Place(r.recipient) for r in open_rows if Withdrawal.needs_answer(r))
        incoming = msgspec.structs.replace(self.incoming, priority=document.priority)
        message = new_message(writer, incoming, about=document.number, leaf=writer.next_leaf(), fanout=len(places))
        written = writer.evidence(
            Event.RECALL_REQUEST,
            document,
            Said(
                recipients=[r.recipient for r in open_rows],
                counter=self.incoming.sender.counter(message.sha256, document.sender),
                status=ev.StatusMark(self.code.value, message.id),
                recall=ev.RecallMark(message.id, "status-13"),
                reasons=[
                    ("TAKE_BACK", self.reason),
                    *forwarded(document.sender, message.sender),
                    *self.incoming.noted(),
                ],
            ),
            owner=(document.sender, "out"),
        )
        for row in open_rows:
            withdraw(writer, document, row, message, "status-13")
        place(writer, message, self.incoming, places)
        recipients = tuple(p.recipient for p in places)
        notices = self.incoming.told()
        return Accepted(message=message, repeated=False, recipients=recipients, notices=notices), (written.leaf,)

    def _sent_by_me(self, writer: EvidenceWriter) -> tuple[MessageRow, list[DeliveryRow]] | MessageRow:
        """The document meant that has deliveries to take back, and these; or the same request made before, where that
        all of these wait for it, or were taken back by it."""
        me = self.incoming.sender.agency
        named = [m for one in self._mine for m in self._named(writer, one)]
        found = [m for m in self._told(named) if m.business is not Business.RECALL]
        if not found:
            if any(writer.tx.delivery(m.number, me) for m in self._named(writer, self.other)):
                raise StatusNotYours(expected=f"{self.code} from the sender", found=f"from {me}, who received it")
            raise self._unmatched(f"a document sent by {me}")
        rows = [
            r
            for m in found
            for r in writer.tx.deliveries(m.number)
            if self.other in ("", me, m.sender) or is_named(r, self.other)
        ]
        open_rows = [r for r in rows if Withdrawal.possible(r)]
        before = [self._said_before(writer, _asked_by(writer, r)) for r in open_rows or rows]
        if before and before[0] is not None and None not in before:
            return before[0]
        if not open_rows:
            states = ", ".join(f"{r.recipient} {r.state}" for r in rows[:10])
            raise NothingToTakeBack(expected="a delivery that waits or was handed over", found=states or "none")
        numbers = {r.message for r in open_rows}
        document = self._only([m for m in found if m.number in numbers])
        return document, [r for r in open_rows if r.message == document.number]


def _asked_by(writer: EvidenceWriter, row: DeliveryRow) -> int | None:
    """The number of the message that asks for this delivery, or that took it back."""
    if row.state is not DeliveryState.TAKEN_BACK:
        return row.pending
    leaf = writer.leaf_of(row.message, row.recipient, Event.RECALL_CONFIRMED)
    recall = ev.decode(leaf.object).recall if leaf is not None else None
    return number_of(recall.message) if recall is not None else None


def _answers(before: Evidence, request: MessageRow) -> bool:
    """Whether this evidence is an answer to that request; those of earlier versions do not name it, and then answer any
    request before them."""
    codes = (StatusCode.AGREED.value, StatusCode.DISAGREED.value)
    if before.status is None or before.status.code not in codes:
        return False
    if before.recall is None:
        return before.message == request.id
    return before.recall.message == request.id


def _asked(
    writer: EvidenceWriter, found: list[MessageRow], mine: Sequence[str]
) -> list[tuple[MessageRow, DeliveryRow]]:
    """Deliveries to `mine` with a request pending, where the status names the document or the message that asked."""
    pairs = []
    for number in [n for named in found for n in (named.number, named.about) if n is not None]:
        document = writer.tx.message(number)
        for one in mine if document is not None else ():
            row = writer.tx.delivery(number, one)
            if document is not None and row is not None and row.pending is not None:
                pairs.append((document, row))
    return pairs
