"""Documents: one box, filters in the address, and where each document stands. The right to see is `hub.finding`'s."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

import msgspec
from aiohttp import web

from hub.access import Right, Role
from hub.console import guard
from hub.console.documents_asked import (
    FILTERS,
    NEWEST,
    OLDEST,
    DocumentsQuery,
    Filter,
    asked,
    chips,
    command,
    given,
    held,
)
from hub.console.documents_asked import TEXTS as ASKED_TEXTS
from hub.console.page import Page, Visit
from hub.console.screens import several
from hub.console.ui import Choice
from hub.core.errors import AxisError, BadRequest, Text
from hub.core.model import DeliveryState, MessageKind
from hub.finding.asked import Asked
from hub.finding.find import Found, Hit, find
from hub.http.milliseconds import spent
from hub.routes import exporting
from hub.routes.exporting import Form, Wish

_MOST_TRIED: Final = 6
_BY_NUMBER: Final = {0: "new", 1: "recall", 2: "update", 3: "replacement"}
_FIRST: Final = (DeliveryState.EXPIRED, DeliveryState.REFUSED, DeliveryState.WAITING)
"""States that are told before others, worst first."""


class Row(NamedTuple):
    """A document as a line of the list. `chosen`: its name in an act on several, where one may act on it."""

    href: str
    day: str
    time: str
    code: str
    subject: str
    sender: str
    to: str
    more: int
    urgency: int
    kind: str
    state: str
    note: str
    chosen: str = ""


class Field(NamedTuple):
    """A filter as a field of the form."""

    filter: Filter
    label: str
    value: str
    choices: list[tuple[str, str]]


async def show(visit: Visit) -> web.StreamResponse:
    known = visit.call.request.query
    if any(not value for value in known.values()):
        return visit.see(visit.here())  # a form sends its empty fields too: the address holds conditions alone
    error: AxisError | None = None
    found = Found([], None, 0, 0.0)
    try:
        found = await _found(visit, asked(visit))
    except BadRequest as refused:
        error = refused
    rows = [_row(visit, hit) for hit in found.hits]
    emptying = [] if rows or error or found.cursor is not None else await _emptying(visit)
    sorts = [
        Choice(visit.t("documents.newest"), visit.here(sort="", cursor=""), given(visit).get("sort", NEWEST) == NEWEST),
        Choice(visit.t("documents.oldest"), visit.here(sort=OLDEST, cursor=""), given(visit).get("sort") == OLDEST),
    ]
    exports = [(form.value.upper(), _export_address(visit, form)) for form in Form]
    return visit.again(
        "documents.html",
        error,
        rows=rows,
        q=given(visit).get("q", ""),
        chips=chips(visit),
        fields=_fields(visit),
        sorts=sorts,
        more=visit.here(cursor=str(found.cursor)) if found.cursor is not None else "",
        behind=found.behind,
        emptying=emptying,
        exports=exports,
        most=exporting.MOST_LINES,
        command=command(visit),
        words=visit.me.role != Role.OPERATOR,
        recorded=visit.me.role == Role.AUDITOR,
        clean="/console/documents",
        acts=several.DOCUMENTS if visit.may(Right.RUN) and any(row.chosen for row in rows) else (),
    )


async def _found(visit: Visit, question: Asked) -> Found:
    found = await find(visit.exchange, visit.caller, question)
    spent(found.seconds)
    return found


async def _emptying(visit: Visit) -> list[tuple[str, str]]:
    """Conditions without any one of which something would be found: the words of each, and the page without it."""
    found = []
    for name, text in list(held(visit))[:_MOST_TRIED]:
        if (await _found(visit, asked(visit, 1, without=name))).hits:
            found.append((text, visit.here(**{name: "", "cursor": ""})))
    return found


def _fields(visit: Visit) -> list[Field]:
    known = given(visit)
    return [
        Field(
            each,
            visit.t(f"documents.by.{each.name}"),
            known.get(each.name, ""),
            [(key, visit.t(each.prefix + key)) for key in each.choices],
        )
        for each in FILTERS
        if not (each.words and visit.me.role == Role.OPERATOR) and not (each.own and visit.me.role != Role.CLERK)
    ]


def _row(visit: Visit, hit: Hit) -> Row:
    message, states = hit.message, hit.shown.states
    total = sum(states.values())
    first = hit.shown.deliveries[0] if hit.shown.deliveries else None
    state, note = standing(visit, states, first.progress if first is not None and total == 1 else "")
    return Row(
        href=f"/console/documents/{message.id.removeprefix('urn:uuid:')}",
        day=visit.moment(message.accepted_at).replace(",", "").split(" ", 1)[1],
        time=visit.clock(message.accepted_at),
        code=message.code or message.document_id,
        subject=message.subject,
        sender=visit.name_of(message.sender),
        to=visit.name_of(first.recipient) if first is not None else "",
        more=total - 1,
        urgency=message.priority,
        kind=_BY_NUMBER[int(message.business)] if message.kind is MessageKind.DOCUMENT and message.business else "",
        state=state,
        note=note,
        chosen=message.id.removeprefix("urn:uuid:") if states.get(DeliveryState.WAITING) else "",
    )


def standing(visit: Visit, states: Mapping[DeliveryState, int], progress: str = "") -> tuple[str, str]:
    """Of all deliveries in one: the key of the worst state that any has, and `5/6 received`."""
    total = sum(states.values())
    worst = next((state for state in _FIRST if states.get(state)), None)
    if worst is None and states.get(DeliveryState.HANDED_OVER):
        key = progress if progress and total == 1 else "received" if total > 1 else "handed_over"
    else:
        key = worst.value if worst is not None else DeliveryState.TAKEN_BACK.value
    handed = states.get(DeliveryState.HANDED_OVER, 0) + states.get(DeliveryState.REFUSED, 0)
    return key, visit.t("documents.received", done=handed, n=total) if total > 1 else ""


# The found documents as files.


class ExportQuery(DocumentsQuery, frozen=True, kw_only=True):
    """`form`: of the file."""

    form: Form = Form.CSV


def _export_address(visit: Visit, form: str) -> str:
    asked = visit.here(cursor="", sort="", form=form).partition("?")[2]
    return f"/console/documents/export?{asked}"


async def export(visit: Visit) -> web.StreamResponse:
    """All that was found, oldest first; where that is more than one file has, its last line says where it goes on."""
    question = msgspec.structs.replace(asked(visit, exporting.PAGE), oldest=True)
    wish = Wish(visit.query.form, lang=visit.lang)
    dressed = partial(guard.secured, secure=visit.call.request.secure)
    return await exporting.send(visit.context, visit.call.request, visit.caller, question, wish, dressed=dressed)


PAGES: Final = (
    Page("GET", "/console/documents", show, Right.DOCUMENTS, "nav.documents", DocumentsQuery),
    Page("GET", "/console/documents/export", export, Right.DOCUMENTS, "nav.documents", ExportQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    **ASKED_TEXTS,
    "documents.filters": Text("Điều kiện", "Filters"),
    "documents.apply": Text("Lọc", "Apply"),
    "documents.any": Text("Bất kỳ", "Any"),
    "documents.newest": Text("Mới nhất trước", "Newest first"),
    "documents.oldest": Text("Cũ nhất trước", "Oldest first"),
    "documents.sort": Text("Thứ tự", "Order"),
    "documents.date": Text("Ngày", "Date"),
    "documents.code": Text("Số ký hiệu", "Number"),
    "documents.subject": Text("Trích yếu", "Subject"),
    "documents.way": Text("Từ → Nơi nhận", "From → to"),
    "documents.urgency": Text("Độ khẩn", "Urgency"),
    "documents.state": Text("Trạng thái", "State"),
    "documents.more": Text("và {n} nơi khác", "and {n} more"),
    "documents.received": Text("{done}/{n} đã nhận", "{done}/{n} received"),
    "documents.found": Text("Văn bản tìm thấy", "Documents found"),
    "documents.none": Text(
        "Chưa có văn bản nào. Văn bản qua Trục sẽ hiện ở đây.",
        "No document yet. Documents that pass the axis appear here.",
    ),
    "documents.nothing": Text("Không tìm thấy. Bỏ bớt điều kiện:", "Nothing found. Ask for less:"),
    "documents.nothing.all": Text(
        "Không tìm thấy. Không điều kiện nào là nguyên nhân riêng.", "Nothing found. No single filter is the reason."
    ),
    "documents.go_on": Text("Chưa tìm hết: xem tiếp.", "Not all was looked through yet: go on."),
    "documents.behind": Text(
        "Còn {n} văn bản chưa lập chỉ mục: kết quả có thể thiếu.",
        "{n} document is not indexed yet: some may be missing.|{n} documents are not indexed yet: some may be missing.",
    ),
    "documents.export": Text("Tải kết quả", "Download the result"),
    "documents.export.most": Text("tối đa {n} dòng", "at most {n} lines"),
    "documents.routing": Text(
        "Quản trị Trục thấy ai gửi cho ai và đến đâu, không thấy trích yếu và nội dung.",
        "An operator sees who sent to whom and how it stands, no subject and no content.",
    ),
    "documents.recorded": Text(
        "Mỗi lần tìm của kiểm toán viên được ghi vào nhật ký.", "Each search of an auditor is on record."
    ),
}
