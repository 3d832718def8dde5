"""A programme for tests of the frame: a document of ours opens, moves and ends cases by a packet `count/1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from hub.core.edxml.detail import Detail
from hub.core.errors import Text
from hub.programmes.riding import Case, Event, Fault, Measure, Ridden, Vocabulary, carries_packet, fields


class Step(msgspec.Struct, frozen=True):
    case: str
    act: str
    state: str = "open"
    due: date | None = None
    n: int = 1


class CountPacket(msgspec.Struct, frozen=True):
    steps: list[Step]


class Counting:
    """Acts: open (by whom; to all recipients), move (another state and deadline), end. `boom` breaks it."""

    name = "count"
    version = 1
    packets: Mapping[str, type[msgspec.Struct]] = {"count/1": CountPacket}
    words = Vocabulary(
        title=Text("Đếm", "Counting"),
        kinds={"thing": Text("Việc", "Thing")},
        states={"open": Text("Mở", "Open"), "waiting": Text("Chờ", "Waiting"), "over": Text("Xong", "Over")},
        roles={"giver": Text("Bên giao", "Giver"), "doer": Text("Bên làm", "Doer")},
        acts={"open": Text("Mở", "Open"), "move": Text("Chuyển", "Move"), "end": Text("Kết thúc", "End")},
        measures={"weight": Text("Khối lượng", "Weight")},
        faults={
            "COUNT_NONE": Text("Không có việc này", "There is no such thing"),
            "COUNT_TWICE": Text("Đã có việc này", "There is such a thing already"),
        },
    )

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def concerns(self, told: Detail) -> bool:
        return carries_packet(told)

    def read(self, ridden: Ridden) -> Sequence[Event | Fault]:
        found: list[Event | Fault] = []
        for packet in ridden.of_kind("count"):
            given = fields(packet, self.packets, CountPacket)
            if isinstance(given, Fault):
                found.append(given)
                continue
            for step in given.steps:
                if step.act == "boom":
                    raise RuntimeError("broken")
                body = {"state": step.state, "n": step.n, "due": step.due and step.due.isoformat()}
                found.append(Event.of(ridden, step.case, step.act, **body, doers=list(ridden.recipients)))
        return found

    def apply(self, case: Case | None, event: Event) -> Case | Fault:
        body = event.body
        due = date.fromisoformat(body["due"]) if body["due"] else None
        if event.act == "bang":
            raise RuntimeError("broken")
        if event.act == "open" and case is None:
            return Case(
                id=event.case,
                kind="thing",
                state=body["state"],
                parties=(("giver", event.by), *(("doer", doer) for doer in body["doers"])),
                opened=event.day,
                title=f"Việc {event.case}",
                due=due,
                measures=(Measure(f"{event.day:%Y-%m}", "weight", body["n"]),),
            )
        if case is None:
            return Fault(code="COUNT_NONE", expected="a thing", found=event.case)
        if event.act == "open":
            return Fault(code="COUNT_TWICE", expected="a new thing", found=event.case)
        if event.act == "end":
            late = case.due is not None and event.day > case.due
            return msgspec.structs.replace(case, state="over", ended=event.day, late=late)
        return msgspec.structs.replace(case, state=body["state"], due=due)
