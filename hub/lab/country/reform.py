"""The fate of every agency of 2022 in the reorganisation of 2025: its end, its heirs, its name; and the founded ones.

1. On 1 March ministries merged, and the departments below the provinces after their example (`into`). On 14 April
   QĐ 09/2025 closed codes of level 1, some without naming an heir: those end without a successor.
2. On 1 July a province that went into another is succeeded by it, its centre, council and departments by their
   counterparts. Where the province that lives on has none, one is founded, or `else_into` takes over.
3. A commune is succeeded by the main heir of the merge table and tells of the others. A district is succeeded by its
   province, an island district all of whose land became special zones by the first of those; both tell of the communes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.core.model import Agency, Tier
from hub.lab.country import offices
from hub.lab.country.communes import Founded, communes, communes_2025, mergers
from hub.lab.country.provinces import Department, departments, districts, name_in, numbered, provinces
from hub.lab.country.provinces import provinces_2025 as surviving
from hub.lab.country.tables import TAY_NINH, National, nationals
from hub.lab.country.tay_ninh import district_of

MERGER_OF_MINISTRIES: Final = date(2025, 3, 1)
CODES_OF_APRIL: Final = date(2025, 4, 14)
REORGANISATION: Final = date(2025, 7, 1)
SPECIAL_ZONE: Final = "đặc khu"

_LAST_DAY_BEFORE_MERGER: Final = date(2025, 2, 28)
_LAST_DAY_BEFORE_APRIL: Final = date(2025, 4, 13)
LAST_DAY_BEFORE_REORGANISATION: Final = date(2025, 6, 30)


class Ending(NamedTuple):
    """`heirs`: the others that took over a part, beside the successor."""

    last_day: date
    successor: str
    heirs: tuple[str, ...] = ()


def endings(world: list[Agency]) -> dict[str, Ending]:
    """Everything of the world of 2022 that ended, by code."""
    found = dict(_of_level_1())
    found |= _of_departments_in_march()
    found |= _of_provinces()
    found |= _of_communes_and_districts()
    for agency in world:
        above = district_of(agency.code) if agency.code.endswith(f".H{TAY_NINH}") else ""
        if above and agency.tier is Tier.DISTRICT and agency.code not in found:
            found[agency.code] = Ending(LAST_DAY_BEFORE_REORGANISATION, found[above].successor)
    return found


def founded() -> Iterator[Agency]:
    """Agencies that did not exist in 2022, communes last."""
    for body in nationals():
        if body.status == "new":
            yield from offices.national(body, body.renamed, CODES_OF_APRIL)
    for province in surviving().values():
        for department in founded_in(province.number):
            yield offices.department(province, department, department.renamed or department.name, REORGANISATION)
    yield from (offices.founded_commune(f, surviving()[f.province], REORGANISATION) for f in communes_2025())


def renamed(agency: Agency) -> Agency:
    """An entry of 2022 under its last name, and below the heir of the one above it."""
    changed = _renamed().get(agency.code)
    if changed is not None:
        return changed
    return replace(agency, parent=_heirs_of_departments()[agency.parent]) if _lost_its_parent(agency) else agency


def _lost_its_parent(agency: Agency) -> bool:
    return agency.code.endswith(f".H{TAY_NINH}") and agency.parent in _heirs_of_departments()


@cache
def _renamed() -> dict[str, Agency]:
    agencies: list[Agency] = []
    for body in nationals():
        if body.status == "renamed":
            agencies += offices.national(body, body.renamed)
    for province in provinces():
        now = surviving().get(province.number, province)
        if now.label != province.label:
            agencies += offices.province(now)
        for department in departments():
            if department.is_in(province.number) and (department.renamed or now.label != province.label):
                name = department.renamed or name_in(department, province.number)
                agencies.append(offices.department(now, department, name))
    return {agency.code: agency for agency in agencies}


def _of_level_1() -> Iterator[tuple[str, Ending]]:
    for body in nationals():
        if body.status == "closed" and body.name:
            yield offices.national_code(body.code), _closed(body)
            for i, _ in enumerate(offices.units_of(body.code), 1):
                end = Ending(_LAST_DAY_BEFORE_MERGER, offices.unit_code(body.successor, i))
                yield offices.unit_code(body.code, i), end


def _closed(body: National) -> Ending:
    if not body.successor:
        return Ending(_LAST_DAY_BEFORE_APRIL, "")
    return Ending(_LAST_DAY_BEFORE_MERGER, offices.national_code(body.successor))


@cache
def _heirs_of_departments() -> dict[str, str]:
    """Of those that ended in March: the successors, in the same province."""
    return {
        offices.department_code(p.number, d.number): offices.department_code(p.number, d.into)
        for p in provinces()
        for d in departments()
        if d.into and d.is_in(p.number)
    }


def _of_departments_in_march() -> dict[str, Ending]:
    return {code: Ending(_LAST_DAY_BEFORE_MERGER, into) for code, into in _heirs_of_departments().items()}


def founded_in(province: int) -> tuple[Department, ...]:
    """Agencies that a province of 2025 got because one that went into it had them, and none of its own could take that
    over."""
    parts = [p.number for p in provinces() if p.into == province != p.number]
    return tuple(
        d
        for d in departments()
        if not d.is_in(province) and any(d.is_in(part) for part in parts) and not _stands_in(d, province)
    )


def _stands_in(department: Department, province: int) -> bool:
    return department.else_into != 0 and numbered()[department.else_into].is_in(province)


def _of_provinces() -> dict[str, Ending]:
    pairs: dict[str, str] = {}
    for province in provinces():
        number, into = province.number, province.into
        if number == into:
            continue
        for code in (offices.province_code, offices.centre_code, offices.council_code):
            pairs[code(number)] = code(into)
        for d in departments():
            if d.is_in(number) and not d.into:
                heir = d.else_into if not d.is_in(into) and _stands_in(d, into) else d.number
                pairs[offices.department_code(number, d.number)] = offices.department_code(into, heir)
    return {code: Ending(LAST_DAY_BEFORE_REORGANISATION, heir) for code, heir in pairs.items()}


def _of_communes_and_districts() -> dict[str, Ending]:
    new = {f.gso: f for f in communes_2025()}
    went_into: dict[str, list[Founded]] = defaultdict(list)
    for merger in mergers():
        went_into[merger.old].append(new[merger.new])
    by_gso = {d.gso: d for d in districts()}
    of_districts: dict[str, dict[Founded, None]] = {d.gso: dict.fromkeys(went_into[d.gso]) for d in districts()}
    found: dict[str, Ending] = {}
    for c in communes():
        heirs = went_into[c.gso]
        of_districts[c.district] |= dict.fromkeys(heirs)
        found[offices.commune_code(c, by_gso[c.district])] = _ending(_codes(heirs))
    into = {p.number: p.into for p in provinces()}
    for d in districts():
        heirs = list(of_districts[d.gso])
        zone = all(heir.kind == SPECIAL_ZONE for heir in heirs)
        above = () if zone else (offices.province_code(into[d.province]),)
        found[offices.district_code(d)] = _ending((*above, *_codes(heirs)))
    return found


def _codes(heirs: list[Founded]) -> tuple[str, ...]:
    return tuple(offices.founded_code(heir) for heir in heirs)


def _ending(heirs: tuple[str, ...]) -> Ending:
    return Ending(LAST_DAY_BEFORE_REORGANISATION, heirs[0], heirs[1:])
