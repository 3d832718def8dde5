"""`truc take-back`: ask for a document back (status 13)."""

from __future__ import annotations

import click

from clients.axis import Sent
from hub.cli.common import DOCUMENT, Exit, Shared, make_command, told_by_hub
from hub.cli.connect import client, run
from hub.cli.screen import local, show, table
from hub.core import wire


@make_command(
    "take-back",
    "agency",
    example="""
truc take-back --as 000.00.00.G22 --document 01a2057f-6f84-80c3-b934-da0000000001 --reason "Gửi nhầm"
truc take-back --as 000.00.00.G22 --document 07/QĐ-VX --reason "Gửi nhầm" --from 000.00.00.H52""",
)
@DOCUMENT
@click.option("--reason", required=True, help="Why; the law wants one (NĐ 30/2020 Art. 18).")
@click.option("--from", "recipients", multiple=True, metavar="CODE", help="From this recipient only [from all].")
def command(shared: Shared, document: str, reason: str, recipients: tuple[str, ...]) -> int:
    """Lấy lại văn bản đã gửi: nơi chưa nhận thì thu hồi ngay, nơi đã nhận phải trả lời 15 hoặc 16.

    Take a document back: where nobody fetched it, it is gone at once; a recipient that holds it has to answer 15 or 16.
    """
    sent, life = run(_take_back(shared, document, reason, recipients))
    if shared.json:
        shared.emit({"requests": [told_by_hub(s.answer) for s in sent], "life": told_by_hub(life)})
        return Exit.OK
    columns = shared.pick("nơi nhận|trạng thái|kết thúc|", "recipient|state|ended|").split("|")
    show(table("", columns, (_row(shared, d) for d in life.deliveries)))
    return Exit.OK


async def _take_back(
    shared: Shared, document: str, reason: str, recipients: tuple[str, ...]
) -> tuple[list[Sent], wire.Life]:
    async with client(shared) as axis:
        about = await axis.named(document, side="sent")
        sent = [await axis.take_back(about, reason, recipient=code) for code in recipients or ("",)]
        return sent, await axis.life(about.id)


def _row(shared: Shared, d: wire.Delivery) -> list[object]:
    pending = shared.pick("chờ trả lời", "awaits an answer") if d.take_back_pending else ""
    return [d.recipient, shared.term(d.state), local(d.ended_at), pending]
