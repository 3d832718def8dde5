"""Marks of state secrecy are found whatever their form; the same words in a sentence are left in peace."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from unicodedata import category, normalize

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub.core import edxml
from hub.core.edxml import Attachment, BusinessInfo, Document, DocumentType, OtherInfo, Signer
from hub.core.edxml.secrecy import _UNSEEN, mark_in
from hub.core.errors import StateSecret
from hub.lab import country

DOCUMENT = edxml.read(edxml.parse((Path(__file__).parent.parent.parent / "vectors" / "document.edxml").read_bytes()))

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


def claimed(made: Document, *files: Attachment) -> edxml.Claimed:
    return edxml.parse(edxml.build(made, files))


def refused(message: edxml.Claimed) -> StateSecret:
    with pytest.raises(StateSecret) as refusal:
        edxml.check_not_secret(message)
    return refusal.value


@pytest.mark.parametrize("field", FIELDS)
def test_mark_in_any_field_is_refused_by_its_name(field: str) -> None:
    refusal = refused(claimed(FIELDS[field]))
    assert refusal.facts["field"] == field
    assert f"({field})" in refusal.found


NAMES = ["MẬT.pdf", "[MẬT] kế hoạch.pdf", "kế hoạch_TUYỆT_MẬT.docx", "Tối mật - phụ lục.xlsx", "TỐI MẬT - x.pdf"]


def with_file(name: str, data: bytes = b"%PDF-1.4") -> Attachment:
    return Attachment("f", name, data=data)


@pytest.mark.parametrize("name", NAMES)
def test_mark_in_the_name_of_a_file(name: str) -> None:
    """In the manifest, or beside the attachment alone."""
    both = edxml.build(document(), [with_file("công văn.pdf"), with_file("ten.pdf")])
    assert both.count(b"ten.pdf") == 2
    first, between, last = both.split(b"ten.pdf")
    for data in (
        first + name.encode() + between + b"ten.pdf" + last,
        first + b"ten.pdf" + between + name.encode() + last,
    ):
        assert refused(edxml.parse(data)).facts["field"] == "AttachmentName"


def test_mark_in_every_element_and_every_attribute_known_or_not() -> None:
    """The message itself is gone through: whatever is an element may bear one."""
    made = edxml.build(document(), [with_file("a.pdf")])
    count = len(list(etree.fromstring(made).iter("*")))
    found = 0
    for number in range(count):
        for change in (put_text, put_tail, put_attribute, put_unknown):
            root = etree.fromstring(made)
            element = list(root.iter("*"))[number]
            if change(element):
                assert refused(edxml.parse(etree.tostring(root))).facts["mark"] == "[TỐI MẬT]"
                found += 1
    assert found > 3 * count


def put_text(element: etree._Element) -> bool:
    content = element.tag.endswith("ContentTransferEncoded")
    if not content:
        element.text = f"x [TỐI MẬT] {element.text or ''}"
    return not content  # there nothing but base64 passes the validator


def put_tail(element: etree._Element) -> bool:
    if element.getparent() is not None:
        element.tail = " [TỐI MẬT] "
    return element.getparent() is not None


def put_attribute(element: etree._Element) -> bool:
    element.set("DoMat", "[TỐI MẬT]")
    return True


def put_unknown(element: etree._Element) -> bool:
    etree.SubElement(etree.SubElement(element, "{urn:x}Khac"), "Muc").text = "[TỐI MẬT]"
    return not element.tag.endswith("ContentTransferEncoded")


def test_the_mark_of_an_older_form_of_the_format() -> None:
    """`OtherInfo/Secret`, which this format does not know any more."""
    root = etree.fromstring(edxml.build(document()))
    header = next(root.iter("{*}MessageHeader"))
    etree.SubElement(etree.SubElement(header, "OtherInfo"), "Secret").text = "Tối mật"
    refusal = refused(edxml.parse(etree.tostring(root)))
    assert (refusal.facts["field"], refusal.facts["mark"]) == ("Secret", "Tối mật")


def test_a_mark_that_elements_interrupt() -> None:
    root = etree.fromstring(edxml.build(document()))
    header = next(root.iter("{*}MessageHeader"))
    header.append(etree.fromstring("<Ghichu>Kế hoạch [T<b>ỐI</b> M<i>ẬT</i>] năm</Ghichu>"))
    assert refused(edxml.parse(etree.tostring(root))).facts["mark"] == "[TỐI MẬT]"


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED, data: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), data)
    return target.getvalue()


def as_another_program_wrote_it(name: str, encoding: str) -> bytes:
    """Without the flag that says UTF-8, as older programs do."""
    raw = name.encode(encoding)
    made = zipped("?" * len(raw))
    return made.replace(b"?" * len(raw), raw)


ZIPS = {
    "one": zipped("TỐI MẬT - kế hoạch.docx"),
    "among others": zipped(*(f"tep-{n}.txt" for n in range(5_000)), "phụ lục/MẬT.pdf"),
    "a folder": zipped("TUYỆT_MẬT/a.pdf"),
    "utf-8 without its flag": as_another_program_wrote_it("TỐI MẬT - a.docx", "utf-8"),
    "cp1258": as_another_program_wrote_it(normalize("NFC", "Mật - a.docx").replace("ậ", "â\u0323"), "cp1258"),
    "behind other bytes": b"MZ" + bytes(100_000) + zipped("[MẬT] a.docx"),
    "before a comment": zipped("[MẬT] a.docx")[:-2] + (60_000).to_bytes(2, "little") + bytes(60_000),
    "with a false count": zipped("[MẬT] a.docx", "b")[:-14] + b"\1\0\1\0" + zipped("[MẬT] a.docx", "b")[-10:],
    "in the only file": zipped("a.bin", data=zipped("[MẬT] a.docx", "b.docx")),
}


@pytest.mark.parametrize("name", ["a.zip", "a.docx", "khong-duoi"])
@pytest.mark.parametrize("kind", ZIPS)
def test_mark_in_a_name_inside_a_zip(kind: str, name: str) -> None:
    refusal = refused(claimed(document(), with_file("b.pdf"), with_file(name, ZIPS[kind])))
    assert refusal.facts["field"] == "a name inside a zip"


def test_white_space_in_the_base64_hides_no_zip() -> None:
    made = edxml.build(document(), [with_file("a.zip", ZIPS["one"])])
    root = etree.fromstring(made)
    content = next(root.iter("{*}ContentTransferEncoded"))
    content.text = "".join(f"{c}\n" for c in content.text or "") + " " * 500_000
    refused(edxml.parse(etree.tostring(root)))


def test_an_ordinary_document_passes() -> None:
    ordinary = [with_file("bảo mật.pdf"), with_file("Mật độ dân số.xlsx"), with_file("không đuôi")]
    packed = zipped("Mật khẩu.txt", "bảo mật/mật ong.pdf", "Cơ mật viện.docx")
    edxml.check_not_secret(claimed(document(), *ordinary, with_file("a.zip", packed), with_file("b", b"PK\5\6")))
    edxml.check_not_secret(claimed(document(other=None, business=None)))


def test_what_is_not_seen_is_what_unicode_says() -> None:
    """A character of a later edition of Unicode may be missing, never one more than its format characters."""
    unseen = {chr(n) for n in range(0x110000) if category(chr(n)) == "Cf"}
    assert {c for c in unseen if not _UNSEEN.fullmatch(c)} == set()


def test_people_are_called_so() -> None:
    for name in ("Trần Thị MẬT", "Mật", "Nguyễn Văn Mật", "LÊ MẬT", "Lò Văn - Mật"):
        edxml.check_not_secret(claimed(document(signer=Signer(full_name=name, position="Chủ tịch"))))
    for name in ("Trần Thị A (Mật)", "Độ mật: Mật", "TUYỆT MẬT"):
        refused(claimed(document(signer=Signer(full_name=name, position="Chủ tịch"))))


def test_who_refuses_a_secret_may_say_so() -> None:
    status = (Path(__file__).parent.parent.parent / "vectors" / "status-03.edxml").read_text("utf-8")
    told = re.sub("(<edXML:Description>)[^<]*", r"\1MẬT: gửi nhầm", status)
    assert "gửi nhầm" in told
    edxml.check_not_secret(edxml.parse(told.encode()))
    elsewhere = re.sub("(<edXML:Department>)[^<]*", r"\1Phòng [MẬT]", status)
    assert "Phòng [MẬT]" in elsewhere
    refused(edxml.parse(elsewhere.encode()))


def test_no_name_of_the_country_and_no_title_of_the_corpus_is_a_mark() -> None:
    names = [agency.name for world in (country.world_2022(), country.world_2025()) for agency in world]
    assert len(names) > 10_000
    assert [name for name in names if mark_in(name) or mark_in(name.upper())] == []


PLACES = [
    "Phường Mật Sơn", "PHƯỜNG MẬT SƠN", "UBND phường Mật Sơn - thành phố Thanh Hóa", "Chùa Mật Dụng", "Xã Đông Mật",
    "Thôn Mật", "Suối Mật, xã Chiềng Ngân", "Mật Sơn – Chí Linh", "Đường Mật Sơn/phường Đông Vệ",
    "Bí mật kinh doanh", "BÍ MẬT KINH DOANH", "Bảo vệ bí mật kinh doanh, sở hữu trí tuệ", "Hợp đồng bảo mật (NDA)",
    "bảo mật thông tin", "Mật ong Sơn La", "Mật khẩu: đổi định kỳ", "Mật độ - chỉ tiêu", "Ban Cơ yếu; mật mã",
    "V/v cấp lại mật khẩu", "Quản lý mật độ xây dựng", "Bỏ mật danh", "Chất lượng mật mía", "Sỏi mật", "Viêm túi mật",
    "Khám gan - mật - tụy", "Khoa Gan mật", "Phẫu thuật gan, mật", "Bảng mật danh", "Thư mật mời họp",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACES)
def test_more_ordinary_words_and_places(text: str) -> None:
    assert mark_in(text) == ""


def test_the_refusal_quotes_the_mark_and_not_the_subject() -> None:
    refusal = refused(claimed(document(subject="Kế hoạch X (Tối mật)")))
    assert "(Tối mật)" in refusal.vi
    assert "Kế hoạch X" not in refusal.vi + refusal.en


@given(st.text(max_size=60), st.sampled_from(["[MẬT]", "(Tối mật)", "Độ mật: Mật"]), st.text(max_size=60))
def test_a_bracketed_or_labelled_mark_is_found_in_any_surroundings(before: str, mark: str, after: str) -> None:
    assert mark_in(f"{before} {mark} {after}")
