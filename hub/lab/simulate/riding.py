"""Tasks, reports, dossiers and results on the country's documents, each answered by its recipients.

    task      assigns some tasks to its recipients  → reported (ResponseFor, the same tasks)  → confirmed (task/1)
    period    opens a quarter of form II.06a        → figures (report/1)                      → accepted
    dossier   hands a one-stop dossier over         → solved (dossier/1; of some a result/1)

An answer is a line of the plan like all others, signed beforehand; it is sent when the agency holds the document that
it answers. A recipient that refused it, or sleeps, answers nothing.

Measured: 1,154 of 13,733 documents carry tasks, 6,272 of them (5.4 each), of which 2,501 were done (January to August
2016); 5.92 % of dossiers have an electronic result (November 2022); 90,000 dossiers a day (July and August 2025) to
30,000 transfers of documents a working day. Assumed, for nobody published it: the shares of documents that hand a
dossier over and that open a period, and how many of these are answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final

import msgspec

from hub.core.edxml import Attachment
from hub.programmes.onestop.programme import APPLICATION
from hub.programmes.reporting.packets import (
    Decision,
    DecisionPacket,
    Figure,
    Packet,
    PeriodPacket,
    ReportPacket,
    encoded,
    file_name,
)
from hub.programmes.reporting.periods import Span
from hub.programmes.reporting.plan import due_of
from hub.programmes.reporting.regime import shipped
from hub.programmes.tasks.packets import NAME, TaskPacket
from hub.programmes.tasks.states import TaskAct
from hub.programmes.working_days import vietnam

TASKS: Final = 0.084
TASKS_EACH: Final = 5.4
DONE: Final = 0.4
RESULTS: Final = 0.0592
DOSSIERS: Final = 0.12
PERIODS: Final = 0.02
ANSWERED: Final = 0.8
MOST_RECIPIENTS: Final = 12
COUNTRY: Final = 10.8
"""Dossiers that sync services tell of for each document: 90,000 to 30,000 / 3.59."""

_MOST_TASKS: Final = 50
_REGIME: Final = "II.06a"
_DAYS: Final = 30
_PROCEDURE: Final = "1.004873"
_STEERING, _REPORTING = 1, 2
_HANDED_OVER, _SOLVED = 4, 9


class Ride(StrEnum):
    TASK = "task"
    REPORTED = "reported"
    CONFIRMED = "confirmed"
    PERIOD = "period"
    FIGURES = "figures"
    ACCEPTED = "accepted"
    DOSSIER = "dossier"
    SOLVED = "solved"


NEXT: Final = {
    Ride.TASK: (Ride.REPORTED, DONE),
    Ride.REPORTED: (Ride.CONFIRMED, 1.0),
    Ride.PERIOD: (Ride.FIGURES, ANSWERED),
    Ride.FIGURES: (Ride.ACCEPTED, ANSWERED),
    Ride.DOSSIER: (Ride.SOLVED, ANSWERED),
}
"""The answer to each, and how many recipients send it."""


class Riding(msgspec.Struct, frozen=True, array_like=True):
    """`answers`: number of the document that this one answers, 0 for one that begins; `first`: of the one that began.
    `count`: of tasks; `result`: an electronic result comes with it."""

    ride: Ride
    first: int
    answers: int = 0
    count: int = 1
    result: bool = False


def begun(rng: Random, number: int, *, may_open: bool) -> Riding | None:
    """The part of a new document in a programme, if it has one."""
    drawn = rng.random()
    if drawn < TASKS:
        count = 1 + int(rng.expovariate(1 / (TASKS_EACH - 0.5)))
        return Riding(Ride.TASK, number, count=min(count, _MOST_TASKS))
    if drawn < TASKS + DOSSIERS:
        return Riding(Ride.DOSSIER, number)
    if drawn < TASKS + DOSSIERS + PERIODS and may_open:
        return Riding(Ride.PERIOD, number)
    return None


def answer(rng: Random, riding: Riding, number: int) -> Riding | None:
    """One recipient's answer to the document of that number, if it sends one; its own number is not known yet."""
    following, share = NEXT.get(riding.ride, (None, 0.0))
    if following is None or rng.random() >= share:
        return None
    result = following is Ride.SOLVED and rng.random() < RESULTS
    return Riding(following, riding.first, number, riding.count, result)


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """Members of a `Document`, and its files."""

    members: dict[str, Any] = {}
    files: tuple[Attachment, ...] = ()


def carried(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    """`sender`, `recipients`: codes. The same arguments give the same bytes."""
    return _MADE[riding.ride](riding, sender, recipients, day)


def tasks_of(riding: Riding) -> tuple[str, ...]:
    return tuple(f"NV-{riding.first}-{n}" for n in range(1, riding.count + 1))


def dossier_of(riding: Riding, unit: str, day: date) -> str:
    return f"{unit}-{day:%y%m%d}-{riding.first:05d}"


def _task(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    due = day + timedelta(days=_DAYS)
    return Carried(members={"steering_type": _STEERING, "task_codes": tasks_of(riding), "due_date": due})


def _reported(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    return Carried(members={"steering_type": _REPORTING, "task_codes": tasks_of(riding)})


def _confirmed(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    packet = TaskPacket(packet="task/1", act=TaskAct.CONFIRM, tasks=tasks_of(riding), assigner=sender)
    return Carried(files=(_json(NAME, packet),))


def _period(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    regime = shipped()[_REGIME]
    of = regime.window.period_of(Span.QUARTER, day)
    window = regime.window.window(of)
    due = next(filter(None, (due_of(regime, tier, of, vietnam()) for tier in regime.deadlines)))
    return _packet(
        PeriodPacket(regime=_REGIME, period=of.code, first=window.first, last=window.last, due=due.day, moved=due.moved)
    )


def _figures(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    """Columns of II.06a that add up."""
    rng = Random(f"{riding.first}/{sender}")
    online, direct, before, early, on_time, late = (rng.randrange(200) for _ in range(6))
    solved = min(early + on_time + late, online + direct + before)
    early, on_time = min(early, solved), min(on_time, solved - min(early, solved))
    under_way = online + direct + before - solved
    overdue = rng.randrange(under_way + 1)
    columns = {
        "3": online + direct + before,
        "4": online,
        "5": direct,
        "6": before,
        "7": solved,
        "8": early,
        "9": on_time,
        "10": solved - early - on_time,
        "11": under_way,
        "12": under_way - overdue,
        "13": overdue,
    }
    figures = tuple(Figure(indicator=code, actual=value) for code, value in columns.items())
    return _packet(ReportPacket(regime=_REGIME, period=_quarter(day), receiver=recipients[0], figures=figures))


def _accepted(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    return _packet(
        DecisionPacket(
            regime=_REGIME, period=_quarter(day), reporter=recipients[0], version=1, decision=Decision.ACCEPTED
        )
    )


def _dossier(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    return _about(riding, sender, recipients[0], day, TrangThaiHoSo=_HANDED_OVER)


def _solved(riding: Riding, sender: str, recipients: Sequence[str], day: date) -> Carried:
    number = dossier_of(riding, recipients[0], day)
    told = {"TrangThaiHoSo": _SOLVED, "NgayKetThucXuLy": f"{day:%Y%m%d}"}
    if not riding.result:
        return _about(riding, recipients[0], sender, day, **told)
    file = Attachment("2", "ket-qua.pdf", "", "application/pdf", f"%PDF-1.7\n{number}".encode())
    issued = f"{dossier_of(riding, sender, day)}-KQ1"  # by its issuer's own unit, which may be of another province
    paper = {"TenGiayTo": "Kết quả", "DuongDanTepTinKetQua": issued, "MaGiayToKetQua": "KQ1"}
    made = _about(riding, recipients[0], sender, day, **told, DanhSachGiayToKetQua=[paper])
    packet = {
        "packet": "result/1",
        "code": issued,
        "name": "Kết quả mô phỏng",
        "sha256": file.sha256,
        "file": file.name,
    }
    return msgspec.structs.replace(made, files=(*made.files, file, _json("ket-qua.packet.json", packet, "3")))


def _about(riding: Riding, unit: str, solving: str, day: date, **told: Any) -> Carried:
    fields = {
        "MaHoSo": dossier_of(riding, unit, day),
        "MaTTHC": _PROCEDURE,
        "KenhThucHien": 2,
        "NgayTiepNhan": f"{day:%Y%m%d}073000",
        "NgayHenTra": f"{day + timedelta(days=_DAYS):%Y%m%d}",
        "DonViXuLy": solving,
        **told,
    }
    file = _json("ho-so.packet.json", {"packet": "dossier/1", "HoSo": fields})
    return Carried(members={"application_type": APPLICATION}, files=(file,))


def _quarter(day: date) -> str:
    return shipped()[_REGIME].window.period_of(Span.QUARTER, day).code


def _packet(packet: Packet) -> Carried:
    return Carried(files=(Attachment("1", file_name(packet), "", "application/json", encoded(packet)),))


def _json(name: str, body: object, content_id: str = "1") -> Attachment:
    return Attachment(content_id, name, "", "application/json", msgspec.json.encode(body))


_MADE: Final = {
    Ride.TASK: _task,
    Ride.REPORTED: _reported,
    Ride.CONFIRMED: _confirmed,
    Ride.PERIOD: _period,
    Ride.FIGURES: _figures,
    Ride.ACCEPTED: _accepted,
    Ride.DOSSIER: _dossier,
    Ride.SOLVED: _solved,
}


def expected(sent: Iterator[tuple[Riding, int]]) -> dict[str, tuple[int, int]]:
    """Cases and ended ones of each programme, of documents that were accepted, each with how many recipients it has. A
    report has ended when it was sent, a task when it was confirmed."""
    cases = dict.fromkeys(("tasks", "reporting", "dossiers", "results"), 0)
    ended = dict(cases)
    for riding, recipients in sent:
        cases["tasks"] += riding.count * recipients * (riding.ride is Ride.TASK)
        ended["tasks"] += riding.count * (riding.ride is Ride.CONFIRMED)
        cases["reporting"] += recipients * (riding.ride is Ride.PERIOD)
        ended["reporting"] += riding.ride is Ride.FIGURES
        cases["dossiers"] += riding.ride is Ride.DOSSIER
        ended["dossiers"] += riding.ride is Ride.SOLVED
        cases["results"] += riding.result
    return {name: (cases[name], ended[name]) for name in cases}
