"""Codes by which a document says its handling: the values in use, and the meaning of each.

The axis reads any of them, for the field has sent others; documents made here keep to these tables, so that the
recipient's system can act on it. The format of a task's code is published nowhere: any text up to 100 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hub.core.edxml.finding_texts import too_long, wrong_value
from hub.core.edxml.message import Document
from hub.core.errors import Finding, InvalidFields, Severity, Text
from hub.core.model import StatusCode

_CLAUSE: Final = "QCVN 102:2016/BTTTT"
_LONGEST_TASK: Final = 100

STEERING: Final[Mapping[int, Text]] = {
    0: Text("không phải văn bản chỉ đạo", "no steering"),
    1: Text("văn bản chỉ đạo, giao nhiệm vụ", "steering: assigns a task"),
    2: Text("báo cáo thực hiện chỉ đạo", "report on steering"),
    3: Text("giá trị gặp trên thực tế, chưa công bố nghĩa", "seen in the field, its meaning is not published"),
}
"""SteeringType."""

APPLICATIONS: Final[Mapping[str, Text]] = {
    "MCDT_DT": Text("hồ sơ một cửa điện tử", "dossier of the electronic one-stop shop"),
}
"""ApplicationType; a document without one is an official document."""

DOCUMENT_TYPES: Final = (
    "Nghị quyết", "Quyết định", "Chỉ thị", "Quy chế", "Quy định", "Thông cáo", "Thông báo", "Hướng dẫn",
    "Chương trình", "Kế hoạch", "Phương án", "Đề án", "Dự án", "Báo cáo", "Biên bản", "Tờ trình", "Hợp đồng",
    "Công văn", "Công điện", "Bản ghi nhớ", "Bản cam kết", "Bản thỏa thuận", "Giấy chứng nhận",
    "Giấy ủy quyền", "Giấy mời", "Giấy giới thiệu",
)  # fmt: skip
"""Administrative documents in the order of NĐ 30/2020/NĐ-CP: the first is TypeDetail 1."""

DESCRIPTIONS: Final = {
    StatusCode.ARRIVED: "Đã đến",
    StatusCode.REFUSED: "Từ chối tiếp nhận",
    StatusCode.ACCEPTED: "Đã tiếp nhận",
    StatusCode.ASSIGNED: "Phân công",
    StatusCode.IN_PROGRESS: "Đang xử lý",
    StatusCode.FINISHED: "Hoàn thành",
    StatusCode.TAKE_BACK: "Lấy lại",
    StatusCode.AGREED: "Đồng ý",
    StatusCode.DISAGREED: "Từ chối cập nhật, lấy lại",
}
"""The words of a status whose sender says nothing more (NĐ 30 wants words, not only a code)."""


def check_codes(document: Document) -> None:
    """InvalidFields with every code that is in no table, naming those that are; for a document about to be made."""
    found = list(_wrong(document))
    if found:
        raise InvalidFields(found)


def _wrong(document: Document) -> Iterator[Finding]:
    steering, application = document.steering_type, document.application_type
    if steering is not None and steering not in STEERING:
        yield _one_of("MessageHeader.SteeringType", str(steering), {str(k): v for k, v in STEERING.items()})
    if application and application not in APPLICATIONS:
        yield _one_of("MessageHeader.ApplicationType", application, APPLICATIONS)
    for task in document.task_codes:
        path = "MessageHeader.ResponseForTask.TaskCode"
        if not task.strip():
            right = Text("mã nhiệm vụ, không để trống", "a task's code, not empty")
            yield wrong_value(path, task, right, _CLAUSE, Severity.ERROR)
        elif len(task) > _LONGEST_TASK:
            yield too_long(path, task, _LONGEST_TASK, _CLAUSE, Severity.ERROR)
    due, day = document.due_date, document.promulgation_date
    if due is not None and due < day:
        right = Text(f"không trước ngày ban hành {day}", f"not before the day of promulgation, {day}")
        yield wrong_value("MessageHeader.DueDate", f"{due}", right, _CLAUSE, Severity.ERROR)


def _one_of(path: str, found: str, table: Mapping[str, Text]) -> Finding:
    right = Text(
        "một trong: " + "; ".join(f"{code} ({text.vi})" for code, text in table.items()),
        "one of: " + "; ".join(f"{code} ({text.en})" for code, text in table.items()),
    )
    return wrong_value(path, found, right, _CLAUSE, Severity.ERROR)
