"""`truc results list`: results that an agency issued, or was told of."""

from __future__ import annotations

import click

from clients.protocol import results as calls
from hub.cli.common import Exit, Shared, make_command, told_by_hub
from hub.cli.connect import call_alone
from hub.cli.screen import show, table
from hub.core.wire_programmes import Case

_STATES = {
    "standing": ("còn hiệu lực đăng ký", "stands"),
    "revoked": ("đã thu hồi, hủy", "revoked"),
    "superseded": ("đã được thay thế", "superseded"),
}


@make_command(
    "list",
    "caller",
    example="""
truc results list --as 000.00.00.H52
truc results list --as 000.00.00.H52 --state revoked --json""",
)
@click.option("--state", type=click.Choice(sorted(_STATES)), help="In this state only.")
@click.option("--of", "whose", default="", metavar="CODE", help="Of this agency only.")
@click.option("--cursor", default="", help="Go on after an earlier page.")
def command(shared: Shared, state: str | None, whose: str, cursor: str) -> int:
    """Các kết quả mà đơn vị đã cấp hoặc được thông báo, mới nhất trước.

    Results that the agency issued or was told of, the newest first.
    """
    found = call_alone(shared, calls.results(state or "", whose, cursor))
    if shared.json:
        shared.emit(told_by_hub(found))
        return Exit.OK
    columns = shared.pick("mã kết quả|tên giấy tờ|tình trạng|đăng ký|cơ quan cấp", "result|name|state|since|issuer")
    show(
        table("", columns.split("|"), (_row(shared, case) for case in found.items if case.kind == "result"), whole=(0,))
    )
    if found.cursor:
        shared.say(f"còn nữa: --cursor {found.cursor}", f"there are more: --cursor {found.cursor}")
    return Exit.OK


def _row(shared: Shared, case: Case) -> list[object]:
    number, _, issuer = case.id.partition("@")
    state = shared.pick(*_STATES[case.state]) if case.state in _STATES else case.state
    return [number, case.title, state, case.opened, issuer]
