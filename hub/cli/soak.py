"""`truc soak`: hours of traffic against one hub, and the figures that creep meanwhile."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

import click
import msgspec

from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.screen import show, table
from hub.cli.simulate import live
from hub.lab import machine
from hub.lab.hub_process import HubFailed
from hub.lab.processes import WorkerFailed
from hub.lab.simulate.country import SIZES
from hub.lab.simulate.soak import Length, Soaked, Trend, soak

_FOLDER = click.Path(file_okay=False, path_type=Path)
_DEFAULT = Length()
_EXAMPLE = """
truc soak                                        one hour at 20 documents/s
truc soak --hours 24 --rate 40 --nice 10         a day, giving way to other programs
truc soak --folder /srv/soak --json > soak.json  data on that disk; every look and window in the JSON
"""


@click.option("--hours", type=click.FloatRange(0, min_open=True), default=_DEFAULT.hours, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=_DEFAULT.rate,
    show_default=True,
    help="Documents per second.",
)
@click.option("--agencies", type=click.IntRange(2, 12_000), default=_DEFAULT.agencies, show_default=True)
@click.option(
    "--round-minutes",
    type=click.FloatRange(0, min_open=True),
    default=_DEFAULT.round_seconds / 60,
    show_default=True,
    help="Traffic between two checks of all invariants.",
)
@click.option(
    "--every", type=click.FloatRange(0.01), default=_DEFAULT.every, show_default=True, help="Seconds between two looks."
)
@click.option(
    "--sizes", type=click.Choice(sorted(SIZES)), default=_DEFAULT.sizes, show_default=True, help="Sizes of documents."
)
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True)
@click.option("--processes", type=click.IntRange(1, 64), help="Client processes [one for each processor, at most 2].")
@click.option("--nice", "niceness", type=click.IntRange(0, 19), default=0, help="Give way to other programs.")
@click.option("--folder", type=_FOLDER, help="An empty folder for the hub's data, kept afterwards [a temporary one].")
@click.option("--out", type=_FOLDER, default=Path("var/soak"), show_default=True, help="Folder for soak.json.")
def _soak(
    shared: Shared,
    folder: Path | None,
    out: Path,
    niceness: int,
    round_minutes: float,
    processes: int | None,
    **given: Any,
) -> int:
    """Chạy nhiều giờ liền, xem bộ nhớ, tệp mở, luồng, WAL và độ trễ có tăng dần không.

    Hours of the same traffic against one hub: do memory, open files, threads, journal or latencies creep?

    The exit code is 0 only when every invariant of every round holds, fsck finds nothing, and neither descriptors nor
    threads grew. Slopes of the other quantities are told, for people to judge.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty")
    os.nice(niceness)
    length = Length(round_seconds=round_minutes * 60, processes=processes or min(2, machine.processors()), **given)
    try:
        with contextlib.ExitStack() as stack:
            home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-soak-")))
            home.mkdir(parents=True, exist_ok=True)
            soaked = soak(length, home, stack.enter_context(live(shared)), lambda so_far: _keep(so_far, out))
    except (HubFailed, WorkerFailed) as error:
        printing.line(f"{type(error).__name__}: {error}", err=True, fg="red")
        return Exit.REFUSED
    path = _keep(soaked, out)
    shared.emit(soaked) if shared.json else _tell(shared, soaked, path)
    return Exit.OK if soaked.ok else Exit.REFUSED


command = make_command("soak", example=_EXAMPLE)(_soak)


def _keep(soaked: Soaked, out: Path) -> Path:
    """After every round: an end that nobody planned loses one of them."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "soak.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(soaked), indent=1))
    return path


def _tell(shared: Shared, soaked: Soaked, path: Path) -> None:
    names = (
        "",
        shared.pick("đại lượng", "quantity"),
        shared.pick("10 % đầu", "first tenth"),
        shared.pick("10 % cuối", "last tenth"),
        shared.pick("mỗi giờ", "per hour"),
        shared.pick("mỗi giờ, nửa sau", "per hour, second half"),
    )
    title = shared.pick(
        f"{soaked.hours_of_traffic:g} giờ, {soaked.documents:,} văn bản, {soaked.deliveries:,} lượt giao",
        f"{soaked.hours_of_traffic:g} hours, {soaked.documents:,} documents, {soaked.deliveries:,} deliveries",
    )
    show(table(title, names, [_row(trend) for trend in soaked.trends], right=(2, 3, 4, 5)))
    for number, played in enumerate(soaked.rounds, 1):
        wrong = [i for i in played.invariants if not i.holds]
        shared.say(
            f"đợt {number}: {played.documents:,} văn bản, {len(played.invariants) - len(wrong)} bất biến giữ",
            f"round {number}: {played.documents:,} documents, {len(played.invariants) - len(wrong)} invariants hold",
        )
        for one in wrong:
            shared.say(f"  ✗ {one.vi}: {'; '.join(one.wrong)}", f"  ✗ {one.en}: {'; '.join(one.wrong)}")
    for one in soaked.closing:
        mark = "✓" if one.holds else "✗"
        shared.say(f"{mark} {one.vi} {'; '.join(one.wrong)}", f"{mark} {one.en} {'; '.join(one.wrong)}")
    shared.say(f"  {path}", f"  {path}")


def _row(trend: Trend) -> tuple[str, ...]:
    numbers = (trend.first, trend.last, trend.per_hour, trend.per_hour_second_half)
    shown = [f"{number:,.2f}" for number in numbers[:2]] + [f"{number:+,.2f}" for number in numbers[2:]]
    return ("✓" if trend.steady else "✗", f"{trend.name} {trend.unit}".strip(), *shown)
