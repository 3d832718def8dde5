"""The clerk's own papers: drafts, groups of recipients, a leader's directions, corrections of the registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console.form import Form, at
from hub.console.mailbox import carrying
from hub.console.mailbox.carrying import desk_of
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Column, Table
from hub.core import register
from hub.core.errors import AxisError, BadRequest, NotFound, Text
from hub.core.model import from_iso_utc, vietnam_date
from hub.core.register import Book
from hub.core.wire_desk import Group, NewCorrection, NewDirection, SaveDraft
from hub.desk import corrections, directions, drafts, groups
from hub.routes import desk as calls

_MOST_DRAFT: Final = drafts.MOST_SENT
_Line = Annotated[str, msgspec.Meta(max_length=300)]


class NumberQuery(PageQuery, frozen=True, kw_only=True):
    id: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0


class NameQuery(PageQuery, frozen=True, kw_only=True):
    name: _Line = ""


class DirectionsQuery(PageQuery, frozen=True, kw_only=True):
    """`due`: due on this day or earlier."""

    q: _Line = ""
    due: Annotated[str, msgspec.Meta(max_length=10)] = ""
    cursor: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0


class CorrectQuery(PageQuery, frozen=True, kw_only=True):
    book: Annotated[str, msgspec.Meta(pattern=r"^(in|out)$(?!\n)")] = "in"


# Drafts.


async def list_drafts(visit: Visit) -> web.StreamResponse:
    desk = desk_of(visit)
    found = await drafts.listed(desk.store, desk.code)
    return visit.page("mail_drafts.html", desk=desk, drafts=found.items, at=from_iso_utc, most=found.most)


@carrying.told
async def save_draft(visit: Visit) -> Mapping[str, Any]:
    wanted = await carrying.asked(visit, SaveDraft, _MOST_DRAFT)
    desk = desk_of(visit)
    kept = await drafts.save(desk.store, desk.code, visit.me.name, wanted, visit.exchange.clock.stamp())
    told = visit.t("draft.saved", at=visit.moment(from_iso_utc(kept.saved_at)))
    return {"id": kept.id, "saved_at": kept.saved_at, "told": told}


@carrying.told
async def read_draft(visit: Visit) -> Mapping[str, Any]:
    """One with its letter, and its recipients' names."""
    desk = desk_of(visit)
    found = await drafts.one(desk.store, desk.code, visit.query.id)
    letter = found.letter
    names = {code: visit.name_of(code) for code in letter.to} if letter is not None else {}
    return {"id": found.id, "saved_at": found.saved_at, "letter": msgspec.to_builtins(letter), "names": names}


@carrying.told
async def drop_draft(visit: Visit) -> Mapping[str, Any]:
    """After its letter went out."""
    desk = desk_of(visit)
    await drafts.delete(desk.store, desk.code, visit.query.id)
    return {}


async def delete_draft(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    number = form.get("id", 12)
    desk = desk_of(visit)
    if not (number.isascii() and number.isdecimal()):
        raise NotFound(expected="a draft that is kept", found=number)
    await drafts.delete(desk.store, desk.code, int(number))
    return visit.see("/console/mailbox/drafts")


# Groups.


async def list_groups(visit: Visit) -> web.StreamResponse:
    desk, today = desk_of(visit), vietnam_date(visit.now)
    found = await groups.listed(desk.store, visit.exchange.directory, desk.code, today)
    return visit.page("mail_groups.html", desk=desk, groups=found.items)


async def put_group(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    members = [one.strip() for one in form.get("members", 100_000).replace(",", "\n").splitlines() if one.strip()]
    desk, exchange = desk_of(visit), visit.exchange
    if not members or len(members) > groups.MOST_MEMBERS:
        expected = f"1 to {groups.MOST_MEMBERS} recipients"
        raise BadRequest(expected=expected, found=str(len(members)), field="members")
    group = Group(name=form.need("name", 100), members=members)
    await groups.put(desk.store, exchange.directory, desk.code, visit.me.name, group, exchange.clock.stamp())
    return visit.see("/console/mailbox/groups")


async def delete_group(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    desk = desk_of(visit)
    await groups.delete(desk.store, desk.code, form.get("name", 100))
    return visit.see("/console/mailbox/groups")


@carrying.told
async def members(visit: Visit) -> Mapping[str, Any]:
    """The members of a group today: named on the page before anything is signed."""
    desk, today = desk_of(visit), vietnam_date(visit.now)
    found = await groups.members(desk.store, visit.exchange.directory, desk.code, visit.query.name, today)
    left = visit.t("group.left", codes=", ".join(found.left_out)) if found.left_out else ""
    return {"items": [{"code": one.code, "name": one.name} for one in found.items], "left": left}


# Directions.


async def list_directions(visit: Visit) -> web.StreamResponse:
    desk, query = desk_of(visit), visit.query
    error: AxisError | None = None
    items, more = [], ""
    try:
        found = await directions.search(desk.store, desk.code, query.q, query.due, query.cursor or None)
        items, more = found.items, visit.here(cursor=found.cursor) if found.cursor else ""
    except BadRequest as refused:
        error = refused
    keys = ("at", "document", "leader", "lead", "support", "what", "due")
    rows = [
        [
            Cell(visit.moment(from_iso_utc(one.at))),
            Cell(one.code or "—", f"/console/mailbox/in/{one.document[9:]}", one.subject),
            Cell(one.leader),
            Cell(one.lead),
            Cell(one.support),
            Cell(one.what),
            Cell(one.due),
        ]
        for one in items
    ]
    columns = [Column(visit.t(f"direction.{key}"), head=key == "document") for key in keys]
    table = Table(visit.t("nav.directions"), columns, rows, visit.t("direction.empty"), more)
    return visit.again("mail_directions.html", error, desk=desk, table=table, q=query.q, due=query.due)


def _day(form: Form, name: str) -> str:
    with at(name):
        return directions.day(form.get(name, 40))


async def add_direction(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    desk, bare = desk_of(visit), visit.call.path["id"]
    line = await desk.line(bare)
    wanted = NewDirection(
        document=line.message.id,
        leader=form.need("leader", 200),
        lead=form.need("lead", 200),
        support=form.get("support", 200),
        what=form.need("what", 2000),
        due=_day(form, "due"),
    )
    await directions.add(desk.store, desk.code, visit.me.name, line.message, wanted, visit.exchange.clock.stamp())
    return visit.see(f"/console/mailbox/in/{line.message.id[9:]}#directions")


# Corrections.


async def correct(visit: Visit) -> web.StreamResponse:
    desk, book = desk_of(visit), Book(visit.query.book)
    message = await _of_book(visit, book)
    row = await calls.line_of(visit.call._replace(caller=visit.caller), message, book, desk.code)
    found = (await corrections.of(desk.store, desk.code, [message])).get(message.number, [])
    own = [one for one in found if one.book == book.value]
    cells = register.versions(book, row, own)[-1]
    heads = dict(zip(register.KEYS[book], register.columns(book, visit.lang), strict=True))
    fields = [(key, heads[key], cells[key]) for key in register.KEYS[book] if key in register.CORRECTABLE[book]]
    return visit.page("mail_correct.html", desk=desk, m=message, book=book.value, fields=fields, earlier=own)


async def _of_book(visit: Visit, book: Book) -> Any:
    desk, bare = desk_of(visit), visit.call.path["id"]
    return (await desk.line(bare)).message if book is Book.IN else await desk.own(bare)


async def put_right(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    desk, book = desk_of(visit), Book(visit.query.book)
    message = await _of_book(visit, book)
    row = await calls.line_of(visit.call._replace(caller=visit.caller), message, book, desk.code)
    found = (await corrections.of(desk.store, desk.code, [message])).get(message.number, [])
    now = register.versions(book, row, [one for one in found if one.book == book.value])[-1]
    given = {key: form.get(key, 2000) for key in register.CORRECTABLE[book] if key in form.fields}
    changed = {key: text for key, text in given.items() if text != now[key]}
    reason = form.need("reason", 500)
    if not changed:
        raise BadRequest(expected="another text than the line has", found="the same", field=next(iter(given), ""))
    wanted = NewCorrection(document=message.id, book="in" if book is Book.IN else "out", cells=changed, reason=reason)
    stamp = visit.exchange.clock.stamp()
    await corrections.add(desk.store, desk.code, visit.me.name, message, row, wanted, stamp)
    return visit.see(f"/console/mailbox/register?book={book.value}")


_M: Final = Right.MAILBOX
PAGES: Final = (
    Page("GET", "/console/mailbox/drafts", list_drafts, _M, "nav.drafts"),
    Page("POST", "/console/mailbox/drafts", delete_draft, _M, "nav.drafts"),
    Page("GET", "/console/mailbox/draft", read_draft, _M, query=NumberQuery, part=True),
    Page("POST", "/console/mailbox/draft", save_draft, _M),
    Page("POST", "/console/mailbox/draft/sent", drop_draft, _M, query=NumberQuery),
    Page("GET", "/console/mailbox/groups", list_groups, _M, "nav.groups"),
    Page("POST", "/console/mailbox/groups", put_group, _M, "nav.groups"),
    Page("POST", "/console/mailbox/groups/delete", delete_group, _M, "nav.groups", again="/console/mailbox/groups"),
    Page("GET", "/console/mailbox/members", members, _M, query=NameQuery, part=True),
    Page("GET", "/console/mailbox/directions", list_directions, _M, "nav.directions", DirectionsQuery),
    Page("POST", "/console/mailbox/in/{id}/direction", add_direction, _M, "nav.in", again="/console/mailbox/in/{id}"),
    Page("GET", "/console/mailbox/correct/{id}", correct, _M, "correct.title", CorrectQuery),
    Page("POST", "/console/mailbox/correct/{id}", put_right, _M, "correct.title", CorrectQuery),
)
TEXTS: Final[Mapping[str, Text]] = {
    "nav.drafts": Text("Dự thảo", "Drafts"),
    "nav.groups": Text("Nhóm nơi nhận", "Groups"),
    "nav.directions": Text("Bút phê", "Directions"),
    "draft.save": Text("Lưu dự thảo", "Save draft"),
    "draft.saved": Text("Đã lưu lúc {at}", "Saved {at}"),
    "draft.empty": Text(
        "Chưa có dự thảo. Khi soạn văn bản, bấm “Lưu dự thảo” để giữ lại.",
        "No draft yet. Compose a document and press “Save draft” to keep it.",
    ),
    "draft.go_on": Text("Soạn tiếp", "Go on"),
    "draft.delete": Text("Xóa", "Delete"),
    "draft.nameless": Text("(chưa có trích yếu)", "(no subject yet)"),
    "draft.line": Text("lưu {at}, {to} nơi nhận, {files} tệp", "saved {at}, {to} recipients, {files} files"),
    "draft.most": Text("Mỗi đơn vị giữ tối đa {n} dự thảo.", "An agency keeps at most {n} drafts."),
    "group.name": Text("Tên nhóm", "Name"),
    "group.members": Text("Mã các nơi nhận, mỗi dòng một mã", "Codes of the recipients, one a line"),
    "group.add": Text("Thêm hoặc thay nhóm", "Add or replace a group"),
    "group.own": Text("Nhóm của đơn vị", "Your own groups"),
    "group.made": Text("Nhóm theo danh mục", "Groups of the directory"),
    "group.count": Text("{n} nơi nhận", "{n} recipients"),
    "group.empty": Text(
        "Chưa có nhóm riêng. Thêm một nhóm ở dưới; khi soạn văn bản, gõ tên nhóm ở ô Kính gửi.",
        "No group of your own yet. Add one below; when composing, type its name in the box To.",
    ),
    "group.left": Text("Bỏ qua, không còn nhận văn bản: {codes}", "Left out, they get nothing any more: {codes}"),
    "direction.title": Text("Bút phê", "Directions"),
    "direction.at": Text("Lúc", "At"),
    "direction.document": Text("Văn bản", "Document"),
    "direction.leader": Text("Lãnh đạo", "Directed by"),
    "direction.lead": Text("Chủ trì", "In charge"),
    "direction.support": Text("Phối hợp", "Together with"),
    "direction.what": Text("Nội dung", "What"),
    "direction.due": Text("Thời hạn", "Deadline"),
    "direction.add": Text("Ghi bút phê", "Write it down"),
    "direction.inside": Text(
        "Chỉ lưu trong đơn vị, không gửi qua Trục; ghi rồi không sửa, bút phê sau ghi thêm.",
        "Kept inside the agency, never sent; it stays as written, a later one stands beside it.",
    ),
    "direction.find": Text("Tìm theo từ", "Words"),
    "direction.until": Text("Hạn đến ngày", "Due until"),
    "direction.do": Text("Tìm", "Find"),
    "direction.empty": Text(
        "Không có bút phê nào. Mở một văn bản đến để ghi bút phê.",
        "No direction. Open a document that came in to write one down.",
    ),
    "correct.title": Text("Đính chính dòng của sổ", "Correct a line of the register"),
    "correct.how": Text(
        "Dòng cũ được gạch và vẫn đọc được; dòng đúng ghi ngay sau. Sửa những ô sai:",
        "The old line is struck out and stays readable; the right one stands after it. Change the wrong cells:",
    ),
    "correct.reason": Text("Lý do đính chính", "Reason"),
    "correct.do": Text("Đính chính", "Correct"),
    "correct.earlier": Text("Đã đính chính {n} lần", "Corrected {n} times before"),
    "correct.open": Text("Đính chính", "Correct"),
    "correct.struck": Text("đã gạch", "struck out"),
}
