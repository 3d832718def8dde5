"""Which rule refuses and which only tells: one table, shown in the schemas' README, and held by the validator."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from hub.core import edxml
from hub.core.edxml.parts import MOST_OF_KEYS, MOST_OF_TEXTS, Leaf, Need
from hub.core.edxml.severity import table
from hub.core.edxml.values import Kind
from hub.core.errors import InvalidFields, Severity
from tests.core.edxml.test_check import FULL_DOCUMENT, TELL_THE_KIND, at, cases, claim, found_in, root_of

ROOT = Path(__file__).parent.parent.parent.parent
FIELD = ROOT / "tests" / "vectors" / "field"

HARMLESS = {
    "b1-trace-of-nobody": ["N.TraceHeaderList.TraceHeader.OrganId"],
    "b2-signer-without-position": ["N.MessageHeader.SignerInfo.Position"],
    "b3-no-typedetail": ["N.MessageHeader.DocumentType.TypeDetail"],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_the_axis_of_the_field_delivers_is_read_and_told_of(name: str) -> None:
    claimed = edxml.parse((FIELD / f"{name}.edxml").read_bytes())
    found = edxml.findings(claimed, date(2025, 3, 15))
    assert [(f.code, f.severity) for f in found] == [(code, Severity.NOTICE) for code in HARMLESS[name]]
    edxml.read(claimed)
    for finding in found:
        assert finding.code == f"N.{finding.path}"
        assert all((finding.clause, finding.right.vi, finding.right.en, finding.vi, finding.en, finding.line))


def test_a_trace_without_a_name_is_passed_on_as_it_is() -> None:
    message = edxml.read(edxml.parse((FIELD / "b1-trace-of-nobody.edxml").read_bytes()))
    assert isinstance(message, edxml.Document)
    assert [trace.organ_id for trace in message.traces] == ["000.00.00.G22", ""]


@pytest.mark.parametrize("number", ["12345678901234", "H52.13-250314-0001-" + "9" * 30])
def test_a_number_longer_than_the_law_has_it_is_a_notice(number: str) -> None:
    """The field sends fourteen digits, and dossiers their whole number."""
    root = root_of("document")
    at(root, "MessageHeader.Code.CodeNumber").text = number
    (finding,) = found_in(root)
    assert (finding.code, finding.is_error) == ("R.MessageHeader.Code.CodeNumber", False)
    assert number in edxml.read(claim(root)).code.text  # type: ignore[union-attr]


def test_a_dossier_may_have_no_notation() -> None:
    root = root_of("document")
    code = at(root, "MessageHeader.Code")
    code.remove(at(root, "MessageHeader.Code.CodeNotation"))
    assert [(f.code, f.is_error) for f in found_in(root)] == [("N.MessageHeader.Code.CodeNotation", False)]
    message = edxml.read(claim(root))
    assert isinstance(message, edxml.Document)
    assert message.code.text == "1011"


@pytest.mark.parametrize(
    ("kind", "part"), cases(lambda part: isinstance(part, Leaf) and part.most and part.kind is not Kind.INT)
)
def test_above_our_own_bound_is_an_error(kind: str, part: Leaf) -> None:
    assert part.bound in (MOST_OF_KEYS, MOST_OF_TEXTS)
    root = root_of(kind)
    for length, is_error in ((part.bound, False), (part.bound + 1, True)):
        at(root, part.path).text = "ậ" * length
        (finding,) = [f for f in found_in(root) if f.code == f"R.{part.path}"]
        assert finding.is_error is is_error
    if not part.path.startswith(("edXMLManifest", "AttachmentEncoded")):
        with pytest.raises(InvalidFields):
            edxml.read(claim(root))


@pytest.mark.parametrize(("kind", "part"), cases(lambda part: part.need and part.path not in TELL_THE_KIND))
def test_without_what_routes_it_nothing_travels(kind: str, part: Leaf) -> None:
    root = root_of(kind)
    element = at(root, part.path)
    element.getparent().remove(element)  # type: ignore[union-attr]
    (finding,) = [f for f in found_in(root) if f.code == f"N.{part.path}"]
    assert finding.is_error is (part.need is Need.ESSENTIAL)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("MessageHeader.DueDate", "N/A"),
        ("MessageHeader.OtherInfo.Priority", "9"),
        ("MessageHeader.OtherInfo.PageAmount", "2 trang"),
        ("MessageHeader.DocumentType.Type", "CV"),
        ("MessageHeader.SteeringType", "null"),
        ("TraceHeaderList.TraceHeader.Timestamp", "25/12/2025"),
    ],
)
def test_a_value_on_which_nothing_rests_is_left_out(path: str, text: str) -> None:
    root = root_of("document")
    at(root, path).text = text
    (finding,) = found_in(root)
    assert (finding.path, finding.found, finding.is_error) == (path, text, False)
    edxml.read(claim(root))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("MessageHeader.PromulgationInfo.PromulgationDate", "25/12/2025"),
        ("TraceHeaderList.Bussiness.BussinessDocType", "9"),
        ("TraceHeaderList.Bussiness.BussinessDocumentInfo.ReceiverList.Receiver.ReceiverType", "bỏ"),
        ("AttachmentEncoded.Attachment.ContentTransferEncoded", "=*="),
    ],
)
def test_a_value_that_decides_is_never_left_out(path: str, text: str) -> None:
    root = root_of("document")
    at(root, path).text = text
    assert [(f.path, f.is_error) for f in found_in(root)] == [(path, True)]


def test_a_message_is_refused_with_its_errors_first() -> None:
    root = root_of("document")
    at(root, "MessageHeader.From.OrganName").text = "x" * 201
    at(root, "MessageHeader.Subject").text = ""
    refusal = InvalidFields(found_in(root))
    assert [f.code for f in refusal.findings] == ["N.MessageHeader.Subject", "R.MessageHeader.From.OrganName"]
    assert refusal.found == "N.MessageHeader.Subject"


def test_every_finding_is_a_row_of_the_table() -> None:
    """Whatever is broken at random, the table has it, with its severity, clause and what is right."""
    known = {(rule.code, rule.severity, rule.clause) for rule in table()}
    for kind in ("document", "status"):
        for path in {element_path(element) for element in root_of(kind).iter()}:
            for text in ("", "?", "ậ" * 300, "9" * 1_001, "9" * 4_001):
                root = root_of(kind)
                element = at(root, path) if path else None
                if element is None or len(element):
                    continue
                element.text = text
                assert {(f.code, f.severity, f.clause) for f in found_in(root)} <= known


def element_path(element: etree._Element) -> str:
    names = [etree.QName(each).localname for each in (element, *element.iterancestors())][::-1]
    for top in ("MessageHeader", "TraceHeaderList", "edXMLManifest", "AttachmentEncoded"):
        if top in names[:-1]:
            return ".".join(names[names.index(top) :])
    return ""


def test_the_readme_shows_the_table() -> None:
    readme = (ROOT / "schemas" / "README.md").read_text("utf-8")
    assert readme_rows() in readme, f"schemas/README.md, below its last heading, has to be:\n{readme_rows()}"


def readme_rows() -> str:
    rows = dict.fromkeys(
        f"| `{rule.code}` | {rule.severity.value} | {rule.right.en.replace('|', '/')} | {rule.clause} |"
        for rule in table()
    )
    return "\n".join(("| rule | severity | what is right | clause |", "|---|---|---|---|", *rows)) + "\n"


def test_today_counts_in_vietnam() -> None:
    (finding,) = edxml.findings(edxml.parse(edxml.build(FULL_DOCUMENT)), date(2022, 11, 10))
    assert (finding.code, finding.is_error) == ("M.MessageHeader.PromulgationInfo.PromulgationDate", False)
    assert finding.right.en == "not after 2022/11/10"
