"""`truc reports regimes`: regimes, their reporters and deadlines."""

from __future__ import annotations

import click

from clients import reporting
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import asked
from hub.cli.screen import show, table
from hub.core import wire_reporting as wire


@make_command(
    "regimes",
    "agency",
    example="""
truc reports regimes --as 000.00.00.G22
truc reports regimes II.06a --period 2026-Q4 --as 000.00.00.H52""",
)
@click.argument("code", required=False, default="")
@click.option("--owner", default="", metavar="CODE", help="The agency that sent the regime down.")
@click.option("--period", default="", metavar="PERIOD", help="With CODE: its days, deadlines and who reports to you.")
def command(shared: Shared, code: str, owner: str, period: str) -> int:
    """Các chế độ báo cáo đang áp dụng; nêu mã để xem chỉ tiêu, thời hạn.

    The regimes in force. With a code: its indicators and identities; with a period too: its window, the deadline of
    each tier, and the agencies that report to you.
    """
    if not code:
        if period or owner:
            raise click.UsageError("CODE")
        return _all(shared, asked(shared, lambda axis: axis.call(reporting.regimes())))
    found = asked(shared, lambda axis: axis.call(reporting.regime(code, period, owner=owner)))
    if shared.json:
        shared.emit(found)
    else:
        _one(shared, found)
    return Exit.OK


def _all(shared: Shared, found: wire.Regimes) -> int:
    if shared.json:
        shared.emit(found)
        return Exit.OK
    head = shared.pick("mã|cơ quan|tên|kỳ|căn cứ", "code|owner|name|periods|basis").split("|")
    rows = [[r.code, r.owner, shared.pick(r.vi, r.en), ", ".join(r.spans), r.basis] for r in found.items]
    show(table("", head, rows, whole=(0,)))
    return Exit.OK


def _one(shared: Shared, found: wire.RegimeTold) -> None:
    regime = found.regime
    shared.say(f"{regime.code} {regime.vi} ({regime.basis})", f"{regime.code} {regime.en} ({regime.basis})")
    head = shared.pick("mã|chỉ tiêu|đơn vị tính|cách tổng hợp", "code|indicator|unit|aggregation").split("|")
    rows = []
    for one in found.indicators:
        how = f"{one.part} / {one.whole}" if one.part else one.aggregation
        rows.append([one.code, shared.pick(one.vi, one.en), one.unit, how])
    show(table("", head, rows, whole=(0,)))
    for identity in found.identities:
        equal = f"{identity.total} = {' + '.join(identity.parts)}"
        shared.say(f"Phải khớp: {equal}", f"has to hold: {equal}")
    if not found.period:
        return
    shared.say(
        f"Kỳ {found.period}: số liệu từ {found.first} đến {found.last}",
        f"Period {found.period}: figures from {found.first} to {found.last}",
    )
    head = shared.pick(
        "cấp|hạn theo quy định|ngày làm việc|hạn áp dụng|đơn vị báo cáo cho mình",
        "tier|due as named|working day|deadline|report to you",
    ).split("|")
    show(table("", head, [[shared.term(t.tier), t.due, t.moved, t.deadline, len(t.reporters)] for t in found.tiers]))
