"""`truc maintenance`: have a running hub take no message for a while, and again."""

from __future__ import annotations

import click

from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import OPERATOR, asked
from hub.cli.help import Group
from hub.cli.screen import local, pairs, show
from hub.core.wire_maintenance import MaintenanceChange, MaintenanceState

_EXAMPLE = """
truc maintenance on --minutes 60 --reason "Nâng cấp phần mềm"
truc maintenance status
truc maintenance off"""


@click.group("maintenance", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Chế độ bảo trì: tạm không nhận văn bản mới, vẫn cho nhận, ký nhận và đọc.

    Maintenance: no new messages are taken, mailboxes run dry, and every deadline stands still until it is over.
    """


@make_command("on", "hub", "keys", "key", example='truc maintenance on --minutes 60 --reason "Nâng cấp phần mềm"')
@click.option("--minutes", type=click.IntRange(0, 10_080), default=0, help="How long it should last; 0: nobody knows.")
@click.option("--reason", default="", metavar="TEXT", help="Told to everybody whose message is refused.")
def on(shared: Shared, minutes: int, reason: str) -> int:
    """Bắt đầu bảo trì; chạy lại để đổi giờ dự kiến hoặc lý do.

    Begin maintenance; again, with other words, to change when it should be over or why. It ends when you say so.
    """
    change = MaintenanceChange(on=True, minutes=minutes, reason=reason)
    return _told(shared, asked(shared, lambda axis: axis.change_maintenance(change), OPERATOR))


@make_command("off", "hub", "keys", "key", example="truc maintenance off")
def off(shared: Shared) -> int:
    """Kết thúc bảo trì: Trục nhận văn bản trở lại, các thời hạn lùi lại đúng bằng thời gian bảo trì.

    End maintenance: messages are taken again, and deadlines have moved by its length.
    """
    change = MaintenanceChange(on=False)
    return _told(shared, asked(shared, lambda axis: axis.change_maintenance(change), OPERATOR))


@make_command("status", "hub", "keys", "key", example="truc maintenance status")
def status(shared: Shared) -> int:
    """Trục có đang bảo trì không; thoát 4 khi có.

    Whether the hub is in maintenance; exit 4 where it is.
    """
    found = asked(shared, lambda axis: axis.maintenance(), OPERATOR)
    _told(shared, found)
    return Exit.LATER if found.on else Exit.OK


def _told(shared: Shared, found: MaintenanceState) -> int:
    if shared.json:
        shared.emit(found)
    elif not found.on:
        shared.say("✓ Trục đang nhận văn bản", "✓ The hub takes messages")
    else:
        shared.say("Trục đang bảo trì, không nhận văn bản mới", "The hub is in maintenance and takes no new messages")
        told = [
            (shared.pick("từ", "since"), local(found.since)),
            (shared.pick("dự kiến đến", "expected until"), local(found.expected) if found.expected else "–"),
            (shared.pick("lý do", "reason"), found.reason or "–"),
            (shared.pick("người ra lệnh", "ordered by"), found.by),
            (shared.pick("đang ghi", "being recorded"), found.under_way),
        ]
        show(pairs(told))
    return Exit.OK


for _command in (on, off, status):
    command.add_command(_command)
