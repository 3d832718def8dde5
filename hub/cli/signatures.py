"""`truc signatures`: the worth of the signatures inside PDF files, offline.

FILES are PDFs, or edXML messages whose PDF attachments are looked at; of a message, its sender and its signer say whose
signature is whose. Each file is read in a process with bounds, as the hub does it; so hostile files may be given too.
The exit code is 1 where a file's verdict is worse than `valid-untimed`.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click

from hub.cli.check import load_anchors
from hub.cli.common import Exit, Shared, make_command
from hub.cli.signature_lines import tell
from hub.core.edxml.message import Document
from hub.core.edxml.packing import attachments
from hub.core.edxml.read import parse, read
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.core.wire.signatures import SignedFile
from hub.pdf.attached import Trusted
from hub.pdf.reading import PdfReading, is_installed
from hub.programmes.signatures import telling
from hub.programmes.signatures.looked import GOOD, looked_file
from hub.programmes.signatures.verdict import Names, judge

_SECONDS: Final = 5
"""Of processor time for one file: a person waits for it, and no other file does."""
_PDF: Final = b"%PDF-"


class Found(NamedTuple):
    """A PDF with the names in the message that carried it."""

    name: str
    content: bytes
    names: Names


@make_command(
    "signatures",
    example="""
truc signatures --anchors keys/demo/anchors cong-van.pdf
truc signatures --anchors anchors --agency "UBND tỉnh Sơn La" --signer "Nguyễn Văn Mẫu" cong-van.pdf
truc signatures --anchors anchors nhan/*.edxml --json""",
)
@click.option(
    "--anchors",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of roots, issuers and CRLs to trust, as CAs hand them out.",
)
@click.option("--agency", "issuer", default="", help="Name of the issuer, for a PDF that no message carries.")
@click.option("--signer", default="", help="Full name of the signer, for a PDF that no message carries.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(shared: Shared, anchors: Path, issuer: str, signer: str, files: tuple[Path, ...]) -> int:
    """Kiểm tra chữ ký số bên trong tệp PDF: ai ký, lúc nào, tệp có bị sửa sau khi ký không.

    Examine the signatures inside PDF files: the signer, the time, and whether the file was changed afterwards.
    """
    if not is_installed():
        raise click.UsageError("the extra is missing: pip install 'truc[pdf]'")
    given = Names((issuer,) if issuer else (), signer)
    found = [one for file in files for one in _pdfs(file, given)]
    trusted = load_anchors(shared, anchors)
    judged = asyncio.run(_judged(found, trusted))
    if shared.json:
        shared.emit(judged)
    else:
        for one in judged:
            tell(shared, one)
        if not found:
            shared.say("Không có tệp PDF nào trong đó.", "There is no PDF in it.")
    return Exit.OK if all(one.verdict in GOOD for one in judged) else Exit.REFUSED


def _pdfs(path: Path, given: Names) -> Iterator[Found]:
    data = path.read_bytes()
    if _PDF in data[:1024]:
        yield Found(str(path), data, given)
        return
    claimed = parse(data)
    message = read(claimed)
    if isinstance(message, Document):
        names = Names((message.sender.name, *given.agency), given.signer or message.signer.full_name)
        for file in attachments(claimed):
            if file.data.startswith(_PDF):
                yield Found(f"{path}: {file.name}", file.data, names)


async def _judged(found: list[Found], anchors: Anchors) -> list[SignedFile]:
    now = Millis(time.time_ns() // 1_000_000)
    trusted, reading = Trusted.of(anchors), PdfReading()
    try:
        return [
            telling.signed_file(
                looked_file(
                    one.name,
                    hashlib.sha256(one.content).hexdigest(),
                    len(one.content),
                    judge(await reading.facts(trusted.job(one.content, now, _SECONDS)), one.names),
                )
            )
            for one in found
        ]
    finally:
        await reading.close()
