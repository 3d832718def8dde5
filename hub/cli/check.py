"""`truc check`: the validator, offline. Everything that the hub would say of a file's form, and of its signature.

1. Form: the bytes as XML and as edXML, every field, manifest and attachments, marks of secrecy.
2. Signature, with --anchors: the strict profile, the chain, revocation lists, the content. Whose certificate it is, is
   for the directory to say: with --directory the registered ones count; without, the certificate must at least name
   the sender's code (organizationIdentifier), and the answer says `registered: null`.

Not checked: whether the recipients exist, whether the axis has the document already.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from clients import bundles
from clients.judge import naming_the_sender
from hub.cli import printing
from hub.cli.common import Exit, Shared, finding_lines, make_command
from hub.core import edxml, wire
from hub.core.directory.files import from_csv, from_json
from hub.core.directory.routing import Directory
from hub.core.edxml import Claimed, Document
from hub.core.errors import AxisError, InvalidFields, Refusal, SignatureRefusal
from hub.core.model import MessageKind, Millis, SignatureProfile, vietnam_date
from hub.core.signature import trust
from hub.core.signature.anchors import DAY, Anchors
from hub.core.signature.anchors_files import Untaken

_DAY: Final = click.DateTime(["%Y-%m-%d"])


class Refused(msgspec.Struct, frozen=True):
    code: str
    vi: str
    en: str
    hint_vi: str
    hint_en: str


class Signature(msgspec.Struct, frozen=True, omit_defaults=True):
    """`registered`: whether the directory binds the certificate to the sender; None where there is no directory."""

    verdict: str
    alg: str = ""
    certificate: str = ""
    registered: bool | None = None
    problem: Refused | None = None


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said of one file. `refused`: why it is no message at all, or may not travel."""

    file: str
    ok: bool
    sha256: str = ""
    kind: str = ""
    sender: str = ""
    document_id: str = ""
    attachments: int = 0
    findings: list[wire.Finding] = []
    refused: list[Refused] = []
    signature: Signature | None = None


class Judge(msgspec.Struct, frozen=True):
    """What all files are held against."""

    today: date
    at: Millis
    anchors: Anchors | None = None
    directory: Directory | None = None


@make_command(
    "check",
    example="""
truc check goi-tin.edxml
truc check --anchors keys/demo/anchors --directory agencies.json *.edxml --json""",
)
@click.option(
    "--anchors",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of roots, issuers and CRLs to trust, as CAs hand them out: also judge the signature.",
)
@click.option(
    "--directory",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Agencies with their certificates, as `truc agencies export --certificates` writes them.",
)
@click.option("--today", type=_DAY, help="The day to check dates against [today in Vietnam].")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(
    shared: Shared, anchors: Path | None, directory: Path | None, today: datetime | None, files: tuple[Path, ...]
) -> int:
    """Kiểm tra tệp edXML mà không gửi đi: nêu mọi lỗi cùng lúc, bằng tiếng Việt hoặc tiếng Anh.

    Validate edXML files without sending them: all findings at once, and with --anchors the verdict on the signature.
    """
    at = Millis(time.time_ns() // 1_000_000)
    judge = Judge(
        today=today.date() if today else vietnam_date(at),
        at=at,
        anchors=load_anchors(shared, anchors) if anchors else None,
        directory=load_directory(directory) if directory else None,
    )
    reports = [examine(str(file), file.read_bytes(), judge) for file in files]
    if shared.json:
        shared.emit(reports)
    else:
        for report in reports:
            _tell(shared, report)
    return Exit.OK if all(report.ok for report in reports) else Exit.REFUSED


def load_anchors(shared: Shared, folder: Path) -> Anchors:
    """Roots, intermediates and revocation lists of a folder; every file that is not taken is named. UsageError where
    it cannot be read."""
    try:
        files = bundles.anchor_files(folder)
    except OSError as error:
        raise click.UsageError(f"--anchors {folder}: {error}") from None
    tell_untaken(shared, files.untaken)
    return files.anchors(DAY)


def tell_untaken(shared: Shared, untaken: Iterable[Untaken]) -> None:
    for one in untaken:
        shared.warn(f"! {one.name}: không dùng làm gốc tin cậy: {one.why.vi}", f"! {one.name}: not taken: {one.why.en}")


def load_directory(path: Path) -> Directory:
    """Agencies from JSON or CSV, by the file's name."""
    data = path.read_bytes()
    return Directory.of(from_csv(data) if path.suffix.lower() == ".csv" else from_json(data))


def examine(name: str, data: bytes, judge: Judge) -> Report:
    """Everything about one file."""
    try:
        claimed = edxml.parse(data)
    except Refusal as refusal:
        return Report(file=name, ok=False, refused=[_refused(refusal)])
    found = edxml.findings(claimed, judge.today)
    refused: list[Refused] = []
    document_id = _document_id(claimed, refused)
    attachments = _count_attachments(claimed, refused)
    # Last, for it takes the signature out of the tree.
    signature = _signature(claimed, data, judge) if judge.anchors is not None else None
    good_signature = signature is None or (signature.verdict == "VALID" and signature.registered is not False)
    return Report(
        file=name,
        ok=not any(f.is_error for f in found) and not refused and good_signature,
        sha256=claimed.sha256,
        kind=claimed.kind.value,
        sender=claimed.claimed_sender,
        document_id=document_id,
        attachments=attachments,
        findings=[wire.Finding.of(f) for f in found],
        refused=refused,
        signature=signature,
    )


def _document_id(claimed: Claimed, refused: list[Refused]) -> str:
    try:
        edxml.check_not_secret(claimed)
    except Refusal as refusal:
        refused.append(_refused(refusal))
    try:
        message = edxml.read(claimed)
        return message.document_id if isinstance(message, Document) else message.response_for.document_id
    except InvalidFields:
        return ""  # the findings say it, and more
    except Refusal as refusal:
        refused.append(_refused(refusal))
        return ""


def _count_attachments(claimed: Claimed, refused: list[Refused]) -> int:
    if claimed.kind is not MessageKind.DOCUMENT:
        return 0
    count = 0
    try:
        for _ in edxml.attachments(claimed):
            count += 1
    except Refusal as refusal:
        refused.append(_refused(refusal))
    return count


def _signature(claimed: Claimed, data: bytes, judge: Judge) -> Signature:
    assert judge.anchors is not None
    agency = judge.directory.get(claimed.claimed_sender) if judge.directory else None
    profile = agency.signature_profile if agency else SignatureProfile.STRICT
    if judge.directory is not None:
        registered = agency.certificate_ids(judge.at) if agency else frozenset()
    else:
        registered = naming_the_sender(data, claimed.claimed_sender, profile)
    try:
        verified = trust.verify(claimed, registered, judge.anchors, judge.at, profile)
    except SignatureRefusal as refusal:
        facts = refusal.facts
        return Signature(
            verdict=refusal.verdict.value,
            alg=str(facts.get("alg", "")),
            certificate=str(facts.get("certificate_sha256", "")),
            problem=_refused(refusal),
        )
    except Refusal as refusal:
        return Signature(verdict=refusal.code, problem=_refused(refusal))
    report = verified.signature
    known = True if judge.directory is not None else None
    return Signature(report.verdict.value, report.alg, report.certificate_sha256, known)


def _refused(error: AxisError) -> Refused:
    return Refused(error.code, error.vi, error.en, error.hint.vi, error.hint.en)


def _tell(shared: Shared, report: Report) -> None:
    what = " · ".join(part for part in (report.kind, report.sender, report.document_id) if part)
    files = shared.pick(f"{report.attachments} tệp đính kèm", f"{report.attachments} attachments")
    told = f"{report.file}: {what}{f' · {files}' if report.attachments else ''}"
    printing.line(told, mark="✓" if report.ok else "✗", good=report.ok)
    for refused in report.refused:
        printing.line(f"    {refused.code}: {shared.pick(refused.vi, refused.en)}")
        printing.line(f"    → {shared.pick(refused.hint_vi, refused.hint_en)}", dim=True)
    for line in finding_lines(shared, report.findings):
        printing.line(f"    {line}")
    if report.signature is not None:
        _tell_signature(shared, report.signature)
    if report.ok and report.findings:
        shared.say("    gửi được; các lưu ý sẽ đi cùng văn bản", "    may travel; the notices go with it")
    elif report.ok:
        shared.say("    không có lỗi", "    no findings")


def _tell_signature(shared: Shared, s: Signature) -> None:
    label = shared.pick("chữ ký", "signature")
    words = f" — {shared.pick(s.problem.vi, s.problem.en)}" if s.problem else ""
    printing.line(f"    {label}: {s.verdict} {s.alg}".rstrip() + words)
    if s.problem:
        printing.line(f"    → {shared.pick(s.problem.hint_vi, s.problem.hint_en)}", dim=True)
    if s.verdict == "VALID" and s.registered is None:
        shared.say(
            "    (chưa đối chiếu chứng thư với danh mục; thêm --directory)",
            "    (the certificate was not compared with the directory; add --directory)",
        )
