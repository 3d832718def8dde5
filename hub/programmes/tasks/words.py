"""The words of steering tasks in both languages; the codes of states are the field's own."""

from __future__ import annotations

from typing import Final

from hub.core.errors import Text
from hub.programmes.riding import Vocabulary
from hub.programmes.tasks.states import Flag, TaskAct, TaskState

ASSIGNER, ASSIGNEE, PARTNER = "assigner", "assignee", "partner"
TASK, OPINION = "task", "opinion"

NO_CODE, DEADLINE, NOT_YOURS, UNKNOWN, TWICE, NOT_NOW = (
    "TASK_NO_CODE",
    "TASK_DEADLINE",
    "TASK_NOT_YOURS",
    "TASK_UNKNOWN",
    "TASK_TWICE",
    "TASK_NOT_NOW",
)

FLAGS: Final = {
    Flag.IN_TIME: Text("trong hạn", "in time"),
    Flag.DUE_SOON: Text("sắp quá hạn", "due soon"),
    Flag.OVERDUE: Text("quá hạn", "late"),
    Flag.NO_DEADLINE: Text("không có hạn", "no deadline"),
}

WORDS: Final = Vocabulary(
    title=Text("Nhiệm vụ giao", "Steering tasks"),
    kinds={
        TASK: Text("Nhiệm vụ", "Task"),
        OPINION: Text("Lấy ý kiến, im lặng là đồng ý", "Opinion, silence is consent"),
    },
    states={
        TaskState.ASSIGNED: Text("Chưa thực hiện", "Assigned"),
        TaskState.IN_PROGRESS: Text("Đang thực hiện", "In progress"),
        TaskState.REFUSED: Text("Từ chối thực hiện", "Refused"),
        TaskState.REPORTED: Text("Chờ xác nhận", "Awaiting confirmation"),
        TaskState.REDO: Text("Thực hiện lại", "To be done again"),
        TaskState.SUSPENDED: Text("Tạm hoãn", "Suspended"),
        TaskState.DONE: Text("Đã hoàn thành", "Done"),
        TaskState.CANCELLED: Text("Đã hủy", "Cancelled"),
    },
    roles={
        ASSIGNEE: Text("Cơ quan thực hiện", "Assignee"),
        ASSIGNER: Text("Cơ quan giao", "Assigner"),
        PARTNER: Text("Cơ quan phối hợp", "Partner"),
    },
    acts={
        TaskAct.ASSIGN: Text("Giao", "Assign"),
        TaskAct.ACCEPT: Text("Nhận thực hiện", "Accept"),
        TaskAct.REFUSE: Text("Từ chối", "Refuse"),
        TaskAct.REPORT: Text("Báo cáo kết quả", "Report"),
        TaskAct.CONFIRM: Text("Xác nhận hoàn thành", "Confirm"),
        TaskAct.REDO: Text("Yêu cầu làm lại", "Ask to do again"),
        TaskAct.EXTEND: Text("Gia hạn", "Extend"),
        TaskAct.SUSPEND: Text("Tạm hoãn", "Suspend"),
        TaskAct.RESUME: Text("Tiếp tục", "Resume"),
        TaskAct.CANCEL: Text("Hủy", "Cancel"),
    },
    faults={
        NO_CODE: Text(
            "Văn bản giao nhiệm vụ có hạn nhưng không có mã nhiệm vụ nên không theo dõi được",
            "The document assigns a task with a deadline and without a code, so nobody can follow it",
        ),
        DEADLINE: Text("Hạn của nhiệm vụ sai", "The deadline of the task is wrong"),
        NOT_YOURS: Text("Việc này là của bên kia", "This is the other side's act"),
        UNKNOWN: Text("Không có nhiệm vụ này giữa hai cơ quan", "There is no such task between these agencies"),
        TWICE: Text("Nhiệm vụ này đã được giao", "This task was assigned already"),
        NOT_NOW: Text("Trạng thái của nhiệm vụ không cho phép việc này", "The task's state does not allow this"),
    },
)
