"""The agencies of Vietnam in 2022, and after the reorganisation of 2025: real names, codes, parents and heirs.

`world_2022`   the bodies of level 1 of QĐ 20/2020, ministries with units; 63 provinces with their departments, council
               and centre; 705 districts, 10,599 communes; Tây Ninh with all that its own directory listed.
`world_2025`   the same entries, the ended ones with their last day, their successor and their further heirs, and beside
               them the founded ones: three bodies of level 1, 3,321 communes, some departments. No district is left.
               An address of 2022 still finds its heir, by data alone.
`world_of_june`, `reorganised`   the country of 30 June 2025, and the country after the night, on any day.
`expand`       any world, with units below its agencies up to the size of the national directory (111,000 to
               123,000 entries), for load tests.

An agency that lives on, if under another name, keeps its code and its entry; one that was founded gets a new
one. A province that went into another, its departments and its communes are succeeded by their counterparts;
a district, whose tasks went both up and down, by the province, an island district by its special zone. A unit that was
split has one successor, the main heir, where its mail goes; `heirs` tells of the others, of a district its communes.

The facts are the CSV files of `tables`; nothing is drawn but the additions of `expand`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random

from msgspec.structs import replace

from hub.core.model import Agency, Tier
from hub.lab.country import offices, reform
from hub.lab.country.communes import communes
from hub.lab.country.provinces import departments, districts, name_in, provinces
from hub.lab.country.reform import LAST_DAY_BEFORE_REORGANISATION as EVE
from hub.lab.country.reform import MERGER_OF_MINISTRIES, REORGANISATION
from hub.lab.country.tables import TAY_NINH, UNITS_BELOW, nationals, offices_2025
from hub.lab.country.tay_ninh import further

__all__ = [
    "MERGER_OF_MINISTRIES",
    "REORGANISATION",
    "expand",
    "reorganised",
    "world_2022",
    "world_2025",
    "world_of_june",
]


def world_2022() -> list[Agency]:
    """All agencies of mid-2022, parents before children, all open-ended."""
    agencies = [agency for body in nationals() if body.name for agency in offices.national(body, body.name)]
    by_number = {province.number: province for province in provinces()}
    for number, province in by_number.items():
        agencies += offices.province(province)
        agencies += (offices.department(province, d, name_in(d, number)) for d in departments() if d.is_in(number))
    within = {d.gso: d for d in districts()}
    agencies += (offices.district(d, by_number[d.province]) for d in within.values())
    for commune in communes():
        district = within[commune.district]
        agencies.append(offices.commune(commune, district, by_number[district.province]))
    return [*agencies, *further({a.code for a in agencies if a.code.endswith(f".H{TAY_NINH}")})]


def world_2025() -> list[Agency]:
    """All agencies of `world_2022`, ended or living on, and those founded in 2025."""
    old = world_2022()
    endings = reform.endings(old)
    agencies = map(reform.renamed, old)
    return [*(_ended(a, endings[a.code]) if a.code in endings else a for a in agencies), *reform.founded()]


def world_of_june() -> list[Agency]:
    """The country on the last day before the reorganisation: agencies that end that night are in office, those that it
    founds are not there yet."""
    return [
        replace(a, valid_to=None, successor="", heirs=()) if a.valid_to == EVE else a
        for a in world_2025()
        if a.valid_from != REORGANISATION
    ]


def reorganised(on: date) -> list[Agency]:
    """The changes of `world_of_june` in the night before `on`: the entries that it ends, and those that it founds."""
    eve, world = on - timedelta(days=1), world_2025()
    ended = [replace(a, valid_to=eve) for a in world if a.valid_to == EVE]
    return ended + [replace(a, valid_from=on) for a in world if a.valid_from == REORGANISATION]


def _ended(agency: Agency, ending: reform.Ending) -> Agency:
    return replace(agency, valid_to=ending.last_day, successor=ending.successor, heirs=ending.heirs)


def expand(world: Iterable[Agency], to: int = 120_000, seed: int = 2022) -> list[Agency]:
    """The world, with units below its departments, districts and communes in office until it counts `to`
    entries. The seed draws which agencies get one more.

    ValueError when the world has no agency to hang them below.
    """
    agencies = list(world)
    above = [a for a in agencies if a.valid_to is None and a.code_qd20 and a.code.startswith("000.") and a.parent]
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
    if agency.tier is Tier.COMMUNE and agency.valid_from == REORGANISATION:
        names = (*offices_2025(agency.short_name), *names)
    for i in range(count):
        name = names[i % len(names)]
        serial = i // len(names) + 1
        yield offices.unit_below(agency, i + 1, name if serial == 1 else f"{name} số {serial}")
