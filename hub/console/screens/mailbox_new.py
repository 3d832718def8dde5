"""Composing: laid out like the letter, and nothing leaves that the axis would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console.mailbox import carrying
from hub.console.mailbox.carrying import desk_of
from hub.console.mailbox.desk import Desk
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens.mailbox import signing
from hub.core.edxml.codes import DOCUMENT_TYPES
from hub.core.edxml.naming import matching_key
from hub.core.errors import Text
from hub.core.model import vietnam_date
from hub.desk import drafts
from hub.store import Name, Side

_LOOKED_AT: Final = 200
"""Newest documents that went out, of which the next number is guessed."""
SUBJECT: Final = 500
"""Letters of a subject, by Annex VI."""


class NewQuery(PageQuery, frozen=True, kw_only=True):
    """`answers`: a document that came in; `of`: one that went out, and the `change` made to it (`update`,
    `replacement`)."""

    answers: str = ""
    of: str = ""
    change: str = ""
    draft: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0


class UsedQuery(PageQuery, frozen=True, kw_only=True):
    code: str = ""
    year: int = 0


async def show(visit: Visit) -> web.StreamResponse:
    desk, query = desk_of(visit), visit.query
    today = vietnam_date(visit.now)
    if query.draft and (letter := (await drafts.one(desk.store, desk.code, query.draft)).letter) is not None:
        query = msgspec.structs.replace(query, answers=letter.answers, of=letter.of, change=letter.change)
    answered = await desk.line(query.answers) if query.answers else None
    changed = await desk.own(query.of) if query.of and query.change in ("update", "replacement") else None
    to = [answered.message.sender] if answered is not None else []
    if changed is not None:
        to = [row.recipient for row in await desk.store.deliveries(changed.number)][:1000]
    number, notation = await next_number(desk, today.year)
    if changed is not None and query.change == "update":
        number, _, notation = changed.code.partition("/")
    return signing(
        visit.page(
            "mail_new.html",
            desk=desk,
            draft=query.draft,
            answered=answered.message if answered is not None else None,
            changed=changed,
            change=query.change if changed is not None else "",
            to=[(code, visit.name_of(code)) for code in to],
            number=number,
            notation=notation,
            today=today.isoformat(),
            place=desk.agency.address[:50],
            kinds=DOCUMENT_TYPES,
            subject=changed.subject if changed is not None else "",
            most=SUBJECT,
        )
    )


async def next_number(desk: Desk, year: int) -> tuple[str, str]:
    """The number after the last of this year, and its notation: a guess, for paper has numbers too."""
    rows = await desk.store.outbox(desk.code, _LOOKED_AT)
    mine = [row.code.partition("/") for row in rows if row.year == year and not row.business]
    numbered = [(int(number), notation) for number, _, notation in mine if number.isascii() and number.isdigit()]
    if not numbered:
        return "1", ""
    last, notation = max(numbered)[0], numbered[0][1]
    return str(last + 1), notation


@carrying.told
async def used(visit: Visit) -> Mapping[str, object]:
    """Whether a number was used in that year: a slip, an update, or a replacement."""
    desk, query = desk_of(visit), visit.query
    key = matching_key(query.code[:200]) if query.code else ""
    rows, _ = await desk.store.named(Name(key=key, sender=desk.code, year=query.year), [desk.code], Side.SENT)
    return {"used": bool(key and rows), "id": rows[0].id.removeprefix("urn:uuid:") if key and rows else ""}


PAGES: Final = (
    Page("GET", "/console/mailbox/new", show, Right.MAILBOX, "nav.new", NewQuery),
    Page("GET", "/console/mailbox/used", used, Right.MAILBOX, query=UsedQuery, part=True),
    Page("GET", "/console/mailbox/agencies", carrying.agencies, Right.MAILBOX, query=carrying.AgencyQuery, part=True),
    Page("POST", "/console/mailbox/letter", carrying.letter, Right.MAILBOX),
)
TEXTS: Final[Mapping[str, Text]] = {
    "new.number": Text("Số", "Number"),
    "new.notation": Text("Ký hiệu", "Notation"),
    "new.place": Text("Nơi ban hành", "Place"),
    "new.day": Text("Ngày ban hành", "Date"),
    "new.urgency": Text("Độ khẩn", "Urgency"),
    "new.to": Text("Kính gửi", "To"),
    "new.to.hint": Text("Gõ tên hoặc mã đơn vị, chọn trong danh mục", "Type a name or code, choose from the directory"),
    "new.to.remove": Text("Bỏ {name}", "Remove {name}"),
    "new.to.ended": Text("đã hết hiệu lực", "has ended"),
    "new.kind": Text("Tên loại", "Type"),
    "new.subject": Text("Trích yếu", "Subject"),
    "new.due": Text("Hạn trả lời", "Answer due"),
    "new.position": Text("Chức vụ người ký", "Signer's office"),
    "new.signer": Text("Người ký", "Signer"),
    "new.files": Text("Tệp đính kèm", "Attachments"),
    "new.drop": Text("Thả tệp vào đây, hoặc chọn:", "Drop files here, or choose:"),
    "new.readable": Text("đọc được", "readable"),
    "new.signed": Text("có chữ ký", "has a signature"),
    "new.unsigned": Text("chưa có chữ ký", "no signature inside"),
    "new.send": Text("Ký và gửi", "Sign and send"),
    "new.lacks": Text("Còn thiếu: {what}", "Still lacks: {what}"),
    "new.used": Text(
        "Số này đã dùng trong năm. Cập nhật, thay thế hay gõ nhầm?",
        "This number was used this year. An update, a replacement, or a slip?",
    ),
    "new.answers": Text("Trả lời văn bản {code}", "Answers {code}"),
    "new.update": Text("Cập nhật văn bản {code}", "Updates {code}"),
    "new.replacement": Text("Thay thế văn bản {code}", "Replaces {code}"),
    "new.reason": Text("Lý do", "Reason"),
    "new.sent": Text("Đã gửi {code}.", "{code} was sent."),
    "new.will": Text("Gửi {code} tới {n} nơi.", "{code} goes to {n} places."),
}
