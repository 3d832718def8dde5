"""Marks of state secrecy are found whatever their form; the same words in a sentence are left in peace."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unicodedata import normalize

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import edxml
from hub.core.edxml import BusinessInfo, Document, DocumentType, OtherInfo
from hub.core.errors import StateSecret
from hub.core.secrecy import mark_in

DOCUMENT = edxml.read(edxml.parse((Path(__file__).parent.parent / "vectors" / "document.edxml").read_bytes()))

MARKED = [
    # 1 a line of its own
    "MẬT",
    "mật",
    "Tối mật",
    "TUYỆT MẬT",
    "* TỐI MẬT *",
    "“Mật”",
    "Kế hoạch bảo vệ mục tiêu\nTUYỆT MẬT\nnăm 2022",
    # 2 in brackets
    "[MẬT] Kế hoạch bảo vệ mục tiêu",
    "Kế hoạch (Tối mật) bảo vệ mục tiêu",
    "Kế hoạch bảo vệ mục tiêu ( mật )",
    "{Tuyệt mật}Kế hoạch",
    "【MẬT】Kế hoạch",
    "Kế hoạch [Độ mật: Mật]",
    "[HỎA TỐC - MẬT] Công điện",
    "(Mật, khẩn) Công điện",
    # 3 labelled
    "Độ mật: Mật",
    "Kế hoạch bảo vệ. Độ mật: Tối mật.",
    "Mức độ mật - Tuyệt mật. Kế hoạch",
    "ĐỘ MẬT : TUYỆT MẬT",
    "Dấu chỉ mức độ mật: Mật",
    "độ mật = mật",
    # 4 at the beginning, with a separator
    "Mật: kế hoạch bảo vệ mục tiêu",
    "TỐI MẬT - Kế hoạch",
    "Mật – Kế hoạch",
    "tuyệt mật/kế hoạch",
    "MẬT- Kế hoạch",
    # 5 at the end, after a separator
    "Kế hoạch bảo vệ mục tiêu - Mật",
    "Kế hoạch bảo vệ mục tiêu / Tối Mật.",
    "KẾ HOẠCH BẢO VỆ MỤC TIÊU – MẬT",
    # 6 high levels in capitals
    "TUYỆT MẬT KẾ HOẠCH BẢO VỆ MỤC TIÊU",
    "Kế hoạch bảo vệ mục tiêu TUYỆT MẬT",
    "Kế hoạch bảo vệ mục tiêu. TỐI  MẬT!",
    "TỐI\u00a0MẬT Kế hoạch",
    "TUYỆT_MẬT_ke_hoach",
    # 7 the lowest level in capitals, where the rest is not
    "MẬT Kế hoạch bảo vệ mục tiêu",
    "Báo cáo quý 3 MẬT",
    "Kế hoạch bảo vệ mục tiêu MẬT.",
    "MẬT 12/KH-BCH",
    # in disguise
    "[M\u200bẬT] Kế hoạch",
    "TUYỆT M\u00adẬT",
    "(MA\u0302\u200b\u0323T)",
    "(MÂ\u034f\u0323T)",
    "(MẠ\u200d\u0302T)",
    "[MẬ\ufe0fT]",
]

ORDINARY = [
    "",
    "Tăng cường công tác bảo mật thông tin",
    "BẢO MẬT",
    "TĂNG CƯỜNG CÔNG TÁC BẢO MẬT",
    "Bảo mật: yêu cầu chung",
    "Luật Bảo vệ bí mật nhà nước",
    "V/v bảo vệ bí mật nhà nước",
    "BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "Danh mục bí mật nhà nước độ Tối mật của ngành Nội vụ",
    "Quyết định ban hành danh mục bí mật nhà nước độ Tuyệt mật, Tối mật và Mật",
    "Mật độ dân số các xã năm 2022",
    "MẬT ĐỘ DÂN SỐ CÁC XÃ",
    "MẬT ĐỘ: số liệu",
    "Báo cáo (mật độ dân số)",
    "Mật ong và sản phẩm từ ong",
    "Hỗ trợ hộ nuôi ong lấy mật",
    "HỖ TRỢ HỘ NUÔI ONG LẤY MẬT",
    "Phát triển nghề nuôi ong mật",
    "Mật khẩu truy cập hệ thống",
    "Đổi mật khẩu (bắt buộc)",
    "Mật mã dân sự; cơ yếu",
    "Cấp giấy phép kinh doanh sản phẩm mật mã",
    "Quản lý, sử dụng con dấu chỉ độ mật",
    "Độ mật: Không",
    "Độ mật: Thường",
    "Giải mật tài liệu",
    "Quản lý văn bản mật",
    "Hướng dẫn đóng dấu \"Mật\" trên văn bản giấy",
    "Tuyệt đối giữ bí mật",
    "Tình cảm thân mật",
    "Cơ mật viện triều Nguyễn",
    "Công tác bảo MẬT",
    "Hình thức đấu giá bỏ phiếu kín, bảo đảm bí mật.",
    "Mật_độ_dân_số",
    "MAT TRAN TO QUOC",
]  # fmt: skip


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("text", MARKED)
def test_mark_is_found(text: str, form: Any) -> None:
    assert mark_in(normalize(form, text))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_left_in_peace(text: str, form: Any) -> None:
    assert mark_in(normalize(form, text)) == ""


def test_where_form_cannot_tell_it_refuses() -> None:
    assert mark_in("DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TUYỆT MẬT") == "TUYỆT MẬT"


def document(**changes: Any) -> Document:
    assert isinstance(DOCUMENT, Document)
    return msgspec.structs.replace(DOCUMENT, **changes)


FIELDS: dict[str, Document] = {
    "Subject": document(subject="[MẬT] Kế hoạch"),
    "Content": document(content="Kế hoạch\nĐộ mật: Mật"),
    "TypeName": document(type=DocumentType(1, 18, "Công văn (Mật)")),
    "CodeNotation": document(code=edxml.Code("1", "KH-BCH (MẬT)")),
    "SphereOfPromulgation": document(other=OtherInfo(sphere="Tối mật")),
    "TyperNotation": document(other=OtherInfo(typer_notation="MẬT")),
    "Appendix": document(other=OtherInfo(appendixes=("Phụ lục", "Phụ lục [TUYỆT MẬT]"))),
    "BussinessDocReason": document(business=BusinessInfo(reason="Thay thế (mật)")),
    "Place": document(to_places=("Như trên", "Lưu: VT (MẬT)")),
}


@pytest.mark.parametrize("field", FIELDS)
def test_mark_in_any_field_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(StateSecret) as refusal:
        edxml.check_not_secret(FIELDS[field])
    assert refusal.value.facts["field"] == field
    assert f"({field})" in refusal.value.found


@pytest.mark.parametrize("name", ["MẬT.pdf", "[MẬT] kế hoạch.pdf", "kế hoạch_TUYỆT_MẬT.docx", "Tối mật - phụ lục.xlsx"])
def test_mark_in_the_name_of_a_file(name: str) -> None:
    with pytest.raises(StateSecret):
        edxml.check_not_secret(document(), ["công văn.pdf", name])


def test_an_ordinary_document_passes() -> None:
    edxml.check_not_secret(document(), ["bảo mật.pdf", "Mật độ dân số.xlsx", "không đuôi"])
    edxml.check_not_secret(document(other=None, business=None))


def test_the_refusal_quotes_the_mark_and_not_the_subject() -> None:
    with pytest.raises(StateSecret) as refusal:
        edxml.check_not_secret(document(subject="Kế hoạch X (Tối mật)"))
    assert "(Tối mật)" in refusal.value.vi
    assert "Kế hoạch X" not in refusal.value.vi + refusal.value.en


@given(st.text(max_size=60), st.sampled_from(["[MẬT]", "(Tối mật)", "Độ mật: Mật"]), st.text(max_size=60))
def test_a_bracketed_or_labelled_mark_is_found_in_any_surroundings(before: str, mark: str, after: str) -> None:
    assert mark_in(f"{before} {mark} {after}")
