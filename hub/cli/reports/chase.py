"""`truc reports chase`: agencies that have not sent are urged, by a document."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from clients.axis import Sent
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import MOST_RECIPIENTS, Letter, named, of_period, send, signed_by, tell_sent
from hub.cli.reports.table import all_lines
from hub.programmes.reporting.packets import ChasePacket


@make_command(
    "chase",
    "agency",
    example="truc reports chase --regime II.06a --period 2026-Q4 --as 000.00.00.G22",
)
@of_period
@click.option("--before-due", is_flag=True, help="Also those whose deadline has not come yet.")
@click.option("--dry-run", is_flag=True, help="Tell whom it would urge, and send nothing.")
@signed_by
def command(shared: Shared, regime: str, owner: str, period: str, before_due: bool, dry_run: bool, **given: Any) -> int:
    """Đôn đốc các đơn vị quá hạn chưa nộp, bằng văn bản trên Trục.

    Urge the agencies that are overdue, by a signed document on the axis: one for each deadline. An agency that has
    sent its report is not urged.
    """
    late = run(all_lines(shared, regime, owner, period, "", "overdue"))
    lines = list(late.lines)
    if before_due:
        lines += run(all_lines(shared, regime, owner, period, "", "waited-for")).lines
    by_due: dict[date, list[str]] = {}
    for line in lines:
        by_due.setdefault(line.deadline or late.day, []).append(line.reporter)
    if dry_run or not lines:
        if shared.json:
            shared.emit({"urged": [line.reporter for line in lines]})
        shared.say(
            f"{len(lines)} đơn vị: {', '.join(line.reporter for line in lines[:40]) or '–'}",
            f"{len(lines)} agencies: {', '.join(line.reporter for line in lines[:40]) or '–'}",
        )
        return Exit.OK

    async def work() -> int:
        sent: list[Sent] = []
        async with client(shared) as axis:
            known = await named(axis, regime, owner)
            for due, reporters in sorted(by_due.items()):
                packet = ChasePacket(regime=regime, period=period, due=due, days_late=max((late.day - due).days, 0))
                for begin in range(0, len(reporters), MOST_RECIPIENTS):
                    some, letter = reporters[begin : begin + MOST_RECIPIENTS], Letter.of(given).numbered(len(sent))
                    sent.append(await send(shared, axis, packet, known.regime.vi, some, letter))
        tell_sent(shared, sent)
        return Exit.OK

    return run(work())
