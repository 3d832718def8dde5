"""A scene of the story: a quarterly report, which the hub fills from its own record, comes back and is accepted."""

from __future__ import annotations

import msgspec

from clients import reporting
from hub.base.runtime import system_clock
from hub.core.edxml import Attachment
from hub.core.model import vietnam_date
from hub.lab.demo.story import SON_LA, VPCP, Cast, Stage, Step, need
from hub.programmes.reporting.letters import subject, type_name
from hub.programmes.reporting.packets import (
    Decision,
    DecisionPacket,
    Packet,
    PeriodPacket,
    ReportPacket,
    encoded,
    file_name,
)
from hub.programmes.reporting.periods import Span
from hub.programmes.reporting.regime import shipped

REGIME = "TT01-2020-A"


async def scene(s: Stage, c: Cast) -> Step:
    """Opened, filled from the hub's record, returned, sent again, accepted: five documents with data packets."""
    sent, state = await _played(s)
    need(state == "DA_DUYET" and sent > 0, f"a report that was accepted and counts documents, not {state} with {sent}")
    return Step(
        f"Báo cáo quý do Trục tự lập ({sent} văn bản đi), bị trả lại, gửi lại, được duyệt",
        f"Quarterly report filled by the hub ({sent} documents sent), returned, sent again, accepted",
    )


async def _played(s: Stage) -> tuple[int, str]:
    """Documents sent by the report, and how it stands at the end."""
    day = vietnam_date(system_clock())
    period = shipped()[REGIME].window.period_of(Span.QUARTER, day).code
    vpcp, son_la = await s.client(VPCP), await s.client(SON_LA)
    asked = await vpcp.call(reporting.regime(REGIME, period))
    tier = next(one for one in asked.tiers if SON_LA in one.reporters)
    first, last = asked.first or day, asked.last or day
    opening = PeriodPacket(regime=REGIME, period=period, first=first, last=last, due=tier.due, moved=tier.moved)
    await _send(s, VPCP, SON_LA, opening)
    for version, decision in ((1, Decision.RETURNED), (2, Decision.ACCEPTED)):
        filled = await son_la.call(reporting.fill(REGIME, period))
        report = msgspec.convert({"packet": "report/1", **msgspec.to_builtins(filled.report)}, ReportPacket)
        await _send(s, SON_LA, VPCP, report)
        said = DecisionPacket(
            regime=REGIME,
            period=period,
            reporter=SON_LA,
            version=version,
            decision=decision,
            reason="Đề nghị rà soát số văn bản đi" if decision is Decision.RETURNED else "",
        )
        await _send(s, VPCP, SON_LA, said)
    table = await vpcp.call(reporting.table(REGIME, period))
    line = next(line for line in table.lines if line.reporter == SON_LA)
    sums = await vpcp.call(reporting.sums(REGIME, period))
    sent = next(figure.value for figure in sums.figures if figure.code == "sent")
    return int(sent or 0), line.state


async def _send(s: Stage, sender: str, recipient: str, packet: Packet) -> None:
    name = shipped()[REGIME].vi
    document = await s.document(sender, [recipient], subject(packet, name))
    document = msgspec.structs.replace(
        document, type=msgspec.structs.replace(document.type, name=type_name(packet)), due_date=None
    )
    await s.send(document, [Attachment("1", file_name(packet), data=encoded(packet))])
