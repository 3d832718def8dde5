"""LIMIT_*, HUB_*: the same call may succeed later, or the hub itself is in trouble."""

from __future__ import annotations

from hub.core.errors.base import AxisError, Fault, Text


class TryLater(AxisError):
    def __init__(self, *, retry_after: float = 1.0, expected: str = "", found: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(expected=expected, found=found)


class TooMany(TryLater):
    code = "LIMIT_TOO_MANY"
    fault = Fault.CALLER
    text = Text("Quá nhiều yêu cầu", "Too many requests")
    hint = Text("Chờ theo Retry-After rồi gửi lại", "Wait as Retry-After says and send again")


class RefusalsSpent(TryLater):
    code = "LIMIT_REFUSALS"
    fault = Fault.CALLER
    text = Text(
        "Quá nhiều lượt gửi bị từ chối trong giờ này; lượt này không được ghi nhận",
        "Too many refused submissions in this hour; this one is not on record",
    )
    hint = Text(
        "Sửa lỗi được nêu rồi gửi: văn bản hợp lệ vẫn được nhận; bằng chứng từ chối có lại sau Retry-After",
        "Correct the faults: valid documents are still accepted; refusals leave evidence again after Retry-After",
    )


class Unavailable(TryLater):
    code = "HUB_UNAVAILABLE"
    text = Text("Trục tạm thời không thể bảo đảm lưu trữ an toàn", "The hub cannot promise durability just now")
    hint = Text("Gửi lại sau; việc gửi là lũy đẳng", "Send again later; submission is idempotent")


class ClockInDoubt(TryLater):
    code = "HUB_CLOCK_IN_DOUBT"
    text = Text(
        "Trục không tin đồng hồ máy chủ nên tạm ngừng ghi nhận",
        "The hub does not believe its machine's clock, and records nothing meanwhile",
    )
    hint = Text(
        "Gửi lại sau, không mất gì. Quản trị: chỉnh đồng hồ, Trục tự chạy tiếp; nếu đồng hồ đúng: `truc clock trust`",
        "Send again later, nothing is lost. Operator: set the clock right and the hub goes on by itself; "
        "where it is right: `truc clock trust`",
    )


class Maintenance(TryLater):
    code = "HUB_MAINTENANCE"
    text = Text(
        "Trục đang bảo trì: tạm không nhận văn bản và trạng thái mới",
        "The hub is in maintenance: it takes no new documents and statuses for a while",
    )
    hint = Text(
        "Chờ theo Retry-After rồi gửi lại đúng các byte đó; nhận, ký nhận và đọc vẫn như thường, mọi thời hạn tạm dừng",
        "Wait as Retry-After says and send the same bytes again; fetching, acknowledging and reading go on, and "
        "deadlines stand still",
    )


class Overloaded(TryLater):
    code = "HUB_OVERLOADED"
    text = Text("Trục đang giữ quá nhiều câu trả lời chưa được nhận", "Too many answers wait to be read")
    hint = Text("Chờ theo Retry-After rồi hỏi lại", "Wait as Retry-After says and ask again")


class CasesBehind(TryLater):
    code = "HUB_CASES_BEHIND"
    text = Text(
        "Trục chưa đọc kịp hồ sơ của chương trình nên chưa trả lời được từng bản ghi",
        "Cases of programmes are not up to the record, so what becomes of a row cannot be told",
    )
    hint = Text(
        "Chờ theo Retry-After rồi gửi lại đúng các byte đó; lượt gửi lại là lũy đẳng",
        "Wait as Retry-After says and send the same bytes again; sending again is idempotent",
    )


class ListInvalid(AxisError):
    code = "HUB_LIST_INVALID"
    text = Text("Danh sách của quản trị không dùng được", "A list of the operator's cannot be used")
    hint = Text(
        "Sửa dòng được nêu trong thư mục programmes.lists, hoặc bỏ tệp để dùng danh sách đi kèm; kiểm tra: "
        "truc config check",
        "Correct that line in the folder of programmes.lists, or take the file away for the list that is shipped; "
        "try it with truc config check",
    )


class AlreadyRunning(AxisError):
    code = "HUB_ALREADY_RUNNING"
    text = Text("Trục trên thư mục dữ liệu này đang chạy", "A hub is already running on this data folder")
    hint = Text(
        "Dùng Trục đang chạy; hoặc dừng tiến trình đó rồi chạy lại, hoặc chọn thư mục dữ liệu khác",
        "Use the one that runs; or stop that process and try again, or choose another data folder",
    )


class IntegrityAlarm(AxisError):
    code = "HUB_INTEGRITY"
    text = Text("Dữ liệu của Trục tự mâu thuẫn", "The hub's own record contradicts itself")
    hint = Text(
        "Dừng; chạy `truc fsck`, khôi phục từ bản sao lưu đã kiểm",
        "Stop; run `truc fsck` and restore a verified backup",
    )


class Unexpected(AxisError):
    code = "HUB_ERROR"
    text = Text("Lỗi nội bộ của Trục", "Internal error of the hub")
    hint = Text("Báo quản trị Trục kèm thời điểm xảy ra", "Tell the operator when it happened")


class NotInstalled(AxisError):
    code = "HUB_NOT_INSTALLED"
    text = Text("Máy chủ chưa cài phần này", "This part is not installed on the hub")
    hint = Text(
        "Quản trị Trục cài vào môi trường của Trục: `pip install 'truc[reports]'`. CSV, XLSX và trang in vẫn dùng được",
        "The operator installs it into the hub's environment: `pip install 'truc[reports]'`. CSV, XLSX and print work",
    )
