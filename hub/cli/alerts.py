"""`truc alerts`: the alerts that stand, and a test of the ways by which they are told."""

from __future__ import annotations

import click

from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import OPERATOR, asked
from hub.cli.help import Group
from hub.cli.screen import local, show, table

_EXAMPLE = """
truc alerts test
truc alerts list"""


@click.group("alerts", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Cảnh báo của Trục: xem, gửi thử.

    Alerts of the hub: list, test. Settings: the section [alerts].
    """


@make_command("list", "hub", "keys", "key", example="truc alerts list")
def listed(shared: Shared) -> int:
    """Các cảnh báo đang có; thoát 1 khi có.

    The alerts that stand; exit 1 where there are some.
    """

    found = asked(shared, lambda axis: axis.alerts(), OPERATOR)
    if shared.json:
        shared.emit(found)
        return Exit.REFUSED if found.items else Exit.OK
    if found.items:
        columns = shared.pick("mức|cảnh báo|từ|báo|lần cuối|cần làm", "severity|alert|since|told|last|to do").split("|")
        rows = (
            [
                shared.term(a.severity),
                shared.pick(a.vi, a.en),
                local(a.since),
                a.notices,
                local(a.told_at),
                shared.pick(a.do_vi, a.do_en),
            ]
            for a in found.items
        )
        show(table("", columns, rows, right=(3,)))
    else:
        shared.say("✓ Không có cảnh báo", "✓ No alert stands")
    if not found.mail and not found.webhooks:
        shared.say(
            "Chưa ai được báo: đặt [alerts] smtp_host, mail_from, mail_to, hoặc truc webhooks add URL --as operator",
            "Nobody is told: set [alerts] smtp_host, mail_from, mail_to, or truc webhooks add URL --as operator",
        )
    if found.mail_failure:
        shared.say(f"Thư không gửi được: {found.mail_failure}", f"Mail does not leave: {found.mail_failure}")
    return Exit.REFUSED if found.items else Exit.OK


@make_command("test", "hub", "keys", "key", example="truc alerts test")
def tested(shared: Shared) -> int:
    """Gửi thử một cảnh báo bằng mọi đường; thoát 1 khi không đường nào nhận.

    Send a harmless alert by every way; exit 1 where none took it, or mail failed.
    """

    found = asked(shared, lambda axis: axis.test_alerts(), OPERATOR)
    good = not found.mail_failure and bool(found.mailed or found.webhooks)
    if shared.json:
        shared.emit(found)
        return Exit.OK if good else Exit.REFUSED
    if found.mailed:
        shared.say(f"✓ Thư tới {found.mailed} địa chỉ", f"✓ Mailed to {found.mailed} addresses")
    if found.webhooks:
        shared.say(f"✓ Webhook tới {found.webhooks} máy nhận", f"✓ On its way to {found.webhooks} endpoints")
    if found.mail_failure:
        shared.say(f"✗ Thư không gửi được: {found.mail_failure}", f"✗ Mail does not leave: {found.mail_failure}")
    if not (found.mailed or found.webhooks or found.mail_failure):
        shared.say("✗ Chưa có đường báo nào trong [alerts]", "✗ The section [alerts] names no way to tell anybody")
    return Exit.OK if good else Exit.REFUSED


for _command in (listed, tested):
    command.add_command(_command)
