"""Sheets from outside: what a person filled in is read, what is hostile is told and costs little."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.base.sheets import workbook
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes.reporting.figures import wrongs
from hub.programmes.reporting.packets import Figure
from hub.programmes.reporting.regime import shipped
from hub.programmes.reporting.sheet import HEAD, figure_of, filled, rows, title_rows, whole_number
from hub.programmes.xlsx import BadSheet, Numeral, read
from tests.programmes.reports import II_06A, figures

FORM = shipped()["II.06a"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def form(given: tuple[Figure, ...] = ()) -> bytes:
    target = io.BytesIO()
    head, blank = title_rows(FORM, "2026-Q1", "000.00.00.H52", "vi")
    workbook(target, "2026-Q1", [str(cell) for cell in head], [blank, HEAD, *rows(FORM, given, (), "vi")])
    return target.getvalue()


def packed(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def sheet(cells: str, head: str = "") -> bytes:
    text = f'<?xml version="1.0"?>{head}<worksheet xmlns="{MAIN}"><sheetData><row>{cells}</row></sheetData></worksheet>'
    return packed({SHEET: text.encode()})


def test_the_form_comes_back_as_it_was_filled() -> None:
    by_field = (*figures({**II_06A, "3": 10}, "Đất đai"), *figures(II_06A))
    found = filled(FORM, read(form(by_field)))
    assert not found.bad
    assert sorted(found.figures, key=str) == sorted(by_field, key=str)
    assert not filled(FORM, read(form())).figures, "an empty form has no figures, and no zeros"
    assert not wrongs(FORM, filled(FORM, read(form(figures(II_06A)))).figures)


def test_what_a_person_types_in_a_spreadsheet() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet("Biểu")
        page.write_row(2, 0, HEAD)
        page.write_row(3, 0, [3, "", "", "", "", "", 1250])  # a code that became a number
        page.write_row(4, 0, ["4", "Đất đai", "", "", "", "", "1.250"])  # thousands apart, as text
        page.write_row(5, 0, ["5", "", "", "", "", "", 1.125])
        page.write_row(6, 0, ["6", "", "", "", "", "", "khoảng 40"])
        page.write_row(7, 0, ["7", "", "", "", 10, 20, 30])
        page.write_row(8, 0, ["7", "", "", "", "", "", 31])
        page.write_boolean(9, 6, True)
        page.write_string(9, 0, "8")
        page.write_formula(10, 6, "=G8*2", value=60)
        page.write_string(10, 0, "9")
        page.write_row(11, 0, ["14", "", "", "", "", "", 1])
    found = filled(FORM, read(target.getvalue()))
    assert {(one.indicator, one.row, one.plan, one.estimate, one.actual) for one in found.figures} == {
        ("3", "", None, None, 1250),
        ("4", "Đất đai", None, None, 1250),
        ("7", "", 10, 20, 30),
        ("9", "", None, None, 60),
        ("14", "", None, None, 1),
    }
    assert [(one.place, one.found) for one in found.bad] == [
        ("G6", "1.125"),
        ("G7", "khoảng 40"),
        ("A9", "7"),
        ("G10", "TRUE"),
    ]
    for one in found.bad:
        assert EXPECTED_FOUND.vi(one.right) != one.right
    assert "14" in {wrong.indicator for wrong in wrongs(FORM, found.figures)}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1250", 1250),
        (Numeral("1250"), 1250),
        (Numeral("1250.0"), 1250),
        (Numeral("1.25E+3"), 1250),
        (Numeral("1.125"), None),
        ("1.125", 1125),
        ("1,125,000", 1_125_000),
        ("1.12", None),
        ("-3", -3),
        ("", None),
        ("9" * 17, None),
        (Numeral("1.5E0"), None),
        ("1E99", None),
        ("١٢", None),
        ("NaN", None),
    ],
)
def test_a_number_is_read_exactly_or_not_at_all(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["-3", Numeral("9007199254740993"), "9" * 30, "9.007.199.254.740.993"])
def test_a_number_out_of_bounds_is_no_figure_and_the_bounds_are_told(text: str) -> None:
    """Break it: read the number without its bounds."""
    assert figure_of(text) == "a whole number from 0 to 1000000000000000"
    assert EXPECTED_FOUND.vi(str(figure_of(text))).startswith("số nguyên từ 0")
    assert figure_of("1000000000000000") == 10**15


BOMB = b"<x>" + b" " * 50_000_000


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "an XLSX file"),
        (b"PK\x03\x04 no zip", "an XLSX file"),
        (b"\0" * (1024 * 1024 + 1), "an XLSX file of at most 1048576 bytes"),
        (packed({"a.xml": b""}), "an XLSX file with a sheet"),
        (packed({SHEET: BOMB}), "an XLSX file"),
        (packed({f"{n}.xml": b"" for n in range(65)}), "at most 64 files in an XLSX file"),
        (sheet("", '<!DOCTYPE w [<!ENTITY a "aaaa">]>'), "an XLSX file"),
        (sheet("<c/>" * 130_000), "an XLSX file"),
        (sheet('<c r="A1" t="s"><v>0</v></c>'), "a text that the file has"),
        (sheet('<c r="A1" t="s"><v>99999999999999999999</v></c>'), "a text that the file has"),
        (sheet("<c><v>1</v></c>"), "cells that say where they stand, such as B7"),
        (sheet('<c r="XFD9"><v>1</v></c>'), "at most 6000 rows and 64 columns"),
        (sheet('<c r="A999999"><v>1</v></c>'), "at most 6000 rows and 64 columns"),
        (sheet('<c r="A0"><v>1</v></c>'), "at most 6000 rows and 64 columns"),
        (packed({SHEET: b"<a/>", "xl/sharedStrings.xml": b"<b"}), "an XLSX file"),
    ],
)
def test_a_hostile_sheet_is_told_and_no_more(data: bytes, expected: str) -> None:
    with pytest.raises(BadSheet) as caught:
        read(data)
    assert caught.value.expected == expected
    assert EXPECTED_FOUND.vi(expected) != expected


def test_what_has_no_such_head_is_no_form() -> None:
    found = filled(FORM, read(sheet('<c r="A1" t="inlineStr"><is><t>Biểu khác</t></is></c>')))
    assert [one.place for one in found.bad] == ["A3"]


WHOLE = form(figures(II_06A))


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_sheet_is_a_sheet_or_is_told(at: int, other: bytes) -> None:
    with suppress(BadSheet):
        filled(FORM, read(WHOLE[:at] + other + WHOLE[at + len(other) :]))
