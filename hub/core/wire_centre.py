"""The centre's board, and the open data of programmes. Days are of Vietnam, months `2026-11`."""

from __future__ import annotations

from datetime import date

from hub.core.wire import Wire
from hub.core.wire_results import DossierMeasure, OfDossiers


class CentreFlow(Wire, frozen=True, kw_only=True):
    """Of the documents accepted since `since`: sent ones, validly signed ones of them; deliveries, and of these that
    wait and that expired. `agencies`: how many there are; `active`: how many sent or were sent one."""

    agencies: int
    active: int
    sent: int
    signed: int
    received: int
    waiting: int
    expired: int


class CentreCases(Wire, frozen=True, kw_only=True):
    """A programme's cases. `total` = `open` + `ended`; `overdue` is a part of `open`, `late` of `ended`; `agencies`:
    how many have any."""

    programme: str
    agencies: int
    total: int
    open: int
    overdue: int
    ended: int
    late: int


class CentreLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An agency with all below it, or a tier. `leads`: there is a board below it."""

    flow: CentreFlow
    cases: tuple[CentreCases, ...]
    code: str = ""
    name: str = ""
    tier: str = ""
    leads: bool = False

    @property
    def is_quiet(self) -> bool:
        """Nothing was sent or received, and there is no case."""
        flow = self.flow
        counts = (flow.sent, flow.received, flow.waiting, flow.expired, *(one.total for one in self.cases))
        return not any(counts)


class CentreProgramme(Wire, frozen=True, kw_only=True):
    """`role`: whose cases are counted."""

    name: str
    vi: str
    en: str
    role: str
    role_vi: str
    role_en: str


class CentreService(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An essential service: dossiers received in `month`, and those of them that came online. `basis`: whether the
    procedures' codes are published, assumed or unknown."""

    service: str
    vi: str
    en: str
    basis: str
    received: int = 0
    online: int = 0


class CentrePlace(Wire, frozen=True, kw_only=True):
    code: str
    name: str


class Centre(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`lines`: the agencies directly below `root`, each with all below it, and `root` alone; they add up to
    `total`, and so do `tiers`. Each line is the `total` of the board of its `code`. Of very many the `left_out`
    smallest are `rest`. `shares`: of dossiers and their results below `root` in `month`, as `measures` define
    them. `above`: the way from the country to `root`. `day`: cases are overdue by this day; `behind`: accepted
    documents that are not in the cases yet."""

    as_of: str
    since: date
    day: date
    month: str
    programmes: tuple[CentreProgramme, ...]
    total: CentreLine
    lines: tuple[CentreLine, ...]
    tiers: tuple[CentreLine, ...]
    services: tuple[CentreService, ...]
    shares: tuple[OfDossiers, ...] = ()
    measures: tuple[DossierMeasure, ...] = ()
    root: str = ""
    above: tuple[CentrePlace, ...] = ()
    behind: int = 0
    left_out: int = 0
    rest: CentreLine | None = None

    def told_apart(self) -> tuple[list[CentreLine], list[CentreLine]]:
        """The lines that have anything, `root` itself in any case, and the quiet ones, which one row may stand for."""
        apart = [line for line in self.lines if not line.is_quiet or line.code == self.root]
        return apart, [line for line in self.lines if line.is_quiet and line.code != self.root]


class OpenUnit(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A ministry or province with all below it; without a code `folded` of them together, each of few cases."""

    total: int
    open: int
    overdue: int
    ended: int
    late: int
    code: str = ""
    name: str = ""
    folded: int = 0


class OpenProgramme(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`total` and `units` are empty where there are too few cases, or of one unit alone; units add up to the total."""

    name: str
    vi: str
    en: str
    units: tuple[OpenUnit, ...] = ()
    total: OpenUnit | None = None


class PublicProgrammes(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The programmes as anybody may see them. `least`: units of fewer cases are not told apart; `services`: essential
    services with at least as many dossiers in `month`."""

    as_of: str
    day: date
    month: str
    least: int
    programmes: tuple[OpenProgramme, ...]
    services: tuple[CentreService, ...]
