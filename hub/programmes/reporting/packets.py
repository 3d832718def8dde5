"""The data packets of reporting: the content of `*.packet.json` beside a document of this programme.

    regime/1            a regime, sent down to those who report under it
    period/1            a period is open: the document's recipients report to its sender until a day
    report/1            figures of one agency for one period, signed with the document that brings them
    report-decision/1   the receiver accepts a version, or returns it with a reason
    chase/1             the receiver urges those who have not sent

Reporter and receiver are never taken from a packet alone: the sender of a `report/1` is its reporter, the sender
of all others is the receiver. So no packet lets an agency speak in another's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hub.programmes.reporting.periods import Window, period
from hub.programmes.reporting.regime import Binds, Regime
from hub.programmes.reporting.rollup import MOST

NAME: Final = "reporting"
MOST_FIGURES: Final = 5_000
"""Of one report: 500 indicators for ten fields, or 13 for all that a province has."""
MOST_MISSING: Final = 12_000
"""Agencies below a reporter that did not report."""
MOST_VERSION: Final = 1_000
LONGEST_INDICATOR: Final = 40
"""Characters of an indicator's code."""
MOST_REGIME: Final = 128 * 1024
"""Bytes of a regime as JSON."""

RegimeCode = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)", min_length=1, max_length=40)]
PeriodCode = Annotated[str, Meta(pattern=r"^[0-9]{4}(-[0-9HMQ]{2})?$(?!\n)", min_length=4, max_length=7)]
AgencyCode = Annotated[str, Meta(pattern=r"^[0-9A-Za-z.]+$(?!\n)", min_length=1, max_length=35)]
Owner = Annotated[str, Meta(pattern=r"^[0-9A-Za-z.]*$(?!\n)", max_length=35)]
Number = Annotated[int, Meta(ge=0, le=MOST)]
"""Of a figure, at every way in; the interface has the same (`hub.core.wire_reporting`)."""
Version = Annotated[int, Meta(ge=1, le=MOST_VERSION)]
Words = Annotated[str, Meta(max_length=20_000)]
Reason = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Scope(StrEnum):
    """The subject of a report's figures."""

    OWN = "own"  # the agency alone
    WHOLE = "whole"  # the agency and all below it: those that it could not count are in `missing`


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Of one indicator: SoLieuKeHoach, SoLieuUocLuong, SoLieuThucHien. `row`: of which field or kind, empty = all."""

    indicator: Annotated[str, Meta(min_length=1, max_length=LONGEST_INDICATOR)]
    row: Annotated[str, Meta(max_length=200)] = ""
    plan: Number | None = None
    estimate: Number | None = None
    actual: Number | None = None


class Narrative(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The parts of an outline, in words."""

    indicator: Annotated[str, Meta(min_length=1, max_length=LONGEST_INDICATOR)]
    text: Words


class _Packet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A later writer may add members; a figure has these and no others, so that a misspelt one is no silence."""


class RegimePacket(_Packet, frozen=True, kw_only=True, tag_field="packet", tag="regime/1"):
    """A regime in force from now on; a higher `version` replaces an earlier one of the same code and sender."""

    regime: Regime
    version: Version = 1

    def __post_init__(self) -> None:
        try:
            msgspec.convert(self.regime.code, RegimeCode)
        except msgspec.ValidationError:
            raise ValueError("regime.code: 1 to 40 of A-Z a-z 0-9 . _ -, a letter or digit first") from None
        if not all(0 < len(one.code) <= LONGEST_INDICATOR for one in self.regime.indicators):
            raise ValueError(f"indicators: codes of 1 to {LONGEST_INDICATOR} characters")
        if len(msgspec.json.encode(self.regime)) > MOST_REGIME:
            raise ValueError(f"regime: at most {MOST_REGIME} bytes")


class PeriodPacket(_Packet, frozen=True, kw_only=True, tag_field="packet", tag="period/1"):
    """A period that is open. The recipients of its document report to its sender.

    owner       whose regime: the agency that sent it down; empty for one that comes with the project
    first, last the days that a report tells of
    due, moved  the deadline as the rule names it, and the working day that it falls on; `binds` says which one counts
    """

    regime: RegimeCode
    owner: Owner = ""
    period: PeriodCode
    first: date
    last: date
    due: date
    moved: date
    binds: Binds = Binds.NAMED

    def __post_init__(self) -> None:
        period(self.period)
        if not self.first <= self.last or self.moved < self.due:
            raise ValueError("first is not after last, moved not before due")

    @property
    def window(self) -> Window:
        return Window(self.first, self.last)


class ReportPacket(_Packet, frozen=True, kw_only=True, tag_field="packet", tag="report/1"):
    """The figures of the document's sender, for `receiver`, which is one of the document's recipients.

    version     1 for the first, one more after each return
    missing     of a WHOLE report: agencies below that did not report, by code
    source      `record` where the hub filled the figures from its own record
    """

    regime: RegimeCode
    owner: Owner = ""
    period: PeriodCode
    receiver: AgencyCode
    version: Version = 1
    scope: Scope = Scope.OWN
    figures: Annotated[tuple[Figure, ...], Meta(max_length=MOST_FIGURES)] = ()
    texts: Annotated[tuple[Narrative, ...], Meta(max_length=500)] = ()
    missing: Annotated[tuple[AgencyCode, ...], Meta(max_length=MOST_MISSING)] = ()
    source: Annotated[str, Meta(max_length=40)] = ""

    def __post_init__(self) -> None:
        period(self.period)
        if len({(one.indicator, one.row) for one in self.figures}) != len(self.figures):
            raise ValueError("figures: each indicator once for each row")


class AnyFigure(Figure, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """As an earlier version may have kept one."""

    plan: int | None = None
    estimate: int | None = None
    actual: int | None = None


class _AnyReport(ReportPacket, frozen=True, kw_only=True, tag_field="packet", tag="report/1"):
    figures: tuple[AnyFigure, ...] = ()


_REPORT: Final = msgspec.json.Decoder(ReportPacket)
_ANY_REPORT: Final = msgspec.json.Decoder(_AnyReport)


def kept_report(body: bytes) -> ReportPacket:
    """A report that was kept, also with figures beyond the bound (`beyond`), which an earlier version let in."""
    try:
        return _REPORT.decode(body)
    except msgspec.ValidationError:
        loose = _ANY_REPORT.decode(body)
        members = {name: getattr(loose, name) for name in ReportPacket.__struct_fields__}
        return ReportPacket(**members | {"figures": kept_figures(loose.figures)})


def kept_figures(loose: Iterable[Figure]) -> tuple[Figure, ...]:
    names = Figure.__struct_fields__
    return tuple(Figure(**{name: getattr(one, name) for name in names}) for one in loose)


class Decision(StrEnum):
    ACCEPTED = "accepted"
    RETURNED = "returned"


class DecisionPacket(_Packet, frozen=True, kw_only=True, tag_field="packet", tag="report-decision/1"):
    """The document's sender on the report of `reporter`, which is one of its recipients."""

    regime: RegimeCode
    period: PeriodCode
    reporter: AgencyCode
    version: Version
    decision: Decision
    reason: Annotated[str, Meta(max_length=2_000)] = ""

    def __post_init__(self) -> None:
        period(self.period)
        if self.decision is Decision.RETURNED and not self.reason.strip():
            raise ValueError("reason: a report is returned with a reason")


class ChasePacket(_Packet, frozen=True, kw_only=True, tag_field="packet", tag="chase/1"):
    """The document's sender urges its recipients; a report that was sent meanwhile is told as sent, and nothing
    changes."""

    regime: RegimeCode
    period: PeriodCode
    due: date
    days_late: Annotated[int, Meta(ge=0, le=10_000)] = 0

    def __post_init__(self) -> None:
        period(self.period)


Packet = RegimePacket | PeriodPacket | ReportPacket | DecisionPacket | ChasePacket
KINDS: Final[dict[str, type[Packet]]] = {
    "regime/1": RegimePacket,
    "period/1": PeriodPacket,
    "report/1": ReportPacket,
    "report-decision/1": DecisionPacket,
    "chase/1": ChasePacket,
}


def case_id(regime: str, of: str, reporter: str, receiver: str) -> str:
    """A report's case: one for each regime, period, reporter and receiver. The receiver is in it because the same
    figures may be owed to several, and so that nobody opens a period in another's place."""
    return f"{regime}:{of}:{reporter}:{receiver}"


def period_id(regime: str, of: str, receiver: str) -> str:
    return f"period:{regime}:{of}:{receiver}"


def regime_id(code: str, owner: str) -> str:
    return f"regime:{code}:{owner}"


def encoded(packet: Packet) -> bytes:
    """As it travels: JSON, members in the order of their description, one to a line where a person reads it."""
    return msgspec.json.format(msgspec.json.encode(packet), indent=1) + b"\n"


def file_name(packet: Packet) -> str:
    """`report-II.06a-2026-Q1.packet.json`"""
    kind = type(packet).__struct_config__.tag
    of = f"-{packet.period}" if not isinstance(packet, RegimePacket) else ""
    code = packet.regime.code if isinstance(packet, RegimePacket) else packet.regime
    return f"{str(kind).partition('/')[0]}-{code}{of}.packet.json"
