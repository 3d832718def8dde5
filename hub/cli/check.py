"""`truc check`: the doctor, offline. Everything that the hub would say of a file's form, and of its signature.

1. Form: the bytes as XML and as edXML, every field, manifest and attachments, marks of secrecy; the form that came in
   place of a message, by name (`hub.core.doctor`).
2. Signature: its form and the content's digest; with --anchors the chain and revocation lists too. Whose certificate it
   is, is for the directory to say: with --directory the registered ones count; without, the certificate must at least
   name the sender's code (organizationIdentifier), and the answer does not say `registered`.
3. --fix writes an unsigned message with the safe corrections beside it, and says each change.

The exit code is by severity: 1 with an error, 0 with notices alone unless --fail-on notice.
Not checked: whether the recipients exist, whether the axis has the document already.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from clients import bundles
from clients.judge import naming_the_sender
from hub.cli import printing
from hub.cli.check_sarif import as_sarif
from hub.cli.check_text import tell, write_fixed
from hub.cli.common import Exit, Shared, make_command
from hub.core import doctor
from hub.core.directory.files import from_csv, from_json
from hub.core.directory.routing import Directory
from hub.core.doctor import Judge
from hub.core.errors import Severity
from hub.core.model import Millis, vietnam_date
from hub.core.signature.anchors import DAY, Anchors
from hub.core.signature.anchors_files import Untaken
from hub.programmes.foretelling import offline
from hub.programmes.registry import PROGRAMMES

_DAY: Final = click.DateTime(["%Y-%m-%d"])


@make_command(
    "check",
    example="""
truc check goi-tin.edxml
truc check --fix goi-tin.edxml
truc check --anchors keys/demo/anchors --directory agencies.json *.edxml --sarif > check.sarif""",
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
@click.option(
    "--fix", "fixing", is_flag=True, help="Write what is safely correctable to NAME.fixed.edxml, unsigned only."
)
@click.option("--sarif", is_flag=True, help="Findings as SARIF 2.1.0, for editors and CI.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@click.option("--today", type=_DAY, help="The day to check dates against [today in Vietnam].")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(
    shared: Shared,
    anchors: Path | None,
    directory: Path | None,
    fixing: bool,
    sarif: bool,
    fail_on: str,
    today: datetime | None,
    files: tuple[Path, ...],
) -> int:
    """Kiểm tra tệp edXML mà không gửi đi: nêu mọi lỗi cùng lúc, vị trí, căn cứ, cách sửa (tiếng Việt, tiếng Anh).

    Validate edXML files without sending them: all findings at once, where, by which clause and the right form.
    """
    at = Millis(time.time_ns() // 1_000_000)
    judge = Judge(
        today=today.date() if today else vietnam_date(at),
        at=at,
        anchors=load_anchors(shared, anchors) if anchors else None,
        directory=load_directory(directory) if directory else None,
        naming=naming_the_sender,
    )
    reports = []
    for file in files:
        data = file.read_bytes()
        report = doctor.examine(data, judge, str(file))
        if report.ok:
            report = msgspec.structs.replace(report, findings=(*report.findings, *offline(data, PROGRAMMES, at)))
        reports.append(report)
        if not shared.json and not sarif:
            tell(shared, report)
        if fixing:
            write_fixed(shared, file, data)
    if sarif:
        printing.json(as_sarif(reports, shared.lang))
    elif shared.json:
        shared.emit(reports)
    bad = any(not report.ok or (fail_on == Severity.NOTICE and report.findings) for report in reports)
    return Exit.REFUSED if bad else Exit.OK


def load_anchors(shared: Shared, folder: Path) -> Anchors:
    """Roots, intermediates and revocation lists of a folder; every file that is not taken is named. UsageError where
    it cannot be read."""
    try:
        files = bundles.anchor_files(folder)
    except OSError as error:
        raise click.UsageError(f"--anchors {folder}: {error}") from None
    tell_untaken(shared, files.untaken)
    taken = files.anchors(DAY)
    if files.untaken and not taken.roots:
        raise click.UsageError(f"--anchors {folder}: no certificate in it was taken")
    return taken


def tell_untaken(shared: Shared, untaken: Iterable[Untaken]) -> None:
    for one in untaken:
        shared.warn(f"! {one.name}: không dùng làm gốc tin cậy: {one.why.vi}", f"! {one.name}: not taken: {one.why.en}")


def load_directory(path: Path) -> Directory:
    """Agencies from JSON or CSV, by the file's name."""
    data = path.read_bytes()
    return Directory.of(from_csv(data) if path.suffix.lower() == ".csv" else from_json(data))
