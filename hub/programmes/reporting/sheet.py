"""A report as a sheet: the form that is filled in, and the figures that stand in one that was.

    A1  regime, period, agency: for people; the codes in the first column and the heads in row 3 are read
    3   code | row | indicator | unit | plan | estimate | actual | note
    4…  one line for each figure; further lines with another `row` may be added, in any order

Ratios stand in the form to be seen and are not read: they are computed from sums. A cell that should hold a figure and
does not is told with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from hub.programmes.reporting.figures import beyond
from hub.programmes.reporting.packets import MOST_FIGURES, Figure, Narrative
from hub.programmes.reporting.regime import Aggregation, Regime, Value
from hub.programmes.reporting.rollup import BOUND, ratios
from hub.programmes.xlsx import Cells, Numeral, cell_name, trimmed

HEAD: Final = ("code", "row", "indicator", "unit", "plan", "estimate", "actual")
_HEAD_ROW: Final = 2
_VALUES: Final = {"plan": 4, "estimate": 5, "actual": 6}
_TEXT_COLUMN: Final = 6
_NUMBER: Final = re.compile(r"-?[0-9]{1,16}(?:\.0{1,9})?", re.ASCII)
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:[.,\u00a0\u202f ][0-9]{3}){1,5}", re.ASCII)
_EXPONENT: Final = re.compile(r"-?[0-9](?:\.([0-9]{1,15}))?[Ee]\+?([0-9]{1,2})", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", "., \u00a0\u202f")

Cell = str | int | float


class BadCell(NamedTuple):
    """place: as a spreadsheet names it, `G7`."""

    place: str
    found: str
    right: str


class Filled(NamedTuple):
    figures: tuple[Figure, ...]
    texts: tuple[Narrative, ...]
    bad: tuple[BadCell, ...]


def title_rows(regime: Regime, period: str, agency: str, lang: str) -> list[list[Cell]]:
    """Above the head."""
    name = regime.vi if lang == "vi" else regime.en
    return [[regime.code, period, agency, name], []]


def rows(regime: Regime, figures: Sequence[Figure], texts: Sequence[Narrative], lang: str) -> Iterator[list[Cell]]:
    """The lines of the form, with the values so far."""
    by = {(one.indicator, one.row): one for one in figures}
    said = {one.indicator: one.text for one in texts}
    shares = ratios(regime, {one.indicator: one.actual for one in figures if not one.row and one.actual is not None})
    for row in dict.fromkeys(["", *(regime.rows.known if regime.rows else ()), *(one.row for one in figures)]):
        for one in regime.indicators:
            begun: list[Cell] = [one.code, row, one.vi if lang == "vi" else one.en, one.unit]
            if one.aggregation is Aggregation.SUM:
                figure = by.get((one.code, row), Figure(indicator=one.code))
                yield [*begun, *(_shown(getattr(figure, value.value)) for value in Value)]
            elif not row and one.aggregation is Aggregation.RATIO:
                share = shares.get(one.code)
                yield [*begun, "", "", share if share is not None else ""]
            elif not row:
                yield [*begun, "", "", said.get(one.code, "")]


def _shown(figure: int | None) -> Cell:
    return "" if figure is None else figure


def filled(regime: Regime, cells: Cells) -> Filled:
    """The content of a form that was filled in. Figures of indicators that the regime has not are kept, to be told as
    wrong with all the rest; lines without any value are none."""
    head = cells.get(_HEAD_ROW, {})
    if [head.get(n, "").strip().lower() for n in (0, 1)] != ["code", "row"]:
        return Filled((), (), (BadCell("A3", head.get(0, "")[:40], "code"),))
    kinds = {one.code: one.aggregation for one in regime.indicators}
    figures: dict[tuple[str, str], Figure] = {}
    texts: dict[str, Narrative] = {}
    bad: list[BadCell] = []
    for number in sorted(cells):
        line = cells[number]
        code = _code(line.get(0, ""), kinds)
        if number <= _HEAD_ROW or not code or kinds.get(code) is Aggregation.RATIO:
            continue
        if kinds.get(code) is Aggregation.TEXT:
            if said := line.get(_TEXT_COLUMN, "").strip():
                texts[code] = Narrative(indicator=code, text=said)
            continue
        figure = _figure(code, line, number, bad)
        if figure is not None and (key := (code, figure.row)) in figures:
            bad.append(BadCell(f"A{number + 1}", code, f"one line for each code and row; {code} stood above"))
        elif figure is not None:
            figures[key] = figure
        if len(figures) > MOST_FIGURES:
            bad.append(BadCell(f"A{number + 1}", str(len(figures)), f"at most {MOST_FIGURES} figures"))
            break
    return Filled(tuple(figures.values()), tuple(texts.values()), tuple(bad))


def _code(text: str, kinds: Mapping[str, Aggregation]) -> str:
    """A spreadsheet that takes a code for a number writes `3.0`, or `3`."""
    text = text.strip()[:40]
    whole = text.removesuffix(".0")
    return whole if text not in kinds and whole in kinds else text


def _figure(code: str, line: Mapping[int, str], number: int, bad: list[BadCell]) -> Figure | None:
    values: dict[str, int] = {}
    for name, column in _VALUES.items():
        text = line.get(column, "")
        if not text.strip():
            continue
        figure = figure_of(trimmed(text))
        if isinstance(figure, int):
            values[name] = figure
        else:
            bad.append(BadCell(cell_name(number, column), text[:40], figure))
    return Figure(indicator=code, row=line.get(1, "").strip()[:200], **values) if values else None


def figure_of(text: str) -> int | str:
    """The figure that stands there, or the right form in place of it."""
    number = whole_number(text)
    if number is not None and not beyond(number):
        return number
    return BOUND if number is not None or text.removeprefix("-").isdecimal() else "a whole number, such as 1250"


def whole_number(text: str) -> int | None:
    """`1250`, `1250.0`, `1.25E3` where it is whole, in a cell of text `1.250` and `1,250` with thousands apart.
    None for all else: a figure that is read wrongly is worse than one that is not read."""
    if not isinstance(text, Numeral) and _GROUPED.fullmatch(text):
        return int(text.translate(_SEPARATORS))
    if _NUMBER.fullmatch(text):
        return int(text.partition(".")[0])
    if (found := _EXPONENT.fullmatch(text)) is not None:
        digits, power = found[1] or "", int(found[2])
        if len(digits) <= power <= 15:
            mantissa = int(text.lower().partition("e")[0].replace(".", ""))
            return mantissa * int(10 ** (power - len(digits)))
    return None
