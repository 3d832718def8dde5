"""`truc reports`: national reporting (NĐ 09/2019/NĐ-CP). Figures of the axis itself are `truc report`, without an s."""

from __future__ import annotations

import click

from hub.cli.common import epilog
from hub.cli.lazy import LazyGroup, Place

PLACES = {
    "regimes": Place("hub.cli.reports.regimes", "Các chế độ báo cáo · the regimes in force"),
    "declare": Place("hub.cli.reports.declare", "Ban hành chế độ báo cáo riêng · send a regime of your own down"),
    "open": Place("hub.cli.reports.open", "Mở kỳ báo cáo cho các đơn vị · open a period for those who report to you"),
    "fill": Place("hub.cli.reports.fill", "Lập báo cáo, lấy số liệu có sẵn · fill a report as far as the hub can"),
    "template": Place("hub.cli.reports.template", "Mẫu danh sách thủ tục nội bộ · a blank list of internal procedures"),
    "check": Place("hub.cli.reports.check", "Kiểm tra số liệu trước khi ký · check figures before signing"),
    "send": Place("hub.cli.reports.send", "Ký và gửi báo cáo · sign and send a report"),
    "drafts": Place("hub.cli.reports.drafts", "Bản nháp của đơn vị · what the agency has begun"),
    "table": Place("hub.cli.reports.table", "Ai đã nộp, ai chậm · who has sent, who is late"),
    "chase": Place("hub.cli.reports.chase", "Đôn đốc đơn vị chưa nộp · urge those who have not sent"),
    "accept": Place("hub.cli.reports.accept", "Duyệt báo cáo đã nhận · accept a report"),
    "return": Place("hub.cli.reports.send_back", "Trả lại báo cáo, nêu lý do · return a report with a reason"),
    "sums": Place("hub.cli.reports.sums", "Tổng hợp các cấp, nêu chỗ thiếu · sums over the tiers, holes shown"),
}

_EXAMPLE = """
truc reports open --regime TT01-2020-A --period 2026-Q4 --as 000.00.00.G22
truc reports fill --regime TT01-2020-A --period 2026-Q4 --as 000.00.00.H52 --out bao-cao.packet.json
truc reports send bao-cao.packet.json --as 000.00.00.H52
truc reports table --regime TT01-2020-A --period 2026-Q4 --as 000.00.00.G22"""


@click.group("reports", cls=LazyGroup, places=PLACES, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Chế độ báo cáo (NĐ 09/2019): mở kỳ, lập, ký, gửi, đôn đốc, tổng hợp.

    National reporting: periods, reports signed and sent as documents, late agencies, sums over the tiers. Figures of
    the axis itself are told by `truc report`.
    """
