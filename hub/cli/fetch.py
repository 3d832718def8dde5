"""`truc fetch`: take documents out of the mailbox into files, and acknowledge them once they are there."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from clients.axis import AxisClient, Item
from clients.errors import ProblemError, UnexpectedAnswer
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.files import keep, keep_receipt
from hub.cli.screen import progress, short, show, table
from hub.core import wire
from hub.core.errors import ProofInvalid


class Fetched(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the result; `acknowledged` is what the hub said of the acknowledgement. Without a folder, `problem`
    says why the document could not be read; it is not acknowledged, and the others are."""

    message: wire.Message
    folder: str
    attachments: tuple[str, ...] = ()
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
    failed = any(not f.folder or (f.acknowledged and f.acknowledged.problem) for f in done)
    return Exit.REFUSED if failed else Exit.OK


async def _fetch(shared: Shared, out: Path, limit: int, wait: float, ack: bool) -> list[Fetched]:
    async with client(shared) as axis:
        items = await axis.fetch(limit, wait)
        done = [await _fetched(item, out) for item in progress("fetch", items)]
        held = [item for item, f in zip(items, done, strict=True) if f.folder]
        return await _acknowledged(axis, held, done) if ack and held else done


async def _acknowledged(axis: AxisClient, held: list[Item], done: list[Fetched]) -> list[Fetched]:
    answer = await axis.acknowledge(held)
    said = {one.message: one for one in answer.items}
    for f in done:
        if f.folder:
            keep_receipt(Path(f.folder), said.get(f.message.id))
    return [msgspec.structs.replace(f, acknowledged=said.get(f.message.id)) for f in done]


async def _fetched(item: Item, out: Path) -> Fetched:
    """The document in its folder; or why it cannot be read: one of a batch must not keep the others back."""
    try:
        content = await item.content()
    except (ProblemError, UnexpectedAnswer, ProofInvalid) as error:
        return Fetched(item.message, "", problem=f"{error.code}: {error.en}")
    kept = keep(out, wire.InboxItem(message=item.message, delivery=item.delivery), content)
    return Fetched(item.message, str(kept.folder), kept.attachments, kept.problem)


def _tell(shared: Shared, done: list[Fetched], ack: bool) -> None:
    columns = shared.pick(
        "từ|số, ký hiệu|trích yếu|chữ ký|tệp|thư mục|xác nhận", "from|code|subject|signature|files|folder|acknowledged"
    )
    show(table("", columns.split("|"), (_row(f) for f in done), right=(4,)))
    for f in done:
        if f.problem:
            where = f.folder or short(f.message.id)
            shared.warn(f"! {where}: {f.problem}", f"! {where}: {f.problem}")
    folders = [Path(f.folder) for f in done if f.folder]
    if folders and not ack:
        again = f"truc ack --as {shared.agency} {folders[0].parent}/*"
        shared.say(f"Chưa ký xác nhận. Ký sau khi đã lưu: {again}", f"Not acknowledged yet. When stored: {again}")


def _row(f: Fetched) -> list[object]:
    m, said = f.message, f.acknowledged
    state = "" if said is None else said.problem.code if said.problem else said.state
    kind = f"status {m.status_code}" if m.status_code else m.subject
    return [m.sender, m.code, kind, m.verdict, len(f.attachments), f.folder, state]
