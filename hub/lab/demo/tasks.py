"""A scene of the story: a task is given to two provinces; one accepts it, reports, does it again, and is confirmed."""

from __future__ import annotations

import msgspec

from clients import compose
from hub.base.runtime import system_clock
from hub.core.edxml import Attachment, ResponseFor
from hub.core.model import vietnam_date
from hub.lab.demo.story import HA_NOI, SON_LA, VPCP, Cast, Stage, Step, need
from hub.programmes.tasks.packets import NAME, TaskPacket
from hub.programmes.tasks.states import TaskAct, TaskState

CODE = "NV-TTHC-01"
_TEXT = "Trình phương án đơn giản hóa TTHC nội bộ"
_STEERING, _REPORTING = 1, 2


async def scene(s: Stage, c: Cast) -> Step:
    """Six documents, one row of events, and a board that adds up."""
    given = await s.hand(await s.document(VPCP, [SON_LA, HA_NOI], _TEXT, steering_type=_STEERING, task_codes=(CODE,)))
    message = given.answer.message
    answer = ResponseFor(VPCP, message.code, message.document_id, vietnam_date(system_clock()))

    async def report(subject: str) -> None:
        document = await s.document(
            SON_LA,
            [VPCP],
            subject,
            type=compose.document_type("Báo cáo"),
            steering_type=_REPORTING,
            task_codes=(CODE,),
            response_for=(answer,),
        )
        await s.hand(document)

    await _act(s, SON_LA, VPCP, TaskAct.ACCEPT)
    await report("Báo cáo phương án đơn giản hóa TTHC nội bộ")
    await _act(s, VPCP, SON_LA, TaskAct.REDO, "Chưa có số liệu chi phí tuân thủ")
    await report("Báo cáo phương án đơn giản hóa TTHC nội bộ (bổ sung chi phí)")
    await _act(s, VPCP, SON_LA, TaskAct.CONFIRM)

    life = await (await s.client(VPCP)).case("tasks", f"{CODE}@{VPCP}/{SON_LA}")
    acts = [event.act for event in life.events]
    need(acts == ["assign", "accept", "report", "redo", "report", "confirm"], f"the row of its events, not {acts}")
    need((life.case.state, life.case.late) == (TaskState.DONE, False), "a task that was done in time")
    board = await (await s.client(VPCP)).board("tasks", role="assigner")
    need((board.total.total, board.total.ended, board.total.open) == (2, 1, 1), "two tasks, one of them done")
    need(sum(line.total for line in board.lines) == board.total.total, "lines that add up to the total")
    need(not (await (await s.client(VPCP)).ridden_faults("tasks")).items, "nothing that was not understood")
    return Step(
        "Giao nhiệm vụ cho hai tỉnh: nhận, báo cáo, làm lại, báo cáo, xác nhận đúng hạn; bảng cộng khớp (2 = 1 + 1)",
        "A task for two provinces: accepted, reported, redone, reported, confirmed in time; the board adds up (2=1+1)",
    )


async def _act(s: Stage, sender: str, other: str, act: TaskAct, reason: str = "") -> None:
    packet = TaskPacket(packet="task/1", act=act, tasks=(CODE,), assigner=VPCP, reason=reason)
    document = await s.document(sender, [other], f"V/v nhiệm vụ {CODE}", task_codes=(CODE,))
    await s.hand(document, [Attachment("1", NAME, data=msgspec.json.encode(packet))])
