"""The agencies of the sample worlds, one by one: their codes in both systems and their directory entries.

`000.00.00.Gnn` ministry, `000.00.UU.Gnn` its units; `000.00.00.Hnn` province, `00.nn.W00` its centre, `000.00.00.Knn`
its council, `000.00.YY.Hnn` its departments (YY 01…23) and districts (YY 30…), `000.ZZ.YY.Hnn` communes. A commune of
2025 stands directly below its province: `000.00.A0.Hnn`, `000.00.A1.Hnn` … and in QĐ 20 `Hnn.101`, `Hnn.102` …
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from hub.core.model import Agency, Tier
from hub.lab.country.communes import Commune, Founded
from hub.lab.country.provinces import Department, District, Province
from hub.lab.country.tables import (
    GOVERNMENT_OFFICE,
    GOVERNMENT_OFFICE_UNITS,
    MINISTRIES,
    MINISTRY_UNITS,
    TAY_NINH,
    National,
)

FIRST_COMMUNE_OF_2025: Final = 101

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DAK_LAK: Final = 15
"""Its departments' numbers in QĐ 20 are its own, and known."""

_COUNCIL_OF_TAY_NINH = "000.00.55.H53"


def national_code(code: str) -> str:
    """`000.00.00.G22`, of G22."""
    return f"000.00.00.{code}"


def unit_code(ministry: str, unit: int) -> str:
    return f"000.00.{unit:02d}.{ministry}"


def province_code(number: int) -> str:
    return f"000.00.00.H{number:02d}"


def centre_code(number: int) -> str:
    return f"00.{number:02d}.W00"


def council_code(number: int) -> str:
    return _COUNCIL_OF_TAY_NINH if number == TAY_NINH else f"000.00.00.K{number:02d}"


def department_code(province: int, department: int) -> str:
    return f"000.00.{department:02d}.H{province:02d}"


def district_code(district: District) -> str:
    return department_code(district.province, district.number)


def commune_code(commune: Commune, district: District) -> str:
    return f"000.{commune.number:02d}.{district.number:02d}.H{district.province:02d}"


def founded_code(commune: Founded) -> str:
    """A letter and a digit where departments have two digits: 240 codes, none of them ever in use before."""
    letter, digit = divmod(commune.number - FIRST_COMMUNE_OF_2025, 10)
    return f"000.00.{_LETTERS[letter]}{digit}.H{commune.province:02d}"


def national(of: National, name: str, valid_from: date | None = None) -> Iterator[Agency]:
    """A body of level 1; a ministry with its units, for which it sends and fetches itself."""
    above = national_code(of.code)
    yield _agency(above, of.code, name, Tier.CENTRAL, valid_from=valid_from)
    for i, unit in enumerate(units_of(of.code), 1):
        yield _agency(
            unit_code(of.code, i),
            f"{of.code}.{i:02d}",
            f"{unit}, {name}",
            Tier.CENTRAL,
            parent=above,
            centre=above,
            short_name=unit,
        )


def units_of(ministry: str) -> tuple[str, ...]:
    if ministry == GOVERNMENT_OFFICE:
        return GOVERNMENT_OFFICE_UNITS
    return MINISTRY_UNITS if ministry in MINISTRIES else ()


def province(place: Province) -> Iterator[Agency]:
    """The province's committee, the centre that sends and fetches for all its agencies, and its council."""
    number = place.number
    centre = centre_code(number)
    yield _committee(province_code(number), f"H{number:02d}", place.label, "", Tier.PROVINCIAL, "", centre)
    yield _agency(
        centre,
        "",
        f"Trung tâm liên thông văn bản {place.label}",
        Tier.PROVINCIAL,
        parent=province_code(number),
    )
    yield _agency(
        council_code(number),
        f"K{number:02d}",
        f"Hội đồng nhân dân {place.label}",
        Tier.PROVINCIAL,
        centre=centre,
        short_name=f"HĐND {place.label}",
    )


def department(place: Province, of: Department, name: str, valid_from: date | None = None) -> Agency:
    number = of.number_h15 if place.number == _DAK_LAK and of.number_h15 else f"{of.number:02d}"
    return _agency(
        department_code(place.number, of.number),
        f"H{place.number:02d}.{number}",
        f"{name} {place.label}",
        Tier.PROVINCIAL,
        parent=province_code(place.number),
        centre=centre_code(place.number),
        short_name=name,
        valid_from=valid_from,
    )


def district(of: District, place: Province) -> Agency:
    return _committee(
        district_code(of),
        f"H{place.number:02d}.{of.number}",
        f"{of.kind} {of.name}",
        place.label,
        Tier.DISTRICT,
        province_code(place.number),
        centre_code(place.number),
    )


def commune(of: Commune, within: District, place: Province) -> Agency:
    return _committee(
        commune_code(of, within),
        f"H{place.number:02d}.{within.number}.{of.number:02d}",
        f"{of.kind} {of.name}",
        f"{within.kind} {within.name}, {place.label}",
        Tier.COMMUNE,
        district_code(within),
        centre_code(place.number),
    )


def founded_commune(of: Founded, place: Province, valid_from: date) -> Agency:
    return _committee(
        founded_code(of),
        f"H{place.number:02d}.{of.number}",
        f"{of.kind} {of.name}",
        place.label,
        Tier.COMMUNE,
        province_code(place.number),
        centre_code(place.number),
        valid_from,
    )


def listed(code: str, name: str, parent: str, tier: Tier, centre: str) -> Agency:
    """An entry of a province's own directory, of which code and name are known; it has no code of QĐ 20."""
    return _agency(code, "", name, tier, parent=parent, centre=centre)


def unit_below(agency: Agency, number: int, name: str) -> Agency:
    """A unit with a serial number for the VVV of its parent's code, of its parent's tier, under the same
    centre."""
    return _agency(
        f"{number:03d}{agency.code[3:]}",
        f"{agency.code_qd20}.{number:03d}",
        f"{name}, {agency.short_name}",
        agency.tier,
        parent=agency.code,
        centre=agency.centre,
        valid_from=agency.valid_from,
    )


def _committee(
    code: str,
    code_qd20: str,
    place: str,
    within: str,
    tier: Tier,
    parent: str,
    centre: str,
    valid_from: date | None = None,
) -> Agency:
    """A people's committee, named with the places around it, for its own name is borne by others too."""
    name = f"Ủy ban nhân dân {place}, {within}" if within else f"Ủy ban nhân dân {place}"
    return _agency(
        code,
        code_qd20,
        name,
        tier,
        parent=parent,
        centre=centre,
        short_name=f"UBND {place}",
        valid_from=valid_from,
    )


def _agency(
    code: str,
    code_qd20: str,
    name: str,
    tier: Tier,
    *,
    parent: str = "",
    centre: str = "",
    short_name: str = "",
    valid_from: date | None = None,
) -> Agency:
    return Agency(
        code=code,
        name=name,
        tier=tier,
        code_qd20=code_qd20,
        parent=parent,
        short_name=short_name,
        email=f"{(code_qd20 or code).lower()}@axis.example",
        valid_from=valid_from,
        centre=centre,
    )
