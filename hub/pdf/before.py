"""Questions to a file's bytes before any parser sees them: linear, and without memory of its own."""

from __future__ import annotations

from typing import Final

from hub.programmes.signatures.facts import Trouble

_HEAD: Final = 1024
"""Readers take a PDF whose header comes within its first bytes."""

MOST_REVISIONS: Final = 64
MOST_RANGES: Final = 16


def trouble(content: bytes) -> Trouble | None:
    """None = worth reading. An office makes three or four signatures, each one revision."""
    if b"%PDF-" not in content[:_HEAD]:
        return Trouble.NOT_PDF
    if content.count(b"startxref") > MOST_REVISIONS or content.count(b"/ByteRange") > MOST_RANGES:
        return Trouble.TOO_COMPLEX
    return None
