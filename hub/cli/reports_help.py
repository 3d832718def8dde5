"""The help of the options of `truc reports` in Vietnamese, by their help in English."""

from __future__ import annotations

from typing import Final

REPORTS: Final = {
    "The agency that sent the regime down.": "Cơ quan đã ban hành chế độ báo cáo.",
    "With CODE: its days, deadlines and who reports to you.": "Kèm MÃ: khoảng số liệu, thời hạn, ai báo cáo cho mình.",
    "Higher than that of the one it replaces.": "Lớn hơn phiên bản mà nó thay thế.",
    "Notation (ký hiệu) [the agency's short code].": "Ký hiệu [mã ngắn của đơn vị].",
    "Number (số) [the time of sending, DDhhmmss and thousandths].": "Số [thời điểm gửi, DDhhmmss và phần nghìn].",
    "Code of the regime.": "Mã chế độ báo cáo.",
    "2026, 2026-H1, 2026-9M, 2026-Q1 or 2026-03.": "2026, 2026-H1, 2026-9M, 2026-Q1 hoặc 2026-03.",
    "These alone [all who report to you].": "Chỉ các đơn vị này [mọi đơn vị báo cáo cho mình].",
    "Another deadline than the regime's.": "Thời hạn khác với chế độ báo cáo.",
    "To whom it goes [by the directory].": "Nơi nhận báo cáo [theo danh mục].",
    "Figures from this form.": "Lấy số liệu từ biểu này.",
    "Figures from this list of internal procedures, CSV or XLSX.": (
        "Lấy số liệu từ danh sách thủ tục nội bộ này, CSV hoặc XLSX."
    ),
    "With three made-up procedures in it.": "Có sẵn ba thủ tục giả định.",
    "From its source again, whatever the draft says.": "Lấy lại từ nguồn, bỏ qua bản nháp.",
    "Write the form, filled as far as it is, as XLSX.": "Ghi biểu đã điền đến đâu ra tệp XLSX.",
    "Write the packet, for: truc reports send.": "Ghi gói số liệu, để dùng: truc reports send.",
    "Keep it as the agency's draft.": "Lưu thành bản nháp của đơn vị.",
    "Keep it as a draft that waits for approval.": "Lưu thành bản chờ đơn vị duyệt.",
    "Sign and send it at once.": "Ký và gửi ngay.",
    "Send it though figures are wrong; the receiver is told.": "Vẫn gửi dù số liệu sai; nơi nhận được báo rõ.",
    "Throw this one away.": "Xóa bản nháp này.",
    "With --drop: the agency that sent the regime down.": "Kèm --drop: cơ quan đã ban hành chế độ báo cáo.",
    "Whose reporters [yours].": "Các đơn vị báo cáo cho ai [cho mình].",
    "Only those that stand so.": "Chỉ các báo cáo ở tình trạng này.",
    "As of that day [today].": "Tính đến ngày đó [hôm nay].",
    "All lines as CSV, UTF-8 with BOM.": "Mọi dòng dạng CSV, UTF-8 có BOM.",
    "Also those whose deadline has not come yet.": "Cả các đơn vị chưa đến hạn.",
    "Tell whom it would urge, and send nothing.": "Chỉ nêu đơn vị sẽ đôn đốc, không gửi.",
    "Whose report.": "Báo cáo của đơn vị nào.",
    "Why: what is to be corrected.": "Lý do: cần sửa gì.",
    "Over whose reporters [yours].": "Tổng hợp các đơn vị báo cáo cho ai [cho mình].",
    "Which value of the figures.": "Giá trị nào của số liệu.",
    "CSV, an agency a line, UTF-8 with BOM.": "CSV, mỗi đơn vị một dòng, UTF-8 có BOM.",
    "The same as XLSX.": "Cũng nội dung đó, dạng XLSX.",
}
