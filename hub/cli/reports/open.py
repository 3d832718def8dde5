"""`truc reports open`: a period, opened by documents to those that report."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from clients import reporting
from clients.axis import AxisClient, Sent
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import MOST_RECIPIENTS, Letter, of_period, send, signed_by, tell_sent
from hub.core import wire_reporting as wire
from hub.programmes.reporting.packets import PeriodPacket
from hub.programmes.reporting.regime import Binds
from hub.programmes.working_days import Due, vietnam

_DAY = click.DateTime(["%Y-%m-%d"])


@make_command(
    "open",
    "agency",
    example="""
truc reports open --regime II.06a --period 2026-Q4 --as 000.00.00.G22
truc reports open --regime II.06a --period 2026-Q4 --due 2026-12-18 --to 000.05.21.H52 --as 000.00.00.H52""",
)
@of_period
@click.option("--to", "recipients", multiple=True, metavar="CODE", help="These alone [all who report to you].")
@click.option("--due", type=_DAY, default=None, metavar="DAY", help="Another deadline than the regime's.")
@signed_by
def command(
    shared: Shared,
    regime: str,
    owner: str,
    period: str,
    recipients: tuple[str, ...],
    due: Any,
    **given: Any,
) -> int:
    """Mở kỳ báo cáo: mỗi cấp một văn bản, nêu thời hạn của cấp đó.

    Open a period: one document for each tier that reports to you by the directory, with that tier's deadline. Opened
    again with another --due, it moves the deadline.
    """

    async def work() -> int:
        async with client(shared) as axis:
            known = await axis.call(reporting.regime(regime, period, owner=owner))
            sent = await _open(shared, axis, known, recipients, due.date() if due else None, Letter.of(given))
        if not sent:
            shared.warn(
                "! Theo danh mục, không có đơn vị nào báo cáo cho đơn vị này; nêu nơi nhận bằng --to",
                "! by the directory nobody reports to this agency; name them with --to",
            )
            return Exit.REFUSED
        tell_sent(shared, sent)
        return Exit.OK

    return run(work())


async def _open(
    shared: Shared, axis: AxisClient, known: wire.RegimeTold, only: tuple[str, ...], due: date | None, letter: Letter
) -> list[Sent]:
    sent: list[Sent] = []
    for day, reporters in _asked(shared, known, only, due):
        packet = PeriodPacket(
            regime=known.regime.code,
            owner=known.regime.owner,
            period=known.period,
            first=known.first or day.day,
            last=known.last or day.day,
            due=day.day,
            moved=day.moved,
            binds=Binds(known.binds),
        )
        for begin in range(0, len(reporters), MOST_RECIPIENTS):
            some, named = reporters[begin : begin + MOST_RECIPIENTS], letter.numbered(len(sent))
            sent.append(await send(shared, axis, packet, known.regime.vi, some, named, due=packet.due))
    return sent


def _asked(
    shared: Shared, known: wire.RegimeTold, only: tuple[str, ...], due: date | None
) -> list[tuple[Due, list[str]]]:
    """Deadline and agencies of each tier; of a tier those agencies alone that were named. A named agency that reports
    to somebody else by the directory is asked all the same, until the last of the deadlines."""
    other = vietnam().due(due) if due is not None else None
    found = [
        (other or Due(tier.due, tier.moved), [code for code in tier.reporters if not only or code in only])
        for tier in known.tiers
    ]
    placed = {code for _, reporters in found for code in reporters}
    if rest := [code for code in only if code not in placed]:
        last = other or max((Due(tier.due, tier.moved) for tier in known.tiers), default=None)
        if last is None:
            raise click.UsageError(shared.pick("thiếu --due", "--due needed"))
        found.append((last, rest))
    return [(day, reporters) for day, reporters in found if reporters]
