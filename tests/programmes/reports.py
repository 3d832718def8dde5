"""Documents of reporting as programmes see them, and the fold over them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import msgspec

from hub.core.model import Millis
from hub.programmes.reporting.cases import Kept, kept
from hub.programmes.reporting.fold import Reporting
from hub.programmes.reporting.packets import (
    ChasePacket,
    Decision,
    DecisionPacket,
    Figure,
    Packet,
    PeriodPacket,
    ReportPacket,
    encoded,
    file_name,
)
from hub.programmes.riding import Case, Event, Fault, Ridden, packet
from hub.programmes.riding import Packet as Given

RECEIVER, REPORTER, OTHER = "000.00.00.G22", "000.00.00.H52", "000.00.00.H20"
PROGRAMME = Reporting()
II_06A = {"3": 100, "4": 40, "5": 50, "6": 10, "7": 80, "8": 20, "9": 55, "10": 5, "11": 20, "12": 19, "13": 1}
DUE = date(2026, 3, 25)


def figures(of: dict[str, int], row: str = "") -> tuple[Figure, ...]:
    return tuple(Figure(indicator=code, row=row, actual=number) for code, number in of.items())


def opening(due: date = DUE, regime: str = "II.06a", owner: str = "") -> PeriodPacket:
    return PeriodPacket(
        regime=regime,
        owner=owner,
        period="2026-Q1",
        first=date(2025, 12, 15),
        last=date(2026, 3, 14),
        due=due,
        moved=due,
    )


def report(version: int = 1, of: dict[str, int] | None = None, receiver: str = RECEIVER) -> ReportPacket:
    return ReportPacket(
        regime="II.06a",
        period="2026-Q1",
        receiver=receiver,
        version=version,
        figures=figures(II_06A if of is None else of),
    )


def returning(version: int = 1, reason: str = "Cột 3 chưa khớp biểu trước", reporter: str = REPORTER) -> DecisionPacket:
    return DecisionPacket(
        regime="II.06a",
        period="2026-Q1",
        reporter=reporter,
        version=version,
        decision=Decision.RETURNED,
        reason=reason,
    )


def accepting(version: int = 1, reporter: str = REPORTER) -> DecisionPacket:
    return DecisionPacket(
        regime="II.06a", period="2026-Q1", reporter=reporter, version=version, decision=Decision.ACCEPTED
    )


def chasing() -> ChasePacket:
    return ChasePacket(regime="II.06a", period="2026-Q1", due=DUE, days_late=3)


def document(body: Packet | bytes, sender: str, *recipients: str, day: date = date(2026, 3, 20)) -> Ridden:
    data = body if isinstance(body, bytes) else encoded(body)
    found = packet("a.packet.json" if isinstance(body, bytes) else file_name(body), data)
    return Ridden(
        number=1,
        id=f"urn:uuid:{day.toordinal():08x}-0000-0000-0000-000000000000",
        document_id=f"{sender},{day:%Y/%m/%d},1/BC",
        sender=sender,
        recipients=recipients,
        code="1/BC",
        subject="Báo cáo",
        accepted=Millis(int(datetime(day.year, day.month, day.day, 2, tzinfo=UTC).timestamp() * 1000)),
        promulgated=day,
        verdict="VALID",
        packets=(found,) if isinstance(found, Given) else (),
        faults=(found,) if isinstance(found, Fault) else (),
    )


def folded(documents: Iterable[Ridden]) -> tuple[dict[str, Case], list[Fault]]:
    """All that these documents made, in their order."""
    cases: dict[str, Case] = {}
    faults: list[Fault] = []
    for ridden in documents:
        for found in PROGRAMME.read(ridden):
            # As a store gives an event back.
            made = PROGRAMME.apply(cases.get(found.case), _again(found)) if isinstance(found, Event) else found
            if isinstance(made, Fault):
                faults.append(made)
            else:
                cases[made.id] = made
    return cases, faults


def _again(event: Event) -> Event:
    return msgspec.json.decode(msgspec.json.encode(event), type=Event)


def only(cases: dict[str, Case]) -> tuple[Case, Kept]:
    (case,) = (case for case in cases.values() if case.kind == "report")
    return case, kept(case)
