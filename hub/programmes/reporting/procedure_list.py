"""A list of internal procedures as people keep it: CSV or XLSX, a procedure a line, heads in the first line.

Columns are those of `procedure_columns`, in any order; those that are `needed` have to be there. Numbers are read
exactly or not at all, as in the form of a report. A line that is wrong is told with its number and column, all lines
at once up to `MOST_BAD`; then the list has no procedures, for sums of some of its lines would be no sums.

No formula is computed: in XLSX the value counts that lies beside one; in CSV a cell that begins one is wrong.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from hub.core.directory.search import fold
from hub.core.misfit import one_of
from hub.core.model import Tier
from hub.programmes.reporting.procedure_columns import NAMES, NEEDED
from hub.programmes.reporting.procedures import CHANGED, FREE, HUNDREDTHS, Decision, Procedure, Times, each
from hub.programmes.reporting.rollup import MOST
from hub.programmes.reporting.sheet import whole_number
from hub.programmes.xlsx import MOST_BYTES, MOST_COLUMNS, BadSheet, Cells, Numeral, cell_name, read, trimmed

MOST_PROCEDURES: Final = 5_000
MOST_FIELDS: Final = 100
"""A report has a row for each, and its packet has to stay below the bound of packets."""
MOST_BAD: Final = 40


class BadLine(NamedTuple):
    """line: from 1, the heads' own is 1; column: its head, empty for the whole line; at: from 0, -1 for none."""

    line: int
    column: str
    found: str
    right: str
    at: int = -1

    @property
    def place(self) -> str:
        """As a spreadsheet names it: J7."""
        return cell_name(self.line - 1, max(self.at, 0))


class Listed(NamedTuple):
    """Either procedures or lines that are wrong."""

    procedures: tuple[Procedure, ...]
    bad: tuple[BadLine, ...]


def from_file(data: bytes) -> Listed:
    """XLSX by its first bytes, else CSV. BadSheet for bytes that are neither, or too many."""
    return listed(read(data) if data.startswith(b"PK") else _csv(data))


def is_list(cells: Cells) -> bool:
    """Whether a sheet is such a list, and no form of a report, by its heads."""
    return set(NEEDED) <= {text.strip().lower() for text in cells.get(0, {}).values()}


def listed(cells: Cells) -> Listed:
    """The procedures of a sheet."""
    heads = {at: text.strip().lower() for at, text in cells.get(0, {}).items()}
    bad = list(_bad_heads(heads))
    if not bad:
        columns = {name: at for at, name in heads.items()}
        reader = _Reader(columns)
        made = [reader.procedure(number + 1, cells[number]) for number in _bounded(cells, reader)]
        if not made and not reader.bad:
            reader.wrong(2, "", "", "a procedure on each line")
        if not reader.bad:
            return Listed(tuple(one for one in made if one is not None), ())
        bad = reader.bad
    return Listed((), tuple(bad[:MOST_BAD]))


def _bad_heads(heads: Mapping[int, str]) -> Iterator[BadLine]:
    for name in NEEDED:
        if name not in heads.values():
            yield BadLine(1, name, "", "this column")
    for at, name in heads.items():
        if name not in NAMES:
            yield BadLine(1, "", name[:40], "a head as in the template, or none", at)
        elif name in [heads[other] for other in heads if other < at]:
            yield BadLine(1, name, name, "each column once", at)


def _bounded(cells: Cells, reader: _Reader) -> Iterator[int]:
    """Lines below the heads, until there are too many of them or of faults."""
    for count, number in enumerate(sorted(number for number in cells if number)):
        if count == MOST_PROCEDURES:
            reader.wrong(number + 1, "", "", f"at most {MOST_PROCEDURES} procedures")
        if len(reader.bad) >= MOST_BAD or count == MOST_PROCEDURES:
            return
        yield number


_YES_NO: Final = {"": "no", "no": "no", "yes": "yes", "khong": "no", "co": "yes"}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "class": {"a": "A", "b": "B"},
    "level": {
        **{tier.value: tier.value for tier in Tier},
        "trung uong": "central",
        "bo": "central",
        "tinh": "provincial",
        "huyen": "district",
        "xa": "commune",
    },
    "decision": {
        **{decision.value: decision.value for decision in Decision},
        "giu nguyen": "kept",
        "don gian hoa": "simplified",
        "thay the": "replaced",
        "bai bo": "abolished",
    },
    "announced": _YES_NO,
    "public": _YES_NO,
}
"""As people write them, without accents."""
_SHOWN: Final = {column: tuple(dict.fromkeys(filter(None, words.values()))) for column, words in _WORDS.items()}
_BOUNDS: Final = {"steps": 1_000, "people": 10_000, "other": 10**12, "cost": 10**12, "times": 10**7, "wage": 10**9}
_MOST_HOURS: Final = 10_000
_HOURS: Final = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,2})?", re.ASCII)
_STORED: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,17})?", re.ASCII)
_NEAR: Final = Decimal("1e-9")
"""A spreadsheet stores 1.1 as 1.1000000000000001."""
_LONGEST: Final = {"code": 64, "name": 500, "field": 200}
_FORMULA: Final = ("=", "+", "-", "@")
_AFTER: Final = tuple(name for name in NAMES if name.endswith("_after") and name != "steps_after")


class _Reader:
    """One list while it is read: the faults so far, and the codes and fields that were met."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._columns = columns
        self._lines: dict[str, int] = {}
        self._fields: dict[str, str] = {}
        self.bad: list[BadLine] = []

    def wrong(self, line: int, column: str, found: str, right: str) -> None:
        """A cell is told once: its second fault comes of the first."""
        if not (column and self.bad and self.bad[-1][:2] == (line, column)):
            self.bad.append(BadLine(line, column, found[:40], right, self._columns.get(column, -1)))

    def procedure(self, line: int, cells: Mapping[int, str]) -> Procedure | None:
        """None for a line that is wrong."""
        count = len(self.bad)
        given = _Line(self, line, {name: cells.get(at, "") for name, at in self._columns.items()})
        if astray := next((text for at, text in cells.items() if at not in self._columns.values()), ""):
            self.wrong(line, "", astray, "cells below a head alone")
        code, field = given.words("code"), self._field(given)
        decision = Decision(given.word("decision"))
        before, after = self._costs(given, decision)
        made = Procedure(
            code=code,
            name=given.words("name"),
            field=field,
            class_a=given.word("class") == "A",
            level=given.word("level"),
            announced=given.word("announced") == "yes",
            public=given.word("public") == "yes",
            decision=decision,
            before=before,
            after=after,
            steps=(given.whole("steps_before") or 0, given.whole("steps_after") or 0),
        )
        if decision is not Decision.NONE and not made.announced:
            given.wrong("announced", "yes, for a procedure that was reviewed")
        if (above := self._lines.setdefault(code, line)) != line and code:
            given.wrong("code", f"each code once; it stood on line {above}")
        return made if len(self.bad) == count else None

    def _field(self, given: _Line) -> str:
        """Spelled as it was first: `Đất đai` and `đất  đai` are one field."""
        field = given.words("field")
        found = self._fields.setdefault(field.casefold(), field)
        if len(self._fields) == MOST_FIELDS + 1 and found is field:
            given.wrong("field", f"at most {MOST_FIELDS} fields")
        return found

    def _costs(self, given: _Line, decision: Decision) -> tuple[Times, Times | None]:
        before = given.times("before")
        if before is None and decision in (*CHANGED, Decision.ABOLISHED):
            given.wrong("cost_before", "a cost before, where something was cut")
        if decision in CHANGED:
            after = given.times("after", before.times if before is not None else None)
            if after is None:
                given.wrong("cost_after", "a cost after, where it was simplified or replaced")
            return before or FREE, after
        for name in _AFTER:
            if given.text(name):
                given.wrong(name, "nothing, where it was not simplified or replaced")
        return before or FREE, None


class _Line:
    """One line's cells by their heads."""

    def __init__(self, reader: _Reader, line: int, cells: Mapping[str, str]) -> None:
        self._reader, self._line, self._cells = reader, line, cells

    def wrong(self, column: str, right: str) -> None:
        self._reader.wrong(self._line, column, self.text(column), right)

    def text(self, column: str) -> str:
        return self._cells.get(column, "").strip()

    def words(self, column: str) -> str:
        """White space is one space; a text that is there, and short enough, and no formula."""
        text = " ".join(unicodedata.normalize("NFC", self.text(column)).split())
        if not text or len(text) > _LONGEST[column]:
            self.wrong(column, f"1 to {_LONGEST[column]} characters")
        elif text.startswith(_FORMULA):
            self.wrong(column, "a text that is no formula")
        return text

    def word(self, column: str) -> str:
        """One of the column's words; after a fault the first, which is never used."""
        known = _WORDS[column]
        found = known.get(fold(self.text(column)[:40]))
        if found is None:
            self.wrong(column, one_of(_SHOWN[column]))
        return next(iter(known.values())) if found is None else found

    def whole(self, column: str) -> int | None:
        """None for an empty cell, and for one that is wrong and was told."""
        text = self._cells.get(column, "")
        if not text.strip():
            return None
        number = whole_number(trimmed(text))
        most = _BOUNDS[column.partition("_")[0]]
        if number is None or not 0 <= number <= most:
            self.wrong(column, f"a whole number, 0 to {most}")
            return None
        return number

    def hours(self, column: str) -> int | None:
        """In hundredths."""
        text = self._cells.get(column, "")
        if not text.strip():
            return None
        number = _hundredths(trimmed(text))
        if number is None or number > _MOST_HOURS * HUNDREDTHS:
            self.wrong(column, f"hours, 0 to {_MOST_HOURS}, with at most two decimals, such as 1.5")
            return None
        return number

    def times(self, side: str, by_default: int | None = None) -> Times | None:
        """The cost each time and the times a year; None where the line says neither; after a fault FREE, which is never
        used."""
        faults = len(self._reader.bad)
        hours, people = self.hours(f"hours_{side}"), self.whole(f"people_{side}")
        other, cost = self.whole(f"other_{side}"), self.whole(f"cost_{side}")
        times = self.whole(f"times_{side}")
        computed = self._computed(hours, people, other)
        if len(self._reader.bad) > faults:
            return FREE
        if computed is None and cost is None:
            if times is not None:
                self.wrong(f"cost_{side}", "a cost, or hours, for a procedure with times a year")
            return None
        if times is None and (times := by_default) is None:
            self.wrong(f"times_{side}", "the times a year")
        if computed is not None and cost is not None and computed != cost * HUNDREDTHS:
            self.wrong(f"cost_{side}", f"hours x people x wage + other costs, {_shown(computed)}")
        found = Times(computed if cost is None and computed is not None else (cost or 0) * HUNDREDTHS, times or 0)
        if found.year > MOST:
            self.wrong(f"times_{side}", f"at most {MOST} đồng a year")
        return found

    def _computed(self, hours: int | None, people: int | None, other: int | None) -> int | None:
        if hours is None and other is None:
            return None
        wage = self.whole("wage")
        if hours and wage is None:
            self.wrong("wage", "the wage an hour, where there are hours")
        return each(hours or 0, 1 if people is None else people, wage or 0, other or 0)


def _shown(hundredths: int) -> str:
    whole, part = divmod(hundredths, HUNDREDTHS)
    return f"{whole}.{part:02}" if part else str(whole)


def _hundredths(text: str) -> int | None:
    if isinstance(text, Numeral):
        if _STORED.fullmatch(text) is None:
            return None
        exact = Decimal(text) * HUNDREDTHS
        whole = int(exact.to_integral_value())
        return whole if abs(exact - whole) < _NEAR else None
    return int(Decimal(text.replace(",", ".")) * HUNDREDTHS) if _HOURS.fullmatch(text) else None


def _csv(data: bytes) -> Cells:
    """Row → column → text, each row by the line on which it begins. BadSheet for bytes that are no table."""
    if len(data) > MOST_BYTES:
        raise BadSheet(f"a list of at most {MOST_BYTES} bytes", str(len(data)))
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadSheet("CSV in UTF-8 or UTF-16, or XLSX", f"line {line}") from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    found: Cells = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 0
    try:
        for row in reader:
            cells = {at: cell for at, cell in enumerate(row) if cell.strip()}
            if max(cells, default=0) >= MOST_COLUMNS:
                raise BadSheet(f"at most {MOST_COLUMNS} columns", f"line {begins + 1}")
            if cells:
                found[begins] = cells
            begins = reader.line_num
            if len(found) > MOST_PROCEDURES + 1:
                break
    except csv.Error as error:
        raise BadSheet("a CSV file", f"line {begins + 1}: {error}"[:80]) from None
    return found
