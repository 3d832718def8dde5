"""States, kinds, tiers, verdicts and events as people read them: in English they are the words of the wire.

The one table for tables, registers, exports and commands: a member of a record keeps its word, a cell has this one.
"""

from __future__ import annotations

from typing import Final

from hub.core.model import Priority
from hub.core.phrases.table import EXPECTED_FOUND

PRIORITIES: Final[dict[int, tuple[str, str]]] = {
    Priority.NORMAL: ("thường", "normal"),
    Priority.URGENT: ("khẩn", "urgent"),
    Priority.VERY_URGENT: ("thượng khẩn", "very urgent"),
    Priority.EXPRESS: ("hỏa tốc", "express"),
    Priority.SCHEDULED_EXPRESS: ("hỏa tốc hẹn giờ", "express, timed"),
}

_VI: Final = {
    "document": "văn bản",
    "status": "trạng thái",
    # states of a delivery
    "waiting": "đang chờ",
    "handed_over": "đã giao",
    "taken_back": "đã lấy lại",
    "refused": "bị từ chối",
    "expired": "hết hạn",
    # tiers
    "central": "trung ương",
    "provincial": "cấp tỉnh",
    "district": "cấp huyện",
    "commune": "cấp xã",
    # of a report, and how it stands
    "NHAP": "bản nháp",
    "CHO_DUYET_DON_VI": "chờ đơn vị duyệt",
    "CHUA_NOP": "chưa nộp",
    "DA_NOP": "đã nộp",
    "DA_DUYET": "đã duyệt",
    "TRA_LAI": "bị trả lại",
    "in-time": "đúng hạn",
    "late": "nộp muộn",
    "waited-for": "chưa đến hạn",
    "overdue": "quá hạn",
    # of a webhook, and why it is off
    "unproven": "chưa thử",
    "active": "đang gửi",
    "disabled": "đã tắt",
    "gone": "máy nhận trả lời 410",
    "ended": "đơn vị đã kết thúc",
    "paused": "tạm dừng",
    "failed": "không gửi được",
    # of an alert
    "critical": "nghiêm trọng",
    "warning": "cảnh báo",
    "info": "thông tin",
    # verdicts on a signature
    "VALID": "hợp lệ",
    "ABSENT": "không có",
    "MALFORMED": "sai cấu trúc",
    "WRONG_NAMESPACE": "sai không gian tên",
    "PROFILE_VIOLATION": "sai hồ sơ chữ ký",
    "ALGORITHM_FORBIDDEN": "thuật toán bị cấm",
    "DIGEST_MISMATCH": "nội dung đã bị sửa",
    "SIGNATURE_INVALID": "không khớp chứng thư",
    "CERTIFICATE_UNTRUSTED": "chứng thư không tin cậy",
    "CERTIFICATE_EXPIRED": "chứng thư hết hạn",
    "CERTIFICATE_NOT_YET_VALID": "chứng thư chưa có hiệu lực",
    "CERTIFICATE_REVOKED": "chứng thư bị thu hồi",
    "REVOCATION_UNKNOWN": "chưa rõ tình trạng thu hồi",
    "KEY_USAGE": "chứng thư không dùng để ký",
    "NOT_JUDGED": "chưa xét",
    "IDENTITY_MISMATCH": "chứng thư của đơn vị khác",
    # events of a document's life
    "SubmissionAcceptance": "Trục đã nhận",
    "SubmissionRejection": "Trục từ chối",
    "ContentHandover": "đã ký nhận",
    "ContentHandoverFailure": "nội dung không nhận được",
    "ConsignmentAcceptance": "đã tiếp nhận",
    "ConsignmentRejection": "bên nhận từ chối",
    "AcceptanceRejectionExpiry": "hết hạn nhận",
    "RecallRequest": "yêu cầu lấy lại",
    "RecallConfirmed": "đã lấy lại",
    "RecallRefused": "không đồng ý lấy lại",
    "BusinessStatus": "trạng thái xử lý",
    "HandoverWarning": "cảnh báo chưa nhận",
    "DocumentLookedAt": "kiểm toán viên đã xem",
    "EvidenceExported": "đã xuất bằng chứng",
    "RetentionApplied": "đã xóa nội dung",
    "DirectoryChange": "thay đổi danh mục",
    "DataBrought": "đã nhận dữ liệu đồng bộ",
    # changes in the directory
    "certificate-added": "thêm chứng thư",
    "certificate-changed": "đổi chứng thư",
    "certificate-withdrawn": "rút chứng thư",
    "entry-changed": "đổi thông tin đơn vị",
    "delegation-began": "bắt đầu được thay mặt",
    "delegation-ended": "thôi được thay mặt",
    # where an audit finds a delivery
    "accepted": "đã tiếp nhận",
    "held": "bên nhận đang giữ",
    # readiness
    "ok": "sẵn sàng",
    "halted": "đã ngừng ký",
    "stopping": "đang dừng",
    "starting": "đang khởi động",
    "clock-in-doubt": "nghi ngờ đồng hồ",
    "closing": "đang đóng",
    "failing": "kho không trả lời",
    "disk-low": "đĩa sắp đầy",
    "certificate-ending": "chứng thư của Trục sắp hoặc đã hết hạn",
    "crl-ending": "danh sách thu hồi sắp hoặc đã quá hạn",
    "waiting-long": "có văn bản chờ quá lâu",
    "unavailable": "tạm ngừng",
    # where a value of the settings comes from
    "file": "tệp",
    "default": "mặc định",
    # the counts of an audit or check
    "evidence": "bằng chứng",
    "leaves": "mục nhật ký",
    "checkpoints": "điểm kiểm tra",
    "tiles": "mảnh cây",
    "directory": "thay đổi danh mục",
    "release": "bản phát hành",
    "manifest": "bảng kê ngày",
    "timestamp": "dấu thời gian",
    "statement": "tuyên bố",
    "messages": "gói tin",
    "deliveries": "lượt nhận",
    "blobs": "tệp lớn",
    "agencies": "đơn vị",
    "manifests": "bảng kê ngày",
    "statements": "tuyên bố",
    "timestamps": "dấu thời gian",
    "certificates": "chứng thư",
    "seals": "dấu của Trục",
    "signed": "bản ký",
    "cosigned": "chữ ký nhân chứng",
    "counters": "bộ đếm",
    "looks-unproved": "lượt xem bằng tài khoản, nhật ký không đủ để chứng minh",
}


def pick(lang: str, vi: str, en: str) -> str:
    return vi if lang == "vi" else en


def urgency(lang: str, priority: int) -> str:
    """The word of a priority; of one that a later hub may have, its number."""
    return pick(lang, *PRIORITIES[priority]) if priority in PRIORITIES else str(priority)


def compared(lang: str, expected: str, found: str) -> str:
    """A finding's expected and found value, each where there is one."""
    vi = lang == "vi"
    rows = (("cần" if vi else "expected", expected), ("nhận được" if vi else "found", found))
    return "; ".join(f"{name}: {EXPECTED_FOUND.vi(value) if vi else value}" for name, value in rows if value)


def term(lang: str, word: str) -> str:
    """The word of the wire for people. A word that the table lacks stays: an identifier is better than a guess."""
    return _VI.get(word, word) if lang == "vi" else word
