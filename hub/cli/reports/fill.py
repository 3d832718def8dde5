"""`truc reports fill`: a report as far as the hub can fill it, or from a form, ready to be signed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from clients import reporting
from clients.axis import AxisClient
from hub.cli.common import Exit, Shared, kept, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import Letter, of_period, signed_by, tell_report, tell_sent
from hub.cli.reports.of_procedures import of_list, read_list, tell_bad, tell_costs
from hub.cli.reports.send import signed_and_sent
from hub.core import wire_reporting as wire
from hub.programmes.reporting.packets import ReportPacket, encoded
from hub.programmes.reporting.procedure_list import Listed

_FILE = click.Path(dir_okay=False, path_type=Path)
_GIVEN = click.Path(exists=True, dir_okay=False, path_type=Path)


@make_command(
    "fill",
    "agency",
    example="""
truc reports fill --regime TT01-2020-A --period 2026-Q4 --as 000.00.00.H52 --out bao-cao.packet.json
truc reports fill --regime TT01-2020-A --period 2026-Q4 --as 000.00.00.H52 --send
truc reports fill --regime II.06a --period 2026-Q4 --as 000.00.00.H52 --form bieu.xlsx
truc reports fill --regime II.06a --period 2026-Q4 --as 000.00.00.H52 --xlsx bieu.xlsx --draft
truc reports fill --regime QD1085-2022 --period 2026 --as 000.00.00.H52 --procedures thu-tuc.xlsx --send""",
)
@of_period
@click.option("--receiver", default="", metavar="CODE", help="To whom it goes [by the directory].")
@click.option("--xlsx", type=_GIVEN, help="Figures from this form.")
@click.option("--procedures", type=_GIVEN, help="Figures from this list of internal procedures, CSV or XLSX.")
@click.option("--fresh", is_flag=True, help="From its source again, whatever the draft says.")
@click.option("--form", type=_FILE, help="Write the form, filled as far as it is, as XLSX.")
@click.option("--out", type=_FILE, help="Write the packet, for: truc reports send.")
@click.option("--draft", is_flag=True, help="Keep it as the agency's draft.")
@click.option("--ask-approval", is_flag=True, help="Keep it as a draft that waits for approval.")
@click.option("--send", "sending", is_flag=True, help="Sign and send it at once.")
@signed_by
def command(
    shared: Shared,
    regime: str,
    owner: str,
    period: str,
    receiver: str,
    xlsx: Path | None,
    procedures: Path | None,
    fresh: bool,
    form: Path | None,
    out: Path | None,
    draft: bool,
    ask_approval: bool,
    sending: bool,
    **given: Any,
) -> int:
    """Lập báo cáo của đơn vị: Trục điền số liệu đã có, nêu mọi chỗ sai.

    Fill your agency's report: from its draft, from the hub's own record (TT01-2020-A), from the sums of those below it,
    from an XLSX form, or from a list of internal procedures (QD1085-2022; `truc reports template`), whose costs are
    computed and told field by field. Everything that is wrong is told (exit 1), and nothing is made up.
    """
    _one_of({"--draft": draft, "--ask-approval": ask_approval, "--send": sending})
    _one_of({"--procedures": procedures, "--xlsx": xlsx, "--fresh": fresh})
    _one_of({"--procedures": procedures, "--form": form})
    data = xlsx.read_bytes() if xlsx is not None else None
    listed = read_list(procedures) if procedures is not None else None
    if listed is not None and listed.bad:
        return tell_bad(shared, listed.bad)
    state = "CHO_DUYET_DON_VI" if ask_approval else "NHAP"

    async def work() -> int:
        async with client(shared) as axis:
            known = await axis.call(reporting.regime(regime, owner=owner))
            found = await _filled(axis, regime, period, owner, receiver, data, fresh)
            found = await of_list(axis, known, found, listed) if listed is not None else found
            _tell(shared, found, known, listed)
            if form is not None:
                book = await axis.call(
                    reporting.form(regime, period, owner=owner, receiver=receiver, fresh=fresh, lang=shared.lang)
                )
                if code := kept(shared, form, book):
                    return code
            packet = _packet(found)
            if out is not None and (code := kept(shared, out, encoded(packet))):
                return code
            if sending and not found.wrong:
                tell_sent(shared, [await signed_and_sent(shared, axis, packet, known, Letter.of(given))])
                return Exit.OK
            if draft or ask_approval:
                await axis.call(
                    reporting.save(wire.DraftWrite(report=found.report, state=state, revision=found.revision))
                )
                shared.say("✓ Đã lưu bản nháp", "✓ kept as a draft")
        if shared.json:
            shared.emit(found)
        return Exit.REFUSED if found.wrong and not form else Exit.OK

    return run(work())


def _one_of(given: Mapping[str, object]) -> None:
    if sum(map(bool, given.values())) > 1:
        raise click.UsageError(" | ".join(given))


def _tell(shared: Shared, found: wire.FilledReport, known: wire.RegimeTold, listed: Listed | None) -> None:
    if shared.json:
        return
    tell_report(shared, found, known)
    if listed is not None:
        tell_costs(shared, listed)


async def _filled(
    axis: AxisClient, regime: str, period: str, owner: str, receiver: str, data: bytes | None, fresh: bool
) -> wire.FilledReport:
    found = await axis.call(reporting.fill(regime, period, owner=owner, receiver=receiver, fresh=fresh))
    if data is None:
        return found
    read = await axis.call(reporting.read_form(regime, period, data, owner=owner, receiver=receiver))
    return msgspec.structs.replace(read, revision=found.revision)


def _packet(found: wire.FilledReport) -> ReportPacket:
    return msgspec.convert({"packet": "report/1", **msgspec.to_builtins(found.report)}, ReportPacket)
