"""`truc watch`: events as they happen."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime

import click

from clients.axis import Happening
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.screen import short
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

    Follow what happens to the agency's documents; --json prints one JSON object a line, as they come.
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
                _tell(shared, happening)
                seen += 1
                if seen == count:
                    return


def _tell(shared: Shared, happening: Happening) -> None:
    if shared.json:
        printing.json(happening, indent=0)
        return
    words = shared.pick(*_WORDS.get(happening.what, (happening.what, happening.what)))
    urgent = "‼ " if happening.lane >= Priority.EXPRESS else ""
    printing.line(f"{datetime.now(VIETNAM):%H:%M:%S}  {urgent}{words}  {short(happening.message)}  #{happening.id}")
