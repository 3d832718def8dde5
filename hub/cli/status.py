"""`truc status`: report the progress of a document."""

from __future__ import annotations

import click

from clients.axis import Sent
from hub.cli.common import DOCUMENT, Exit, Shared, make_command, told_by_hub
from hub.cli.connect import client, run
from hub.cli.screen import pairs, short, show
from hub.core.edxml import Staff
from hub.core.model import StatusCode

_CODES = [code.value for code in StatusCode if code is not StatusCode.TAKE_BACK]


@make_command(
    "status",
    "agency",
    example="""
truc status --as 000.00.00.H52 --document 01a2057f-6f84-80c3-b934-da0000000001 --code 03
truc status --as 000.00.00.H52 --document 07/QĐ-VX --reason "Gửi nhầm" --code 02""",
)
@DOCUMENT
@click.option(
    "--code",
    required=True,
    type=click.Choice(_CODES),
    help="01 arrived, 02 refused, 03 accepted, 04 assigned, 05 in progress, 06 done, 15 agreed, 16 disagreed.",
)
@click.option("--reason", default="", help="Why (02 and 16), or what else to say.")
@click.option("--department", default="", help="Department that handles it.")
@click.option("--staff", default="", help="Who handles it.")
def command(shared: Shared, document: str, code: str, reason: str, department: str, staff: str) -> int:
    """Ký và gửi trạng thái xử lý của một văn bản đã nhận.

    Sign and send a status on a document that was received; 15 and 16 answer an update or a take-back.
    """
    chosen = StatusCode(code)
    if chosen in (StatusCode.REFUSED, StatusCode.DISAGREED) and not reason:
        raise click.UsageError(shared.pick(f"--code {code} cần --reason", f"--code {code} needs --reason"))
    sent = run(_status(shared, document, chosen, reason, Staff(department=department, staff=staff)))
    tell(shared, sent)
    return Exit.OK


async def _status(shared: Shared, document: str, code: StatusCode, reason: str, staff: Staff) -> Sent:
    async with client(shared) as axis:
        message = await axis.named(document, side="received")
        return await axis.status(code, message, reason=reason, staff=staff)


def tell(shared: Shared, sent: Sent) -> None:
    """The result of a status message."""
    if shared.json:
        shared.emit(told_by_hub(sent.answer) | {"verified_by": sent.proof.log})
        return
    event = sent.proof.evidence.event.short
    to = ", ".join(sent.answer.recipients) or shared.pick("không phải chuyển tới ai", "nobody has to be told")
    shared.say(f"✓ Đã ghi nhận ({shared.term(event)})", f"✓ recorded ({event})")
    show(
        pairs(
            [
                (shared.pick("mã gói tin", "id"), short(sent.answer.message.id)),
                (shared.pick("chuyển tới", "passed on to"), to),
                (shared.pick("bằng chứng", "evidence"), f"{short(sent.proof.evidence.identifier)} #{sent.proof.index}"),
            ]
        )
    )
