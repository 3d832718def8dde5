"""Words are found however they are written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.words import LONGEST, fold, tag, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("0512/QĐ-UBND", "0512 qd ubnd"),
        ("Đắk R'lấp, ĐĂK NÔNG", "dak r lap dak nong"),
        ("ÐỊNH ðịnh định dinh", "dinh dinh dinh dinh"),
        (unicodedata.normalize("NFD", "Ủy ban nhân dân thị xã Ngã Bảy"), "uy ban nhan dan thi xa nga bay"),
        ("ｗｉｄｅ ２０２６", "wide 2026"),
        ('" OR subject:* NEAR(a b) -x ^y {z}', "or subject near a b x y z"),
        ("", ""),
        ("…/-", ""),
        ("x" * 100, "x" * LONGEST),
    ],
)
def test_a_text_and_its_words(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=60))
@settings(max_examples=1_000)
def test_folding_twice_changes_nothing_and_leaves_letters_alone(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert all(word.isalnum() for word in words(text))


@given(st.text(max_size=60))
@settings(max_examples=500)
def test_every_spelling_of_unicode_is_the_same(text: str) -> None:
    forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert len(forms) == 1


def test_every_character_folds_to_what_folds_to_itself() -> None:
    for point in range(0x30000):
        once = fold(chr(point))
        assert fold(once) == once, hex(point)


def test_a_tag_is_one_word_that_tells_nothing() -> None:
    made = {tag(kind, value) for kind in "sr" for value in ("000.00.00.H52", "000.00.00.G22", "", '"*')}
    assert len(made) == 8
    assert all(fold(one) == one and len(one) == 14 for one in made)
