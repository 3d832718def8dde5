"""`truc bench`: one run, everything in ratios taken within it."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.screen import console, show, table
from hub.lab.bench.exports import measure as exported
from hub.lab.bench.growth import Growth, grow
from hub.lab.bench.hooks import measure as hooked
from hub.lab.bench.leaders import measure as leaders_read
from hub.lab.bench.overload import Overload, Scale
from hub.lab.bench.overload import measure as flood
from hub.lab.bench.papers import measure as papers_verified
from hub.lab.bench.results import ABSOLUTES, TARGETS, flat, rounded
from hub.lab.bench.rounds import Figure
from hub.lab.bench.searching import measure as searched
from hub.lab.bench.suite import FULL, QUICK, Measured, measure
from hub.lab.hub_process import HubFailed, for_load
from hub.lab.machine import processors
from hub.lab.processes import WorkerFailed

_ENDPOINTS = 11_000
_EXAMPLE = """
truc bench --quick                     the eight parts, within 50 seconds
truc bench --json > bench.json         longer rounds, more of them
truc bench --growth --upto 1000000     the same cost at ten thousand and at a million documents?
truc bench --search --upto 1000000     how long a search takes, what its index costs an acceptance
truc bench --exports --upto 100000      CSV, XLSX, JSON lines: time, memory, and a submission beside one
truc bench --results                   a result registered, and verified by number, digest, QR, beside an acceptance
truc bench --signatures                PDF files with 1, 3 and 10 signatures: how many a second, memory of the child
truc bench --overload --seconds 60     ten times more than it can; one agency that floods beside ten that do not
"""


@click.option("--quick", is_flag=True, help="Short rounds: ends within 50 seconds on two cores.")
@click.option("--growth", is_flag=True, help="How cost, memory and start-up grow with what is stored.")
@click.option(
    "--upto",
    type=click.IntRange(1_000),
    default=100_000,
    show_default=True,
    help="With --growth, --search, --exports: documents.",
)
@click.option("--search", is_flag=True, help="Searches among many documents, and what their index costs.")
@click.option("--exports", is_flag=True, help="Exports of all documents, and what others wait beside one.")
@click.option("--webhooks", is_flag=True, help="11,000 endpoints: memory, start, one event to all of them.")
@click.option("--results", is_flag=True, help="Electronic results: registered, and verified in each way.")
@click.option("--signatures", is_flag=True, help="PDF files with 1, 3 and 10 signatures, as they are read.")
@click.option("--overload", is_flag=True, help="What becomes of it under ten times what it can keep up with.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 3_600),
    default=60.0,
    show_default=True,
    help="With --overload: of the flood.",
)
@click.option(
    "--fronts",
    type=click.IntRange(0, 64),
    help="Front processes of the hub (http.fronts) [as set up for load: one for each of its processors, up to four; "
    "of one none; with --overload half of the processors are its]",
)
def _bench(
    shared: Shared,
    quick: bool,
    growth: bool,
    upto: int,
    search: bool,
    exports: bool,
    webhooks: bool,
    results: bool,
    signatures: bool,
    overload: bool,
    seconds: float,
    fronts: int | None,
) -> int:
    """Đo tốc độ của Trục, so với mức sàn và với các thư viện khác trong cùng một lần chạy.

    Measure the hub against a floor, against signxml, python-xmlsec and pyas2lib, and against itself under load.

    A hub is started in a temporary folder; the load generator is another process and shares the processors with it.
    The libraries to compare with are development dependencies: a missing one is skipped, and said.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """
    try:
        with console(err=True).status("…") as status:

            def told(what: str) -> None:
                status.update(what)

            found: Growth | Overload | Measured
            if overload:
                found = flood(Scale(seconds), told, fronts)
            elif search:
                found = searched(upto, told)
            elif exports:
                found = exported(upto, told)
            elif webhooks:
                found = hooked(_ENDPOINTS, told)
            elif results:
                found = papers_verified(told)
            elif signatures:
                found = leaders_read(told)
            else:
                fronts = for_load(processors()) if fronts is None else fronts
                found = grow(upto, told) if growth else measure(QUICK if quick else FULL, told, fronts)
    except (HubFailed, WorkerFailed) as error:
        printing.line(f"{type(error).__name__}: {error}", err=True, fg="red")
        return Exit.REFUSED
    if isinstance(found, Growth | Overload):
        return _tell_flat(shared, found)
    shared.emit(flat(found)) if shared.json else _tell(shared, found)
    return Exit.REFUSED if found.wrong else Exit.OK


command = make_command("bench", example=_EXAMPLE)(_bench)


def _tell(shared: Shared, measured: Measured) -> None:
    figures = measured.figures
    columns = (
        "",
        shared.pick("đo được", "measured"),
        shared.pick("thấp–cao", "low–high"),
        shared.pick("đích", "target"),
        "",
    )
    rows: list[tuple[object, ...]] = []
    for target in TARGETS:
        figure = figures.get(target.key)
        mark = "–" if figure is None else "✓" if target.met(figure) else "✗"
        rows.append((shared.text(target.text), *_cells(figure), target.wanted, mark))
    rows += [(shared.text(text), *_cells(figures.get(key)), "", "") for key, text in ABSOLUTES.items()]
    show(table("truc bench", columns, rows, right=(1, 2, 3)))
    m = measured.machine
    under = f"{m.processors} × {m.processor}, {m.python}, SQLite {m.sqlite}, fsync {m.fsync_ms} ms, load {m.load}"
    shared.say(f"{under}; {measured.seconds:.0f} s", f"{under}; {measured.seconds:.0f} s")
    for name, why in measured.skipped.items():
        shared.warn(f"bỏ qua {name}: {why}", f"skipped {name}: {why}")
    for text in measured.wrong:
        shared.warn(f"SAI: {text}", f"WRONG: {text}")


def _cells(figure: Figure | None) -> tuple[str, str]:
    if figure is None:
        return "–", ""
    spread = f"{rounded(figure.low):g}–{rounded(figure.high):g}" if figure.rounds > 1 else ""
    return f"{rounded(figure.median):g}", spread


def _tell_flat(shared: Shared, found: Growth | Overload) -> int:
    figures: dict[str, Any] = found.flat()
    if shared.json:
        shared.emit(figures)
    else:
        shown = [
            (name, value if isinstance(value, str) else msgspec.json.encode(value).decode())
            for name, value in figures.items()
        ]
        title = "truc bench" if isinstance(found, Growth) else "truc bench --overload"
        show(table(title, ("", shared.pick("đo được", "measured")), shown, right=(1,)))
    lost = isinstance(found, Overload) and found.figures["overload_lost"] > 0
    return Exit.REFUSED if found.wrong or lost else Exit.OK
