"""Shared parts of the commands of `truc reports`: options, and a packet as a signed document."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

import click
import msgspec

from clients import compose, reporting
from clients.axis import AxisClient, Sent
from hub.cli import printing
from hub.cli.common import Shared
from hub.cli.connect import recipients_of
from hub.cli.screen import short, show, table
from hub.core import wire_reporting as wire
from hub.core.edxml import Attachment, Code, Signer
from hub.core.model import Millis
from hub.programmes.reporting.letters import subject, type_name
from hub.programmes.reporting.packets import Packet, encoded, file_name

F = TypeVar("F", bound=Callable[..., Any])
MOST_RECIPIENTS = 4_000
"""Of one document that opens or urges; more are several documents."""


def of_period(function: F) -> F:
    """--regime, --owner, --period."""
    for option in (
        click.option("--period", required=True, metavar="PERIOD", help="2026, 2026-H1, 2026-9M, 2026-Q1 or 2026-03."),
        click.option("--owner", default="", metavar="CODE", help="The agency that sent the regime down."),
        click.option("--regime", required=True, metavar="CODE", help="Code of the regime."),
    ):
        function = option(function)
    return function


def signed_by(function: F) -> F:
    """--number, --notation, --signer, --position."""
    for option in (
        click.option("--position", default="", help="Position of the signer."),
        click.option("--signer", default="", help="Full name of the signer [the agency itself]."),
        click.option("--notation", default="", help="Notation (ký hiệu) [the agency's short code]."),
        click.option("--number", default="", help="Number (số) [the time of sending, DDhhmmss and thousandths]."),
    ):
        function = option(function)
    return function


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """The document's name and signer, as the options say."""

    number: str = ""
    notation: str = ""
    signer: str = ""
    position: str = ""

    @classmethod
    def of(cls, given: dict[str, Any]) -> Letter:
        return cls(**{name: given[name] for name in cls.__struct_fields__})

    def numbered(self, before: int) -> Letter:
        """Of one of several documents, after `before` others: each has a number of its own."""
        if not before or not self.number:
            return self
        number = str(int(self.number) + before) if self.number.isdecimal() else f"{self.number}-{before + 1}"
        return msgspec.structs.replace(self, number=number)


async def send(
    shared: Shared,
    axis: AxisClient,
    packet: Packet,
    name: str,
    recipients: Sequence[str],
    letter: Letter,
    *,
    due: date | None = None,
    files: Iterable[Attachment] = (),
) -> Sent:
    """The packet with an ordinary document, signed and sent. `name`: of the regime, in Vietnamese."""
    sender = await axis.agency_of(shared.agency)
    found = await recipients_of(axis, recipients)
    at = Millis(time.time_ns() // 1_000_000)
    today = compose.local_time(at).date()
    notation = letter.notation or sender.code_qd20 or sender.code.rpartition(".")[2]
    document = compose.document(
        sender,
        found,
        code=Code(letter.number or f"{compose.local_time(at):%d%H%M%S}{at % 1000:03}", notation),
        subject=subject(packet, name),
        at=at,
        type_name=type_name(packet),
        signer=Signer("", letter.position or "Người ký", letter.signer) if letter.signer or letter.position else None,
        due_date=due if due is not None and due >= today else None,
    )
    attached = Attachment("1", file_name(packet), content_type="application/json", data=encoded(packet))
    return await axis.send(document, [attached, *files])


async def named(axis: AxisClient, regime: str, owner: str) -> wire.RegimeTold:
    return await axis.call(reporting.regime(regime, owner=owner))


def tell_sent(shared: Shared, sent: Sequence[Sent]) -> None:
    """Each document that went out."""
    if shared.json:
        shared.emit({"documents": [msgspec.to_builtins(one.answer.message) for one in sent]})
        return
    for one in sent:
        message, count = one.answer.message, len(one.answer.recipients)
        shared.say(
            f"✓ Đã gửi {message.code} tới {count} nơi: {short(message.id)}",
            f"✓ {message.code} was sent to {count} agencies: {short(message.id)}",
        )


def tell_wrong(shared: Shared, wrong: Sequence[wire.WrongTold]) -> None:
    for one in wrong:
        found = one.found or shared.pick("(trống)", "(none)")
        right = shared.pick(f"cần: {one.vi}", f"expected: {one.en}")
        printing.line(f"! {one.place}: {found} – {right}", err=True, fg="yellow")


def tell_report(shared: Shared, found: wire.FilledReport, regime: wire.RegimeTold) -> None:
    """The figures of a report before it is sent."""
    names = {one.code: shared.pick(one.vi, one.en) for one in regime.indicators}
    head = shared.pick("mã|dòng|chỉ tiêu|kế hoạch|ước|thực hiện", "code|row|indicator|plan|estimate|actual").split("|")
    rows = [
        [one.indicator, one.row, names.get(one.indicator, ""), *map(_figure, (one.plan, one.estimate, one.actual))]
        for one in found.report.figures
    ]
    report = found.report
    shared.say(
        f"{report.regime} kỳ {report.period}, gửi {report.receiver}, lần {report.version}; "
        f"nguồn: {_ORIGINS[found.origin][0]}; hạn: {found.due or '–'}",
        f"{report.regime} {report.period} for {report.receiver}, version {report.version}; "
        f"from {_ORIGINS[found.origin][1]}; due {found.due or '–'}",
    )
    if rows:
        show(table("", head, rows, right=(3, 4, 5)))
    if report.missing:
        shared.warn(
            f"! Chưa có số liệu của {len(report.missing)} đơn vị: {', '.join(report.missing[:20])}",
            f"! without the figures of {len(report.missing)} agencies: {', '.join(report.missing[:20])}",
        )
    tell_wrong(shared, found.wrong)


def _figure(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


_ORIGINS = {
    "draft": ("bản nháp", "the draft"),
    "record": ("số liệu của Trục", "the hub's record"),
    "below": ("tổng hợp cấp dưới", "the sums of those below"),
    "returned": ("bản bị trả lại", "the version that came back"),
    "sheet": ("tệp XLSX", "the XLSX file"),
    "given": ("tệp đã cho", "the file"),
    "empty": ("chưa có số liệu", "nowhere: there are no figures yet"),
}
