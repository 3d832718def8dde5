"""`truc reports drafts`: reports that the agency has begun and not sent."""

from __future__ import annotations

import click

from clients import reporting
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import asked
from hub.cli.screen import local, show, table


@make_command(
    "drafts",
    "agency",
    example="""
truc reports drafts --as 000.00.00.H52
truc reports drafts --drop II.06a 2026-Q4 000.00.00.G22 --as 000.00.00.H52""",
)
@click.option("--drop", nargs=3, default=None, metavar="REGIME PERIOD RECEIVER", help="Throw this one away.")
@click.option("--owner", default="", metavar="CODE", help="With --drop: the agency that sent the regime down.")
def command(shared: Shared, drop: tuple[str, str, str] | None, owner: str) -> int:
    """Bản nháp và bản chờ duyệt của đơn vị; chỉ đơn vị thấy.

    Drafts of your agency and those that wait for approval. Nobody else sees them, and they are no evidence.
    """
    call = reporting.drop(*drop, owner=owner) if drop else reporting.drafts()
    found = asked(shared, lambda axis: axis.call(call))
    if shared.json:
        shared.emit(found)
        return Exit.OK
    if not found.items:
        shared.say("Không có bản nháp nào", "There are no drafts")
        return Exit.OK
    head = shared.pick(
        "chế độ|kỳ|nơi nhận|trạng thái|sửa lần cuối|người sửa|ghi chú",
        "regime|period|receiver|state|last written|by|note",
    ).split("|")
    rows = [
        [one.regime, one.period, one.receiver, shared.term(one.state), local(one.at), one.by, one.note]
        for one in found.items
    ]
    show(table("", head, rows, whole=(0, 2)))
    return Exit.OK
