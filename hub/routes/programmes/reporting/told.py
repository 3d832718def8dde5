"""Regimes, reports, tables and sums as records of the interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from hub.core import wire_reporting as wire
from hub.core.errors import BadRequest
from hub.core.misfit import misfit
from hub.core.model import Agency, iso_utc
from hub.core.phrases.table import EXPECTED_FOUND
from hub.core.wire_report import RegimeFigure
from hub.programmes.reporting.cases import Kept
from hub.programmes.reporting.figures import bounded, totals, wrongs
from hub.programmes.reporting.packets import MOST_MISSING, Figure, ReportPacket, Scope
from hub.programmes.reporting.periods import period as period_named
from hub.programmes.reporting.periods import time_to_write
from hub.programmes.reporting.plan import Asked
from hub.programmes.reporting.regime import Aggregation, Binds, Regime, Value
from hub.programmes.reporting.rollup import Wrong, ratios
from hub.programmes.reporting.sheet import BadCell
from hub.programmes.reporting.tree import SENT, Count, Line, Summed, Table, reached, summed_rows
from hub.programmes.working_days import vietnam
from hub.routes.programmes.reporting.book import Known
from hub.store.drafts import ReportDraft

Held = Callable[[str], Agency | None]


def brief(known: Known) -> wire.RegimeBrief:
    regime = known.regime
    return wire.RegimeBrief(
        code=regime.code,
        owner=known.owner,
        kind=regime.kind.value,
        vi=regime.vi,
        en=regime.en,
        basis=regime.basis,
        receiver=regime.receiver,
        spans=[span.value for span in regime.spans],
        figures_from=regime.figures_from,
        version=known.version,
    )


def regime(known: Known, period: str, asked: Sequence[Asked]) -> wire.RegimeTold:
    of = known.regime
    window = of.window.window(period_named(period)) if period else None
    return wire.RegimeTold(
        regime=brief(known),
        binds=of.binds.value,
        values=[value.value for value in of.values],
        rows_vi=of.rows.vi if of.rows else "",
        rows_en=of.rows.en if of.rows else "",
        indicators=[
            wire.IndicatorTold(
                code=one.code,
                vi=one.vi,
                en=one.en,
                unit=one.unit,
                aggregation=one.aggregation.value,
                part=one.part,
                whole=one.whole,
            )
            for one in of.indicators
        ],
        identities=[wire.IdentityTold(total=one.total, parts=list(one.parts)) for one in of.identities],
        period=period,
        first=window.first if window else None,
        last=window.last if window else None,
        tiers=[_asked(of, period, one) for one in asked],
    )


def _asked(of: Regime, period: str, one: Asked) -> wire.TierAsked:
    window = of.window.window(period_named(period))
    return wire.TierAsked(
        tier=one.tier,
        due=one.due.day,
        moved=one.due.moved,
        deadline=one.due.moved if of.binds is Binds.MOVED else one.due.day,
        working_days=time_to_write(window, one.due, vietnam()),
        reporters=list(one.reporters),
    )


def figures(of: Regime, sums: Mapping[str, int]) -> list[RegimeFigure]:
    """Every sum and ratio of the regime; one that nobody reported has no value, which is no zero."""
    shares = ratios(of, sums)
    return [
        RegimeFigure(
            code=one.code,
            vi=one.vi,
            en=one.en,
            unit=one.unit,
            value=shares[one.code] if one.aggregation is Aggregation.RATIO else _exact(sums.get(one.code)),
            digits=str(whole) if (whole := sums.get(one.code)) is not None and _exact(whole) is None else "",
        )
        for one in of.indicators
        if one.aggregation is not Aggregation.TEXT
    ]


def _exact(whole: int | None) -> int | None:
    return whole if whole is not None and abs(whole) <= wire.EXACT else None


def count(one: Count) -> wire.ReportCount:
    return wire.ReportCount(**one._asdict())


def line(one: Line, *, words: bool) -> wire.ReportLine:
    return wire.ReportLine(
        reporter=one.reporter,
        name=one.name,
        tier=one.tier,
        state=one.state.value,
        how=one.how.value,
        due=one.named,
        deadline=one.deadline,
        first_sent=one.first_sent,
        version=one.version,
        returns=one.returns,
        chased=one.chased,
        reason=one.reason if words else "",
        document=one.document,
    )


def table(
    known: Known, period: str, receiver: str, made: Table, of: Sequence[Kept], day: date, page: Sequence[Line], *,
    words: bool, cursor: str,
) -> wire.ReportTable:  # fmt: skip
    opened = next((one for one in of if one.first is not None), None)
    return wire.ReportTable(
        regime=known.regime.code,
        owner=known.owner,
        period=period,
        receiver=receiver,
        day=day,
        first=opened.first if opened else None,
        last=opened.last if opened else None,
        total=count(made.total),
        tiers=[count(one) for one in made.tiers],
        lines=[line(one, words=words) for one in page],
        cursor=cursor,
    )


class AgencyPage(NamedTuple):
    """A page of agencies: at most `limit`, those after `cursor`, which is the last agency of the page before. A report
    that arrives between two pages moves no agency to another."""

    limit: int
    cursor: str = ""

    def of(self, kept: Sequence[Kept]) -> tuple[list[Kept], str]:
        """Of the reports that were sent, and the next page's cursor. BadRequest for one that no page ended with."""
        if self.cursor and all(one.reporter != self.cursor for one in kept):
            raise BadRequest(expected="a cursor from an earlier answer", found=self.cursor)
        sent = sorted(
            (one for one in kept if one.report.state in SENT and one.reporter > self.cursor), key=lambda x: x.reporter
        )
        page = sent[: self.limit]
        return page, page[-1].reporter if len(page) < len(sent) else ""


def sums(
    known: Known, period: str, receiver: str, value: Value, made: Summed, down: Mapping[str, Sequence[Kept]],
    held: Held, last: date, asked: AgencyPage,
) -> wire.ReportSums:  # fmt: skip
    """`last`: the last day that the figures tell of. `asked`: of the agencies alone, for each costs its faults."""
    of = known.regime
    page, cursor = asked.of(down.get(receiver, ()))
    counted = set(made.rolled.reported)
    reports = {one.reporter: one for kept in down.values() for one in kept if one.reporter in counted}
    return wire.ReportSums(
        regime=of.code,
        owner=known.owner,
        period=period,
        receiver=receiver,
        value=value.value,
        figures=figures(of, made.rolled.figures),
        rows=[
            wire.SumRow(row=row, figures=figures(of, found))
            for row, found in sorted(summed_rows(of, reports.values(), value).items())
        ],
        agencies=[_agency(of, one, value, held) for one in page],
        reported=len(made.rolled.reported),
        missing=[wire.SumHole(code=code, name=_name(held, code)) for code in made.rolled.missing],
        milestones=milestones(of, made.rolled.figures, last),
        cursor=cursor,
    )


def _agency(of: Regime, one: Kept, value: Value, held: Held) -> wire.AgencyFigures:
    return wire.AgencyFigures(
        agency=one.reporter,
        name=_name(held, one.reporter),
        whole=one.scope is Scope.WHOLE,
        figures=figures(of, totals(of, one.figures, value)),
        wrong=len(wrongs(of, one.figures)),
    )


def _name(held: Held, code: str) -> str:
    agency = held(code)
    return agency.name if agency is not None else code


def milestones(of: Regime, given: Mapping[str, int], last: date) -> list[wire.MilestoneTold]:
    return [
        wire.MilestoneTold(
            before=one.milestone.before,
            figure=one.milestone.figure,
            of=one.milestone.of,
            percent=one.milestone.percent,
            part=_exact(one.part),
            whole=_exact(one.whole),
            reached=one.percent,
            met=one.met,
            asked=one.asked,
        )
        for one in reached(of, given, last)
    ]


def report(packet: ReportPacket) -> wire.ReportTold:
    """Without the figures and the agencies beyond the bounds of a packet, which the answer's `wrong` names."""
    told = msgspec.structs.replace(packet, figures=bounded(packet.figures), missing=packet.missing[:MOST_MISSING])
    given = msgspec.to_builtins(told)
    given.pop("packet")
    return msgspec.convert(given, wire.ReportTold)


def packet(told: wire.ReportTold) -> ReportPacket:
    """BadRequest for a report that no packet can be."""
    try:
        return msgspec.convert({"packet": "report/1", **msgspec.to_builtins(told)}, ReportPacket)
    except msgspec.ValidationError as error:
        wrong = misfit(ReportPacket, error)
        raise BadRequest(expected=wrong.told, found=wrong.found) from None


def wrong(found: Iterable[Wrong], cells: Iterable[BadCell] = ()) -> list[wire.WrongTold]:
    told = [(one.place, one.found, one.right) for one in cells]
    told += [(one.indicator, one.found, one.right) for one in found]
    return [wire.WrongTold(place=place, found=found, vi=EXPECTED_FOUND.vi(right), en=right)
            for place, found, right in told]  # fmt: skip


def draft(row: ReportDraft) -> wire.DraftTold:
    return wire.DraftTold(
        regime=row.key.regime,
        owner=row.key.owner,
        period=row.key.period,
        receiver=row.key.receiver,
        state=row.state,
        revision=row.revision,
        at=iso_utc(row.at),
        by=row.by,
        note=row.note,
    )


def own(sums: Mapping[str, int], of: Regime) -> tuple[Figure, ...]:
    """Sums as actual figures, in the order of the regime."""
    return tuple(Figure(indicator=code, actual=sums[code]) for code in of.sums if code in sums)
