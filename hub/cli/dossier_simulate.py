"""`truc dossiers simulate`: a share of a day's dossiers to a hub, and the time that it took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

import click

from clients.protocol.dossiers import sync
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import run, transport
from hub.core.model import Millis, vietnam_date
from hub.core.wire_dossiers import DONE
from hub.lab.simulate.dossiers import A_DAY, day


@make_command(
    "simulate", "agency", example="truc dossiers simulate --as 000.00.00.H52 --day 90000 --share 0.01 --unit H52.13"
)
@click.option("--day", "a_day", type=click.IntRange(1, 1_000_000), default=A_DAY, show_default=True, help="Dossiers.")
@click.option("--share", type=click.FloatRange(0.00001, 1), default=0.01, show_default=True, help="Sent of that day.")
@click.option("--unit", "units", multiple=True, metavar="CODE", help="One-stop units that take them [your own].")
@click.option("--rows", type=click.IntRange(1, 40), default=10, show_default=True, help="Dossiers of one call.")
def simulate(shared: Shared, a_day: int, share: float, units: Sequence[str], rows: int) -> int:
    """Gửi một phần hồ sơ của một ngày tới Trục và đo (dữ liệu giả, dùng khi thử nghiệm).

    Send a share of a day's made-up dossiers with five steps each, one call after another, and measure it. For a
    laboratory: these dossiers stay on record.
    """
    count = max(1, round(a_day * share))
    on = vietnam_date(Millis(time.time_ns() // 1_000_000))
    told = run(_play(shared, units or [shared.agency], count, rows, on))
    calls, wrong, seconds = told
    if shared.json:
        shared.emit({"dossiers": count, "calls": calls, "refused_calls": wrong, "seconds": round(seconds, 2)})
    else:
        whole = seconds * a_day / count
        vi = f"{count} hồ sơ, {calls} lời gọi trong {seconds:.1f} s; cả ngày {a_day} hồ sơ: khoảng {whole:.0f} s"
        en = f"{count} dossiers, {calls} calls in {seconds:.1f} s; a day of {a_day}: about {whole:.0f} s, one by one"
        printing.line(shared.pick(vi, en), mark="✗" if wrong else "✓")
    return Exit.REFUSED if wrong else Exit.OK


async def _play(shared: Shared, units: Sequence[str], count: int, rows: int, on: date) -> tuple[int, int, float]:
    hub = transport(shared)
    calls = wrong = 0
    began = time.perf_counter()
    try:
        for called in day(units, count, on, rows):
            answer = await hub.call(sync(called.service, shared.agency, called.rows))
            calls += 1
            wrong += answer.error_code != DONE
    finally:
        await hub.close()
    return calls, wrong, time.perf_counter() - began
