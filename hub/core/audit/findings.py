"""The possible findings of an audit, as one table; every finding names its leaf, the expected and the found value."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hub.core.errors import ProofInvalid, Text

MOST: Final = 1_000
"""Findings kept; more are only counted."""


class What(StrEnum):
    """Stable words. The first five say that the log itself is no longer to be relied on."""

    CHECKPOINT_INVALID = "checkpoint-invalid"
    LOG_SHRUNK = "log-shrunk"
    HISTORY_REWRITTEN = "history-rewritten"
    ENTRIES_UNREADABLE = "entries-unreadable"
    ROOT_DIFFERS = "root-differs"
    TILE_MISSING = "tile-missing"
    TILE_DIFFERS = "tile-differs"
    ENTRY_MALFORMED = "entry-malformed"
    OBJECT_MISSING = "object-missing"
    OBJECT_DIFFERS = "object-differs"
    OBJECT_UNREADABLE = "object-unreadable"
    IDENTIFIER_DIFFERS = "identifier-differs"
    ISSUER_DIFFERS = "issuer-differs"
    TIME_RUNS_BACK = "time-runs-back"
    TIME_AHEAD = "time-ahead"
    ANCHOR_TOO_YOUNG = "anchor-too-young"
    ANCHOR_DIFFERS = "anchor-differs"
    SEQUENCE_GAP = "sequence-gap"
    SEQUENCE_CHAIN = "sequence-chain"
    MANIFEST_GAP = "manifest-gap"
    MANIFEST_DIFFERS = "manifest-differs"
    MANIFEST_MISSING = "manifest-missing"
    DELIVERY_TWICE = "delivery-twice"
    DELIVERY_UNKNOWN = "delivery-unknown"
    DELIVERY_LATE = "delivery-late"
    DELIVERY_OVERDUE = "delivery-overdue"
    AUDITOR_NOT_APPOINTED = "auditor-not-appointed"
    DELIVERY_EARLY = "delivery-early"
    DELIVERY_UNASKED = "delivery-unasked"
    REQUEST_UNKNOWN = "request-unknown"
    PURGED_EARLY = "purged-early"
    COUNTER_MISSING = "counter-missing"
    STATUS_TWICE = "status-twice"
    PROOF_TWICE = "proof-twice"
    SIGNER_UNBOUND = "signer-unbound"
    SIGNER_IS_HUB = "signer-is-hub"
    DELEGATION_MISSING = "delegation-missing"
    DELEGATION_BRIEF = "delegation-brief"
    RULES_DROPPED = "rules-dropped"

    @property
    def text(self) -> Text:
        return _TEXTS[self]


UNSOUND: Final = frozenset(
    {
        What.CHECKPOINT_INVALID,
        What.LOG_SHRUNK,
        What.HISTORY_REWRITTEN,
        What.ENTRIES_UNREADABLE,
        What.ROOT_DIFFERS,
    }
)
"""After one of these nothing is saved: the state saved before is the evidence against the log."""

_TEXTS: Final = {
    What.CHECKPOINT_INVALID: Text(
        "Điểm kiểm tra không được chính sách chấp nhận", "The checkpoint does not satisfy the policy"
    ),
    What.LOG_SHRUNK: Text("Nhật ký ngắn hơn lần kiểm trước", "The log is shorter than it was"),
    What.HISTORY_REWRITTEN: Text(
        "Lịch sử khác với điểm kiểm tra đã giữ", "The history is not the one of the checkpoint kept"
    ),
    What.ENTRIES_UNREADABLE: Text("Không đọc được các mục của nhật ký", "Entries of the log cannot be read"),
    What.ROOT_DIFFERS: Text("Gốc cây tính lại khác gốc đã ký", "The root made from the entries is not the signed one"),
    What.TILE_MISSING: Text("Thiếu một ô băm", "A tile is missing"),
    What.TILE_DIFFERS: Text("Ô băm khác với các mục", "A tile is not that of the entries"),
    What.ENTRY_MALFORMED: Text("Mục nhật ký sai dạng", "An entry is not of the log's form"),
    What.OBJECT_MISSING: Text("Không có đối tượng của một mục", "The object of an entry is missing"),
    What.OBJECT_DIFFERS: Text("Đối tượng khác mã băm trong nhật ký", "An object is not the one that the log names"),
    What.OBJECT_UNREADABLE: Text("Đối tượng không ở dạng chuẩn tắc", "An object is not canonical or breaks its rules"),
    What.IDENTIFIER_DIFFERS: Text(
        "Mã bằng chứng không thuộc vị trí này", "The identifier does not belong to this leaf"
    ),
    What.ISSUER_DIFFERS: Text("Bên phát hành không phải nhật ký này", "The issuer is not this log"),
    What.TIME_RUNS_BACK: Text("Thời gian chạy lùi", "Time runs backwards"),
    What.TIME_AHEAD: Text("Bằng chứng ghi thời điểm chưa tới", "Evidence from the future"),
    What.ANCHOR_TOO_YOUNG: Text("Mốc neo mới hơn vị trí", "An anchor is younger than its leaf"),
    What.ANCHOR_DIFFERS: Text("Mốc neo không thuộc lịch sử này", "An anchor is not of this history"),
    What.SEQUENCE_GAP: Text("Chuỗi bằng chứng của đơn vị bị khuyết", "An agency's chain of evidence has a gap"),
    What.SEQUENCE_CHAIN: Text(
        "Chuỗi bằng chứng của đơn vị không nối nhau", "An agency's chain of evidence does not link"
    ),
    What.MANIFEST_GAP: Text("Bảng kê ngày không nối tiếp bảng trước", "A manifest does not continue the one before"),
    What.MANIFEST_DIFFERS: Text("Bảng kê ngày khác với nhật ký", "A manifest is not what the log holds"),
    What.MANIFEST_MISSING: Text("Thiếu bảng kê của một ngày đã hết", "A day that ended has no manifest"),
    What.DELIVERY_TWICE: Text("Một lượt gửi được đặt hai lần", "A delivery was placed twice"),
    What.DELIVERY_UNKNOWN: Text(
        "Sự kiện về lượt gửi không có hoặc đã kết thúc", "An event of a delivery that is not open, or has ended"
    ),
    What.DELIVERY_LATE: Text("Lượt gửi kết thúc quá hạn", "A delivery ended later than was promised"),
    What.AUDITOR_NOT_APPOINTED: Text(
        "Người đọc không phải kiểm toán viên được bổ nhiệm", "Somebody read as an auditor who was not appointed then"
    ),
    What.DELIVERY_OVERDUE: Text(
        "Quá hạn mà lượt gửi chưa có kết cục", "A delivery has no end, and its time has passed"
    ),
    What.DELIVERY_EARLY: Text("Lượt gửi bị coi là hết hạn trước hạn", "A delivery expired before its time"),
    What.DELIVERY_UNASKED: Text(
        "Lấy lại khi không có yêu cầu, hoặc không có câu trả lời đã ký của bên nhận",
        "Taken back or refused without a request on record, or without the recipient's signed answer",
    ),
    What.REQUEST_UNKNOWN: Text(
        "Yêu cầu lấy lại không phải của bên gửi đã ký", "A take-back that its sender did not sign"
    ),
    What.PURGED_EARLY: Text("Xóa nội dung khi còn nơi nhận chờ", "Bytes were deleted while somebody waited for them"),
    What.COUNTER_MISSING: Text(
        "Việc của một bên mà không có chữ ký của chính bên đó, cũng không nói vì sao",
        "A party's own doing without its signature, nor why there is none",
    ),
    What.STATUS_TWICE: Text("Một bản tin trạng thái được dùng hai lần", "One signed status serves twice"),
    What.PROOF_TWICE: Text(
        "Chữ ký của một văn bản được dùng cho văn bản khác", "One document's signature serves for another"
    ),
    What.SIGNER_UNBOUND: Text(
        "Chứng thư đã ký không được đăng ký cho đơn vị lúc đó", "The certificate was not bound to that agency then"
    ),
    What.SIGNER_IS_HUB: Text("Chứng thư của chính Trục mang tên đơn vị", "The hub's own certificate as an agency's"),
    What.DELEGATION_MISSING: Text(
        "Ký thay mà nhật ký không ghi việc thay mặt", "Signed for another without a leaf that it acts for it"
    ),
    What.DELEGATION_BRIEF: Text(
        "Việc thay mặt, hoặc chứng thư, chỉ có hoặc chỉ được dùng trong thời gian ngắn",
        "A delegation, or a certificate, that stood or was used for a short time only",
    ),
    What.RULES_DROPPED: Text(
        "Bằng chứng theo quy tắc cũ sau khi quy tắc mới đã áp dụng", "Evidence of earlier rules after the present ones"
    ),
}


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """`leaf`: number of the leaf, None where it is none's; `subject`: agency, message, tile or day."""

    what: What
    leaf: int | None = None
    subject: str = ""
    expected: str = ""
    found: str = ""


class Findings:
    """Collects the findings, as many as can be read."""

    def __init__(self) -> None:
        self.items: list[Finding] = []
        self.omitted = 0

    def add(
        self, what: What, leaf: int | None = None, *, subject: str = "", expected: str = "", found: str = ""
    ) -> None:
        if len(self.items) < MOST:
            self.items.append(Finding(what, leaf, subject, expected[:300], found[:300]))
        else:
            self.omitted += 1

    def invalid(self, what: What, error: ProofInvalid, leaf: int | None = None, subject: str = "") -> None:
        self.add(what, leaf, subject=subject, expected=error.expected, found=error.found)

    def __bool__(self) -> bool:
        return bool(self.items)

    @property
    def sound(self) -> bool:
        """Whether the log itself held: its checkpoint, history, entries and root."""
        return not any(finding.what in UNSOUND for finding in self.items)
