"""One's own account: my name and role here, and the way out everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub.access import Right
from hub.accounts.passwords import COST_SECONDS, NewPassword
from hub.console.form import Form, at
from hub.console.page import Page, Visit
from hub.console.ui import Cell, Column, Table
from hub.core.errors import AxisError, Text
from hub.http import milliseconds


async def show(visit: Visit) -> web.StreamResponse:
    return _page(visit)


def _page(visit: Visit, error: AxisError | None = None) -> web.StreamResponse:
    t = visit.t
    mine = sorted(visit.accounts.sessions.of(visit.me.name), key=lambda s: -s.row.seen_at)
    rows = [
        (
            Cell(visit.moment(s.row.opened_at), note=t("me.this") if s is visit.session else ""),
            Cell(visit.moment(s.row.seen_at)),
            Cell(s.row.address, mono=True),
        )
        for s in mine
    ]
    columns = (Column(t("me.opened"), head=True), Column(t("me.seen")), Column(t("me.address")))
    sessions = Table(t("me.sessions"), columns, rows)
    return visit.again("me.html", error, sessions=sessions)


async def set_password(visit: Visit, form: Form) -> None:
    """Another password of one's own, as the form says it; AxisError where it is not taken."""
    assert visit.session is not None
    milliseconds.ahead(2 * COST_SECONDS)
    given = NewPassword(*(form.fields.get(name, "") for name in ("password", "new", "again")))
    with at("new"):
        await visit.accounts.change_password(visit.session, given, visit.who, milliseconds.spent)


async def change_password(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    try:
        await set_password(visit, form)
    except AxisError as error:
        return _page(visit, error)
    return visit.see("/console/me")


PAGES: Final = (
    Page("GET", "/console/me", show, Right.SELF, "nav.me"),
    Page("POST", "/console/me/password", change_password, Right.SELF, "nav.me", again="/console/me"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "me.name": Text("Tên đăng nhập", "Name"),
    "me.role": Text("Vai trò", "Role"),
    "me.agency": Text("Đơn vị", "Agency"),
    "me.second": Text("Xác thực lớp hai", "Second factor"),
    "me.second.on": Text(
        "Đã đăng ký, còn {n} mã dự phòng", "Set up, {n} recovery code left|Set up, {n} recovery codes left"
    ),
    "me.second.off": Text("Chưa đăng ký", "Not set up"),
    "me.sessions": Text("Nơi đang đăng nhập", "Where you are signed in"),
    "me.opened": Text("Từ lúc", "Since"),
    "me.seen": Text("Dùng lần cuối", "Last used"),
    "me.address": Text("Địa chỉ", "Address"),
    "me.this": Text("phiên này", "this one"),
    "me.everywhere": Text("Đăng xuất mọi nơi", "Sign out everywhere"),
}
