"""`truc results supersede`: another result takes the place of one."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.common import Shared, make_command
from hub.cli.connect import run
from hub.cli.results.sending import CODE, ISSUER, RECEIPT, SAVE, TO, Letter, send
from hub.programmes.results.packets import SuccessionPacket


@make_command(
    "supersede",
    "agency",
    example="""
truc results supersede --as 000.00.00.H52 --to 000.00.00.G22 --code H52.01-261120-0001-KQ1 \\
     --successor H52.01-261120-0001-KQ2""",
)
@CODE
@click.option("--successor", required=True, help="Number of the result in its place, which is registered already.")
@ISSUER
@TO
@RECEIPT
@SAVE
def command(
    shared: Shared,
    code: str,
    successor: str,
    issuer: str,
    recipients: tuple[str, ...],
    receipt: Path | None,
    save: Path | None,
) -> int:
    """Thay một kết quả bằng kết quả khác đã đăng ký.

    Put a registered result in the place of another.
    """
    packet = SuccessionPacket(packet="result-succession/1", code=code, successor=successor, issuer=issuer)
    subject = shared.pick(f"V/v thay thế kết quả điện tử {code}", f"Succession of result {code}")
    return run(send(shared, Letter(subject, packet), recipients, receipt, save))
