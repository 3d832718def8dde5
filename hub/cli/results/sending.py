"""A packet in a document: composed, signed, sent, its receipt kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from clients import compose
from clients.axis import AxisClient, Sent
from hub.cli.common import Exit, Shared, tell_notices, told_by_hub
from hub.cli.connect import client, look_up
from hub.cli.screen import pairs, short, show
from hub.cli.send import not_kept
from hub.core import wire
from hub.core.edxml import Attachment, Code
from hub.core.errors import UndeliverableRecipients
from hub.core.model import Millis
from hub.pki.files import write

ENDING: Final = ".packet.json"
CODE: Final = click.option("--code", required=True, help="Number of the result: of its dossier, with -KQ1.")
TO: Final = click.option(
    "--to", "recipients", multiple=True, required=True, metavar="CODE", help="A recipient; may be repeated."
)
RECEIPT: Final = click.option(
    "--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Where to keep the receipt [<id>.tlog-proof]."
)
SAVE: Final = click.option(
    "--save", type=click.Path(dir_okay=False, path_type=Path), help="Also keep the signed message here."
)
ISSUER: Final = click.option(
    "--issuer", default="", metavar="CODE", help="Who registered it, where that agency has ended and this is its heir."
)


class Letter(msgspec.Struct, frozen=True):
    """The document around a packet. `subject` names no person."""

    subject: str
    packet: msgspec.Struct
    files: tuple[Path, ...] = ()


async def send(
    shared: Shared, letter: Letter, recipients: Sequence[str], receipt: Path | None, save: Path | None
) -> int:
    async with client(shared) as axis:
        data = await _signed(axis, shared, letter, recipients)
        if save is not None:
            write(save, data)
        sent = await axis.send(data)
    path = receipt or Path(f"{short(sent.answer.message.id)}.tlog-proof")
    try:
        write(path, sent.proof.raw)
    except OSError as error:
        return not_kept(shared, error, sent.answer.message.id)
    _tell(shared, sent, path)
    return Exit.OK


async def _signed(axis: AxisClient, shared: Shared, letter: Letter, recipients: Sequence[str]) -> bytes:
    sender = await axis.agency_of(shared.agency)
    found = dict(zip(recipients, await look_up(axis, recipients), strict=True))
    if unknown := {code: "unknown" for code, agency in found.items() if agency is None}:
        raise UndeliverableRecipients(found=", ".join(unknown), recipients=unknown)
    at = Millis(time.time_ns() // 1_000_000)
    document = compose.document(
        sender,
        [agency for agency in found.values() if agency is not None],
        # To the tenth of a second: two commands of one script are two documents. A number has eleven characters.
        code=Code(f"{compose.local_time(at):%m%d%H%M%S}{at % 1000 // 100}", f"{_notation(sender)}-KQ"),
        subject=letter.subject,
        at=at,
        type_name="Thông báo",
    )
    return axis.sign(document, list(_attached(letter)))


def _notation(sender: wire.Agency) -> str:
    return sender.code_qd20 or sender.code.rpartition(".")[2]


def _attached(letter: Letter) -> list[Attachment]:
    made = [compose.attachment(file.name, file.read_bytes(), n) for n, file in enumerate(letter.files, 1)]
    body = msgspec.json.format(msgspec.json.encode(letter.packet))
    return [*made, compose.attachment(f"ket-qua{ENDING}", body, len(made) + 1)]


def _tell(shared: Shared, sent: Sent, path: Path) -> None:
    answer = sent.answer
    if shared.json:
        shared.emit(told_by_hub(answer) | {"receipt_file": str(path)})
        return
    shared.say("✓ Trục đã nhận và lưu trữ an toàn", "✓ accepted, durably")
    rows = [
        (shared.pick("văn bản", "document"), short(answer.message.id)),
        (shared.pick("nơi nhận", "recipients"), ", ".join(answer.recipients)),
        (shared.pick("biên nhận", "receipt"), str(path)),
    ]
    show(pairs(rows))
    tell_notices(shared, answer.notices)
