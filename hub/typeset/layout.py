"""A report as the values of a page: texts alone, each of letters that the font has. Nothing in them is markup: Typst
reads them as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

import msgspec

from hub.core import period_table as tables
from hub.core.model import VIETNAM, from_iso_utc, to_datetime
from hub.core.period_words import DEFINITIONS
from hub.core.wire_report import PeriodLine, PeriodReport

MOST_UNITS: Final = 400
"""Units that a PDF lists, those with most documents first: Typst takes 0.2 MB for a line."""
_SHOWN: Final = ("sent", "signed", "signed_share", "received", "acknowledged", "returned", "expired")
_LETTERS: Final = frozenset(
    chr(n)
    for a, b in ((0x20, 0x7F), (0xA1, 0x180), (0x1A0, 0x1A2), (0x1AF, 0x1B1), (0x1E00, 0x1F00))
    for n in range(a, b)
) | frozenset("–—‘’“”…•€")


class Page(msgspec.Struct, frozen=True):
    """`made`: year to second of the report's own time, by which the file is dated. `tables`: title, head, rows."""

    lang: str
    title: str
    subtitle: str
    made: tuple[int, int, int, int, int, int]
    notes: list[str]
    tables: list[tuple[str, list[str], list[list[str]]]]
    page: str


def printable(text: str) -> str:
    """In composed form; a letter that the font has not stands as its number, so nothing is left out unseen."""
    return "".join(c if c in _LETTERS else f"<U+{ord(c):04X}>" for c in unicodedata.normalize("NFC", text))


def page_of(report: PeriodReport, lang: str) -> Page:
    vi = lang == "vi"
    at = to_datetime(from_iso_utc(report.as_of)).astimezone(VIETNAM)
    title = "Báo cáo liên thông văn bản" if vi else "Exchange of documents: report"
    span = (
        f"Từ {report.first:%d/%m/%Y} đến {report.last:%d/%m/%Y}, số liệu lúc {at:%H:%M %d/%m/%Y}"
        if vi
        else f"From {report.first:%Y-%m-%d} to {report.last:%Y-%m-%d}, as of {at:%Y-%m-%d %H:%M} (Vietnam)"
    )
    steps = [list(map(str, step)) for step in tables.step_rows(report)]
    found = [
        (_words(lang, "Theo cấp", "By tier"), _head(lang, unit=False), _tiers(report, lang)),
        (_words(lang, "Theo kỳ", "Steps"), tables.step_head(lang), steps),
        (_words(lang, "Theo đơn vị", "By unit"), _head(lang, unit=True), _units(report, lang)),
        (_words(lang, "Định nghĩa", "Definitions"), tables.definition_head(lang), _defined(lang)),
    ]
    return Page(
        lang=lang,
        title=printable(title),
        subtitle=printable(span),
        made=(at.year, at.month, at.day, at.hour, at.minute, at.second),
        notes=[printable(note) for note in _notes(report, lang)],
        tables=[(t, [printable(c) for c in h], [[printable(c) for c in row] for row in rows]) for t, h, rows in found],
        page=_words(lang, "Trang", "Page"),
    )


def _words(lang: str, vi: str, en: str) -> str:
    return vi if lang == "vi" else en


def _head(lang: str, *, unit: bool) -> list[str]:
    names = {d.code: tables.name_of(d, lang) for d in DEFINITIONS}
    first = [_words(lang, "Cấp", "Tier"), *([_words(lang, "Đơn vị", "Unit")] if unit else [])]
    return [*first, *(names[code] for code in _SHOWN)]


def _cells(line: PeriodLine, lang: str) -> Iterable[str]:
    for code in _SHOWN:
        value = getattr(line, code)
        if value is None:
            yield "–"
        elif code.endswith("_share"):
            share = f"{value * 100:.1f}"
            yield f"{share.replace('.', ',')} %" if lang == "vi" else f"{share}%"
        else:
            yield f"{value:,}".replace(",", ".") if lang == "vi" else f"{value:,}"


def _tiers(report: PeriodReport, lang: str) -> list[list[str]]:
    lines = [(tables.pick(tables.TIERS["all"], lang), report.total)]
    lines += [(tables.pick(tables.TIERS.get(t.code, ("", "")), lang), t) for t in report.tiers]
    return [[name, *_cells(line, lang)] for name, line in lines]


def _active(report: PeriodReport) -> list[PeriodLine]:
    units = [unit for unit in report.units if unit.sent or unit.received]
    return sorted(units, key=lambda unit: (-unit.sent - unit.received, unit.code))


def _units(report: PeriodReport, lang: str) -> list[list[str]]:
    return [
        [tables.pick(tables.TIERS[str(unit.tier)], lang), f"{unit.name} ({unit.code})", *_cells(unit, lang)]
        for unit in _active(report)[:MOST_UNITS]
    ]


def _notes(report: PeriodReport, lang: str) -> Iterable[str]:
    yield from (tables.hole_text(hole, lang) for hole in report.holes)
    if (count := len(_active(report))) > MOST_UNITS:
        yield _words(
            lang,
            f"Bảng theo đơn vị có {MOST_UNITS} đơn vị đầu trong {count}; tệp CSV và XLSX có đủ.",
            f"The table by unit has the first {MOST_UNITS} of {count}; CSV and XLSX have all.",
        )


def _defined(lang: str) -> list[list[str]]:
    wanted = {tables.name_of(d, lang) for d in DEFINITIONS if d.code in _SHOWN}
    return [list(map(str, row)) for row in tables.definition_rows(lang) if row[0] in wanted]


SOURCE: Final = """
#let it = json(bytes(sys.inputs.page))
#set document(title: it.title, date: datetime(year: it.made.at(0), month: it.made.at(1), day: it.made.at(2),
  hour: it.made.at(3), minute: it.made.at(4), second: it.made.at(5)))
#set text(font: "Libertinus Serif", size: 9pt, lang: it.lang)
#set page(paper: "a4", flipped: true, margin: 15mm, footer: context align(right)[
  #text(8pt)[#it.page #counter(page).display() / #counter(page).final().first()]])
#set table(stroke: 0.4pt + luma(60%), inset: (x: 4pt, y: 3pt))
#text(15pt, weight: "bold")[#it.title]
#v(-4pt)
#it.subtitle
#for note in it.notes [
  - #note
]
#for (title, head, rows) in it.tables [
  #if rows.len() > 0 [
    = #title
    #let wide = head.len() > 4
    #let number(x) = rows.first().at(x).match(regex("^[0-9–][0-9.,% –]*$")) != none
    #table(
      columns: if head.len() == 3 { (auto, 1fr, auto) } else { head.map(_ => auto) },
      align: (x, y) => if y > 0 and wide and number(x) { right } else { left },
      table.header(..head.map(one => strong(one))),
      ..rows.flatten(),
    )
  ]
]
"""
"""The page. A head is repeated on each sheet."""
