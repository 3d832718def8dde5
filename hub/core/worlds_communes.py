"""The communes of the sample worlds: the 10,599 of 2022, and the 3,321 of 2025 that were formed of them.

1. A province's communes are shared out among its districts as drawn; islands have their known number. A rural
   district's first commune is the township of its own name; the others' names are drawn, after the manner of
   the region.
2. In 2025 an island district became a special zone whole. Elsewhere neighbours of one district joined, in
   equal runs, the districts of all provinces that became one sharing its known number of communes; the new
   commune is called after its first part whose name is free, and is a ward if its first part was one.
3. Sơn La is told name by name, in both years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Final, NamedTuple

from hub.core.worlds_provinces import PROVINCES, District, Province, Region
from hub.core.worlds_tables import COMMUNES_KNOWN, NAME_PARTS, SON_LA, SON_LA_COMMUNES, SPECIAL_ZONES

SPECIAL_ZONE: Final = "đặc khu"

_WARDS_AMONG_COMMUNES: Final = {"quận": 1.0, "thành phố": 0.7, "thị xã": 0.5, "huyện": 0.0}
_LEAST_COMMUNES: Final = 4


class Commune(NamedTuple):
    """A commune of 2022: `district` counts from 0 in its province, `place` from 1 in its district."""

    province: Province
    district: int
    place: int
    kind: str
    name: str


class Founded(NamedTuple):
    """A commune of 2025 and those of 2022 that it was formed of; `place` counts from 0 in its province."""

    province: Province
    place: int
    kind: str
    name: str
    formed_of: tuple[Commune, ...]


class Group(NamedTuple):
    """Communes that joined, and what they became."""

    kind: str
    name: str
    communes: tuple[Commune, ...]


ByDistrict = dict[tuple[int, str], list[Commune]]


def communes_2022(seed: int) -> list[Commune]:
    """All communes, by province and district.

    A drawn name occurs once in a province of 2025, so that the commune that inherits it needs no other.
    """
    rng = Random(seed)
    taken: dict[int, set[str]] = {province.into: set() for province in PROVINCES}
    communes: list[Commune] = []
    for province in PROVINCES:
        if province.number == SON_LA:
            communes += _communes_of_son_la(province)
        else:
            communes += _drawn_communes(province, taken[province.into], rng)
    return communes


def _drawn_communes(province: Province, taken: set[str], rng: Random) -> list[Commune]:
    names = iter([name for name in _drawn_names(province.region, rng) if name not in taken])
    communes = [
        Commune(province, place, i, *_kind_and_name(district, i, names, rng))
        for place, (district, count) in enumerate(zip(province.districts, _shares(province, rng), strict=True))
        for i in range(1, count + 1)
    ]
    taken.update(c.name for c in communes)
    return communes


def _drawn_names(region: Region, rng: Random) -> list[str]:
    first, second = (part.split() for part in NAME_PARTS[region])
    names = [f"{a} {b}" for a in first for b in second if a != b]
    return sorted(names, key={name: rng.random() for name in names}.__getitem__)


def _kind_and_name(district: District, place: int, names: Iterator[str], rng: Random) -> tuple[str, str]:
    if district.kind == "huyện" and place == 1:
        return "thị trấn", district.name
    return ("phường" if rng.random() < _WARDS_AMONG_COMMUNES[district.kind] else "xã"), next(names)


def _shares(province: Province, rng: Random) -> list[int]:
    """How many communes each district has: known for islands, as drawn elsewhere, exact in sum."""
    known = [COMMUNES_KNOWN.get((province.number, district.name)) for district in province.districts]
    shares = [_LEAST_COMMUNES if count is None else count for count in known]
    weights = [0.6 + rng.random() if count is None else 0.0 for count in known]
    more = apportion(province.communes_2022 - sum(shares), weights)
    return [a + b for a, b in zip(shares, more, strict=True)]


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole shares in proportion to the weights that add up to the total (largest remainders)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: shares[i] - exact[i])
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def communes_2025(province: Province, communes: Iterable[Commune]) -> list[Founded]:
    """The communes of one province of 2025, formed of all communes of the provinces that went into it."""
    by_district: ByDistrict = {
        (p.number, d.name): [] for p in PROVINCES if p.into == province.number for d in p.districts
    }
    for c in communes:
        if c.province.into == province.number:
            by_district[c.province.number, c.province.districts[c.district].name].append(c)
    groups = _groups_of_son_la(by_district) if province.number == SON_LA else _groups(province, by_district)
    return [Founded(province, i, *group) for i, group in enumerate(groups)]


def _groups(province: Province, by_district: ByDistrict) -> list[Group]:
    groups = [
        zone for key, names in SPECIAL_ZONES.items() if key in by_district for zone in _zones(names, by_district[key])
    ]
    mainland = [communes for key, communes in by_district.items() if key not in SPECIAL_ZONES]
    spare = province.communes_2025 - len(groups) - len(mainland)
    more = apportion(spare, [len(communes) - 1 for communes in mainland])
    taken = {zone.name for zone in groups}
    for communes, further in zip(mainland, more, strict=True):
        for run in _runs(communes, 1 + further):
            name = _inherited_name(run, taken)
            taken.add(name)
            groups.append(Group("phường" if run[0].kind == "phường" else "xã", name, run))
    return groups


def _zones(names: tuple[str, ...], communes: list[Commune]) -> Iterator[Group]:
    """The first zone takes all communes but the last ones, one for each further zone."""
    cut = len(communes) - len(names) + 1
    parts = [communes[:cut], *([c] for c in communes[cut:])]
    return (Group(SPECIAL_ZONE, name, tuple(part)) for name, part in zip(names, parts, strict=True))


def _runs(communes: list[Commune], count: int) -> Iterator[tuple[Commune, ...]]:
    cuts = [len(communes) * i // count for i in range(count + 1)]
    return (tuple(communes[a:b]) for a, b in pairwise(cuts))


def _inherited_name(run: tuple[Commune, ...], taken: set[str]) -> str:
    """The first name of the run that the province has not got yet, else one with the old province's name."""
    names = [*(c.name for c in run), f"{run[0].name} - {run[0].province.name}"]
    return next(name for name in names if name not in taken)


def _communes_of_son_la(province: Province) -> Iterator[Commune]:
    for place, district in enumerate(province.districts):
        old = (name for _, names in _told(district.name) for name in names)
        for i, text in enumerate(old, 1):
            yield Commune(province, place, i, *_marked(text))


def _groups_of_son_la(by_district: ByDistrict) -> list[Group]:
    formed: dict[str, list[Commune]] = {}
    for (_, district), communes in by_district.items():
        rest = iter(communes)
        for new, old in _told(district):
            formed.setdefault(new, []).extend(next(rest) for _ in old)
    return [Group(*_marked(new), tuple(communes)) for new, communes in formed.items()]


def _told(district: str) -> Iterator[tuple[str, list[str]]]:
    """The groups of one district of `SON_LA_COMMUNES`: what they became, what they were."""
    for group in SON_LA_COMMUNES[district].split("; "):
        new, _, old = group.partition(" = ")
        yield new, old.split(", ")


def _marked(text: str) -> tuple[str, str]:
    mark, _, name = text.partition(" ")
    kind = {"P": "phường", "TT": "thị trấn"}.get(mark)
    return (kind, name) if kind else ("xã", text)
