"""Sample worlds: the agencies of Vietnam in 2022, and after the reorganisation of 2025.

`world_2022`   22 ministries with their units, 63 provinces with 20 departments and a centre each, 705
               districts, 10,599 communes.
`world_2025`   the same entries, the ended ones with their last day and their successor, and beside them what
               was founded: one ministry, 63 departments, 3,321 communes. No district is left. An address of
               2022 still finds its heir, by data alone.
`expand`       any world, with units below its agencies up to the size of the national directory (111,000 to
               123,000 entries), for load tests.

An agency that lives on, if under another name, keeps its code and its entry; one that was founded gets a new
one. A province that went into another, its departments and its communes are succeeded by their counterparts;
a district, whose tasks went both up and down, by the province, an island district by its special zone.

Names of provinces, districts, ministries, departments, special zones and of all Sơn La are real; the other
communes' names, and how many of them a district has, are drawn by the seed. All totals are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from random import Random
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.core import worlds_offices as offices
from hub.core.model import Agency
from hub.core.worlds_communes import SPECIAL_ZONE, Founded, communes_2022, communes_2025
from hub.core.worlds_provinces import PROVINCES, Province
from hub.core.worlds_tables import (
    DEPARTMENT_FOUNDED,
    DEPARTMENTS,
    DEPARTMENTS_MERGED,
    DEPARTMENTS_RENAMED,
    GOVERNMENT_OFFICE,
    GOVERNMENT_OFFICE_UNITS,
    MINISTRIES,
    MINISTRIES_MERGED,
    MINISTRIES_RENAMED,
    MINISTRY_FOUNDED,
    MINISTRY_UNITS,
    PROVINCES_RENAMED,
    SPECIAL_ZONES,
    UNITS_BELOW,
)

MERGER_OF_MINISTRIES: Final = date(2025, 3, 1)
REORGANISATION: Final = date(2025, 7, 1)

_LAST_DAY_BEFORE_MERGER: Final = date(2025, 2, 28)
_LAST_DAY_BEFORE_REORGANISATION: Final = date(2025, 6, 30)


class Ending(NamedTuple):
    last_day: date
    successor: str


def world_2022(seed: int = 2022) -> list[Agency]:
    """All agencies of mid-2022, parents before children, all open-ended."""
    agencies: list[Agency] = []
    for number, name in enumerate(MINISTRIES, 1):
        agencies += offices.ministry(number, name, _units(number))
    for province in PROVINCES:
        agencies += offices.province(province)
        agencies += (offices.district(province, i) for i in range(len(province.districts)))
    agencies += map(offices.commune, communes_2022(seed))
    return agencies


def world_2025(seed: int = 2022) -> list[Agency]:
    """All agencies of `world_2022(seed)`, ended or living on, and those founded in 2025."""
    communes = communes_2022(seed)
    founded = [f for p in _survivors() for f in communes_2025(p, communes)]
    endings = dict(_endings_of_spring()) | dict(_endings_of_summer(founded))
    renamed = {agency.code: agency for agency in _renamed()}
    agencies = [renamed.get(agency.code, agency) for agency in (*world_2022(seed), *_founded_offices())]
    agencies += (offices.founded_commune(f, REORGANISATION) for f in founded)
    return [_ended(a, endings[a.code]) if a.code in endings else a for a in agencies]


def expand(world: Iterable[Agency], to: int = 120_000, seed: int = 2022) -> list[Agency]:
    """The world, with units below its departments, districts and communes in office until it counts `to`
    entries.

    ValueError when the world has no agency to hang them below.
    """
    agencies = list(world)
    above = [a for a in agencies if a.valid_to is None and a.code[:4] == "000." and a.code[4:10] != "00.00."]
    missing = max(0, to - len(agencies))
    if missing and not above:
        raise ValueError("no agency with a code 000.ZZ.YY.Xnn to hang units below")
    rng = Random(seed)
    drawn = sorted(range(len(above)), key=[rng.random() for _ in above].__getitem__)
    for turn, i in enumerate(drawn):
        count = missing // len(above) + (turn < missing % len(above))
        agencies += _units_below(above[i], count)
    return agencies


def _units_below(agency: Agency, count: int) -> Iterator[Agency]:
    """Each kind of unit once, then numbered: `Trường Tiểu học`, … `Trường Tiểu học số 2`."""
    names = UNITS_BELOW[agency.tier]
    for i in range(count):
        name = names[i % len(names)]
        serial = i // len(names) + 1
        yield offices.unit_below(agency, i + 1, name if serial == 1 else f"{name} số {serial}")


def _units(ministry: int) -> tuple[str, ...]:
    return GOVERNMENT_OFFICE_UNITS if ministry == GOVERNMENT_OFFICE else MINISTRY_UNITS


def _survivors() -> list[Province]:
    return [_as_named_in_2025(province) for province in PROVINCES if province.into == province.number]


def _as_named_in_2025(province: Province) -> Province:
    kind, name = PROVINCES_RENAMED.get(province.number, (province.kind, province.name))
    return province._replace(kind=kind, name=name)


def _founded_offices() -> Iterator[Agency]:
    yield from offices.ministry(*MINISTRY_FOUNDED, MINISTRY_UNITS, MERGER_OF_MINISTRIES)
    for province in PROVINCES:
        yield offices.department(_as_named_in_2025(province), *DEPARTMENT_FOUNDED, MERGER_OF_MINISTRIES)


def _renamed() -> Iterator[Agency]:
    """Agencies that live on under another name, as they are called in 2025."""
    for number, name in MINISTRIES_RENAMED.items():
        yield from offices.ministry(number, name, _units(number))
    for number in PROVINCES_RENAMED:
        yield from offices.province(_as_named_in_2025(PROVINCES[number - 1]))
    for province in PROVINCES:
        for department, name in DEPARTMENTS_RENAMED.items():
            yield offices.department(_as_named_in_2025(province), department, name)


def _ended(agency: Agency, ending: Ending) -> Agency:
    return replace(agency, valid_to=ending.last_day, successor=ending.successor)


def _endings_of_spring() -> Iterator[tuple[str, Ending]]:
    """Ministries and departments that merged in March 2025, by code."""
    day = _LAST_DAY_BEFORE_MERGER
    for old, new in MINISTRIES_MERGED.items():
        yield offices.ministry_code(old), Ending(day, offices.ministry_code(new))
        for unit in range(1, len(MINISTRY_UNITS) + 1):
            yield offices.unit_code(old, unit), Ending(day, offices.unit_code(new, unit))
    for province in PROVINCES:
        for old, new in DEPARTMENTS_MERGED.items():
            number = province.number
            yield offices.department_code(number, old), Ending(day, offices.department_code(number, new))


def _endings_of_summer(founded: Iterable[Founded]) -> Iterator[tuple[str, Ending]]:
    """Provinces, departments, centres, districts and communes that ended on 30 June 2025, by code."""
    day = _LAST_DAY_BEFORE_REORGANISATION
    zones: dict[str, str] = {}
    for new in founded:
        if new.kind == SPECIAL_ZONE:
            zones[new.name] = offices.founded_code(new)
        for old in new.formed_of:
            yield offices.commune_code(old), Ending(day, offices.founded_code(new))
    for province in PROVINCES:
        number, into = province.number, province.into
        for i, district in enumerate(province.districts):
            zone = SPECIAL_ZONES.get((number, district.name))
            yield (
                offices.district_code(number, i),
                Ending(day, zones[zone[0]] if zone else offices.province_code(into)),
            )
        if number != into:
            yield offices.province_code(number), Ending(day, offices.province_code(into))
            yield offices.centre_code(number), Ending(day, offices.centre_code(into))
            for i in _departments_of_june():
                yield offices.department_code(number, i), Ending(day, offices.department_code(into, i))


def _departments_of_june() -> list[int]:
    """Numbers of the departments that a province had between the two reorganisations."""
    numbers = [*range(1, len(DEPARTMENTS) + 1), DEPARTMENT_FOUNDED[0]]
    return [number for number in numbers if number not in DEPARTMENTS_MERGED]
