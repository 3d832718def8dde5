"""Files: out of base64 and the field's zip within bounds, told by their bytes, with names that a disk can bear."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import edxml
from hub.core.edxml import Attachment
from hub.core.edxml.filetype import sniff
from hub.core.edxml.packing import BOUNDS, RAW_SUFFIXES, Bounds, Spent, packed, safe_name, unpacked
from hub.core.edxml.values import WrongType, decode_base64
from hub.core.edxml.zipread import BadZip, entries, extract
from hub.core.errors import BadAttachment

DOCUMENT = (Path(__file__).parent.parent.parent / "vectors" / "document.edxml").read_bytes()
MESSAGE = edxml.read(edxml.parse(DOCUMENT))
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def claimed_zip(data: bytes, name: str = "báo cáo.xlsx") -> Attachment:
    return Attachment("1", name, content_type="application/zip", data=data)


def sent(*files: Attachment, zip: bool = False) -> list[Attachment]:
    return list(edxml.attachments(edxml.parse(edxml.build(MESSAGE, files, zip=zip))))


# The way of a file


def test_the_fields_example_is_unpacked() -> None:
    (file,) = edxml.attachments(edxml.parse(DOCUMENT))
    assert (file.content_id, file.name, file.content_type, file.sniffed_type) == (
        "1",
        "ban-tin.txt",
        "text/plain",
        "text/plain",
    )
    assert file.data.decode().startswith("Bản tin thử nghiệm của trục liên thông văn bản.")
    assert file.sha256 == hashlib.sha256(file.data).hexdigest()


@pytest.mark.parametrize("name", ["a.txt", "bảng.xlsx", "bảng.xls", "ảnh.png", "không đuôi", "a.tar.gz"])
def test_packing_as_the_field_does_comes_back_as_it_was(name: str) -> None:
    file = Attachment("7", name, "mô tả", "text/plain", b"noi dung " * 100)
    assert packed(file).content_type == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(packed(file).data)).read(safe_name(name)) == file.data
    assert sent(file, zip=True) == [file]
    assert packed(file) == packed(file)


@pytest.mark.parametrize("suffix", sorted(RAW_SUFFIXES))
def test_what_the_field_sends_raw_stays_raw(suffix: str) -> None:
    file = Attachment("7", f"văn bản{suffix.upper()}", data=zipped({"một": b"x", "hai": b"y"}))
    assert sent(file, zip=True) == sent(file) == [file]


UNTOUCHED = {
    "a zip by name": claimed_zip(zipped({"a": b"x"}), "hồ sơ.ZIP"),
    "two entries": claimed_zip(zipped({"a": b"x", "b": b"y"})),
    "no entry": claimed_zip(zipped({})),
    "a folder": claimed_zip(zipped({"a/": b""})),
    "no zip at all": claimed_zip(b"%PDF-1.7"),
    "a zip by name, of a zip": claimed_zip(zipped({"phụ lục.zip": zipped({"a": b"x"})}), "hồ sơ.zip"),
    "a zip by name, of itself that is none": claimed_zip(zipped({"hồ sơ.zip": b"x"}), "hồ sơ.zip"),
    "a map": claimed_zip(zipped({"doc.kml": b"<kml/>"}), "bản đồ.kmz"),
    "a program": claimed_zip(zipped({"META-INF/MANIFEST.MF": b"1"}), "a.JAR"),
    "a book": claimed_zip(zipped({"mimetype": b"application/epub+zip", "META-INF/container.xml": b""}), "a.epub"),
    "more than is counted": claimed_zip(
        zipped({"a": b"x"})[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 0, 0, 0), "a.apk"
    ),
    "nothing": claimed_zip(b""),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_the_rule_does_not_cover_is_taken_as_it_is(name: str) -> None:
    assert unpacked(UNTOUCHED[name]) == UNTOUCHED[name]


TYPES = (
    "Application/ZIP",
    "application/x-zip-compressed",
    "",
    "application/octet-stream",
    "application/zip; name=a.zip",
)


@pytest.mark.parametrize("kind", [*TYPES, "application/pdf", "text/plain", EXCEL])
@pytest.mark.parametrize("inside", ["a.pdf", "0b6f9c1e-1111-4222-8333-444444444444", "tmp/C├┤ng v─ân.pdf", "x.zip"])
@pytest.mark.parametrize("name", ["công văn.pdf", "bảng.xls", "ghi chú", "bảng.xlsx", "văn bản.odt", "a.tar.gz"])
def test_a_zip_that_packs_one_file_is_unpacked_whatever_it_is_called(name: str, inside: str, kind: str) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        file = Attachment("1", name, content_type=kind, data=zipped({inside: b"%PDF-1.7 "}, method))
        taken = unpacked(file)
        assert (taken.data, taken.content_type, taken.name) == (b"%PDF-1.7 ", "application/pdf", name)


TWO = zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"})


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("văn bản.docx", "any"),
        ("văn bản.odt", "văn bản.odt"),
        ("a.kmz", "0b6f9c1e11114222833344444444444400"),
        ("hồ sơ.zip", "hồ sơ.zip"),
        ("hồ sơ.zip", "ho\u0302\u0300 sơ.ZIP"),
        ("hồ sơ.zip", "c0a80101-0000-4000-8000-0123456789ab.zip"),
        ("hồ sơ.zip", "tmp3f2a.zip"),
    ],
)
def test_a_file_that_is_a_zip_itself_comes_out_of_the_zip_that_packs_it_and_stays_whole(name: str, inside: str) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        assert unpacked(claimed_zip(zipped({inside: TWO}, method), name)).data == TWO
    assert unpacked(claimed_zip(TWO, name)).data == TWO


def test_what_was_packed_twice_is_unpacked_twice_within_one_budget() -> None:
    once = zipped({"a.xls": b"x" * 1_000})
    assert unpacked(claimed_zip(zipped({"b": once}), "a.xls")).data == b"x" * 1_000
    thrice = zipped({"c": zipped({"b": once})})
    assert unpacked(claimed_zip(thrice, "a.xls")).data == once
    spent = Spent(Bounds(together=1_000 + len(once)))
    assert len(spent.on(claimed_zip(zipped({"b": once}), "a.xls")).data) == 1_000
    with pytest.raises(BadAttachment):
        spent.on(claimed_zip(zipped({"b": b"x"}), "a.xls"))


@pytest.mark.parametrize("name", ["bảng.xls", "báo cáo.xlsx", "hồ sơ.zip", "không đuôi"])
@pytest.mark.parametrize("kind", [*TYPES, "application/pdf"])
def test_a_zip_that_is_cut_short_is_refused_whatever_it_is_called(name: str, kind: str) -> None:
    whole = zipped({"a": b"noi dung " * 20})
    for end in (5, 22, 40, len(whole) - 30):
        with pytest.raises(BadAttachment, match=name):
            unpacked(Attachment("1", name, content_type=kind, data=whole[:-end]))


# Bounds


def patched(data: bytes, change: Callable[[bytearray, int, int], None]) -> bytes:
    """`data` changed at its central entry and at its local header."""
    buffer = bytearray(data)
    change(buffer, buffer.index(b"PK\x01\x02"), buffer.index(b"PK\x03\x04"))
    return bytes(buffer)


def put(at: int, form: str, value: int) -> Callable[[bytearray, int, int], None]:
    return lambda buffer, central, local: struct.pack_into(form, buffer, central + at, value)


ONE = zipped({"a.txt": b"noi dung " * 50})
BAD = {
    "claims to be smaller than it is": patched(ONE, put(24, "<L", 10)),
    "claims to be larger than it is": patched(ONE, put(24, "<L", 1000)),
    "claims to be larger than allowed": patched(ONE, put(24, "<L", 3_000_000)),
    "another checksum": patched(ONE, put(16, "<L", 1)),
    "encrypted": patched(ONE, put(8, "<H", 1)),
    "an unknown method": patched(
        patched(ONE, put(10, "<H", 12)), lambda b, _, local: struct.pack_into("<H", b, local + 8, 12)
    ),
    "headers that disagree": patched(ONE, put(10, "<H", 0)),
    "an offset outside": patched(ONE, put(42, "<L", 1_000_000)),
    "an offset at no header": patched(ONE, put(42, "<L", 3)),
    "compressed data cut short": patched(ONE, put(20, "<L", 5)),
    "compressed data spoilt": patched(
        ONE, lambda b, _, local: b.__setitem__(slice(local + 35, local + 39), b"\xff\xff\xff\xff")
    ),
    "a bomb by ratio": zipped({"a": b"\0" * 1_500_000}),
    "a bomb by size": zipped({"a": b"\0" * 2_000_001}),
    "large without compression": zipped({"a": b"\0" * 2_000_001}, zipfile.ZIP_STORED),
}
TIGHT = Bounds(unpacked=2_000_000, ratio=100, ratio_free=1_000_000)


@pytest.mark.parametrize("name", BAD)
def test_zip_out_of_bounds_or_damaged_is_refused(name: str) -> None:
    with pytest.raises(BadAttachment):
        unpacked(claimed_zip(BAD[name]), TIGHT)


def test_dense_but_small_is_no_bomb() -> None:
    assert unpacked(claimed_zip(zipped({"a": b"\0" * 999_999})), TIGHT).data == b"\0" * 999_999


def test_a_bomb_is_not_inflated_beyond_what_it_claims() -> None:
    """The header lies: 1 byte. Two are inflated, no more."""
    data = patched(zipped({"a": b"\0" * 50_000_000}), put(24, "<L", 1))
    _, (entry,) = entries(data, 1)
    with pytest.raises(BadZip, match="size or CRC"):
        extract(data, entry, 100)


def test_a_directory_of_very_many_entries_is_not_walked() -> None:
    data = zipped({f"{n}": b"" for n in range(3000)})
    count, found = entries(data, 5)
    assert (count, [entry.name for entry in found]) == (3000, ["0", "1", "2", "3", "4"])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_unzipping_agrees_with_the_standard_library(content: bytes, method: int) -> None:
    data = zipped({"tệp.bin": content}, method)
    count, (entry,) = entries(data, 1)
    assert (count, entry.name, entry.size, entry.crc) == (1, "tệp.bin", len(content), zlib.crc32(content))
    assert extract(data, entry, 300) == content


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(ONE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_mutated_zip_gives_its_bytes_or_a_refusal(changes: list[tuple[int, int]]) -> None:
    data = bytearray(ONE)
    for at, value in changes:
        data[at] = value
    file = claimed_zip(bytes(data))
    try:
        result = unpacked(file)
    except BadAttachment:
        return
    assert result == file or result.data == b"noi dung " * 50


# Base64


@given(st.binary(max_size=100), st.integers(1, 80))
def test_base64_may_hold_white_space(data: bytes, width: int) -> None:
    text = base64.b64encode(data).decode()
    wrapped = "\r\n ".join(text[at : at + width] for at in range(0, len(text), width))
    assert decode_base64(f"\n\t{wrapped} ") == data


@pytest.mark.parametrize(
    "text",
    ["Q", "QQ", "QQ=", "QR==", "QUJ=", "QQ==QQ==", "QUJD====", "=QQ=", "QQ-_", "Q\u00a0Q==", "QQ==\u00e9", "%PDF-1.7"],
)
def test_base64_is_strict_otherwise(text: str) -> None:
    with pytest.raises(WrongType):
        decode_base64(text)
    data = DOCUMENT.replace(b"UEsDBB", text.encode() + b"UEsDBB")
    with pytest.raises(BadAttachment) as refusal:
        list(edxml.attachments(edxml.parse(data)))
    assert "T.AttachmentEncoded.Attachment.ContentTransferEncoded" in refusal.value.found


def test_a_file_without_name_or_content_is_handed_over_but_found_wanting() -> None:
    bare = b"<AttachmentEncoded><Attachment><ContentId>cid:9</ContentId></Attachment></AttachmentEncoded></edXML>"
    claimed = edxml.parse(edxml.build(MESSAGE).replace(b"</edXML>", bare))
    (file,) = edxml.attachments(claimed)
    assert (file.content_id, file.name, file.data) == ("9", "", b"")
    codes = [finding.code for finding in edxml.findings(claimed, date(2022, 11, 22))]
    assert codes == [
        "N.AttachmentEncoded.Attachment.AttachmentName",
        "N.AttachmentEncoded.Attachment.ContentTransferEncoded",
        "M.AttachmentEncoded.Attachment.ContentId",
    ]


# Sniffing

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
SNIFFED = {
    "application/pdf": [b"%PDF-1.7\n", b"\xef\xbb\xbf\n%PDF-1.4"],
    "application/zip": [
        zipped({"a": b"x"}),
        zipped({}),
        b"PK\x03\x04 no directory",
        zipped({"word/a": b""}),
        zipped({"a.pdf": b"%PDF-"}, zipfile.ZIP_STORED),
    ],
    WORD: [zipped({"[Content_Types].xml": b"", "word/document.xml": b""})],
    EXCEL: [zipped({"[Content_Types].xml": b"", "_rels/.rels": b"", "xl/workbook.xml": b""})],
    "application/msword": [OLE + "WordDocument".encode("utf-16-le")],
    "application/vnd.ms-excel": [OLE + "Workbook".encode("utf-16-le"), OLE + "Book\0".encode("utf-16-le")],
    "application/x-ole-storage": [OLE],
    "image/png": [b"\x89PNG\r\n\x1a\n\0\0"],
    "image/jpeg": [b"\xff\xd8\xff\xe0\0"],
    "text/plain": [
        "Tiếng Việt\r\n\t".encode(),
        "Tiếng Việt".encode("utf-16"),
        ("ậ" * 70_000).encode(),
        b"a" + ("ậ" * 70_000).encode(),
    ],
    "application/octet-stream": [
        b"",
        b"\0\1\2",
        b"\xff\xfe\xfd",
        b"a\0b",
        "ậ".encode()[:2],
        b"x" * 65_000 + b"\xff" + b"x" * 65_000,
    ],
}


@pytest.mark.parametrize(("kind", "data"), [(kind, data) for kind, all in SNIFFED.items() for data in all])
def test_sniffing(kind: str, data: bytes) -> None:
    assert sniff(data) == kind


@given(st.binary(max_size=80), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", OLE[:8], b"\xff\xfe", b"%PDF-"]))
def test_sniffing_never_fails(data: bytes, start: bytes) -> None:
    assert "/" in sniff(start + data)


# Names

NAMES = {
    "Công văn số 5/UBND.pdf": "UBND.pdf",
    "Kế hoạch rà soát.docx": "Kế hoạch rà soát.docx",
    "../../etc/passwd": "passwd",
    "C:\\Users\\văn thư\\báo cáo.doc": "báo cáo.doc",
    "..": "tep-dinh-kem",
    "": "tep-dinh-kem",
    " . / . ": "tep-dinh-kem",
    "a/": "a",
    "CON": "_CON",
    "nul.txt": "_nul.txt",
    "com1 .pdf": "_com1 .pdf",
    "LPT².log": "_LPT².log",
    "console.txt": "console.txt",
    "a\0b\nc.pdf": "ab c.pdf",
    "hóa đơn\u202efdp.exe": "hóa đơnfdp.exe",
    'a<b>c:d"e|f?g*.txt': "a_b_c_d_e_f_g_.txt",
    ".bashrc": "bashrc",
    "a.pdf. .": "a.pdf",
    "ho\u0323\u0302p.pdf": "hộp.pdf",
    "\u00a0a\u2003b.pdf": "a b.pdf",
}


@pytest.mark.parametrize("name", NAMES)
def test_safe_name(name: str) -> None:
    assert safe_name(name) == NAMES[name]


def test_a_long_name_keeps_its_suffix_and_whole_characters() -> None:
    short = safe_name("ậ" * 300 + ".pdf")
    assert short == "ậ" * 65 + ".pdf"
    assert len(safe_name("x" * 300).encode()) == 200
    assert len(safe_name("x." + "y" * 300).encode()) == 200


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.text("conNUL. /\\:ậ\u0323\u200b1", max_size=400)))
def test_a_safe_name_is_safe_and_stays(name: str) -> None:
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert 0 < len(safe.encode()) <= 200
    assert not set(safe) & set('/\\:*?"<>|\0')
    assert safe.strip(" .") == safe
    assert safe.split(".")[0].strip().lower() not in {"con", "nul", "aux", "prn"}
    assert unicodedata.is_normalized("NFC", safe)
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in safe)


# All of a message together


def bombs(count: int, size: int) -> bytes:
    """A message with that many zips of zeros, each within its own bounds."""
    files = [claimed_zip(zipped({"a": b"\0" * size})) for _ in range(count)]
    return edxml.build(MESSAGE, files, zip=False)


def test_many_small_bombs_are_a_large_one() -> None:
    """Four hundred files of a megabyte came out of 0.8 MB."""
    taken = 0

    def take() -> None:
        nonlocal taken
        for file in edxml.attachments(edxml.parse(bombs(100, 999_999))):
            taken += len(file.data)

    with pytest.raises(BadAttachment, match="left for all attachments together"):
        take()
    packed_bytes = len(zipped({"a": b"\0" * 999_999}))
    assert taken <= max(BOUNDS.ratio_free, BOUNDS.ratio * 100 * packed_bytes)
    assert taken < 3_000_000


def test_the_budget_is_of_all_and_not_only_a_ratio() -> None:
    spent = Spent(Bounds(together=2_500))
    file = claimed_zip(zipped({"a": b"\0" * 1_000}))
    assert len(spent.on(file).data) == len(spent.on(file).data) == 1_000
    with pytest.raises(BadAttachment):
        spent.on(file)


def test_ordinary_files_stay_below_it() -> None:
    spent = Spent()
    file = claimed_zip(zipped({"a": bytes(range(256)) * 4_000}, zipfile.ZIP_STORED))
    for _ in range(60):
        assert len(spent.on(file).data) == 1_024_000
