"""The body of level 1 that a code belongs to, read from the code alone: whose dossiers an agency may tell of.

    000.00.14.H20, 00.20.W00, H20.14, K20 …   →  H20      (QCVN 102:2016, QĐ 20/2020)
    000.00.00.G09, G09.20                     →  G09

A dossier belongs to the province or ministry of its unit. The unit itself, its centre, and every agency of the same
body of level 1 tell of it: the one-stop system of a province speaks for its communes. Others come in where they are
named: by a hand-over, or as the agency that solves. A dossier that a ministry's portal took (`codes`) may be told by
that ministry.
"""

from __future__ import annotations

import re
from typing import Final

from hub.programmes.onestop.codes import DossierNumber

_OLD: Final = re.compile(r"(?:[A-Z0-9]{2,3}\.)+([A-Y])(\d{2})", re.ASCII)
_CENTRE: Final = re.compile(r"00\.(\d{2})\.W00", re.ASCII)
_NEW: Final = re.compile(r"([A-Y])(\d{2})(?:\.[A-Z0-9]+)*", re.ASCII)
PORTALS: Final = {
    "03": "G03",
    "06": "G06",
    "09": "G09",
    "10": "G10",
    "15": "G15",
    "16": "G16",
    "17": "G17",
    "18": "G18",
}
"""The first two digits of a portal's serial number, and the ministry whose portal it is."""


def level_one(code: str) -> str:
    """`H20`; a code of no known form is a body of its own. A province's council counts as the province."""
    if centre := _CENTRE.fullmatch(code):
        return f"H{centre[1]}"
    found = _OLD.fullmatch(code) or _NEW.fullmatch(code)
    if found is None:
        return code
    return f"{'H' if found[1] == 'K' else found[1]}{found[2]}"


def nearness(agency: str, unit: str) -> int:
    """0: the agency is the unit itself, however its code is written; 1: the unit lies below it; 2: neither."""
    own, other = _steps(agency), _steps(unit)
    if own == other:
        return 0
    return 1 if own == other[: len(own)] else 2


def _steps(code: str) -> tuple[str, ...]:
    """From the body of level 1 down: `(H52, 13)` for 000.00.13.H52 and for H52.13."""
    if centre := _CENTRE.fullmatch(code):
        return (f"H{centre[1]}",)
    steps = code.split(".")
    if _OLD.fullmatch(code):
        steps.reverse()
    while len(steps) > 1 and not steps[-1].strip("0"):
        steps.pop()
    return tuple(steps)


def may_tell(agency: str, number: DossierNumber) -> bool:
    """Whether an agency may be the first to tell of a dossier, by its number."""
    own = level_one(agency)
    return own == level_one(number.unit) or own == PORTALS.get(number.by_portal, "")
