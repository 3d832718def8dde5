"""Rows as an XLSX workbook. Text stays text: nothing in it becomes a formula, a link or a number. A cell
that is a number is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

import xlsxwriter

from hub.core import period_table as tables
from hub.core.wire_report import PeriodReport

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


Rows = Iterable[Sequence[str | int | float]]


class Sheet(NamedTuple):
    title: str
    head: Sequence[str]
    rows: Rows


def workbook(target: BinaryIO, title: str, head: Sequence[str], rows: Rows, *more: Sheet) -> int:
    """Write one sheet called `title`, and `more` after it; the number of the first one's rows, which may be fewer than
    there are where a sheet is full."""
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
        counts = [_sheet(book, sheet, bold, wrapped) for sheet in (Sheet(title, head, rows), *more)]
    return counts[0]


def _sheet(book: Any, given: Sheet, bold: object, wrapped: object) -> int:
    title, head, rows = given
    count = 0
    sheet = book.add_worksheet(title[:31])
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(0)
    sheet.set_column(0, len(head) - 1, _WIDTH)
    for number, name in enumerate(head):
        sheet.write_string(0, number, name, bold)
    for cells in rows:
        if count == MOST_ROWS:
            break
        count += 1
        for number, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(count, number, cell[:_LONGEST], wrapped)
            else:
                sheet.write_number(count, number, cell, wrapped)
    return count


def period_book(target: BinaryIO, report: PeriodReport, lang: str) -> int:
    """A report of a period: its lines, its steps, and what each figure is."""
    steps, words = ("Theo kỳ", "Định nghĩa") if lang == "vi" else ("Steps", "Definitions")
    return workbook(
        target,
        f"{report.first} {report.last}",
        tables.head(lang),
        tables.rows(report, lang),
        Sheet(steps, tables.step_head(lang), tables.step_rows(report)),
        Sheet(words, tables.definition_head(lang), tables.definition_rows(lang)),
    )
