"""`truc log`: the log as a stranger checks it. Its commands are loaded one by one."""

from __future__ import annotations

import click

from hub.cli.common import epilog
from hub.cli.lazy import LazyGroup, Place

PLACES = {
    "audit": Place("hub.cli.log.audit", "Kiểm toán toàn bộ nhật ký · compute again everything that the log signed"),
    "watch-agency": Place("hub.cli.log.watch", "Theo dõi chứng thư của đơn vị mình · watch your own certificates"),
    "export": Place("hub.cli.log.export", "Chép nhật ký ra thư mục · copy a log into a folder"),
}

_EXAMPLE = """
truc log audit http://127.0.0.1:8470 --policy log.policy --save audit.json
truc log watch-agency 000.00.00.H52 http://127.0.0.1:8470 --policy log.policy --known ours.pem --once
truc log export http://127.0.0.1:8470 --out var/log-copy"""


@click.group("log", cls=LazyGroup, places=PLACES, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Nhật ký bằng chứng: kiểm toán độc lập, theo dõi chứng thư, sao chép.

    The evidence log: audit it independently, watch for certificates, copy it.
    """
