"""The directory as JSON and CSV: round trips, leniency, and every error with its line; and what changed between two."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.core.directory.check import Problem
from hub.core.directory.diff import Change, ChangeKind, FieldChange, diff
from hub.core.directory.entries import merge, read
from hub.core.directory.files import COLUMNS, Entry, from_csv, from_json, scan_csv, to_csv, to_json
from hub.core.directory.routing import Directory
from hub.core.errors import DirectoryRefusal
from hub.core.model import Agency, RegisteredCertificate, SignaturePolicy, SignatureProfile, Tier

SON_LA = Agency("000.00.00.H52", "Ủy ban nhân dân tỉnh Sơn La", Tier.PROVINCIAL, "H52")


def certificate(content: bytes, added: int = 0, withdrawn: int | None = None) -> RegisteredCertificate:
    return RegisteredCertificate(hashlib.sha256(content).hexdigest(), content, added, withdrawn)


_LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map(str.strip)
_SPREADSHEET = st.sampled_from(
    ("=SUM(A1)", "+84", "-", "@sum", "'", "''=x", 'a "b"', "a;b", "a,b", "a\tb", "1", "true", "01/02/2025")
)
_TEXT = _LINE | _SPREADSHEET
_DAY = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
_CERTIFICATE = st.builds(
    certificate, st.binary(max_size=40), st.integers(0, 1 << 45), st.none() | st.integers(0, 1 << 45)
)
_AGENCY = st.builds(
    Agency,
    code=st.from_regex(r"[\w.-]{1,20}", fullmatch=True, alphabet=st.characters(codec="ascii")),
    name=_TEXT,
    tier=st.sampled_from(Tier),
    code_qd20=_TEXT,
    parent=_TEXT,
    short_name=_TEXT,
    email=_TEXT,
    address=_TEXT,
    valid_from=_DAY,
    valid_to=_DAY,
    successor=_TEXT,
    centre=_TEXT,
    suspended=st.booleans(),
    signature_policy=st.sampled_from(SignaturePolicy),
    signature_profile=st.sampled_from(SignatureProfile),
    certificates=st.lists(_CERTIFICATE, max_size=2, unique_by=lambda c: c.sha256).map(tuple),
    heirs=st.lists(st.from_regex(r"[A-Z0-9.]{1,9}", fullmatch=True), max_size=3).map(tuple),
)
_AGENCIES = st.lists(_AGENCY, max_size=5)


def problems(read: Callable[[bytes], Any], data: bytes) -> list[tuple[int, str, str]]:
    """(line, entry, reason) of everything that refuses a file."""
    with pytest.raises(DirectoryRefusal) as refused:
        read(data)
    found: tuple[Problem, ...] = refused.value.facts["problems"]  # type: ignore[assignment]
    assert all(p.vi and p.en for p in found)
    return [(p.line, p.entry, p.reason) for p in found]


# -- JSON ------------------------------------------------------------------------------------------------------


@given(_AGENCIES)
@settings(max_examples=100)
def test_json_brings_back_everything(agencies: list[Agency]) -> None:
    data = to_json(agencies)
    assert from_json(data) == agencies
    assert from_json(b"\xef\xbb\xbf" + data) == agencies
    assert data.count(b"\n") == (len(agencies) + 2 if agencies else 3)
    assert all(type(agency) is Agency for agency in from_json(data))


def test_json_takes_dates_as_people_write_them() -> None:
    data = b'{"version":1,"agencies":[{"code":"a","name":"A","tier":"commune","valid_to":"30/06/2025"}]}'
    assert from_json(data)[0].valid_to == date(2025, 6, 30)


def test_json_takes_certificates_in_the_lenient_way_too() -> None:
    agency = replace(SON_LA, certificates=(certificate(b"\x30\x00"),), valid_from=date(2025, 7, 1))
    data = to_json([agency]).replace(b"2025-07-01", b"01/07/2025")
    assert from_json(data) == [agency]


def test_json_errors_are_told_all_at_once_with_their_lines() -> None:
    data = b"""{"version": 1, "agencies": [
  {"code": "a", "name": "A", "tier": "commune"},
  {"code": "b", "name": "B", "tier": "city"},
  {"code": "c", "name": "C", "tier": "commune",
   "succesor": "a"},
  {"code": "c", "name": "C", "tier": "commune",
   "succesor": "a"},
  17,
  {"code": "d", "name": "D", "tier": "commune", "valid_to": "31/06/2025"}, {"name": "E", "tier": "commune"}
]}"""
    assert problems(from_json, data) == [
        (3, "b", "entry_malformed"),
        (4, "c", "entry_malformed"),
        (6, "c", "entry_malformed"),
        (8, "", "entry_malformed"),
        (9, "d", "entry_malformed"),
        (9, "", "entry_malformed"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "json_malformed"),
        (b"[]", "json_malformed"),
        (b'{"version":1}', "json_malformed"),
        (b'{"version":1,"agencies":[],"x":1}', "json_malformed"),
        (b'{"version":1,"agencies":[{"code":"\xff"}]}', "entry_malformed"),
        (b'{"version":2,"agencies":[]}', "version_unknown"),
        (b'{"version":2,"agencies":[{}]}', "version_unknown"),
    ],
)
def test_what_is_no_directory_file_is_refused(data: bytes, reason: str) -> None:
    assert [found for _, _, found in problems(from_json, data)] == [reason]


# -- CSV -------------------------------------------------------------------------------------------------------


@given(_AGENCIES)
@settings(max_examples=150)
def test_csv_brings_back_all_but_certificates_and_merge_those(agencies: list[Agency]) -> None:
    data = to_csv(agencies)
    assert data.startswith(b"\xef\xbb\xbfcode,")
    assert from_csv(data) == [replace(agency, certificates=()) for agency in agencies]
    entries, found = scan_csv(data)
    assert not found
    registered = {agency.code: agency for agency in agencies}
    assert merge(registered.get, entries) == [
        replace(agency, certificates=registered[agency.code].certificates) for agency in agencies
    ]


def test_csv_shows_digests_and_no_certificates() -> None:
    held = certificate(b"secret bytes of a certificate")
    text = to_csv([replace(SON_LA, certificates=(held, certificate(b"next")))]).decode()
    assert f"{held.sha256} {certificate(b'next').sha256}" in text
    assert "secret" not in text


def test_an_imported_entry_cannot_bring_certificates_nor_take_them_away() -> None:
    old = Directory.of([replace(SON_LA, certificates=(certificate(b"old"),))])
    table = "code,name,tier,code_qd20,certificates\n" + "".join(
        f"{code},UBND Sơn La,provincial,,{certificate(b'forged').sha256}\n" for code in (SON_LA.code, "H52")
    )
    made = merge(old.get, read(table.encode(), "csv"))
    assert [(a.name, a.certificates) for a in made] == [("UBND Sơn La", (certificate(b"old"),)), ("UBND Sơn La", ())]
    bare = read(to_json([replace(SON_LA, name="UBND Sơn La")]), "json")
    assert merge(old.get, bare)[0].certificates == (certificate(b"old"),)
    fresh = read(to_json([replace(SON_LA, certificates=(certificate(b"new"),))]), "json")
    assert merge(old.get, fresh)[0].certificates == (certificate(b"new"),)


@given(
    st.lists(_AGENCY, min_size=1, max_size=5, unique_by=lambda a: a.code), st.sets(st.sampled_from(COLUMNS)), st.data()
)
@settings(max_examples=100)
def test_a_file_changes_the_columns_that_it_has_and_nothing_else(
    agencies: list[Agency], columns: set[str], data: st.DataObject
) -> None:
    kept = ["code", *sorted(columns - {"code", "certificates"})]
    others = [replace(data.draw(_AGENCY), code=agency.code) for agency in agencies]
    rows = list(csv.reader(io.StringIO(to_csv(others).decode("utf-8-sig"), newline="")))
    at = [COLUMNS.index(column) for column in kept]
    table = io.StringIO(newline="")
    csv.writer(table).writerows([row[i] for i in at] for row in rows)
    entries, found = scan_csv(table.getvalue().encode())
    assert not found
    held = {agency.code: agency for agency in agencies}
    for old, other, new in zip(agencies, others, merge(held.get, entries), strict=True):
        for field in Agency.__struct_fields__:
            assert getattr(new, field) == getattr(other if field in kept else old, field)


def test_what_a_file_leaves_out_of_a_new_agency_is_told() -> None:
    entries = [Entry("a", {"code": "a", "name": "A"}, 2), Entry(SON_LA.code, {"code": SON_LA.code}, 3)]
    assert problems(lambda _: merge({SON_LA.code: SON_LA}.get, entries), b"") == [(2, "a", "column_missing")]


def test_everything_that_a_file_alone_shows_is_told_together_by_line() -> None:
    data = """code,name,tier,valid_from,valid_to
b,B,commune,2025-07-02,2025/07/01
a,A,moon,,
b,"B
B",commune,,
​c,C,commune,,
"""
    assert problems(lambda d: read(d, "csv"), data.encode()) == [
        (2, "b", "validity_reversed"),
        (3, "a", "tier_malformed"),
        (4, "b", "duplicate_code"),
        (4, "b", "name_malformed"),
        (6, "​c", "code_malformed"),
    ]
    data = to_json([SON_LA, replace(SON_LA, name="")]).decode()
    assert [(line, reason) for line, _, reason in problems(lambda d: read(d, "json"), data.encode())] == [
        (3, "duplicate_code"),
        (3, "name_malformed"),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+84 212", "-1", "@x"])
def test_no_cell_is_a_formula_to_a_spreadsheet(cell: str) -> None:
    line = to_csv([replace(SON_LA, name=cell)]).decode().splitlines()[1]
    assert f",'{cell}," in line


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_as_spreadsheets_save_it(delimiter: str, encoding: str, newline: str) -> None:
    rows = [
        ["Tier", "name ", "code", "valid_from", "valid_to", "suspended"],
        [" Huyện ", " Ủy ban nhân dân huyện Mai Sơn ", "000.00.33.H52", "1/7/2021", "2025-06-30", "Không"],
        ["", "", "", "", "", ""],
        ["COMMUNE", "Xã, Cò Nòi".replace(",", ""), "000.03.33.H52", "", "", "có"],
        ["trung ương", "Bộ"],
        [],
    ]
    rows[4].append("000.00.00.G01")
    data = newline.join(delimiter.join(row) for row in rows).encode(encoding)
    assert from_csv(data) == [
        Agency(
            "000.00.33.H52",
            "Ủy ban nhân dân huyện Mai Sơn",
            Tier.DISTRICT,
            valid_from=date(2021, 7, 1),
            valid_to=date(2025, 6, 30),
        ),
        Agency("000.03.33.H52", "Xã Cò Nòi", Tier.COMMUNE, suspended=True),
        Agency("000.00.00.G01", "Bộ", Tier.CENTRAL),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n", '"sep=;"\r\n', "SEP=;\n"])
def test_csv_as_spreadsheets_mark_it(encoding: str, first: str) -> None:
    data = f"{first}code;name;tier;;\r\na;Sở, A;Tỉnh;;\r\n".encode(encoding)
    assert from_csv(data) == [Agency("a", "Sở, A", Tier.PROVINCIAL)]


@pytest.mark.parametrize("text", ["2025-07-01", "01/07/2025", "1/7/2025", "2025/07/01", "2025/7/1"])
def test_days_as_people_write_them(text: str) -> None:
    assert from_csv(f"code,name,tier,valid_from\na,A,commune,{text}\n".encode())[0].valid_from == date(2025, 7, 1)


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        (Tier.CENTRAL, "Trung ương, cấp trung ương, Bộ, CENTRAL"),
        (Tier.PROVINCIAL, "Tỉnh, cấp tỉnh, Thành phố trực thuộc Trung ương"),
        (Tier.DISTRICT, "Huyện, Quận, Thị xã, Cấp huyện, thành phố thuộc tỉnh"),
        (Tier.COMMUNE, "Xã, Phường, Thị trấn, Đặc khu, Cấp xã, PHƯỜNG"),
    ],
)
def test_tiers_as_people_write_them(tier: Tier, words: str) -> None:
    for word in words.split(", "):
        assert from_csv(f"code,name,tier\na,A,{word}\n".encode())[0].tier is tier


@pytest.mark.parametrize("word", ["Thành phố", "Thôn", "", "xã phường"])
def test_what_may_be_two_tiers_is_none(word: str) -> None:
    assert problems(from_csv, f"code,name,tier\na,A,{word}\n".encode()) == [(2, "a", "tier_malformed")]


def test_csv_errors_are_told_all_at_once_with_their_lines() -> None:
    data = """code,name,tier,valid_to,suspended,signature_policy
a,"Sở
Y tế",city,2025-13-01,maybe,strict
b,Sở,commune,,,
c,Sở,commune,31/02/2025,,never
d,Sở,commune,,,strict,,surplus
""".encode()
    assert problems(from_csv, data) == [
        (2, "a", "tier_malformed"),
        (2, "a", "valid_to_malformed"),
        (2, "a", "suspended_malformed"),
        (5, "c", "valid_to_malformed"),
        (5, "c", "signature_policy_malformed"),
        (6, "d", "row_too_long"),
    ]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [(1, "", "column_missing")] * 3),
        (b"code,name\n", [(1, "", "column_missing")]),
        (b"code,name,tier,colour,name\n", [(1, "", "column_unknown"), (1, "", "column_twice")]),
        (b"sep=;\n\ncode;name;colour\n", [(3, "", "column_unknown"), (3, "", "column_missing")]),
        (b"sep=x\ncodexnamextier\n", [(1, "", "column_unknown")] + [(1, "", "column_missing")] * 3),
        (b"code,name,tier,,\na,A,commune,,\nb,B,commune,x,\n", [(3, "b", "column_unnamed")]),
        (b"\xff\xfec\x00o", [(1, "", "encoding")]),
        ("code,name,tier\na,Sở,commune\nb,Sở".encode() + b"\xff,commune", [(3, "", "encoding")]),
        (b'code,name,tier\na,"' + b"x" * 200_000 + b'",commune', [(2, "", "csv_malformed")]),
    ],
)
def test_what_is_no_table_of_agencies_is_refused(data: bytes, found: list[tuple[int, str, str]]) -> None:
    assert problems(from_csv, data) == found


def test_the_columns_are_the_fields_of_an_agency() -> None:
    assert set(COLUMNS) == set(Agency.__struct_fields__)


# -- differences -----------------------------------------------------------------------------------------------


def test_changes_are_told_field_by_field_and_certificates_one_by_one() -> None:
    stays, goes, moves = certificate(b"stays"), certificate(b"goes"), certificate(b"moves", 5)
    old = replace(SON_LA, certificates=(stays, goes, moves))
    new = replace(
        SON_LA,
        name="UBND",
        valid_to=date(2025, 6, 30),
        suspended=True,
        certificates=(stays, replace(goes, withdrawn=1000), replace(moves, added=6), certificate(b"new", 7)),
    )
    founded = Agency("a", "Bộ", Tier.CENTRAL, certificates=(certificate(b"a"),))
    changes = diff([old], [new, founded])
    assert (
        Change("a", ChangeKind.ADDED, (FieldChange("name", "", "Bộ"), FieldChange("tier", "", "central"), *_STRICT))
        in changes
    )
    assert (
        Change(
            SON_LA.code,
            ChangeKind.CHANGED,
            (
                FieldChange("name", SON_LA.name, "UBND"),
                FieldChange("valid_to", "", "2025-06-30"),
                FieldChange("suspended", "", "true"),
            ),
        )
        in changes
    )
    assert {(c.code, c.kind, c.certificate) for c in changes if c.certificate} == {
        ("a", ChangeKind.CERTIFICATE_ADDED, certificate(b"a").sha256),
        (SON_LA.code, ChangeKind.CERTIFICATE_WITHDRAWN, goes.sha256),
        (SON_LA.code, ChangeKind.CERTIFICATE_CHANGED, moves.sha256),
        (SON_LA.code, ChangeKind.CERTIFICATE_ADDED, certificate(b"new").sha256),
    }
    assert [c.code for c in changes] == sorted(c.code for c in changes)
    (withdrawn,) = [c for c in changes if c.kind is ChangeKind.CERTIFICATE_WITHDRAWN]
    assert withdrawn.fields == (FieldChange("withdrawn", "", "1970-01-01T00:00:01.000Z"),)


_STRICT = (FieldChange("signature_policy", "", "strict"), FieldChange("signature_profile", "", "strict"))


def test_an_entry_or_a_certificate_that_disappears_is_told() -> None:
    held = certificate(b"x")
    old = replace(SON_LA, certificates=(held,))
    assert [(c.kind, c.certificate) for c in diff([old], [SON_LA])] == [(ChangeKind.CERTIFICATE_WITHDRAWN, held.sha256)]
    assert [c.kind for c in diff([old], [])] == [ChangeKind.REMOVED, ChangeKind.CERTIFICATE_WITHDRAWN]


def _by_code(agencies: list[Agency]) -> dict[str, Agency]:
    """Entries by code, certificates in order: what a difference is about."""
    return {a.code: replace(a, certificates=tuple(sorted(a.certificates, key=lambda c: c.sha256))) for a in agencies}


@given(_AGENCIES, _AGENCIES)
@settings(max_examples=150)
def test_no_difference_means_the_same_entries(old: list[Agency], new: list[Agency]) -> None:
    assert (diff(old, new) == []) is (_by_code(old) == _by_code(new))
    assert diff(old, old) == []


@given(_AGENCIES)
@settings(max_examples=50)
def test_changes_can_be_written_down(agencies: list[Agency]) -> None:
    changes = diff([], agencies)
    assert msgspec.json.decode(msgspec.json.encode(changes), type=list[Change]) == changes
