"""Figures of a period as parts of pages: tables, tiles, the chart, and each figure's meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hub.console.page import Visit
from hub.console.ui import Cell, Column, Table, Tile
from hub.core.errors import Text
from hub.core.period_words import DEFINITIONS
from hub.core.wire_report import Definition, PeriodLine, PeriodStep

MOST_ROWS: Final = 200
"""Lines of a table on a page; all of them are in its files."""
EXCHANGE: Final = ("exchanging_share", "sent", "signed_share", "received", "acknowledged_share")
OUTCOME: Final = ("acknowledged", "waiting", "returned", "taken_back", "expired")
SPEED: Final = ("fetch_median", "fetch_p95", "acknowledge_median", "acknowledge_p95")
_SHARES: Final = {
    "exchanging_share": ("exchanging", "agencies"),
    "signed_share": ("signed", "sent"),
    "acknowledged_share": ("acknowledged", "received"),
}
KNOWN: Final[Mapping[str, Definition]] = {definition.code: definition for definition in DEFINITIONS}


def name_of(visit: Visit, code: str) -> str:
    return KNOWN[code].name_vi if visit.lang == "vi" else KNOWN[code].name_en


def definitions(visit: Visit, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Name and definition of each figure."""
    return [(name_of(visit, code), KNOWN[code].vi if visit.lang == "vi" else KNOWN[code].en) for code in codes]


def value(visit: Visit, line: PeriodLine, code: str) -> Cell:
    """A share stands over its whole; a figure that was not measured is a dash."""
    found = getattr(line, code)
    if found is None:
        return Cell("–")
    if code in _SHARES:
        part, whole = (visit.num(getattr(line, name)) for name in _SHARES[code])
        return Cell(visit.share(found), note=f"{part} / {whole}")
    return Cell(visit.age(found) if code in SPEED else visit.num(found))


def table(visit: Visit, caption: str, lines: Sequence[PeriodLine], codes: Sequence[str]) -> Table:
    columns = (
        Column(visit.t("figures.unit"), head=True),
        *(Column(name_of(visit, code), number=True) for code in codes),
    )
    rows = [(_named(visit, line), *(value(visit, line, code) for code in codes)) for line in lines[:MOST_ROWS]]
    return Table(caption, columns, rows, visit.t("figures.none"))


def _named(visit: Visit, line: PeriodLine) -> Cell:
    if line.folded:
        return Cell(visit.t("figures.folded", n=line.folded))
    if line.name:
        return Cell(line.name, note=line.code)
    return Cell(visit.t(f"tier.{line.code}"))


def tiles(visit: Visit, line: PeriodLine) -> list[Tile]:
    codes = ("sent", "signed_share", "received", "acknowledged_share", "exchanging_share", "acknowledge_median")
    cells = [(code, value(visit, line, code)) for code in codes]
    return [Tile(name_of(visit, code), cell.text, cell.note) for code, cell in cells]


def steps(visit: Visit, caption: str, found: Sequence[PeriodStep]) -> Table:
    """The chart's table: sent documents are drawn, for two kinds of bars would hide each other."""
    columns = (
        Column(visit.t("figures.step"), head=True),
        *(Column(name_of(visit, code), number=True) for code in ("sent", "received")),
    )
    rows = [
        (
            Cell(step.code if step.first != step.last else f"{step.first:%d/%m}", title=step.code),
            Cell(visit.num(step.sent), value=step.sent),
            Cell(visit.num(step.received)),
        )
        for step in found
    ]
    return Table(caption, columns, rows, visit.t("figures.none"))


TEXTS: Final[Mapping[str, Text]] = {
    "figures.unit": Text("Cấp, đơn vị", "Tier, unit"),
    "figures.step": Text("Kỳ", "Period"),
    "figures.none": Text(
        "Không có đơn vị nào gửi, nhận văn bản trong kỳ.", "No unit exchanged a document in the period."
    ),
    "figures.folded": Text("{n} đơn vị ít văn bản", "{n} units with few documents"),
    "figures.tiers": Text("Theo cấp hành chính", "By tier"),
    "figures.outcome": Text("Kết quả giao nhận", "What became of deliveries"),
    "figures.speed": Text("Thời gian lấy về và xác nhận", "Time to fetch and to acknowledge"),
    "figures.steps": Text("Văn bản gửi theo kỳ", "Documents sent, by period"),
    "figures.definitions": Text("Định nghĩa số liệu", "What the figures are"),
    "figures.units.central": Text("Bộ, ngành trung ương", "Ministries"),
    "figures.units.provincial": Text("Tỉnh, thành phố", "Provinces"),
    "figures.units.district": Text("Huyện", "Districts"),
    "figures.units.commune": Text("Xã, phường", "Communes"),
    "figures.more": Text(
        "Hiện {n} trong {of} đơn vị; tệp tải về có đủ.", "{n} of {of} units are shown; the files have all."
    ),
    "figures.as_of": Text("Số liệu lúc {time}", "As of {time}"),
    "figures.csv": Text("Tệp CSV", "CSV file"),
    "figures.json": Text("Tệp JSON", "JSON file"),
}
