"""The directory as files: JSON, which carries everything, and CSV, which people edit in a spreadsheet.

JSON  `{"version": 1, "agencies": [ … ]}`, one agency a line, the members of `Agency`, certificates as base64
      of their DER.

CSV   One agency a row, the columns of `COLUMNS` in any order; `code`, `name` and `tier` are required. UTF-8,
      with a BOM so that a spreadsheet shows Vietnamese. Cells are trimmed. A CSV carries no certificates: its
      column `certificates` lists their SHA-256 for the reader and is ignored when read back; `merge` gives
      the imported entries the certificates that the directory holds already.

Reading is lenient where spreadsheets are careless: commas, semicolons or tabs; a BOM or none; dates as
yyyy-MM-dd or dd/MM/yyyy; tiers, yes and no also in Vietnamese. It is strict where carelessness would lose
something: a member or column that is not known is refused, not skipped. DirectoryRefusal lists all that is
wrong at once, each with its line. What holds among entries (parents, duplicates), `Directory.of` checks.

A cell that a spreadsheet would take for a formula (it begins with `= + - @`) is written after an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from hub.core.directory.check import Problem, refusal, refuse
from hub.core.directory.search import fold
from hub.core.errors import Text
from hub.core.model import Agency, SignaturePolicy, SignatureProfile, Tier

JSON_VERSION: Final = 1

COLUMNS: Final[tuple[str, ...]] = (
    "code",
    "code_qd20",
    "name",
    "short_name",
    "tier",
    "parent",
    "centre",
    "valid_from",
    "valid_to",
    "successor",
    "heirs",
    "suspended",
    "signature_policy",
    "signature_profile",
    "email",
    "address",
    "certificates",
)
_REQUIRED: Final = ("code", "name", "tier")

_BOM: Final = "\ufeff"
_NOT_JSON: Final = (ValueError, RecursionError)
_DATE_FORMS: Final = ("%Y-%m-%d", "%d/%m/%Y")
_DATES: Final = ("valid_from", "valid_to")
_TIERS: Final[Mapping[str, Tier]] = {
    **{tier.value: tier for tier in Tier},
    "trung uong": Tier.CENTRAL,
    "tinh": Tier.PROVINCIAL,
    "huyen": Tier.DISTRICT,
    "xa": Tier.COMMUNE,
}
_YES_NO: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("", "0", "no", "n", "false", "khong"), False),
    **dict.fromkeys(("1", "yes", "y", "x", "true", "co"), True),
}
_FORMULA: Final = ("=", "+", "-", "@", "'")


class _Entry(Agency, frozen=True, forbid_unknown_fields=True):
    """An agency as read from JSON: a misspelt member is an error, not an empty field."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    agencies: list[_Entry]


class _RawFile(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    agencies: list[msgspec.Raw]


# -- JSON ------------------------------------------------------------------------------------------------------


def to_json(agencies: Iterable[Agency]) -> bytes:
    """The whole directory, certificates included; one agency a line, in the order given."""
    lines = b",\n".join(map(msgspec.json.Encoder().encode, agencies))
    return b'{"version":%d,"agencies":[\n%s\n]}\n' % (JSON_VERSION, lines)


def from_json(data: bytes) -> list[Agency]:
    """Inverse of `to_json`. DirectoryRefusal names every entry that is wrong, with its line."""
    data = data.removeprefix(_BOM.encode())
    try:
        file = msgspec.json.decode(data, type=_File)
    except _NOT_JSON:
        return _entry_by_entry(data)
    _check_version(file.version)
    return [_agency(entry) for entry in file.agencies]


def _agency(entry: _Entry) -> Agency:
    return msgspec.convert(entry, Agency, from_attributes=True)


def _entry_by_entry(data: bytes) -> list[Agency]:
    """The slow way: takes dates of the other form, and finds all errors rather than the first."""
    try:
        file = msgspec.json.decode(data, type=_RawFile)
    except _NOT_JSON as error:
        text = Text("Tệp JSON không đúng dạng", f"Not a directory: {error}")
        problem = Problem("", "", "json_malformed", "", *text)
        raise refusal([problem]) from error
    _check_version(file.version)
    read = [_read_entry(raw, line) for raw, line in _with_lines(data, file.agencies)]
    refuse(problem for problem in read if isinstance(problem, Problem))
    return [agency for agency in read if isinstance(agency, Agency)]


def _with_lines(data: bytes, entries: Iterable[msgspec.Raw]) -> Iterator[tuple[bytes, int]]:
    """Each entry's bytes and the line on which they begin."""
    at = max(0, data.find(b'"agencies"'))  # the name may be spelled with escapes
    line = 1 + data.count(b"\n", 0, at)
    for entry in map(bytes, entries):
        begin = data.index(entry, at)
        line += data.count(b"\n", at, begin)
        yield entry, line
        at, line = begin + len(entry), line + entry.count(b"\n")


def _read_entry(entry: bytes, line: int) -> Agency | Problem:
    code = ""
    try:
        members = msgspec.json.decode(entry)
        if isinstance(members, dict):
            code = str(members.get("code", ""))
            members |= {name: _date(members[name]) for name in _DATES if isinstance(members.get(name), str)}
        return _agency(msgspec.convert(members, _Entry))
    except _NOT_JSON as error:
        return Problem(code, "", "entry_malformed", "", f"Mục sai: {error}", f"Not an agency: {error}", line)


def _check_version(version: int) -> None:
    if version != JSON_VERSION:
        text = Text("Phiên bản tệp không được hỗ trợ", "This version of the file is not known")
        raise refusal([Problem("", "version", "version_unknown", str(version), *text)])


# -- CSV -------------------------------------------------------------------------------------------------------


def to_csv(agencies: Iterable[Agency]) -> bytes:
    """All fields but the certificates themselves; UTF-8 with BOM, commas, CR LF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for agency in agencies:
        writer.writerow([_guarded(as_text(getattr(agency, column))) for column in COLUMNS])
    return (_BOM + text.getvalue()).encode()


def as_text(value: object) -> str:
    """A field of an agency as people read it: ISO dates, true or nothing, codes, digests of certificates."""
    if value is None or value is False:
        return ""
    if isinstance(value, tuple):
        return " ".join(one if isinstance(one, str) else one.sha256 for one in value)
    return "true" if value is True else str(value)


def _guarded(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def from_csv(data: bytes) -> list[Agency]:
    """Agencies without certificates (see `merge`). DirectoryRefusal names every cell that is wrong."""
    rows = _rows(_decoded(data))
    _, header = next(rows, (1, []))
    columns = [cell.strip().lower() for cell in header]
    refuse(_header_problems(columns))
    read = [found for line, row in rows for found in _read_row(columns, row, line)]
    refuse(found for found in read if isinstance(found, Problem))
    return [found for found in read if isinstance(found, Agency)]


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        problem = Problem("", "", "encoding", "", "Tệp không phải UTF-8", "The file is not UTF-8", line)
        raise refusal([problem]) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it begins."""
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        problem = Problem("", "", "csv_malformed", "", f"Tệp CSV sai: {error}", f"Not CSV: {error}", line)
        raise refusal([problem]) from error


def _header_problems(columns: list[str]) -> Iterator[Problem]:
    for i, column in enumerate(columns):
        if column not in COLUMNS:
            yield Problem("", column, "column_unknown", column, "Cột không có trong mẫu", "No such column", 1)
        elif column in columns[:i]:
            yield Problem("", column, "column_twice", column, "Cột lặp lại", "The column occurs twice", 1)
    for column in _REQUIRED:
        if column not in columns:
            yield Problem("", column, "column_missing", "", "Thiếu cột bắt buộc", "The column is missing", 1)


def _read_row(columns: list[str], row: list[str], line: int) -> Iterator[Agency | Problem]:
    """One agency, or every problem of its row."""
    cells = dict(zip(columns, (_unguarded(cell.strip()) for cell in row), strict=False))
    code = cells.get("code", "")
    problems: list[Problem] = []
    fields: dict[str, Any] = {}
    if surplus := [cell for cell in row[len(columns) :] if cell.strip()]:
        problems.append(Problem(code, "", "row_too_long", surplus[0], *_SURPLUS, line))
    for column in columns:
        read, text = _READERS.get(column, _AS_IT_IS)
        cell = cells.get(column, "")
        try:
            fields[column] = read(cell)
        except (ValueError, KeyError):
            problems.append(Problem(code, column, f"{column}_malformed", cell, *text, line))
    fields.pop("certificates", None)
    if problems:
        yield from problems
    else:
        yield Agency(**fields)


def _date(text: str) -> date:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    raise ValueError(f"not a date yyyy-MM-dd or dd/MM/yyyy: {text!r}")


def _date_or_none(cell: str) -> date | None:
    return _date(cell) if cell else None


def _codes(cell: str) -> tuple[str, ...]:
    """Separated by spaces, or as people separate them."""
    return tuple(cell.replace(",", " ").replace(";", " ").split())


_Reader = tuple[Callable[[str], Any], Text]

_AS_IT_IS: Final[_Reader] = (str, Text("", ""))
_SURPLUS: Final = Text("Dòng có nhiều ô hơn tiêu đề", "The row has more cells than the header")
_DATE_TEXT: Final = Text("Ngày phải có dạng yyyy-MM-dd hoặc dd/MM/yyyy", "A date is yyyy-MM-dd or dd/MM/yyyy")

_READERS: Final[Mapping[str, _Reader]] = {
    "tier": (
        lambda cell: _TIERS[fold(cell)],
        Text(
            "Cấp: central, provincial, district, commune",
            "A tier is central, provincial, district or commune",
        ),
    ),
    "valid_from": (_date_or_none, _DATE_TEXT),
    "valid_to": (_date_or_none, _DATE_TEXT),
    "heirs": (_codes, Text("", "")),
    "suspended": (lambda cell: _YES_NO[fold(cell)], Text("Ghi true hoặc để trống", "Write true, or nothing")),
    "signature_policy": (
        lambda cell: SignaturePolicy(cell.lower() or "strict"),
        Text("Chính sách chữ ký: strict hoặc record", "A signature policy is strict or record"),
    ),
    "signature_profile": (
        lambda cell: SignatureProfile(cell.lower() or "strict"),
        Text("Hồ sơ chữ ký: strict hoặc legacy", "A signature profile is strict or legacy"),
    ),
}


def merge(registered: Callable[[str], Agency | None], imported: Iterable[Agency]) -> list[Agency]:
    """The imported entries with the certificates registered for their codes, whatever they brought along.

    `registered` is `Directory.get`, or any other look-up by code.
    """
    return [_with_certificates(agency, registered(agency.code)) for agency in imported]


def _with_certificates(agency: Agency, known: Agency | None) -> Agency:
    held = known.certificates if known is not None and known.code == agency.code else ()
    return agency if agency.certificates == held else msgspec.structs.replace(agency, certificates=held)
