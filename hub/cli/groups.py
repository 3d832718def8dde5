"""`truc groups`: recipients by a name."""

from __future__ import annotations

import click

from clients.protocol import desk
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import call_alone
from hub.cli.help import Group
from hub.cli.screen import show, table
from hub.core import wire_desk

_EXAMPLE = """
truc groups put "Các phòng" --as 000.00.00.H52 --member 000.00.01.H52 --member 000.00.02.H52
truc groups show communes:H52 --as 000.00.00.H52
truc send --as 000.00.00.H52 --to-group communes:H52 --subject "V/v báo cáo" van-ban.pdf"""


@click.group("groups", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Nhóm nơi nhận: nhóm riêng của đơn vị và nhóm theo danh mục ("tất cả xã").

    Groups of recipients: an agency's own by name, and those of the directory: communes:CODE, departments:CODE,
    below:CODE. A group becomes named recipients when a letter is made; nothing is ever sent to a group.
    """


@make_command("list", "agency", example="truc groups list --as 000.00.00.H52")
def listed(shared: Shared) -> int:
    """Liệt kê nhóm.

    List the groups.
    """
    found = call_alone(shared, desk.groups())
    if shared.json:
        shared.emit(found)
    elif not found.items:
        shared.say("Chưa có nhóm nào.", "There is no group.")
    else:
        head = shared.pick("nhóm|số nơi nhận|nghĩa", "group|members|meaning").split("|")
        own = shared.pick("của đơn vị", "your own")
        show(table("", head, [[g.name, g.count, own if g.own else shared.pick(g.vi, g.en)] for g in found.items]))
    return Exit.OK


def _members(shared: Shared, found: wire_desk.Members) -> int:
    if shared.json:
        shared.emit(found)
        return Exit.OK
    shared.say(f"{found.name}: {len(found.items)} nơi nhận", f"{found.name}: {len(found.items)} recipients")
    head = shared.pick("mã|đơn vị", "code|agency").split("|")
    show(table("", head, [[one.code, one.name] for one in found.items], whole=(0,)))
    if found.left_out:
        left = ", ".join(found.left_out)
        shared.warn(f"! Không còn nhận văn bản, bỏ qua: {left}", f"! These get nothing any more, left out: {left}")
    return Exit.OK


@make_command("show", "agency", example="truc groups show communes:H52 --as 000.00.00.H52")
@click.argument("name")
def shown(shared: Shared, name: str) -> int:
    """Xem nhóm gồm những ai hôm nay.

    Show a group's members of today.
    """
    return _members(shared, call_alone(shared, desk.group(name)))


@make_command("put", "agency", example=_EXAMPLE.strip().splitlines()[0])
@click.option("--member", "members", multiple=True, required=True, metavar="CODE", help="A recipient; several.")
@click.argument("name")
def put(shared: Shared, members: tuple[str, ...], name: str) -> int:
    """Thêm nhóm, hoặc thay nhóm cùng tên.

    Add a group, or replace the one of that name.
    """
    return _members(shared, call_alone(shared, desk.put_group(wire_desk.Group(name=name, members=list(members)))))


@make_command("delete", "agency", example="truc groups delete 'Các phòng' --as 000.00.00.H52")
@click.argument("name")
def delete(shared: Shared, name: str) -> int:
    """Xóa một nhóm của đơn vị.

    Delete a group of one's own.
    """
    gone = call_alone(shared, desk.delete_group(name))
    if shared.json:
        shared.emit(gone)
    shared.say(f"Đã xóa nhóm {gone.name}", f"Deleted the group {gone.name}")
    return Exit.OK


for _each in (listed, shown, put, delete):
    command.add_command(_each)
