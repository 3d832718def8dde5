"""Numbers of dossiers and of their results, in all forms that circulate.

    000.00.14.H20-200703-0002       TT 01/2018 Art. 19: unit, day, number within the day
    H15.50.05.13-261008-0975        the same tail behind a unit code of QĐ 20/2020
    H15.50.05.13-261008-090123      taken by a ministry's portal: 6 or 7 digits, the first two name the ministry
    G09.20-20260609-0092637         a ministry's system: the day with four digits of year
    …-KQ1                           a result of the dossier (NĐ 45/2020 Art. 14.3), its number from 1

The caller looks up the unit in the directory; a dossier is named by the whole text.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

LONGEST: Final = 64
_UNIT: Final = r"([A-Z0-9]{1,35}(?:\.[A-Z0-9]{1,35}){0,8})"
_DOSSIER: Final = re.compile(_UNIT + r"-(\d{6}|\d{8})-(\d{4,7})", re.ASCII)
_RESULT: Final = re.compile(r"(.{1,64})-KQ(?:(\d{1,6})|\((\d{1,6})\))", re.ASCII)
_CENTURY: Final = 2000


class DossierNumber(NamedTuple):
    """text: the whole, which alone names the dossier; unit: its receiver; day: of reception; serial: of that day."""

    text: str
    unit: str
    day: date
    serial: str

    @property
    def by_portal(self) -> str:
        """The two digits of the ministry whose portal took it, or empty."""
        return self.serial[:2] if len(self.serial) > 4 and len(self.text.split("-")[1]) == 6 else ""


def dossier_number(text: str) -> DossierNumber:
    """ValueError with the form that was expected; the day must be one of the calendar."""
    found = _DOSSIER.fullmatch(text) if len(text) <= LONGEST else None
    if not found:
        raise ValueError(f"a dossier's number is unit-yymmdd-serial, such as H20.14-200703-0002, not {text[:80]!r}")
    unit, digits, serial = found.groups()
    year = int(digits[:4]) if len(digits) == 8 else _CENTURY + int(digits[:2])
    try:
        day = date(year, int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        raise ValueError(f"{digits} in {text!r} is no day of the calendar") from None
    return DossierNumber(text, unit, day, serial)


class ResultNumber(NamedTuple):
    dossier: DossierNumber
    number: int

    @property
    def text(self) -> str:
        return f"{self.dossier.text}-KQ{self.number}"


def result_number(text: str) -> ResultNumber:
    """`<dossier>-KQ1`, also written `-KQ(1)`. ValueError on any other form."""
    found = _RESULT.fullmatch(text[: LONGEST + 12])
    if not found or not int(found[2] or found[3]):
        raise ValueError(f"a result's number is that of its dossier and -KQ1, not {text[:80]!r}")
    return ResultNumber(dossier_number(found[1]), int(found[2] or found[3]))
