"""What is checked quickly is what the plain definition checks, and what was read before verification is what was
verified."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import edxml
from hub.core.edxml import check as edxml_check
from hub.core.edxml import values as edxml_values
from hub.core.edxml import xmlsafe
from hub.core.edxml.fields import DOCUMENT, REFERENCE, STATUS
from hub.core.edxml.parts import REMEMBERED, Leaf, rules
from hub.core.edxml.values import WrongType, check_base64, decode_base64
from hub.core.edxml.xmlsafe import Limits
from hub.core.errors import ForbiddenXml, FormatRefusal, SignatureRefusal
from hub.core.signature import trust
from tests.attacks.build import ATTACKS, build
from tests.attacks.simulator import Simulator, world


def refuses(function: Callable[[str], object], text: str) -> bool:
    try:
        function(text)
    except WrongType:
        return True
    return False


# -- base64 ----------------------------------------------------------------------------------------------------------

NEARLY_BASE64 = st.text(st.sampled_from("AAAQgw+/== \n\t\x1f-é"), max_size=24)
WRAPPED = st.builds(
    lambda data, width, end: "\r\n".join(re.findall(f".{{1,{width}}}", base64.b64encode(data).decode())) + end,
    st.binary(max_size=40),
    st.integers(1, 7),
    st.sampled_from(("", "\n  ", "=", "A", "-")),
)


@pytest.fixture(scope="module", params=(1, 3, 4, 5, 64))
def piece(request: pytest.FixtureRequest) -> Any:
    """Pieces so small that groups, white space and padding lie across their ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edxml_values, "_PIECE", request.param)
        yield request.param


@given(NEARLY_BASE64 | WRAPPED)
def test_base64_is_refused_exactly_where_it_cannot_be_decoded(piece: int, text: str) -> None:
    assert refuses(check_base64, text) == refuses(decode_base64, text)


def test_one_wrong_character_in_a_large_file_is_found() -> None:
    text = base64.b64encode(bytes(300_000)).decode()
    check_base64(text)
    for place in (0, edxml_values._PIECE - 1, edxml_values._PIECE, len(text) - 1):
        assert refuses(check_base64, text[:place] + "!" + text[place + 1 :])


# -- bytes -----------------------------------------------------------------------------------------------------------


@given(
    st.integers(-4, 4), st.sampled_from((b"\xff", b"\xc3", b"\xe1\xba", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\x80"))
)
def test_bytes_that_are_not_utf8_are_found_at_their_place(offset: int, wrong: bytes) -> None:
    """Also where they, or the character before them, lie across the end of a piece."""
    data = "ậ".encode() * (xmlsafe._PIECE // 3) + b"x" * (4 + offset) + wrong + "ậ".encode() * 9
    with pytest.raises(UnicodeDecodeError) as plain:
        data.decode()
    with pytest.raises(ForbiddenXml) as refusal:
        xmlsafe._check_utf8(data)
    assert refusal.value.found.endswith(f" at {plain.value.start}")


@given(st.integers(-6, 6))
def test_a_character_across_the_end_of_a_piece_is_none_of_the_wrong_ones(offset: int) -> None:
    xmlsafe._check_utf8(b"x" * (xmlsafe._PIECE + offset) + "ậ😀".encode())


PARTS = st.sampled_from(
    (
        "<a>",
        "</a>",
        "<b/>",
        '<a xmlns="u">',
        "<a xmlns:p='u'>",
        "text",
        "A" * 90,
        "A" * 40 + "'",
        '<a c=">" xmlns="' + "u" * 60 + '">',
    )
)


@given(st.lists(PARTS, max_size=30))
def test_no_tag_and_no_declaration_lies_outside_of_the_markup(parts: list[str]) -> None:
    data = "".join(parts).encode()
    tags, declared = data.count(b"<"), data.count(b"xmlns")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xmlsafe, "_SPAN", 16)
        assert sum(data.count(b"<", start, end) for start, end in xmlsafe._markup(data)) == tags
        assert xmlsafe._check_bytes(data, Limits()) == declared


# -- one walk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_read_before_verification_is_what_is_left_after_it(name: str) -> None:
    """The walk may come before check 8, which takes the signature out: that must not change what a walk reads."""
    simulator = build(ATTACKS[name].change)
    compare(simulator)


def test_what_was_read_of_a_good_document_is_what_was_verified() -> None:
    assert compare(Simulator())


def compare(simulator: Simulator) -> bool:
    try:
        claimed = edxml.parse(simulator.document())
        edxml.findings(claimed, date(2100, 1, 1))
    except FormatRefusal:
        return False
    try:
        anchors = simulator.anchors or world().anchors
        trust.verify(claimed, frozenset(simulator.registered_now()), anchors, simulator.at, simulator.profile)
        valid = True
    except (SignatureRefusal, FormatRefusal):
        valid = False
    again = edxml.Claimed(claimed.root, claimed.raw, claimed.sha256, claimed.kind, claimed.claimed_sender)
    assert again.header == claimed.header
    assert again.manifest == claimed.manifest
    return valid


def test_a_message_is_walked_once() -> None:
    claimed = edxml.parse(Simulator().document())
    assert edxml.read(claimed) is edxml.read(claimed)
    assert edxml.references(claimed) is edxml.references(claimed)


def test_every_path_that_rules_across_fields_ask_for_is_remembered() -> None:
    """A rule that looks at a path which no walk remembers would never find anything."""
    known = {part.path for spec in (DOCUMENT, STATUS, REFERENCE) for part in rules(spec) if isinstance(part, Leaf)}
    asked: set[str] = set()

    class Asked(dict[str, list[Any]]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return default

        def __contains__(self, key: object) -> bool:
            asked.add(str(key))
            return key in {"MessageHeader.StatusCode", "edXMLManifest.Reference.ContentId"}

    for rule in edxml_check.ACROSS:
        list(rule(Asked(), date(2022, 11, 22)))
    assert asked & known <= REMEMBERED
    assert asked - known <= {"AttachmentEncoded.Attachment.ContentId"} <= REMEMBERED
    assert len(asked) >= 7
