"""Parts of the pages of reporting: a regime and a period, and their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final

import msgspec

from hub.console.page import PageQuery, Visit
from hub.console.ui import Cell, Column, Table, Tile
from hub.core import wire_reporting as wire
from hub.core.wire_report import RegimeFigure
from hub.programmes.reporting import tree
from hub.programmes.reporting.letters import day as day_of
from hub.programmes.reporting.packets import Figure
from hub.programmes.reporting.periods import Period, Span
from hub.routes.programmes.reporting.book import Book, Known

AT: Final = "/console/programmes/reporting"
_FIRST: Final = "TT01-2020-A"
SHOWN: Final = 200
_TONES: Final = {"in-time": "ok", "late": "wa", "overdue": "er", "waited-for": ""}
Code = Annotated[str, msgspec.Meta(max_length=64)]


class ReportingQuery(PageQuery, frozen=True, kw_only=True):
    regime: Code = ""
    owner: Code = ""
    period: Annotated[str, msgspec.Meta(max_length=16)] = ""
    receiver: Code = ""
    reporter: Code = ""
    fresh: bool = False


class Seen:
    """The subject of a page of reporting: the regime and the period that were asked for, or those of today."""

    def __init__(self, visit: Visit, book: Book, known: Known, period: str) -> None:
        self.visit, self.book, self.known, self.period = visit, book, known, period

    @classmethod
    async def of(cls, visit: Visit) -> Seen:
        query = visit.query or ReportingQuery()
        book = Book(visit.exchange, visit.caller)
        await book.caught_up()
        known = await book.known(query.regime or _FIRST, query.owner)
        period = query.period or _now(known, book.today)
        book.window(known, period)
        return cls(visit, book, known, period)

    def at(self, path: str = "", **more: str) -> str:
        said = {"regime": self.known.regime.code, "owner": self.known.owner, "period": self.period} | more
        query = "&".join(f"{name}={value}" for name, value in said.items() if value)
        return f"/console/programmes/reporting{path}?{query}"


def _now(known: Known, today: date) -> str:
    """The period whose days today is in, of the first kind that the regime has."""
    span = (known.regime.spans or (Span.YEAR,))[0]
    of = Period(span, today.year - 1, 1)
    while known.regime.window.window(of).last < today:
        of = of.next()
    return of.code


def chosen(known: Known) -> str:
    owner = f"&owner={known.owner}" if known.owner else ""
    return f"/console/programmes/reporting?regime={known.regime.code}{owner}"


def tiles(visit: Visit, total: tree.Count) -> list[Tile]:
    t = visit.t
    share = f"{100 * total.sent / total.expected:.1f} %" if total.expected else "–"
    return [
        Tile(t("reporting.expected"), visit.num(total.expected)),
        Tile(t("reporting.sent"), visit.num(total.sent), share),
        Tile(t("reporting.late"), visit.num(total.late), tone="wa" if total.late else ""),
        Tile(t("reporting.overdue"), visit.num(total.overdue), tone="er" if total.overdue else ""),
        Tile(t("reporting.returned"), visit.num(total.returned)),
    ]


_COUNTS: Final = ("expected", "sent", "in_time", "late", "waited_for", "overdue", "accepted", "returned")


def tiers(visit: Visit, made: tree.Table) -> Table:
    t = visit.t
    columns = (
        Column(t("reporting.tier"), head=True),
        *(Column(t(f"reporting.{name}"), number=True) for name in _COUNTS),
    )
    rows = [_count(visit, t(f"reporting.tier.{one.tier.value}") if one.tier else "", one) for one in made.tiers]
    rows.append(_count(visit, t("reporting.all"), made.total))
    return Table(t("reporting.by_tier"), columns, rows, total=True)


def _count(visit: Visit, name: str, one: tree.Count) -> list[Cell]:
    return [Cell(name), *(Cell(visit.num(getattr(one, count))) for count in _COUNTS)]


def lines(seen: Seen, lines: Sequence[tree.Line], *, words: bool, clerk: bool) -> Table:
    visit, t = seen.visit, seen.visit.t
    columns = (
        Column(t("reporting.agency"), head=True),
        Column(t("reporting.state")),
        Column(t("reporting.how")),
        Column(t("reporting.deadline")),
        Column(t("reporting.when")),
        Column(t("reporting.version"), number=True),
        Column(t("reporting.chased"), number=True),
    )
    rows = []
    for one in lines:
        href = seen.at("/report", reporter=one.reporter) if clerk and words and one.version else ""
        deadline = day_of(one.deadline) if one.deadline else "–"
        moved = t("reporting.named", day=day_of(one.named)) if one.named and one.named != one.deadline else ""
        rows.append(
            [
                Cell(one.name, href, note=one.reporter),
                Cell(t(f"reporting.state.{one.state.value}"), note=one.reason if words else ""),
                Cell(t(f"reporting.how.{one.how.value}"), tone=_TONES[one.how.value]),
                Cell(deadline, note=moved),
                Cell(day_of(one.first_sent) if one.first_sent else ""),
                Cell(visit.num(one.version) if one.version else ""),
                Cell(visit.num(one.chased) if one.chased else ""),
            ]
        )
    return Table(t("reporting.who"), columns, rows, t("reporting.nobody"))


def _value(visit: Visit, figure: RegimeFigure) -> str:
    if figure.value is None:
        return figure.digits or "–"
    return f"{figure.value:.2f}" if figure.unit == "%" else visit.num(int(figure.value))


def sums(visit: Visit, sums: wire.ReportSums) -> Table:
    t, lang = visit.t, visit.lang
    columns = (
        Column(t("reporting.code")),
        Column(t("reporting.indicator"), head=True),
        Column(t("reporting.sum"), number=True),
    )
    rows = [
        [Cell(f.code, mono=True), Cell(f.vi if lang == "vi" else f.en, note=f.unit), Cell(_value(visit, f))]
        for f in sums.figures
    ]
    return Table(
        t("reporting.sums", n=visit.num(sums.reported)), columns, rows if sums.reported else [], t("reporting.none")
    )


def milestones(visit: Visit, sums: wire.ReportSums) -> Table | None:
    """QĐ 1085/QĐ-TTg: its aims and their days."""
    if not sums.milestones:
        return None
    t = visit.t
    names = {f.code: f.vi if visit.lang == "vi" else f.en for f in sums.figures}
    columns = (
        Column(t("reporting.before"), head=True),
        Column(t("reporting.wanted")),
        Column(t("reporting.reached"), number=True),
        Column(t("reporting.met")),
    )
    rows = []
    for one in sums.milestones:
        wanted = t("reporting.share", figure=names[one.figure], percent=str(one.percent), of=names[one.of])
        reached = "–" if one.reached is None else f"{one.reached:.2f} %"
        note = f"{visit.num(one.part)} / {visit.num(one.whole)}" if one.part is not None and one.whole else ""
        word = "met" if one.met else "missed" if one.asked else "open"
        tone = {"met": "ok", "missed": "er", "open": ""}[word]
        rows.append(
            [
                Cell(day_of(one.before), tone="nw"),
                Cell(wanted),
                Cell(reached, note=note),
                Cell(t(f"reporting.{word}"), tone=f"nw {tone}".strip()),
            ]
        )
    return Table(t("reporting.milestones"), columns, rows)


def cost(visit: Visit, sums: wire.ReportSums) -> Table | None:
    """The arithmetic of compliance cost, agency by agency: before, saved, after, and the share of the first."""
    found = {f.code: f.value for f in sums.figures}
    if not {"cost_before", "cost_saved"} <= found.keys():
        return None
    t = visit.t
    columns = (
        Column(t("reporting.agency"), head=True),
        *(Column(t(f"reporting.cost.{name}"), number=True) for name in ("before", "saved", "after", "share")),
    )
    rows = [_costs(visit, one.name, {f.code: f.value for f in one.figures}) for one in sums.agencies]
    rows.append(_costs(visit, t("reporting.all"), found))
    return Table(t("reporting.cost"), columns, rows, total=True)


def _costs(visit: Visit, name: str, of: Mapping[str, float | None]) -> list[Cell]:
    before, saved = of.get("cost_before"), of.get("cost_saved")
    if before is None or saved is None:
        return [Cell(name), *(Cell("–") for _ in range(4))]
    share = f"{100 * saved / before:.2f} %" if before else "–"
    return [Cell(name), *(Cell(visit.num(int(n))) for n in (before, saved, before - saved)), Cell(share)]


def figures(visit: Visit, known: Known, figures: Sequence[Figure]) -> Table:
    t = visit.t
    names = {i.code: i.vi if visit.lang == "vi" else i.en for i in known.regime.indicators}
    columns = (
        Column(t("reporting.code")),
        Column(t("reporting.indicator"), head=True),
        *(Column(t(f"reporting.{name}"), number=True) for name in ("plan", "estimate", "actual")),
    )
    rows = [
        [
            Cell(f.indicator, mono=True),
            Cell(names.get(f.indicator, ""), note=f.row),
            *(Cell("" if n is None else visit.num(n)) for n in (f.plan, f.estimate, f.actual)),
        ]
        for f in figures[:SHOWN]
    ]
    return Table(t("reporting.figures"), columns, rows, t("reporting.none"))
