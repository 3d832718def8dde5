"""A list of internal procedures as a report's figures, at the command line: what is wrong with it, and its costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from clients import reporting
from clients.axis import AxisClient
from hub.cli import printing
from hub.cli.common import Exit, Shared
from hub.cli.reports.send import as_regime
from hub.cli.screen import show, table
from hub.core import wire_reporting as wire
from hub.core.errors import BadRequest
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes.reporting.procedure_list import BadLine, Listed, from_file
from hub.programmes.reporting.procedures import FREE, HUNDREDTHS, Sums, by_field, figures, fits, in_all
from hub.programmes.xlsx import MOST_BYTES, BadSheet


def read_list(file: Path) -> Listed:
    """BadRequest for a file that is no table. No more of it is read than a list may have."""
    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    try:
        return from_file(data)
    except BadSheet as error:
        raise BadRequest(expected=error.expected, found=error.found) from None


def tell_bad(shared: Shared, bad: Sequence[BadLine]) -> Exit:
    if shared.json:
        shared.emit({"wrong": [_record(one) for one in bad]})
        return Exit.REFUSED
    for one in bad:
        column = shared.pick(f", cột {one.column}", f", column {one.column}") if one.column else ""
        found, right = one.found or shared.pick("(trống)", "(none)"), EXPECTED_FOUND.vi(one.right)
        text = shared.pick(
            f"! dòng {one.line}{column}: {found} – cần: {right}",
            f"! line {one.line}{column}: {found} – expected: {one.right}",
        )
        printing.line(text, err=True, fg="yellow")
    return Exit.REFUSED


def _record(one: BadLine) -> dict[str, object]:
    right = {"vi": EXPECTED_FOUND.vi(one.right), "en": one.right}
    return {"line": one.line, "column": one.column, "found": one.found, **right}


async def of_list(
    axis: AxisClient, known: wire.RegimeTold, found: wire.FilledReport, listed: Listed
) -> wire.FilledReport:
    """The report with the figures of the list, as the hub judges it: of the agency alone, for a list is its own.
    BadRequest for a regime that asks for other figures."""
    if not fits(as_regime(known)):
        expected = "a regime that asks for the figures of internal procedures"
        raise BadRequest(expected=expected, found=known.regime.code)
    made = tuple(wire.FigureTold(**msgspec.to_builtins(one)) for one in figures(listed.procedures))
    report = msgspec.structs.replace(found.report, figures=made, texts=(), scope="own", missing=(), source="")
    judged = await axis.call(reporting.check(report))
    return msgspec.structs.replace(judged, revision=found.revision)


def tell_costs(shared: Shared, listed: Listed) -> None:
    """The arithmetic field by field; and how many procedures have no cost, for they add nothing to the sums."""
    head = shared.pick(
        "lĩnh vực|thủ tục|cắt giảm|trước (đồng/năm)|sau|tiết kiệm|%",
        "field|procedures|simplified|before (đồng a year)|after|saved|%",
    ).split("|")
    rows = [_costs(name, sums) for name, sums in by_field(listed.procedures).items()]
    rows.append(_costs(shared.pick("tất cả", "all"), in_all(listed.procedures)))
    show(table("", head, rows, right=tuple(range(1, len(head)))))
    if without := sum(one.before == FREE for one in listed.procedures):
        shared.warn(
            f"! {without} thủ tục không có chi phí, không tính vào tổng", f"! {without} procedures have no cost"
        )


def _costs(name: str, of: Sums) -> list[str]:
    share = of.saved_share
    counts = (of.counted, of.simplified, of.cost_before, of.cost_after, of.cost_saved)
    return [name, *(f"{count:,}" for count in counts), "–" if share is None else percent(share)]


def percent(hundredths: int) -> str:
    """7744 as 77.44."""
    whole, part = divmod(abs(hundredths), HUNDREDTHS)
    return f"{'-' if hundredths < 0 else ''}{whole}.{part:02}"
