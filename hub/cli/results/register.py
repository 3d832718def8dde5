"""`truc results register`: a result by the digest of its signed file, in a document of the axis."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.cli.common import Shared, make_command
from hub.cli.connect import run
from hub.cli.results.sending import CODE, RECEIPT, SAVE, TO, Letter, send
from hub.core.model import VIETNAM
from hub.programmes.results import book, owner
from hub.programmes.results.packets import Converted, CopyOf, Owner, OwnerKind, ResultPacket
from hub.programmes.results.validity import CopyKind

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M"])


@make_command(
    "register",
    "agency",
    example="""
truc results register --as 000.00.00.H52 --to 000.00.00.G22 --code H52.01-261120-0001-KQ1 \\
     --name "Giấy phép xây dựng" --procedure 1.009994 --last 2027-11-20 giay-phep.pdf
truc results register --as 000.00.00.H52 --to 000.00.00.G22 --code H52.01-261120-0002-KQ1 \\
     --name "Bản sao giấy khai sinh" --copy sao-y --copy-of "Sổ hộ tịch 12/1998" --digest-only ban-sao.pdf""",
)
@CODE
@click.option("--name", required=True, help="Name of the paper, without the name of a person.")
@click.option("--kind", default="", help="Code of its kind in the national database of procedures.")
@click.option("--procedure", default="", help="Code of the procedure (TTHC).")
@click.option("--owner", "number", default="", help="Number of its owner; a digest of it alone is sent.")
@click.option(
    "--owner-kind",
    type=click.Choice([OwnerKind.CITIZEN, OwnerKind.PASSPORT, OwnerKind.BUSINESS]),
    default=OwnerKind.CITIZEN,
    show_default=True,
    help="What that number is.",
)
@click.option("--first", type=_DAY, help="First day on which it is valid.")
@click.option("--last", type=_DAY, help="Last day on which it is valid.")
@click.option("--copy", type=click.Choice(list(CopyKind)), default=CopyKind.ORIGINAL, help="A copy, and of which kind.")
@click.option("--copy-of", default="", help="Of what it is a copy: a result's number, or words.")
@click.option("--converted-at", type=_MOMENT, help="When it was converted from paper.")
@click.option("--converted-by", default="", help="Full name of the person who converted it.")
@click.option("--digest-only", is_flag=True, help="Send the digest, not the file: it is found by its number then.")
@TO
@RECEIPT
@SAVE
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(
    shared: Shared, file: Path, recipients: tuple[str, ...], receipt: Path | None, save: Path | None, **given: Any
) -> int:
    """Đăng ký một kết quả bằng mã băm của tệp đã ký; tệp đi kèm văn bản để tải lại được.

    Register a result by the digest of its signed FILE, which travels along so that it can be retrieved.
    """
    packet = _packet(shared, file, given)
    subject = shared.pick(f"V/v đăng ký kết quả điện tử {packet.code}", f"Registration of result {packet.code}")
    letter = Letter(subject, packet, () if given["digest_only"] else (file,))
    return run(send(shared, letter, recipients, receipt, save))


def _packet(shared: Shared, file: Path, given: dict[str, Any]) -> ResultPacket:
    """UsageError where an option cannot be right."""
    try:
        code = book.number(given["code"])
        held = Owner(kind=given["owner_kind"], digest=owner.digest(given["number"], code)) if given["number"] else None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if bool(given["converted_at"]) != bool(given["converted_by"]):
        raise click.UsageError("--converted-at, --converted-by")
    if given["copy"] != CopyKind.ORIGINAL and not given["copy_of"]:
        raise click.UsageError(shared.pick("bản sao cần --copy-of", "a copy needs --copy-of"))
    return ResultPacket(
        packet="result/1",
        code=code,
        name=given["name"],
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        kind=given["kind"],
        procedure=given["procedure"],
        file="" if given["digest_only"] else file.name,
        owner=held,
        first=given["first"].date() if given["first"] else None,
        last=given["last"].date() if given["last"] else None,
        copy=CopyKind(given["copy"]),
        copy_of=_copied(given["copy_of"]),
        converted=Converted(at=_zoned(given["converted_at"]), by=given["converted_by"])
        if given["converted_at"]
        else None,
    )


def _copied(text: str) -> CopyOf | None:
    if not text:
        return None
    try:
        return CopyOf(code=book.number(text))
    except ValueError:
        return CopyOf(described=text)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
