"""Foreign text: nothing hides, nothing commands, nothing is lost."""

from __future__ import annotations

import json
import sys
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import verify_receipt as alone
from hub.core.shown import escaped, shown

EVERY = [chr(n) for n in range(sys.maxunicode + 1)]
HIDING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Công văn số 7816/VPCP-TTĐT “hỏa tốc”", "Công văn số 7816/VPCP-TTĐT “hỏa tốc”"),
        ("Co\u0302ng va\u0306n hoa\u0309 to\u0302\u0301c", "Co\u0302ng va\u0306n hoa\u0309 to\u0302\u0301c"),
        ("\x1b[2Jx", "<U+001B>[2Jx"),
        ("a\x9b31mb", "a<U+009B>31mb"),
        ("hd\u202efdp.exe", "hd<U+202E>fdp.exe"),
        ("a\u200bb\u2060c\ufeff", "a<U+200B>b<U+2060>c<U+FEFF>"),
        ("one\ntwo\r\nthree\u2028four\x85", "one<U+000A>two<U+000D><U+000A>three<U+2028>four<U+0085>"),
        ("x\x00\x07\x08\x7f", "x<U+0000><U+0007><U+0008><U+007F>"),
        ("\ud800\U000e0041", "<U+D800><U+E0041>"),
        ("e" + "\u0301" * 8, "e" + "\u0301" * 6 + "<U+0301><U+0301>"),
    ],
)
def test_what_hides_is_written_out(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_every_letter_that_hides_is_written_out_and_alike_in_the_verifier_that_stands_alone() -> None:
    for letter in EVERY:
        seen = shown(letter)
        assert (seen != letter) or category(letter) not in HIDING
        assert seen == alone.printable(letter), hex(ord(letter))


@given(st.text() | st.lists(st.sampled_from("a\u0301\u202e\x1b\n<U>+0"), max_size=40).map("".join))
def test_shown_twice_is_shown_once(text: str) -> None:
    once = shown(text)
    assert shown(once) == once
    assert not [c for c in once if category(c) in HIDING]
    assert once == alone.printable(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.booleans())
def test_json_says_the_same_and_hides_nothing(text: str, ascii_only: bool) -> None:
    told = escaped(json.dumps({"a": text}, ensure_ascii=False, indent=2), ascii_only=ascii_only)
    assert json.loads(told) == {"a": text}
    assert not [c for c in told if category(c) in HIDING and c != "\n"]
    assert told.isascii() or not ascii_only
