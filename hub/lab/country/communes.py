"""The communes of the country: the 10,599 of 2022, the 3,321 of July 2025, and which went into which.

Sources: the statistics office's lists of both years and its table of old and new units; the resolutions of the
National Assembly's committee, 1654 to 1687 of 2025, where that table slips.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from hub.lab.country.provinces import districts, provinces_2025
from hub.lab.country.tables import rows


class Commune(NamedTuple):
    """One of the 10,599 of 2022; `district` is its GSO code."""

    gso: str
    district: str
    number: int
    kind: str
    name: str


class Founded(NamedTuple):
    """One of the 3,321 communes of July 2025."""

    gso: str
    province: int
    number: int
    kind: str
    name: str


class Merger(NamedTuple):
    """The units that an old one, or a part of it, went into: GSO codes, those of five districts without communes among
    the old. `main` marks the one heir that a directory names as successor."""

    old: str
    new: str
    part: bool
    main: bool


@cache
def communes() -> tuple[Commune, ...]:
    """By province, district and number."""
    place = {district.gso: i for i, district in enumerate(districts())}
    read = (Commune(r["gso"], r["district_gso"], int(r["number"]), r["kind"], r["name"]) for r in rows("communes_2022"))
    return tuple(sorted(read, key=lambda commune: (place[commune.district], commune.number)))


@cache
def communes_2025() -> tuple[Founded, ...]:
    """By province and number."""
    numbers = {province.gso: number for number, province in provinces_2025().items()}
    read = (
        Founded(r["gso"], numbers[r["province_gso"]], int(r["number"]), r["kind"], r["name"])
        for r in rows("communes_2025")
    )
    return tuple(sorted(read, key=lambda commune: (commune.province, commune.number)))


@cache
def mergers() -> tuple[Merger, ...]:
    """Of each old unit the main heir first."""
    read = (Merger(r["old_gso"], r["new_gso"], r["share"] == "part", r["main"] == "1") for r in rows("merge_2025"))
    return tuple(sorted(read, key=lambda merger: (merger.old, not merger.main, merger.new)))
