"""`truc take-back`: ask for a document back (status 13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import click

from clients.axis import AxisClient, Sent
from clients.errors import ProblemError
from hub.cli.common import NAME, Exit, Shared, make_command, told_by_hub
from hub.cli.connect import client, run
from hub.cli.screen import local, show, table
from hub.cli.several import identifiers
from hub.core import wire
from hub.core.errors import AxisError
from hub.core.model import DeliveryState


@make_command(
    "take-back",
    "agency",
    example="""
truc take-back --as 000.00.00.G22 --document 01a2057f-6f84-80c3-b934-da0000000001 --reason "Gửi nhầm"
truc take-back --as 000.00.00.G22 --document 07/QĐ-VX --reason "Gửi nhầm" --from 000.00.00.H52
truc take-back --as 000.00.00.G22 --stdin --reason "Gửi nhầm" < gui-nham.txt""",
)
@click.option(
    "--document",
    "documents",
    multiple=True,
    metavar=NAME,
    help="The document: its identifier on the axis, DocumentId, or number/notation; several.",
)
@click.option("--stdin", is_flag=True, help="Names of documents from standard input too, one a line.")
@click.option("--reason", required=True, help="Why; the law wants one (NĐ 30/2020 Art. 18).")
@click.option("--from", "recipients", multiple=True, metavar="CODE", help="From this recipient only [from all].")
def command(shared: Shared, documents: tuple[str, ...], stdin: bool, reason: str, recipients: tuple[str, ...]) -> int:
    """Lấy lại văn bản đã gửi: nơi chưa nhận thì thu hồi ngay, nơi đã nhận phải trả lời 15 hoặc 16.

    Take a document back: where nobody fetched it, it is gone at once; a recipient that holds it has to answer 15 or 16.
    Of several each has its own outcome; exit 1 where one was refused.
    """
    names = identifiers(documents, stdin=stdin)
    if not names:
        raise click.UsageError("--document | --stdin")
    if len(names) > 1 or stdin:
        return _tell_all(shared, run(_take_all_back(shared, names, reason, recipients)))
    sent, life = run(_take_back(shared, names[0], reason, recipients))
    if shared.json:
        shared.emit(_told(sent, life))
        return Exit.OK
    columns = shared.pick("nơi nhận|trạng thái|kết thúc|", "recipient|state|ended|").split("|")
    show(table("", columns, (_row(shared, d) for d in life.deliveries)))
    return Exit.OK


class _Outcome(NamedTuple):
    """`error`: why that one was not asked back."""

    name: str
    sent: Sequence[Sent] = ()
    life: wire.Life | None = None
    error: AxisError | ProblemError | None = None


async def _take_back(
    shared: Shared, document: str, reason: str, recipients: tuple[str, ...]
) -> tuple[list[Sent], wire.Life]:
    async with client(shared) as axis:
        return await _asked_back(axis, document, reason, recipients)


async def _asked_back(
    axis: AxisClient, document: str, reason: str, recipients: tuple[str, ...]
) -> tuple[list[Sent], wire.Life]:
    about = await axis.named(document, side="sent")
    sent = [await axis.take_back(about, reason, recipient=code) for code in recipients or ("",)]
    return sent, await axis.life(about.id)


async def _take_all_back(
    shared: Shared, names: Sequence[str], reason: str, recipients: tuple[str, ...]
) -> list[_Outcome]:
    found = []
    async with client(shared) as axis:
        for name in names:
            try:
                found.append(_Outcome(name, *await _asked_back(axis, name, reason, recipients)))
            except (AxisError, ProblemError) as error:  # the others stand for themselves
                found.append(_Outcome(name, error=error))
    return found


def _tell_all(shared: Shared, outcomes: Sequence[_Outcome]) -> int:
    if shared.json:
        shared.emit({"items": [_item(one) for one in outcomes]})
    else:
        columns = shared.pick("văn bản|lấy lại được|chờ trả lời|", "document|taken back|to be answered|").split("|")
        show(table("", columns, (_line(shared, one) for one in outcomes), whole=(0,)))
    return Exit.REFUSED if any(one.error for one in outcomes) else Exit.OK


def _item(one: _Outcome) -> dict[str, object]:
    if one.error is not None or one.life is None:
        error = one.error
        return {"document": one.name, "problem": {"code": error.code, "vi": error.vi, "en": error.en} if error else {}}
    return {"document": one.name} | _told(one.sent, one.life)


def _told(sent: Sequence[Sent], life: wire.Life) -> dict[str, object]:
    return {"requests": [told_by_hub(s.answer) for s in sent], "life": told_by_hub(life)}


def _line(shared: Shared, one: _Outcome) -> list[object]:
    if one.life is None:
        error = one.error
        return [one.name, "✗", "", f"{error.code}: {shared.pick(error.vi, error.en)}" if error else ""]
    gone = sum(d.state == DeliveryState.TAKEN_BACK for d in one.life.deliveries)
    return [one.name, gone, sum(d.take_back_pending for d in one.life.deliveries), ""]


def _row(shared: Shared, d: wire.Delivery) -> list[object]:
    pending = shared.pick("chờ trả lời", "awaits an answer") if d.take_back_pending else ""
    return [d.recipient, shared.term(d.state), local(d.ended_at), pending]
