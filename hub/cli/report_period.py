"""`truc report --period`, `--regime`: figures of periods by unit, the meaning of each, and its limits."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import click
import msgspec

from clients import protocol
from clients.protocol import Call
from hub.base.sheets import period_book, workbook
from hub.cli import printing
from hub.cli.common import Exit, Shared
from hub.cli.connect import OPERATOR, call_alone
from hub.cli.files import put
from hub.cli.screen import local, show, table
from hub.core import period_table as tables
from hub.core import register
from hub.core.period import Period
from hub.core.period_table import Cell
from hub.core.wire_report import PeriodReport, RegimeReports

T = TypeVar("T")
DAY: Final = click.DateTime(["%Y-%m-%d"])
_PERIODS: Final = [period.value for period in Period]
_SHOWN: Final = ("sent", "signed", "signed_share", "received", "acknowledged", "returned", "expired")
"""The columns that a terminal has room for; CSV, XLSX and JSON have all."""


class Asked(NamedTuple):
    period: str
    first: str
    last: str
    regime: str
    agency: str


def as_day(given: datetime | None) -> str:
    return given.date().isoformat() if given is not None else ""


def tell(shared: Shared, asked: Asked, as_csv: bool, xlsx: Path | None) -> int:
    if asked.regime:
        if not asked.period or asked.first or asked.last:
            raise click.UsageError("--regime CODE --period 2026-Q1")
        return _tell_regime(shared, asked, as_csv, xlsx)
    if asked.period not in _PERIODS or asked.agency:
        raise click.UsageError(f"--period {'|'.join(_PERIODS)}")
    report = _ask(shared, protocol.period_report(asked.period, asked.first, asked.last))
    if shared.json:
        shared.emit(report)
    elif as_csv:
        _csv(tables.rows(report, shared.lang), tables.head(shared.lang))
    elif xlsx is not None:
        target = io.BytesIO()
        _wrote(shared, xlsx, target, period_book(target, report, shared.lang))
    else:
        _show(shared, report)
    return Exit.OK


def write_pdf(shared: Shared, asked: Asked, path: Path) -> int:
    """As the hub sets it."""
    if asked.regime or asked.period not in _PERIODS or asked.agency:
        raise click.UsageError(f"--pdf --period {'|'.join(_PERIODS)}")
    data = _ask(shared, protocol.period_pdf(asked.period, asked.first, asked.last, shared.lang))
    place = put(path, data)
    shared.say(f"Đã ghi {place}", f"Wrote {place}")
    return Exit.OK


def _ask(shared: Shared, call: Call[T]) -> T:
    return call_alone(shared if shared.agency else msgspec.structs.replace(shared, agency=OPERATOR), call)


def _show(shared: Shared, report: PeriodReport) -> None:
    pick = shared.pick
    shared.say(
        f"Từ {report.first} đến {report.last}, số liệu lúc {local(report.as_of)}",
        f"From {report.first} to {report.last}, as of {local(report.as_of)}",
    )
    names = {d.code: tables.name_of(d, shared.lang) for d in report.definitions}
    head = [pick("đơn vị", "unit"), *(names.get(code, code) for code in _SHOWN)]
    lines = [(tables.pick(tables.TIERS["all"], shared.lang), report.total)]
    lines += [(tables.pick(tables.TIERS.get(t.code, ("", "")), shared.lang), t) for t in report.tiers]
    lines += [(f"{unit.name} ({unit.code})", unit) for unit in report.units if unit.sent or unit.received]
    right = tuple(range(1, len(head)))
    rows = [[name, *(_cell(code, getattr(line, code)) for code in _SHOWN)] for name, line in lines]
    show(table("", head, rows, right=right))
    steps = [[step.code, step.sent, step.signed, step.received] for step in report.steps]
    if len(steps) > 1:
        show(table("", [pick("kỳ", "period"), *(names[code] for code in ("sent", "signed", "received"))], steps))
    for hole in report.holes:
        shared.say(f"! {hole.vi}", f"! {hole.en}")
    show(table(pick("Định nghĩa", "Definitions"), tables.definition_head(shared.lang), _defined(shared)))


def _defined(shared: Shared) -> Iterable[list[Cell]]:
    return tables.definition_rows(shared.lang)


def _cell(code: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if code.endswith("_share") else f"{value:,}"


def _tell_regime(shared: Shared, asked: Asked, as_csv: bool, xlsx: Path | None) -> int:
    found = _ask(shared, protocol.regime_report(asked.regime, asked.period, asked.agency))
    head, rows = tables.regime_head(found, shared.lang), tables.regime_rows(found, shared.lang)
    if shared.json:
        shared.emit(found)
    elif as_csv:
        _csv(rows, head)
    elif xlsx is not None:
        target = io.BytesIO()
        _wrote(shared, xlsx, target, workbook(target, found.period, head, rows))
    else:
        _show_regime(shared, found)
    return Exit.OK


def _show_regime(shared: Shared, found: RegimeReports) -> None:
    shared.say(f"{found.regime} {found.vi}", f"{found.regime} {found.en}")
    shared.say(
        f"Kỳ {found.period}: từ {found.first} đến {found.last} ({found.basis}), số liệu lúc {local(found.as_of)}",
        f"Period {found.period}: {found.first} to {found.last} ({found.basis}), as of {local(found.as_of)}",
    )
    head = [shared.pick("chỉ tiêu", "indicator"), shared.pick("cả nước", "all")]
    columns = found.agencies if len(found.agencies) <= 3 else []
    head += [one.name for one in columns]
    rows = []
    for number, figure in enumerate(found.total):
        name = f"{shared.pick(figure.vi, figure.en)}{f' ({figure.unit})' if figure.unit else ''}"
        values = [figure.value, *(one.figures[number].value for one in columns)]
        rows.append([name, *("–" if value is None else f"{value:,g}" for value in values)])
    show(table("", head, rows, right=tuple(range(1, len(head)))))
    if len(found.agencies) > len(columns):
        some = [[one.name, one.agency, one.due, *_first(one.figures)] for one in found.agencies]
        names = [shared.pick(f.vi, f.en) for f in found.total[:3]]
        show(
            table(
                "",
                [shared.pick("đơn vị", "agency"), shared.pick("mã", "code"), shared.pick("hạn", "due"), *names],
                some,
            )
        )
    if found.silent:
        shared.say(
            f"! {len(found.silent)} đơn vị không gửi, nhận văn bản nào: {', '.join(found.silent[:20])}",
            f"! {len(found.silent)} agencies exchanged no document: {', '.join(found.silent[:20])}",
        )
    for hole in found.holes:
        shared.say(f"! {hole.vi}", f"! {hole.en}")


def _first(figures: Sequence[object]) -> list[str]:
    values = [getattr(figure, "value", None) for figure in figures[:3]]
    return ["–" if value is None else f"{value:,g}" for value in values]


def _csv(rows: Iterable[Sequence[Cell]], head: Sequence[str]) -> None:
    printing.csv("".join(register.csv_lines(([str(cell) for cell in row] for row in rows), head)))


def _wrote(shared: Shared, path: Path, target: io.BytesIO, count: int) -> None:
    put(path, target.getvalue())
    shared.say(f"Đã ghi {count} dòng vào {path}", f"Wrote {count} lines to {path}")
