"""The sample worlds: exact totals, known names and codes, and that every old address finds its heir by data alone."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

import pytest

from hub.core.directory import Directory, active, may_act_for, route
from hub.core.model import Agency, Tier
from hub.core.worlds import expand, world_2022, world_2025
from hub.core.worlds_communes import apportion, communes_2022, communes_2025
from hub.core.worlds_provinces import PROVINCES
from hub.core.worlds_tables import SPECIAL_ZONES

BEFORE, BETWEEN, AFTER = date(2025, 2, 28), date(2025, 6, 30), date(2025, 7, 1)

KNOWN_PROVINCES = {
    1: "An Giang",
    14: "Cao Bằng",
    17: "Đà Nẵng",
    26: "Hà Nội",
    29: "Hồ Chí Minh",
    41: "Nghệ An",
    52: "Sơn La",
    53: "Tây Ninh",
    63: "Yên Bái",
}

MERGED = {
    "Tuyên Quang": "Hà Giang",
    "Lào Cai": "Yên Bái",
    "Thái Nguyên": "Bắc Kạn",
    "Phú Thọ": "Hòa Bình, Vĩnh Phúc",
    "Bắc Ninh": "Bắc Giang",
    "Hưng Yên": "Thái Bình",
    "Hải Phòng": "Hải Dương",
    "Ninh Bình": "Hà Nam, Nam Định",
    "Quảng Trị": "Quảng Bình",
    "Đà Nẵng": "Quảng Nam",
    "Quảng Ngãi": "Kon Tum",
    "Gia Lai": "Bình Định",
    "Khánh Hòa": "Ninh Thuận",
    "Lâm Đồng": "Bình Thuận, Đắk Nông",
    "Đắk Lắk": "Phú Yên",
    "Hồ Chí Minh": "Bà Rịa - Vũng Tàu, Bình Dương",
    "Đồng Nai": "Bình Phước",
    "Tây Ninh": "Long An",
    "Cần Thơ": "Hậu Giang, Sóc Trăng",
    "Vĩnh Long": "Bến Tre, Trà Vinh",
    "Đồng Tháp": "Tiền Giang",
    "Cà Mau": "Bạc Liêu",
    "An Giang": "Kiên Giang",
}
UNCHANGED = (
    "Cao Bằng, Điện Biên, Hà Nội, Hà Tĩnh, Lai Châu, Lạng Sơn, Nghệ An, Quảng Ninh, Sơn La, Thanh Hóa, Thừa Thiên Huế"
)


@cache
def directory(year: int) -> Directory:
    return Directory.of(world_2022() if year == 2022 else world_2025())


def on_duty(on: date, tier: Tier) -> list[Agency]:
    return [a for a in directory(2025) if a.tier is tier and active(a, on)]


def committees(agencies: list[Agency]) -> list[Agency]:
    return [a for a in agencies if a.name.startswith("Ủy ban nhân dân")]


def heir(code: str, on: date) -> Agency:
    return route(directory(2025), "000.00.00.G22", [code], on).deliveries[0].recipient


# -- 2022 ------------------------------------------------------------------------------------------------------


def test_the_world_of_2022_counts_as_the_law_counts() -> None:
    world = list(directory(2022))
    tiers = Counter(a.tier for a in world)
    assert (tiers[Tier.DISTRICT], tiers[Tier.COMMUNE]) == (705, 10_599)
    assert len([a for a in world if a.tier is Tier.PROVINCIAL and a in committees(world)]) == 63
    assert len([a for a in world if a.code.startswith("000.00.00.G")]) == 22
    assert {a.valid_to for a in world} == {None}


def test_provinces_have_their_known_numbers() -> None:
    assert {p.number: p.name for p in PROVINCES if p.number in KNOWN_PROVINCES} == KNOWN_PROVINCES
    assert [p.number for p in PROVINCES] == list(range(1, 64))
    assert len({p.name for p in PROVINCES}) == 63


@pytest.mark.parametrize(
    ("code", "code_qd20", "name"),
    [
        ("000.00.00.G01", "G01", "Bộ Công an"),
        ("000.00.00.G14", "G14", "Bộ Thông tin và Truyền thông"),
        ("000.00.00.G19", "G19", "Ngân hàng Nhà nước Việt Nam"),
        ("000.00.00.G20", "G20", "Thanh tra Chính phủ"),
        ("000.00.00.G21", "G21", "Ủy ban Dân tộc"),
        ("000.00.00.G22", "G22", "Văn phòng Chính phủ"),
        ("000.00.01.G22", "G22.01", "Cục Kiểm soát thủ tục hành chính, Văn phòng Chính phủ"),
        ("000.00.00.H52", "H52", "Ủy ban nhân dân tỉnh Sơn La"),
        ("000.00.00.H26", "H26", "Ủy ban nhân dân thành phố Hà Nội"),
        ("000.00.13.H52", "H52.13", "Sở Thông tin và Truyền thông tỉnh Sơn La"),
        ("000.00.31.H52", "H52.31", "Ủy ban nhân dân thành phố Sơn La, tỉnh Sơn La"),
        ("000.02.31.H52", "H52.31.02", "Ủy ban nhân dân phường Tô Hiệu, thành phố Sơn La, tỉnh Sơn La"),
    ],
)
def test_known_agencies_have_their_codes(code: str, code_qd20: str, name: str) -> None:
    agency = directory(2022)[code]
    assert (agency.code_qd20, agency.name) == (code_qd20, name)
    assert directory(2022)[code_qd20] is agency


def test_son_la_is_told_as_it_was() -> None:
    world = directory(2022)
    districts = [a.short_name for a in world.children("H52") if a.tier is Tier.DISTRICT]
    names = "Bắc Yên, Mai Sơn, Mộc Châu, Mường La, Phù Yên, Quỳnh Nhai, Sông Mã, Sốp Cộp, Thuận Châu, Vân Hồ, Yên Châu"
    assert districts == ["UBND thành phố Sơn La", *(f"UBND huyện {name}" for name in names.split(", "))]
    communes = [a for a in world if a.tier is Tier.COMMUNE and a.code.endswith("H52")]
    assert len(communes) == 204
    assert len({a.name for a in communes}) == 204
    assert len([a for a in communes if a.short_name.startswith("UBND phường")]) == 7


def test_codes_follow_the_schemes() -> None:
    for agency in directory(2022):
        if agency.tier in (Tier.DISTRICT, Tier.COMMUNE):
            assert len(agency.code) == 13
            _, commune, district, province = agency.code.split(".")
            below = "" if commune == "00" else f".{commune}"
            assert agency.code_qd20 == f"{province}.{district}{below}"
            assert agency.parent == f"000.00.{district if commune != '00' else '00'}.{province}"


def test_one_centre_acts_for_all_agencies_of_a_province() -> None:
    world = directory(2022)
    in_son_la = [a for a in world if a.code.endswith(".H52")]
    assert world.acts_for("00.52.W00") == sorted(in_son_la, key=lambda a: a.code)
    assert len(in_son_la) == 1 + 20 + 12 + 204
    assert may_act_for(world, "00.52.W00", "H52.31.01")
    assert not may_act_for(world, "00.53.W00", "H52.31.01")
    assert may_act_for(world, "G22", "G22.01")


def test_five_island_districts_have_no_communes() -> None:
    parents = {a.parent for a in directory(2022) if a.tier is Tier.COMMUNE}
    empty = [a.short_name for a in directory(2022) if a.tier is Tier.DISTRICT and a.code not in parents]
    assert sorted(empty) == sorted(
        f"UBND huyện {n}" for n in ("Bạch Long Vĩ", "Cồn Cỏ", "Côn Đảo", "Hoàng Sa", "Lý Sơn")
    )


# -- 2025 ------------------------------------------------------------------------------------------------------


def test_the_world_of_2025_counts_as_the_law_counts() -> None:
    assert len(on_duty(AFTER, Tier.COMMUNE)) == 3_321
    assert on_duty(AFTER, Tier.DISTRICT) == []
    assert len(committees(on_duty(AFTER, Tier.PROVINCIAL))) == 34
    ministries = [a for a in on_duty(AFTER, Tier.CENTRAL) if not a.parent]
    assert len(ministries) == 17
    zones = [a for a in on_duty(AFTER, Tier.COMMUNE) if a.short_name.startswith("UBND đặc khu")]
    assert len(zones) == 13 == sum(map(len, SPECIAL_ZONES.values()))


def test_the_day_before_it_was_still_the_old_world() -> None:
    assert len(on_duty(BETWEEN, Tier.COMMUNE)) == 10_599
    assert len(on_duty(BETWEEN, Tier.DISTRICT)) == 705
    assert len(committees(on_duty(BETWEEN, Tier.PROVINCIAL))) == 63


def test_63_provinces_became_34_as_resolved() -> None:
    by_number = {p.number: p.name for p in PROVINCES}
    parts: dict[str, list[str]] = {}
    for p in PROVINCES:
        if p.into != p.number:
            parts.setdefault(by_number[p.into], []).append(p.name)
    assert {into: ", ".join(sorted(names)) for into, names in parts.items()} == {
        into: ", ".join(sorted(names.split(", "))) for into, names in MERGED.items()
    }
    assert {p.name for p in PROVINCES if p.into == p.number} - set(MERGED) == set(UNCHANGED.split(", "))


@pytest.mark.parametrize(
    ("province", "communes"),
    [(26, 126), (29, 168), (24, 114), (17, 94), (57, 40), (13, 103), (52, 75), (35, 38), (56, 166), (44, 148)],
)
def test_known_provinces_have_their_known_number_of_communes(province: int, communes: int) -> None:
    found = [a for a in on_duty(AFTER, Tier.COMMUNE) if a.code.endswith(f".H{province:02d}")]
    assert len(found) == communes
    assert len({a.name for a in found}) == communes


def test_every_address_of_2022_finds_an_heir_in_office() -> None:
    old, new = directory(2022), directory(2025)
    provinces = {f"H{p.number:02d}": f"H{p.into:02d}" for p in PROVINCES}
    codes = [a.code for a in old if a.code != "000.00.00.G22"]
    for code in codes:
        recipient = heir(code, AFTER)
        assert active(recipient, AFTER)
        if code[-3] == "H":
            assert recipient.code[-3:] == provinces[code[-3:]]
        if old[code].tier is Tier.COMMUNE:
            assert recipient.tier is Tier.COMMUNE
    assert {a.code for a in old} <= {a.code for a in new}


@pytest.mark.parametrize(
    ("asked", "recipient"),
    [
        ("H63", "Ủy ban nhân dân tỉnh Lào Cai"),
        ("000.00.00.H57", "Ủy ban nhân dân thành phố Huế"),
        ("000.00.18.H57", "Sở Y tế thành phố Huế"),
        ("000.00.13.H63", "Sở Khoa học và Công nghệ tỉnh Lào Cai"),  # by way of Yên Bái's, in March
        ("000.00.14.H16", "Sở Nông nghiệp và Môi trường tỉnh Lâm Đồng"),
        ("000.00.02.H52", "Sở Dân tộc và Tôn giáo tỉnh Sơn La"),
        ("H52.31", "Ủy ban nhân dân tỉnh Sơn La"),
        ("H52.31.01", "Ủy ban nhân dân phường Tô Hiệu, tỉnh Sơn La"),
        ("00.63.W00", "Trung tâm liên thông văn bản tỉnh Lào Cai"),
        ("G04", "Bộ Xây dựng"),
        ("G05", "Bộ Tài chính"),
        ("G07", "Bộ Nội vụ"),
        ("G10", "Bộ Nông nghiệp và Môi trường"),
        ("G13", "Bộ Nông nghiệp và Môi trường"),
        ("G14", "Bộ Khoa học và Công nghệ"),
        ("G14.03", "Vụ Pháp chế, Bộ Khoa học và Công nghệ"),
        ("G21", "Bộ Dân tộc và Tôn giáo"),
    ],
)
def test_known_heirs(asked: str, recipient: str) -> None:
    assert heir(asked, AFTER).name == recipient


def test_island_districts_are_succeeded_by_their_zones() -> None:
    world = directory(2025)
    for (number, district), zones in SPECIAL_ZONES.items():
        (old,) = [
            a
            for a in world.children(f"H{number:02d}")
            if a.name.split(",")[0].endswith(f" {district}") and a.tier is Tier.DISTRICT
        ]
        assert heir(old.code, AFTER).short_name == f"UBND đặc khu {zones[0]}"


def test_ministries_merged_in_march_and_not_before() -> None:
    assert heir("G14", BEFORE).code_qd20 == "G14"
    assert heir("G14", date(2025, 3, 1)).code_qd20 == "G06"
    assert heir("H63.13", date(2025, 3, 1)).code_qd20 == "H63.07"
    assert heir("H63.13", AFTER).code_qd20 == "H38.07"


def test_communes_of_2025_were_formed_of_all_communes_of_2022_each_once() -> None:
    old = communes_2022(2022)
    new = [f for p in PROVINCES if p.into == p.number for f in communes_2025(p, old)]
    parts = Counter(c for f in new for c in f.formed_of)
    assert set(parts) == set(old)
    assert set(parts.values()) == {1}
    empty = {f.name for f in new if not f.formed_of}
    assert empty == {"Bạch Long Vĩ", "Cồn Cỏ", "Côn Đảo", "Hoàng Sa", "Lý Sơn"}


def test_son_la_became_67_communes_and_8_wards() -> None:
    names = [a.short_name for a in on_duty(AFTER, Tier.COMMUNE) if a.code.endswith(".H52")]
    wards = sorted(name.removeprefix("UBND phường ") for name in names if "phường" in name)
    assert wards == sorted(
        ["Tô Hiệu", "Chiềng An", "Chiềng Cơi", "Chiềng Sinh", "Mộc Châu", "Mộc Sơn", "Vân Sơn", "Thảo Nguyên"]
    )
    kept = "Mường Lạn, Phiêng Khoài, Suối Tọ, Ngọc Chiến, Tân Yên, Mường Bám, Mường Lèo"
    assert {f"UBND xã {name}" for name in kept.split(", ")} <= set(names)


# -- seeds and sizes -------------------------------------------------------------------------------------------


def test_a_seed_decides_everything_and_totals_do_not_depend_on_it() -> None:
    assert world_2022(7) == world_2022(7)
    assert world_2022(7) != world_2022(8)
    other = Directory.of(world_2025(8))
    assert len([a for a in other if a.tier is Tier.COMMUNE and active(a, AFTER)]) == 3_321
    assert len([a for a in other if a.tier is Tier.COMMUNE and active(a, BETWEEN)]) == 10_599


@pytest.mark.parametrize("year", [2022, 2025])
def test_an_expanded_world_is_a_directory_of_exactly_the_size_asked(year: int) -> None:
    world = list(directory(year))
    large = expand(world, to=40_000, seed=5)
    assert len(large) == 40_000
    assert large[: len(world)] == world
    assert large == expand(world, to=40_000, seed=5)
    grown = Directory.of(large)
    for unit in large[len(world) :: 997]:
        parent = grown[unit.parent]
        assert (unit.tier, unit.centre) == (parent.tier, parent.centre)
        assert active(unit, AFTER)
        assert grown[unit.code_qd20] is unit


def test_expanding_to_less_than_there_is_adds_nothing_and_an_empty_world_cannot_grow() -> None:
    world = list(directory(2022))
    assert expand(world, to=10) == world
    with pytest.raises(ValueError, match="no agency"):
        expand([], to=10)


@pytest.mark.parametrize(("total", "weights"), [(0, [1.0]), (7, [1, 1, 1]), (10, [0, 1, 2]), (3321, [0.3] * 34)])
def test_shares_add_up_and_differ_from_the_exact_ones_by_less_than_one(total: int, weights: list[float]) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    assert all(abs(s - total * w / sum(weights)) < 1 for s, w in zip(shares, weights, strict=True))
