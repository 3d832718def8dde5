"""The 63 provinces of 2022 with their districts and departments, and the 34 that live on.

Sources: codes Hnn of QĐ 20/2020/QĐ-TTg; administrative units of mid-2022; Resolution 202/2025/QH15. A merged province
has its namesake's code, the others' close.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from hub.lab.country.tables import province_number, rows

_CULTURE: Final = 15
_TOURISM: Final = 20


class Province(NamedTuple):
    """One of the 63 of 2022. It lives on after 1 July 2025 if and only if `into` is its own number."""

    number: int
    gso: str
    kind: str
    name: str
    into: int

    @property
    def label(self) -> str:
        """`tỉnh Sơn La`, `thành phố Hà Nội`."""
        return f"{self.kind} {self.name}"


class District(NamedTuple):
    """One of the 705 of 2022; `kind` as it is written before a name: thành phố, thị xã, quận, huyện."""

    gso: str
    province: int
    number: int
    kind: str
    name: str


class Department(NamedTuple):
    """The agencies of provinces at level 2. `where` is empty for all of them; `into` took it over in March 2025,
    `else_into` in July where the province that lives on has none like it."""

    number: int
    number_h15: str
    name: str
    where: frozenset[int]
    renamed: str
    into: int
    else_into: int

    def is_in(self, province: int) -> bool:
        return not self.where or province in self.where


@cache
def provinces() -> tuple[Province, ...]:
    """By number, from 1."""
    return tuple(
        Province(province_number(r["code_h"]), r["gso"], r["kind"], r["name"], province_number(r["into_h_2025"]))
        for r in rows("provinces_2022")
    )


@cache
def provinces_2025() -> dict[int, Province]:
    """Those that live on, under the kind and name that they then have, by number."""
    read = (
        Province(province_number(r["code_h"]), r["gso"], r["kind"], r["name"], province_number(r["code_h"]))
        for r in rows("provinces_2025")
    )
    return {province.number: province for province in read}


@cache
def districts() -> tuple[District, ...]:
    """By province and number."""
    read = (
        District(r["gso"], province_number(r["province_h"]), int(r["number"]), r["kind"], r["name"])
        for r in rows("districts_2022")
    )
    return tuple(sorted(read, key=lambda district: (district.province, district.number)))


@cache
def departments() -> tuple[Department, ...]:
    """By number."""
    return tuple(
        Department(
            int(r["number"]),
            r["number_qd20_h15"],
            r["name"],
            frozenset(map(province_number, r["where"].split())),
            r["renamed_2025"],
            int(r["into_2025"] or 0),
            int(r["else_into"] or 0),
        )
        for r in rows("departments")
    )


def name_in(department: Department, province: int) -> str:
    """As it was called in 2022. Where tourism has a department of its own, the one of culture is called without it."""
    if department.number == _CULTURE and numbered()[_TOURISM].is_in(province):
        return "Sở Văn hóa và Thể thao"
    return department.name


@cache
def numbered() -> dict[int, Department]:
    """The departments by number."""
    return {department.number: department for department in departments()}
