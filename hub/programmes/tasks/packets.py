"""The data packet `task/1`: the facts of a task that a header has no place for.

An assignment and an answer need none. SteeringType 1, TaskCode and DueDate assign a task to every recipient;
ResponseFor and TaskCode report on it. The packet carries the other acts, and of an assignment the leader, the ones that
take part, and by which clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from hub.programmes.tasks.states import TaskAct

NAME: Final = "nhiem-vu.packet.json"
"""The name of the file where it is made here."""
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Agency = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class ClockCode(StrEnum):
    """The clocks of NĐ 191/2026/NĐ-CP (`hub.programmes.tasks.clocks`)."""

    FORMAL_CHECK = "formal-check"
    SUBMISSION = "submission"
    DECISION = "decision"
    MEMBERS_OPINION = "members-opinion"
    MINISTRIES_OPINION = "ministries-opinion"


class TaskPacket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """act        the document's act on the tasks
    tasks      their codes; left out, those of the header
    assigner   the giver, where an assignee writes and ResponseFor does not say it
    assignees  whose tasks the assigner means; left out, those of all recipients
    partners   agencies that take part in a task without answering for it: they see it
    due        the new deadline of an extension; of an assignment in place of the header's DueDate
    clock      of an assignment, with `days` where the clock leaves a choice
    text       the work, in words; left out, the document's subject
    reason     why it is refused, done again, extended, suspended, cancelled
    """

    packet: Annotated[str, msgspec.Meta(pattern=r"^task/1$(?!\n)")]
    act: TaskAct
    tasks: Annotated[tuple[Code, ...], msgspec.Meta(max_length=50)] = ()
    assigner: Annotated[str, msgspec.Meta(max_length=100)] = ""
    assignees: Annotated[tuple[Agency, ...], msgspec.Meta(max_length=1000)] = ()
    partners: Annotated[tuple[Agency, ...], msgspec.Meta(max_length=100)] = ()
    due: date | None = None
    clock: ClockCode | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=60)] | None = None
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


KINDS: Final[Mapping[str, type[msgspec.Struct]]] = {"task/1": TaskPacket}
