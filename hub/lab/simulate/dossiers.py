"""A day of one-stop dossiers as the field's systems send it: made-up dossiers, and five steps of each.

The country takes in about 90,000 a day (4.3 million in the fifty days from 1 July 2025). The same seed gives the same
day. Nobody in it is real: there is no applicant at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from hub.programmes.onestop.procedures import procedures
from hub.programmes.onestop.sync import DOSSIERS, STEPS

A_DAY: Final = 90_000
_ONLINE: Final = 0.75
"""Of the dossiers of July and August 2025, from the rounded figures."""
_ASKED: Final = 0.1
_FORM: Final = "%Y%m%d%H%M%S"
_OPENS: Final = time(7, 30)
_OPEN_MINUTES: Final = 450
_LONGEST: Final = 96
"""Minutes of a step: the last one is of the same day, so none is ahead at whatever hour the day is sent."""


class Called(NamedTuple):
    """One call of a service: its rows."""

    service: str
    rows: list[dict[str, Any]]


def day(units: Sequence[str], count: int, on: date, rows: int = 10, seed: int = 2025) -> Iterator[Called]:
    """`count` dossiers over these units, `rows` to a call: first the dossiers, then their steps."""
    rng = Random(seed)
    for first in range(0, count, rows):
        made = [_dossier(rng, units[n % len(units)], n, on) for n in range(first, min(first + rows, count))]
        yield Called(DOSSIERS, made)
        yield Called(STEPS, [step for one in made for step in _steps(rng, one)])


def _dossier(rng: Random, unit: str, number: int, on: date) -> dict[str, Any]:
    known = rng.choice(list(procedures().values()))
    received = datetime.combine(on, _OPENS) + timedelta(minutes=rng.randrange(_OPEN_MINUTES))
    return {
        "MaHoSo": f"{unit}-{on:%y%m%d}-{number + 1:06d}",
        "MaTTHC": known.code,
        "TenTTHC": known.name,
        "KenhThucHien": 2 if rng.random() < _ONLINE else 1,
        "NgayTiepNhan": received.strftime(_FORM),
        "NgayHenTra": f"{on + timedelta(days=max(1, 2 * known.legal_days)):%Y%m%d}",
        "TrangThaiHoSo": 2,
        "DonViXuLy": unit,
        "TaiLieuNop": [{"TepDinhKemId": str(number), "DuocSoHoa": 1, "DuocTaiSuDung": rng.randrange(3)}],
        "HoSoCoThanhPhanSoHoa": 1,
    }


def _steps(rng: Random, dossier: dict[str, Any]) -> Iterator[dict[str, Any]]:
    at = datetime.strptime(dossier["NgayTiepNhan"], _FORM)
    middle = (4, 5, 4) if rng.random() < _ASKED else (4, 4, 4)
    for state in (*middle, 9, 10):
        at += timedelta(minutes=rng.randrange(1, _LONGEST))
        yield {"MaHoSo": dossier["MaHoSo"], "ThoiDiemXuLy": at.strftime(_FORM), "TrangThai": state}
