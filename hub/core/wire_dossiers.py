"""One-stop dossiers on the wire: the answers of the field's sync services under the field's names, and indicators."""

from __future__ import annotations

from typing import Final

from hub.core.wire import Wire

DONE: Final = "0"


class ServiceRow(
    Wire,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "number": "MaHoSo",
        "procedure": "MaTTHC",
        "procedure_name": "TenTTHC",
        "channel": "KenhThucHien",
        "state": "TrangThaiHoSo",
        "state_name": "TenTrangThai",
        "received": "NgayTiepNhan",
        "due": "NgayHenTra",
        "ended": "NgayKetThucXuLy",
        "receiving": "DonViTiepNhan",
        "solving": "DonViXuLy",
    },
):
    """The outcome of one row, in its place: `error_code` 0 where the dossier has it, else the code of the row's fault,
    which `message` tells in Vietnamese and `message_en` in English. Of TraCuuHoSo the dossier too, without any person;
    times are Vietnam local, yyyyMMddHHmmss."""

    error_code: str
    message: str
    message_en: str = ""
    number: str = ""
    procedure: str = ""
    procedure_name: str = ""
    channel: int = 0
    state: int = 0
    state_name: str = ""
    received: str = ""
    due: str = ""
    ended: str = ""
    receiving: str = ""
    solving: str = ""


class ServiceAnswer(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`error_code`: 0 all rows were taken in, 1 some were refused, 2 the call is wrong, 3 it is not allowed, 4 it is
    too large, 5 later, 9 else; from 2 on both members stand in a problem as of any route. `receipt`: identifier of the
    evidence of the body (`GET /v1/receipts/{id}`); `repeated`: these bytes were on record already."""

    error_code: str
    message: str
    data: tuple[ServiceRow, ...] = ()
    receipt: str = ""
    repeated: bool = False


class Indicator(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An indicator of QĐ 766, by the version of its formula. `percent` of `part` in `whole`, with two decimals; absent
    where there is nothing to divide by. `full`: the percentage that earns full marks. `of_part`, `of_whole`: the
    measures, by which `GET /v1/programmes/dossiers/cases` lists the dossiers behind both counts."""

    number: str
    version: str
    vi: str
    en: str
    part: int
    whole: int
    full: int
    percent: float | None = None
    of_part: str = ""
    of_whole: str = ""


class Formula(Wire, frozen=True, kw_only=True):
    """What an indicator divides by what, by the version of its formula."""

    number: str
    version: str
    vi: str
    en: str


class NotComputed(Wire, frozen=True, kw_only=True):
    """An indicator that the record of the axis does not support: its name, and why."""

    number: str
    vi: str
    en: str
    why_vi: str
    why_en: str


class ProcedureMean(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """2.2 of a procedure: `days` are working days, as its legal maximum `legal_days` (absent where it is not known;
    `basis` says whence it is)."""

    code: str
    name: str
    days: int
    dossiers: int
    mean_days: float
    legal_days: int = 0
    basis: str = ""


class IndicatorLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Figures of an agency and of all below it; of `root` alone where it is the root. Counts are sums: lines sum up to
    the total. `days`, `timed`: 2.2 is working days by solved dossiers of those received."""

    code: str = ""
    name: str = ""
    tier: str = ""
    received: int = 0
    online: int = 0
    ended: int = 0
    early: int = 0
    overdue: int = 0
    paused: int = 0
    days: int = 0
    timed: int = 0
    mean_days: float | None = None
    indicators: tuple[Indicator, ...] = ()


class Indicators(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Of the months from `first` to `last`; `overdue` and `paused` are of `day`. `procedures`: 2.2 of all below `root`
    together, those with the most dossiers, and how many more there are."""

    role: str
    first: str
    last: str
    day: str
    total: IndicatorLine
    lines: tuple[IndicatorLine, ...]
    root: str = ""
    behind: int = 0
    left_out: int = 0
    formulas: tuple[Formula, ...] = ()
    not_computed: tuple[NotComputed, ...] = ()
    procedures: tuple[ProcedureMean, ...] = ()
    more_procedures: int = 0
