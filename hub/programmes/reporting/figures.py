"""The figures of one report: by indicator and row, with up to three values each.

A row is a field, a kind, a locality; the empty one is all of them together. Where a report has rows and no total, the
total is their sum; where it has both, they have to agree. Faults are told all at once and change nothing: the
report was signed and sent, and its receiver judges it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from hub.core.edxml.secrecy import mark_in
from hub.core.misfit import one_of
from hub.programmes.reporting.packets import Figure, ReportPacket
from hub.programmes.reporting.regime import Aggregation, Regime, Value
from hub.programmes.reporting.rollup import BOUND, MOST, Figures, Wrong, check

MOST_WRONG: Final = 40
"""Of one report that are told."""


def by_row(figures: Sequence[Figure], value: Value) -> dict[str, dict[str, int]]:
    """Row → indicator → figure, of one value. A figure that is not there was not reported."""
    found: dict[str, dict[str, int]] = {}
    for one in figures:
        number = getattr(one, value.value)
        if number is not None:
            found.setdefault(one.row, {})[one.indicator] = number
    return found


def totals(regime: Regime, figures: Sequence[Figure], value: Value) -> dict[str, int]:
    """Indicator → figure of all rows together."""
    rows = by_row(figures, value)
    stated = dict(rows.pop("", {}))
    for code in regime.sums:
        parts = [row[code] for row in rows.values() if code in row]
        if parts and code not in stated:
            stated[code] = sum(parts)
    return stated


def wrongs(regime: Regime, figures: Sequence[Figure]) -> list[Wrong]:
    """All that is wrong with a report's figures: unknown, missing, impossible ones, identities that do not hold in a
    row or in all, rows that do not add up to the total. The first value that a regime asks for has to be whole."""
    found = [Wrong(one.indicator, "", "a value: plan, estimate or actual") for one in figures if not _has_value(one)]
    for number, value in enumerate(regime.values):
        rows = by_row(figures, value)
        whole = totals(regime, figures, value)
        if whole or not number:
            found += [_named(wrong, "", value) for wrong in check(regime, whole)]
        for row, stated in rows.items():
            if row:
                found += [_named(wrong, row, value) for wrong in _in_row(regime, row, stated)]
        found += [_named(wrong, "", value) for wrong in _sums(regime, rows)]
    asked = {value.value for value in regime.values}
    for one in figures:
        for value in Value:
            if value.value not in asked and getattr(one, value.value) is not None:
                found.append(Wrong(one.indicator, value.value, one_of(sorted(asked))))
    found.sort(key=lambda wrong: wrong.right != BOUND)  # an answer leaves these figures out, so they come first
    return found[:MOST_WRONG]


def beyond(number: int | None) -> bool:
    return number is not None and not 0 <= number <= MOST


def bounded(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Without the values that no answer tells and no packet takes: `wrongs` of the whole names them."""
    return tuple(_bounded(one) if any(beyond(getattr(one, v.value)) for v in Value) else one for one in figures)


def _bounded(one: Figure) -> Figure:
    kept = {v.value: None if beyond(number := getattr(one, v.value)) else number for v in Value}
    return msgspec.structs.replace(one, **kept)


def _has_value(one: Figure) -> bool:
    return any(getattr(one, value.value) is not None for value in Value)


def _in_row(regime: Regime, row: str, stated: Figures) -> Iterator[Wrong]:
    """A row need not have every figure; those that it has must be possible, and its identities must hold."""
    known = regime.rows
    if known is None:
        yield Wrong("", row, "no rows: this regime has totals alone")
        return
    if known.known and row not in known.known:
        yield Wrong("", row, one_of(known.known)[:120])
    missing = "a figure; 0 where there is nothing"
    yield from (wrong for wrong in check(regime, stated) if wrong.right != missing)


def _sums(regime: Regime, rows: Mapping[str, Figures]) -> Iterator[Wrong]:
    stated = rows.get("", {})
    for code in regime.sums:
        parts = [row[code] for name, row in rows.items() if name and code in row]
        if parts and code in stated and stated[code] != sum(parts):
            yield Wrong(code, str(stated[code]), f"the sum of its rows, {sum(parts)}")


def _named(wrong: Wrong, row: str, value: Value) -> Wrong:
    """With its row and, but for actual figures, its value: `3 [Đất đai] plan`."""
    name = " ".join(filter(None, (wrong.indicator, f"[{row}]" if row else "")))
    return wrong._replace(indicator=name if value is Value.ACTUAL else f"{name} {value.value}")


def secret(report: ReportPacket) -> str:
    """The first mark of secrecy in the report's own words, empty where there is none: NĐ 09/2019 (Art. 1.2) is not
    about secret reports, and the axis does not carry them (QĐ 28/2018 Art. 1.2)."""
    words = (*(one.text for one in report.texts), *(one.row for one in report.figures))
    return next(filter(None, (mark for text in words for mark in map(mark_in, text.splitlines()))), "")


def texts_wrong(regime: Regime, report: ReportPacket) -> list[Wrong]:
    known = {one.code for one in regime.indicators if one.aggregation is Aggregation.TEXT}
    return [Wrong(one.indicator, "", "no text of this regime") for one in report.texts if one.indicator not in known]
