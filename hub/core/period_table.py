"""A report of a period as rows of cells, for tables, CSV and spreadsheets: numbers are numbers, a figure not measured
is empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.core.period_words import DEFINITIONS
from hub.core.wire_report import Definition, Hole, PeriodLine, PeriodReport, RegimeReports

Cell = str | int | float
TIERS: Final = {
    "central": ("Trung ương", "Central"),
    "provincial": ("Cấp tỉnh", "Provincial"),
    "district": ("Cấp huyện", "District"),
    "commune": ("Cấp xã", "Commune"),
    "unknown": ("Không rõ", "Unknown"),
    "all": ("Cả nước", "All"),
}
_HEAD: Final = (("Cấp", "Tier"), ("Mã", "Code"), ("Đơn vị", "Unit"))
_REGIME: Final = (("Mã", "Code"), ("Đơn vị", "Agency"), ("Hạn báo cáo", "Due"))
_DEFINED: Final = (("Số liệu", "Figure"), ("Định nghĩa", "Definition"), ("Chia cho", "Of"))
_MS: Final = ("(ms)", "(ms)")


def pick(texts: tuple[str, str], lang: str) -> str:
    return texts[lang != "vi"]


def name_of(definition: Definition, lang: str) -> str:
    return definition.name_vi if lang == "vi" else definition.name_en


def head(lang: str) -> list[str]:
    """Of `rows`: times are in ms."""
    names = [
        f"{name_of(d, lang)} {pick(_MS, lang)}" if d.code.endswith(("_median", "_p95")) else name_of(d, lang)
        for d in DEFINITIONS
    ]
    return [*(pick(texts, lang) for texts in _HEAD), *names]


def rows(report: PeriodReport, lang: str) -> Iterator[list[Cell]]:
    """All, tiers, units."""
    yield row(report.total, "all", lang)
    for line in report.tiers:
        yield row(line, line.code, lang)
    for line in report.units:
        yield row(line, str(line.tier), lang)


def row(line: PeriodLine, tier: str, lang: str) -> list[Cell]:
    unit = line.tier is not None and line.code != line.tier
    figures: list[Cell] = ["" if (v := getattr(line, d.code)) is None else v for d in DEFINITIONS]
    return [pick(TIERS[tier], lang), line.code if unit else "", line.name, *figures]


def step_head(lang: str) -> list[str]:
    return ["Kỳ", "Từ ngày", "Đến ngày", "Văn bản gửi", "Có ký số", "Lượt nhận"] if lang == "vi" else [
        "Period", "First day", "Last day", "Sent", "Signed", "Received"
    ]  # fmt: skip


def step_rows(report: PeriodReport) -> Iterator[list[Cell]]:
    for step in report.steps:
        yield [step.code, step.first.isoformat(), step.last.isoformat(), step.sent, step.signed, step.received]


def definition_head(lang: str) -> list[str]:
    return [pick(texts, lang) for texts in _DEFINED]


def definition_rows(lang: str) -> Iterator[list[Cell]]:
    names = {d.code: name_of(d, lang) for d in DEFINITIONS}
    for d in DEFINITIONS:
        of = names.get(d.of, ("lượt đã lấy về", "deliveries fetched")[lang != "vi"] if d.of else "")
        yield [names[d.code], d.vi if lang == "vi" else d.en, of]


def hole_text(hole: Hole, lang: str) -> str:
    return hole.vi if lang == "vi" else hole.en


def regime_head(reports: RegimeReports, lang: str) -> list[str]:
    names = [f"{f.vi if lang == 'vi' else f.en}{f' ({f.unit})' if f.unit else ''}" for f in reports.total]
    return [*(pick(texts, lang) for texts in _REGIME), *names]


def regime_rows(reports: RegimeReports, lang: str) -> Iterator[list[Cell]]:
    """Of each agency, and of all of them together."""
    for one in reports.agencies:
        yield [one.agency, one.name, one.due, *("" if f.value is None else _number(f.value) for f in one.figures)]
    whole = pick(TIERS["all"], lang)
    yield ["", whole, "", *("" if f.value is None else _number(f.value) for f in reports.total)]


def _number(value: float) -> Cell:
    return int(value) if float(value).is_integer() else value
