"""The cells of one sheet of an XLSX file, read within bounds that were fixed before reading.

A workbook from outside is hostile like any file: it is a zip of XML. Its entries are looked at by `zipread`, which
inflates no more than it is allowed to, and its XML by `xmlsafe`, which takes no entities and no more elements than it
is told. No formula is computed and no link followed: of a formula the value counts that the program that wrote the file
left beside it. Work is linear in the bounds: a file at all of them costs a tenth of a second.

Source: ECMA-376 part 1, 18.3 (worksheets), 18.4 (shared strings).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from hub.core.edxml import zipread
from hub.core.edxml.xmlsafe import Limits, parse_xml
from hub.core.errors import Refusal

MOST_BYTES: Final = 1024 * 1024
"""Of the file."""
_MOST_ENTRIES: Final = 64
_MOST_INFLATED: Final = 8 * 1024 * 1024
_MOST_STRINGS: Final = 20_000
_LIMITS: Final = Limits(depth=16, elements=120_000, attributes=32)
MOST_ROWS: Final = 6_000
MOST_COLUMNS: Final = 64
_LONGEST: Final = 2_000
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)


class Numeral(str):
    """A cell that is a number, as the file writes it: `1.125` is one and an eighth, and no thousand."""


Cells = dict[int, dict[int, str]]
"""Row → column → text, both from 0; of numbers a Numeral."""


def trimmed(text: str) -> str:
    """Without the white space around it; a Numeral stays as the file writes it."""
    return text if isinstance(text, Numeral) else text.strip()


def cell_name(row: int, column: int) -> str:
    """A cell as a spreadsheet names it, both from 0: `J7` is of row 6 and column 9."""
    letters = ""
    number = column + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = f"{chr(ord('A') + letter)}{letters}"
    return f"{letters}{row + 1}"


class BadSheet(ValueError):
    """The file cannot be read as a sheet: the expected part, the found one."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found = expected, found


def read(data: bytes) -> Cells:
    """The cells of the first sheet. BadSheet for anything that is none, or too large; no other exception."""
    if len(data) > MOST_BYTES:
        raise BadSheet(f"an XLSX file of at most {MOST_BYTES} bytes", str(len(data)))
    try:
        count, found = zipread.entries(data, _MOST_ENTRIES)
    except zipread.BadZip as error:
        raise BadSheet("an XLSX file", str(error)) from None
    if count > _MOST_ENTRIES:
        raise BadSheet(f"at most {_MOST_ENTRIES} files in an XLSX file", str(count))
    by_name = {entry.name: entry for entry in found}
    sheet = next((name for name in ("xl/worksheets/sheet1.xml", *sorted(by_name)) if _is_sheet(name, by_name)), None)
    if sheet is None:
        raise BadSheet("an XLSX file with a sheet", "none")
    strings = by_name.get("xl/sharedStrings.xml")
    shared = list(_strings(_parsed(data, strings))) if strings is not None else []
    return _cells(_parsed(data, by_name[sheet]), shared)


def _is_sheet(name: str, by_name: dict[str, zipread.Entry]) -> bool:
    return name in by_name and name.startswith("xl/worksheets/") and name.endswith(".xml")


def _parsed(data: bytes, entry: zipread.Entry) -> etree._Element:
    try:
        return parse_xml(zipread.extract(data, entry, _MOST_INFLATED), _LIMITS)
    except (zipread.BadZip, Refusal) as error:
        raise BadSheet("an XLSX file", str(error)[:120]) from None


def _strings(root: etree._Element) -> Iterator[str]:
    for number, item in enumerate(root.iterchildren(f"{_MAIN}si")):
        if number == _MOST_STRINGS:
            raise BadSheet(f"at most {_MOST_STRINGS} different texts in an XLSX file", "more")
        yield _text(item)


def _text(holder: etree._Element) -> str:
    """Of a cell or a shared string, without the reading beside it for another alphabet (rPh)."""
    parts = (t.text or "" for t in holder.iter(f"{_MAIN}t") if (p := t.getparent()) is None or p.tag != f"{_MAIN}rPh")
    return "".join(parts)[:_LONGEST]


def _cells(root: etree._Element, shared: list[str]) -> Cells:
    found: Cells = {}
    for cell in root.iter(f"{_MAIN}c"):
        place = _CELL.fullmatch(cell.get("r", ""))
        if place is None:
            raise BadSheet("cells that say where they stand, such as B7", cell.get("r", "")[:20] or "none")
        row, column = int(place[2]) - 1, _column(place[1])
        text = _value(cell, shared)
        if not text.strip():
            continue  # a formatted cell with nothing in it may stand anywhere
        if not 0 <= row < MOST_ROWS or column >= MOST_COLUMNS:
            raise BadSheet(f"at most {MOST_ROWS} rows and {MOST_COLUMNS} columns", place[0])
        found.setdefault(row, {})[column] = text
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: etree._Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = (cell.findtext(f"{_MAIN}v") or "")[:_LONGEST]
    if kind == "n":
        return Numeral(value)
    if kind == "b":
        return "FALSE" if value == "0" else "TRUE"
    if kind != "s":
        return value
    index = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else -1
    if not 0 <= index < len(shared):
        raise BadSheet("a text that the file has", value[:20])
    return shared[index]
