"""`truc reports sums`: the sums of all reports, tier by tier, and whose are not in them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from clients import reporting
from hub.base.sheets import workbook
from hub.cli import printing
from hub.cli.common import Exit, Shared, kept, make_command
from hub.cli.connect import asked
from hub.cli.reports.common import of_period
from hub.cli.screen import show, table
from hub.core import register
from hub.core import wire_reporting as wire

_VALUES = ("actual", "estimate", "plan")
_SHOWN = 60
"""Agencies of the table; --csv, --xlsx and --json have them all."""


@make_command(
    "sums",
    "caller",
    example="""
truc reports sums --regime II.06a --period 2026-Q4 --as 000.00.00.G22
truc reports sums --regime QD1085-2022 --period 2024 --as 000.00.00.G22 --xlsx tong-hop.xlsx""",
)
@of_period
@click.option("--receiver", default="", metavar="CODE", help="Over whose reporters [yours].")
@click.option("--value", type=click.Choice(_VALUES), default="actual", help="Which value of the figures.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, an agency a line, UTF-8 with BOM.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="The same as XLSX.")
def command(
    shared: Shared, regime: str, owner: str, period: str, receiver: str, value: str, as_csv: bool, xlsx: Path | None
) -> int:
    """Tổng hợp số liệu các cấp; đơn vị chưa báo cáo được nêu tên, không tính là 0.

    Sums over all agencies that report to you and to those below them. An agency that did not report is named and is no
    zero; ratios are computed from the sums. Of QD1085-2022 its milestones too. Exit 1 where figures are missing.
    """
    found = asked(
        shared, lambda axis: reporting.all_sums(axis, regime, period, owner=owner, receiver=receiver, value=value)
    )
    if shared.json:
        shared.emit(found)
    elif as_csv:
        cells = ([str(cell) for cell in row] for row in _lines(shared, found))
        printing.csv("".join(register.csv_lines(cells, _head(shared, found))))
    elif xlsx is not None:
        target = io.BytesIO()
        workbook(target, f"{found.regime} {found.period}", _head(shared, found), _lines(shared, found))
        if code := kept(shared, xlsx, target.getvalue()):
            return code
        shared.say(f"Đã ghi {xlsx}", f"wrote {xlsx}")
    else:
        _tell(shared, found)
    return Exit.REFUSED if found.missing else Exit.OK


def _head(shared: Shared, found: wire.ReportSums) -> list[str]:
    return [*shared.pick("mã|đơn vị", "code|name").split("|"), *(one.code for one in found.figures)]


def _lines(shared: Shared, found: wire.ReportSums) -> Iterator[list[str | int | float]]:
    """The sum first, then each that reported, then the holes: their cells are empty."""
    yield ["", shared.pick("tổng hợp", "sum"), *(f.digits if f.value is None else f.value for f in found.figures)]
    for one in found.agencies:
        yield [one.agency, one.name, *(f.digits if f.value is None else f.value for f in one.figures)]
    for hole in found.missing:
        yield [hole.code, hole.name, *("" for _ in found.figures)]


def _tell(shared: Shared, found: wire.ReportSums) -> None:
    shared.say(
        f"{found.regime} kỳ {found.period}, nơi nhận {found.receiver}: {found.reported} đơn vị đã báo cáo",
        f"{found.regime} {found.period} for {found.receiver}: {found.reported} agencies reported",
    )
    head = shared.pick("mã|chỉ tiêu|tổng hợp", "code|indicator|sum").split("|")
    units = {f.code: f" ({f.unit})" if f.unit else "" for f in found.figures}
    rows = [
        [f.code, shared.pick(f.vi, f.en) + units[f.code], f.digits or "–" if f.value is None else f"{f.value:,g}"]
        for f in found.figures
    ]
    show(table("", head, rows, right=(2,)))
    _tell_agencies(shared, found.agencies)
    names = {f.code: shared.pick(f.vi, f.en) for f in found.figures}
    for m in found.milestones:
        reached = "–" if m.reached is None else f"{m.reached:g} %"
        mark = "✓" if m.met else "✗" if m.asked else "·"
        shared.say(
            f"{mark} trước {m.before:%d/%m/%Y}: {names[m.figure]} ≥ {m.percent} % của {names[m.of]}: {reached}",
            f"{mark} before {m.before}: {names[m.figure]} ≥ {m.percent} % of {names[m.of]}: {reached}",
        )
    if wrong := [one.agency for one in found.agencies if one.wrong]:
        shared.warn(f"! Số liệu sai trong báo cáo của: {', '.join(wrong[:20])}",
                    f"! wrong figures in the reports of: {', '.join(wrong[:20])}")  # fmt: skip
    if found.missing:
        some = ", ".join(f"{hole.name} ({hole.code})" for hole in found.missing[:20])
        count = len(found.missing)
        shared.warn(f"! Chưa có số liệu của {count} đơn vị: {some}", f"! {count} agencies are not in it: {some}")


def _told(one: wire.AgencyFigures) -> int:
    return sum(f.value is not None or bool(f.digits) for f in one.figures)


def _tell_agencies(shared: Shared, agencies: Sequence[wire.AgencyFigures]) -> None:
    """Those that reported to the receiver, a bounded number of them, and how much their reports tell."""
    if not agencies:
        return
    head = shared.pick("mã|đơn vị|gồm cấp dưới|chỉ tiêu có số|sai", "code|agency|with those below|figures|wrong").split(
        "|"
    )
    rows = [
        [
            one.agency,
            one.name,
            "✓" if one.whole else "",
            _told(one),
            one.wrong or "",
        ]
        for one in agencies[:_SHOWN]
    ]
    show(table("", head, rows, right=(3, 4)))
    if (rest := len(agencies) - _SHOWN) > 0:
        shared.say(f"… và {rest} đơn vị nữa (--csv, --xlsx, --json)", f"… and {rest} more (--csv, --xlsx, --json)")
