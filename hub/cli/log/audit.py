"""`truc log audit`: everything that a log signed and promised, checked from its entries up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from clients.monitor import Outcome, audit
from clients.monitor import Progress as Report
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import run
from hub.cli.log.place import log_at
from hub.cli.screen import bars, pairs, show, table
from hub.cli.terms import looks_unproved
from hub.core.audit.findings import Finding
from hub.core.audit.log import GRACE, State
from hub.core.audit.record import UNPROVED
from hub.core.audit.signers import BRIEF
from hub.core.log import policy as policies
from hub.core.model import Millis
from hub.pki.files import write

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_HOUR_MS: Final = 3_600_000


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding as --json prints it."""

    what: str
    vi: str
    en: str
    leaf: int | None = None
    subject: str = ""
    expected: str = ""
    found: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The output of --json. `earlier`: findings of the audits before, whose state this one continued."""

    ok: bool
    findings: list[Line]
    checked: Mapping[str, int]
    origin: str = ""
    size: int | None = None
    root: str = ""
    cosigners: tuple[str, ...] = ()
    omitted: int = 0
    earlier: int = 0
    saved: str = ""


@make_command(
    "audit",
    "log",
    example="""
truc log audit http://127.0.0.1:8470 --policy log.policy --save audit.json
truc log audit http://127.0.0.1:8470 --policy log.policy --since audit.json --save audit.json
truc log audit https://truc.example --policy log.policy --as auditor --keys keys/kiem-toan
truc log audit var/copy-of-data --policy log.policy --json""",
)
@click.option("--policy", "policy_file", required=True, type=_FILE, help="Whom you trust: logs, witnesses, quorum.")
@click.option("--since", type=_FILE, help="Go on from this state; the log must continue it.")
@click.option("--save", type=_NEW_FILE, help="Keep the state here for the next time, where the log held.")
@click.option(
    "--grace-hours",
    type=click.FloatRange(0),
    default=GRACE / _HOUR_MS,
    show_default=True,
    help="Beyond a promised time before it is a finding.",
)
@click.option(
    "--delegation-hours",
    type=click.FloatRange(0),
    default=BRIEF / _HOUR_MS,
    show_default=True,
    help="A certificate that was used and stood for less is a finding; a delegation for less than ten times as much.",
)
@click.argument("place", metavar="URL|DIR")
def command(
    shared: Shared,
    policy_file: Path,
    since: Path | None,
    save: Path | None,
    grace_hours: float,
    delegation_hours: float,
    place: str,
) -> int:
    """Kiểm toán nhật ký: tính lại gốc cây từ các mục, so từng ô băm, chứng minh nối tiếp lần trước; với quyền kiểm
    toán viên thì kiểm cả từng bằng chứng, chuỗi số của đơn vị, bảng kê ngày và kết cục của mọi lượt gửi.

    Audit a log: the root computed again from its entries, each tile compared, the history continued from last time;
    with an auditor's key or a folder that has the objects, also every evidence, every agency's chain, the daily
    manifests, and that each delivery ended once and in time. Exit 0: nothing found; 1: findings.
    """
    policy = policies.parse(policy_file.read_bytes())
    saved = State.decode(since.read_bytes()) if since else None
    grace, brief = int(grace_hours * _HOUR_MS), int(delegation_hours * _HOUR_MS)

    async def work() -> Outcome:
        async with log_at(shared, place) as source:
            with bar(shared) as report:
                return await audit(source, policy, now(), saved=saved, grace=grace, brief=brief, progress=report)

    outcome = run(work())
    if save is not None and outcome.state is not None:
        write(save, outcome.state.encode())
    kept = str(save) if save is not None and outcome.state is not None else ""
    answer = _answer(outcome, saved.findings if saved else 0, kept)
    if shared.json:
        shared.emit(answer)
    else:
        _tell(shared, outcome, answer)
    return Exit.OK if answer.ok else Exit.REFUSED


def now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


@contextmanager
def bar(shared: Shared) -> Iterator[Report]:
    """A bar on stderr, where that is a terminal and the log is long."""
    columns = (TextColumn(shared.pick("kiểm toán", "audit")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with bars(*columns, hidden=shared.json) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def lines(findings: tuple[Finding, ...]) -> list[Line]:
    return [
        Line(f.what.value, f.what.text.vi, f.what.text.en, f.leaf, f.subject, f.expected, f.found) for f in findings
    ]


def findings_table(shared: Shared, found: list[Line]) -> None:
    heads = shared.pick("phát hiện|mục|về|cần|có", "finding|leaf|about|expected|found").split("|")
    rows = (
        [f"{line.what}: {shared.pick(line.vi, line.en)}", "" if line.leaf is None else line.leaf, line.subject,
         line.expected, line.found]
        for line in found
    )  # fmt: skip
    show(table("", heads, rows, right=(1,)))


def _answer(outcome: Outcome, earlier: int, saved: str) -> Answer:
    checkpoint = outcome.checkpoint
    return Answer(
        ok=not outcome.findings,
        findings=lines(outcome.findings),
        checked=outcome.counts,
        origin=checkpoint.origin if checkpoint else "",
        size=checkpoint.size if checkpoint else None,
        root=checkpoint.root.hex() if checkpoint else "",
        cosigners=outcome.cosigners,
        omitted=outcome.omitted,
        earlier=earlier,
        saved=saved,
    )


def _tell(shared: Shared, outcome: Outcome, answer: Answer) -> None:
    if answer.findings:
        findings_table(shared, answer.findings)
    counts = ", ".join(f"{shared.term(name)} {n:,}" for name, n in answer.checked.items())
    show(
        pairs(
            [
                (shared.pick("nhật ký", "log"), answer.origin),
                (shared.pick("điểm kiểm tra", "checkpoint"), f"{answer.size} {answer.root}" if answer.origin else ""),
                (shared.pick("nhân chứng", "witnesses"), ", ".join(answer.cosigners)),
                (shared.pick("đã kiểm", "checked"), counts),
                (shared.pick("lưu trạng thái", "state saved"), answer.saved),
            ]
        )
    )
    if answer.earlier:
        shared.warn(
            f"! Các lần kiểm trước đã có {answer.earlier} phát hiện", f"! earlier audits had {answer.earlier} findings"
        )
    if unproved := outcome.counts.get(UNPROVED):
        shared.say(*looks_unproved(unproved))
    if not outcome.counts.get("evidence") and not answer.findings:
        shared.say(
            "Chỉ kiểm phần công khai; thêm --as auditor để kiểm từng bằng chứng",
            "Only what is public was checked; --as auditor checks every evidence",
        )
    total = len(answer.findings) + answer.omitted
    shared.say(
        f"✗ {total} phát hiện" if total else "✓ Không phát hiện gì", f"✗ {total} findings" if total else "✓ no findings"
    )
