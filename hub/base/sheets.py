"""Rows as an XLSX workbook. Every cell is text and stays text: nothing in it becomes a formula, a link or a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final

import xlsxwriter

_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONGEST: Final = 32_767
"""Characters that a cell may have."""
_WIDTH: Final = 24
MOST_ROWS: Final = 1_048_575
"""Of a sheet, below its head."""


def workbook(target: BinaryIO, title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write one sheet called `title`; the number of rows, which may be fewer than there are where a sheet is full."""
    count = 0
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
        sheet = book.add_worksheet(title[:31])
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.repeat_rows(0)
        sheet.set_column(0, len(head) - 1, _WIDTH)
        for number, cell in enumerate(head):
            sheet.write_string(0, number, cell, bold)
        for cells in rows:
            if count == MOST_ROWS:
                break
            count += 1
            for number, cell in enumerate(cells):
                sheet.write_string(count, number, cell[:_LONGEST], wrapped)
    return count
