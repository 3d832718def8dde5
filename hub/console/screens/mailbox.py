"""The clerk's mailbox: incoming documents, and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from aiohttp import web

from hub.access import Right
from hub.console import formats, guard
from hub.console.mailbox import carrying
from hub.console.mailbox.carrying import desk_of
from hub.console.mailbox.desk import PAGE, Desk, Line
from hub.console.page import Page, PageQuery, Visit
from hub.core import edxml
from hub.core.edxml import Attachment
from hub.core.errors import BadRequest, IntegrityAlarm, NotFound, Text
from hub.core.model import Millis
from hub.desk import directions
from hub.http.limits import key_of
from hub.store import MessageRow
from hub.store.mail import Stage

LOOPBACK: Final = guard.POLICY.replace("connect-src 'self'", "connect-src 'self' http://127.0.0.1:*")
"""Pages that sign may ask the agent on the clerk's own machine, and nobody else."""
SHOWN: Final = {"application/pdf": "application/pdf", "text/plain": "text/plain; charset=utf-8"}
"""Kinds that are shown in the page, by their bytes; all others are downloaded."""
_FILE_POLICY: Final = "sandbox; frame-ancestors 'self'"
TABS: Final = {
    "": None,
    "in-hand": Stage.IN_HAND,
    "done": Stage.DONE,
    "returned": Stage.RETURNED,
}
REASONS: Final = ("wrong", "twice", "missing", "unreadable", "form")
_DAY: Final = 86_400_000


class InQuery(PageQuery, frozen=True, kw_only=True):
    tab: str = ""
    cursor: str = ""


class Group(NamedTuple):
    """Documents of one day, or the urgent ones, under their heading."""

    title: str
    lines: Sequence[Line]


async def show(visit: Visit) -> web.StreamResponse:
    desk, tab = desk_of(visit), _tab(visit)
    lines, more = await _list(desk, tab, visit.query.cursor)
    return await _page(visit, desk, lines, lines[0] if lines else None, more)


def _tab(visit: Visit) -> str:
    tab: str = visit.query.tab
    if tab not in TABS:
        raise BadRequest(expected=", ".join(filter(None, TABS)), found=tab[:40])
    return tab


async def _list(desk: Desk, tab: str, cursor: str) -> tuple[list[Line], str]:
    stage = TABS[tab]
    if stage is None:
        return await desk.waiting(), ""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor[:40])
    lines = await desk.stage(stage, PAGE, int(cursor) if cursor else None)
    return lines, str(lines[-1].message.number) if len(lines) == PAGE else ""


async def one(visit: Visit) -> web.StreamResponse:
    desk, tab = desk_of(visit), _tab(visit)
    line = await desk.line(visit.call.path["id"])
    lines, more = await _list(desk, tab, visit.query.cursor)
    return await _page(visit, desk, lines, line, more, opened=True)


async def _page(
    visit: Visit, desk: Desk, lines: list[Line], line: Line | None, more: str, *, opened: bool = False
) -> web.StreamResponse:
    counts = await desk.store.mail_counts(desk.code)
    tab = _tab(visit)
    return signing(
        visit.page(
            "mail_in.html",
            desk=desk,
            groups=_groups(visit, lines),
            line=line,
            tab=tab,
            tabs=tuple(TABS),
            waiting=len(lines) if not tab else "",
            in_hand=counts[Stage.IN_HAND],
            newest=max((one.message.number for one in lines), default=0),
            more=visit.here(cursor=more) if more else "",
            opened=opened,
            **await _pane(visit, desk, line),
        )
    )


async def pane(visit: Visit) -> web.StreamResponse:
    """The reading pane alone, for a list that stays as it is."""
    desk = desk_of(visit)
    line = await desk.line(visit.call.path["id"])
    return visit.page("mail_pane.html", desk=desk, line=line, tab=_tab(visit), **await _pane(visit, desk, line))


async def _pane(visit: Visit, desk: Desk, line: Line | None) -> dict[str, Any]:
    at = visit.now
    return {
        "reasons": REASONS,
        "number": await desk.next_number(at) if line is not None and line.waits else 0,
        "today": formats.day(at, "en"),
        "verdict": _verdict(line.message.verdict) if line is not None else "",
        "views": _views(line),
        "people": await _people(desk),
        "directions": await directions.about(desk.store, desk.code, line.message.number) if line is not None else [],
    }


async def _people(desk: Desk) -> list[str]:
    """To whom documents were passed lately, for the next ones."""
    rows = await desk.store.mails(desk.code, Stage.IN_HAND, PAGE)
    return sorted({row.assignee for row in rows if row.assignee})


def _verdict(verdict: str) -> str:
    """The end of a text."""
    return verdict if verdict in ("VALID", "ABSENT") else "other"


def _views(line: Line | None) -> list[int]:
    """Numbers of the files that the page can show, by their names; their bytes decide when they are asked for."""
    if line is None:
        return []
    return [n for n, file in enumerate(line.detail.files, 1) if file.name.lower().endswith((".pdf", ".txt"))]


def _groups(visit: Visit, lines: Sequence[Line]) -> list[Group]:
    """Urgent ones first, then by the day on which they came."""
    groups: list[tuple[str, list[Line]]] = []
    for line in lines:
        title = visit.t("mail.urgent") if line.delivery.lane else _day(visit, line.delivery.placed_at)
        if not groups or groups[-1][0] != title:
            groups.append((title, []))
        groups[-1][1].append(line)
    return [Group(*group) for group in groups]


def _day(visit: Visit, at: Millis) -> str:
    day = formats.day(at, visit.lang)
    for key, moment in (("mail.today", visit.now), ("mail.yesterday", Millis(visit.now - _DAY))):
        if day == formats.day(moment, visit.lang):
            return visit.t(key)
    return day


def signing(response: web.Response) -> web.Response:
    response.headers["Content-Security-Policy"] = LOOPBACK
    return response


# The bytes.


async def _bytes(visit: Visit) -> tuple[MessageRow, bytes]:
    """A whole message that this agency may read, on record as offered before a byte of it leaves."""
    exchange = visit.exchange
    seen = await exchange.readable(visit.caller, visit.call.path["id"])
    async with exchange.reading(seen) as inline:
        if inline is None:
            path = exchange.blobs.path(seen.message.sha256)
            inline = await visit.context.milliseconds.aside(path.read_bytes)
        if len(inline) != seen.message.size:
            raise IntegrityAlarm(expected=f"{seen.message.size} bytes", found=str(len(inline)))
        visit.context.bodies.quotas.sent.take(key_of(visit.caller), len(inline))
        return seen.message, inline


async def whole(visit: Visit) -> web.StreamResponse:
    """The message as it was received, which an acknowledgement is about."""
    message, data = await _bytes(visit)
    name = f"{message.id.removeprefix('urn:uuid:')}.edxml"
    return _file(data, "application/xml", name, view=False)


async def file(visit: Visit) -> web.StreamResponse:
    """One attachment: shown where its bytes are of a kind that can be shown, else downloaded."""
    _, data = await _bytes(visit)
    number = visit.call.path["n"]
    if not (number.isascii() and number.isdigit() and 0 < len(number) < 5):
        raise NotFound(found=number[:40])
    found = await visit.context.milliseconds.aside(_attachment, data, int(number))
    if found is None:
        raise NotFound(found=number)
    kind = SHOWN.get(found.sniffed_type, "")
    return _file(found.data, kind or "application/octet-stream", edxml.safe_name(found.name), view=bool(kind))


def _attachment(data: bytes, number: int) -> Attachment | None:
    for place, one in enumerate(edxml.attachments(edxml.parse(data)), 1):
        if place == number:
            return one
    return None


def _file(data: bytes, kind: str, name: str, *, view: bool) -> web.Response:
    """The file runs nothing and is framed by this console alone. `sandbox` stands in the header: as an
    attribute of the frame it keeps the browser's own viewer out as well."""
    disposition = f"{'inline' if view else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
    headers = {
        "Content-Type": kind,
        "Content-Disposition": disposition,
        "Content-Security-Policy": _FILE_POLICY,
        "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "private, no-store",
    }
    return web.Response(body=data, headers=headers)


_ONE: Final = "/console/mailbox/in/{id}"
PAGES: Final = (
    Page("GET", "/console/mailbox/in", show, Right.MAILBOX, "nav.in", InQuery),
    Page("GET", _ONE, one, Right.MAILBOX, "nav.in", InQuery),
    Page("GET", f"{_ONE}/pane", pane, Right.MAILBOX, "nav.in", InQuery, part=True),
    Page("GET", "/console/mailbox/bytes/{id}", whole, Right.MAILBOX, part=True),
    Page("GET", "/console/mailbox/bytes/{id}/{n}", file, Right.MAILBOX, part=True),
    Page("GET", "/console/mailbox/news", carrying.news, Right.MAILBOX, part=True),
    Page("POST", "/console/mailbox/prepare", carrying.prepare, Right.MAILBOX),
    Page("POST", "/console/mailbox/submit", carrying.submit, Right.MAILBOX, query=carrying.SubmitQuery),
    Page("POST", "/console/mailbox/acknowledge", carrying.acknowledge, Right.MAILBOX),
)
TEXTS: Final[Mapping[str, Text]] = {
    "mail.waiting": Text("Chờ tiếp nhận", "To be taken"),
    "mail.tab.": Text("Chờ tiếp nhận", "To be taken"),
    "mail.tab.in-hand": Text("Đang xử lý", "In hand"),
    "mail.tab.done": Text("Xong", "Done"),
    "mail.tab.returned": Text("Trả lại", "Returned"),
    "mail.urgent": Text("Hỏa tốc, khẩn", "Urgent"),
    "mail.today": Text("Hôm nay", "Today"),
    "mail.yesterday": Text("Hôm qua", "Yesterday"),
    "mail.news": Text("Có văn bản mới, bấm để hiện", "New documents: press to show"),
    "mail.empty.": Text(
        "Không còn văn bản chờ tiếp nhận. Văn bản mới tự hiện.", "Nothing waits. New documents show by themselves."
    ),
    "mail.empty.in-hand": Text("Không có văn bản nào đang xử lý.", "Nothing is in hand."),
    "mail.empty.done": Text("Chưa có văn bản nào xong.", "Nothing is done yet."),
    "mail.empty.returned": Text("Chưa trả lại văn bản nào.", "Nothing was returned."),
    "mail.choose": Text("Chọn một văn bản trong danh sách.", "Choose a document of the list."),
    "mail.back": Text("Danh sách", "List"),
    "mail.from": Text("Từ", "From"),
    "mail.came": Text("đến {at}", "came {at}"),
    "mail.dated": Text("{type} ngày {day}", "{type} of {day}"),
    "mail.due": Text("hạn trả lời {day}", "answer due {day}"),
    "mail.answers": Text("Trả lời văn bản {code}", "Answers {code}"),
    "mail.business.1": Text("Thu hồi", "Recall"),
    "mail.business.2": Text("Cập nhật", "Update"),
    "mail.business.3": Text("Thay thế", "Replacement"),
    "mail.verdict.VALID": Text("Thật và còn nguyên", "Genuine and unaltered"),
    "mail.verdict.ABSENT": Text("Không ký số: chỉ để biết, tham khảo", "Not signed: for information only"),
    "mail.verdict.other": Text("Chữ ký chưa được xác nhận", "The signature is not confirmed"),
    "mail.stamp": Text("Đến", "Arrived"),
    "mail.stamp.note": Text("tiếp nhận là vào sổ", "taking it registers it"),
    "mail.number": Text("Số đến", "Arrival number"),
    "mail.arrived": Text("Ngày, giờ đến", "Came in"),
    "mail.assignee": Text("Chuyển cho", "Passed to"),
    "mail.until": Text("Thời hạn", "Deadline"),
    "mail.take": Text("Tiếp nhận", "Take"),
    "mail.return": Text("Trả lại…", "Return…"),
    "mail.return.do": Text("Trả lại", "Return"),
    "mail.return.why": Text("Lý do trả lại", "Reason of the return"),
    "mail.return.own": Text("Lý do khác", "In own words"),
    "mail.reason.wrong": Text("Gửi nhầm đơn vị", "Sent to the wrong agency"),
    "mail.reason.twice": Text("Trùng với văn bản đã nhận", "Received before"),
    "mail.reason.missing": Text("Thiếu tệp", "A file is missing"),
    "mail.reason.unreadable": Text("Tệp không đọc được", "A file cannot be read"),
    "mail.reason.form": Text("Sai thể thức", "Wrong form"),
    "mail.reply": Text("Trả lời", "Reply"),
    "mail.assign": Text("Phân công", "Assign"),
    "mail.finish": Text("Hoàn thành", "Finish"),
    "mail.begin": Text("Bắt đầu xử lý", "Begin"),
    "mail.asked": Text(
        "Bên gửi yêu cầu lấy lại hoặc đổi văn bản này: {why}",
        "The sender asks to take back or change this document: {why}",
    ),
    "mail.agree": Text("Đồng ý", "Agree"),
    "mail.keep": Text("Không đồng ý", "Do not agree"),
    "mail.keep.why": Text("Lý do không đồng ý", "Reason"),
    "mail.files": Text("Tệp đính kèm", "Attachments"),
    "mail.nofiles": Text("Văn bản không có tệp đính kèm.", "There is no attachment."),
    "mail.download": Text("Tải về", "Download"),
    "mail.viewer": Text("Nội dung tệp {name}", "Content of {name}"),
    "mail.evidence": Text("Gói tin gốc", "Original message"),
    "mail.registered": Text("Số đến {number}", "Arrival number {number}"),
    "mail.answered": Text("Đã trả lời bằng {code}", "Answered by {code}"),
    "mail.by": Text("{name}, hạn {day}", "{name}, until {day}"),
    "mail.phone": Text("Trên điện thoại chỉ đọc; ký và vào sổ trên máy tính.", "A telephone reads; a computer signs."),
    "mail.script": Text("Ký cần JavaScript; đọc thì không.", "Signing needs JavaScript; reading does not."),
    "sign.title": Text("Phần mềm ký", "Signing agent"),
    "sign.off": Text("Phần mềm ký chưa chạy", "The signing agent does not run"),
    "sign.unpaired": Text("Chưa ghép với phần mềm ký", "Not paired with the signing agent"),
    "sign.ready": Text("Sẵn sàng ký", "Ready to sign"),
    "sign.key": Text("Ký bằng khóa thử nghiệm", "Signing with a sandbox key"),
    "sign.how": Text("Chạy trên máy này, rồi nhập mã ghép:", "Run on this machine, then type the pairing code:"),
    "sign.code": Text("Mã ghép", "Pairing code"),
    "sign.pair": Text("Ghép", "Pair"),
    "sign.file": Text(
        "Hoặc, chỉ trong phòng thử nghiệm: tệp khóa và chứng thư (.key.pem, .cert.pem)",
        "Or, in a sandbox only: files of key and certificate (.key.pem, .cert.pem)",
    ),
    "sign.forget": Text("Bỏ khóa khỏi trình duyệt", "Forget the key"),
    "sign.auto": Text("Tự ký đã nhận khi mở trang", "Sign for what comes when the page opens"),
    "sign.receive": Text("Ký đã nhận tất cả", "Sign for all that waits"),
    "sign.held": Text("{what} Ký sau 5 giây.", "{what} Signed in 5 seconds."),
    "sign.undo": Text("Hủy", "Undo"),
    "sign.doing": Text("Đang ký…", "Signing…"),
    "sign.asks": Text("Phần mềm ký đang chờ bạn đồng ý.", "The agent waits for your yes."),
    "sign.failed": Text("Không ký được: {why}", "Not signed: {why}"),
    "sign.differs": Text(
        "Nội dung cần ký khác với điều bạn chọn. Không ký.", "What is to be signed is not what was chosen. Not signed."
    ),
    "sign.kinds": Text(
        "Cần khóa EC (P-256, P-384) hoặc RSA, cùng chứng thư.", "A key (EC or RSA) and its certificate."
    ),
    "did.register": Text("Đã vào sổ số {n}.", "Registered as {n}."),
    "will.register": Text("Vào sổ số {n}.", "To be registered as {n}."),
    "will.return": Text("Trả lại {code}.", "{code} goes back."),
    "will.other": Text("Việc với {code}.", "For {code}."),
    "did.other": Text("Đã ký và gửi.", "Signed and sent."),
    "did.receive": Text("Đã ký nhận {n} gói tin.", "{n} message signed for.|{n} messages signed for."),
    "keys.take": Text("Tiếp nhận (vào sổ)", "Take (register)"),
    "keys.return": Text("Trả lại", "Return"),
    "keys.reply": Text("Trả lời", "Reply"),
    "keys.assign": Text("Chuyển cho, phân công", "Pass to, assign"),
    "keys.pick": Text("Chọn, bỏ chọn", "Select"),
    "keys.new": Text("Soạn văn bản", "Compose"),
    "keys.undo": Text("Hủy việc đang chờ ký", "Undo what waits to be signed"),
}
