"""Faults of programmes: which part of which document changed no case, the right form, and the next step of whoever
reads it.

A clerk sees those of documents that its agency sent or was sent, an operator their codes, an auditor all, on record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right, Role
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Chip, Choice, Column, Table
from hub.core.errors import BadRequest, Text
from hub.core.model import vietnam_date
from hub.following import asking
from hub.http.milliseconds import spent
from hub.programmes import folding
from hub.programmes.serving import FIRST_BROUGHT
from hub.routes.programmes import views
from hub.store.programmes import FaultRow

_DOCUMENTS: Final = 20
_ROWS: Final = 100
"""Of one page. A document's faults are found together, so the next page may be further on among the same ones."""
_CURSOR: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,5}))?", re.ASCII)
_OPERATORS: Final = frozenset({"PROGRAMME_ERROR"})
_NOBODYS: Final = frozenset({"DOCUMENT_GONE"})
Word = Annotated[str, msgspec.Meta(max_length=64)]


class FaultsPageQuery(PageQuery, frozen=True, kw_only=True):
    """`programme`: of this one alone; `code`; `day` of acceptance; `cursor`: the number of the last document seen,
    and how many of the faults after it were on earlier pages."""

    programme: Word = asking.ALL
    code: Word = ""
    day: date | None = None
    cursor: Word = ""


async def show(visit: Visit) -> web.StreamResponse:
    t, query = visit.t, visit.query or FaultsPageQuery()
    before, skip = _place(query.cursor)
    found = await asking.faults(
        visit.exchange,
        visit.caller,
        query.programme,
        limit=_DOCUMENTS,
        cursor=before,
        code=query.code,
        day=query.day,
    )
    spent(found.seconds)
    columns = (
        Column(t("faults.document"), head=True),
        Column(t("faults.when")),
        Column(t("faults.wrong")),
        Column(t("faults.do")),
    )
    page = found.rows[skip : skip + _ROWS]
    titles = _programmes(visit)
    rows = [_row(visit, row, titles, words=found.words) for row in page]
    then = _next_place(found.rows, before, skip + len(page)) or found.cursor
    more = visit.here(cursor=then) if then else ""
    day = query.day.isoformat() if query.day is not None else ""
    chips = [
        Chip(text, visit.here(**{name: "", "cursor": ""}))
        for name, text in (("code", query.code), ("day", day))
        if text
    ]
    options = "".join(f" --{name} {value}" for name, value in (("code", query.code), ("day", day)) if value)
    return visit.page(
        "faults.html",
        chips=chips,
        clear=visit.here(code="", day="", cursor="") if len(chips) > 1 else "",
        programmes=[
            Choice(text, visit.here(programme=name, cursor=""), name == query.programme)
            for name, text in titles.items()
        ],
        table=Table(t("faults.title"), columns, rows, t("faults.none_of_these" if chips else "faults.none"), more),
        command=f"truc programmes faults {query.programme} --as {visit.caller.agency}{options}",
    )


def _place(cursor: str) -> tuple[str, int]:
    """BadRequest for a cursor that no page ended with."""
    if not cursor:
        return "", 0
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor[:40])
    return found[1], int(found[2] or 0)


def _next_place(rows: Sequence[FaultRow], before: str, seen: int) -> str:
    """Among the same documents, empty after their last fault. A document that arrives meanwhile moves none of them."""
    if seen >= len(rows):
        return ""
    return f"{before or rows[0].number + 1}.{seen}"


def _programmes(visit: Visit) -> dict[str, str]:
    known = visit.exchange.following.programmes if visit.exchange.following is not None else {}
    vi = visit.lang == "vi"
    titles = {name: one.words.title.vi if vi else one.words.title.en for name, one in known.items()}
    return {asking.ALL: visit.t("faults.all"), **titles, folding.FRAME: visit.t("faults.frame")}


def _row(visit: Visit, row: FaultRow, titles: Mapping[str, str], *, words: bool) -> tuple[Cell, ...]:
    known = visit.exchange.following.programmes if visit.exchange.following is not None else {}
    told = views.fault(row, known, told=words)
    brought = row.number >= FIRST_BROUGHT
    day = vietnam_date(row.at).isoformat()
    identifier = row.document.removeprefix("urn:uuid:")
    sender = visit.name_of(row.sender)
    return (
        Cell(
            identifier,
            "" if brought else f"/console/documents/{identifier}",
            visit.t("faults.brought", who=sender) if brought else sender,
            mono=True,
        ),
        Cell(visit.moment(row.at), visit.here(day=day, cursor=""), titles.get(row.programme, row.programme)),
        Cell(told.vi if visit.lang == "vi" else told.en, note=told.place),
        Cell(row.fault.code, visit.here(code=row.fault.code, cursor=""), visit.t(_next(visit, row))),
    )


def _next(visit: Visit, row: FaultRow) -> str:
    """The key of the words on the next step."""
    code = row.fault.code
    if code in _OPERATORS:
        return "faults.do.operator"
    if code in _NOBODYS:
        return "faults.do.nothing"
    if row.sender != visit.caller.agency:
        return "faults.do.wait" if visit.me.role == Role.CLERK else "faults.do.sender"
    return "faults.do.again" if row.number >= FIRST_BROUGHT else "faults.do.correct"


PAGES: Final = (Page("GET", "/console/programmes/faults", show, Right.CASES, "nav.programmes", FaultsPageQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "faults.title": Text("Lỗi gói dữ liệu", "Faults of data packets"),
    "faults.lead": Text(
        "Văn bản vẫn được nhận và chuyển; phần nêu ở đây không làm thay đổi hồ sơ nào.",
        "The documents were accepted and delivered; the parts told here changed no case.",
    ),
    "faults.document": Text("Văn bản", "Document"),
    "faults.programme": Text("Chương trình", "Programme"),
    "faults.when": Text("Lúc", "When"),
    "faults.wrong": Text("Sai gì, đúng là gì", "Fault, and the right form"),
    "faults.do": Text("Mã lỗi, việc cần làm", "Code, next step"),
    "faults.all": Text("Tất cả", "All"),
    "faults.frame": Text("Không thuộc chương trình nào", "Of no programme"),
    "faults.brought": Text("{who}, qua dịch vụ đồng bộ", "{who}, by a sync service"),
    "faults.none": Text(
        "Không có lỗi nào: mọi gói dữ liệu đã gửi, đã nhận đều đọc được. truc check nêu lỗi trước khi gửi.",
        "There is no fault: all data packets that were sent and received could be read. truc check tells faults "
        "before a document is sent.",
    ),
    "faults.none_of_these": Text("Không có lỗi nào khớp bộ lọc.", "No fault fits the filter."),
    "faults.do.correct": Text(
        "Sửa gói dữ liệu, kiểm tra bằng truc check, gửi văn bản mới",
        "Correct the packet, check it with truc check, send a new document",
    ),
    "faults.do.again": Text("Sửa bản ghi, gửi lại qua dịch vụ đồng bộ", "Correct the row, send it again"),
    "faults.do.wait": Text(
        "Chờ nơi gửi sửa; có thể trả lại văn bản kèm lý do", "The sender corrects it; you may return it"
    ),
    "faults.do.sender": Text("Nơi gửi cần sửa", "The sender has to correct it"),
    "faults.do.operator": Text("Báo quản trị Trục: nhật ký có nêu", "Tell the hub's operator: the log has it"),
    "faults.do.nothing": Text("Không cần làm gì", "Nothing"),
}
