"""Acts on several rows of a list: the chosen ones, and the outcome of each.

choose     boxes beside the rows (key X), buttons below the list
preview    the act on each, and why some are left out; nothing is done yet
confirm    once for all; each is done alone, and each tells how it ended
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from aiohttp import web

from hub.console.form import Form
from hub.console.page import Visit
from hub.console.ui import Cell, Column, Table
from hub.core.errors import BadRequest, Text

MOST: Final = 150
"""A form has 200 fields at most; a page of a list has fewer rows."""
_FIELD: Final = "one."


class Outcome(NamedTuple):
    """`why`: the reason of its refusal, empty where it was done, or may be."""

    name: str
    code: str
    why: str = ""
    href: str = ""
    note: str = ""


def chosen(form: Form) -> list[str]:
    """The rows, each once, in the order of the page. BadRequest for none."""
    found = list(dict.fromkeys(v for name, v in form.fields.items() if name.startswith(_FIELD)))
    if not 1 <= len(found) <= MOST:
        raise BadRequest(expected=f"1 to {MOST} chosen rows", found=str(len(found)))
    return [one[:200] for one in found]


def table(visit: Visit, outcomes: Sequence[Outcome], *, done: bool) -> Table:
    t = visit.t
    columns = (Column(t("several.row"), head=True), Column(t("several.outcome")))
    rows = [
        (
            Cell(one.name, one.href, one.code),
            Cell(
                one.why or one.note or t("several.done" if done else "several.will"),
                state="failing" if one.why else "good",
            ),
        )
        for one in outcomes
    ]
    return Table(t("several.title"), columns, rows)


def preview(visit: Visit, title: str, outcomes: Sequence[Outcome], act: str, back: str) -> web.Response:
    """The page that asks once for all of them; those with a `why` are left out."""
    return visit.page(
        "several.html",
        title=title,
        table=table(visit, outcomes, done=False),
        chosen=[one.code for one in outcomes if not one.why],
        act=act,
        back=back,
        done=False,
    )


def told(visit: Visit, title: str, outcomes: Sequence[Outcome], back: str) -> web.Response:
    """The outcome of each."""
    return visit.page(
        "several.html", title=title, table=table(visit, outcomes, done=True), chosen=[], act="", back=back, done=True
    )


TEXTS: Final[Mapping[str, Text]] = {
    "several.title": Text("Các dòng đã chọn", "The chosen rows"),
    "several.row": Text("Dòng", "Row"),
    "several.outcome": Text("Kết quả", "Outcome"),
    "several.will": Text("Sẽ thực hiện", "Will be done"),
    "several.done": Text("Đã xong", "Done"),
    "several.n": Text("{n} dòng đã chọn", "{n} chosen"),
    "several.one": Text("Chọn {name}", "Choose {name}"),
    "several.confirm": Text("Thực hiện với {n} dòng", "Do it for {n} row|Do it for {n} rows"),
    "several.nothing": Text("Không dòng nào thực hiện được.", "It can be done for none of them."),
    "several.back": Text("Trở lại danh sách", "Back to the list"),
    "several.keys": Text("Chọn hoặc bỏ chọn dòng đang đứng", "Choose the row, or not"),
    "several.why": Text("Lý do", "Reason"),
    "several.gone": Text("không còn trong danh mục", "not in the directory any more"),
    "several.same": Text("đã như vậy rồi", "is so already"),
    "several.changed": Text("có người vừa thay đổi; mở lại danh sách", "changed meanwhile; open the list again"),
    "several.messages": Text("gửi lại {n} tin", "{n} message again|{n} messages again"),
    "several.suspend": Text("Tạm ngừng nhiều đơn vị", "Suspend several agencies"),
    "several.resume": Text("Cho nhiều đơn vị hoạt động lại", "Resume several agencies"),
    "several.replay": Text("Gửi lại webhook của nhiều địa chỉ", "Send webhooks of several endpoints again"),
    "several.suspend.do": Text("Tạm ngừng", "Suspend"),
    "several.resume.do": Text("Cho hoạt động lại", "Resume"),
    "several.replay.do": Text("Gửi lại những gì chưa tới", "Send again what did not arrive"),
}
