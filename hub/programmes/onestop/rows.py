"""Rows of a list that may be an operator's own: each with its line, so that a fault is told by its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hub.core.errors import ListInvalid

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_ROWS: Final = 20_000
"""There are some 6,000 procedures of all fields and tiers."""
_MOST_TEXT: Final = 300


class Row(NamedTuple):
    """`line`: at which it ends, from 1; the head is the first."""

    file: str
    line: int
    cells: dict[str, str]

    def wrong(self, column: str, expected: str) -> ListInvalid:
        value = self.cells[column][:80]
        return ListInvalid(expected=expected, found=f"{self.file}:{self.line}, {column}: {value}")

    def text(self, column: str, least: int = 1) -> str:
        value = self.cells[column]
        if not least <= len(value) <= _MOST_TEXT:
            raise self.wrong(column, f"{least} to {_MOST_TEXT} characters")
        return value

    def whole(self, column: str, most: int) -> int:
        value = self.cells[column]
        if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and int(value) <= most):
            raise self.wrong(column, f"a whole number from 0 to {most}")
        return int(value)


def rows(file: str, text: str, columns: Sequence[str]) -> Iterator[Row]:
    """ListInvalid where it is no CSV of these columns. Empty lines are none."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    head = True
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ListInvalid(expected="CSV", found=f"{file}:{reader.line_num}, {error}") from None
        if cells is None and head:
            raise ListInvalid(expected=f"the columns {','.join(columns)}", found=f"{file}:1")
        if cells is None:
            return
        place = f"{file}:{reader.line_num}"
        if head and cells != list(columns):
            raise ListInvalid(expected=f"the columns {','.join(columns)}", found=f"{place}, {','.join(cells)[:200]}")
        if not head and cells:
            if len(cells) != len(columns):
                raise ListInvalid(expected=f"{len(columns)} cells", found=f"{place}, {len(cells)}")
            if reader.line_num > MOST_ROWS:
                raise ListInvalid(expected=f"at most {MOST_ROWS} lines", found=place)
            yield Row(file, reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
        head = False
