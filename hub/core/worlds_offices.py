"""The agencies of the sample worlds, one by one: their codes in both systems and their directory entries.

`000.00.00.Gnn` ministry, `000.00.UU.Gnn` its units; `000.00.00.Hnn` province, `00.nn.W00` its centre,
`000.00.YY.Hnn` its departments (YY 01…21) and districts (YY 31…), `000.ZZ.YY.Hnn` communes. A commune of 2025
stands directly below its province: `000.00.A0.Hnn`, `000.00.A1.Hnn` … and in QĐ 20 `Hnn.101`, `Hnn.102` …
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.core.model import Agency, Tier
from hub.core.worlds_communes import Commune, Founded
from hub.core.worlds_provinces import Province
from hub.core.worlds_tables import DEPARTMENTS

_FIRST_DISTRICT = 31
_FIRST_COMMUNE_OF_2025 = 101
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def ministry_code(number: int) -> str:
    return f"000.00.00.G{number:02d}"


def unit_code(number: int, unit: int) -> str:
    return f"000.00.{unit:02d}.G{number:02d}"


def province_code(number: int) -> str:
    return f"000.00.00.H{number:02d}"


def centre_code(number: int) -> str:
    return f"00.{number:02d}.W00"


def department_code(number: int, department: int) -> str:
    return f"000.00.{department:02d}.H{number:02d}"


def district_code(number: int, district: int) -> str:
    """`district` counts from 0."""
    return department_code(number, _FIRST_DISTRICT + district)


def commune_code(commune: Commune) -> str:
    return f"000.{commune.place:02d}.{_FIRST_DISTRICT + commune.district:02d}.H{commune.province.number:02d}"


def founded_code(commune: Founded) -> str:
    """A letter and a digit where departments have two digits: 240 codes, none of them ever in use before."""
    letter, digit = divmod(commune.place, 10)
    return f"000.00.{_LETTERS[letter]}{digit}.H{commune.province.number:02d}"


def ministry(number: int, name: str, units: tuple[str, ...], valid_from: date | None = None) -> Iterator[Agency]:
    """A ministry and its units, for which it sends and fetches itself."""
    above = ministry_code(number)
    yield _agency(above, f"G{number:02d}", name, Tier.CENTRAL, valid_from=valid_from)
    for i, unit in enumerate(units, 1):
        yield _agency(
            unit_code(number, i),
            f"G{number:02d}.{i:02d}",
            f"{unit}, {name}",
            Tier.CENTRAL,
            parent=above,
            centre=above,
            short_name=unit,
            valid_from=valid_from,
        )


def province(place: Province) -> Iterator[Agency]:
    """The province's committee, the centre that sends and fetches for all its agencies, its departments."""
    number = place.number
    yield _committee(
        province_code(number), f"H{number:02d}", label(place), "", Tier.PROVINCIAL, "", centre_code(number)
    )
    yield _agency(
        centre_code(number),
        "",
        f"Trung tâm liên thông văn bản {label(place)}",
        Tier.PROVINCIAL,
        parent=province_code(number),
    )
    for i, name in enumerate(DEPARTMENTS, 1):
        yield department(place, i, name)


def department(place: Province, number: int, name: str, valid_from: date | None = None) -> Agency:
    return _agency(
        department_code(place.number, number),
        f"H{place.number:02d}.{number:02d}",
        f"{name} {label(place)}",
        Tier.PROVINCIAL,
        parent=province_code(place.number),
        centre=centre_code(place.number),
        short_name=name,
        valid_from=valid_from,
    )


def district(place: Province, i: int) -> Agency:
    kind, name = place.districts[i]
    return _committee(
        district_code(place.number, i),
        f"H{place.number:02d}.{_FIRST_DISTRICT + i}",
        f"{kind} {name}",
        label(place),
        Tier.DISTRICT,
        province_code(place.number),
        centre_code(place.number),
    )


def commune(c: Commune) -> Agency:
    number = c.province.number
    kind, name = c.province.districts[c.district]
    return _committee(
        commune_code(c),
        f"H{number:02d}.{_FIRST_DISTRICT + c.district}.{c.place:02d}",
        f"{c.kind} {c.name}",
        f"{kind} {name}, {label(c.province)}",
        Tier.COMMUNE,
        district_code(number, c.district),
        centre_code(number),
    )


def founded_commune(c: Founded, valid_from: date) -> Agency:
    number = c.province.number
    return _committee(
        founded_code(c),
        f"H{number:02d}.{_FIRST_COMMUNE_OF_2025 + c.place}",
        f"{c.kind} {c.name}",
        label(c.province),
        Tier.COMMUNE,
        province_code(number),
        centre_code(number),
        valid_from,
    )


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


def label(place: Province) -> str:
    """`tỉnh Sơn La`, `thành phố Hà Nội`."""
    return f"{place.kind} {place.name}"


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
