"""The sample worlds: they are the country as it was and is, and every old address finds its heir by data alone."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import pytest

from hub.core.directory.routing import Directory, active, may_act_for, route
from hub.core.errors import UndeliverableRecipients
from hub.core.model import Agency, Tier
from hub.lab.country import check, expand, offices, world_2022, world_2025
from hub.lab.country.communes import communes, communes_2025, mergers
from hub.lab.country.provinces import departments, districts, provinces
from hub.lab.country.reform import CODES_OF_APRIL
from hub.lab.country.tables import nationals, tay_ninh

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


def kind_and_name(agency: Agency) -> str:
    return agency.short_name.removeprefix("UBND ")


def heir(code: str, on: date) -> Agency:
    return route(directory(2025), "000.00.00.G22", [code], on).deliveries[0].recipient


# -- 2022 ------------------------------------------------------------------------------------------------------


def test_the_world_of_2022_counts_as_the_law_counts() -> None:
    world = list(directory(2022))
    tiers = Counter(a.tier for a in committees(world))
    assert (tiers[Tier.DISTRICT], tiers[Tier.COMMUNE]) == (705, 10_599)
    assert len(committees([a for a in world if a.tier is Tier.PROVINCIAL])) == 63
    level_1 = Counter(a.code[-3] for a in world if a.code.startswith("000.00.00.") and not a.parent)
    assert level_1 == {"B": 1, "D": 1, "E": 1, "F": 1, "G": 34, "H": 63, "I": 6, "J": 28, "K": 62}
    assert {a.valid_to for a in world} == {None}


def test_provinces_have_their_known_numbers() -> None:
    assert {p.number: p.name for p in provinces() if p.number in KNOWN_PROVINCES} == KNOWN_PROVINCES
    assert [p.number for p in provinces()] == list(range(1, 64))
    assert len({p.name for p in provinces()}) == 63


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
        ("000.00.00.G10", "G10", "Bộ Nông nghiệp và Phát triển nông thôn"),
        ("000.00.00.G23", "G23", "Ban Quản lý Lăng Chủ tịch Hồ Chí Minh"),
        ("000.00.00.G36", "G36", "Ủy ban Quản lý vốn nhà nước tại doanh nghiệp"),
        ("000.00.00.D01", "D01", "Tòa án nhân dân tối cao"),
        ("000.00.00.I04", "I04", "Trung ương Hội Liên hiệp Phụ nữ Việt Nam"),
        ("000.00.00.J28", "J28", "Tổng hội Y học Việt Nam"),
        ("000.00.00.K52", "K52", "Hội đồng nhân dân tỉnh Sơn La"),
        ("000.00.06.H15", "H15.07", "Sở Khoa học và Công nghệ tỉnh Đắk Lắk"),
        ("000.00.21.H26", "H26.21", "Sở Quy hoạch - Kiến trúc thành phố Hà Nội"),
        ("000.00.15.H26", "H26.15", "Sở Văn hóa và Thể thao thành phố Hà Nội"),
        ("000.00.15.H52", "H52.15", "Sở Văn hóa, Thể thao và Du lịch tỉnh Sơn La"),
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


def test_a_province_has_the_bodies_that_all_have_and_some_of_its_own() -> None:
    world = directory(2022)
    everywhere = {d.number for d in departments() if not d.where}
    assert len(everywhere) == 17
    differ = set()
    for p in provinces():
        codes = {a.code for a in world.children(f"H{p.number:02d}")}
        here = {d.number for d in departments() if offices.department_code(p.number, d.number) in codes}
        assert everywhere <= here
        differ.add(frozenset(here))
    assert len(differ) > 10
    assert "000.00.21.H29" in world
    assert "000.00.21.H52" not in world


def test_codes_follow_the_schemes() -> None:
    for agency in directory(2022):
        if agency.tier in (Tier.DISTRICT, Tier.COMMUNE) and agency.code_qd20:
            assert len(agency.code) == 13
            _, commune, district, province = agency.code.split(".")
            below = "" if commune == "00" else f".{commune}"
            assert agency.code_qd20 == f"{province}.{district}{below}"
            assert agency.parent == f"000.00.{district if commune != '00' else '00'}.{province}"


def test_tay_ninh_has_its_own_directory() -> None:
    """All 372 entries under the codes that they had, one of them a slip, each below the agency that its code names."""
    world = directory(2022)
    assert {code for code, _ in tay_ninh()} <= {a.code for a in world}
    for code, name, parent in (
        ("001.01.07.H53", "Trung tâm kỹ thuật Tiêu chuẩn Đo lường Chất lượng - Chi cục TCĐLCL", "000.01.07.H53"),
        ("000.13.03.H53", "Trường THPT Lê Quý Đôn", "000.00.03.H53"),
        ("000.09.30.H53", "Phòng Tư pháp thành phố Tây Ninh", "000.00.30.H53"),
        ("000.1137.H53", "Phòng Y tế huyện Tân Châu", "000.00.37.H53"),
        ("000.27.30.H53", "Ủy ban nhân dân phường Ninh Thạnh, thành phố Tây Ninh, tỉnh Tây Ninh", "000.00.30.H53"),
    ):
        assert (world[code].name, world[code].parent) == (name, parent)
    assert world["K53"].code == "000.00.55.H53"


def test_one_centre_acts_for_all_agencies_of_a_province() -> None:
    world = directory(2022)
    in_son_la = [a for a in world if a.code.endswith((".H52", ".K52"))]
    assert world.acts_for("00.52.W00") == sorted(in_son_la, key=lambda a: a.code)
    assert len(in_son_la) == 1 + 1 + 20 + 12 + 204
    assert may_act_for(world, "00.52.W00", "H52.31.01")
    assert not may_act_for(world, "00.53.W00", "H52.31.01")
    assert may_act_for(world, "G22", "G22.01")


def test_five_island_districts_have_no_communes() -> None:
    parents = {a.parent for a in directory(2022) if a.tier is Tier.COMMUNE}
    empty = [a.short_name for a in directory(2022) if a.tier is Tier.DISTRICT and a.code_qd20 and a.code not in parents]
    assert sorted(empty) == sorted(
        f"UBND huyện {n}" for n in ("Bạch Long Vĩ", "Cồn Cỏ", "Côn Đảo", "Hoàng Sa", "Lý Sơn")
    )


# -- 2025 ------------------------------------------------------------------------------------------------------


def test_the_world_of_2025_counts_as_the_law_counts() -> None:
    assert len(on_duty(AFTER, Tier.COMMUNE)) == 3_321
    assert on_duty(AFTER, Tier.DISTRICT) == []
    assert len(committees(on_duty(AFTER, Tier.PROVINCIAL))) == 34
    ministries = [
        a.code_qd20 for a in on_duty(AFTER, Tier.CENTRAL) if a.code_qd20 in {f"G{i:02d}" for i in range(1, 23)}
    ]
    assert len(ministries) == 17
    zones = [a for a in on_duty(AFTER, Tier.COMMUNE) if a.short_name.startswith("UBND đặc khu")]
    assert len(zones) == 13


def test_every_unit_of_both_years_has_its_real_kind_and_name() -> None:
    """The names of the files, by province: none is drawn, none is lost."""
    place = {d.gso: d.province for d in districts()}
    old = Counter((place[c.district], f"{c.kind} {c.name}") for c in communes())
    new = Counter((f.province, f"{f.kind} {f.name}") for f in communes_2025())
    assert Counter((int(a.code[-2:]), kind_and_name(a)) for a in on_duty(BETWEEN, Tier.COMMUNE)) == old
    assert Counter((int(a.code[-2:]), kind_and_name(a)) for a in on_duty(AFTER, Tier.COMMUNE)) == new
    kinds = Counter(kind_and_name(a).split()[0] for a in on_duty(BETWEEN, Tier.COMMUNE))
    assert kinds == {"xã": 8_253, "phường": 1_732, "thị": 614}


def test_codes_of_level_1_are_those_of_the_decision_of_2025() -> None:
    g = {a.code_qd20: a.name for a in directory(2025) if a.code.startswith("000.00.00.G") and active(a, AFTER)}
    assert g["G10"] == "Bộ Nông nghiệp và Môi trường"
    assert g["G21"] == "Bộ Dân tộc và Tôn giáo"
    assert {"G38", "G39", "G40"} <= set(g)
    closed = {"G04", "G05", "G07", "G13", "G14", "G23", "G24", "G25", "G26", "G34", "G36"}
    assert not closed & set(g)
    assert len(g) == 34 - len(closed) + 3


@pytest.mark.parametrize("code", ["G23", "G25", "G26", "G34", "G36"])
def test_a_code_that_was_closed_without_an_heir_says_so(code: str) -> None:
    assert heir(code, date(2025, 4, 13)).code_qd20 == code
    with pytest.raises(UndeliverableRecipients) as refused:
        heir(code, CODES_OF_APRIL)
    assert refused.value.facts["recipients"] == {f"000.00.00.{code}": "expired_without_successor"} or (
        refused.value.facts["recipients"] == {code: "expired_without_successor"}
    )


def test_63_provinces_became_34_as_resolved() -> None:
    by_number = {p.number: p.name for p in provinces()}
    parts: dict[str, list[str]] = {}
    for p in provinces():
        if p.into != p.number:
            parts.setdefault(by_number[p.into], []).append(p.name)
    assert {into: ", ".join(sorted(names)) for into, names in parts.items()} == {
        into: ", ".join(sorted(names.split(", "))) for into, names in MERGED.items()
    }
    assert {p.name for p in provinces() if p.into == p.number} - set(MERGED) == set(UNCHANGED.split(", "))


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
    went_into = {f"H{p.number:02d}": f"H{p.into:02d}" for p in provinces()}
    closed = {f"000.00.00.{body.code}" for body in nationals() if body.status == "closed" and not body.successor}
    codes = [a.code for a in old if a.code not in {"000.00.00.G22", *closed}]
    for code in codes:
        recipient = heir(code, AFTER)
        assert active(recipient, AFTER)
        if code[-3] == "H":
            assert recipient.code[-3:] == went_into[code[-3:]]
        if old[code].tier is Tier.COMMUNE:
            assert recipient.tier is Tier.COMMUNE
    assert {a.code for a in old} <= {a.code for a in new}


@pytest.mark.parametrize(
    ("asked", "recipient"),
    [
        ("H63", "Ủy ban nhân dân tỉnh Lào Cai"),
        ("000.00.00.H57", "Ủy ban nhân dân thành phố Huế"),
        ("000.00.17.H57", "Sở Y tế thành phố Huế"),
        ("K57", "Hội đồng nhân dân thành phố Huế"),
        ("K63", "Hội đồng nhân dân tỉnh Lào Cai"),
        ("000.00.08.H22", "Sở Ngoại vụ tỉnh Tuyên Quang"),  # founded, for Hà Giang had one
        ("000.00.20.H46", "Sở Văn hóa, Thể thao và Du lịch tỉnh Quảng Trị"),  # which had none for tourism alone
        ("000.00.23.H62", "Ban Quản lý các khu công nghiệp tỉnh Phú Thọ"),
        ("000.00.10.H52", "Sở Nông nghiệp và Môi trường tỉnh Sơn La"),
        ("000.05.30.H53", "Ủy ban nhân dân tỉnh Tây Ninh"),  # an office of a district
        ("000.00.13.H63", "Sở Khoa học và Công nghệ tỉnh Lào Cai"),  # by way of Yên Bái's, in March
        ("000.00.12.H16", "Sở Nông nghiệp và Môi trường tỉnh Lâm Đồng"),
        ("000.00.19.H52", "Sở Dân tộc và Tôn giáo tỉnh Sơn La"),
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
        ("G24", "Bộ Tài chính"),
        ("H52.37.03", "Ủy ban nhân dân xã Mường Chiên, tỉnh Sơn La"),  # Chiềng Khay
        ("H52.37.05", "Ủy ban nhân dân xã Mường Giôn, tỉnh Sơn La"),  # Pá Ma Pha Khinh
        ("H52.38.14", "Ủy ban nhân dân xã Mường Hung, tỉnh Sơn La"),  # Chiềng Cang
        ("H52.38.17", "Ủy ban nhân dân xã Chiềng Khoong, tỉnh Sơn La"),  # Mường Cai
    ],
)
def test_known_heirs(asked: str, recipient: str) -> None:
    assert heir(asked, AFTER).name == recipient


def test_island_districts_are_succeeded_by_their_zones() -> None:
    zones = {
        "Côn Đảo": "06", "Phú Quý": "11", "Hoàng Sa": "17", "Bạch Long Vĩ": "24", "Cát Hải": "24", "Trường Sa": "32",
        "Kiên Hải": "33", "Phú Quốc": "33", "Lý Sơn": "48", "Cô Tô": "49", "Vân Đồn": "49", "Cồn Cỏ": "50",
    }  # fmt: skip
    for name, number in zones.items():
        (old,) = [
            a
            for a in directory(2025).children(f"H{number}")
            if a.name.split(",")[0].endswith(f" {name}") and a.tier is Tier.DISTRICT
        ]
        assert heir(old.code, AFTER).short_name == f"UBND đặc khu {name}"
        assert [kind_and_name(directory(2025)[code]) for code in old.heirs] == (
            ["đặc khu Thổ Châu"] if name == "Phú Quốc" else []
        )


def test_what_was_split_names_one_heir_and_tells_of_the_others() -> None:
    world = directory(2025)
    parts = Counter(m.old for m in mergers())
    split = [a for a in world if a.tier is Tier.COMMUNE and a.heirs]
    assert len(split) == 490 == sum(count > 1 for count in parts.values())
    assert max(len(a.heirs) for a in split) == 4
    cong_vi = world["H26.31.04"]
    assert kind_and_name(cong_vi) == "phường Cống Vị"
    assert [kind_and_name(world[c]) for c in (cong_vi.successor, *cong_vi.heirs)] == [
        "phường Ngọc Hà",
        "phường Giảng Võ",
    ]
    assert heir(cong_vi.code, AFTER).code == cong_vi.successor
    mai_son = world["H52.33"]
    assert kind_and_name(world[mai_son.successor]) == "tỉnh Sơn La"
    assert {kind_and_name(world[c]) for c in mai_son.heirs} == {
        *("xã Mai Sơn", "xã Chiềng Mai", "xã Phiêng Pằn", "xã Chiềng Mung", "xã Phiêng Cằm", "xã Mường Chanh"),
        *("xã Tà Hộc", "xã Chiềng Sung"),
    }
    assert all(active(world[c], AFTER) for a in world for c in a.heirs)


def test_units_of_a_department_that_merged_stand_below_its_heir() -> None:
    assert directory(2022)["000.01.07.H53"].parent == "000.00.07.H53"
    assert directory(2025)["000.01.07.H53"].parent == "000.00.09.H53"


def test_ministries_merged_in_march_and_not_before() -> None:
    assert heir("G14", BEFORE).code_qd20 == "G14"
    assert heir("G14", date(2025, 3, 1)).code_qd20 == "G06"
    assert heir("H63.13", date(2025, 3, 1)).code_qd20 == "H63.06"
    assert heir("H63.13", AFTER).code_qd20 == "H38.06"


def test_the_facts_agree_with_the_law_and_with_one_another() -> None:
    assert check.problems(check.facts_of_the_package()) == []


def _without(name: str, at: int = 7) -> dict[str, Any]:
    values = getattr(check.facts_of_the_package(), name)
    return {name: values[:at] + values[at + 1 :]}


def _with(name: str, at: int = 7, **changed: object) -> dict[str, Any]:
    values = getattr(check.facts_of_the_package(), name)
    return {name: (*values[:at], values[at]._replace(**changed), *values[at + 1 :])}


FALSE_FACTS = {
    "a province lost": lambda: _without("provinces"),
    "a district lost": lambda: _without("districts"),
    "a commune lost": lambda: _without("communes"),
    "a commune of another kind": lambda: _with("communes", kind="thị trấn"),
    "a commune of another district": lambda: _with("communes", district="002"),
    "a commune of no district": lambda: _with("communes", district="999"),
    "a number twice": lambda: _with("communes", number=9),
    "a commune of 2025 elsewhere": lambda: _with("communes_2025", province=26),
    "a commune of 2025 that nothing formed": lambda: _with("communes_2025", gso="99999"),
    "a merger lost": lambda: _without("mergers"),
    "a merger across provinces": lambda: _with("mergers", new="31840"),
    "no main heir": lambda: _with("mergers", main=False),
    "split into one": lambda: _with("mergers", part=True),
    "a code that was another's": lambda: _with("nationals", code="G29"),
    "a closed code in use": lambda: _with("nationals", at=7, status=""),
    "an heir that closed": lambda: _with("nationals", at=7, successor="G13"),
    "a department's heir that ended": lambda: _with("departments", at=3, into=5),
    "an entry of Tây Ninh lost": lambda: _without("tay_ninh"),
    "another number in Tây Ninh": lambda: _with("departments", at=3, number=19),
    "a letter that only looks alike": lambda: {"texts": {"level1": "code\nG01,Ðà\n"}},
    "codes out of order": lambda: {"texts": {"level1": "code\nG02\nG01\n"}},
}


@pytest.mark.parametrize("case", FALSE_FACTS)
def test_a_false_fact_is_found(case: str) -> None:
    assert check.problems(check.facts_of_the_package()._replace(**FALSE_FACTS[case]()))


def test_son_la_became_67_communes_and_8_wards() -> None:
    names = [a.short_name for a in on_duty(AFTER, Tier.COMMUNE) if a.code.endswith(".H52")]
    wards = sorted(name.removeprefix("UBND phường ") for name in names if "phường" in name)
    assert wards == sorted(
        ["Tô Hiệu", "Chiềng An", "Chiềng Cơi", "Chiềng Sinh", "Mộc Châu", "Mộc Sơn", "Vân Sơn", "Thảo Nguyên"]
    )
    kept = "Mường Lạn, Phiêng Khoài, Suối Tọ, Ngọc Chiến, Tân Yên, Mường Bám, Mường Lèo"
    assert {f"UBND xã {name}" for name in kept.split(", ")} <= set(names)


# -- sizes -----------------------------------------------------------------------------------------------------


def test_the_worlds_are_the_same_each_time() -> None:
    assert world_2022() == world_2022()
    assert world_2025() == world_2025()


def test_the_units_of_a_commune_of_2025_are_those_of_the_decree() -> None:
    large = Directory.of(expand(directory(2025), to=60_000))
    for code, office in (("H52.101", "Phòng Kinh tế, Hạ tầng và Đô thị"), ("H52.175", "Phòng Kinh tế")):
        names = [a.name.split(", UBND")[0] for a in large.children(large[code].code)]
        assert names[:4] == [
            "Văn phòng HĐND và UBND", office, "Phòng Văn hóa - Xã hội", "Trung tâm Phục vụ hành chính công"
        ]  # fmt: skip


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
