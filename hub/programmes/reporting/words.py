"""How reporting is named on boards and pages, in both languages."""

from __future__ import annotations

from typing import Final

from hub.core.errors import Text
from hub.programmes.riding import Vocabulary

WORDS: Final = Vocabulary(
    title=Text("Báo cáo định kỳ", "National reporting"),
    kinds={
        "report": Text("Báo cáo", "Report"),
        "period": Text("Kỳ báo cáo", "Period"),
        "regime": Text("Chế độ báo cáo", "Regime"),
    },
    states={
        "CHUA_NOP": Text("Chưa nộp", "Not sent"),
        "NHAP": Text("Bản nháp", "Draft"),
        "CHO_DUYET_DON_VI": Text("Chờ đơn vị duyệt", "Waits for approval"),
        "DA_NOP": Text("Đã nộp", "Sent"),
        "DA_DUYET": Text("Đã duyệt", "Accepted"),
        "TRA_LAI": Text("Bị trả lại", "Returned"),
        "DANG_MO": Text("Đang mở", "Open"),
        "in-force": Text("Đang áp dụng", "In force"),
    },
    roles={
        "reporter": Text("Đơn vị báo cáo", "Reporter"),
        "receiver": Text("Nơi nhận báo cáo", "Receiver"),
        "owner": Text("Cơ quan ban hành chế độ", "Owner of the regime"),
    },
    acts={
        "regime": Text("Ban hành chế độ", "Regime sent down"),
        "open": Text("Mở kỳ báo cáo", "Period opened"),
        "join": Text("Có thêm đơn vị báo cáo", "One more reporter"),
        "send": Text("Gửi báo cáo", "Report sent"),
        "accept": Text("Duyệt báo cáo", "Report accepted"),
        "return": Text("Trả lại báo cáo", "Report returned"),
        "chase": Text("Đôn đốc", "Urged"),
    },
    measures={
        "expected": Text("Phải nộp", "Owed"),
        "sent": Text("Đã nộp", "Sent"),
        "late": Text("Nộp muộn", "Sent late"),
        "returned": Text("Lần trả lại", "Returns"),
        "chased": Text("Lần đôn đốc", "Times urged"),
    },
    faults={
        "REPORTING_REGIME": Text("Chế độ báo cáo không dùng được", "The regime cannot be used"),
        "REPORTING_PERIOD": Text("Ngày không khớp với kỳ báo cáo", "A day does not fit the period"),
        "REPORTING_TOO_MANY": Text("Quá nhiều nơi nhận trong một văn bản", "Too many recipients in one document"),
        "REPORTING_RECEIVER": Text("Đơn vị nêu trong gói không nằm trong nơi nhận", "The agency is no recipient"),
        "REPORTING_SECRET": Text(
            "Báo cáo mang dấu mật không thuộc phạm vi (NĐ 09/2019 Điều 1.2) và không được gửi qua Trục",
            "A report marked secret is out of scope (NĐ 09/2019 Art. 1.2) and may not travel on the axis",
        ),
        "REPORTING_FIGURE": Text("Số liệu sai", "A figure is wrong"),
        "REPORTING_VERSION": Text("Sai số phiên bản", "Another version of the report was meant"),
        "REPORTING_NO_CASE": Text("Không có báo cáo này", "There is no such report"),
        "REPORTING_NOT_NOW": Text("Báo cáo đang ở trạng thái không cho phép", "Not in this state of the report"),
    },
)
