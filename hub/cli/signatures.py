"""`truc signatures`: the worth of the signatures inside PDF files, offline.

FILES are PDFs, or edXML messages whose PDF attachments are looked at; of a message, its sender and its signer say whose
signature is whose. Each file is read in a process with bounds, as the hub does it; so hostile files may be given too.
The exit code is 1 where a file's verdict is worse than `valid-untimed`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.cli import printing
from hub.cli.check import load_anchors
from hub.cli.common import Exit, Shared, make_command
from hub.cli.screen import local
from hub.core.edxml.message import Document
from hub.core.edxml.packing import attachments
from hub.core.edxml.read import parse, read
from hub.core.model import Millis, iso_utc
from hub.core.signature.anchors import Anchors
from hub.pdf.messages import Job
from hub.pdf.reading import PdfReading, is_installed
from hub.programmes.signatures.facts import TimeSource
from hub.programmes.signatures.verdict import WORDS, Judged, Names, PdfVerdict, Role, Signed, judge

_GOOD: Final = (PdfVerdict.VALID, PdfVerdict.VALID_UNTIMED)
_PDF: Final = b"%PDF-"
_ROLES: Final = {
    Role.PERSON: ("người có thẩm quyền", "competent person"),
    Role.AGENCY: ("cơ quan", "agency"),
    Role.UNKNOWN: ("không rõ", "not known"),
}
_SOURCES: Final = {
    TimeSource.STAMP: ("dấu thời gian", "time stamp"),
    TimeSource.UNTRUSTED_STAMP: ("dấu thời gian không được công nhận", "time stamp of an unknown authority"),
    TimeSource.CLAIMED: ("người ký tự khai", "the signer's word"),
    TimeSource.NONE: ("không có thời điểm ký", "no time"),
}


class Found(NamedTuple):
    """A PDF with the names in the message that carried it."""

    name: str
    content: bytes
    names: Names


class ToldSignature(msgspec.Struct, frozen=True, omit_defaults=True):
    verdict: str
    role: str
    signer: str
    organization: str
    issuer: str
    certificate: str
    time: str
    time_source: str
    covers: str
    changes_after: str
    revocation_known: bool


class Told(msgspec.Struct, frozen=True):
    """One file for --json."""

    file: str
    verdict: str
    vi: str
    en: str
    content_added_between: bool
    signed_by_leader: bool
    signatures: list[ToldSignature]


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
        shared.emit([_told(file, one) for file, one in zip(found, judged, strict=True)])
    else:
        for file, one in zip(found, judged, strict=True):
            _tell(shared, file.name, one)
        if not found:
            shared.say("Không có tệp PDF nào trong đó.", "There is no PDF in it.")
    return Exit.OK if all(one.verdict in _GOOD for one in judged) else Exit.REFUSED


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


async def _judged(found: list[Found], anchors: Anchors) -> list[Judged]:
    now = Millis(time.time_ns() // 1_000_000)
    reading = PdfReading()
    try:
        return [judge(await reading.facts(_job(one.content, anchors, now)), one.names) for one in found]
    finally:
        await reading.close()


def _job(content: bytes, anchors: Anchors, at: Millis) -> Job:
    return Job(
        content=content,
        roots=tuple(one.public_bytes(Encoding.DER) for one in anchors.roots),
        intermediates=tuple(one.public_bytes(Encoding.DER) for one in anchors.intermediates),
        crls=tuple(one.public_bytes(Encoding.DER) for one in anchors.crls),
        received=at,
    )


def _told(file: Found, judged: Judged) -> Told:
    words = WORDS[judged.verdict]
    signatures = [_told_signature(one) for one in judged.signed]
    return Told(file.name, judged.verdict, words.vi, words.en, judged.between, judged.by_leader, signatures)


def _told_signature(signed: Signed) -> ToldSignature:
    one, certificate = signed.signature, signed.signature.certificate
    return ToldSignature(
        verdict=signed.verdict,
        role=signed.role,
        signer=certificate.common_name if certificate else "",
        organization=certificate.organization if certificate else "",
        issuer=certificate.issuer if certificate else "",
        certificate=certificate.sha256 if certificate else "",
        time=_iso(one.time),
        time_source=one.time_source,
        covers=one.coverage,
        changes_after=one.changes,
        revocation_known=one.revocation_known,
    )


def _tell(shared: Shared, name: str, judged: Judged) -> None:
    good = judged.verdict in _GOOD
    words = WORDS[judged.verdict]
    printing.line(f"{name}: {shared.pick(words.vi, words.en)}", mark="✓" if good else "✗", good=good)
    for signed in judged.signed:
        told = _told_signature(signed)
        role = shared.pick(*_ROLES[signed.role])
        printing.line(f"    {role}: {told.signer or '–'} · {shared.pick(*WORDS[signed.verdict])}")
        when = " · ".join(
            part for part in (local(told.time), shared.pick(*_SOURCES[signed.signature.time_source])) if part
        )
        printing.line(f"      {when} · {told.issuer or '–'}", dim=True)
        if not told.revocation_known:
            shared.say("      (không có CRL để đối chiếu)", "      (no revocation list to compare with)")
    if judged.between:
        shared.say(
            "    giữa các chữ ký có ghi thêm nội dung, như số và ngày văn bản",
            "    content was added between the signatures, as number and date are",
        )


def _iso(at: Millis | None) -> str:
    try:
        return iso_utc(at) if at is not None else ""
    except (ValueError, OverflowError):  # the file may claim any year
        return ""
