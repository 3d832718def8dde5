"""`truc inbox`: the waiting documents of the mailbox, without taking them."""

from __future__ import annotations

import click

from hub.cli.common import Exit, Shared, make_command, told_by_hub
from hub.cli.connect import client, names_of, pages, run
from hub.cli.says import kind_of, said
from hub.cli.screen import local, short, show, table, who
from hub.cli.terms import PRIORITIES
from hub.core import wire
from hub.core.model import DeliveryState


@make_command(
    "inbox",
    "agency",
    example="truc inbox --as 000.00.00.H52\ntruc inbox --as 000.00.00.H52 --state handed_over --all --json",
)
@click.option("--state", type=click.Choice([s.value for s in DeliveryState]), default="waiting", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most lines of one page.")
@click.option("--all", "everything", is_flag=True, help="All pages.")
def command(shared: Shared, state: str, limit: int, everything: bool) -> int:
    """Xem văn bản trong hộp thư, không nhận về.

    Look at the mailbox without taking anything from it, urgent documents first.
    """
    found, names = run(_look(shared, state, limit, everything))
    if shared.json:
        shared.emit(told_by_hub(found))
    elif not found.items:
        _empty(shared, state)
    else:
        show(table("", _columns(shared), (_row(shared, item, names) for item in found.items), whole=(6, 9)))
        if found.cursor:
            shared.say("… còn nữa: thêm --all", "… there is more: add --all")
        elif state == DeliveryState.WAITING:
            fetch = f"truc fetch --as {shared.agency} --ack"
            shared.say(f"Nhận về: {fetch}", f"Fetch them: {fetch}")
    return Exit.OK


async def _look(shared: Shared, state: str, limit: int, everything: bool) -> tuple[wire.Inbox, dict[str, str]]:
    items: list[wire.InboxItem] = []
    cursor = ""
    async with client(shared) as axis:
        async for page in pages(lambda cursor: axis.look(state=state, limit=limit, cursor=cursor), everything):
            items += page.items
            cursor = page.cursor
        names = {} if shared.json else await names_of(axis, [item.message.sender for item in items])
    return wire.Inbox(items=items, cursor=cursor), names


def _columns(shared: Shared) -> list[str]:
    vi = "số, ký hiệu|từ|trích yếu|loại|độ khẩn|chữ ký (lời Trục)|lúc|tiến độ|ghi chú|mã gói tin"
    en = "code|from|subject|kind|priority|signature (hub's word)|at|progress|notes|id"
    return shared.pick(vi, en).split("|")


def _row(shared: Shared, item: wire.InboxItem, names: dict[str, str]) -> list[object]:
    m, d = item.message, item.delivery
    return [
        m.code,
        who(m.sender, names.get(m.sender, "")),
        m.subject,
        kind_of(shared, m),
        shared.pick(*PRIORITIES.get(m.priority, (str(m.priority),) * 2)),
        shared.term(m.verdict),
        local(d.placed_at),
        d.progress + (shared.pick(" (chờ lấy lại)", " (asked back)") if d.take_back_pending else ""),
        " · ".join(said(shared, m, item.says, item.asked)),
        short(m.id),
    ]


def _empty(shared: Shared, state: str) -> None:
    if state != DeliveryState.WAITING:
        shared.say(f"Không có văn bản nào ở trạng thái {shared.term(state)}.", f"No document is {state}.")
        return
    watch = f"truc fetch --as {shared.agency} --wait 30"
    shared.say(
        f"Không có văn bản nào đang chờ. Chờ văn bản đến: {watch}; xem văn bản đã nhận: thêm --state handed_over",
        f"No document waits. Wait for the next: {watch}; see those received: add --state handed_over",
    )
