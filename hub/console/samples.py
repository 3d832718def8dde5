"""In a sandbox alone: an agency's acts, done in its place, with its sample key, by the verbs that it would use.

    send       a sample document from one agency to another
    fetch      all that waits for an agency, fetched and acknowledged under its signature
    register   status 03 of the last document that it was handed
    refuse     status 02 of it, with a reason
    take_back  status 13 of the last document that it sent

The keys of a sandbox's agencies lie beside the hub. Those of a real hub's agencies do not, and nothing here finds any.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from hub.admission.submission import Caller, Submission
from hub.console.page import Visit
from hub.core import edxml
from hub.core.edxml import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
)
from hub.core.errors import NotFound
from hub.core.evidence import acknowledgement
from hub.core.model import VIETNAM, Agency, DeliveryState, MessageKind, Priority, StatusCode, vietnam_date
from hub.core.signature import jws, xmldsig
from hub.pki import profile as pki
from hub.pki.files import PkiError
from hub.pki.issue import Credential
from hub.store import MessageRow

_AT_ONCE: Final = 50
_LOOKED_AT: Final = 100
_SUBJECT: Final = "V/v văn bản thử nghiệm của phòng thử nghiệm"
_REASONS: Final = {
    StatusCode.ACCEPTED: "Đã tiếp nhận, vào sổ văn bản đến",
    StatusCode.REFUSED: "Văn bản gửi nhầm nơi nhận",
    StatusCode.TAKE_BACK: "Ban hành nhầm nội dung",
}


class Wanted(NamedTuple):
    """`sender` does it; `recipient` and `priority` where a document is sent."""

    sender: str
    recipient: str = ""
    priority: Priority = Priority.NORMAL


def agency_of(visit: Visit, code: str) -> Agency:
    """NotFound for a code that the directory does not have."""
    found = visit.exchange.directory.get(code)
    if found is None:
        raise NotFound(expected="a registered agency", found=code[:64])
    return found


async def credential(visit: Visit, code: str) -> Credential:
    """NotFound for an agency that has no key here."""
    agency_of(visit, code)
    profile = pki.Profile(Path(visit.context.settings.hub.keys))
    try:
        return await asyncio.to_thread(profile.agency, code)
    except (PkiError, OSError, ValueError):
        raise NotFound(expected="an agency with a key in this sandbox", found=code[:64]) from None


def caller(visit: Visit, code: str) -> Caller:
    """Evidence says how this was authenticated: by a page's session, in every agency's name alike."""
    return Caller(code, "agency", visit.caller.auth)


async def send(visit: Visit, wanted: Wanted) -> int:
    own = await credential(visit, wanted.sender)
    await credential(visit, wanted.recipient)
    now = datetime.fromtimestamp(visit.now / 1000, VIETNAM).replace(tzinfo=None)
    code = Code(str(1 + secrets.randbelow(9_999_999)), "TN-TRUC")
    organs = [Organ(c, name=visit.name_of(c), in_charge=visit.name_of(c)) for c in (wanted.sender, wanted.recipient)]
    document = Document(
        sender=organs[0],
        recipients=(organs[1],),
        document_id=edxml.document_id(wanted.sender, now.date(), code),
        code=code,
        place=organs[0].name[:50],
        promulgation_date=now.date(),
        type=DocumentType(1, 18, "Công văn"),
        subject=_SUBJECT,
        signer=Signer("TL.", "Chánh Văn phòng", "Người ký thử nghiệm"),
        other=OtherInfo(priority=wanted.priority),
        traces=(Trace(wanted.sender, now),),
        business=BusinessInfo(),
    )
    await submit(visit, wanted.sender, document, own)
    return 1


async def submit(
    visit: Visit, sender: str, message: edxml.Message, own: Credential, files: Sequence[Attachment] = ()
) -> None:
    data = await asyncio.to_thread(xmldsig.sign, edxml.build(message, files), own.key, own.chain)
    spool = visit.exchange.blobs.spool()
    try:
        spool.write(data)
        await visit.exchange.accept(Submission.of(spool, caller(visit, sender)))
    finally:
        spool.close()


async def fetch(visit: Visit, wanted: Wanted) -> int:
    own, acting = await credential(visit, wanted.sender), caller(visit, wanted.sender)
    leased = await visit.exchange.fetch(acting, "", _AT_ONCE, 0)
    if not leased:
        raise NotFound(expected="a document that waits", found="none")
    items = tuple(
        acknowledgement.Item(one.entry.message.id, one.entry.message.sha256, acknowledgement.Outcome.CONTENT_HANDOVER)
        for one in leased
    )
    said = acknowledgement.Acknowledgement(wanted.sender, visit.now, items)
    token = acknowledgement.sign(said, own.key, jws.key_id(own.certificate))
    await visit.exchange.acknowledge(acting, wanted.sender, token)
    return len(items)


async def _handed(visit: Visit, code: str) -> MessageRow:
    entries = await visit.exchange.store.inbox(code, DeliveryState.HANDED_OVER, _LOOKED_AT)
    documents = [e.message for e in entries if e.message.kind is MessageKind.DOCUMENT]
    if not documents:
        raise NotFound(expected="a document that it was handed", found="none")
    return max(documents, key=lambda message: message.number)


async def register(visit: Visit, wanted: Wanted) -> int:
    return await _status(visit, wanted, StatusCode.ACCEPTED, await _handed(visit, wanted.sender))


async def refuse(visit: Visit, wanted: Wanted) -> int:
    return await _status(visit, wanted, StatusCode.REFUSED, await _handed(visit, wanted.sender))


async def take_back(visit: Visit, wanted: Wanted) -> int:
    sent = await visit.exchange.store.outbox(wanted.sender, _LOOKED_AT)
    document = next((m for m in sent if m.kind is MessageKind.DOCUMENT), None)
    if document is None:
        raise NotFound(expected="a document that it sent", found="none")
    return await _status(visit, wanted, StatusCode.TAKE_BACK, document)


async def _status(visit: Visit, wanted: Wanted, code: StatusCode, about: MessageRow) -> int:
    own = await credential(visit, wanted.sender)
    now = datetime.fromtimestamp(visit.now / 1000, VIETNAM).replace(tzinfo=None)
    name = visit.name_of(wanted.sender)
    day = vietnam_date(about.accepted_at)
    status = Status(
        sender=Organ(wanted.sender, name=name, in_charge=name),
        response_for=ResponseFor(about.sender, about.code, about.document_id, day),
        staff=Staff(department="Văn thư", staff=f"Văn thư thử nghiệm {secrets.randbelow(1_000_000)}"),
        code=code,
        description=_REASONS[code],
        timestamp=now.replace(microsecond=0),
    )
    await submit(visit, wanted.sender, status, own)
    return 1


DEEDS: Final[Mapping[str, Callable[[Visit, Wanted], Awaitable[int]]]] = {
    "send": send,
    "fetch": fetch,
    "register": register,
    "refuse": refuse,
    "take_back": take_back,
}
