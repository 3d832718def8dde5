"""The validator: every rule of its table has a message that breaks it, made from the table itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from unicodedata import normalize

import msgspec
import pytest
from hypothesis import given, settings
from lxml import etree

from hub.core import edxml
from hub.core.edxml import (
    NAMESPACE,
    Attachment,
    BusinessInfo,
    Claimed,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    Receiver,
    Replacement,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
)
from hub.core.edxml.check import ACROSS, REASONED
from hub.core.edxml.fields import ATTACHMENT, DOCUMENT, REFERENCE, STATUS
from hub.core.edxml.finding_texts import SEEN
from hub.core.edxml.parts import Group, Leaf, Need, Part, rules
from hub.core.edxml.severity import unread_is
from hub.core.edxml.values import Kind
from hub.core.errors import Finding, InvalidFields, Severity
from hub.core.model import StatusCode
from tests.strategies import TODAY, messages_with_files

VECTORS = Path(__file__).parent.parent.parent / "vectors"

AGENCY = Organ(
    "000.00.00.G22", "Chính phủ", "Văn phòng Chính phủ", "Hà Nội", "a@g22.example", "024", "025", "g22.example"
)
STAFF = Staff("Văn thư", "Người gửi", "vt@g22.example", "0900000000")
FULL_DOCUMENT = Document(
    sender=AGENCY,
    recipients=(msgspec.structs.replace(AGENCY, organ_id="000.00.00.H52"),),
    document_id="000.00.00.G22,2022/11/11,1011/VPCP-KSTT",
    code=Code("1011", "VPCP-KSTT"),
    place="Hà Nội",
    promulgation_date=date(2022, 11, 11),
    type=DocumentType(1, 18, "Công văn"),
    subject="V/v rà soát thủ tục hành chính",
    content="Triển khai kế hoạch",
    signer=Signer("TL.", "Cục trưởng", "Người ký"),
    due_date=date(2022, 11, 30),
    other=OtherInfo(
        sphere="Hành chính",
        typer_notation="KSTT",
        promulgation_amount=1,
        page_amount=2,
        direction=True,
        appendixes=("Một",),
    ),
    response_for=(ResponseFor("000.00.00.H52", "5/UBND-NC", "x,1", date(2022, 11, 1)),),
    steering_type=1,
    task_codes=("NV-1",),
    application_type="MCDT_DT",
    to_places=("Như trên",),
    traces=(Trace("000.00.00.G22", datetime(2022, 11, 11, 8)),),
    business=BusinessInfo(
        document_id="x,2",
        reason="Mới",
        paper=0,
        document_info=1,
        document_receiver=1,
        receivers=(Receiver("000.00.00.H53", True),),
        replacements=(Replacement("x,3", ("000.00.00.H53",)),),
        staff=(STAFF,),
    ),
)
FULL_STATUS = Status(
    sender=AGENCY,
    response_for=ResponseFor("000.00.00.H52", "5/UBND-NC", "x,1", date(2022, 11, 1)),
    staff=STAFF,
    code=StatusCode.REFUSED,
    description="Sai thẩm quyền",
    timestamp=datetime(2022, 11, 11, 9),
)
FILE = Attachment("1", "a.pdf", "Công văn", "application/pdf", b"%PDF-1.7")


def root_of(kind: str) -> etree._Element:
    built = edxml.build(FULL_STATUS) if kind == "status" else edxml.build(FULL_DOCUMENT, [FILE])
    return edxml.parse(built).root


def claim(root: etree._Element) -> Claimed:
    return edxml.parse(etree.tostring(root, encoding="utf-8"))


def found_in(root: etree._Element) -> list[Finding]:
    return edxml.findings(claim(root), TODAY)


def at(root: etree._Element, path: str) -> etree._Element:
    """The element that a finding's path names."""
    steps = "/".join(f"{{{NAMESPACE}}}{tag}" for tag in path.split("."))
    element = root.find(f".//{steps}")
    assert element is not None, path
    return element


def parts() -> Iterator[tuple[str, Part]]:
    for kind, spec in (("document", DOCUMENT), ("status", STATUS)):
        yield from ((kind, part) for part in rules(spec))
    for spec in (REFERENCE, ATTACHMENT):
        yield from (("document", part) for part in rules(spec))


def cases(chosen: Callable[[Part], Any]) -> list[Any]:
    return [pytest.param(kind, part, id=f"{kind}:{part.path}") for kind, part in parts() if chosen(part)]


def is_leaf(part: Part, *kinds: Kind) -> bool:
    return isinstance(part, Leaf) and (not kinds or part.kind in kinds)


TYPED = (
    Kind.INT,
    Kind.BIT,
    Kind.FLAG,
    Kind.BOOL,
    Kind.DATE,
    Kind.TIME,
    Kind.PRIORITY,
    Kind.BUSINESS,
    Kind.STATUS,
    Kind.BASE64,
)
ENUMERATED = {Kind.BIT: "2", Kind.FLAG: "2", Kind.PRIORITY: "5", Kind.BUSINESS: "4", Kind.STATUS: "07"}


# No false alarms


@pytest.mark.parametrize("name", ["document.edxml", "status-03.edxml"])
def test_the_fields_examples_are_without_fault(name: str) -> None:
    assert edxml.findings(edxml.parse((VECTORS / name).read_bytes()), TODAY) == []


@pytest.mark.parametrize("kind", ["document", "status"])
def test_the_examples_of_this_file_use_every_field(kind: str) -> None:
    root = root_of(kind)
    assert found_in(root) == []
    for of, part in parts():
        if of == kind:
            at(root, part.path)


@settings(max_examples=120, deadline=None)
@given(messages_with_files)
def test_generated_messages_are_without_fault(sent: tuple[edxml.Message, list[Attachment]]) -> None:
    """But for texts and files that chance made look damaged."""
    found = edxml.findings(edxml.parse(edxml.build(*sent)), TODAY)
    assert [finding for finding in found if finding.clause != SEEN] == []


@pytest.mark.parametrize("code", ["00.53.W00", "28.22.H17", "vxp.saas.03", "H52.13", "không có hình dạng", "1"])
def test_shape_of_an_agency_code_is_never_a_finding(code: str) -> None:
    root = root_of("document")
    for path in ("MessageHeader.From.OrganId", "MessageHeader.To.OrganId", "TraceHeaderList.TraceHeader.OrganId"):
        at(root, path).text = code
    assert found_in(root) == []


# The table, line by line

TELL_THE_KIND = ("MessageHeader", "MessageHeader.StatusCode")


def test_what_tells_the_kind_of_a_message_can_be_missed_only_as_such() -> None:
    root = root_of("status")
    at(root, "MessageHeader").remove(at(root, "MessageHeader.StatusCode"))
    assert "N.MessageHeader.To" in [finding.code for finding in found_in(root)]
    at(root, "MessageHeader").clear()
    assert [finding.code for finding in found_in(root)] == ["N.MessageHeader", "N.TraceHeaderList"]


def test_what_may_be_missing_has_a_default() -> None:
    """Else a message that the table lets pass could not be made."""
    for _, part in parts():
        if isinstance(part, Group) and part.make is not None:
            needed = {
                field.name
                for field in msgspec.structs.fields(cast("type[msgspec.Struct]", part.make))
                if field.required
            }
            assert needed <= supplied(part), part.path


def supplied(group: Group) -> set[str]:
    """Attributes that reading always fills."""
    filled: set[str] = set()
    for part in group.parts:
        if part.need is Need.ESSENTIAL or part.default is not None:
            filled |= {part.attr} if part.attr else supplied(part)  # type: ignore[arg-type]
    return filled


@pytest.mark.parametrize(("kind", "part"), cases(lambda part: part.need and part.path not in TELL_THE_KIND))
@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_missing(kind: str, part: Part, how: str) -> None:
    root = root_of(kind)
    element = at(root, part.path)
    parent = element.getparent()
    assert parent is not None
    if how == "removed":
        parent.remove(element)
    else:
        element.clear()
        element.text = " \n"
    code = f"N.{part.path}"
    assert code in [finding.code for finding in found_in(root)]
    if part.need is Need.ESSENTIAL and not part.path.startswith(("edXMLManifest", "AttachmentEncoded")):
        assert code in unreadable(root)


def unreadable(root: etree._Element) -> list[str]:
    with pytest.raises(InvalidFields) as refusal:
        edxml.read(claim(root))
    return [finding.code for finding in refusal.value.findings]


@pytest.mark.parametrize(("kind", "part"), cases(lambda part: isinstance(part, Leaf) and part.most))
def test_too_long(kind: str, part: Leaf) -> None:
    root = root_of(kind)
    prefix, letter = ("cid:", "ậ") if part.kind is Kind.CONTENT_ID else ("", "9" if part.kind is Kind.INT else "ậ")
    at(root, part.path).text = prefix + letter * part.most
    assert f"R.{part.path}" not in [finding.code for finding in found_in(root)]
    at(root, part.path).text = prefix + letter * (part.most + 1)
    (finding,) = [finding for finding in found_in(root) if finding.code == f"R.{part.path}"]
    assert finding.severity is Severity.NOTICE
    assert finding.found == (letter * (part.most + 1))[:80]
    assert str(part.most) in finding.right.en
    assert finding.clause == part.clause


@pytest.mark.parametrize(("kind", "part"), cases(lambda part: is_leaf(part, *TYPED)))
@pytest.mark.parametrize("text", ["năm", "-1", "１", "1 2", "<"])
def test_wrong_type(kind: str, part: Leaf, text: str) -> None:
    root = root_of(kind)
    at(root, part.path).text = text
    found = {finding.code: finding for finding in found_in(root)}
    shown = f"{len(text)} characters" if part.kind is Kind.BASE64 else text
    assert found[f"T.{part.path}"].found == shown


@pytest.mark.parametrize(("kind", "part"), cases(lambda part: is_leaf(part, *ENUMERATED)))
def test_wrong_value(kind: str, part: Leaf) -> None:
    root = root_of(kind)
    at(root, part.path).text = ENUMERATED[part.kind]
    (finding,) = found_in(root)
    assert (finding.code, finding.found) == (f"M.{part.path}", ENUMERATED[part.kind])
    assert finding.severity is unread_is(part)
    if finding.is_error:
        assert unreadable(root) == [finding.code]
    else:
        edxml.read(claim(root))


@pytest.mark.parametrize(("kind", "part"), cases(lambda part: not part.many and part.path != "MessageHeader"))
def test_twice(kind: str, part: Part) -> None:
    root = root_of(kind)
    element = at(root, part.path)
    element.addnext(etree.fromstring(etree.tostring(element)))
    assert f"M.{part.path}" in [finding.code for finding in found_in(root)]


@pytest.mark.parametrize(("kind", "part"), cases(is_leaf))
def test_elements_inside_a_text(kind: str, part: Leaf) -> None:
    root = root_of(kind)
    etree.SubElement(at(root, part.path), "b").text = "x"
    assert f"T.{part.path}" in [finding.code for finding in found_in(root)]


def test_the_table_has_each_kind_of_fault() -> None:
    """So that none of the parametrised tests above is empty by mistake."""
    leaves = [part for _, part in parts() if isinstance(part, Leaf)]
    assert {leaf.kind for leaf in leaves} == set(Kind)
    assert sum(bool(leaf.most) for leaf in leaves) > 40
    assert {part.need for _, part in parts()} == set(Need)


# Rules across fields


def _later(root: etree._Element) -> None:
    at(root, "MessageHeader.PromulgationInfo.PromulgationDate").text = "2022/11/23"


def _same_recipient(root: etree._Element) -> None:
    to = at(root, "MessageHeader.To")
    for _ in range(2):
        to.addnext(etree.fromstring(etree.tostring(to)))


def _many_places(root: etree._Element) -> None:
    place = at(root, "MessageHeader.ToPlaces.Place")
    place.text = "ậ" * 150
    for _ in range(6):
        place.addnext(etree.fromstring(etree.tostring(place)))


def _nameless(root: etree._Element) -> None:
    for tag in ("DocumentId", "Code"):
        at(root, f"MessageHeader.ResponseFor.{tag}").text = ""


def _no_reason(root: etree._Element) -> None:
    at(root, "MessageHeader.Description").text = " "


def _not_listed(root: etree._Element) -> None:
    at(root, "AttachmentEncoded.Attachment.ContentId").text = "cid:2"


BREAKS: dict[str, tuple[str, Callable[[etree._Element], None], set[str]]] = {
    "_not_from_the_future": ("document", _later, {"M.MessageHeader.PromulgationInfo.PromulgationDate"}),
    "_each_recipient_once": ("document", _same_recipient, {"M.MessageHeader.To.OrganId"}),
    "_places_together": ("document", _many_places, {"R.MessageHeader.ToPlaces"}),
    "_status_names_a_document": ("status", _nameless, {"N.MessageHeader.ResponseFor.DocumentId"}),
    "_reason_given": ("status", _no_reason, {"N.MessageHeader.Description"}),
    "_manifest_matches": (
        "document",
        _not_listed,
        {"M.AttachmentEncoded.Attachment.ContentId", "M.edXMLManifest.Reference.ContentId"},
    ),
}


def test_every_rule_across_fields_has_a_break() -> None:
    assert {rule.__name__ for rule in ACROSS} == set(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
def test_rule_across_fields(name: str) -> None:
    kind, change, codes = BREAKS[name]
    root = root_of(kind)
    change(root)
    found = found_in(root)
    assert {finding.code for finding in found} == codes
    assert len(found) == len(codes)
    # Such a message can be read; it is against a rule, not unreadable.
    edxml.read(claim(root))


def test_a_document_of_today_is_not_from_the_future() -> None:
    root = root_of("document")
    at(root, "MessageHeader.PromulgationInfo.PromulgationDate").text = "2022/11/22"
    assert found_in(root) == []


@pytest.mark.parametrize("code", StatusCode)
def test_which_statuses_need_a_reason(code: StatusCode) -> None:
    silent = msgspec.structs.replace(FULL_STATUS, code=code, description="")
    codes = [finding.code for finding in edxml.findings(edxml.parse(edxml.build(silent)), TODAY)]
    assert codes == (["N.MessageHeader.Description"] if code in REASONED else [])


def test_the_same_file_twice() -> None:
    found = edxml.findings(edxml.parse(edxml.build(FULL_DOCUMENT, [FILE, FILE])), TODAY)
    assert [f.code for f in found] == [
        "M.edXMLManifest.Reference.ContentId",
        "M.AttachmentEncoded.Attachment.ContentId",
    ]


def test_status_code_in_a_document() -> None:
    root = root_of("document")
    code = etree.SubElement(at(root, "MessageHeader"), f"{{{NAMESPACE}}}StatusCode")
    code.text = "03"
    assert [finding.code for finding in found_in(root)] == ["M.MessageHeader.StatusCode"]


# What a finding says


def test_all_at_once_with_words_in_both_languages() -> None:
    root = root_of("document")
    at(root, "MessageHeader.From.OrganName").text = "Tên " * 100
    at(root, "MessageHeader.OtherInfo.Priority").text = "9"
    at(root, "MessageHeader.DueDate").text = "30/11/2022"
    at(root, "MessageHeader.Subject").text = ""
    _later(root)
    _not_listed(root)
    found = {finding.code: finding for finding in found_in(root)}
    assert set(found) == {
        "R.MessageHeader.From.OrganName",
        "M.MessageHeader.OtherInfo.Priority",
        "T.MessageHeader.DueDate",
        "N.MessageHeader.Subject",
        "M.MessageHeader.PromulgationInfo.PromulgationDate",
        "M.edXMLManifest.Reference.ContentId",
        "M.AttachmentEncoded.Attachment.ContentId",
    }
    too_long = found["R.MessageHeader.From.OrganName"]
    assert too_long.vi.startswith("MessageHeader.From.OrganName dài 399 ký tự, tối đa 200 (dòng ")
    assert too_long.en.startswith("MessageHeader.From.OrganName has 399 characters, at most 200 (line ")
    assert len(too_long.found) == 80
    assert too_long.clause.startswith("NĐ 30/2020")
    assert found["T.MessageHeader.DueDate"].right.en == "yyyy/MM/dd"


def test_length_is_counted_after_composition() -> None:
    root = root_of("document")
    at(root, "MessageHeader.Subject").text = normalize("NFD", "ậ" * 500)
    assert found_in(root) == []


def test_content_of_a_file_is_not_quoted() -> None:
    root = root_of("document")
    at(root, "AttachmentEncoded.Attachment.ContentTransferEncoded").text = "bí mật kinh doanh" * 9
    (finding,) = found_in(root)
    assert finding.found == "153 characters"


def test_every_group_of_the_table_knows_its_children() -> None:
    for _, part in parts():
        if isinstance(part, Group):
            assert len(part.lookup) == 4 * len(part.parts)
