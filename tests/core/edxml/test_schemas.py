"""The XSDs: they take what is built, they refuse what is not, and they say the same as the validator's table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.core import edxml
from hub.core.edxml import Attachment, Document
from hub.core.edxml.fields import ATTACHMENT, DOCUMENT, REFERENCE, STATUS
from hub.core.edxml.finding_texts import SEEN
from hub.core.edxml.parts import Group, Leaf, Part, rules
from hub.core.edxml.values import Kind
from hub.core.errors import NotEdxml
from tests.strategies import TODAY, messages_with_files

ROOT = Path(__file__).parent.parent.parent.parent
SCHEMAS = ROOT / "schemas"
VECTORS = ROOT / "tests" / "vectors"
XS: Final = "{http://www.w3.org/2001/XMLSchema}"


@cache
def schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"edxml-{kind}.xsd"))


def faults(kind: str, data: bytes) -> str:
    return "" if schema(kind).validate(etree.fromstring(data)) else str(schema(kind).error_log)


@pytest.mark.parametrize(("kind", "name"), [("document", "document.edxml"), ("status", "status-03.edxml")])
def test_the_fields_examples_are_valid(kind: str, name: str) -> None:
    assert faults(kind, (VECTORS / name).read_bytes()) == ""


@settings(max_examples=120, deadline=None)
@given(messages_with_files)
def test_what_is_built_is_valid(sent: tuple[edxml.Message, list[Attachment]]) -> None:
    kind = "document" if isinstance(sent[0], Document) else "status"
    assert faults(kind, edxml.build(*sent)) == ""


SIGNATURE: Final = """<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>
<Reference URI=""><Transforms>
<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>AAAA</DigestValue></Reference>
</SignedInfo><SignatureValue>AAAA</SignatureValue>
<KeyInfo><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></Signature>"""


def signed(name: str, signature: str = SIGNATURE) -> bytes:
    data = (VECTORS / name).read_bytes()
    return data.replace(b"</edXML:edXMLHeader>", signature.encode() + b"</edXML:edXMLHeader>")


@pytest.mark.parametrize(("kind", "name"), [("document", "document.edxml"), ("status", "status-03.edxml")])
def test_a_signature_of_the_strict_profile_is_allowed_once(kind: str, name: str) -> None:
    assert faults(kind, signed(name)) == ""
    assert faults(kind, signed(name, SIGNATURE * 2)) != ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ecdsa-sha256", "hmac-sha1"),
        ("xml-exc-c14n#", "REC-xml-c14n"),
        ('URI=""', 'URI="#x"'),
        ("<KeyInfo>", "<KeyInfo><KeyName>x</KeyName>"),
        ("</Transforms>", '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>'),
        ("</KeyInfo>", "</KeyInfo><Object/>"),
    ],
)
def test_a_signature_outside_the_strict_profile_is_not(old: str, new: str) -> None:
    assert old in SIGNATURE
    assert faults("document", signed("document.edxml", SIGNATURE.replace(old, new))) != ""


REFUSED: Final = {
    "a leap of the order": (
        r"(<edXML:Subject>.*?</edXML:Subject>)(\s*)(<edXML:Content>.*?</edXML:Content>)",
        r"\3\2\1",
    ),
    "an empty element": (r"<edXML:Subject>.*?</", "<edXML:Subject></"),
    "a day with hyphens": (r"2022/11/30", "2022-11-30"),
    "a thirteenth month": (r"2022/11/30", "2022/13/30"),
    "a priority of five": (r"Priority>0<", "Priority>5<"),
    "Yes for true": (r"Direction>false<", "Direction>No<"),
    "an unknown element": (r"<edXML:SteeringType>", "<edXML:Extra>1</edXML:Extra><edXML:SteeringType>"),
    "an id without cid:": (r">cid:1<", ">1<"),
    "a file that is not listed": (r"<ContentId>cid:1<", "<ContentId>cid:2<"),
    "content that is not base64": (r"UEsDB", "=*=*"),
    "the legacy namespace": (r"http://www.mic.gov.vn/TBT/QCVN_102_2016", "http://www.e-doc.vn/Schema/"),
    "a recipient twice": (r"(<edXML:To>.*?</edXML:To>)", r"\1\1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_strict_form_does_not_allow(name: str) -> None:
    data = (VECTORS / "document.edxml").read_text("utf-8")
    changed = re.sub(*REFUSED[name], data, flags=re.S)
    assert changed != data
    assert faults("document", changed.encode()) != ""


# The table and the schemas


class Element(NamedTuple):
    """What a schema says of one element."""

    required: bool
    many: bool
    leaf: bool
    most: int
    base: str


@cache
def types() -> dict[str, etree._Element]:
    files = [etree.parse(SCHEMAS / f"edxml-{part}.xsd") for part in ("types", "document", "status")]
    named = (node for file in files for node in file.getroot() if node.get("name") and "Type" in str(node.tag))
    return {str(node.get("name")): node for node in named}


def elements(node: etree._Element, under: str, *, chosen: bool = False) -> Iterator[tuple[str, Element]]:
    """Every element that `node` declares, by its dotted path; references into other namespaces aside. `chosen`: under a
    choice nothing is required."""
    for child in node:
        if child.tag != f"{XS}element":
            yield from elements(child, under, chosen=chosen or child.tag == f"{XS}choice")
        elif child.get("name"):
            for path, element in _element(child, under):
                own = path == f"{under}.{child.get('name')}".removeprefix(".")
                yield path, element._replace(required=False) if chosen and own else element


def _element(node: etree._Element, under: str) -> Iterator[tuple[str, Element]]:
    path = f"{under}.{node.get('name')}".removeprefix(".")
    of = types()[str(node.get("type")).removeprefix("q:")] if node.get("type") else node
    leaf = of.tag == f"{XS}simpleType"
    required, many = node.get("minOccurs") != "0", node.get("maxOccurs") == "unbounded"
    yield path, Element(required, many, leaf, _most(of) if leaf else 0, str(of.get("name")) if leaf else "")
    if not leaf:
        yield from elements(of, path)


def _most(simple: etree._Element) -> int:
    """The tightest maxLength or totalDigits along the chain of restrictions; 0 where there is none."""
    (restriction,) = simple
    facets = [int(str(f.get("value"))) for f in restriction if f.tag in (f"{XS}maxLength", f"{XS}totalDigits")]
    base = str(restriction.get("base"))
    if base.startswith("q:"):
        facets += [most for most in [_most(types()[base[2:]])] if most]
    return min(facets, default=0)


TYPE_OF: Final = {
    Kind.INT: "number",
    Kind.BIT: "bit",
    Kind.FLAG: "bit",
    Kind.BOOL: "yesNo",
    Kind.DATE: "day",
    Kind.TIME: "moment",
    Kind.PRIORITY: "priority",
    Kind.BUSINESS: "businessType",
    Kind.STATUS: "statusCode",
    Kind.CONTENT_ID: "contentId",
    Kind.BASE64: "content",
    Kind.TEXT: "text",
}
COMPARED: Final[list[tuple[str, Group, str]]] = [
    ("documentHeader", DOCUMENT, ""),
    ("statusHeader", STATUS, ""),
    ("manifest", REFERENCE, "edXMLManifest"),
    ("files", ATTACHMENT, "AttachmentEncoded"),
]


def expected(part: Part, alone: bool) -> Element:
    required = bool(part.need) or alone
    if isinstance(part, Group):
        return Element(required, part.many, False, 0, "")
    kind = TYPE_OF[part.kind]
    if part.kind is Kind.CONTENT_ID:
        return Element(required, part.many, True, part.most + len("cid:"), kind)
    if part.kind is Kind.INT:
        return Element(required, part.many, True, part.most or 9, kind + (str(part.most) if part.most else ""))
    return Element(required, part.many, True, part.most, kind + (str(part.most) if part.most else ""))


@pytest.mark.parametrize(("name", "spec", "under"), COMPARED, ids=[name for name, _, _ in COMPARED])
def test_schema_and_table_say_the_same_in_the_same_order(name: str, spec: Group, under: str) -> None:
    said: dict[str, Element] = {}
    for path, element in elements(types()[name], under):
        assert said.setdefault(path, element) == element, path
    if under:
        assert said.pop(spec.path).many
    assert list(said) == [part.path for part in rules(spec)]
    for wrapper in (spec, *rules(spec)):
        if isinstance(wrapper, Group):
            # A list is written only with something in it, so the schema wants one item at least.
            alone = wrapper.make is None and len(wrapper.parts) == 1 and wrapper.parts[0].many
            for part in wrapper.parts:
                assert said[part.path] == expected(part, alone), part.path


def test_every_limit_is_explained_in_the_readme() -> None:
    readme = (SCHEMAS / "README.md").read_text("utf-8")
    limited = {part for _, spec, _ in COMPARED for part in rules(spec) if isinstance(part, Leaf) and part.most}
    rows = [line for line in readme.splitlines() if line.startswith("|")]
    for part in limited:
        assert any(part.tag in row and str(part.most) in row for row in rows), f"{part.path} {part.most}"


# Whatever one of the two accepts, the other does


ONLY_THE_VALIDATOR: Final = {
    "M.MessageHeader.PromulgationInfo.PromulgationDate",  # not in the future
    "R.MessageHeader.ToPlaces",  # all together
    "N.MessageHeader.ResponseFor.DocumentId",  # or Code
    "N.MessageHeader.Description",  # of some statuses
}
"""What the README says that no schema can tell."""

TEXTS: Final = (
    *("", " ", "\u00a0", " x", "x ", "x", "ậ" * 11, "ậ" * 12, "ậ" * 35, "ậ" * 36, "ậ" * 50, "ậ" * 51, "ậ" * 500),
    *("ậ" * 501, "0", "00", "1", "2", "3", "4", "5", "+1", "-1", "-0", "007", "999", "1000", "1.0", "9" * 9, "9" * 10),
    *(
        "01",
        "03",
        "07",
        "13",
        "16",
        "true",
        "True",
        "false",
        "no",
        "cid:",
        "cid: ",
        "cid:1",
        "CID:1",
        "cid:" + "x" * 101,
    ),
    *("2022/11/11", "2022-11-11", "2022/1/1", "2022/13/01", "11/11/2022", "2022/11/11 08:00:00", "2022/11/11 24:00:00"),
    *("2022/11/11T08:00:00", "QQ==", "QR==", "QQ=", "Q Q = =", "=", "null", "N/A"),
)
HOW: Final = ("text", "remove", "twice", "empty", "hollow")


def changed(data: bytes, how: str, number: int, text: str) -> bytes:
    """`data` with one of its elements changed."""
    root = etree.fromstring(data)
    every = list(root.iter(etree.Element))[1:]
    element = every[number % len(every)]
    parent = element.getparent()
    assert parent is not None
    if how == "remove":
        parent.remove(element)
    elif how == "twice":
        element.addnext(etree.fromstring(etree.tostring(element)))
    elif how == "hollow":
        for child in list(element):
            element.remove(child)
    elif how == "empty":
        element.clear(keep_tail=True)
    elif not len(element):
        element.text = text
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


changes = st.tuples(st.sampled_from(HOW), st.integers(0, 10_000), st.sampled_from(TEXTS))


@settings(max_examples=200, deadline=None)
@given(messages_with_files, changes)
def test_what_the_schemas_accept_the_validator_accepts_and_the_reverse(
    sent: tuple[edxml.Message, list[Attachment]], change: tuple[str, int, str]
) -> None:
    agree(changed(edxml.build(*sent), *change), "document" if isinstance(sent[0], Document) else "status")


@pytest.mark.parametrize(("kind", "name"), [("document", "document.edxml"), ("status", "status-03.edxml")])
@pytest.mark.parametrize("how", HOW)
def test_they_agree_about_every_element_of_the_fields_examples(kind: str, name: str, how: str) -> None:
    data = (VECTORS / name).read_bytes()
    count = sum(1 for _ in etree.fromstring(data).iter(etree.Element)) - 1
    for number in range(count):
        for text in TEXTS[number % 8 :: 8] if how == "text" else ("",):
            agree(changed(data, how, number, text), kind)


def agree(data: bytes, kind: str) -> None:
    """Accepted by the schemas: no finding, but for what they cannot tell. No finding: the schemas accept what the axis
    would write of it."""
    accepted = faults(kind, data) == ""
    try:
        claimed = edxml.parse(data)
    except NotEdxml:
        assert not accepted
        return
    if claimed.kind.value != kind:
        return  # it became the other message, or neither
    found = {finding.code for finding in edxml.findings(claimed, TODAY) if finding.clause != SEEN}
    if accepted:
        assert found <= ONLY_THE_VALIDATOR, data
    if not found:
        files = list(edxml.attachments(claimed, edxml.Bounds(unpacked=0))) if not zipped(data) else []
        if files or not zipped(data):
            assert faults(kind, edxml.build(edxml.read(claimed), files)) == "", data


def zipped(data: bytes) -> bool:
    """What its file is packed in would be taken off."""
    return b"application/zip" in data


# Every sample that lies in the project

BODILESS: Final = "the schema wants a body with files, the validator takes a message without one"
LEGACY: Final = "the schema has the strict profile, the legacy one is the verifier's"
DIFFER: Final = {
    "field/a2-zip-cut-short": "the validator looks into files",
    "field/a5-31-files-with-xlink": "the validator reads no attributes, the schema allows none that are not the form's",
    "field/a6-15-files-legacy-signed": LEGACY,
    "field/d1-secret-in-an-element-not-known": "the validator passes over elements that it does not know",
    **{f"field/c{number}": BODILESS for number in range(1, 7)},
    "state-ca/legacy": LEGACY,
    "state-ca/signature-with-id": LEGACY,
    "state-ca/adobe": BODILESS,
    "state-ca/nonrepudiation": BODILESS,
    "state-ca/signed-well": BODILESS,
    "statuses/document": BODILESS,
}
"""Where the two say otherwise of a sample, by the beginning of its name: why that is right."""
SAMPLES: Final = sorted(path for top in (VECTORS, SCHEMAS / "vectors") for path in top.rglob("*.edxml"))
LATER: Final = date(2030, 1, 1)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_is_valid_in_both_or_in_neither_or_the_difference_is_named(path: Path) -> None:
    data = path.read_bytes()
    claimed = edxml.parse(data)
    found = [finding for finding in edxml.findings(claimed, LATER) if finding.clause != SEEN]
    differs = (faults(claimed.kind.value, data) == "") != (not found)
    assert differs == f"{path.parent.name}/{path.stem}".startswith(tuple(DIFFER))


def test_there_are_samples_of_each_difference() -> None:
    names = [f"{path.parent.name}/{path.stem}" for path in SAMPLES]
    assert len(names) > 30
    assert all(any(name.startswith(begin) for name in names) for begin in DIFFER)
