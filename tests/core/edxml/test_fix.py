"""Corrections: what is written says what was read, is without what was wrong, and nothing signed is touched."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from hub.core import edxml
from hub.core.edxml import Attachment, Document
from hub.core.edxml.fix import SIGNED, TYPE_NAMES, UNREADABLE, fix
from hub.core.errors import InvalidFields
from hub.core.signature import xmldsig
from tests.core.edxml.test_schemas import changed, changes, faults
from tests.strategies import TODAY, messages_with_files
from tests.support.axis import VPCP, keyring

VECTORS = Path(__file__).parent.parent.parent / "vectors"
DOCUMENT = (VECTORS / "document.edxml").read_bytes()
QCVN = b"http://www.mic.gov.vn/TBT/QCVN_102_2016"
HELD = b"<edXML:DocumentId>"
START, END = DOCUMENT.index(b"<edXML:TypeDetail>"), DOCUMENT.index(b"<edXML:TypeName>")
ORDER = DOCUMENT[START:END]

WRONG = {
    "gzip": gzip.compress(DOCUMENT),
    "base64": base64.encodebytes(DOCUMENT),
    "base64 of gzip": base64.b64encode(gzip.compress(DOCUMENT)),
    "utf-16": DOCUMENT.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    "the legacy namespace": DOCUMENT.replace(QCVN, b"http://www.e-doc.vn/Schema/"),
    "a day with hyphens": DOCUMENT.replace(b"2022/11/30", b"2022-11-30"),
    "white space": DOCUMENT.replace(b"<edXML:Place>", b"<edXML:Place>\n  "),
    "Manifest": DOCUMENT.replace(b"edXMLManifest", b"Manifest"),
    "no cid": DOCUMENT.replace(b">cid:1<", b">1<"),
    "another order": DOCUMENT.replace(ORDER, b"").replace(b"</edXML:DocumentType>", ORDER + b"</edXML:DocumentType>"),
    "an empty element": DOCUMENT.replace(b"<edXML:SteeringType>", b"<edXML:ResponseFor/><edXML:SteeringType>"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_it_becomes_the_standards_form_and_says_how(name: str) -> None:
    assert WRONG[name] != DOCUMENT
    fixed = fix(WRONG[name])
    assert fixed.data is not None
    assert fixed.changes
    assert all(change.text.vi and change.text.en for change in fixed.changes)
    assert faults("document", fixed.data) == ""
    assert edxml.read(edxml.parse(fixed.data)) == edxml.read(edxml.parse(DOCUMENT))
    assert list(edxml.attachments(edxml.parse(fixed.data))) == list(edxml.attachments(edxml.parse(DOCUMENT)))
    assert fix(fixed.data).changes == ()


@settings(max_examples=120, deadline=None)
@given(messages_with_files, changes)
def test_a_correction_never_changes_what_a_message_says(
    sent: tuple[edxml.Message, list[Attachment]], change: tuple[str, int, str]
) -> None:
    data = changed(edxml.build(*sent), *change)
    fixed = fix(data)
    if fixed.data is None:
        return
    try:
        before = edxml.read(edxml.parse(data))
    except InvalidFields:
        return
    after = edxml.read(edxml.parse(fixed.data))
    if isinstance(before, Document) and isinstance(after, Document):
        after = msgspec.structs.replace(after, type=msgspec.structs.replace(after.type, detail=before.type.detail))
    assert after == before
    worse = {f.code for f in edxml.findings(edxml.parse(fixed.data), TODAY)}
    assert worse <= {f.code for f in edxml.findings(edxml.parse(data), TODAY)}


def test_what_nobody_knows_stays() -> None:
    data = DOCUMENT.replace(b"<edXML:Subject>", b"<edXML:Ours>x</edXML:Ours><edXML:Subject>")
    fixed = fix(data.replace(b"2022/11/30", b"2022-11-30"))
    assert fixed.data is not None
    assert b"<edXML:Ours>x</edXML:Ours><edXML:Subject>" in fixed.data


def test_a_file_without_its_line_gets_one() -> None:
    start, end = DOCUMENT.index(b"<edXML:Reference>"), DOCUMENT.index(b"</edXML:edXMLManifest>")
    fixed = fix(DOCUMENT[:start] + DOCUMENT[end:])
    assert fixed.data is not None
    assert edxml.findings(edxml.parse(fixed.data), TODAY) == []


def test_the_name_of_a_type_implies_its_number() -> None:
    fixed = fix(DOCUMENT.replace(ORDER, b""))
    assert fixed.data is not None
    assert [change.path for change in fixed.changes] == ["MessageHeader.DocumentType.TypeDetail"]
    message = edxml.read(edxml.parse(fixed.data))
    assert isinstance(message, Document)
    assert (message.type.detail, message.type.name) == (18, "Công văn")
    assert faults("document", fixed.data) == ""


def test_a_name_that_is_not_the_laws_implies_no_number() -> None:
    data = DOCUMENT.replace(ORDER, b"").replace("Công văn".encode(), "Công văn khẩn".encode())
    assert fix(data).changes == ()
    assert TYPE_NAMES.index("Công văn") + 1 == 18


def test_what_is_signed_is_never_touched(keys: Path) -> None:
    credential = keyring(str(keys)).agency(VPCP)
    signed = xmldsig.sign(WRONG["a day with hyphens"], credential.key, credential.chain)
    assert fix(signed) == (None, (), SIGNED)
    unpacked = fix(gzip.compress(signed))
    assert (unpacked.data, unpacked.why) == (signed, SIGNED)


NOTHING = [b"", b"%PDF-1.7", b"{}", gzip.compress(b"x"), gzip.compress(bytes(70 << 20), 1), b"\x1f\x8b"]


@pytest.mark.parametrize("data", NOTHING, ids=range(len(NOTHING)))
def test_what_cannot_be_read_is_not_guessed(data: bytes) -> None:
    assert fix(data) == (None, (), UNREADABLE)
