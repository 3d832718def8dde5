"""`truc torture`: a hub that is killed again and again under load, and everything checked from its clients' books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from hub.base.failpoint import POINTS, VARIABLE
from hub.base.runtime import configure_logging
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.screen import bars, show, table
from hub.lab.hub_process import HubFailed
from hub.lab.torture.run import ROUND, OnProgress, Options, Report, torture

_EXAMPLE: Final = f"""
truc torture                                     {ROUND} kills: each named instant, and some at random
truc torture --kills 2000 --seed 7 --json        thousands; a new hub every {ROUND} kills
truc torture --at batch.committed --kills 20     one instant again and again
truc torture --fronts 2                          hubs with front processes, which end with each hub
truc torture --list                              the instants
{VARIABLE}="batch.commit=kill@3" truc serve …    one by hand
"""
_SHOWN: Final = 20


@click.option("--kills", type=click.IntRange(1), default=ROUND, show_default=True, help="How often the hub is killed.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same kills under the same load."
)
@click.option(
    "--at", "points", multiple=True, type=click.Choice(sorted(POINTS)), help="Only at this instant; repeatable."
)
@click.option(
    "--fronts",
    type=click.IntRange(0, 64),
    default=0,
    show_default=True,
    help="Front processes of the hub (http.fronts). They end with it; one that meets the instant dies alone first.",
)
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Keep hubs with findings here.")
@click.option("--list", "only_list", is_flag=True, help="Show the named instants and end.")
def _torture(
    shared: Shared,
    kills: int,
    seed: int,
    points: tuple[str, ...],
    fronts: int,
    folder: Path | None,
    only_list: bool,
) -> int:
    """Buộc dừng Trục hàng nghìn lần giữa lúc có tải, rồi đối chiếu mọi thứ với sổ của các đơn vị.

    Kill a real hub under real load, at random and at every named instant, start it again over the same folders, and in
    the end check everything from its clients' own books: everything acknowledged is there with the same bytes and the
    same receipt, delivered once in effect; nothing that was refused is delivered; the log continues every checkpoint
    ever seen; ledger, x-seq, audit and fsck are clean. Exit 1 on any finding.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """
    if only_list:
        _list(shared)
        return Exit.OK
    configure_logging("error")
    try:
        with _told(shared, kills) as told:
            report = torture(Options(kills=kills, seed=seed, at=points, folder=folder, fronts=fronts), told)
    except HubFailed as error:
        printing.line(f"HubFailed: {error}", err=True, fg="red")
        return Exit.REFUSED
    if shared.json:
        shared.emit(report)
    else:
        _tell(shared, report)
    return Exit.REFUSED if report.findings else Exit.OK


command = make_command("torture", example=_EXAMPLE)(_torture)


def _list(shared: Shared) -> None:
    if shared.json:
        shared.emit(POINTS)
        return
    show(table("", (shared.pick("thời điểm", "instant"), shared.pick("khi đó", "what is true then")), POINTS.items()))


@contextmanager
def _told(shared: Shared, kills: int) -> Iterator[OnProgress]:
    """Live progress on stderr, where that is a terminal."""
    columns = (TextColumn("torture"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[seen]}"))
    with bars(*columns, TimeElapsedColumn(), hidden=shared.json) as bar:
        line = bar.add_task("", total=kills, seen="")

        def told(report: Report) -> None:
            seen = shared.pick(
                f"đã báo nhận {report.acknowledged} · phát hiện {len(report.findings)}",
                f"{report.acknowledged} acknowledged · {len(report.findings)} findings",
            )
            bar.update(line, completed=report.kills, seen=seen)

        yield told


def _tell(shared: Shared, report: Report) -> None:
    rows = sorted(report.instants.items())
    show(table("", (shared.pick("chết ở", "died at"), shared.pick("lần", "times")), rows, right=(1,)))
    shared.say(
        f"{report.kills} lần buộc dừng, {report.rounds} Trục, {report.documents} văn bản, "
        f"{report.statuses} trạng thái, {report.handed_over} lượt ký nhận, {report.refused} từ chối, "
        f"{report.checkpoints} điểm kiểm tra; "
        f"mất {report.lost}, nhân đôi {report.doubled}",
        f"{report.kills} kills, {report.rounds} hubs, {report.documents} documents, {report.statuses} statuses, "
        f"{report.handed_over} signed for, {report.refused} refused, {report.checkpoints} checkpoints; "
        f"lost {report.lost}, doubled {report.doubled}",
    )
    for finding in report.findings[:_SHOWN]:
        printing.line(f"✗ {finding.kind}: {finding.what}", fg="red")
        printing.lines((f"    {finding.after}", f"    {finding.again}"))
    if (more := len(report.findings) - _SHOWN) > 0:
        shared.say(f"… và {more} phát hiện nữa: --json", f"… and {more} more findings: --json")
    if not report.findings:
        shared.say("✓ Không phát hiện gì", "✓ no findings")
