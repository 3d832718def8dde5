"""Files that a program treated as text: each conversion is named, and no good file is called damaged."""

from __future__ import annotations

import base64
import io
import random
import struct
import zipfile
import zlib
from datetime import date

import pytest

from hub.core import edxml
from hub.core.edxml.damaged_file import Harm, harm_of, may_be_harmed
from hub.core.edxml.file_check import file_findings, is_of_a_file
from hub.core.edxml.message import Attachment
from hub.core.errors import BadAttachment, Severity
from tests.core.edxml.test_packing import BAD, DOCUMENT, MESSAGE, ONE, claimed_zip, zipped

NOISE = random.Random(7).randbytes(6_000)


def pdf(ends: bytes = b"\n") -> bytes:
    stream = NOISE.replace(b"\r\n", b"__")
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Length 6000>>stream\n" + stream + b"\nendstream endobj\n"
    head, tail = body.split(b"stream\n", 1)
    body = head.replace(b"\n", ends) + b"stream\n" + tail
    xref = f"xref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n".encode().replace(b"\n", ends)
    return body + xref


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"IDAT", NOISE) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    tables = b"\xff\xdb" + struct.pack(">H", 102) + b"\n" * 100
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + tables + b"\xff\xda" + NOISE + b"\xff\xd9"


def docx() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, base64.b64encode(NOISE))
    return target.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + (NOISE * 2)[: 512 * 20]
GOOD = {"a.pdf": pdf(), "b.png": png(), "c.jpg": jpeg(), "d.docx": docx(), "e.xls": OLE}
ASCII_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n0\n%%EOF\n"
CONVERSIONS = {
    Harm.REPLACED: lambda data: data.decode("utf-8", "replace").encode(),
    Harm.QUESTIONED: lambda data: bytes(b if b < 0x80 else 63 for b in data),
    Harm.ENCODED: lambda data: data.decode("latin-1").encode(),
    Harm.WIDENED: lambda data: data.decode("latin-1").encode("utf-16"),
    Harm.LINE_ENDS: lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("harm", CONVERSIONS)
@pytest.mark.parametrize("name", GOOD)
def test_what_was_done_to_a_file_is_named(name: str, harm: Harm) -> None:
    data = CONVERSIONS[harm](GOOD[name])
    assert data != GOOD[name]
    if harm is Harm.LINE_ENDS and name == "e.xls":
        data = CONVERSIONS[harm](GOOD[name].replace(b"\r", b"_"))
    assert harm_of(name, data) is harm
    assert harm_of("tệp", data) is harm  # by what is left of its first bytes
    assert may_be_harmed(name, data[:4_000])


@pytest.mark.parametrize("encode", [lambda t: t.encode("utf-16-le"), lambda t: t.encode("utf-16-be")])
def test_utf_16_without_its_mark_is_known_too(encode: object) -> None:
    assert harm_of("a.pdf", encode(pdf().decode("latin-1"))) is Harm.WIDENED  # type: ignore[operator]


def test_windows_1252_read_into_a_text_is_known_too() -> None:
    data = pdf().decode("cp1252", "replace").replace("\ufffd", "").encode()
    assert harm_of("a.pdf", data) is Harm.ENCODED


def test_a_picture_whose_carriage_returns_were_dropped_says_so() -> None:
    assert harm_of("b.png", png().replace(b"\r\n", b"\n")) is Harm.LINE_ENDS


UNHARMED = {
    **GOOD,
    "crlf.pdf": pdf(b"\r\n"),
    "ascii.pdf": ASCII_PDF,
    "ascii-crlf.pdf": ASCII_PDF.replace(b"\n", b"\r\n"),
    "mupdf.pdf": b"%PDF-1.7\n%\xc2\xb5\xc2\xb6\n1 0 obj<<>>endobj\nstartxref\n0\n%%EOF\n",
    "wrong-table.pdf": pdf().replace(b"startxref\n", b"startxref\n9"),
    "text.txt": "Tiếng Việt \ufffd\ufffd\ufffd?\r\n".encode() * 100,
    "wide.txt": "Tiếng Việt".encode("utf-16"),
    "latin.csv": "São Tomé ".encode() * 100,
    "no-signature.doc": "<html>Tiếng Việt</html>".encode(),
    "table.xls": b"ten\tso\r\n" * 100,
    "empty.pdf": b"",
    "one.pdf": b"%",
    "rtf.doc": b"{\\rtf1\\ansi\\'e9}\r\n",
}


@pytest.mark.parametrize("name", UNHARMED)
def test_a_good_file_is_not_called_damaged(name: str) -> None:
    assert harm_of(name, UNHARMED[name]) is None


def test_the_first_bytes_of_ordinary_files_decide() -> None:
    assert not any(may_be_harmed(name, data[:4_000]) for name, data in GOOD.items())


# Of messages


def found(*files: Attachment) -> list[tuple[str, str]]:
    claimed = edxml.parse(edxml.build(MESSAGE, files))
    return [(f.severity.value, f.en) for f in edxml.findings(claimed, date(2022, 11, 22))]


def test_a_file_that_was_damaged_before_it_was_packed_is_a_notice_that_names_it() -> None:
    data = CONVERSIONS[Harm.REPLACED](pdf())
    for file in (Attachment("1", "a.pdf", data=data), claimed_zip(zipped({"x": data}), "a.pdf")):
        ((severity, text),) = found(file)
        assert severity == Severity.NOTICE
        assert "a.pdf" in text
        assert "EF BF BD" in text


@pytest.mark.parametrize("name", ["an unknown method", "another checksum", "compressed data spoilt", "encrypted"])
def test_a_zip_that_nothing_comes_out_of_is_an_error_with_its_own_code(name: str) -> None:
    claimed = edxml.parse(edxml.build(MESSAGE, [claimed_zip(BAD[name], "bảng.xls")]))
    errors = edxml.findings(claimed, date(2022, 11, 22))
    assert [is_of_a_file(error) for error in errors] == [True]
    assert isinstance(edxml.refusal_of(errors), BadAttachment)
    assert "bảng.xls" in errors[0].found


def test_beside_another_error_it_is_one_of_the_list() -> None:
    data = edxml.build(MESSAGE, [claimed_zip(ONE[:-5])]).replace(b"edXML:Subject>", b"edXML:Other>")
    refusal = edxml.refusal_of(edxml.findings(edxml.parse(data), date(2022, 11, 22)))
    assert refusal is not None
    assert refusal.code == "FORMAT_INVALID_FIELDS"


def test_a_zip_that_a_conversion_destroyed_is_told_as_that() -> None:
    ((severity, text),) = found(Attachment("1", "a.xls", data=CONVERSIONS[Harm.REPLACED](zipped({"a": NOISE}))))
    assert severity == Severity.ERROR
    assert "EF BF BD" in text


def test_many_files_have_one_budget_here_as_well() -> None:
    bombs = [claimed_zip(zipped({"a": b"\0" * 999_999})) for _ in range(4)]
    errors = [error for error, _ in file_findings(edxml.parse(edxml.build(MESSAGE, bombs)))]
    assert len(errors) == 3
    assert all("left for all attachments together" in error.en for error in errors)


def test_a_good_message_has_nothing_to_be_told() -> None:
    assert list(file_findings(edxml.parse(DOCUMENT))) == []
    assert found(*(Attachment(str(n), name, data=data) for n, (name, data) in enumerate(GOOD.items(), 1))) == []
