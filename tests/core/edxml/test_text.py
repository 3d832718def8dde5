"""One form of text, in linear time: rows of combining marks are refused before anything puts them into order."""

from __future__ import annotations

import time
from unicodedata import is_normalized, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import edxml
from hub.core.edxml.secrecy import mark_in
from hub.core.edxml.text import MOST_MARKS, nfc
from hub.core.errors import StateSecret, XmlTooComplex
from tests.attacks.simulator import MESSAGE

ROWS = {
    "alternating": "\u0301\u0323",
    "of one kind": "\u0301",
    "that come apart": "\u0f73",
    "of another script": "\u05b0\u05bc",
    "beyond the first plane": "\U0001d165\U0001d16d",
}


@given(st.text(st.characters(codec="utf-8"), max_size=MOST_MARKS))
def test_it_is_nfc(text: str) -> None:
    assert nfc(text) == normalize("NFC", text)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_thirty_marks_in_a_row_pass_and_one_more_does_not(row: str) -> None:
    marks = (row * (MOST_MARKS + 1))[: MOST_MARKS + 1]
    assert is_normalized("NFC", nfc("a" + marks[:-1] + "b"))
    for text in ("a" + marks, marks, "ệ" * 5 + marks + "b", ("a" + marks[:-1]) * 3 + marks):
        with pytest.raises(XmlTooComplex):
            nfc(text)


def test_signs_that_are_no_marks_may_stand_in_a_row() -> None:
    for text in ("…" * 500, "—" * 500, "“”" * 500, "★☆" * 500, "\U0001f600" * 500):
        assert nfc(text) == text


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_message_full_of_marks_costs_no_more_than_its_size(row: str) -> None:
    """A quarter of a megabyte would take ten seconds, in which no thread of the process runs."""
    data = MESSAGE.replace("V/v", "V" + row * 130_000).encode()
    began = time.process_time()
    with pytest.raises(XmlTooComplex):
        edxml.read(edxml.parse(data))
    assert time.process_time() - began < 2


def test_marks_that_only_unseen_characters_keep_apart_are_counted_together() -> None:
    began = time.process_time()
    with pytest.raises((XmlTooComplex, StateSecret)):
        mark_in("Mậ" + "\u0301\u200b\u0323\u200b" * 50_000 + "t")
    assert time.process_time() - began < 2
