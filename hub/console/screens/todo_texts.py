"""Words of things to do: a title, why, and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.core.errors import Text

TODO: Final[Mapping[str, Text]] = {
    "todo.head": Text("{n} việc cần xử lý", "{n} thing to do|{n} things to do"),
    "todo.head.grave": Text("{n} việc gấp", "{n} of them urgent"),
    "todo.head.none": Text("Không có việc cần xử lý", "Nothing needs doing"),
    "todo.title": Text("Cần xử lý", "To be done"),
    "todo.order": Text("nặng nhất trước", "the gravest first"),
    "todo.none": Text("Không có việc cần xử lý. Kiểm tra lúc {time}.", "Nothing needs doing. Looked at {time}."),
    "todo.more": Text("và {n} đơn vị khác", "and {n} other|and {n} others"),
    "todo.left": Text("còn {time}", "{time} left"),
    "todo.over": Text("quá {time}", "{time} over"),
    "todo.difference": Text("Sổ cái lệch {n}", "The ledger differs by {n}"),
    "todo.difference.why": Text(
        "Số gửi tới khác tổng các kết quả. Chạy truc fsck trên bản sao lưu, giữ nguyên dữ liệu.",
        "What was accepted is not the sum of its outcomes. Run truc fsck on a backup, change nothing.",
    ),
    "todo.halted": Text("Trục đã dừng ghi nhận", "The axis records nothing more"),
    "todo.halted.why": Text("Lý do: {why}.", "Because: {why}."),
    "todo.clock": Text("Đồng hồ máy chủ không tin được", "The machine's clock is in doubt"),
    "todo.clock.why": Text(
        "Lý do: {why}. Không gì được ký hay hết hạn; khi đồng hồ đúng: truc clock trust.",
        "Because of {why}. Nothing is signed or expires; where the clock is right: truc clock trust.",
    ),
    "todo.unwell": Text("Trục sắp không nhận được văn bản", "The axis is about to take no documents"),
    "todo.unwell.why": Text("Lý do: {why}.", "Because of {why}."),
    "todo.urgent": Text(
        "{n} văn bản hỏa tốc chưa có người nhận", "{n} express document not fetched|{n} express documents not fetched"
    ),
    "todo.urgent.why": Text("Nơi nhận: {names}. Gọi văn thư.", "For {names}. Call the clerk."),
    "todo.expired": Text(
        "{n} văn bản quá hạn nhận trong 14 ngày", "{n} delivery expired in 14 days|{n} deliveries expired in 14 days"
    ),
    "todo.expired.why": Text(
        "Nơi gửi đã được báo; họ gửi lại hoặc dùng đường khác.",
        "Their senders were told; they send again, or by another way.",
    ),
    "todo.expiring": Text("{n} văn bản sắp quá hạn nhận", "{n} document about to expire|{n} documents about to expire"),
    "todo.expiring.why": Text("Nơi nhận: {names}.", "For {names}."),
    "todo.silent": Text(
        "{of} đơn vị để văn bản chờ quá 24 giờ", "{of} agencies leave documents waiting for more than 24 hours"
    ),
    "todo.silent.why": Text("Nơi nhận: {names}.", "For {names}."),
    "todo.disk": Text("Đĩa lưu trữ sắp đầy", "The disk of the record fills up"),
    "todo.disk.why": Text("Chỉ còn trống {why}.", "Only {why} are free."),
    "todo.backlog": Text("{n} văn bản đang chờ nhận", "{n} document waits|{n} documents wait"),
    "todo.backlog.why": Text("Chờ lâu nhất: {names}.", "Waiting longest: {names}."),
    "todo.refusals": Text("{n} lần từ chối trong giờ này", "{n} refusal in this hour|{n} refusals in this hour"),
    "todo.refusals.why": Text("{why}, nhiều nhất: {names}.", "{why}, most often to {names}."),
    "todo.turned_away": Text(
        "{n} lần từ chối trong giờ này, gấp {why} lần thường lệ",
        "{n} refusal in this hour, {why} times the usual|{n} refusals in this hour, {why} times the usual",
    ),
    "todo.turned_away.why": Text("Nhiều loại lỗi; nơi gửi: {names}.", "Of several codes; callers: {names}."),
    "todo.traffic": Text(
        "{n} gói tin trong giờ qua, gấp {why} lần thường lệ",
        "{n} message within an hour, {why} times the usual|{n} messages within an hour, {why} times the usual",
    ),
    "todo.traffic.why": Text(
        "Nơi gửi: {names}. Hỏi có đúng như vậy không.", "From {names}. Ask whether that is meant."
    ),
    "todo.no_certificate": Text(
        "Đăng ký dở dang: {n} đơn vị không có chứng thư còn hiệu lực",
        "Registered by half: {n} agency has no certificate|Registered by half: {n} agencies have no certificate",
    ),
    "todo.no_certificate.why": Text("Chưa thể kết nối: {names}.", "They cannot come in: {names}."),
    "todo.unproven": Text(
        "Đăng ký dở dang: {n} đơn vị có webhook chưa chứng minh được khóa bí mật",
        "Registered by half: {n} agency never proved its webhook|Registered by half: {n} agencies never proved theirs",
    ),
    "todo.unproven.why": Text("Nhắc {names}: truc webhooks test.", "Remind {names}: truc webhooks test."),
    "todo.never_came": Text(
        "Đăng ký dở dang: {n} đơn vị có chứng thư nhưng chưa kết nối lần nào",
        "Registered by half: {n} agency never came in|Registered by half: {n} agencies never came in",
    ),
    "todo.never_came.why": Text("Gọi {names}.", "Call {names}."),
    "todo.everybody": Text("mọi đơn vị", "agencies in general"),
    "todo.do.agencies": Text("Xem các đơn vị", "Look at these agencies"),
    "todo.stamps": Text("Dấu thời gian không được cấp từ lâu", "No time stamp was given for long"),
    "todo.stamps.why": Text(
        "Văn bản vẫn được nhận và chuyển; kiểm tra máy chủ cấp dấu.", "Documents still go on; look at the authority."
    ),
    "todo.certificate": Text(
        "{n} chứng thư hết hạn trong 30 ngày", "{n} certificate ends within 30 days|{n} certificates end within 30 days"
    ),
    "todo.certificate.why": Text("Sớm nhất: {names}.", "First: {names}."),
    "todo.revocation": Text("Danh sách thu hồi sắp hết giá trị", "A revocation list is about to end"),
    "todo.revocation.why": Text(
        "Sau đó chữ ký của CA ấy không kiểm tra được: nạp danh sách mới bằng truc keys crl.",
        "After that no signature under its CA can be judged: bring a new list with truc keys crl.",
    ),
    "todo.witness": Text("{n} nhân chứng chậm xác nhận", "{n} witness is behind|{n} witnesses are behind"),
    "todo.witness.why": Text("{names}: văn bản vẫn được nhận và chuyển.", "{names}: documents still go on."),
    "todo.do.log": Text("Xem nhật ký", "Look at the log"),
    "todo.do.system": Text("Xem tình trạng", "Look at the system"),
    "todo.do.agency": Text("Xem đơn vị", "Look at the agency"),
    "todo.do.failures": Text("Xem nguyên nhân", "Look at the causes"),
    "todo.do.certificates": Text("Xem chứng thư", "Look at certificates"),
}
