"""Clocks of NĐ 191/2026/NĐ-CP for dossiers to the Government: data that fills a DueDate, and the meaning of silence.

Members of the Government and ministries give an opinion within 2 to 5 working days, as the asking document says; one
that says nothing in time has consented (Art. 15 to 17). The clerk of a clock is never the hub: it computes days from
dates that stand in signed documents.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from hub.programmes.working_days import WorkingDays


class Silence(StrEnum):
    """The meaning of no answer in time."""

    LATE = "late"
    CONSENT = "consent"


class Clock(NamedTuple):
    """least, most: working days after the day of receipt; the asking document chooses where they differ."""

    code: str
    clause: str
    vi: str
    en: str
    least: int
    most: int
    silence: Silence = Silence.LATE

    def due(self, received: date, days: int | None, calendar: WorkingDays) -> date:
        """The last day for the answer. `days`: the asking document's number; ValueError outside of the bounds."""
        chosen = self.most if days is None else days
        if not self.least <= chosen <= self.most:
            raise ValueError(f"{self.code}: {self.least} to {self.most} working days by {self.clause}, not {chosen}")
        return calendar.after(received, chosen)


CLOCKS: Final = {
    clock.code: clock
    for clock in (
        Clock(
            "formal-check",
            "NĐ 191/2026 Art. 14",
            "Văn phòng Chính phủ kiểm tra hồ sơ",
            "The Government Office checks the dossier's form",
            2,
            2,
        ),
        Clock(
            "submission",
            "NĐ 191/2026 Art. 14",
            "Văn phòng Chính phủ trình",
            "The Government Office submits the dossier",
            5,
            5,
        ),
        Clock(
            "decision",
            "NĐ 191/2026 Art. 14",
            "Thủ tướng, Phó Thủ tướng xem xét",
            "The Prime Minister or a deputy decides",
            3,
            3,
        ),
        Clock(
            "members-opinion",
            "NĐ 191/2026 Art. 15-17",
            "Lấy ý kiến thành viên Chính phủ",
            "Members of the Government give their opinion",
            2,
            5,
            Silence.CONSENT,
        ),
        Clock(
            "ministries-opinion",
            "NĐ 191/2026 Art. 15-17",
            "Bộ, cơ quan trả lời ý kiến",
            "Ministries answer each other",
            2,
            5,
            Silence.CONSENT,
        ),
    )
}


class Opinion(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    CONSENTED_BY_SILENCE = "consented-by-silence"
    GIVEN_LATE = "given-late"
    LATE = "late"


def opinion(clock: Clock, due: date, answered: date | None, today: date) -> Opinion:
    """The standing on a day. An answer after the deadline of a clock whose silence is consent does not undo it."""
    if answered is not None and answered <= due:
        return Opinion.GIVEN
    if today <= due:
        return Opinion.WAITING
    if clock.silence is Silence.CONSENT:
        return Opinion.CONSENTED_BY_SILENCE
    return Opinion.LATE if answered is None else Opinion.GIVEN_LATE
