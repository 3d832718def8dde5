"""Text from elsewhere, made harmless for a terminal, a log or a page: the one way in which foreign text is shown.

A name in a document, a problem's sentence, a receipt's field may move the cursor, repaint the screen, turn the reading
direction, hide letters or pile up marks. Every character that is not plainly visible is written out as `<U+202E>`:
nothing is dropped, so a name that was tampered with is seen to be. Line ends are written out too, for a value is never
more than a line of its own. A text that was shown once stays as it is when it is shown again.
"""

from __future__ import annotations

import json
import re
from typing import Final
from unicodedata import category

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE: Final = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
_MOST_MARKS: Final = 6
"""In a row; no language of the axis needs more than two."""

_PLAIN: Final = re.compile(r"[ -~]*")
_BEYOND_ASCII: Final = re.compile(r"[^\n -~]")


def shown(text: str) -> str:
    """`text` in one visible line."""
    if _PLAIN.fullmatch(text):
        return text
    parts: list[str] = []
    marks = 0
    for letter in text:
        kind = category(letter)
        marks = marks + 1 if kind[0] == "M" else 0
        parts.append(f"<U+{ord(letter):04X}>" if _hides(letter, kind) or marks > _MOST_MARKS else letter)
    return "".join(parts)


def hides(letter: str) -> bool:
    """Whether it is not plainly visible, or turns the direction of others."""
    return _hides(letter, category(letter))


def escaped(text: str, *, ascii_only: bool = False) -> str:
    """JSON text that says the same and hides nothing: a character that `shown` would write out stands as `\\uXXXX`.
    JSON has such letters in strings alone, so line ends outside of them stay. `ascii_only`: everything beyond ASCII."""
    return _BEYOND_ASCII.sub(lambda found: _unit(found[0], ascii_only), text)


def _unit(letter: str, ascii_only: bool) -> str:
    return json.dumps(letter)[1:-1] if ascii_only or letter == "\x7f" or _hides(letter, category(letter)) else letter


def _hides(letter: str, kind: str) -> bool:
    number = ord(letter)
    return (
        kind in _HIDDEN
        or number in _INVISIBLE
        or 0x180B <= number <= 0x180F
        or 0xFE00 <= number <= 0xFE0F
        or 0xE0100 <= number <= 0xE01EF
    )
