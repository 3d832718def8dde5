"""Until when a dossier has to move, rule by rule. Times are Vietnam local, naive, to the second.

NĐ 61/2018 Art. 18.2, 18.3   hand-over on the same working day; received after 15:00 at the start of the next one
NĐ 45/2020                   an online dossier is accepted, or more is asked for, within 8 working hours
NĐ 61/2018 Art. 19.4         an incomplete one is returned with reasons within 3 working days from receipt
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from hub.programmes.working_days import WorkingDays

CUT: Final = time(15, 0)
"""A dossier that comes later counts as of the next working day."""


class OfficeHours(msgspec.Struct, frozen=True):
    """When an office works: (from, to) of each part of a day, in order. The law names eight hours, not which."""

    parts: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30)))

    @property
    def opens(self) -> time:
        return self.parts[0][0]

    @property
    def closes(self) -> time:
        return self.parts[-1][1]

    def after(self, start: datetime, hours: timedelta, calendar: WorkingDays) -> datetime:
        """The moment at which `hours` of office time have passed since `start`."""
        day, left = start.date(), hours
        moment = start
        while True:
            if calendar.works(day):
                for begins, ends in self.parts:
                    opens = max(moment, datetime.combine(day, begins))
                    closes = datetime.combine(day, ends)
                    if closes > opens:
                        if closes - opens >= left:
                            return opens + left
                        left -= closes - opens
            day += timedelta(days=1)
            moment = datetime.combine(day, time())


OFFICE_HOURS: Final = OfficeHours()
_TO_ACCEPT: Final = timedelta(hours=8)
_TO_RETURN: Final = 3


def counts_from(received: datetime, calendar: WorkingDays, cut: time = CUT) -> date:
    """The working day as whose dossier it counts: the 15:00 rule."""
    day = received.date()
    if received.time() > cut:
        day += timedelta(days=1)
    return calendar.at_or_after(day)


def hand_over_due(received: datetime, calendar: WorkingDays, hours: OfficeHours = OFFICE_HOURS) -> datetime:
    """Until when the one-stop hands over to the agency that solves: the end of the day that it counts as; of a dossier
    that comes after 15:00 or on a day off, the start of the next working day."""
    day = counts_from(received, calendar)
    return datetime.combine(day, hours.closes if day == received.date() else hours.opens)


def accept_due(received: datetime, calendar: WorkingDays, hours: OfficeHours = OFFICE_HOURS) -> datetime:
    """Until when an online dossier is accepted, or more is asked for: 8 working hours."""
    return hours.after(received, _TO_ACCEPT, calendar)


def return_due(received: datetime, calendar: WorkingDays) -> date:
    """The last day to return an incomplete dossier with reasons, unless a special law says otherwise."""
    return calendar.after(received.date(), _TO_RETURN)


def appointment(received: datetime, working_days: int, calendar: WorkingDays) -> date:
    """The day of the result (NgayHenTra): `working_days` after the day that the dossier counts as."""
    return calendar.after(counts_from(received, calendar), working_days)
