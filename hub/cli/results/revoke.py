"""`truc results revoke`: a result that was registered has no effect any more."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.common import Shared, make_command
from hub.cli.connect import run
from hub.cli.results.sending import CODE, ISSUER, RECEIPT, SAVE, TO, Letter, send
from hub.programmes.results.packets import RevocationPacket


@make_command(
    "revoke",
    "agency",
    example="""
truc results revoke --as 000.00.00.H52 --to 000.00.00.G22 --code H52.01-261120-0001-KQ1 \\
     --decision "12/QĐ-UBND" --reason "Cấp sai" --receipt thu-hoi.tlog-proof""",
)
@CODE
@click.option("--reason", required=True, help="Why; whoever holds the file is told.")
@click.option("--decision", default="", help="Number and notation of the decision.")
@ISSUER
@TO
@RECEIPT
@SAVE
def command(
    shared: Shared,
    code: str,
    reason: str,
    decision: str,
    issuer: str,
    recipients: tuple[str, ...],
    receipt: Path | None,
    save: Path | None,
) -> int:
    """Thu hồi, hủy một kết quả đã đăng ký: có bằng chứng, và báo các cơ quan nhận.

    Revoke a registered result, with evidence of it; the recipients are told.
    """
    packet = RevocationPacket(packet="result-revocation/1", code=code, reason=reason, decision=decision, issuer=issuer)
    subject = shared.pick(f"V/v thu hồi kết quả điện tử {code}", f"Revocation of result {code}")
    return run(send(shared, Letter(subject, packet), recipients, receipt, save))
