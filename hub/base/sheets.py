"""Rows as an XLSX workbook. Text stays text: nothing in it becomes a formula, a link or a number. A cell
that is a number is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
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
_CREATED: Final = datetime(2018, 7, 12)
"""A workbook says when it was made: always the same day, so that the same rows make the same file."""
MOST_ROWS: Final = 1_048_575
"""Of a sheet, below its head."""


Rows = Iterable[Sequence[str | int | float]]


class Sheet(NamedTuple):
    title: str
    head: Sequence[str]
    rows: Rows


class Growing:
    """A workbook of one sheet to which rows are added; in memory it holds one row. The same rows are the same bytes.
    `folder`: where its rows lie until it is closed. `struck`: numbers of rows, each added, that are struck out."""

    def __init__(self, target: BinaryIO, title: str, head: Sequence[str], folder: str | None = None) -> None:
        self._book = xlsxwriter.Workbook(target, _OPTIONS | ({"tmpdir": folder} if folder else {}))
        self._book.set_properties({"created": _CREATED})
        bold = self._book.add_format({"bold": True, "text_wrap": True})
        self._wrapped = self._book.add_format({"text_wrap": True})
        self._struck = self._book.add_format({"text_wrap": True, "font_strikeout": True})
        self._sheet = _headed(self._book, title, head, bold)
        self.rows = 0

    def add(self, rows: Rows, *, struck: bool = False) -> None:
        """Rows below those that are there; none where the sheet is full."""
        for cells in rows:
            if self.rows == MOST_ROWS:
                return
            self.rows += 1
            _write(self._sheet, self.rows, cells, self._struck if struck else self._wrapped)

    def close(self) -> None:
        """Write the file; OSError where there is no room for it."""
        self._book.close()


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
    sheet = _headed(book, title, head, bold)
    for cells in rows:
        if count == MOST_ROWS:
            break
        count += 1
        _write(sheet, count, cells, wrapped)
    return count


def _headed(book: Any, title: str, head: Sequence[str], bold: object) -> Any:
    sheet = book.add_worksheet(title[:31])
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(0)
    sheet.set_column(0, len(head) - 1, _WIDTH)
    for number, name in enumerate(head):
        sheet.write_string(0, number, name, bold)
    return sheet


def _write(sheet: Any, row: int, cells: Sequence[str | int | float], form: object) -> None:
    for number, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, number, cell[:_LONGEST], form)
        else:
            sheet.write_number(row, number, cell, form)


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
