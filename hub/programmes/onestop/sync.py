"""The field's sync services: a body of many dossiers, or of many steps, as the adapters of one-stop systems send it.

    {"session": …, "madonvi": "H52", "service": "DongBoHoSoMC", "isUpdating": "False", "data": [{…}, …]}

    DongBoHoSoMC           whole dossiers. A known one is changed, an unknown one is added: `isUpdating` plays no part
    CapNhatTienDoHoSoMC    steps of dossiers, with ThoiDiemXuLy and TrangThai
    TraCuuHoSo             asks for dossiers by MaHoSo, and brings nothing

The same bytes give the same outcome for each row, now and when cases are made again: the directory's part is
written down with the batch when it comes (`Units`). `session` is not looked at either, and better left empty, for the
bytes are kept.

DOSSIER_UNIT   the unit of a dossier's number is not in the directory, or was not in office on the number's day
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import msgspec

from hub.core.misfit import misfit, one_of
from hub.programmes.onestop.codes import DossierNumber, dossier_number
from hub.programmes.onestop.fields import DossierFields, Fee, Paper, Progress, ResultPaper, cleaned
from hub.programmes.onestop.procedures import Known
from hub.programmes.onestop.reading import Filed, Moved, filed, moved
from hub.programmes.riding import Fault, as_struct, cut
from hub.programmes.serving import MOST_ROWS
from hub.programmes.working_days import WorkingDays

DOSSIERS: Final = "DongBoHoSoMC"
STEPS: Final = "CapNhatTienDoHoSoMC"
ASK: Final = "TraCuuHoSo"
SERVICES: Final = (DOSSIERS, STEPS, ASK)
MOST_BYTES: Final = 1024 * 1024
_PLACE: Final = re.compile(r"data\[(\d{1,4})\](?: .*)?", re.ASCII | re.DOTALL)


S = TypeVar("S", bound=msgspec.Struct)
DIGITS: Final = "a number in digits alone"
_DIGITS: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
_TRUTH: Final = ("true", "false")


class Unit(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agency of the directory as a batch found it: its code, and its first and last day."""

    code: str
    first: date | None = None
    last: date | None = None

    def in_office(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


Units = Mapping[str, Unit]
"""By the code as it is written in the batch; a code that is not here was in no directory."""


class Body(msgspec.Struct, frozen=True, kw_only=True, rename={"unit": "madonvi"}):
    """One call. `unit`: for which agency the caller speaks."""

    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    data: Annotated[list[Any], msgspec.Meta(max_length=MOST_ROWS)]


class Row(NamedTuple):
    """number: MaHoSo as far as it is one; `made`: the row's content, or its fault; `place`: where it stands."""

    number: str
    made: Filed | Moved | Fault
    place: str


class Facts(msgspec.Struct, frozen=True):
    """The directory's word of the codes in a body, by the code as it is written there."""

    units: dict[str, Unit]


def body(data: bytes) -> Body | Fault:
    """The call that these bytes are. One row need not stand in a list."""
    try:
        read = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        wrong = misfit(Body, error)
        return Fault(code="SYNC_BODY", place="$", expected=wrong.expected, found=cut(wrong.found))
    if isinstance(read, dict) and isinstance(read.get("data"), dict):
        read = {**read, "data": [read["data"]]}
    made = as_struct(read, Body, "body")
    if isinstance(made, Fault):
        return msgspec.structs.replace(made, code="SYNC_BODY")
    if made.service not in SERVICES:
        expected = one_of(SERVICES)
        return Fault(code="SYNC_SERVICE", place="$.service", expected=expected, found=cut(made.service))
    return made


def written(data: list[Any]) -> set[str]:
    """The codes of agencies that rows name: those that took the dossiers, and those that solve them."""
    found: set[str] = set()
    for row in data:
        if isinstance(row, dict):
            if (number := _number(row.get("MaHoSo"))) is not None:
                found.add(number.unit)
            solving = row.get("DonViXuLy")
            found |= {solving.strip()} if isinstance(solving, str) else set()
    return found


def rows(service: str, data: list[Any], units: Units, calendar: WorkingDays, known: Known) -> Iterator[Row]:
    """Each row in its place. `known`: facts about procedures."""
    for n, given in enumerate(data):
        named = given.get("MaHoSo") if isinstance(given, dict) else None
        number = _number(named)
        place = f"data[{n}]"
        made = _row(service, given, calendar, known, place)
        if number is not None and not isinstance(made, Fault):
            made = _unit(number, units, place) or made
        yield Row(number.text if number is not None else "", made, place)


def judged(rows: Sequence[Row], faults: Sequence[Fault]) -> list[Row]:
    """The rows as the fold left them: each that it refused with the first fault of its place. A fault without the place
    of a row is of all those that have none of their own."""
    refused: dict[int, Fault] = {}
    every: Fault | None = None
    for fault in faults:
        if found := _PLACE.fullmatch(fault.place):
            refused.setdefault(int(found[1]), fault)
        else:
            every = every or fault
    return [
        row if isinstance(row.made, Fault) else row._replace(made=refused.get(n) or every or row.made)
        for n, row in enumerate(rows)
    ]


def asked(data: list[Any]) -> list[str]:
    """The numbers that TraCuuHoSo asks for, in their order; empty where a row names none."""
    named = [row.get("MaHoSo") if isinstance(row, dict) else row for row in data]
    return [number.text if (number := _number(one)) is not None else "" for one in named]


def _numbers(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The members of a struct that are numbers, by the names that the field writes."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(kind) if _is_number(field.type))


def _is_number(kind: Any) -> bool:
    try:
        return isinstance(msgspec.convert("1", kind, strict=False), int)
    except msgspec.ValidationError:
        return False


_NUMBERS: Final[Mapping[type[msgspec.Struct], frozenset[str]]] = {
    kind: _numbers(kind) for kind in (DossierFields, Progress, Paper, ResultPaper, Fee)
}
_ENTRIES: Final[Mapping[str, type[msgspec.Struct]]] = {
    "TaiLieuNop": Paper,
    "DanhSachGiayToKetQua": ResultPaper,
    "DanhSachLePhi": Fee,
}


def _not_digits(given: Any, kind: type[msgspec.Struct], place: str) -> Fault | None:
    """The first number that is sent as text and not in digits alone: nobody means "1e1" as a state."""
    for name, value in given.items() if isinstance(given, dict) else ():
        if name in _NUMBERS[kind] and isinstance(value, str) and not _written_out(name, value):
            return Fault(code="PACKET_FIELDS", place=cut(f"{place}.{name}"), expected=DIGITS, found=cut(value))
        if kind is DossierFields and name in _ENTRIES and isinstance(value, list):
            for n, entry in enumerate(value):
                if fault := _not_digits(entry, _ENTRIES[name], f"{place}.{name}[{n}]"):
                    return fault
    return None


def _written_out(name: str, text: str) -> bool:
    return _DIGITS.fullmatch(text) is not None or (name == "IsDeleted" and text.lower() in _TRUTH)


def _as(given: Any, kind: type[S], name: str) -> S | Fault:
    row = cleaned(given)
    return _not_digits(row, kind, f"{name} $") or as_struct(row, kind, name, strict=False)


def _row(service: str, given: Any, calendar: WorkingDays, known: Known, name: str) -> Filed | Moved | Fault:
    if service == DOSSIERS:
        fields = _as(given, DossierFields, name)
        return fields if isinstance(fields, Fault) else filed(fields, calendar, known, f"{name} $")
    progress = _as(given, Progress, name)
    return progress if isinstance(progress, Fault) else moved(progress, f"{name} $")


def _unit(number: DossierNumber, units: Units, name: str) -> Fault | None:
    unit, place = units.get(number.unit), f"{name} $.MaHoSo"
    if unit is None:
        expected = "the code of an agency in the directory"
        return Fault(code="DOSSIER_UNIT", place=place, expected=expected, found=number.unit)
    if unit.in_office(number.day):
        return None
    expected = f"an agency that was in office on {number.day.isoformat()}"
    return Fault(code="DOSSIER_UNIT", place=place, expected=expected, found=number.unit)


def _number(text: object) -> DossierNumber | None:
    try:
        return dossier_number(text) if isinstance(text, str) else None
    except ValueError:
        return None
