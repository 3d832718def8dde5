"""The words of pages, in both languages: a table of each screen, all of them one.

A text may have `{name}` for a value. Where a count decides, both forms of English stand in it: "one|many", by
the member `n`. The value is escaped where the page is made, like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.console import formats
from hub.console.formats import Lang
from hub.core.errors import Text
from hub.core.register import STANDS

LANGS: Final[tuple[Lang, ...]] = ("vi", "en")

FRAME: Final[Mapping[str, Text]] = {
    "product": Text("Trục liên thông văn bản", "Document axis"),
    "sample": Text("THỬ NGHIỆM", "SANDBOX"),
    "skip": Text("Tới nội dung chính", "To the content"),
    "nav.main": Text("Chính", "Main"),
    "nav.system": Text("Hệ thống", "System"),
    "nav.overview": Text("Tổng quan", "Overview"),
    "nav.documents": Text("Văn bản", "Documents"),
    "nav.agencies": Text("Đơn vị", "Agencies"),
    "nav.failures": Text("Sự cố", "Failures"),
    "nav.certificates": Text("Chứng thư", "Certificates"),
    "nav.log": Text("Nhật ký", "Log"),
    "nav.reports": Text("Báo cáo", "Reports"),
    "nav.health": Text("Tình trạng", "System state"),
    "nav.accounts": Text("Tài khoản", "Accounts"),
    "nav.trail": Text("Vết thao tác", "Audit trail"),
    "nav.in": Text("Văn bản đến", "Incoming"),
    "nav.out": Text("Văn bản đi", "Outgoing"),
    "nav.new": Text("Soạn văn bản", "Compose"),
    "nav.register": Text("Sổ văn bản", "Registers"),
    "nav.search": Text("Tra cứu", "Search"),
    "nav.sandbox": Text("Phòng thử nghiệm", "Sandbox"),
    "nav.more": Text("Thêm", "More"),
    "nav.me": Text("Tài khoản của tôi", "My account"),
    "find": Text("Số ký hiệu, trích yếu, đơn vị, mã", "Number, subject, agency, identifier"),
    "find.do": Text("Tìm", "Find"),
    "language": Text("English", "Tiếng Việt"),
    "theme.light": Text("Nền sáng", "Light"),
    "theme.dark": Text("Nền tối", "Dark"),
    "theme.auto": Text("Nền theo máy", "As the device"),
    "theme": Text("Nền trang", "Theme"),
    "sign_out": Text("Đăng xuất", "Sign out"),
    "role.operator": Text("Quản trị Trục", "Operator"),
    "role.auditor": Text("Kiểm toán viên", "Auditor"),
    "role.clerk": Text("Văn thư", "Clerk"),
    "role.administrator": Text("Quản trị tài khoản", "Administrator of accounts"),
    "keys.title": Text("Phím tắt", "Keyboard shortcuts"),
    "keys.find": Text("Tìm", "Find"),
    "keys.help": Text("Bảng này", "This list"),
    "keys.move": Text("Xuống, lên trong danh sách", "Down and up in a list"),
    "keys.open": Text("Mở", "Open"),
    "keys.back": Text("Đóng, quay lại", "Close, go back"),
    "keys.off": Text("Tắt phím tắt một chữ", "Turn single-letter shortcuts off"),
    "keys.on": Text("Bật phím tắt một chữ", "Turn single-letter shortcuts on"),
    "close": Text("Đóng", "Close"),
    "copy": Text("Sao chép lệnh truc", "Copy as truc command"),
    "copy.code": Text("Sao chép mã", "Copy the code"),
    "copied": Text("Đã sao chép", "Copied"),
    "live.on": Text("Trục đang nhận văn bản", "The axis takes documents"),
    "live.pause": Text("Tạm dừng", "Pause"),
    "live.go_on": Text("Tiếp tục", "Go on"),
    "live.missed": Text("{n} thay đổi chưa hiện", "{n} change not shown|{n} changes not shown"),
    "live.stale": Text("Mất kết nối, số liệu lúc {time}", "Connection lost, figures of {time}"),
    "live.leaving": Text("Trục sắp dừng", "The axis is about to stop"),
    "live.shut": Text("Đang bảo trì, không nhận văn bản mới", "In maintenance, no new documents"),
    "live.halted": Text("Trục không ghi nhận gì thêm", "The axis records nothing more"),
    "live.doubt": Text("Trục không nhận văn bản: đồng hồ chưa tin được", "No documents taken: the clock is in doubt"),
    "table.more": Text("Xem tiếp", "More"),
    "table.twin": Text("Xem dạng bảng", "Show as a table"),
    "filter.remove": Text("Bỏ điều kiện: {what}", "Remove the filter: {what}"),
    "filter.clear": Text("Bỏ mọi điều kiện", "Remove all filters"),
    "error.title": Text("Không thực hiện được", "This could not be done"),
    "error.missing": Text("Không có trang này", "There is no such page"),
    "error.yours": Text("Việc này không thuộc vai trò của bạn", "This is not for your role"),
    "error.expected": Text("Cần", "Expected"),
    "error.found": Text("Thực tế", "Found"),
    "error.fault.caller": Text("Bạn có thể sửa và thử lại.", "You can correct it and try again."),
    "error.fault.sender": Text("Bên gửi phải sửa.", "The sender has to correct it."),
    "error.fault.hub": Text("Lỗi phía Trục, không phải do bạn.", "The fault is the axis's, not yours."),
    "error.fault.prover": Text("Bên đưa ra bằng chứng phải sửa.", "Whoever brought the proof has to correct it."),
    "error.field": Text("Cần: {wanted}. Đang là: {given}", "Wanted: {wanted}. Found: {given}"),
    "error.hint.field": Text("Sửa ô được đánh dấu rồi gửi lại", "Correct the marked field and send again"),
    "error.hint.asked": Text(
        "Quay lại trang trước, sửa điều được nêu rồi thử lại", "Go back, correct the part named, and try again"
    ),
    "error.hint.missing": Text(
        "Có thể đã bị xóa, hoặc không phải của đơn vị bạn; mở lại từ danh sách",
        "It may have been deleted, or not be your agency's; open it from its list again",
    ),
    "error.later": Text("Thử lại sau {time}.", "Try again in {time}."),
    "error.code": Text("Mã lỗi", "Code"),
    "error.home": Text("Về trang đầu", "To the first page"),
    **{f"state.{key}": told for key, told in STANDS.items()},
    "state.received": Text("Đã nhận", "Received"),
    "state.good": Text("Tốt", "Good"),
    "state.warned": Text("Cần chú ý", "Needs attention"),
    "state.failing": Text("Hỏng", "Failing"),
    "state.unused": Text("Không dùng", "Not used"),
    "state.active": Text("Đang dùng", "Active"),
    "state.disabled": Text("Đã khóa", "Disabled"),
    "urgency.0": Text("Thường", "Normal"),
    "urgency.1": Text("Khẩn", "Urgent"),
    "urgency.2": Text("Thượng khẩn", "Very urgent"),
    "urgency.3": Text("Hỏa tốc", "Express"),
    "urgency.4": Text("Hỏa tốc hẹn giờ", "Scheduled express"),
    "tier.central": Text("Trung ương", "Central"),
    "tier.provincial": Text("Cấp tỉnh", "Provincial"),
    "tier.district": Text("Cấp huyện", "District"),
    "tier.commune": Text("Cấp xã", "Commune"),
    "tier.unknown": Text("Không rõ", "Unknown"),
    "tier.all": Text("Cả nước", "All"),
}


class Speaker:
    """Says texts of `table` in one language."""

    def __init__(self, table: Mapping[str, Text], lang: Lang) -> None:
        self._table = table
        self.lang = lang

    def __call__(self, key: str, /, **values: Any) -> str:
        """KeyError for a text that no table has: a test goes over all that templates ask for."""
        text = getattr(self._table[key], self.lang)
        if "|" in text:
            one, many = text.split("|")
            text = one if values.get("n") == 1 else many
        if not values:
            return str(text)
        numbers = {k: formats.number(v, self.lang) if isinstance(v, int) else v for k, v in values.items()}
        return str(text.format(**numbers))

    def pick(self, text: Text) -> str:
        return text.vi if self.lang == "vi" else text.en
