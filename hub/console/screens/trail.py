"""Acts on the console: newest first, by account where asked for. Nobody changes a line of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.accounts.deeds import Deed
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Chip, Column, Table
from hub.core.errors import Text

_PAGE: Final = 50


class TrailQuery(PageQuery, frozen=True, kw_only=True):
    """`account`: whose; `cursor`: the number of the last line seen."""

    account: Annotated[str, msgspec.Meta(max_length=64)] = ""
    cursor: Annotated[int, msgspec.Meta(ge=1, le=1 << 62)] | None = None


async def show(visit: Visit) -> web.StreamResponse:
    t, query = visit.t, visit.query or TrailQuery()
    deeds = await visit.accounts.trail(_PAGE, query.cursor, query.account)
    columns = (
        Column(t("trail.at")),
        Column(t("trail.who"), head=True),
        Column(t("trail.deed")),
        Column(t("trail.target")),
        Column(t("trail.address"), fold=True),
    )
    rows = [
        (
            Cell(visit.moment(deed.at), title=f"#{deed.number}"),
            Cell(deed.account, visit.here(account=deed.account, cursor=""), t(f"role.{deed.role}")),
            Cell(said(visit, deed.deed)),
            Cell(deed.target, note=deed.detail),
            Cell(deed.address, mono=True),
        )
        for deed in deeds
    ]
    more = visit.here(cursor=str(deeds[-1].number)) if len(deeds) == _PAGE else ""
    chips = [Chip(query.account, visit.here(account="", cursor=""))] if query.account else []
    table = Table(t("trail.title"), columns, rows, t("trail.empty"), more)
    return visit.page("trail.html", table=table, chips=chips)


def said(visit: Visit, deed: str) -> str:
    """A deed of an earlier version, or of a screen that is not there any more, is told by its code."""
    return visit.t(f"deed.{deed}") if f"deed.{deed}" in visit.known_texts else deed


PAGES: Final = (Page("GET", "/console/trail", show, Right.TRAIL, "trail.title", TrailQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "trail.title": Text("Vết thao tác", "Audit trail"),
    "trail.at": Text("Lúc", "At"),
    "trail.who": Text("Ai", "Who"),
    "trail.deed": Text("Việc", "What"),
    "trail.target": Text("Đối tượng", "On what"),
    "trail.address": Text("Địa chỉ", "Address"),
    "trail.empty": Text("Chưa có thao tác nào.", "Nobody has done anything yet."),
    f"deed.{Deed.SIGNED_IN}": Text("Đăng nhập", "Signed in"),
    f"deed.{Deed.WRONG_PASSWORD}": Text("Sai mật khẩu", "Wrong password"),
    f"deed.{Deed.WRONG_CODE}": Text("Sai mã lớp hai", "Wrong code"),
    f"deed.{Deed.SIGNED_OUT}": Text("Đăng xuất", "Signed out"),
    f"deed.{Deed.SIGNED_OUT_EVERYWHERE}": Text("Đăng xuất mọi nơi", "Signed out everywhere"),
    f"deed.{Deed.PASSWORD_CHANGED}": Text("Đổi mật khẩu", "Changed the password"),
    f"deed.{Deed.SECOND_ENROLLED}": Text("Đăng ký xác thực lớp hai", "Set up the second factor"),
    f"deed.{Deed.RECOVERY_USED}": Text("Dùng mã dự phòng", "Used a recovery code"),
    f"deed.{Deed.ADDED}": Text("Tạo tài khoản", "Added an account"),
    f"deed.{Deed.RESET}": Text("Cấp lại mật khẩu", "Reset an account"),
    f"deed.{Deed.DISABLED}": Text("Khóa tài khoản", "Disabled an account"),
    f"deed.{Deed.ENABLED}": Text("Mở khóa tài khoản", "Enabled an account"),
}
