"""`truc accounts`: the accounts that may sign in to the console of a running hub."""

from __future__ import annotations

import click

from hub.access import Role
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import OPERATOR, asked, client, run
from hub.cli.help import Group
from hub.cli.screen import local, show, table
from hub.core.wire_accounts import Account, AccountChange, AccountChanged

_EXAMPLE = """
truc accounts add lan --role administrator --title "Nguyễn Thị Lan"
truc accounts add an --role clerk --agency 000.00.00.H52
truc accounts list"""
_ROLES = {
    Role.OPERATOR: ("quản trị Trục", "operator"),
    Role.AUDITOR: ("kiểm toán viên", "auditor"),
    Role.CLERK: ("văn thư", "clerk"),
    Role.ADMINISTRATOR: ("quản trị tài khoản", "administrator of accounts"),
}


@click.group("accounts", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Tài khoản của trang quản trị: tạo, cấp lại, khóa.

    Accounts of the console: add, reset, disable. With the operator's key, at a running hub.
    """


async def _change(shared: Shared, change: AccountChange) -> AccountChanged:
    async with client(shared, OPERATOR) as axis:
        return await axis.change_account(change)


def _told(shared: Shared, done: AccountChanged, vi: str, en: str) -> int:
    if shared.json:
        shared.emit(done)
        return Exit.OK
    name = done.account.name
    shared.say(f"✓ {vi}: {name}", f"✓ {en}: {name}")
    if done.first_password:
        shared.say(
            f"Mật khẩu đầu, chỉ hiện lần này, phải đổi trong 7 ngày: {done.first_password}",
            f"First password, shown this once, to be changed within 7 days: {done.first_password}",
        )
        shared.say(f"Trang quản trị: {shared.url}/console", f"Console: {shared.url}/console")
    return Exit.OK


@make_command("add", "hub", "keys", "key", example=_EXAMPLE)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--agency", "whose", default="", metavar="CODE", help="Whose clerk it is.")
@click.option("--title", default="", help="How the person is called on pages.")
@click.argument("name")
def add(shared: Shared, role: str, whose: str, title: str, name: str) -> int:
    """Tạo một tài khoản và in mật khẩu đầu của nó, một lần.

    Add an account and print its first password, once.
    """
    change = AccountChange(name=name, change="add", role=Role(role).value, agency=whose, title=title)
    return _told(shared, run(_change(shared, change)), "Đã tạo", "Added")


@make_command("list", "hub", "keys", "key", example="truc accounts list --json")
def list_(shared: Shared) -> int:
    """Liệt kê tài khoản.

    List the accounts.
    """

    found = asked(shared, lambda axis: axis.accounts(), OPERATOR)
    if shared.json:
        shared.emit({"items": found})
        return Exit.OK
    head = (
        shared.pick("tên", "name"),
        shared.pick("vai trò", "role"),
        shared.pick("đơn vị", "agency"),
        shared.pick("trạng thái", "state"),
        shared.pick("đăng nhập cuối", "last seen"),
    )
    show(table(shared.pick("Tài khoản", "Accounts"), head, [_row(shared, account) for account in found]))
    return Exit.OK


def _row(shared: Shared, account: Account) -> tuple[str, ...]:
    state = shared.pick("đang dùng", "active")
    if account.disabled:
        state = shared.pick("đã khóa", "disabled")
    elif account.first:
        state = shared.pick("chờ đổi mật khẩu đầu", "first password")
    elif not account.second_factor:
        state = shared.pick("chưa có lớp hai", "no second factor")
    name = f"{account.name} {account.title}".strip()
    seen = local(account.seen_at) if account.seen_at else ""
    return name, shared.pick(*_ROLES[Role(account.role)]), account.agency, state, seen


@make_command("reset", "hub", "keys", "key", example="truc accounts reset lan")
@click.argument("name")
def reset(shared: Shared, name: str) -> int:
    """Cấp lại mật khẩu đầu; lớp hai và mọi phiên hết hiệu lực.

    Give it a new first password; its second factor and every session end.
    """
    done = run(_change(shared, AccountChange(name=name, change="reset")))
    return _told(shared, done, "Đã cấp lại", "Reset")


@make_command("disable", "hub", "keys", "key", example="truc accounts disable lan\ntruc accounts disable lan --undo")
@click.option("--undo", is_flag=True, help="Enable it again.")
@click.argument("name")
def disable(shared: Shared, undo: bool, name: str) -> int:
    """Khóa một tài khoản; mọi phiên của nó kết thúc.

    Disable an account; every session of it ends.
    """
    done = run(_change(shared, AccountChange(name=name, change="enable" if undo else "disable")))
    return _told(shared, done, *(("Đã mở khóa", "Enabled") if undo else ("Đã khóa", "Disabled")))


for _each in (add, list_, reset, disable):
    command.add_command(_each)
