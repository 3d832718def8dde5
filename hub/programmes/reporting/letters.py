"""How the documents of reporting are called: type and subject, in Vietnamese, as an office writes them.

The packet counts; a person without a system reads the subject and the sheet beside it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from hub.programmes.reporting.packets import (
    ChasePacket,
    Decision,
    DecisionPacket,
    Packet,
    PeriodPacket,
    RegimePacket,
    ReportPacket,
)

_LONGEST: Final = 480
"""Letters of a subject; NĐ 30/2020 (Annex VI) has 500."""


def type_name(packet: Packet) -> str:
    """Of the types of NĐ 30/2020/NĐ-CP."""
    return "Báo cáo" if isinstance(packet, ReportPacket) else "Công văn"


def subject(packet: Packet, regime: str) -> str:
    """`regime`: its Vietnamese name."""
    return _whole(packet, regime)[:_LONGEST]


def _whole(packet: Packet, regime: str) -> str:
    if isinstance(packet, RegimePacket):
        return f"V/v thực hiện chế độ báo cáo {packet.regime.code}: {regime}"
    if isinstance(packet, PeriodPacket):
        return f"V/v báo cáo kỳ {packet.period}, hạn {day(packet.due)}: {regime}"
    if isinstance(packet, ReportPacket):
        again = f" (lần {packet.version})" if packet.version > 1 else ""
        return f"{regime}, kỳ {packet.period}{again}"
    if isinstance(packet, ChasePacket):
        return f"V/v đôn đốc gửi báo cáo kỳ {packet.period}, hạn {day(packet.due)}: {regime}"
    return _decided(packet, regime)


def _decided(packet: DecisionPacket, regime: str) -> str:
    if packet.decision is Decision.ACCEPTED:
        return f"V/v duyệt báo cáo kỳ {packet.period}: {regime}"
    return f"V/v trả lại báo cáo kỳ {packet.period} để chỉnh sửa: {regime}"


def day(of: date) -> str:
    return f"{of:%d/%m/%Y}"
