"""Messages behind their lengths: whatever pieces a body comes in, the same items; whatever is no such body, told."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import BadRequest
from hub.core.framing import Frames, framed

ITEMS = st.lists(st.binary(max_size=40), min_size=1, max_size=8)


def read(body: bytes, cuts: list[int]) -> list[bytes]:
    """The items of a body that comes in pieces."""
    frames, found, parts = Frames(), list[bytes](), list[bytes]()
    ends = sorted({*(cut % (len(body) + 1) for cut in cuts), len(body)})
    at = 0
    for end in ends:
        for piece in frames.feed(body[at:end]):
            parts = [piece.data] if piece.first else [*parts, piece.data]
            if piece.last:
                found.append(b"".join(parts))
                assert len(found[-1]) == piece.size
        at = end
    frames.end()
    assert frames.items == len(found)
    return found


@given(ITEMS, st.lists(st.integers(0, 500), max_size=12))
def test_the_same_items_in_whatever_pieces(items: list[bytes], cuts: list[int]) -> None:
    assert read(framed(items), cuts) == items


@given(ITEMS, st.integers(1, 500))
def test_what_was_cut_short_is_told_or_fewer_whole_items(items: list[bytes], missing: int) -> None:
    body = framed(items)
    short = body[: max(0, len(body) - missing)]
    with suppress(BadRequest):
        found = read(short, [])
        assert found == items[: len(found)]
        assert len(found) < len(items)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"5",
        b"5\n1234",
        b"05\n12345",
        b"+5\n12345",
        b"5\r\n12345",
        b" 5\n12345",
        b"-1\n",
        b"0x5\n12345",
        b"5\n12345\n5\n12345",
        b"1000000000\n",
        b"9" * 5_000,
        b"--batch\r\nContent-Type: application/xml\r\n\r\n<a/>",
        b"<edXML/>",
        b"5\n123453\n12",
        "５\n12345".encode(),
    ],
)
def test_what_is_no_such_body_is_refused(body: bytes) -> None:
    for cuts in ([], list(range(len(body)))):
        with pytest.raises(BadRequest):
            read(body, cuts)


def test_nothing_is_kept_of_what_is_long_and_no_length() -> None:
    frames = Frames()
    with pytest.raises(BadRequest) as refused:
        list(frames.feed(b"7" * 1_000_000))
    assert len(refused.value.found) < 60
