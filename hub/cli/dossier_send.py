"""`truc dossiers send`: a dossier in an edXML document, handed over to the agency that solves it, or sent back."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from clients import compose
from clients.axis import AxisClient
from clients.held import Sent
from hub.cli.common import Exit, Shared, make_command, told_by_hub
from hub.cli.connect import client, recipients_of, run
from hub.cli.screen import pairs, short, show
from hub.core import wire
from hub.core.edxml import Attachment, Code
from hub.core.model import Millis
from hub.pki.files import write
from hub.programmes.onestop.fields import PACKET, DossierFields, moment
from hub.programmes.onestop.programme import APPLICATION, Dossiers
from hub.programmes.riding import FRAME, Fault, Packet, Ridden

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_NAME: Final = "ho-so.packet.json"
NOTATION: Final = "Hồ sơ liên thông"
"""Beside the dossier's number in the document's code, as the field writes it."""


@make_command(
    "send",
    "agency",
    example="truc dossiers send --as 000.00.13.H52 --to 000.00.21.H52 ho-so.json don-xin.pdf",
)
@click.option("--to", "recipients", multiple=True, required=True, metavar="CODE", help="The agency that solves it.")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Where to keep the receipt.")
@click.argument("dossier", type=_FILE)
@click.argument("files", nargs=-1, type=_FILE)
def send(shared: Shared, recipients: Sequence[str], receipt: Path | None, dossier: Path, files: Sequence[Path]) -> int:
    """Chuyển hồ sơ bằng văn bản edXML ký số; họ tên chỉ nằm trong gói dữ liệu.

    Hand a dossier over in a signed document. The JSON file is a packet `dossier/1`, or HoSo alone by the field's names;
    FILES are its papers. It is checked first; no name gets into the subject.
    """
    body = packet_of(shared, dossier)
    made = Packet(name=_NAME, kind="dossier", version=1, body=body)
    fields = _checked(shared, made, tuple(recipients))
    attachments = [Attachment("1", _NAME, data=json.dumps(body, ensure_ascii=False).encode())]
    attachments += [compose.attachment(f.name, f.read_bytes(), n) for n, f in enumerate(files, 2)]
    return run(_send(shared, recipients, receipt, fields, attachments))


def packet_of(shared: Shared, file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file}: {shared.pick('không phải JSON', 'no JSON')}: {str(error)[:80]}") from None
    if not isinstance(read, dict):
        raise click.UsageError(f"{file}: {shared.pick('cần một đối tượng', 'an object is needed')}")
    return read if "packet" in read or "HoSo" in read else {"HoSo": read}


def _checked(shared: Shared, made: Packet, recipients: tuple[str, ...]) -> DossierFields:
    """As the hub will read it; a fault is told before anything is sent."""
    made.body["packet"] = PACKET
    given = made.body.get("HoSo")
    named = given if isinstance(given, dict) else {}
    ridden = Ridden(
        number=0,
        id="",
        document_id="",
        sender=shared.agency,
        recipients=recipients,
        code=str(named.get("MaHoSo", "")),
        subject="",
        accepted=Millis(time.time_ns() // 1_000_000),
        promulgated=date(2000, 1, 1),
        application=APPLICATION,
        packets=(made,),
    )
    programme = Dossiers()
    faults = [each for each in programme.read(ridden) if isinstance(each, Fault)]
    if given is None and not faults:
        faults = [Fault(code="DOSSIER_MISSING", place="$.HoSo", expected="the field HoSo", found="nothing")]
    for fault in faults:
        means = programme.words.faults.get(fault.code) or FRAME[fault.code]
        shared.warn(f"✗ {means.vi}: {fault.place}: {fault.said.vi}", f"✗ {means.en}: {fault.place}: {fault.said.en}")
    if faults:
        raise click.exceptions.Exit(Exit.REFUSED)
    return msgspec.convert(named, DossierFields)


async def _send(
    shared: Shared, recipients: Sequence[str], receipt: Path | None, fields: DossierFields, files: list[Attachment]
) -> int:
    async with client(shared) as axis:
        data = await _signed(shared, axis, recipients, fields, files)
        sent = await axis.send(data)
    path = receipt or Path(f"{short(sent.answer.message.id)}.tlog-proof")
    write(path, sent.proof.raw)
    _tell(shared, sent, path, fields.number)
    return Exit.OK


async def _signed(
    shared: Shared, axis: AxisClient, recipients: Sequence[str], fields: DossierFields, files: list[Attachment]
) -> bytes:
    sender = await axis.agency_of(shared.agency)
    found = await recipients_of(axis, recipients)
    due = moment(fields.due)
    at = Millis(time.time_ns() // 1_000_000)
    document = compose.document(
        sender,
        found,
        code=Code(fields.number, NOTATION),
        subject=f"{fields.procedure}/{fields.number}",
        at=at,
        identity=f"{sender.code},{compose.local_time(at):%Y/%m/%d},{fields.number}/{at}",
        type_name="Hồ sơ",
        content=fields.procedure_name or fields.procedure,
        due_date=max(due.date(), compose.local_time(at).date()) if due is not None else None,
        application=APPLICATION,
    )
    return axis.sign(document, files)


def _tell(shared: Shared, sent: Sent, path: Path, number: str) -> None:
    if shared.json:
        shared.emit(told_by_hub(sent.answer) | {"receipt_file": str(path), "dossier": number})
        return
    answer: wire.Submitted = sent.answer
    shared.say("✓ Trục đã nhận và lưu trữ an toàn", "✓ accepted, durably")
    show(
        pairs(
            [
                (shared.pick("mã hồ sơ", "dossier"), number),
                (shared.pick("mã gói tin", "id"), short(answer.message.id)),
                (shared.pick("nơi nhận", "recipients"), ", ".join(answer.recipients)),
                (shared.pick("biên nhận", "receipt"), str(path)),
            ]
        )
    )
