"""`truc reports return`: a report comes back to its sender with a reason."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import Shared, make_command
from hub.cli.reports.accept import decide
from hub.cli.reports.common import Letter, of_period, signed_by
from hub.programmes.reporting.packets import Decision


@make_command(
    "return",
    "agency",
    example="""
truc reports return --regime II.06a --period 2026-Q4 --of 000.00.00.H52 --reason "Cột 3 chưa khớp 7 + 11" \\
     --as 000.00.00.G22""",
)
@of_period
@click.option("--of", "reporter", required=True, metavar="CODE", help="Whose report.")
@click.option("--reason", required=True, metavar="TEXT", help="Why: what is to be corrected.")
@signed_by
def command(shared: Shared, regime: str, owner: str, period: str, reporter: str, reason: str, **given: Any) -> int:
    """Trả lại báo cáo để chỉnh sửa, có lý do; đơn vị gửi lại lần sau.

    Return the latest version of an agency's report with a reason, by a signed document. The agency sends the next
    version; a return does not make it late.
    """
    if not reason.strip():
        raise click.UsageError("--reason")
    return decide(shared, regime, owner, period, reporter, Decision.RETURNED, reason.strip(), Letter.of(given))
