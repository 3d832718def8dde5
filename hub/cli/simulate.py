"""`truc simulate`: the country plays, and afterwards everything is checked from the clients' own books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.screen import bars, show, table
from hub.core.model import DeliveryState
from hub.lab import machine
from hub.lab.hub_process import HubFailed
from hub.lab.processes import WorkerFailed
from hub.lab.simulate import reform as reforms
from hub.lab.simulate.charts import duration
from hub.lab.simulate.check import Invariant
from hub.lab.simulate.corpus import Unfit
from hub.lab.simulate.country import SIZES
from hub.lab.simulate.page import page
from hub.lab.simulate.report import Report, report_of
from hub.lab.simulate.run import Moment, OnProgress, Options, perform

_PHASES: Final = {
    "keys": ("khóa", "keys"),
    "signing": ("ký trước", "signing beforehand"),
    "hub": ("dựng Trục", "setting up a hub"),
    "tokens": ("xin token", "tokens"),
    "sending": ("gửi và nhận", "sending and receiving"),
    "draining": ("nhận nốt", "receiving what is left"),
    "verifying": ("xác minh biên nhận", "verifying receipts"),
    "checking": ("kiểm bất biến", "checking"),
    "before": ("trước ngày sắp xếp", "before the reorganisation"),
    "night": ("sắp xếp đơn vị hành chính", "the reorganisation"),
    "after": ("sau ngày sắp xếp", "after the reorganisation"),
}
_DOCUMENTS_OF_REFORM: Final = 80
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_EXAMPLE = """
truc simulate                                            1,000 documents, as fast as it goes, a hub of its own
truc simulate --rate 30 --seconds 60 --day 60            one working day in a minute, 30 documents/s on average
truc simulate --documents 20000 --corpus var/corpus      signed once, played again and again
truc simulate --reform --agencies 24                     1 July 2025: 34 provinces, no districts, documents under way
truc simulate --url http://127.0.0.1:8470 --keys var/sandbox/keys --documents 200
"""


@click.option("--agencies", type=click.IntRange(2, 12_000), default=100, show_default=True, help="How many play.")
@click.option("--documents", type=click.IntRange(1), help="How many documents [1000, or what --seconds allows].")
@click.option("--seconds", type=click.FloatRange(0), default=0.0, help="Send no longer than this.")
@click.option("--rate", type=click.FloatRange(0), default=0.0, help="Open loop: documents per second on average.")
@click.option(
    "--closed", type=click.IntRange(1), default=16, show_default=True, help="Without --rate: senders at once."
)
@click.option(
    "--day", type=click.FloatRange(0), default=0.0, help="With --rate: a working day passes in so many seconds."
)
@click.option(
    "--dossiers",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    help="Dossiers of one-stop units for each document; the whole country has 10.8.",
)
@click.option("--sizes", type=click.Choice(sorted(SIZES)), default="mix", show_default=True, help="Sizes of documents.")
@click.option("--seed", type=int, default=2022, show_default=True, help="The same seed, the same country.")
@click.option("--processes", type=click.IntRange(1, 64), help="Client processes [one for each processor, at most 2].")
@click.option("--corpus", type=_FOLDER, help="Folder of signed messages: made where it is empty, else played again.")
@click.option("--url", "hub_url", default="", help="A running hub (a sandbox) in place of one of its own.")
@click.option("--cacert", "hub_cacert", type=_FILE, help="With --url: PEM of the CA of its TLS certificate.")
@click.option(
    "--keys", "hub_keys", type=_FOLDER, default=Path("var/sandbox/keys"), help="With --url: its agencies' keys."
)
@click.option("--policy", "hub_policy", type=_FILE, help="With --url: trust policy [<keys>/anchors/log.policy].")
@click.option("--reform", is_flag=True, help="Play the reorganisation of July 2025, with documents under way.")
@click.option("--out", type=_FOLDER, default=Path("var/simulate"), show_default=True, help="Folder for the report.")
def _simulate(
    shared: Shared, documents: int | None, processes: int | None, reform: bool, out: Path, **given: Any
) -> int:
    """Mô phỏng cả nước gửi, nhận, từ chối, báo cáo, cập nhật, lấy lại văn bản, rồi kiểm tra mọi bất biến.

    Play the country: agencies of four tiers send, fetch, refuse, report, update and take back, over real HTTP. Some
    documents carry tasks, reports, dossiers and results, which are answered; boards have to count them.

    At the end every invariant is checked from the clients' own records, every receipt is verified, and a report is
    written: report.json and report.html. The exit code is 0 only when all invariants hold. Without --url a hub is
    started for it in a temporary folder. With --reform it is one scene against a hub of its own: --agencies that end
    that night, --documents before it and after it, and --seed count.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """
    if reform:
        if given["hub_url"]:
            raise click.UsageError("--reform: no --url")
        return _reform(shared, given["agencies"], documents, given["seed"], out)
    options = Options(
        documents=documents or (0 if given["seconds"] else 1_000),
        processes=processes or min(2, machine.processors()),
        url=given.pop("hub_url").rstrip("/"),
        cacert=str(given.pop("hub_cacert") or ""),
        keys=given.pop("hub_keys"),
        policy=given.pop("hub_policy"),
        **given,
    )
    try:
        with live(shared) as told:
            report = report_of(perform(options, told))
    except (Unfit, HubFailed, WorkerFailed) as error:
        printing.line(f"{type(error).__name__}: {error}", err=True, fg="red")
        return Exit.USAGE if isinstance(error, Unfit) else Exit.REFUSED
    paths = _write(out, report)
    if shared.json:
        shared.emit(msgspec.to_builtins(report) | {"report": [str(path) for path in paths]})
    else:
        _tell(shared, report, paths)
    return Exit.OK if report.ok else Exit.REFUSED


def _reform(shared: Shared, agencies: int, documents: int | None, seed: int, out: Path) -> int:
    """The night of 1 July 2025."""
    options = reforms.Options(ending=agencies, documents=documents or _DOCUMENTS_OF_REFORM, seed=seed)
    try:
        with live(shared) as told:
            played = reforms.perform(options, lambda phase, done, of: told(phase, done, of, None))
    except (HubFailed, WorkerFailed) as error:
        printing.line(f"{type(error).__name__}: {error}", err=True, fg="red")
        return Exit.REFUSED
    out.mkdir(parents=True, exist_ok=True)
    path = out / "reform.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(played), indent=1))
    if shared.json:
        shared.emit(msgspec.to_builtins(played) | {"ok": played.holds, "report": [str(path)]})
    else:
        _show(shared, played.invariants)
        shared.say(
            f"{played.agencies_changed:,} đơn vị thay đổi trong {played.night_seconds:.1f} s",
            f"{played.agencies_changed:,} agencies changed in {played.night_seconds:.1f} s",
        )
        shared.say(
            f"{played.documents} văn bản, {played.deliveries} lượt giao, {played.in_flight} đang trên đường đêm ấy, "
            f"{played.statuses} trạng thái",
            f"{played.documents} documents, {played.deliveries} deliveries, {played.in_flight} under way that night, "
            f"{played.statuses} statuses",
        )
        shared.say(f"  {path}", f"  {path}")
    return Exit.OK if played.holds else Exit.REFUSED


command = make_command("simulate", example=_EXAMPLE)(_simulate)


def _write(folder: Path, report: Report) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    told, shown = folder / "report.json", folder / "report.html"
    told.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    shown.write_text(page(report), encoding="utf-8")
    return told, shown


@contextmanager
def live(shared: Shared) -> Iterator[OnProgress]:
    """Live progress on stderr, where that is a terminal."""
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[seen]}"),
        TimeElapsedColumn(),
    )
    with bars(*columns, hidden=shared.json) as bar:
        line = bar.add_task("", total=1, seen="")

        def told(phase: str, done: int, of: int, moment: Moment | None) -> None:
            seen = _seen(shared, moment) if moment else ""
            bar.update(line, description=shared.pick(*_PHASES[phase]), completed=done, total=of, seen=seen)

        yield told


def _seen(shared: Shared, moment: Moment) -> str:
    rate = moment.sent / max(moment.at, 0.1)
    words = shared.pick(
        f"{rate:.0f} văn bản/s · giao {moment.handed} · trạng thái {moment.said} · từ chối {moment.refused}",
        f"{rate:.0f} documents/s · {moment.handed} handed over · {moment.said} statuses · {moment.refused} refused",
    )
    return f"{words} · {moment.rss_mb:.0f} MB" if moment.rss_mb else words


def _tell(shared: Shared, report: Report, paths: tuple[Path, ...]) -> None:
    _show(shared, report.invariants)
    _tell_figures(shared, report)
    for path in paths:
        shared.say(f"  {path}", f"  {path}")


def _show(shared: Shared, invariants: Sequence[Invariant]) -> None:
    rows = [(_mark(i.holds), shared.pick(i.vi, i.en), f"{i.counted:,}", "; ".join(i.wrong)) for i in invariants]
    names = ("", shared.pick("bất biến", "invariant"), shared.pick("đã xét", "looked at"), shared.pick("sai", "wrong"))
    show(table(shared.pick("Kiểm bằng sổ của các đơn vị", "From the agencies' own books"), names, rows, right=(2,)))


def _tell_figures(shared: Shared, report: Report) -> None:
    shared.say(
        f"{report.documents} văn bản, {report.deliveries} lượt giao, {report.statuses} trạng thái trong "
        f"{report.seconds:.1f} s: {report.documents_per_s:.0f} văn bản/s, {report.messages_per_s:.0f} thông điệp/s",
        f"{report.documents} documents, {report.deliveries} deliveries, {report.statuses} statuses in "
        f"{report.seconds:.1f} s: {report.documents_per_s:.0f} documents/s, {report.messages_per_s:.0f} messages/s",
    )
    times = [duration(ms) for ms in (report.accept.p50, report.accept.p99, report.delivery.p50, report.delivery.p99)]
    shared.say(
        "chấp nhận p50 {}, p99 {}; tới nơi nhận p50 {}, p99 {}".format(*times),
        "accepted p50 {}, p99 {}; handed over p50 {}, p99 {}".format(*times),
    )
    total = report.figures.ledger[-1]
    states = ", ".join(f"{state.value} {getattr(total, state.value)}" for state in DeliveryState)
    shared.say(
        f"sổ: {total.accepted} = {states}; chênh lệch {total.difference}",
        f"ledger: {total.accepted} = {states}; difference {total.difference}",
    )


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"
