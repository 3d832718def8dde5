"""Signed documents of an exact size."""

from __future__ import annotations

import msgspec

from hub.core.edxml import Attachment
from tests.support.axis import SON_LA, VPCP, Axis


def sized(axis: Axis, size: int, recipient: str = SON_LA) -> bytes:
    """A signed document of exactly `size` bytes, some 6,000 at least: a file is its stuffing, the length of its subject
    the last of it."""
    document = axis.document(VPCP, [recipient])

    def signed(stuffing: int, words: int) -> bytes:
        attachment = Attachment("f", "f.pdf", data=b"%PDF-1.4 " + b"x" * stuffing)
        return axis.sign(msgspec.structs.replace(document, subject="V" * words), [attachment])

    stuffing = 0
    while (missing := size - len(signed(stuffing, 1))) > 400:
        stuffing += missing * 7 // 10
    assert missing >= 0, f"{-missing} bytes more than {size}"
    return signed(stuffing, 1 + missing)
