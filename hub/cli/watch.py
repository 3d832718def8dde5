"""`truc watch`: events as they happen."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime

import click
from rich.padding import Padding

from clients.axis import AxisClient, Happening
from clients.errors import ClientError
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.says import kind_of, said
from hub.cli.screen import pairs, short, show
from hub.core import wire
from hub.core.errors import AxisError
from hub.core.model import VIETNAM, Priority

_WORDS = {
    "arrival": ("có văn bản đến", "a message arrived"),
    "acknowledged": ("nơi nhận đã ký nhận", "acknowledged by the recipient"),
    "refused": ("nơi nhận từ chối", "refused by the recipient"),
    "status": ("có trạng thái mới", "a new status"),
    "take-back-pending": ("chờ trả lời lấy lại", "a take-back awaits an answer"),
    "taken-back": ("đã lấy lại", "taken back"),
    "not-fetched": ("nơi nhận chưa nhận", "not fetched by the recipient yet"),
    "expires-soon": ("sắp hết hạn nhận", "expires soon"),
    "looked-at": ("kiểm toán viên đã xem", "looked at by an auditor"),
    "expired": ("đã hết hạn nhận", "expired"),
    "reset": ("bỏ lỡ sự kiện: xem lại inbox và outbox", "events were missed: look at inbox and outbox"),
}


@make_command(
    "watch", "agency", example="truc watch --as 000.00.00.H52\ntruc watch --as 000.00.00.H52 --json --since 1024"
)
@click.option("--since", default="", metavar="ID", help="Begin after this event's id.")
@click.option("--count", type=click.IntRange(1), help="End after so many events [never].")
@click.option("--seconds", type=click.FloatRange(0.1), help="End after so many seconds [never].")
def command(shared: Shared, since: str, count: int | None, seconds: float | None) -> int:
    """Theo dõi sự kiện của đơn vị, nối lại khi mất kết nối; dừng bằng Ctrl-C.

    Follow the events of the agency's documents; --json prints one JSON object a line, as they come.
    """
    if not shared.json:
        shared.say(f"Đang theo dõi {shared.agency}; Ctrl-C để dừng.", f"Watching {shared.agency}; Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt):
        run(_watch(shared, since, count, seconds))
    return Exit.OK


async def _watch(shared: Shared, since: str, count: int | None, seconds: float | None) -> None:
    seen = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), client(shared) as axis:
            async for happening in axis.events(since):
                await _tell(shared, axis, happening)
                seen += 1
                if seen == count:
                    return


async def _tell(shared: Shared, axis: AxisClient, happening: Happening) -> None:
    if shared.json:
        printing.json(happening, indent=0)
        return
    words = shared.pick(*_WORDS.get(happening.what, (happening.what, happening.what)))
    urgent = "‼ " if happening.lane >= Priority.EXPRESS else ""
    life = await _life(axis, happening.message)
    about = f": {life.message.code}" if life is not None else ""
    printing.line(f"{datetime.now(VIETNAM):%H:%M:%S}  {urgent}{words}{about}")
    show(Padding(pairs(_details(shared, happening, life)), (0, 0, 0, 10)))


async def _life(axis: AxisClient, message: str) -> wire.Life | None:
    """The facts known of it; nothing where it cannot be asked for: the event is told all the same."""
    try:
        return await axis.life(message) if message else None
    except (ClientError, AxisError):
        return None


def _details(shared: Shared, happening: Happening, life: wire.Life | None) -> list[tuple[str, object]]:
    """In a terminal of 80 columns: the columns that are read first, and those that are copied last."""
    told: list[tuple[str, object]] = []
    reason = happening.reason
    if life is not None:
        m = life.message
        sender = (shared.pick("từ", "from"), m.sender) if m.sender != shared.agency else ("", "")
        told += [
            sender,
            (shared.pick("loại", "kind"), kind_of(shared, m)),
            (shared.pick("trích yếu", "subject"), m.subject),
        ]
        lines = list(said(shared, m, life.says))
        reason = "" if any(reason and reason in line for line in lines) else reason
        told += [(shared.pick("ghi chú", "notes"), " · ".join(lines))]
    status = happening.status_code if life is None or life.message.status_code != happening.status_code else ""
    told += [
        (shared.pick("trạng thái", "status"), status),
        (shared.pick("lý do", "reason"), reason),
        (shared.pick("bởi", "by"), short(happening.by)),
        (shared.pick("về", "about"), short(happening.about)),
        (shared.pick("mã gói tin", "id"), short(happening.message)),
        ("#", happening.id),
    ]
    return told
