"""`truc reports accept`: a report is right, said by a document."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import Letter, named, of_period, send, signed_by, tell_sent
from hub.cli.reports.table import all_lines
from hub.core.errors import NotFound
from hub.programmes.reporting.packets import Decision, DecisionPacket


@make_command(
    "accept",
    "agency",
    example="truc reports accept --regime II.06a --period 2026-Q4 --of 000.00.00.H52 --as 000.00.00.G22",
)
@of_period
@click.option("--of", "reporter", required=True, metavar="CODE", help="Whose report.")
@signed_by
def command(shared: Shared, regime: str, owner: str, period: str, reporter: str, **given: Any) -> int:
    """Duyệt báo cáo đã nhận của một đơn vị.

    Accept the latest version of an agency's report, by a signed document.
    """
    return decide(shared, regime, owner, period, reporter, Decision.ACCEPTED, "", Letter.of(given))


def decide(
    shared: Shared,
    regime: str,
    owner: str,
    period: str,
    reporter: str,
    decision: Decision,
    reason: str,
    letter: Letter,
) -> int:
    """The version is the one that was there when this was decided: NotFound where none was."""

    async def work() -> int:
        found = await all_lines(shared, regime, owner, period, "", "")
        line = next((line for line in found.lines if line.reporter == reporter and line.version), None)
        if line is None:
            raise NotFound(expected="a report that was sent", found=reporter[:64])
        packet = DecisionPacket(
            regime=regime, period=period, reporter=reporter, version=line.version, decision=decision, reason=reason
        )
        async with client(shared) as axis:
            known = await named(axis, regime, owner)
            tell_sent(shared, [await send(shared, axis, packet, known.regime.vi, [reporter], letter)])
        return Exit.OK

    return run(work())
