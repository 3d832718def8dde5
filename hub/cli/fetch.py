"""`truc fetch`: take documents out of the mailbox into files, and acknowledge them once they are there."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from clients.axis import AxisClient, Item
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.files import Kept, keep, keep_receipt
from hub.cli.screen import progress, show, table
from hub.core import wire


class Fetched(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the result; `acknowledged` is what the hub said of the acknowledgement."""

    message: wire.Message
    folder: str
    attachments: tuple[str, ...]
    problem: str = ""
    acknowledged: wire.AcknowledgedItem | None = None


@make_command(
    "fetch",
    "agency",
    example="""
truc fetch --as 000.00.00.H52 --out van-ban-den --ack
truc fetch --as 000.00.00.H52 --wait 30 --limit 10 --json""",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("inbox"), show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most documents to take.")
@click.option("--wait", type=click.FloatRange(0, 300), default=0.0, help="Seconds to wait for the first one.")
@click.option("--ack", is_flag=True, help="Sign for what was written; without it, it is offered again after its lease.")
def command(shared: Shared, out: Path, limit: int, wait: float, ack: bool) -> int:
    """Nhận văn bản về tệp, đối chiếu mã băm; với --ack, ký xác nhận đã nhận.

    Fetch documents into files: the message as signed and its attachments, in one folder each; digests are verified.
    """
    done = run(_fetch(shared, out, limit, wait, ack))
    if shared.json:
        shared.emit(done)
    elif not done:
        shared.say(
            f"Không có văn bản nào đang chờ {shared.agency}. Chờ văn bản đến: thêm --wait 30",
            f"No document waits for {shared.agency}. Wait for the next one: add --wait 30",
        )
    else:
        _tell(shared, done, ack)
    return Exit.REFUSED if any(f.acknowledged and f.acknowledged.problem for f in done) else Exit.OK


async def _fetch(shared: Shared, out: Path, limit: int, wait: float, ack: bool) -> list[Fetched]:
    async with client(shared) as axis:
        items = await axis.fetch(limit, wait)
        done = []
        for item in progress("fetch", items):
            content = await item.content()
            kept = keep(out, wire.InboxItem(message=item.message, delivery=item.delivery), content)
            done.append(_fetched(item, kept))
        return await _acknowledged(axis, items, done) if ack and items else done


async def _acknowledged(axis: AxisClient, items: list[Item], done: list[Fetched]) -> list[Fetched]:
    answer = await axis.acknowledge(items)
    said = {one.message: one for one in answer.items}
    for f in done:
        keep_receipt(Path(f.folder), said.get(f.message.id))
    return [msgspec.structs.replace(f, acknowledged=said.get(f.message.id)) for f in done]


def _fetched(item: Item, kept: Kept) -> Fetched:
    return Fetched(item.message, str(kept.folder), kept.attachments, kept.problem)


def _tell(shared: Shared, done: list[Fetched], ack: bool) -> None:
    columns = shared.pick(
        "từ|số, ký hiệu|trích yếu|chữ ký|tệp|thư mục|xác nhận", "from|code|subject|signature|files|folder|acknowledged"
    )
    show(table("", columns.split("|"), (_row(f) for f in done), right=(4,)))
    for f in done:
        if f.problem:
            shared.warn(f"! {f.folder}: {f.problem}", f"! {f.folder}: {f.problem}")
    if not ack:
        again = f"truc ack --as {shared.agency} {Path(done[0].folder).parent}/*"
        shared.say(f"Chưa ký xác nhận. Ký sau khi đã lưu: {again}", f"Not acknowledged yet. When stored: {again}")


def _row(f: Fetched) -> list[object]:
    m, said = f.message, f.acknowledged
    state = "" if said is None else said.problem.code if said.problem else said.state
    kind = f"status {m.status_code}" if m.status_code else m.subject
    return [m.sender, m.code, kind, m.verdict, len(f.attachments), f.folder, state]
