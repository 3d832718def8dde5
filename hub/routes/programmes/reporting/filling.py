"""A report before it is sent: where its figures come from, and the mistakes in them.

draft      the figures that the agency has written so far
record     the hub's own record, for a regime whose figures it can count
below      the sums of the agencies that report to this one, with the holes named
returned   the version that came back, to be corrected
empty      nothing yet: no zeros are made up
"""

from __future__ import annotations

import io
from datetime import date
from typing import Final, NamedTuple

import msgspec

from hub.base.sheets import workbook
from hub.core import wire_reporting as wire
from hub.core.errors import BadRequest
from hub.core.model import Agency
from hub.http.call import HubOnly
from hub.http.milliseconds import Milliseconds
from hub.programmes import xlsx
from hub.programmes.reporting import figures, from_record, plan, procedure_list, procedures, sheet
from hub.programmes.reporting.cases import Kept
from hub.programmes.reporting.course import Report, ReportState
from hub.programmes.reporting.packets import MOST_MISSING, MOST_VERSION, ReportPacket, Scope, file_name
from hub.programmes.reporting.regime import Binds, Value
from hub.programmes.reporting.rollup import Wrong
from hub.programmes.reporting.tree import summed
from hub.programmes.working_days import vietnam
from hub.routes.programmes.reporting import told
from hub.routes.programmes.reporting.book import Book, Known, check_open, packet_of
from hub.routes.reports import regime_of
from hub.store.drafts import DraftKey

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Owed(NamedTuple):
    """A report that an agency owes: for whom, and how its case stands, if there is one."""

    known: Known
    period: str
    agency: Agency
    receiver: str
    case: Kept | None

    @property
    def key(self) -> DraftKey:
        return DraftKey(self.agency.code, self.known.regime.code, self.known.owner, self.period, self.receiver)

    @property
    def stands(self) -> Report:
        return self.case.report if self.case is not None else Report()

    @property
    def next_version(self) -> int:
        return min(self.stands.version + 1, MOST_VERSION)


async def owed(book: Book, known: Known, period: str, agency: Agency, receiver: str = "") -> Owed:
    """BadRequest for a period that the regime has not, and for an agency that would report to itself."""
    to = receiver or book.receiver_of(known, period, agency)
    found = book.directory.get(to)
    to = found.code if found is not None else to
    if found is None or to == agency.code:
        raise BadRequest(expected="receiver: an agency that the report goes to", found=to[:64], field="receiver")
    book.window(known, period)
    return Owed(known, period, agency, to, await book.report(known, period, agency.code, to))


async def filled(book: Book, this: Owed, hub: HubOnly, milliseconds: Milliseconds, fresh: bool) -> wire.FilledReport:
    """`fresh`: from its source again, even where there is a draft."""
    draft = await book.draft(this.key)
    if draft is not None and not fresh:
        packet = msgspec.structs.replace(packet_of(draft), version=this.next_version)
        return answer(this, packet, "draft", draft.revision, draft.state)
    packet, origin = await _from_source(book, this, hub, milliseconds)
    return answer(this, packet, origin, draft.revision if draft is not None else 0)


async def _from_source(book: Book, this: Owed, hub: HubOnly, milliseconds: Milliseconds) -> tuple[ReportPacket, str]:
    known, empty = this.known, _empty(this)
    if not known.owner and from_record.fillable(known.regime):
        counted = await regime_of(hub, milliseconds, known.regime.code, this.period, this.agency.code)
        for one in counted.agencies:
            whole = {figure.code: int(figure.value) for figure in one.figures if figure.value is not None}
            sums = told.own(whole, known.regime)
            return msgspec.structs.replace(empty, figures=sums, scope=Scope.WHOLE, source=from_record.RECORD), "record"
    down = await book.down(known, this.period, this.agency.code)
    if down:
        found = summed(known.regime, this.agency.code, down, Value.ACTUAL).rolled
        sums = told.own(found.figures, known.regime)
        missing = _known(book, found.missing)
        return msgspec.structs.replace(empty, figures=sums, scope=Scope.WHOLE, missing=missing), "below"
    if this.stands.state is ReportState.RETURNED and this.case is not None:
        back = this.case
        return msgspec.structs.replace(
            empty, figures=back.figures, texts=back.texts, scope=back.scope, missing=back.missing
        ), "returned"
    return empty, "empty"


def _known(book: Book, missing: tuple[str, ...]) -> tuple[str, ...]:
    """Reports below name those that are missing; where these are more than a packet takes, the directory's alone."""
    if len(missing) <= MOST_MISSING:
        return missing
    return tuple(code for code in missing if book.directory.get(code) is not None)


def _empty(this: Owed) -> ReportPacket:
    return ReportPacket(
        regime=this.known.regime.code,
        owner=this.known.owner,
        period=this.period,
        receiver=this.receiver,
        version=this.next_version,
    )


def answer(
    this: Owed,
    packet: ReportPacket,
    origin: str,
    revision: int = 0,
    state: str = "",
    cells: tuple[sheet.BadCell, ...] = (),
) -> wire.FilledReport:
    regime = this.known.regime
    found = [*figures.wrongs(regime, packet.figures), *figures.texts_wrong(regime, packet)]
    if (many := len(packet.missing)) > MOST_MISSING:
        found.append(Wrong("missing", str(many), f"at most {MOST_MISSING} agencies"))
    return wire.FilledReport(
        report=told.report(packet),
        origin=origin,
        wrong=told.wrong(found, cells),
        state=state or this.stands.state.value,
        due=_due(this),
        file=file_name(packet),
        revision=revision,
    )


def _due(this: Owed) -> date | None:
    """As the period was opened; of one that nobody opened, as the regime has it for the agency's tier."""
    if this.case is not None and this.case.deadline is not None:
        return this.case.deadline
    regime = this.known.regime
    of, _ = plan.period_of(regime, this.period)
    due = plan.due_of(regime, this.agency.tier, of, vietnam())
    if due is None:
        return None
    return due.moved if regime.binds is Binds.MOVED else due.day


def form(this: Owed, packet: ReportPacket, lang: str) -> bytes:
    """The sheet of a report, to be filled in or to be read beside its packet."""
    regime = this.known.regime
    head, blank = sheet.title_rows(regime, this.period, this.agency.code, lang)
    lines: list[list[str | int | float]] = [
        blank,
        list(sheet.HEAD),
        *sheet.rows(regime, packet.figures, packet.texts, lang),
    ]
    target = io.BytesIO()
    workbook(target, f"{regime.code} {this.period}", [str(cell) for cell in head], lines)
    return target.getvalue()


def read_form(this: Owed, data: bytes) -> tuple[ReportPacket, tuple[sheet.BadCell, ...]]:
    """A form that was filled in, or a list of internal procedures. BadRequest for a file that is no sheet."""
    regime = this.known.regime
    try:
        cells = xlsx.read(data)
    except xlsx.BadSheet as error:
        raise BadRequest(expected=error.expected, found=error.found) from None
    is_list = procedures.fits(regime) and procedure_list.is_list(cells)
    found = _from_list(cells) if is_list else sheet.filled(regime, cells)
    packet = msgspec.structs.replace(_empty(this), figures=found.figures, texts=found.texts)
    check_open(packet)
    return packet, found.bad


def _from_list(cells: xlsx.Cells) -> sheet.Filled:
    """The figures of procedures, computed; the list itself stays with its agency."""
    found = procedure_list.listed(cells)
    bad = tuple(sheet.BadCell(one.place, one.found, one.right) for one in found.bad)
    return sheet.Filled(procedures.figures(found.procedures) if not bad else (), (), bad)
