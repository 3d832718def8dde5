"""Internal procedures: costs exact to the đồng, lists read line by line, and whatever is wrong told with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.base.sheets import Sheet, workbook
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes.reporting.figures import wrongs
from hub.programmes.reporting.procedure_columns import COLUMNS, EXAMPLE, NAMES, NEEDED, example_rows, explained
from hub.programmes.reporting.procedure_list import (
    MOST_BAD,
    MOST_FIELDS,
    MOST_PROCEDURES,
    BadLine,
    Listed,
    from_file,
    listed,
)
from hub.programmes.reporting.procedures import Decision, Sums, Times, by_field, each, figures, fits, in_all
from hub.programmes.reporting.regime import shipped
from hub.programmes.reporting.rollup import saving
from hub.programmes.xlsx import BadSheet, Numeral
from tests.programmes.test_xlsx import BOMB, SHEET, packed

REGIME = shipped()["QD1085-2022"]
LINE = {
    "code": "1.1",
    "name": "Cử đi công tác",
    "field": "Cán bộ",
    "class": "B",
    "level": "xã",
    "announced": "có",
    "decision": "đơn giản hóa",
    "cost_before": "1024000",
    "times_before": "3228",
    "cost_after": "231000",
}


def as_csv(*lines: Mapping[str, str], names: tuple[str, ...] = NAMES, delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([line.get(name, "") for name in names] for line in lines)
    return text.getvalue().encode()


def as_xlsx() -> bytes:
    target = io.BytesIO()
    workbook(target, "Thủ tục", NAMES, example_rows(), Sheet("Các cột", ["a", "b", "", "c"], explained("vi")))
    return target.getvalue()


def sums(data: bytes) -> Sums:
    found = from_file(data)
    assert not found.bad
    return in_all(found.procedures)


def test_the_arithmetic_of_the_decision() -> None:
    """1,024,000 → 231,000 đồng a case, 3,228 cases a year: 77.44 % saved."""
    found = sums(as_csv(LINE))
    assert (found.cost_before, found.cost_after, found.saved_share) == (3_305_472_000, 745_668_000, 7744)
    assert saving([(1_024_000, 3_228)], [(231_000, 3_228)]) == (found.cost_before, found.cost_after, 77.44)
    assert Sums(cost_before=1763, cost_saved=311).saved_share == 1764, "311 of 1,763: 17.64 %"


def test_a_cost_is_hours_by_people_by_wage_and_what_else_it_takes() -> None:
    worked = {
        **LINE,
        "wage": "45.000",
        "hours_before": "16,5",
        "people_before": "2",
        "other_before": "20000",
        "cost_before": "",
        "times_before": "120",
        "hours_after": "6",
        "cost_after": "",
        "times_after": "60",
    }
    assert sums(as_csv(worked)) == Sums(1, 1, 0, 0, 1, 1, (33 * 45_000 + 20_000) * 120, 1_505_000 * 120 - 270_000 * 60)
    agreed = {**worked, "cost_before": "1505000"}
    assert sums(as_csv(agreed)) == sums(as_csv(worked))


def test_a_year_is_rounded_once_and_half_upwards() -> None:
    assert each(1, 1, 50, 0) == 50
    assert [Times(50, times).year for times in (1, 2, 3)] == [1, 1, 2]
    assert Sums(cost_before=3, cost_saved=2).saved_share == 6667
    assert Sums(cost_before=10**15, cost_saved=10**15 - 1).saved_share == 10_000
    assert Sums().saved_share is None


def test_each_decision_has_its_cost() -> None:
    no_after = {**LINE, "cost_after": ""}
    lines = [{**no_after, "code": str(n), "decision": word} for n, word in enumerate(("", "kept", "bãi bỏ"))]
    lines.append({**LINE, "code": "3", "class": "a", "public": "yes", "decision": "replaced", "times_after": "0"})
    found = sums(as_csv(*lines))
    lines[0]["public"] = "yes"  # of class B: nobody counts it
    assert (
        found
        == in_all(from_file(as_csv(*lines)).procedures)
        == Sums(4, 4, 1, 1, 3, 2, 4 * 3_305_472_000, 2 * 3_305_472_000)
    )
    more = sums(as_csv({**LINE, "cost_after": "2048000"}))
    assert more.cost_saved == -3_305_472_000, "a procedure that got dearer takes from the sum"


def test_the_template_is_read_as_it_was_written_and_makes_a_report_that_holds() -> None:
    by_csv, by_xlsx = from_file(as_csv(*EXAMPLE)), from_file(as_xlsx())
    assert by_csv == by_xlsx
    assert len(by_csv.procedures) == len(EXAMPLE)
    made = figures(by_csv.procedures)
    assert not wrongs(REGIME, made)
    assert {one.row for one in made} == {"", "Tổ chức cán bộ", "Xây dựng văn bản"}
    assert by_field(by_csv.procedures)["Xây dựng văn bản"].saved_share == 7744
    assert by_csv.procedures[0].steps == (8, 5)
    assert fits(REGIME)
    assert not fits(shipped()["II.06a"])


def test_a_list_is_read_as_spreadsheets_write_it() -> None:
    whole = sums(as_csv(LINE))
    for delimiter in ";\t":
        assert sums(as_csv(LINE, delimiter=delimiter)) == whole
    assert sums(as_csv(LINE).decode().encode("utf-16")) == whole
    assert sums(b"\xef\xbb\xbf" + as_csv({}, LINE, names=tuple(reversed(NAMES)))) == whole
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [*NEEDED, "announced", "hours_before", "wage", "times_before"])
        page.write_row(1, 0, [7, "Tên", "Đất đai", "A", "tỉnh", "bãi bỏ", "yes", 1.1, 100, 3])
        page.write_row(2, 0, [8, "Tên", "đất  ĐAI", "A", "tỉnh", "", "yes"])
        page.write_formula(2, 7, "=H2*2", value=2.2)
        page.write_row(2, 8, [100, 1])
    found = from_file(target.getvalue())
    assert not found.bad
    assert by_field(found.procedures) == {"Đất đai": Sums(2, 2, 2, 0, 1, 1, 550, 330)}


@pytest.mark.parametrize(
    ("stored", "hundredths"),
    [("1.1000000000000001", 110), ("1.09999999999999999", 110), ("1.005", None), ("1E3", None)],
)
def test_hours_of_a_spreadsheet_are_exact_or_told(stored: str, hundredths: int | None) -> None:
    line = dict(enumerate(["1", "x", "y", "B", "xã", "", Numeral(stored), Numeral("100"), Numeral("1")]))
    found = listed({0: dict(enumerate([*NEEDED, "hours_before", "wage", "times_before"])), 1: line})
    assert [one.before.each for one in found.procedures] == ([] if hundredths is None else [hundredths * 100])
    assert [one.place for one in found.bad] == (["G2"] if hundredths is None else [])


def told(*lines: Mapping[str, str], names: tuple[str, ...] = NAMES) -> list[tuple[int, str, str]]:
    found = from_file(as_csv(*lines, names=names))
    assert found.bad
    assert not found.procedures, "sums of some of the lines would be no sums"
    for one in found.bad:
        assert EXPECTED_FOUND.vi(one.right) != one.right
    return [(one.line, one.column, one.right) for one in found.bad]


@pytest.mark.parametrize(
    ("change", "column", "right"),
    [
        ({"code": ""}, "code", "1 to 64 characters"),
        ({"name": "=1+1"}, "name", "a text that is no formula"),
        ({"field": "x" * 201}, "field", "1 to 200 characters"),
        ({"class": "C"}, "class", "one of `A`, `B`"),
        ({"level": "ấp"}, "level", "one of `central`, `provincial`, `district`, `commune`"),
        ({"announced": "no"}, "announced", "yes, for a procedure that was reviewed"),
        ({"decision": "gì"}, "decision", "one of `kept`, `simplified`, `replaced`, `abolished`"),
        ({"cost_before": "1,5"}, "cost_before", "a whole number, 0 to 1000000000000"),
        ({"times_before": "-1"}, "times_before", "a whole number, 0 to 10000000"),
        ({"times_before": ""}, "times_before", "the times a year"),
        ({"cost_after": ""}, "cost_after", "a cost after, where it was simplified or replaced"),
        ({"hours_before": "1"}, "wage", "the wage an hour, where there are hours"),
        ({"hours_before": "1.500"}, "hours_before", "hours, 0 to 10000, with at most two decimals, such as 1.5"),
        ({"hours_before": "2", "wage": "9"}, "cost_before", "hours x people x wage + other costs, 18"),
        ({"cost_before": "1000000000000"}, "times_before", "at most 1000000000000000 đồng a year"),
        ({"decision": "kept"}, "cost_after", "nothing, where it was not simplified or replaced"),
        ({"cost_before": "", "decision": "", "cost_after": ""}, "cost_before",
         "a cost, or hours, for a procedure with times a year"),
        ({"cost_before": "", "times_before": "", "cost_after": "", "decision": "bãi bỏ"}, "cost_before",
         "a cost before, where something was cut"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_with_its_number(change: dict[str, str], column: str, right: str) -> None:
    assert (3, column, right) in told({**LINE, "code": "0"}, {**LINE, **change})


@pytest.mark.parametrize(
    "change", [{"times_before": "x"}, {"hours_after": "x"}, {"cost_after": "x"}, {"wage": "x", "hours_before": "1"}]
)
def test_a_cell_is_told_once_and_nothing_that_comes_of_it(change: dict[str, str]) -> None:
    ((line, column, _),) = told({**LINE, **change})
    assert (line, column) == (2, next(iter(change)))


def test_a_list_is_told_what_it_lacks() -> None:
    assert told(LINE, LINE) == [(3, "code", "each code once; it stood on line 2")]
    assert told() == [(2, "", "a procedure on each line")]
    assert told(LINE, names=NAMES[1:]) == [(1, "code", "this column")]
    assert told(LINE, names=(*NAMES, "wage")) == [(1, "wage", "each column once")]
    assert told(LINE, names=(*NAMES, "cost")) == [(1, "", "a head as in the template, or none")]
    assert len(told(*[{}, *([{**LINE, "code": ""}] * 100)])) == MOST_BAD
    many = [{**LINE, "code": str(n), "field": f"Lĩnh vực {n}"} for n in range(MOST_FIELDS + 2)]
    assert told(*many) == [(MOST_FIELDS + 2, "field", f"at most {MOST_FIELDS} fields")]
    assert from_file(as_csv(LINE) + b'"a\nb",x\n').bad[0].line == 3
    assert BadLine(7, "wage", "", "", NAMES.index("wage")).place == "I7"
    beyond = [BadLine(1, "", "", "", at).place for at in (-1, 25, 26, 63)]
    assert beyond == ["A1", "Z1", "AA1", "BL1"], "a column beyond the letters has its own name"


def test_there_are_only_so_many() -> None:
    short = {"class": "B", "level": "xã", "name": "x", "field": "y"}
    lines = [{**short, "code": str(n)} for n in range(MOST_PROCEDURES + 1)]
    assert told(*lines, names=NEEDED) == [(MOST_PROCEDURES + 2, "", f"at most {MOST_PROCEDURES} procedures")]
    assert sums(as_csv(*lines[:-1], names=NEEDED)).counted == MOST_PROCEDURES


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"code" * 300_000, "a list of at most 1048576 bytes"),
        (b"code\n\xff", "CSV in UTF-8 or UTF-16, or XLSX"),
        (b"code\n" + b"," * 70 + b"x", "at most 64 columns"),
        (b'code\n"' + b"x" * 200_000, "a CSV file"),
        (packed({SHEET: BOMB}), "an XLSX file"),
    ],
)
def test_a_hostile_list_is_told_and_no_more(data: bytes, expected: str) -> None:
    with pytest.raises(BadSheet) as caught:
        from_file(data)
    assert caught.value.expected == expected
    assert EXPECTED_FOUND.vi(expected) != expected


@settings(max_examples=100)
@given(st.lists(st.sampled_from([*NAMES, *LINE.values(), ",", "\n", '"', "\0", "1e9", "=", "٣"]), max_size=60))
def test_any_text_is_a_list_or_is_told(parts: list[str]) -> None:
    found = from_file((",".join(NAMES) + "\n" + "".join(parts)).encode())
    assert isinstance(found, Listed)
    assert bool(found.bad) != bool(found.procedures)


def test_each_column_is_explained_in_both_languages() -> None:
    assert all(column.vi and column.en and column.vi != column.en for column in COLUMNS)
    assert set(Decision) - {Decision.NONE} == {"kept", "simplified", "replaced", "abolished"}
