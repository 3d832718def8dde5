"""The directory as files: JSON, which carries everything, and CSV, which people edit in a spreadsheet.

JSON  `{"version": 1, "agencies": [ … ]}`, one agency a line, the members of `Agency`, certificates as base64
      of their DER.

CSV   One agency a row, the columns of `COLUMNS` in any order; `code` is required, and for an agency that is not in the
      directory yet `name` and `tier`. Written as UTF-8 with a BOM, so that a spreadsheet shows Vietnamese. Cells are
      trimmed. A CSV carries no certificates: its column `certificates` lists their SHA-256 for the reader and is
      ignored when read back.

The result of reading is an `Entry`: an agency as far as the file states it. A CSV states its columns, and an empty cell
empties; a column that is not there changes nothing. JSON states an agency whole, but its certificates only where it has
some. `entries` makes agencies of entries.

Reading is lenient where spreadsheets are careless: UTF-8 or UTF-16, with a BOM or without; commas, semicolons or tabs,
or the sign of a line `sep=`; columns without name and content; dates as yyyy-MM-dd, dd/MM/yyyy or yyyy/MM/dd; tiers
also by their Vietnamese names. It is strict where carelessness would lose something: a member or column that is not
known is refused, not skipped. DirectoryRefusal lists all that is wrong at once, each with its line.

A cell that a spreadsheet would take for a formula (it begins with `= + - @`) is written after an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, Final, NamedTuple

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
_DATE_FORMS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%Y/%m/%d")
_DATES: Final = ("valid_from", "valid_to")
_KINDS: Final[Mapping[Tier, tuple[str, ...]]] = {
    Tier.CENTRAL: ("trung uong", "cap trung uong", "bo", "cap bo"),
    Tier.PROVINCIAL: ("tinh", "cap tinh", "so", "thanh pho truc thuoc trung uong"),
    Tier.DISTRICT: ("huyen", "cap huyen", "quan", "thi xa", "thanh pho thuoc tinh"),
    Tier.COMMUNE: ("xa", "cap xa", "phuong", "thi tran", "dac khu"),
}
"""The usual names of a tier, without accents. A `thành phố` alone may be of two tiers, and is none."""

_TIERS: Final[Mapping[str, Tier]] = {word: tier for tier in Tier for word in (tier.value, *_KINDS[tier])}
_YES_NO: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("", "0", "no", "n", "false", "khong"), False),
    **dict.fromkeys(("1", "yes", "y", "x", "true", "co"), True),
}
_FORMULA: Final = ("=", "+", "-", "@", "'")


class Entry(NamedTuple):
    """An agency as far as a file states it: `given` by field. `line`: where it begins."""

    code: str
    given: Mapping[str, Any]
    line: int


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
        return [agency for agency, _ in _entry_by_entry(data)]
    _check_version(file.version)
    return [_agency(entry) for entry in file.agencies]


def read_json(data: bytes) -> list[Entry]:
    """As `from_json`, with lines; an entry without certificates leaves those alone that are registered for it."""
    return [_stated(agency, line) for agency, line in _entry_by_entry(data.removeprefix(_BOM.encode()))]


def _stated(agency: Agency, line: int) -> Entry:
    given = {name: getattr(agency, name) for name in Agency.__struct_fields__}
    if not agency.certificates:
        del given["certificates"]
    return Entry(agency.code, given, line)


def _agency(entry: _Entry) -> Agency:
    return msgspec.convert(entry, Agency, from_attributes=True)


def _entry_by_entry(data: bytes) -> list[tuple[Agency, int]]:
    """The slow way: takes dates of the other form, and finds all errors rather than the first."""
    try:
        file = msgspec.json.decode(data, type=_RawFile)
    except _NOT_JSON as error:
        text = Text("Tệp JSON không đúng dạng", f"Not a directory: {error}")
        problem = Problem("", "", "json_malformed", "", *text)
        raise refusal([problem]) from error
    _check_version(file.version)
    read = [(_read_entry(raw, line), line) for raw, line in _with_lines(data, file.agencies)]
    refuse(problem for problem, _ in read if isinstance(problem, Problem))
    return [(agency, line) for agency, line in read if isinstance(agency, Agency)]


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
            members |= {name: day(members[name]) for name in _DATES if isinstance(members.get(name), str)}
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
    """A directory of its own, without certificates. DirectoryRefusal names every cell that is wrong."""
    entries, problems = scan_csv(data, _REQUIRED)
    refuse(problems)
    return [Agency(**entry.given) for entry in entries]


def scan_csv(data: bytes, required: Sequence[str] = ("code",)) -> tuple[list[Entry], list[Problem]]:
    """The rows that can be read, and all that is wrong with the others. DirectoryRefusal for bytes that are no
    table."""
    rows = _rows(_decoded(data))
    first, header = next(rows, (1, []))
    columns = [cell.strip().lower() for cell in header]
    refuse(_header_problems(columns, required, first))
    read = [found for line, row in rows for found in _read_row(columns, row, line)]
    return [e for e in read if isinstance(e, Entry)], [p for p in read if isinstance(p, Problem)]


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16: by a BOM, else by whether every other byte of the header is zero."""
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if not encoding:
        head = data[:_LOOK_AT]
        encoding = next((name for name, at in _HALVES if len(head) > 1 and not any(head[at::2])), "utf-8-sig")
    try:
        return data.decode(encoding).removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        shown = data[error.start : error.start + 8].hex(" ")
        raise refusal([Problem("", "", "encoding", shown, *_ENCODING, line)]) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it begins."""
    line, said = 1, _SEPARATOR.match(text)
    if said:
        text, line = text[said.end() :], 2
    header = text.partition("\n")[0]
    delimiter = said[1] if said else max(",;\t", key=header.count)
    before = line - 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = before + reader.line_num + 1
    except csv.Error as error:
        problem = Problem("", "", "csv_malformed", "", f"Tệp CSV sai: {error}", f"Not CSV: {error}", line)
        raise refusal([problem]) from error


def _header_problems(columns: list[str], required: Sequence[str], line: int) -> Iterator[Problem]:
    """A column without a name may stand there as long as it is empty."""
    for i, column in enumerate(columns):
        if column and column not in COLUMNS:
            yield Problem("", column, "column_unknown", column, *_NO_SUCH_COLUMN, line)
        elif column and column in columns[:i]:
            yield Problem("", column, "column_twice", column, *_COLUMN_TWICE, line)
    for column in required:
        if column not in columns:
            yield Problem("", column, "column_missing", "", *COLUMN_MISSING, line)


def _read_row(columns: list[str], row: list[str], line: int) -> Iterator[Entry | Problem]:
    """One entry, or every problem of its row."""
    cells = [_unguarded(cell.strip()) for cell in row]
    named = {column: cell for column, cell in zip_longest(columns, cells[: len(columns)], fillvalue="") if column}
    code = named.get("code", "")
    problems: list[Problem] = []
    fields: dict[str, Any] = {}
    if surplus := [cell for cell in cells[len(columns) :] if cell]:
        problems.append(Problem(code, "", "row_too_long", surplus[0], *_SURPLUS, line))
    if astray := [cell for column, cell in zip(columns, cells, strict=False) if cell and not column]:
        problems.append(Problem(code, "", "column_unnamed", astray[0], *_UNNAMED, line))
    for column, cell in named.items():
        read, text = _READERS.get(column, _AS_IT_IS)
        try:
            fields[column] = read(cell)
        except (ValueError, KeyError):
            problems.append(Problem(code, column, f"{column}_malformed", cell, *text, line))
    fields.pop("certificates", None)
    if problems:
        yield from problems
    else:
        yield Entry(code, fields, line)


def day(text: str) -> date:
    """A day as people write it. ValueError for a text that is none."""
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    raise ValueError(f"not a date yyyy-MM-dd, dd/MM/yyyy or yyyy/MM/dd: {text!r}")


def _date_or_none(cell: str) -> date | None:
    return day(cell) if cell else None


def _codes(cell: str) -> tuple[str, ...]:
    """Separated by spaces, or as people separate them."""
    return tuple(cell.replace(",", " ").replace(";", " ").split())


_Reader = tuple[Callable[[str], Any], Text]

_AS_IT_IS: Final[_Reader] = (str, Text("", ""))
_SURPLUS: Final = Text("Dòng có nhiều ô hơn tiêu đề", "The row has more cells than the header")
_DATE_TEXT: Final = Text(
    "Ngày phải có dạng yyyy-MM-dd, dd/MM/yyyy hoặc yyyy/MM/dd", "A date is yyyy-MM-dd, dd/MM/yyyy or yyyy/MM/dd"
)
_UNNAMED: Final = Text("Ô nằm ở cột không có tên", "The cell stands in a column without a name")
_NO_SUCH_COLUMN: Final = Text(f"Các cột: {', '.join(COLUMNS)}", f"The columns are {', '.join(COLUMNS)}")
_COLUMN_TWICE: Final = Text("Mỗi cột chỉ ghi một lần", "Each column occurs once")
COLUMN_MISSING: Final = Text("Thiếu cột bắt buộc", "The column is missing")
_ENCODING: Final = Text(
    'Lưu lại dạng "CSV UTF-8" hoặc "Unicode Text"', 'Save it as "CSV UTF-8" or as "Unicode Text": UTF-8 or UTF-16'
)
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HALVES: Final = (("utf-16-le", 1), ("utf-16-be", 0))
_LOOK_AT: Final = 8
"""Bytes of the header by which UTF-16 without a BOM is known: names of columns are ASCII."""

_SEPARATOR: Final = re.compile(r'"?sep=([,;\t|])"?[;,\t]*\r?\n', re.IGNORECASE)
"""The first line by which a spreadsheet is told the sign between cells."""

_READERS: Final[Mapping[str, _Reader]] = {
    "tier": (
        lambda cell: _TIERS[fold(cell)],
        Text(
            "Cấp: central (trung ương), provincial (tỉnh), district (huyện), commune (xã, phường, thị trấn, đặc khu)",
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
