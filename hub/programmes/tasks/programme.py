"""Steering tasks as a programme: from the document that assigns to the confirmed answer.

A case is one task of one assignee, called `<code>@<assigner>/<assignee>`: of a directive to all provinces each province
has its own, so totals count the agencies that have to act. Whose act it is follows from that name, which is made of the
sender as the axis verified it: nobody does the other side's.

Done on time or late goes by the promulgation day of the answer that was confirmed, not by the day on which somebody
confirmed it. A task that is suspended has no deadline that runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from hub.core.edxml.detail import Detail
from hub.core.errors import Text
from hub.core.misfit import one_of
from hub.core.model import Business, vietnam_date
from hub.programmes.riding import (
    Answered,
    Case,
    Event,
    Fault,
    Ridden,
    Vocabulary,
    carries_packet,
    cut,
    fields,
)
from hub.programmes.tasks.clocks import CLOCKS, Opinion, Silence, opinion
from hub.programmes.tasks.packets import KINDS, TaskPacket
from hub.programmes.tasks.states import OVER, WHOSE, By, Flag, NotNow, Task, TaskAct, TaskEvent, TaskState
from hub.programmes.tasks.words import (
    ASSIGNEE,
    ASSIGNER,
    DEADLINE,
    FLAGS,
    NO_CODE,
    NOT_NOW,
    NOT_YOURS,
    OPINION,
    PARTNER,
    TASK,
    TWICE,
    UNKNOWN,
    WORDS,
)
from hub.programmes.working_days import vietnam

ASSIGNS: Final = 1
"""SteeringType of a document that assigns (`hub.core.edxml.codes`)."""
_TASK_CODE: Final = "MessageHeader.ResponseForTask.TaskCode"


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a case. `due` also while it is suspended; `answered`: the day of the latest report; `of`: identifier
    of the document that assigned it, `last`: of the latest report."""

    code: str
    text: str
    assigner: str
    assignee: str
    of: str
    document_id: str = ""
    number: str = ""
    promulgated: date | None = None
    due: date | None = None
    answered: date | None = None
    last: str = ""
    reason: str = ""
    clock: str = ""

    def task(self, state: str) -> Task:
        return Task(TaskState(state), self.due, self.answered)


_KEPT: Final = msgspec.json.Decoder(Kept)
_ENCODER: Final = msgspec.json.Encoder()


def kept(case: Case) -> Kept:
    return _KEPT.decode(case.body)


def flag(case: Case, day: date) -> Flag:
    """Computed for a day, never kept."""
    return kept(case).task(case.state).flag(day)


def case_id(code: str, assigner: str, assignee: str) -> str:
    return f"{code}@{assigner}/{assignee}"


class Tasks:
    name: Final = "tasks"
    version: Final = 2
    words: Final[Vocabulary] = WORDS
    packets: Final[Mapping[str, type[msgspec.Struct]]] = KINDS

    def concerns(self, told: Detail) -> bool:
        assigns = told.steering == ASSIGNS and not told.application
        return bool(told.tasks) or assigns or carries_packet(told)

    def read(self, ridden: Ridden) -> Sequence[Event | Fault]:
        if ridden.business in (Business.RECALL, Business.UPDATE):
            return ()  # they take back or change the document; a task ends by its own act
        packets = list(ridden.of_kind("task"))
        if packets:
            return [made for packet in packets for made in _of_packet(fields(packet, KINDS, TaskPacket), ridden)]
        if ridden.steering == ASSIGNS and not ridden.application:
            return list(_assigned(ridden, TaskPacket(packet="task/1", act=TaskAct.ASSIGN)))
        return list(_reported(ridden))

    def apply(self, case: Case | None, event: Event) -> Case | Fault:
        if event.act == TaskAct.ASSIGN and (case is None or case.state != TaskState.REFUSED):
            return _begun(case, event)
        return _moved(case, event)

    def marks(self, case: Case, day: date) -> Mapping[str, Text]:
        """Its flag; of an opinion the meaning of silence by that day."""
        own = flag(case, day)
        found = {own.value: FLAGS[own]}
        inside = kept(case)
        if (
            case.kind == OPINION
            and case.due is not None
            and case.state not in (TaskState.SUSPENDED, TaskState.CANCELLED)
        ):
            stands = opinion(CLOCKS[inside.clock], case.due, inside.answered, day)
            if stands is Opinion.CONSENTED_BY_SILENCE:
                found[stands.value] = Text("im lặng là đồng ý", "consented by silence")
        return found


# A document → events.


def _of_packet(packet: TaskPacket | Fault, ridden: Ridden) -> Iterator[Event | Fault]:
    if isinstance(packet, Fault):
        yield packet
    elif packet.act is TaskAct.ASSIGN:
        yield from _assigned(ridden, packet)
    elif (fault := _deadline(packet)) is not None:
        yield fault
    elif WHOSE[packet.act] is By.ASSIGNEE:
        yield from _by_assignee(ridden, packet)
    else:
        yield from _by_assigner(ridden, packet)


def _deadline(packet: TaskPacket) -> Fault | None:
    if (packet.due is not None) is (packet.act is TaskAct.EXTEND):
        return None
    expected = "due with extend, and with nothing else"
    return Fault(code=DEADLINE, place="$.due", expected=expected, found=str(packet.due or "none"))


def _assigned(ridden: Ridden, packet: TaskPacket) -> Iterator[Event | Fault]:
    codes, due = packet.tasks or ridden.tasks, packet.due or ridden.due
    if packet.clock is not None:
        clock = CLOCKS[packet.clock]
        try:
            due = due or clock.due(vietnam_date(ridden.accepted), packet.days, vietnam())
        except ValueError:
            expected = f"{clock.least} to {clock.most} working days"
            yield Fault(code=DEADLINE, place="$.days", expected=expected, found=str(packet.days))
            return
    if not codes and (due is not None or packet.text):
        yield Fault(code=NO_CODE, place=_TASK_CODE, expected="a code of the task", found="none")
    if due is not None and due < ridden.promulgated:
        yield Fault(
            code=DEADLINE, place="MessageHeader.DueDate", expected=f"{ridden.promulgated} or later", found=str(due)
        )
        return
    others = [code for code in packet.assignees if code not in ridden.recipients]
    if others:
        expected = "assignees that are recipients of the document"
        yield Fault(code=UNKNOWN, place="$.assignees", expected=expected, found=cut(", ".join(others)))
        return
    partners = list(packet.partners)
    whose = packet.assignees or tuple(code for code in ridden.recipients if code not in partners)
    for code in codes:
        for assignee in whose:
            yield Event.of(
                ridden,
                case_id(code, ridden.sender, assignee),
                TaskAct.ASSIGN,
                code=code,
                assignee=assignee,
                partners=partners,
                text=packet.text or ridden.subject,
                due=str(due or ""),
                clock=packet.clock or "",
                number=ridden.code,
                document_id=ridden.document_id,
            )


def _reported(ridden: Ridden) -> Iterator[Event | Fault]:
    """An answer without a packet reports on each task that it names."""
    for answered in ridden.answers:
        assigner = answered.sender or answered.organ
        if assigner and assigner != ridden.sender:
            for code in ridden.tasks:
                yield _own(ridden, code, assigner, TaskAct.REPORT, "")


def _by_assignee(ridden: Ridden, packet: TaskPacket) -> Iterator[Event | Fault]:
    meant: Answered = next(iter(ridden.answers), Answered())
    codes = packet.tasks or ridden.tasks or meant.tasks
    assigner = packet.assigner or meant.sender or meant.organ
    if not assigner:
        yield Fault(
            code=UNKNOWN, place="$.assigner", expected="who assigned it: assigner, or ResponseFor", found="none"
        )
    elif assigner == ridden.sender:
        yield Fault(code=NOT_YOURS, place="$.act", expected="an act of the assigner", found=packet.act)
    else:
        yield from _no_code(codes)
        for code in codes:
            yield _own(ridden, code, assigner, packet.act, packet.reason)


def _own(ridden: Ridden, code: str, assigner: str, act: TaskAct, reason: str) -> Event:
    """Of the sender's own task, or of that of an agency whose place it took."""
    made = Event.of(ridden, case_id(code, assigner, ridden.sender), act, reason=reason, due="")
    heirs = tuple(case_id(code, assigner, ended) for ended in ridden.heir_of)
    return msgspec.structs.replace(made, others=heirs)


def _by_assigner(ridden: Ridden, packet: TaskPacket) -> Iterator[Event | Fault]:
    own = (ridden.sender, *ridden.heir_of)
    meant: Answered = next(iter(ridden.answers), Answered())
    if packet.assigner and packet.assigner not in own:
        yield Fault(code=NOT_YOURS, place="$.act", expected=f"an act of {packet.assigner}", found=ridden.sender)
        return
    if not packet.assigner and meant.tasks and meant.sender not in own:  # named, it may answer the assignee's report
        yield Fault(code=NOT_YOURS, place="$.act", expected="an act of the assignee", found=packet.act)
        return
    codes = packet.tasks or ridden.tasks
    yield from _no_code(codes)
    due = str(packet.due or "")
    for code in codes:
        for assignee in packet.assignees or ridden.recipients:
            made = Event.of(ridden, case_id(code, ridden.sender, assignee), packet.act, reason=packet.reason, due=due)
            heirs = tuple(case_id(code, ended, assignee) for ended in ridden.heir_of)
            yield msgspec.structs.replace(made, others=heirs)


def _no_code(codes: Sequence[str]) -> Iterator[Fault]:
    if not codes:
        yield Fault(code=NO_CODE, place="$.tasks", expected="a code of the task", found="none")


# An event → the case.


def _begun(case: Case | None, event: Event) -> Case | Fault:
    body = event.body
    if case is not None:
        return Fault(code=TWICE, place=_TASK_CODE, expected="a code that is new", found=cut(body["code"]))
    clock = CLOCKS.get(body["clock"])
    inside = Kept(
        code=body["code"],
        text=body["text"],
        assigner=event.by,
        assignee=body["assignee"],
        of=event.document,
        document_id=body["document_id"],
        number=body["number"],
        promulgated=event.day,
        due=_day(body["due"]),
        clock=body["clock"],
    )
    partners = ((PARTNER, code) for code in body["partners"] if code != body["assignee"])
    return Case(
        id=event.case,
        kind=OPINION if clock is not None and clock.silence is Silence.CONSENT else TASK,
        state=TaskState.ASSIGNED,
        parties=((ASSIGNEE, inside.assignee), (ASSIGNER, inside.assigner), *partners),
        opened=event.day,
        title=inside.text[:300],
        due=inside.due,
        body=_ENCODER.encode(inside),
    )


def _moved(case: Case | None, event: Event) -> Case | Fault:
    if case is None:
        return Fault(code=UNKNOWN, place=_TASK_CODE, expected="a task of these agencies", found=cut(event.case))
    inside, act = kept(case), TaskAct(event.act)
    mine = inside.assigner if WHOSE[act] is By.ASSIGNER else inside.assignee
    if not event.is_by(mine):
        return Fault(code=NOT_YOURS, place="$.act", expected=f"an act of {mine}", found=event.by)
    try:
        due = _day(event.body["due"]) if act is TaskAct.EXTEND else None
        task = inside.task(case.state).after(TaskEvent(act=act, day=event.day, document=event.document, due=due))
    except NotNow as error:
        may = one_of(error.may) if error.may else "nothing more"
        return Fault(code=NOT_NOW, place="$.act", expected=may, found=f"{act} ({case.state})")
    if task.due is not None and act is TaskAct.EXTEND and task.due < event.day:
        return Fault(code=DEADLINE, place="$.due", expected=f"{event.day} or later", found=str(task.due))
    inside = msgspec.structs.replace(
        inside,
        due=task.due,
        answered=task.answered,
        last=event.document if act is TaskAct.REPORT else inside.last,
        reason=event.body.get("reason") or "",
    )
    return _as_it_stands(case, inside, task, event.day)


def _as_it_stands(case: Case, inside: Kept, task: Task, day: date) -> Case:
    done = task.state is TaskState.DONE
    ended = (task.answered or day) if done else day if task.state in OVER else None
    late = None if ended is None else done and inside.due is not None and ended > inside.due
    return msgspec.structs.replace(
        case,
        state=task.state.value,
        due=None if task.state is TaskState.SUSPENDED else inside.due,
        ended=ended,
        late=late,
        body=_ENCODER.encode(inside),
    )


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
