"""`truc outbox`: the sent documents, and where they are now."""

from __future__ import annotations

from collections import Counter

import click

from hub.cli.common import NAME, Exit, Shared, make_command, told_by_hub
from hub.cli.connect import client, names_of, pages, run
from hub.cli.says import kind_of, said
from hub.cli.screen import local, short, show, table, who
from hub.core import wire


@make_command(
    "outbox",
    "agency",
    example="""
truc outbox --as 000.00.00.G22
truc outbox --as 000.00.00.G22 --document 01a2057f-6f84-80c3-b934-da0000000001
truc outbox --as 000.00.00.G22 --document 07/QĐ-VX""",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most lines of one page.")
@click.option("--all", "everything", is_flag=True, help="All pages.")
@click.option("--document", metavar=NAME, help="One document, by any of its names: recipients and timeline.")
def command(shared: Shared, limit: int, everything: bool, document: str | None) -> int:
    """Xem văn bản đã gửi và trạng thái ở từng nơi nhận.

    The sent documents, newest first, with the states at its recipients.
    """
    if document:
        return _life(shared, *run(_one(shared, document)))
    found = run(_look(shared, limit, everything))
    if shared.json:
        shared.emit(told_by_hub(found))
    elif not found.items:
        send = f"truc send --as {shared.agency} --to …"
        shared.say(f"Chưa gửi văn bản nào. Gửi văn bản đầu tiên: {send}", f"Nothing was sent yet. Send: {send}")
    else:
        vi, en = (
            "số, ký hiệu|trích yếu|loại|lúc|nơi nhận|trạng thái|mã gói tin",
            "code|subject|kind|at|recipients|states|id",
        )
        show(
            table(
                "",
                shared.pick(vi, en).split("|"),
                (_row(shared, item) for item in found.items),
                right=(4,),
                whole=(3, 6),
            )
        )
        if found.cursor:
            shared.say("… còn nữa: thêm --all", "… there is more: add --all")
    return Exit.OK


async def _look(shared: Shared, limit: int, everything: bool) -> wire.Outbox:
    items: list[wire.OutboxItem] = []
    cursor = ""
    async with client(shared) as axis:
        async for page in pages(lambda cursor: axis.outbox(limit=limit, cursor=cursor), everything):
            items += page.items
            cursor = page.cursor
    return wire.Outbox(items=items, cursor=cursor)


async def _one(shared: Shared, document: str) -> tuple[wire.Life, dict[str, str]]:
    async with client(shared) as axis:
        life = await axis.life((await axis.named(document, side="sent")).id)
        names = {} if shared.json else await names_of(axis, [d.recipient for d in life.deliveries])
        return life, names


def _row(shared: Shared, item: wire.OutboxItem) -> list[object]:
    m = item.message
    states = Counter(d.state for d in item.deliveries)
    told = ", ".join(f"{shared.term(state)} {count}" for state, count in sorted(states.items()))
    warned = sum(d.warned and d.state == "waiting" for d in item.deliveries)
    if warned:
        told += shared.pick(f" ({warned} quá hạn nhận)", f" ({warned} overdue)")
    return [m.code, m.subject, kind_of(shared, m), local(m.accepted_at), len(item.deliveries), told, short(m.id)]


def _life(shared: Shared, life: wire.Life, names: dict[str, str]) -> int:
    if shared.json:
        shared.emit(told_by_hub(life))
        return Exit.OK
    vi, en = (
        "nơi nhận|trạng thái|đã chuyển đến hộp thư|đã giao|kết thúc|tiến độ",
        "recipient|state|placed|handed over|ended|progress",
    )
    rows = (
        [
            who(d.recipient, names.get(d.recipient, "")),
            shared.term(d.state),
            local(d.placed_at),
            local(d.handed_at),
            local(d.ended_at),
            d.progress + (shared.pick(" (chờ lấy lại)", " (asked back)") if d.take_back_pending else ""),
        ]
        for d in life.deliveries
    )
    vi_line, en_line = (
        "lúc|sự kiện|bên nhận|ký đối ứng|lý do|bằng chứng",
        "at|event|recipient|countersigned|reasons|evidence",
    )
    lines = (
        [
            local(e.at),
            f"{shared.term(e.event)} {e.status_code}",
            e.recipient,
            "✓" * e.countersigned,
            "; ".join(e.reasons),
            short(e.evidence),
        ]
        for e in life.timeline
    )
    m = life.message
    show(
        table(f"{m.code} · {m.subject}", shared.pick(vi, en).split("|"), rows, whole=(2, 3, 4)),
        table("", shared.pick(vi_line, en_line).split("|"), lines, whole=(0, 5)),
    )
    for line in said(shared, m, life.says):
        shared.say(line, line)
    return Exit.OK
