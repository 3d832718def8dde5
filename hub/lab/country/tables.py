"""The facts of the country, read once from the CSV files beside this module; `data/README.md` says where they come
from, and which numbers are nobody's decision but this project's choice."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from hub.core.model import Tier

_FOLDER: Final = "data"


class National(NamedTuple):
    """A code of level 1 (QĐ 20/2020, Annex I). `status` is its fate under QĐ 09/2025: closed, renamed, new, or nothing;
    `successor` is empty where no decision names one."""

    code: str
    name: str
    renamed: str
    status: str
    successor: str


class Listed(NamedTuple):
    """An entry of Tây Ninh's own directory of 2020."""

    code: str
    name: str


Row = dict[str, str]


def rows(name: str) -> Iterator[Row]:
    """The rows of one file by their header's names."""
    yield from csv.DictReader(text(name).splitlines())


def text(name: str) -> str:
    return (resources.files(__package__) / _FOLDER / f"{name}.csv").read_text("utf-8")


def province_number(code: str) -> int:
    """52, of H52."""
    return int(code[1:])


@cache
def nationals() -> tuple[National, ...]:
    return tuple(
        National(r["code"], r["name_2020"], r["name_2025_if_changed"], r["code_status_2025"], r["successor"])
        for r in rows("level1")
    )


@cache
def tay_ninh() -> tuple[Listed, ...]:
    return tuple(Listed(r["code"], r["name"]) for r in rows("h53_2020"))


MINISTRY_UNITS: Final[tuple[str, ...]] = (
    "Văn phòng",
    "Vụ Tổ chức cán bộ",
    "Vụ Pháp chế",
    "Thanh tra",
    "Trung tâm Công nghệ thông tin",
)
"""Units 01…05 of every ministry but the Government Office: our choice."""

GOVERNMENT_OFFICE: Final = "G22"

GOVERNMENT_OFFICE_UNITS: Final[tuple[str, ...]] = (
    "Cục Kiểm soát thủ tục hành chính",
    "Vụ Hành chính",
    "Vụ Pháp luật",
    "Vụ Tổng hợp",
    "Cổng Thông tin điện tử Chính phủ",
)
"""Units 01…05 of G22."""

MINISTRIES: Final = frozenset(f"G{number:02d}" for number in range(1, 23))
"""The ministries and agencies of their rank, which have units in the sample worlds."""

UNITS_BELOW: Final[dict[Tier, tuple[str, ...]]] = {
    Tier.CENTRAL: ("Phòng Tổng hợp", "Phòng Hành chính", "Phòng Nghiệp vụ", "Phòng Kế hoạch - Tài chính"),
    Tier.PROVINCIAL: (
        "Văn phòng",
        "Phòng Tổ chức cán bộ",
        "Phòng Kế hoạch - Tài chính",
        "Phòng Nghiệp vụ",
        "Chi cục",
        "Trung tâm",
    ),
    Tier.DISTRICT: (
        "Văn phòng HĐND-UBND",
        "Phòng Giáo dục và Đào tạo",
        "Phòng Kinh tế và Hạ tầng",
        "Phòng Lao động - Thương binh và Xã hội",
        "Phòng Nội vụ",
        "Phòng Nông nghiệp và Phát triển nông thôn",
        "Phòng Tài chính - Kế hoạch",
        "Phòng Tài nguyên và Môi trường",
        "Phòng Tư pháp",
        "Phòng Văn hóa và Thông tin",
        "Phòng Y tế",
        "Thanh tra",
        "Trường Trung học phổ thông",
    ),
    Tier.COMMUNE: (
        "Trạm Y tế",
        "Trường Mầm non",
        "Trường Tiểu học",
        "Trường Trung học cơ sở",
        "Công an",
        "Ban Chỉ huy Quân sự",
        "Trung tâm Văn hóa - Thể thao",
    ),
}
"""The units below an agency of each tier in an expanded world; a district's twelve offices are those of Tây Ninh."""


def offices_2025(short_name: str) -> tuple[str, ...]:
    """The offices of a commune's committee since July 2025 (NĐ 150/2025)."""
    urban = short_name.startswith("UBND phường ") or short_name == "UBND đặc khu Phú Quốc"
    return (
        "Văn phòng HĐND và UBND",
        "Phòng Kinh tế, Hạ tầng và Đô thị" if urban else "Phòng Kinh tế",
        "Phòng Văn hóa - Xã hội",
        "Trung tâm Phục vụ hành chính công",
    )


TAY_NINH: Final = 53
"""The one province whose whole directory of 2020 is known."""
