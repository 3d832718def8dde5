"""Text that is no longer what was meant is told; good Vietnamese never is."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from unicodedata import normalize

import pytest

from hub.core import edxml
from hub.core.edxml import damaged_text
from hub.core.edxml.damaged_text import Damage, damage_in
from hub.core.edxml.syllable import is_syllable
from hub.core.errors import Severity
from hub.lab.country import world_2022, world_2025

FIELD = Path(__file__).parent.parent.parent / "vectors" / "field"
PLAN = "V/v triển khai kế hoạch kết nối"

ROWS = {
    "c1-mojibake": (["MessageHeader.Subject"], "UTF-8", "V/v tri?n khai kế hoạch kết n?i"),
    "c2-replacement-characters": (["MessageHeader.Subject"], "U+FFFD", ""),
    "c3-tcvn3": (["MessageHeader.Subject"], "TCVN3", "Quyết định về việc phê duyệt kế hoạch"),
    "c4-question-marks": (["MessageHeader.Subject"], "question marks", ""),
    "c5-escaped-twice": (["MessageHeader.Subject"], "escaped", "V/v kết nối & chia sẻ"),
    "c6-null-and-na": (
        [
            "MessageHeader.Code.CodeNumber",
            "MessageHeader.Code.CodeNotation",
            "MessageHeader.PromulgationInfo.Place",
            "MessageHeader.Subject",
            "MessageHeader.SignerInfo.Position",
            "MessageHeader.SignerInfo.FullName",
            "TraceHeaderList.TraceHeader.OrganId",
        ],
        "no value",
        "",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_the_field_sends_is_told_as_a_notice_with_what_was_meant(name: str) -> None:
    paths, like, meant = ROWS[name]
    claimed = edxml.parse((FIELD / f"{name}.edxml").read_bytes())
    found = edxml.findings(claimed, date(2025, 3, 15))
    assert [(f.path, f.severity) for f in found] == [(path, Severity.NOTICE) for path in paths]
    for finding in found:
        assert finding.line
        assert like in finding.en
        assert meant in finding.vi
        assert meant in finding.right.en
        assert "có vẻ là" in finding.vi
    edxml.read(claimed)


SENTENCES = (
    PLAN,
    "Quyết định về việc phê duyệt kế hoạch",
    "Ủy ban nhân dân tỉnh Đắk Lắk",
    "Về việc tổ chức Đại hội đại biểu các dân tộc thiểu số",
    "BÁO CÁO KẾT QUẢ THỰC HIỆN NHIỆM VỤ",
    "Sơn La",
    "Hà Nội",
    "Công văn",
    "Đà Nẵng",
    "Nguyễn Thị Hằng",
    "V/v đề xuất “chương trình” – giai đoạn 2",
)


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("codec", ["latin-1", "cp1252", "cp1258", "cp437"])
def test_utf_8_that_was_read_as_something_else_is_read_back(text: str, codec: str) -> None:
    """Bytes that an encoding lacks become control characters, as in most programs."""
    table = {b: bytes([b]).decode(codec, "ignore") or chr(b) for b in range(256)}
    for form in ("NFC",) if codec == "cp1258" else ("NFC", "NFD"):  # whose marks join the letters before them
        wrong = normalize("NFC", "".join(table[b] for b in normalize(form, text).encode()).strip())
        seen = damage_in(wrong)
        assert seen is not None, ascii(wrong)
        assert seen.damage is Damage.MOJIBAKE
        if form == "NFC":
            assert seen.meant == text


@pytest.mark.parametrize("text", SENTENCES)
def test_twice_as_well(text: str) -> None:
    seen = damage_in(text.encode().decode("latin-1").encode().decode("latin-1"))
    assert seen == (Damage.MOJIBAKE, text)


def written(text: str, table: dict[str, str]) -> str:
    """In an old encoding: each letter by the first key that reads as it."""
    back = {new: old for old, new in reversed(table.items())}
    return "".join(back.get(c, c) for c in text)


LEGACY = [sentence for sentence in SENTENCES if "“" not in sentence]


@pytest.mark.parametrize("text", LEGACY)
def test_old_fonts_are_read_back(text: str) -> None:
    lower = {new: old for old, new in damaged_text._TCVN3.items()}
    tcvn3 = "".join(lower.get(c) or lower.get(c.lower(), c) for c in text)
    seen = damage_in(tcvn3)
    assert seen is not None, tcvn3
    assert seen.damage is Damage.TCVN3
    assert seen.meant.lower() == text.lower()


@pytest.mark.parametrize("text", [t for t in LEGACY if t != "Sơn La"])
def test_so_is_vni(text: str) -> None:
    """But `Sôn La`, which could be meant so."""
    vni = written(text, damaged_text._VNI)
    seen = damage_in(vni)
    assert seen == (Damage.VNI, text), vni


OTHERS = {
    "H? N?i": Damage.QUESTIONED,
    "S?n La": Damage.QUESTIONED,
    "Qu???t ?????nh": Damage.QUESTIONED,
    "?y ban nh?n d?n t?nh": Damage.QUESTIONED,
    "K? ho?ch.docx": Damage.QUESTIONED,
    "N?I V? T?NH": Damage.QUESTIONED,
    "Caàn Thô": Damage.VNI,
    "C\u251c\u2524ng v\u2500\u00e2n.pdf": Damage.MOJIBAKE,
    "A &amp;amp; B": Damage.ESCAPED,
    "&#x1EBF;": Damage.ESCAPED,
    "t&aacute;m": Damage.ESCAPED,
    "K\\u1ebf ho\\u1ea1ch": Damage.ESCAPED,
    "C%C3%B4ng%20v%C4%83n.pdf": Damage.ESCAPED,
    "\ufffd": Damage.LOST,
    "NULL": Damage.NOTHING,
    "n/a": Damage.NOTHING,
    "undefined": Damage.NOTHING,
    "[object Object]": Damage.NOTHING,
    "NaN": Damage.NOTHING,
}


@pytest.mark.parametrize("text", OTHERS)
def test_each_kind_has_other_forms(text: str) -> None:
    seen = damage_in(text)
    assert seen is not None
    assert seen.damage is OTHERS[text]


# Good text

TYPES = [
    "Nghị quyết",
    "Quyết định",
    "Chỉ thị",
    "Quy chế",
    "Quy định",
    "Thông cáo",
    "Thông báo",
    "Hướng dẫn",
    "Chương trình",
    "Kế hoạch",
    "Phương án",
    "Đề án",
    "Dự án",
    "Báo cáo",
    "Biên bản",
    "Tờ trình",
    "Hợp đồng",
    "Công văn",
    "Công điện",
    "Bản ghi nhớ",
    "Bản thỏa thuận",
    "Giấy ủy quyền",
    "Giấy mời",
    "Giấy giới thiệu",
    "Giấy nghỉ phép",
    "Phiếu gửi",
    "Phiếu chuyển",
    "Phiếu báo",
    "Thư công",
]
ACTIONS = [
    "triển khai",
    "phê duyệt",
    "sửa đổi",
    "bổ sung",
    "góp ý dự thảo",
    "tổ chức sơ kết",
    "thẩm định",
    "báo cáo kết quả",
    "đôn đốc",
    "tăng cường quản lý",
    "kiểm tra",
    "xử lý vi phạm về",
    "hướng dẫn thực hiện",
    "khuyến khích",
    "quy hoạch",
    "thoái vốn tại",
]
TOPICS = [
    "công tác cải cách hành chính",
    "phòng cháy, chữa cháy",
    "an toàn giao thông quý IV/2025",
    "chuyển đổi số “Bình dân học vụ số”",
    "hoạt động khoa học – công nghệ",
    "thuỷ lợi và hoà giải ở cơ sở",
    "dịch tả lợn Châu Phi (ASF)",
    "nuôi tôm, cá «chất lượng cao»",
    "5 m² đất ở",
    "nước thải ≤ 50 µm",
    "nhiệt độ 35°C",
    "tiền lương ½ tháng",
    "hệ thống Microsoft® Office™",
    "dự án của Công ty Müller & Söhne",
    "đoàn công tác São Tomé, Nestlé, Citroën, L’Oréal, Malmö",
    "thị trấn A Lưới, H’Mông",
    "xã Ea H'leo, Krông Pắk, M'Đrăk, Chư Prông",
    "Pờ Y, Ia Grai, Đắk Pơ",
    "chữ Xơ-đăng, Ê-đê, Ba-na, X’tiêng",
    "câu hỏi: bao giờ? ở đâu? ai làm?",
    "Có nên tiếp tục hay không?",
    "R&D, M&A, AT&T",
    "mục N/A trong biểu mẫu",
    "số liệu null của bảng",
    "đường Nguyễn Huệ, quận 1",
    "giá trị > 100 & < 200",
    "100% hộ dân, 5%/năm",
    "C:\\Users\\van-thu",
    "hòa bình, toà án, tòa án, quý, quí, kỹ, kĩ",
    "https://vxp.vn/a?id=1&x=2",
    "TCVN ISO 9001:2015",
    "“THỊ XÔ … “XÔ, «MÃ»",
    "Ô nhiễm, ÔNG BÀ, THỊ XÃ\xa0HỘI",
    "môi trường\xa0biển",
    "El Niño, La Niña",
    "đồng chí Y Bhiŏ, H’Hen Niê",
    "khoá XV",
    "uỷ viên",
    "Quốc lộ 1A? (nếu có)",
]
SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Vàng",
    "Giàng",
    "Lò",
    "Quàng",
    "Cầm",
    "Ksor",
    "Rơ Châm",
    "Siu",
    "Thào",
    "Lùng",
    "Hà",
    "Đặng",
]
NAMES = [
    "Thị Hoà",
    "Văn Mật",
    "A Dính",
    "Seo Phử",
    "Phước",
    "Bích Thuỷ",
    "Hữu Quý",
    "Khuê",
    "Mí Sính",
    "Páo",
    "Y Bih",
    "Ngọc Loan",
]


def forms(text: str) -> Iterator[str]:
    for one in (text, text.upper(), text.lower(), text.title()):
        yield from (normalize("NFC", one), normalize("NFD", one))


def agencies() -> Iterator[str]:
    for agency in (*world_2022(), *world_2025()):
        yield agency.name
        yield agency.address
    for commune in world_2025():
        yield commune.name.partition(" ")[2]


def subjects() -> Iterator[str]:
    chance = random.Random(11)
    places = [agency.name for agency in world_2025()]
    for kind in TYPES:
        for action in ACTIONS:
            for topic in TOPICS:
                yield f"{kind} về việc {action} {topic} tại {chance.choice(places)}"
                yield f"V/v {action} {topic}"


def test_no_name_of_an_agency_is_taken_for_damaged() -> None:
    names = {name for name in agencies() if name}
    assert len(names) > 12_000
    alarms = {form: damage_in(form) for name in sorted(names) for form in forms(name)}
    assert {form: seen for form, seen in alarms.items() if seen} == {}


def test_no_subject_type_or_person_is_taken_for_damaged() -> None:
    people = [f"{surname} {name}" for surname in SURNAMES for name in NAMES]
    texts = [*TYPES, *ACTIONS, *TOPICS, *people, *subjects()]
    assert len(texts) > 10_000
    for text in (*texts[:1_000], *islice(texts, 1_000, None, 7)):
        for form in forms(text):
            assert damage_in(form) is None, form


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "Tại sao?",
        "Có không?Nếu có",
        "N/A hay không",
        "Bộ null",
        "None of these",
        "Nan",
        "a?b",
        "x=?",
        "Ai? Gì? Đâu?",
    ],
)
def test_a_lone_question_mark_and_words_in_a_sentence_are_text(text: str) -> None:
    assert damage_in(text) is None


@pytest.mark.parametrize("word", ["nghiêng", "khuỷu", "quyết", "giếng", "gì", "hoà", "hòa", "ƯỚC", "y", "xoong"])
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["", "bac", "Müller", "hóà", "strong", "đ", "nghiênghh", "xằq", "bạp̀"])
def test_what_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("piece", ["?", "a?", "&", "&#", "Ã", "áº", "®a ", "aà", "%C3", "\\u1", "á»‘", "k? "])
def test_the_cost_is_bounded_whatever_is_looked_at(piece: str) -> None:
    """Only so many characters count, and each look at them is linear: four times as many take four times as long."""

    def seconds(count: int) -> float:
        text = (piece * count)[:count]
        began = time.process_time()
        for _ in range(5):
            damage_in(text)
        return time.process_time() - began

    quarter = max(0.001, seconds(damaged_text.MOST // 4), seconds(damaged_text.MOST // 4))
    assert any(seconds(damaged_text.MOST) < 10 * quarter for _ in range(3))
    assert any(seconds(1_000_000) < 40 * quarter + 0.1 for _ in range(3))
