"""`truc reports table`: sent and late reports, by tier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from clients import reporting
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import of_period
from hub.cli.screen import show, table
from hub.core import register
from hub.core import wire_reporting as wire

_HOW = ("in-time", "late", "waited-for", "overdue")
_DAY = click.DateTime(["%Y-%m-%d"])
_MOST_PAGES = 20
_SHOWN = 60
_COLUMNS = ("reporter", "name", "tier", "state", "how", "due", "deadline", "first_sent", "version", "returns", "chased",
            "reason", "document")  # fmt: skip
_VIETNAMESE = ("mã", "đơn vị", "cấp", "trạng thái", "tiến độ", "hạn theo chế độ", "hạn", "ngày nộp", "lần",
               "số lần trả lại", "đôn đốc", "lý do", "văn bản")  # fmt: skip
_WORDS = ("tier", "state", "how")


@make_command(
    "table",
    "caller",
    example="""
truc reports table --regime II.06a --period 2026-Q4 --as 000.00.00.G22
truc reports table --regime II.06a --period 2026-Q4 --how overdue --csv --as 000.00.00.G22""",
)
@of_period
@click.option("--receiver", default="", metavar="CODE", help="Whose reporters [yours].")
@click.option("--how", type=click.Choice(_HOW), default=None, help="Only those that stand so.")
@click.option("--day", type=_DAY, default=None, metavar="DAY", help="As of that day [today].")
@click.option("--csv", "as_csv", is_flag=True, help="All lines as CSV, UTF-8 with BOM.")
def command(
    shared: Shared, regime: str, owner: str, period: str, receiver: str, how: str | None, day: Any, as_csv: bool
) -> int:
    """Ai đã nộp, ai chậm: theo cấp, rồi từng đơn vị, quá hạn đứng trước.

    Agencies that have sent and agencies that are late: by tier, then each agency, those overdue first. Of each tier,
    expected = in time + late + waited for + overdue. Exit 1 where somebody is overdue.
    """
    found = run(all_lines(shared, regime, owner, period, receiver, how or "", f"{day:%Y-%m-%d}" if day else ""))
    if shared.json:
        shared.emit(found)
    elif as_csv:
        head = _VIETNAMESE if shared.lang == "vi" else _COLUMNS
        printing.csv("".join(register.csv_lines(_rows(shared, found.lines), head)))
    else:
        _tell(shared, found)
    return Exit.REFUSED if found.total.overdue else Exit.OK


async def all_lines(
    shared: Shared, regime: str, owner: str, period: str, receiver: str, how: str, day: str = ""
) -> wire.ReportTable:
    """With the lines of all pages."""
    lines: list[wire.ReportLine] = []
    cursor = ""
    async with client(shared) as axis:
        for _ in range(_MOST_PAGES):
            found = await axis.call(
                reporting.table(regime, period, owner=owner, receiver=receiver, how=how, day=day, cursor=cursor)
            )
            lines += found.lines
            cursor = found.cursor
            if not cursor:
                break
    return wire.ReportTable(**{**{n: getattr(found, n) for n in found.__struct_fields__}, "lines": lines})


def _rows(shared: Shared, lines: Iterable[wire.ReportLine]) -> Iterable[list[str]]:
    for line in lines:
        cells = {name: "" if (value := getattr(line, name)) is None else str(value) for name in _COLUMNS}
        yield [shared.term(cell) if name in _WORDS else cell for name, cell in cells.items()]


def _tell(shared: Shared, found: wire.ReportTable) -> None:
    shared.say(
        f"{found.regime} kỳ {found.period}, nơi nhận {found.receiver}, tính đến {found.day}",
        f"{found.regime} {found.period} for {found.receiver}, as of {found.day}",
    )
    head = shared.pick(
        "cấp|phải nộp|đã nộp|đúng hạn|muộn|chờ|quá hạn|đã duyệt|trả lại",
        "tier|expected|sent|in time|late|waited for|overdue|accepted|returned",
    ).split("|")
    counts = [found.total, *found.tiers]
    rows = [
        [shared.term(c.tier) if c.tier else shared.pick("tất cả", "all"), c.expected, c.sent, c.in_time, c.late,
         c.waited_for, c.overdue, c.accepted, c.returned]
        for c in counts
    ]  # fmt: skip
    show(table("", head, rows, right=tuple(range(1, 9))))
    head = shared.pick(
        "đơn vị|trạng thái|tiến độ|hạn|ngày nộp|lần|đôn đốc|lý do|mã",
        "agency|state|how|deadline|sent|version|urged|reason|code",
    ).split("|")
    lines = [
        [x.name, shared.term(x.state), shared.term(x.how), x.deadline or "–", x.first_sent or "–", x.version or "–",
         x.chased or "", x.reason, x.reporter]
        for x in found.lines[:_SHOWN]
    ]  # fmt: skip
    if lines:
        show(table("", head, lines))
    if (rest := len(found.lines) - _SHOWN) > 0:
        shared.say(f"… và {rest} đơn vị nữa (--csv, --json)", f"… and {rest} more (--csv, --json)")
