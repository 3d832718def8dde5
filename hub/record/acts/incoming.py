"""A message that was admitted, on its way into the record."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from hub.core.edxml.naming import matching_key
from hub.core.errors import Finding, IdentityConflict, Text
from hub.core.evidence import format as ev
from hub.core.ids import make_id
from hub.core.model import Business, DeliveryState, MessageKind, Millis
from hub.record.evidence_writer import EvidenceWriter, Place, Sender
from hub.store import DeliveryRow, MessageRow, Transaction

_NAMED_MOST: Final = 10


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """The results of parse, verify and route. `content` is None when the bytes lie in the blob store already; `detail`
    is the part that a register tells of it (`hub.core.edxml.detail`), empty where nothing more is known; `notable`, by
    its numbers: what it may have to be read for again."""

    kind: MessageKind
    business: Business
    sender: Sender
    identity: str
    document_id: str
    code: str
    year: int
    subject: str
    type_name: str
    priority: int
    sha256: str
    size: int
    content: bytes | None
    submitted_at: Millis
    status_code: str = ""
    key: str = ""
    notices: tuple[Finding, ...] = ()
    detail: bytes = b""
    notable: tuple[int, ...] = ()

    def told(self) -> tuple[Notice, ...]:
        """To the sender: which rules it breaks, harmlessly."""
        return tuple(map(Notice.of_finding, self.notices))

    def noted(self) -> list[tuple[str, str]]:
        """In evidence: the code of each, and how often where that is more than once."""
        times = Counter(finding.code for finding in self.notices)
        return [(code, f"{n} times" if n > 1 else "") for code, n in times.items()]


class Notice(msgspec.Struct, frozen=True):
    """Something the sender should know though the document was accepted. `path`: where in it, of a data packet's
    faults; `clause` is then the programme."""

    code: str
    vi: str
    en: str
    subjects: tuple[str, ...] = ()
    clause: str = ""
    right: Text = Text("", "")
    path: str = ""

    @classmethod
    def of_finding(cls, f: Finding) -> Notice:
        return cls(f.code, f.vi, f.en, (f.found,) if f.found else (), f.clause, f.right)

    @classmethod
    def of(cls, code: str, text: Text, *subjects: str) -> Notice:
        return cls(code, text.vi, text.en, subjects)


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a submission. `repeated`: the same bytes, or the same status made again, were accepted before, and
    this is that acceptance."""

    message: MessageRow
    repeated: bool
    recipients: tuple[str, ...]
    notices: tuple[Notice, ...] = ()


_LATER_YEAR: Final = "#year#"

_ENDED: Final = {
    DeliveryState.TAKEN_BACK: (
        "WAS_TAKEN_BACK",
        Text(
            "Văn bản này đã được lấy lại tại các nơi nhận này và không được chuyển nữa; muốn gửi lại, hãy gửi như văn "
            "bản mới với DocumentId mới",
            "This document was taken back from these recipients and is not delivered again; to send it again, send it "
            "as a new document under a new DocumentId",
        ),
    ),
    DeliveryState.REFUSED: (
        "WAS_REFUSED",
        Text(
            "Các nơi nhận này đã từ chối văn bản này; hãy sửa theo lý do từ chối rồi gửi như văn bản mới với "
            "DocumentId mới",
            "These recipients refused this document; correct what they named, then send it as a new document under a "
            "new DocumentId",
        ),
    ),
    DeliveryState.EXPIRED: (
        "HAS_EXPIRED",
        Text(
            "Văn bản này đã hết hạn tại các nơi nhận này vì không được nhận; muốn gửi lại, hãy gửi như văn bản mới với "
            "DocumentId mới",
            "This document expired at these recipients, who did not fetch it; to send it again, send it as a new "
            "document under a new DocumentId",
        ),
    ),
}
"""The answer to a sender of the same bytes about deliveries that have ended without a hand-over."""


def in_its_year(tx: Transaction, incoming: Incoming) -> tuple[Incoming, MessageRow | None]:
    """With the identity that it has here, and the message that has it before. DocumentIds that are numbers restart each
    year: where one of another year has this DocumentId, the year is part of the identity."""
    first = tx.message_by_identity(incoming.sender.agency, incoming.identity)
    named_by_it = incoming.kind is MessageKind.DOCUMENT and incoming.identity == incoming.document_id
    if first is None or first.year == incoming.year or not named_by_it:
        return incoming, first
    identity = of_year(incoming.identity, incoming.year)
    known = tx.message_by_identity(incoming.sender.agency, identity)
    return msgspec.structs.replace(incoming, identity=identity), known


def of_year(identity: str, year: int) -> str:
    return f"{identity}{_LATER_YEAR}{year}"


def accepted_before(tx: Transaction, sender: str, identity: str, sha256: str) -> MessageRow | None:
    """The message of that identity, of any year, that has these bytes."""
    found = [tx.message_by_identity(sender, identity), *tx.messages_by_document(sender, identity)]
    return next((known for known in found if known is not None and known.sha256 == sha256), None)


def earlier(writer: EvidenceWriter, incoming: Incoming, known: MessageRow | None) -> Accepted | None:
    """The acceptance of the same message before, if any: of `known`, which has its identity. IdentityConflict when that
    one had other bytes."""
    if known is None:
        return None
    if known.sha256 != incoming.sha256:
        raise IdentityConflict(expected=f"sha-256 {known.sha256}", found=f"sha-256 {incoming.sha256}", message=known.id)
    return repeated(writer, known, incoming.told())


def repeated(writer: EvidenceWriter, known: MessageRow, notices: tuple[Notice, ...] = ()) -> Accepted:
    """The answer that its first submission got, with the `notices` that its bytes deserve, and its fate where it is not
    delivered any more."""
    notices += _fate(writer, known) if known.kind is MessageKind.DOCUMENT else ()
    return Accepted(message=known, repeated=True, recipients=_in_first_order(writer, known), notices=notices)


def _fate(writer: EvidenceWriter, known: MessageRow) -> tuple[Notice, ...]:
    rows = writer.tx.deliveries(known.number)
    told = []
    for state, (code, text) in _ENDED.items():
        ended = [row.recipient for row in rows if row.state is state]
        if ended:
            more = [f"… ({len(ended)})"] if len(ended) > _NAMED_MOST else []
            told.append(Notice.of(code, text, *ended[:_NAMED_MOST], *more))
    return tuple(told)


def _in_first_order(writer: EvidenceWriter, message: MessageRow) -> tuple[str, ...]:
    """Whom it was placed with, as the first answer listed them: in the order of its first evidence."""
    placed = dict.fromkeys(d.recipient for d in writer.tx.deliveries(message.number))
    if len(placed) < 2:
        return tuple(placed)
    first = writer.row(message.leaf)
    named = ev.decode(first.object).recipients if first is not None else ()
    return tuple(dict.fromkeys([p.identifier for p in named if p.identifier in placed] + list(placed)))


def new_message(writer: EvidenceWriter, incoming: Incoming, *, about: int | None, leaf: int, fanout: int) -> MessageRow:
    """The row of the next message; its identifier carries its number."""
    number = writer.next_message()
    return MessageRow(
        number=number,
        id=make_id(writer.at, number, writer.random(5)),
        kind=incoming.kind,
        business=incoming.business,
        sender=incoming.sender.agency,
        identity=incoming.identity,
        document_id=incoming.document_id,
        code=incoming.code,
        year=incoming.year,
        subject=incoming.subject,
        type_name=incoming.type_name,
        priority=incoming.priority,
        sha256=incoming.sha256,
        size=incoming.size,
        verdict=incoming.sender.verdict,
        accepted_at=writer.at,
        about=about,
        leaf=leaf,
        fanout=fanout,
        status_code=incoming.status_code,
        key=incoming.key,
    )


def place(
    writer: EvidenceWriter,
    message: MessageRow,
    incoming: Incoming,
    places: tuple[Place, ...],
    *,
    due: int | None = None,
    ends: int | None = None,
) -> None:
    """The message with its bytes, its detail and one delivery in each mailbox, in this transaction or not at all.
    `due`, `ends`: ms until the first deadline and the last."""
    writer.tx.add_message(
        message,
        incoming.content,
        [
            DeliveryRow(
                message=message.number,
                recipient=p.recipient,
                kind=message.kind,
                seq=writer.next_in_mailbox(p.recipient, message.kind),
                lane=message.priority,
                state=DeliveryState.WAITING,
                placed_at=writer.at,
                forwarded_from=p.forwarded_from,
                due_at=Millis(writer.at + due) if due is not None else None,
                ends_at=Millis(writer.at + ends) if ends is not None else None,
            )
            for p in places
        ],
        incoming.detail,
        incoming.notable,
    )
    writer.placed(message.id, [p.recipient for p in places])


def find_document(tx: Transaction, sender: str, document_id: str, code: str, year: int) -> list[MessageRow]:
    """The documents that a reference may mean, likeliest first: by DocumentId (the original, then the documents that
    recall or update it under the same identifier), else by number, notation, issuer, and year where one is given
    (newest first).

    DocumentId is no dependable key in the field, and a reference may carry the code alone (QCVN 102).
    """
    known = tx.messages_by_document(sender, document_id) if document_id else []
    return known or (tx.messages_by_key(sender, matching_key(code), year) if code else [])
