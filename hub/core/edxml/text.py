"""Text in the one form that is stored and compared (Unicode NFC), made in linear time.

The rule: at most 30 marks that combine stand in a row, as in the stream-safe format of UAX #15; no language needs more
than a few. Putting marks into their order is quadratic in the length of the row: 128 kB of them took 2 s, in which no
other thread of the process runs; 8 MB would have taken hours. So the row is measured first.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, normalize

from hub.core.errors import XmlTooComplex

MOST_MARKS: Final = 30
_ROW: Final = re.compile(rf"[^\w\s\x00-\x7f]{{{MOST_MARKS + 1},}}")
"""Where marks could be: they are no letters, digits or white space in any script."""


def nfc(text: str) -> str:
    """`text` in NFC. XmlTooComplex where too many marks stand in a row."""
    if text.isascii():
        return text
    for row in _ROW.finditer(text):
        _check(row[0])
    return normalize("NFC", text)


def _check(row: str) -> None:
    count = 0
    for letter in row:
        # By its decomposition: a few marks that combine with nothing themselves come apart into two that do.
        count = count + 1 if combining(normalize("NFD", letter)[0]) else 0
        if count > MOST_MARKS:
            raise XmlTooComplex(expected=f"at most {MOST_MARKS} combining marks in a row", found="more")
