"""`truc fetch`: take documents out of the mailbox into files, and acknowledge them once they are there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import click
import msgspec

from clients.axis import AxisClient, Item
from clients.errors import ProblemError, SignatureNotHeld, UnexpectedAnswer
from clients.judge import By, Judged
from hub.cli.common import Exit, Shared, finding_lines, make_command
from hub.cli.connect import client, judge_of, run
from hub.cli.files import Differs, keep, keep_receipt
from hub.cli.says import said
from hub.cli.screen import progress, short, show, table
from hub.core import edxml, wire
from hub.core.errors import FormatRefusal, ProofInvalid
from hub.core.model import Millis, vietnam_date

_MOST_NOTICES: Final = 20
"""Told of one document."""


class Fetched(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the result; `message` is the hub's record, `recipient` whose mailbox it came from (this agency's or
    that of one that it took over), `signature` the finding of this side, `notices` which rules it breaks,
    `acknowledged` the hub's answer to the acknowledgement. Without a folder, `problem` says why the document could not
    be read; it is not acknowledged, and the others are. `says`, `asked`: as in the inbox, the hub's word."""

    message: wire.Message
    recipient: str
    folder: str
    attachments: tuple[str, ...] = ()
    problem: str = ""
    signature: Judged | None = None
    refused: bool = False
    acknowledged: wire.AcknowledgedItem | None = None
    receipt_not_kept: bool = False
    notices: tuple[wire.Finding, ...] = ()
    says: wire.Says | None = None
    asked: wire.Asked | None = None


@make_command(
    "fetch",
    "agency",
    "judge",
    example="""
truc fetch --as 000.00.00.H52 --out van-ban-den --ack
truc fetch --as 000.00.00.H52 --wait 30 --limit 10 --json""",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("inbox"), show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most documents to take.")
@click.option("--wait", type=click.FloatRange(0, 300), default=0.0, help="Seconds to wait for the first one.")
@click.option(
    "--ack", is_flag=True, help="Sign for the documents written; without it, they are offered again after their lease."
)
@click.option("--unverified", is_flag=True, help="Unpack and sign for what does not verify here, too: as it came.")
def command(shared: Shared, out: Path, limit: int, wait: float, ack: bool, unverified: bool) -> int:
    """Nhận văn bản về tệp, đối chiếu mã băm và chữ ký; với --ack, ký xác nhận đã nhận.

    Fetch documents into files: the message as signed and its attachments, in one folder each. Digests and signatures
    are verified here; a document that does not verify is kept, but neither unpacked nor signed for. Without roots
    (--anchors) verdicts are the hub's word, and are told as that.
    """
    done = run(_fetch(shared, out, limit, wait, ack, unverified))
    if shared.json:
        shared.emit(done)
    elif not done:
        shared.say(
            f"Không có văn bản nào đang chờ {shared.agency}. Chờ văn bản đến: thêm --wait 30",
            f"No document waits for {shared.agency}. Wait for the next one: add --wait 30",
        )
    else:
        _tell(shared, done, ack)
    if any(f.receipt_not_kept for f in done):
        return Exit.NOT_KEPT
    failed = any(not f.folder or f.refused or (ack and not _handed(f)) for f in done)
    return Exit.REFUSED if failed else Exit.OK


def _handed(f: Fetched) -> bool:
    return f.acknowledged is not None and f.acknowledged.problem is None


async def _fetch(shared: Shared, out: Path, limit: int, wait: float, ack: bool, unverified: bool) -> list[Fetched]:
    async with client(shared, judge=judge_of(shared)) as axis:
        items = await axis.fetch(limit, wait)
        done = [
            msgspec.structs.replace(await _fetched(shared, item, out, unverified), says=item.says, asked=item.asked)
            for item in progress("fetch", items)
        ]
        held = [item for item, f in zip(items, done, strict=True) if f.folder and not f.refused]
        return await _acknowledged(shared, axis, held, done) if ack and held else done


async def _acknowledged(shared: Shared, axis: AxisClient, held: list[Item], done: list[Fetched]) -> list[Fetched]:
    # Without the client's own items: each was judged when it was fetched. Answers come mailbox by mailbox.
    boxes = dict.fromkeys(item.delivery.recipient for item in held)
    mine = [item for box in boxes for item in held if item.delivery.recipient == box]
    answer = await axis.acknowledge([wire.InboxItem(message=i.message, delivery=i.delivery) for i in mine])
    named = zip(mine, answer.items, strict=True)
    said = {(item.delivery.recipient, one.message): one for item, one in named}
    receipt = shared.pick("biên nhận", "receipt")
    return [_kept(f, said.get((f.recipient, f.message.id)), receipt) for f in done]


def _kept(f: Fetched, said: wire.AcknowledgedItem | None, receipt: str) -> Fetched:
    """The outcome is told though its receipt cannot be written here: the hub has it."""
    try:
        if f.folder:
            keep_receipt(Path(f.folder), said)
    except OSError as error:
        return msgspec.structs.replace(f, acknowledged=said, receipt_not_kept=True, problem=f"{receipt}: {error}")
    return msgspec.structs.replace(f, acknowledged=said)


async def _fetched(shared: Shared, item: Item, out: Path, unverified: bool) -> Fetched:
    """The document in its folder; or why it cannot be read: one of a batch must not keep the others back."""
    signature: Judged | None = None
    box = item.delivery.recipient
    try:
        content = await item.content()
        signature = await item.judge()
        refused = signature.refuted and not unverified
        told = wire.InboxItem(message=item.message, delivery=item.delivery)
        kept = keep(out, told, content, unpack=not refused)
    except OSError as error:  # a disk that is full: a document that is not kept is not signed for
        return Fetched(item.message, box, "", problem=str(error), signature=signature, refused=True)
    except (ProblemError, UnexpectedAnswer, ProofInvalid, Differs) as error:
        problem = f"{error.code}: {shared.pick(error.vi, error.en)}"
        return Fetched(item.message, box, "", problem=problem, signature=signature, refused=True)
    problem = kept.problem
    notices = _notices(content)
    if refused:
        untrusted = SignatureNotHeld(shared.pick(signature.vi, signature.en))
        problem = f"{untrusted.code}: {shared.pick(untrusted.vi, untrusted.en)}"
    return Fetched(item.message, box, str(kept.folder), kept.attachments, problem, signature, refused, notices=notices)


def _notices(content: bytes) -> tuple[wire.Finding, ...]:
    """Findings of this side that the recipient should look at: the hub accepted it in spite of that."""
    try:
        found = edxml.findings(edxml.parse(content), vietnam_date(Millis(time.time_ns() // 1_000_000)))
    except FormatRefusal:
        return ()  # `keep` says it
    return tuple(map(wire.Finding.of, found[:_MOST_NOTICES]))


def _tell(shared: Shared, done: list[Fetched], ack: bool) -> None:
    columns = shared.pick(
        "từ|số, ký hiệu|trích yếu|chữ ký|tệp|thư mục|xác nhận", "from|code|subject|signature|files|folder|acknowledged"
    )
    show(table("", columns.split("|"), (_row(shared, f) for f in done), right=(4,)))
    for f in done:
        where = f.folder or short(f.message.id)
        if f.problem:
            shared.warn(f"! {where}: {f.problem}", f"! {where}: {f.problem}")
        without = wire.Says() if f.says is None else msgspec.structs.replace(f.says, notices=[])
        for line in said(shared, f.message, without, f.asked):
            shared.say(f"  {where}: {line}", f"  {where}: {line}")
        for line in finding_lines(shared, f.notices):
            shared.warn(f"  {where}: {line}", f"  {where}: {line}")
    if lost := [f.folder for f in done if f.receipt_not_kept]:
        again = f"truc ack --as {shared.agency} {' '.join(lost[:3])}{' …' * (len(lost) > 3)}"
        shared.warn(f"→ Trục đã ghi nhận ký nhận. Lấy lại biên nhận: {again}", f"→ recorded at the hub. Again: {again}")
    if any(f.refused and f.folder for f in done):
        shared.warn(f"→ {SignatureNotHeld.hint.vi}", f"→ {SignatureNotHeld.hint.en}")
    if any(f.signature and f.signature.by is By.HUB for f in done):
        shared.warn(
            "! Không có chứng thư gốc tại đây: kết quả chữ ký là theo lời Trục (--anchors)",
            "! no roots are at hand: what is said of signatures is the hub's word (--anchors)",
        )
    folders = [Path(f.folder) for f in done if f.folder]
    if folders and not ack:
        again = f"truc ack --as {shared.agency} {folders[0].parent}/*"
        shared.say(f"Chưa ký xác nhận. Ký sau khi đã lưu: {again}", f"Not acknowledged yet. When stored: {again}")


def _row(shared: Shared, f: Fetched) -> list[object]:
    """The document's own fields, as far as it has them."""
    m, said, own = f.message, f.acknowledged, f.signature
    state = "" if said is None else said.problem.code if said.problem else shared.term(said.state)
    subject = own.subject if own and own.subject else m.subject
    kind = f"{shared.term('status')} {m.status_code}" if m.status_code else subject
    sender, code = (own.sender or m.sender, own.code or m.code) if own else (m.sender, m.code)
    verdict = shared.text(own.label).replace(own.verdict, shared.term(own.verdict), 1) if own else ""
    return [sender, code, kind, verdict, len(f.attachments), f.folder, state]
