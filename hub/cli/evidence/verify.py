"""`truc evidence verify`: the nine steps of an offline audit, each told with its result."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from clients import bundles
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.receipt.text import local_time
from hub.core.bundle.audit import Facts, Report, Result, Step
from hub.core.errors import ProofInvalid, Text
from hub.core.log import policy as policies
from hub.core.model import Millis, from_iso_utc

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN: Final = 40
_MARKS: Final = {Result.PASSED: "✓", Result.FAILED: "✗"}
_WORDS: Final = {
    Result.PASSED: Text("đạt", "passed"),
    Result.FAILED: Text("KHÔNG ĐẠT", "FAILED"),
    Result.ABSENT: Text("không có", "absent"),
    Result.NOT_ENCLOSED: Text("không kèm theo", "not enclosed"),
    Result.ON_BEHALF: Text("do đơn vị khác ký thay", "signed by another on behalf"),
    Result.NOT_REACHED: Text("chưa tới", "not reached"),
}


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step in the output of --json."""

    number: int
    name: str
    result: str
    problem: str = ""
    notes: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """The output of --json."""

    ok: bool
    steps: list[Line]
    facts: Facts


@make_command(
    "verify",
    example="""
truc evidence verify life.zip --policy log.policy --anchors keys/demo/anchors
truc evidence verify life.zip --policy log.policy --anchors anchors/ --document message.edxml --strict --json""",
)
@click.option("--policy", "policy_file", required=True, type=_FILE, help="Whom you trust: logs, witnesses, quorum.")
@click.option(
    "--anchors",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Root certificates that you trust, PEM or DER: a folder or a file; issuers and CRLs may lie beside them.",
)
@click.option("--document", type=_FILE, help="The document as you have it: compared, and its signature examined.")
@click.option("--strict", is_flag=True, help="What is absent or not enclosed fails as well.")
@click.option(
    "--crl-grace-hours", type=click.FloatRange(0), default=bundles.GRACE_HOURS, show_default=True, metavar="HOURS"
)
@click.argument("bundle", type=_FILE)
def command(
    shared: Shared,
    policy_file: Path,
    anchors: Path,
    document: Path | None,
    strict: bool,
    crl_grace_hours: float,
    bundle: Path,
) -> int:
    """Kiểm toán hồ sơ bằng chứng, chín bước, không cần Trục và không cần mạng.

    Audit a bundle in nine steps, with no hub and no network: exit 0 only when no step failed.
    """
    policy = policies.parse(policy_file.read_bytes())
    try:
        trusted = bundles.load_anchors(anchors, crl_grace_hours)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--anchors {anchors}: {error}") from None
    at = Millis(time.time_ns() // 1_000_000)
    report = bundles.verify(bundle, policy, trusted, document=document, at=at, strict=strict)
    if shared.json:
        shared.emit(Answer(report.ok, [_line(shared, step) for step in report.steps], report.facts))
    else:
        _tell(shared, report)
    return Exit.OK if report.ok else Exit.REFUSED


def _line(shared: Shared, step: Step) -> Line:
    notes = tuple(shared.text(note) for note in step.notes)
    return Line(step.number, shared.text(step.title), step.result.value, shared.text(step.problem), notes)


def _tell(shared: Shared, report: Report) -> None:
    for step in report.steps:
        line = _line(shared, step)
        mark = _MARKS.get(step.result, "–")
        problem = f": {line.problem}" if line.problem else ""
        word = shared.text(_WORDS[step.result])
        printing.line(f"{step.number}. {line.name} — {word}{problem}", mark=mark, good=step.result is not Result.FAILED)
        for note in line.notes[:_SHOWN]:
            printing.line(f"     {note}", dim=True)
        _more(shared, len(line.notes))
    if report.ok:
        printing.line(shared.pick("ĐÃ XÁC MINH", "VERIFIED"), fg="green", bold=True)
    elif all(step.result is not Result.FAILED for step in report.steps):
        printing.line(shared.pick("CHƯA ĐỦ (--strict)", "INCOMPLETE (--strict)"), fg="red", bold=True)
    else:
        printing.line(shared.pick("KHÔNG XÁC MINH ĐƯỢC", "NOT VERIFIED"), fg="red", bold=True)
        printing.line(f"→ {shared.text(ProofInvalid.hint)}", dim=True)
    for row in _facts(shared, report.facts):
        printing.line(f"  {row}")


def _more(shared: Shared, count: int) -> None:
    if count > _SHOWN:
        printing.line(shared.pick(f"     … và {count - _SHOWN} nữa", f"     … and {count - _SHOWN} more"), dim=True)


def _facts(shared: Shared, facts: Facts) -> list[str]:
    """The proved facts, in lines for people."""
    pick = shared.pick
    values: dict[str, Any] = {
        pick("văn bản", "document"): facts.document_id,
        pick("gói tin", "message"): facts.message,
        pick("bên gửi", "sender"): facts.sender,
        "SHA-256": facts.sha256,
        pick("nhật ký", "log"): f"{facts.origin} / {facts.size}" if facts.origin else "",
    }
    lines = [f"{name}: {value}" for name, value in values.items() if value]
    for leaf, at, event, recipients in facts.events[:_SHOWN]:
        named = ", ".join(recipients[:5]) + (" …" if len(recipients) > 5 else "")
        lines.append(f"{_local(at)}  {shared.term(event)}  {named}  #{leaf}")
    lines += [f"{code}: {shared.term(stage)}" for code, stage in list(facts.recipients.items())[:_SHOWN]]
    stamped = pick("dấu thời gian", "time stamp")
    lines += [f"{stamped}: {_local(one.at)} ← #0…#{one.size - 1}" for one in facts.time_stamps]
    return lines


def _local(text: str) -> str:
    return local_time(from_iso_utc(text))
