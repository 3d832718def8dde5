"""Steering tasks as documents make them: the whole course, whose act each is, what is told where it is wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hub.core.edxml.detail import Detail, File
from hub.core.model import Business, Millis
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes import folding
from hub.programmes.folding import Key
from hub.programmes.riding import Answered, Case, Fault, Packet, Ridden
from hub.programmes.tasks.programme import Tasks, case_id, flag, kept
from hub.programmes.tasks.states import Flag
from hub.programmes.tasks.words import WORDS

G22, H26, H52, OLD = "000.00.00.G22", "000.00.00.H26", "000.00.00.H52", "000.00.00.H99"
DAY = date(2026, 11, 2)
DUE = date(2026, 11, 20)
TASKS = {"tasks": Tasks()}


class Play:
    """A record of documents, folded as they come."""

    def __init__(self) -> None:
        self.cases: dict[Key, Case] = {}
        self.documents = 0
        self.day = DAY

    def send(
        self, sender: str, *to: str, packet: dict[str, Any] | None = None, days: int = 1, **header: Any
    ) -> list[str]:
        """The codes of its faults."""
        self.documents += 1
        self.day += timedelta(days=days)
        packets = () if packet is None else (Packet(name="a.packet.json", kind="task", version=1, body=packet),)
        ridden = Ridden(
            number=self.documents,
            id=f"urn:{self.documents}",
            document_id=f"D{self.documents}",
            sender=sender,
            recipients=tuple(sorted(to)),
            code=f"{self.documents}/VPCP",
            subject="Giao nhiệm vụ",
            accepted=Millis(1_795_320_000_000),
            promulgated=self.day,
            packets=packets,
            verdict="VALID",
            **header,
        )
        reading = folding.read(TASKS, ["tasks"], ridden)
        folded = folding.fold(TASKS, reading, self.cases)
        assert not folded.errors
        self.cases |= folded.cases
        for _, fault in folded.faults:
            assert fault.code in WORDS.faults or fault.code.startswith("PACKET_")
            assert fault.expected == fault.found or EXPECTED_FOUND.vi(fault.expected)
        return [fault.code for _, fault in folded.faults]

    def act(self, act: str, sender: str, *to: str, tasks: tuple[str, ...] = ("NV1",), **more: Any) -> list[str]:
        header = {name: more.pop(name) for name in ("heir_of", "answers") if name in more}
        body = {"packet": "task/1", "act": act, "tasks": list(tasks)} | more
        return self.send(sender, *to, packet=body, **header)

    def assign(self, *to: str, **more: Any) -> list[str]:
        return self.send(G22, *to, steering=1, tasks=("NV1",), due=DUE, **more)

    def report(self, sender: str = H52, **more: Any) -> list[str]:
        return self.send(sender, G22, tasks=("NV1",), answers=(Answered(organ=G22, sender=G22),), **more)

    def case(self, assignee: str = H52, assigner: str = G22, code: str = "NV1") -> Case:
        return self.cases["tasks", case_id(code, assigner, assignee)]

    def state(self, assignee: str = H52) -> str:
        return self.case(assignee).state


def test_from_the_steering_document_to_the_confirmed_answer() -> None:
    play = Play()
    assert play.assign(H52, H26) == []
    assert (play.state(H52), play.state(H26)) == ("chuathuchien", "chuathuchien"), "each assignee has its own"
    case = play.case()
    assert case.parties == (("assignee", H52), ("assigner", G22))
    assert (case.due, case.opened, case.title) == (DUE, date(2026, 11, 3), "Giao nhiệm vụ")
    assert play.act("accept", H52, G22, assigner=G22) == []
    assert play.state() == "dangthuchien"
    assert play.report() == []
    assert (play.state(), kept(play.case()).answered) == ("choxacnhan", date(2026, 11, 5))
    assert play.act("redo", G22, H52, reason="Chưa đủ") == []
    assert (play.state(), kept(play.case()).reason) == ("thuchienlai", "Chưa đủ")
    assert play.report(days=10) == []
    assert play.act("confirm", G22, H52, days=30) == []
    done = play.case()
    assert (done.state, done.ended, done.late) == ("dahoanthanh", date(2026, 11, 16), False), "by the answer's day"
    assert play.state(H26) == "chuathuchien"


def test_late_goes_by_the_day_of_the_answer() -> None:
    play = Play()
    play.assign(H52)
    play.report(days=25)
    play.act("confirm", G22, H52)
    assert play.case().late is True
    assert flag(play.case(), DAY) is Flag.OVERDUE


def test_an_assigner_who_says_so_may_answer_the_report_itself() -> None:
    """A clerk confirms by a reply to the letter that reported."""
    play = Play()
    play.assign(H52)
    play.report(days=3)
    reply = (Answered(sender=H52, tasks=("NV1",)),)
    assert play.act("confirm", G22, H52, answers=reply) == ["TASK_NOT_YOURS"]
    assert play.act("confirm", G22, H52, answers=reply, assigner=G22) == []
    assert play.state() == "dahoanthanh"


def test_the_flag_is_of_a_day() -> None:
    play = Play()
    play.assign(H52)
    flags = {0: Flag.IN_TIME, 15: Flag.DUE_SOON, 18: Flag.DUE_SOON, 19: Flag.OVERDUE}
    assert {days: flag(play.case(), DAY + timedelta(days=days)) for days in flags} == flags
    assert list(Tasks().marks(play.case(), DAY)) == ["tronghan"]


def test_refused_assigned_again_extended_suspended_resumed_cancelled() -> None:
    play = Play()
    play.assign(H52)
    assert play.act("refuse", H52, G22, assigner=G22, reason="Không thuộc thẩm quyền") == []
    assert play.state() == "tuchoithuchien"
    assert play.assign(H52) == []
    assert play.state() == "chuathuchien"
    assert play.act("extend", G22, H52, due="2026-12-31") == []
    assert play.case().due == date(2026, 12, 31)
    assert play.act("suspend", G22, H52) == []
    assert (play.state(), play.case().due) == ("tamhoan", None), "no deadline runs"
    assert play.act("resume", G22, H52) == []
    assert (play.state(), play.case().due) == ("dangthuchien", date(2026, 12, 31))
    assert play.act("cancel", G22, H52) == []
    assert (play.state(), play.case().late) == ("huy", False)
    assert play.act("confirm", G22, H52) == ["TASK_NOT_NOW"]


@pytest.mark.parametrize(
    ("act", "sender", "more", "code"),
    [
        ("confirm", H52, {"assigner": G22}, "TASK_NOT_YOURS"),
        ("confirm", H52, {"answers": (Answered(sender=G22, tasks=("NV1",)),)}, "TASK_NOT_YOURS"),
        ("accept", G22, {"assigner": G22}, "TASK_NOT_YOURS"),
        ("confirm", H26, {}, "TASK_UNKNOWN"),
        ("accept", H26, {"assigner": G22}, "TASK_UNKNOWN"),
        ("accept", H52, {}, "TASK_UNKNOWN"),
        ("accept", H52, {"assigner": G22, "tasks": ("NV9",)}, "TASK_UNKNOWN"),
        ("accept", H52, {"assigner": G22, "tasks": ()}, "TASK_NO_CODE"),
        ("confirm", G22, {}, "TASK_NOT_NOW"),
        ("extend", G22, {}, "TASK_DEADLINE"),
        ("accept", H52, {"assigner": G22, "due": "2026-12-01"}, "TASK_DEADLINE"),
        ("extend", G22, {"due": "2026-01-01"}, "TASK_DEADLINE"),
        ("dance", G22, {}, "PACKET_FIELDS"),
    ],
)
def test_what_is_wrong_changes_nothing_and_is_told(act: str, sender: str, more: dict[str, Any], code: str) -> None:
    play = Play()
    play.assign(H52)
    before = dict(play.cases)
    to = H52 if sender == G22 else G22
    assert play.act(act, sender, to, **more) == [code]
    assert play.cases == before


def test_a_deadline_without_a_code_and_a_code_given_twice_are_told() -> None:
    play = Play()
    assert play.send(G22, H52, steering=1, due=DUE) == ["TASK_NO_CODE"]
    assert play.send(G22, H52, steering=1) == [], "a directive that asks for nothing by a day"
    assert play.assign(H52) == []
    assert play.assign(H52) == ["TASK_TWICE"]
    assert play.send(G22, H52, steering=1, tasks=("NV3",), due=DAY) == ["TASK_DEADLINE"]


def test_who_leads_and_who_takes_part_stands_in_the_packet() -> None:
    play = Play()
    assert play.act("assign", G22, H52, H26, assignees=[H52], partners=[H26], text="Chủ trì xây dựng đề án") == []
    case = play.case()
    assert case.parties == (("assignee", H52), ("assigner", G22), ("partner", H26))
    assert (case.title, len(play.cases)) == ("Chủ trì xây dựng đề án", 1)
    assert play.act("assign", G22, H52, assignees=[H26], tasks=("NV2",)) == ["TASK_UNKNOWN"]
    assert play.act("accept", H26, G22, assigner=G22) == ["TASK_UNKNOWN"], "a partner answers for nothing"


def test_silence_is_consent_by_the_clock_of_an_opinion() -> None:
    play = Play()
    assert play.act("assign", G22, H52, clock="members-opinion", days=3) == []
    case = play.case()
    assert (case.kind, case.due) == ("opinion", date(2026, 11, 26)), (
        "three working days after Sunday the 22nd; the 24th is off"
    )
    assert "consented-by-silence" not in Tasks().marks(case, date(2026, 11, 26))
    assert "consented-by-silence" in Tasks().marks(case, date(2026, 11, 27))
    assert play.act("assign", G22, H52, clock="members-opinion", days=9, tasks=("NV2",)) == ["TASK_DEADLINE"]


def test_who_took_an_ended_agencys_place_acts_in_it() -> None:
    play = Play()
    play.assign(OLD)
    assert play.act("accept", H52, G22, assigner=G22, heir_of=(OLD,)) == []
    assert play.report(heir_of=(OLD,)) == []
    assert play.state(OLD) == "choxacnhan"
    assert play.act("accept", H26, G22, assigner=G22, heir_of=()) == ["TASK_UNKNOWN"]


def test_a_recall_or_an_update_is_no_act() -> None:
    play = Play()
    play.assign(H52)
    before = dict(play.cases)
    for business in (Business.RECALL, Business.UPDATE):
        assert play.assign(H52, business=business) == []
    assert play.cases == before


def test_which_documents_are_read() -> None:
    tasks = Tasks()
    assert tasks.concerns(Detail(steering=1))
    assert tasks.concerns(Detail(tasks=("NV",)))
    assert tasks.concerns(Detail(files=(File("a.packet.json", 1),)))
    assert not tasks.concerns(Detail())
    assert not tasks.concerns(Detail(steering=1, application="MCDT_DT"))


def test_faults_say_what_is_right_in_both_languages() -> None:
    fault = Fault(code="TASK_NOT_YOURS", expected="an act of the assigner", found="accept")
    assert fault.said.vi == "cần việc của cơ quan giao; nhận được accept"
