"""From a line of the plan to messages and their signed bytes. The same line, label and day give the same message.

Every message names its document by a DocumentId made of sender, day and number, so all of them, statuses too, can be
signed before the first is sent. Only an acknowledgement names a fact that the hub alone knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from random import Random
from typing import Final

import msgspec

from hub.core import edxml
from hub.core.edxml import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    Receiver,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
)
from hub.core.model import Agency, Business, Priority, StatusCode
from hub.core.signature import xmldsig
from hub.lab.simulate import riding
from hub.lab.simulate.country import SMALLEST
from hub.lab.simulate.plan import Sending
from hub.pki.issue import Credential

_SUBJECT: Final = "V/v rà soát, đơn giản hóa thủ tục hành chính nội bộ, đợt {number}"
_NOISE: Final = 1 << 20
_MORNING: Final = time(7, 30)
_TEXTS: Final = {
    StatusCode.REFUSED: "Văn bản gửi nhầm nơi nhận",
    StatusCode.ACCEPTED: "Đã tiếp nhận, vào sổ văn bản đến",
    StatusCode.IN_PROGRESS: "Đang xử lý",
    StatusCode.FINISHED: "Hoàn thành",
    StatusCode.TAKE_BACK: "Ban hành nhầm nội dung",
    StatusCode.AGREED: "Đồng ý",
}


class MessageMaker:
    """Writes the messages of some agencies. `label` is part of every notation: another label, other documents."""

    def __init__(self, agencies: Sequence[Agency], label: str, day: date) -> None:
        self._agencies = agencies
        self._organs = [_organ(agency) for agency in agencies]
        self._day = day
        self._label = label
        self._noise = Random(label).randbytes(_NOISE)

    def code(self, number: int) -> Code:
        return Code(str(number), self._label)

    def identity(self, sender: int, number: int) -> str:
        return edxml.document_id(self._agencies[sender].code, self._day, self.code(number))

    def document(self, sending: Sending) -> bytes:
        """The document as it is before it is signed."""
        if sending.riding is None:
            return edxml.build(self._document(sending), self._files(sending))
        codes = [self._agencies[position].code for position in (sending.sender, *sending.recipients)]
        carried = riding.carried(sending.riding, codes[0], codes[1:], self._day)
        document = msgspec.structs.replace(self._document(sending), **carried.members)
        return edxml.build(document, carried.files or self._files(sending))

    def _document(self, sending: Sending) -> Document:
        sender = self._organs[sending.sender]
        return Document(
            sender=sender,
            recipients=tuple(self._organs[r] for r in sending.recipients),
            document_id=self.identity(sending.sender, sending.number),
            code=self.code(sending.number),
            place=sender.name[:50],
            promulgation_date=self._day,
            type=DocumentType(1, 18, "Công văn"),
            subject=_SUBJECT.format(number=sending.number),
            signer=Signer("TL.", "Chánh Văn phòng", "Người ký mô phỏng"),
            other=OtherInfo(priority=Priority(sending.priority)),
            traces=(Trace(sender.organ_id, datetime.combine(self._day, _MORNING)),),
            business=self._business(sending),
            response_for=self._answered(sending),
        )

    def _answered(self, sending: Sending) -> tuple[ResponseFor, ...]:
        """An answer goes to the sender of the document that it answers."""
        if not sending.answers:
            return ()
        party, number = sending.recipients[0], sending.answers
        code, identity = self.code(number).text, self.identity(party, number)
        return (ResponseFor(self._organs[party].organ_id, code, identity, self._day),)

    def _business(self, sending: Sending) -> BusinessInfo:
        if not sending.original:
            return BusinessInfo(type=Business.NEW)
        drops = (Receiver(self._organs[sending.dropped].organ_id, False),) if sending.dropped >= 0 else ()
        return BusinessInfo(
            type=Business.UPDATE,
            document_id=self.identity(sending.sender, sending.original),
            reason="Cập nhật nội dung",
            document_info=1,
            document_receiver=1 if drops else 0,
            receivers=drops,
        )

    def _files(self, sending: Sending) -> list[Attachment]:
        """One file that fills the document up to its size; base64 makes four bytes of three."""
        room = (sending.size - SMALLEST) * 3 // 4
        if room < 300:
            return []
        noise, start = self._noise, (sending.number * 4_099) % (_NOISE - 4_099)
        data = b"%PDF-1.7\n" + noise[start:] + noise * (room // _NOISE + 1)
        return [Attachment("1", "van-ban.pdf", "", "application/pdf", data[:room])]

    def status(self, sender: int, sending: Sending, code: StatusCode) -> bytes:
        """A status on the document of `sending`, before it is signed; for 13 all receivers are meant."""
        party = self._organs[sending.sender]
        return edxml.build(
            Status(
                sender=self._organs[sender],
                response_for=ResponseFor(
                    party.organ_id,
                    self.code(sending.number).text,
                    self.identity(sending.sender, sending.number),
                    self._day,
                ),
                staff=Staff(department="Văn thư", staff="Văn thư mô phỏng"),
                code=code,
                description=_TEXTS[code],
                timestamp=datetime.combine(self._day, _MORNING),
            )
        )


def signed(data: bytes, credential: Credential) -> bytes:
    return xmldsig.sign(data, credential.key, credential.chain)


def _organ(agency: Agency) -> Organ:
    return Organ(
        organ_id=agency.code,
        in_charge=agency.name[:200],
        name=agency.name[:200],
        address=agency.address,
        email=agency.email,
    )
