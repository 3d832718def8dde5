"""`truc directions`: a leader's notes of direction (bút phê) on documents that came in."""

from __future__ import annotations

import click

from clients.protocol import desk
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import call_alone
from hub.cli.help import Group
from hub.cli.screen import local, short, show, table
from hub.core.wire_desk import Direction, NewDirection

_EXAMPLE = """
truc directions add 512/QĐ-BNV --as 000.00.00.H52 --leader "Chủ tịch" --lead "Phòng Nội vụ" --due 2026-12-01 "Tham mưu"
truc directions list --as 000.00.00.H52 "noi vu" --due-until 2026-12-01"""


@click.group("directions", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Bút phê: lãnh đạo giao ai làm gì, đến khi nào; chỉ trong đơn vị.

    Directions: a leader's notes on an incoming document, with person, task and deadline. They stay inside the
    agency and are kept as written; a later one stands beside an earlier one.
    """


@make_command("add", "agency", example=_EXAMPLE.strip().splitlines()[0])
@click.option("--leader", required=True, help="Who directs.")
@click.option("--lead", required=True, help="Who is in charge (chủ trì).")
@click.option("--support", default="", help="Who helps (phối hợp).")
@click.option("--due", default="", metavar="DAY", help="Until when, as 2026-11-30.")
@click.argument("document")
@click.argument("what")
def add(shared: Shared, leader: str, lead: str, support: str, due: str, document: str, what: str) -> int:
    """Ghi bút phê cho một văn bản đến.

    Write down a direction about a document that came in.
    """
    wanted = NewDirection(document=document, leader=leader, lead=lead, support=support, what=what, due=due)
    made = call_alone(shared, desk.add_direction(wanted))
    if shared.json:
        shared.emit(made)
    else:
        _show(shared, [made])
    return Exit.OK


@make_command("list", "agency", example=_EXAMPLE.strip().splitlines()[1])
@click.option("--document", default="", metavar="NAME", help="Of this document alone.")
@click.option("--due-until", default="", metavar="DAY", help="Due on this day or earlier.")
@click.argument("text", default="")
def listed(shared: Shared, document: str, due_until: str, text: str) -> int:
    """Tìm bút phê theo từ, văn bản, thời hạn; mới nhất trước.

    Find directions by words (accents or not), document and deadline; newest first.
    """
    items: list[Direction] = []
    cursor = ""
    while True:
        found = call_alone(shared, desk.directions(document, text, due_until, cursor))
        items += found.items
        cursor = found.cursor
        if not cursor or len(items) >= _MOST:
            break
    if shared.json:
        shared.emit({"items": items, "cursor": cursor})
    elif not items:
        shared.say("Không có bút phê nào.", "There is no direction.")
    else:
        _show(shared, items)
    return Exit.OK


_MOST = 1000


def _show(shared: Shared, items: list[Direction]) -> None:
    head = shared.pick(
        "lúc|số đến|văn bản|lãnh đạo|chủ trì|phối hợp|nội dung|hạn|mã gói tin",
        "at|arrival|document|by|in charge|with|what|due|id",
    ).split("|")
    rows = [_row(one) for one in items]
    show(table("", head, rows, whole=(0,)))


def _row(one: Direction) -> list[object]:
    who = [one.leader, one.lead, one.support]
    return [local(one.at), one.arrival or "", one.code, *who, one.what, one.due, short(one.document)]


for _each in (add, listed):
    command.add_command(_each)
