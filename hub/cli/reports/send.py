"""`truc reports send`: a report's packet, signed as a document and sent to its receiver."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from clients import reporting
from clients.axis import AxisClient, Sent
from hub.base.sheets import workbook
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import Letter, named, send, signed_by, tell_sent, tell_wrong
from hub.core import wire_reporting as wire
from hub.core.edxml import Attachment
from hub.core.errors import BadRequest, StateSecret
from hub.programmes.reporting import sheet
from hub.programmes.reporting.figures import secret
from hub.programmes.reporting.packets import ReportPacket
from hub.programmes.reporting.regime import Indicator, Kind, Regime, Rows
from hub.programmes.riding import MOST_BYTES


@make_command(
    "send",
    "agency",
    example="truc reports send bao-cao.packet.json --as 000.00.00.H52 --number 12 --notation BC-UBND",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--wrong-too", is_flag=True, help="Send it though figures are wrong; the receiver is told.")
@signed_by
def command(shared: Shared, file: Path, wrong_too: bool, **given: Any) -> int:
    """Ký gói số liệu thành văn bản và gửi cho nơi nhận báo cáo.

    Sign a packet report/1 as a document and send it to its receiver. A report whose figures are wrong is not sent
    (exit 1), unless --wrong-too says so: its receiver is told of each wrong figure.
    """
    packet = read_packet(file)

    async def work() -> int:
        async with client(shared) as axis:
            known = await named(axis, packet.regime, packet.owner)
            found = await axis.call(reporting.check(told(packet)))
            if found.wrong and not wrong_too:
                if shared.json:
                    shared.emit(found)
                tell_wrong(shared, found.wrong)
                return Exit.REFUSED
            tell_sent(shared, [await signed_and_sent(shared, axis, packet, known, Letter.of(given))])
        return Exit.OK

    return run(work())


def read_packet(file: Path) -> ReportPacket:
    """BadRequest for a file that is no packet `report/1`."""
    data = file.read_bytes()
    try:
        if len(data) > MOST_BYTES:
            raise BadRequest(expected=f"a data packet of at most {MOST_BYTES} bytes", found=f"{len(data)} bytes")
        return msgspec.json.decode(data, type=ReportPacket)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(expected="a report as in the packet report/1", found=str(error)[:120]) from None


def told(packet: ReportPacket) -> wire.ReportTold:
    members = msgspec.to_builtins(packet)
    members.pop("packet", None)
    return msgspec.convert(members, wire.ReportTold)


async def signed_and_sent(
    shared: Shared, axis: AxisClient, packet: ReportPacket, known: wire.RegimeTold, letter: Letter
) -> Sent:
    """With the sheet beside the packet, for people to read."""
    check_open(packet)
    files = [Attachment("2", f"{packet.regime}-{packet.period}.xlsx", data=_sheet(shared, packet, known))]
    return await send(shared, axis, packet, known.regime.vi, [packet.receiver], letter, files=files)


def check_open(packet: ReportPacket) -> None:
    """StateSecret for a report with a mark, before anything is signed."""
    if mark := secret(packet):
        raise StateSecret(expected="no mark of secrecy", found=mark, field="report/1", mark=mark)


def _sheet(shared: Shared, packet: ReportPacket, known: wire.RegimeTold) -> bytes:
    regime = as_regime(known)
    head, blank = sheet.title_rows(regime, packet.period, shared.agency, "vi")
    body = sheet.rows(regime, packet.figures, packet.texts, "vi")
    target = io.BytesIO()
    workbook(target, f"{packet.regime} {packet.period}", [str(cell) for cell in head], [blank, sheet.HEAD, *body])
    return target.getvalue()


def as_regime(known: wire.RegimeTold) -> Regime:
    """The parts of it that a sheet needs."""
    brief = known.regime
    indicators = [msgspec.convert(msgspec.to_builtins(one), Indicator) for one in known.indicators]
    return Regime(
        code=brief.code,
        kind=Kind.SUDDEN,
        vi=brief.vi,
        en=brief.en,
        basis=brief.basis,
        receiver=brief.receiver,
        valid_from=date(2019, 3, 12),
        indicators=tuple(indicators),
        rows=Rows(known.rows_vi, known.rows_en) if known.rows_vi else None,
    )
