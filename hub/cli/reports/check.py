"""`truc reports check`: a report's figures against its regime, without a hub where the regime comes with it."""

from __future__ import annotations

from pathlib import Path

import click

from clients import reporting
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import asked
from hub.cli.reports.common import tell_wrong
from hub.cli.reports.send import check_open, read_packet, told
from hub.core import wire_reporting as wire
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes.reporting.figures import texts_wrong, wrongs
from hub.programmes.reporting.packets import ReportPacket
from hub.programmes.reporting.regime import shipped


@make_command("check", "caller", example="truc reports check bao-cao.packet.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(shared: Shared, file: Path) -> int:
    """Kiểm tra gói số liệu: thiếu, thừa, sai quan hệ giữa các cột (3 = 7 + 11).

    Check a packet report/1: figures that lack or are none, identities (3 = 7 + 11), rows that do not add up. Offline
    for regimes that come with truc; for others the hub is asked (--as). Exit 1 where something is wrong.
    """
    packet = read_packet(file)
    check_open(packet)
    wrong = _offline(packet)
    if wrong is None:
        if not shared.agency:
            raise click.UsageError(shared.pick("thiếu --as", "--as needed"))
        wrong = asked(shared, lambda axis: axis.call(reporting.check(told(packet)))).wrong
    if shared.json:
        shared.emit({"wrong": wrong})
        return Exit.REFUSED if wrong else Exit.OK
    tell_wrong(shared, wrong)
    if not wrong:
        shared.say(
            f"✓ {packet.regime} kỳ {packet.period}: số liệu đủ và khớp",
            f"✓ {packet.regime} {packet.period}: the figures are whole and agree",
        )
    return Exit.REFUSED if wrong else Exit.OK


def _offline(packet: ReportPacket) -> list[wire.WrongTold] | None:
    regime = shipped().get(packet.regime) if not packet.owner else None
    if regime is None:
        return None
    found = [*wrongs(regime, packet.figures), *texts_wrong(regime, packet)]
    return [
        wire.WrongTold(place=one.indicator, found=one.found, vi=EXPECTED_FOUND.vi(one.right), en=one.right)
        for one in found
    ]
