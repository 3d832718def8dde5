"""Accounts: an administrator adds, resets, disables. A first password is shown once, on the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub.access import Right, Role
from hub.accounts.passwords import COST_SECONDS
from hub.console.form import at
from hub.console.page import Page, Visit
from hub.console.ui import Cell, Column, Table
from hub.core.errors import BadRequest, NotFound, Text
from hub.http import milliseconds
from hub.store import AccountRow


async def show(visit: Visit) -> web.StreamResponse:
    return _page(visit)


def _page(visit: Visit, told: tuple[str, str] | None = None) -> web.StreamResponse:
    """`told`: a name and its first password."""
    t = visit.t
    columns = (
        Column(t("accounts.name"), head=True),
        Column(t("accounts.role")),
        Column(t("accounts.agency")),
        Column(t("accounts.state")),
        Column(t("accounts.seen")),
    )
    rows = [_row(visit, row) for row in visit.accounts.all()]
    table = Table(t("nav.accounts"), columns, rows, t("accounts.empty"))
    return visit.page("accounts.html", table=table, roles=list(Role), told=told)


def _row(visit: Visit, row: AccountRow) -> tuple[Cell, ...]:
    t = visit.t
    note = t("accounts.first") if row.first else t("accounts.no_second") if not row.second and not row.sample else ""
    return (
        Cell(row.name, f"/console/accounts/{row.name}", row.title),
        Cell(t(f"role.{row.role}")),
        Cell(visit.name_of(row.agency) if row.agency else "", note=row.agency),
        Cell(note, state="disabled" if row.disabled else "active"),
        Cell(visit.moment(row.seen_at) if row.seen_at else t("accounts.never")),
    )


async def add(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    milliseconds.ahead(COST_SECONDS)
    name, agency = form.get("name", 64).lower(), form.get("agency", 64)
    try:
        role = Role(form.get("role", 20))
    except ValueError:
        raise BadRequest(expected="a role", found=form.get("role")[:20], field="role") from None
    if agency and visit.exchange.directory.get(agency) is None:
        raise BadRequest(expected="a registered agency", found=agency, field="agency")
    with at("name"):
        first = await visit.accounts.add(name, role, agency, form.get("title", 100), visit.who)
    return _page(visit, told=(name, first))


async def one(visit: Visit) -> web.StreamResponse:
    return visit.page("account.html", row=_named(visit), trail=f"/console/trail?account={visit.call.path['name']}")


def _named(visit: Visit) -> AccountRow:
    row = visit.accounts.get(visit.call.path["name"])
    if row is None:
        raise NotFound(expected="an account", found=visit.call.path["name"][:64])
    return row


async def reset(visit: Visit) -> web.StreamResponse:
    await visit.form()
    milliseconds.ahead(COST_SECONDS)
    name = _named(visit).name
    first = await visit.accounts.reset(name, visit.who)
    return _page(visit, told=(name, first))


async def allow(visit: Visit) -> web.StreamResponse:
    """An administrator does not lock itself out."""
    form = await visit.form()
    row, allowed = _named(visit), form.get("allowed") == "1"
    if row.name == visit.me.name and not allowed:
        raise BadRequest(expected="another's account", found=row.name)
    await visit.accounts.allow(row.name, visit.who, allowed=allowed)
    return visit.see(f"/console/accounts/{row.name}")


_ONE: Final = "/console/accounts/{name}"
PAGES: Final = (
    Page("GET", "/console/accounts", show, Right.ACCOUNTS, "nav.accounts"),
    Page("POST", "/console/accounts", add, Right.ACCOUNTS, "nav.accounts"),
    Page("GET", "/console/accounts/{name}", one, Right.ACCOUNTS, "nav.accounts"),
    Page("POST", "/console/accounts/{name}/reset", reset, Right.ACCOUNTS, "nav.accounts", again=_ONE),
    Page("POST", "/console/accounts/{name}/allow", allow, Right.ACCOUNTS, "nav.accounts", again=_ONE),
)
TEXTS: Final[Mapping[str, Text]] = {
    "accounts.name": Text("Tên", "Name"),
    "accounts.title": Text("Họ tên, chức danh", "Name and office"),
    "accounts.role": Text("Vai trò", "Role"),
    "accounts.agency": Text("Đơn vị", "Agency"),
    "accounts.agency.hint": Text("Mã đơn vị, chỉ với văn thư", "Code of the agency, for clerks only"),
    "accounts.state": Text("Trạng thái", "State"),
    "accounts.seen": Text("Đăng nhập lần cuối", "Last signed in"),
    "accounts.never": Text("chưa lần nào", "never"),
    "accounts.first": Text("chờ đổi mật khẩu đầu", "first password not changed"),
    "accounts.no_second": Text("chưa có lớp hai", "no second factor"),
    "accounts.empty": Text("Chưa có tài khoản nào.", "There is no account yet."),
    "accounts.add": Text("Tạo tài khoản", "Add an account"),
    "accounts.told": Text(
        "Mật khẩu đầu của {name}, chỉ hiện lần này. Hãy đọc cho người dùng; họ phải đổi khi đăng nhập, trong 7 ngày.",
        "The first password of {name}, shown this once. Tell it to its owner, who has to change it within 7 days.",
    ),
    "accounts.reset": Text("Cấp lại mật khẩu", "Reset"),
    "accounts.reset.why": Text(
        "Mật khẩu và lớp hai hiện tại hết hiệu lực, mọi phiên kết thúc.",
        "The present password and second factor end, and every session.",
    ),
    "accounts.disable": Text("Khóa tài khoản", "Disable"),
    "accounts.enable": Text("Mở khóa tài khoản", "Enable"),
    "accounts.trail": Text("Vết thao tác của tài khoản này", "What this account did"),
    "accounts.sample": Text("Tài khoản mẫu của phòng thử nghiệm", "A sample account of the sandbox"),
}
