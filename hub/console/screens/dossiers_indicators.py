"""The indicators of QĐ 766: of a unit and of all below it, each with its formula, its two counts and the dossiers
behind them; 2.2 by procedure; the ones that the axis cannot compute, and why. To read, and to take along."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right, Role
from hub.base.sheets import Sheet, workbook
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens.dossiers import AT, behind, places
from hub.console.ui import Cell, Choice, Column, Table, Tile
from hub.core import register
from hub.core.directory.routing import stands_for
from hub.core.errors import Text
from hub.core.model import vietnam_date
from hub.core.wire_dossiers import IndicatorLine, Indicators, ProcedureMean
from hub.programmes.onestop import measures
from hub.programmes.onestop.words import KINDS, RECEIVING, SOLVING, WORDS
from hub.routes.programmes.dossiers import IndicatorsQuery, indicated
from hub.routes.programmes.generic import MOST_MONTHS, Month

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PATH: Final = f"{AT}/indicators"
_SHOWN: Final = 200
_PROCEDURES: Final = 50
Word = Annotated[str, msgspec.Meta(max_length=100)]


class IndicatorsPageQuery(PageQuery, frozen=True, kw_only=True):
    """As `IndicatorsQuery`, months empty as a form sends them."""

    first: Month = ""
    last: Month = ""
    role: Word = RECEIVING
    parent: Word = ""
    kind: Word = ""


async def _found(visit: Visit) -> Indicators:
    query: IndicatorsPageQuery = visit.query or IndicatorsPageQuery()
    today = f"{vietnam_date(visit.now):%Y-%m}"
    asked = IndicatorsQuery(
        first=query.first or query.last or today,
        last=query.last or max(query.first, today),
        role=query.role,
        parent=query.parent,
        kind=query.kind,
        procedures=_PROCEDURES,
    )
    return await indicated(visit.context, visit.caller, asked)


async def show(visit: Visit) -> web.StreamResponse:
    query: IndicatorsPageQuery = visit.query or IndicatorsPageQuery()
    found, t = await _found(visit), visit.t
    name = visit.name_of(found.root) if found.root else t("dossiers.country")
    given = {"first": found.first, "last": found.last}
    return visit.page(
        "indicators.html",
        found=found,
        heading=t("dossiers.indicators.of", name=name),
        query=query,
        tiles=_tiles(visit, found.total),
        indicators=_indicators(visit, found),
        table=_lines(visit, found),
        left_out=found.left_out + max(0, len(found.lines) - _SHOWN),
        procedures=_procedures(visit, found.procedures),
        missing=_missing(visit, found),
        roles=[
            Choice(t.pick(WORDS.roles[role]), visit.here(role=role), role == found.role)
            for role in (RECEIVING, SOLVING)
        ],
        kinds=[("", t("programmes.stands.any")), *((kind, t.pick(WORDS.kinds[kind])) for kind in KINDS.values())],
        tabs=places(visit, "indicators"),
        files=[(kind, _address(visit, kind, given)) for kind in ("csv", "xlsx")],
        command=_command(visit, found, query.kind),
    )


def _command(visit: Visit, found: Indicators, kind: str) -> str:
    parts = ["truc dossiers indicators --as", visit.caller.agency, "--from", found.first, "--to", found.last]
    parts += ["--role", found.role, *(("--parent", found.root) if found.root else ())]
    return " ".join([*parts, *(("--kind", kind) if kind else ())])


def _address(visit: Visit, kind: str, given: Mapping[str, str]) -> str:
    path, _, rest = visit.here(**given).partition("?")
    return f"{path}/{kind}?{rest}"


def _tiles(visit: Visit, total: IndicatorLine) -> list[Tile]:
    t, num = visit.t, visit.num
    mean = t("dossiers.days", n=num(total.mean_days, 2)) if total.mean_days is not None else "–"
    late = "er" if total.overdue else ""
    return [
        Tile(t("dossiers.received"), num(total.received), t("dossiers.online_n", n=num(total.online))),
        Tile(t("dossiers.ended_n"), num(total.ended), t("dossiers.early", n=num(total.early))),
        Tile(t("dossiers.overdue"), num(total.overdue), t("dossiers.paused_n", n=num(total.paused)), tone=late),
        Tile(t("dossiers.mean"), mean, t("dossiers.timed", n=total.timed)),
    ]


def _shows_cases(visit: Visit, found: Indicators, unit: str) -> bool:
    """Whether the dossiers behind this unit's own counts are for this reader, in months that one list may have."""
    years, months = (int(b) - int(a) for a, b in zip(found.first.split("-"), found.last.split("-"), strict=True))
    if not unit or years * 12 + months >= MOST_MONTHS:
        return False
    directory, caller = visit.exchange.directory, visit.caller
    return visit.me.role != Role.CLERK or stands_for(directory, caller.agency, unit, vietnam_date(visit.now))


def _leads(visit: Visit, code: str) -> bool:
    return bool(visit.exchange.directory.children(code))


def _indicators(visit: Visit, found: Indicators) -> Table:
    t, vi = visit.t, visit.lang == "vi"
    columns = (
        Column(t("dossiers.indicator"), head=True),
        Column(t("dossiers.share"), number=True),
        Column(t("dossiers.part"), number=True),
        Column(t("dossiers.whole"), number=True),
        Column(t("dossiers.missed"), number=True),
        Column(t("dossiers.full"), number=True, fold=True),
    )
    formulas = {one.number: one for one in found.formulas}
    # Of all below together a reader follows the lines down to one unit; of that the dossiers stand behind each count.
    alone = not found.root or _leads(visit, found.root)
    unit = "" if alone or not _shows_cases(visit, found, found.root) else found.root
    rows = []
    for one in found.total.indicators:
        formula = formulas[one.number]
        text = formula.vi if vi else formula.en
        rows.append(
            (
                Cell(
                    f"{one.number} {one.vi if vi else one.en}",
                    note=f"{text} ({t('dossiers.version', version=one.version)})",
                ),
                Cell(visit.share(one.part / one.whole) if one.whole else "–", value=one.percent),
                _count(visit, found, unit, one.part, one.of_part),
                _count(visit, found, unit, one.whole, one.of_whole),
                _count(visit, found, unit, one.whole - one.part, one.of_whole, one.of_part),
                Cell(visit.share(one.full / 100)),
            )
        )
    return Table(t("dossiers.indicators"), columns, rows)


def _count(visit: Visit, found: Indicators, unit: str, count: int, measure: str, without: str = "") -> Cell:
    href = behind(unit, found.role, measure, found.first, found.last, without) if unit and count else ""
    return Cell(visit.num(count), href, value=count)


def _lines(visit: Visit, found: Indicators) -> Table:
    t = visit.t
    numbers = [one.number for one in found.total.indicators]
    columns = (
        Column(t("dossiers.unit"), head=True),
        Column(t("dossiers.received"), number=True),
        Column(t("dossiers.ended_n"), number=True),
        Column(t("dossiers.overdue"), number=True),
        *(Column(number, number=True) for number in numbers),
    )
    rows = [_line(visit, found, line) for line in found.lines[:_SHOWN]]
    if rows:
        rows.append((Cell(t("programmes.sum")), *_figures(visit, found, found.total, "")))
    return Table(t("dossiers.lines"), columns, rows, t("dossiers.lines.none"), total=True)


def _line(visit: Visit, found: Indicators, line: IndicatorLine) -> tuple[Cell, ...]:
    itself = line.code == found.root
    deeper = visit.here(parent=line.code, first=found.first, last=found.last) if not itself else ""
    own = itself or not _leads(visit, line.code)
    unit = line.code if own and _shows_cases(visit, found, line.code) else ""
    name = visit.t("dossiers.itself") if itself else line.name or line.code
    return (Cell(name, deeper, line.code), *_figures(visit, found, line, unit))


def _figures(visit: Visit, found: Indicators, line: IndicatorLine, unit: str) -> tuple[Cell, ...]:
    return (
        _count(visit, found, unit, line.received, measures.RECEIVED),
        _count(visit, found, unit, line.ended, measures.ENDED),
        Cell(visit.num(line.overdue), tone="er" if line.overdue else "", value=line.overdue),
        *(
            Cell(
                visit.share(one.part / one.whole) if one.whole else "–",
                behind(unit, found.role, one.of_part, found.first, found.last) if unit and one.part else "",
                note=f"{visit.num(one.part)}/{visit.num(one.whole)}" if one.whole else "",
            )
            for one in line.indicators
        ),
    )


def _procedures(visit: Visit, told: tuple[ProcedureMean, ...]) -> Table:
    t = visit.t
    columns = (
        Column(t("dossiers.procedure"), head=True),
        Column(t("nav.dossiers"), number=True),
        Column(t("dossiers.mean"), number=True),
        Column(t("dossiers.legal"), number=True),
    )
    rows = [
        (
            Cell(one.code, note=one.name, mono=True),
            Cell(visit.num(one.dossiers), value=one.dossiers),
            Cell(visit.num(one.mean_days, 2), value=one.mean_days),
            Cell(
                visit.num(one.legal_days) if one.legal_days else "–",
                note=t(f"dossiers.basis.{one.basis}") if one.basis in ("assumed", "given") else "",
            ),
        )
        for one in told
    ]
    return Table(t("dossiers.procedures"), columns, rows, t("dossiers.lines.none"))


def _missing(visit: Visit, found: Indicators) -> Table:
    t, vi = visit.t, visit.lang == "vi"
    columns = (Column(t("dossiers.indicator"), head=True), Column(t("dossiers.why")))
    rows = [
        (Cell(f"{one.number} {one.vi if vi else one.en}"), Cell(one.why_vi if vi else one.why_en))
        for one in found.not_computed
    ]
    return Table(t("dossiers.not_computed"), columns, rows)


# Files.


def _head(visit: Visit, found: Indicators) -> list[str]:
    t = visit.t
    names = ("unit", "received", "ended_n", "overdue")
    head = [t("programmes.code"), *(t(f"dossiers.{name}") for name in names)]
    for one in found.total.indicators:
        head += [f"{one.number} {t('dossiers.part')}", f"{one.number} {t('dossiers.whole')}", f"{one.number} %"]
    return head


def _cells(visit: Visit, found: Indicators) -> Iterator[list[str | int | float]]:
    for line in (*found.lines, found.total):
        name = line.name if line is not found.total else visit.t("programmes.sum")
        row: list[str | int | float] = [line.code, name, line.received, line.ended, line.overdue]
        for one in line.indicators:
            row += [one.part, one.whole, one.percent if one.percent is not None else ""]
        yield row


def _meant(visit: Visit, found: Indicators) -> Iterator[list[str]]:
    vi = visit.lang == "vi"
    for one in found.formulas:
        yield [one.number, one.version, one.vi if vi else one.en]
    for each in found.not_computed:
        yield [each.number, "–", each.why_vi if vi else each.why_en]


async def as_csv(visit: Visit) -> web.StreamResponse:
    found = await _found(visit)

    def work() -> str:
        cells = ([str(cell) for cell in row] for row in _cells(visit, found))
        return "".join(register.csv_lines(cells, _head(visit, found)))

    return _file(found, (await visit.context.milliseconds.aside(work)).encode(), "csv", "text/csv")


async def as_xlsx(visit: Visit) -> web.StreamResponse:
    found, t = await _found(visit), visit.t

    def work() -> bytes:
        target = io.BytesIO()
        words = Sheet(t("dossiers.indicator"), ("#", t("dossiers.version", version=""), ""), _meant(visit, found))
        workbook(target, f"{found.first} {found.last}", _head(visit, found), _cells(visit, found), words)
        return target.getvalue()

    return _file(found, await visit.context.milliseconds.aside(work), "xlsx", _XLSX)


def _file(found: Indicators, body: bytes, suffix: str, media: str) -> web.Response:
    name = f"truc-qd766-{found.first}-{found.last}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=media, headers=headers)


PAGES: Final = (
    Page("GET", _PATH, show, Right.CASES, "dossiers.indicators", IndicatorsPageQuery),
    Page("GET", f"{_PATH}/csv", as_csv, Right.CASES, "dossiers.indicators", IndicatorsPageQuery, part=True),
    Page("GET", f"{_PATH}/xlsx", as_xlsx, Right.CASES, "dossiers.indicators", IndicatorsPageQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = {}
