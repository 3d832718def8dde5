"""`truc check` and what a recipient gets, of messages as the field sends them (tests/vectors/field)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.core import edxml
from tests.cli.test_cli import truc

VECTORS = Path(__file__).parent.parent / "vectors"
FIELD = VECTORS / "field"


def checked(name: str, *args: object) -> dict[str, Any]:
    result = truc("check", *args, FIELD / f"{name}.edxml", "--json")
    (report,) = json.loads(result.stdout)
    assert result.exit_code == (0 if report["ok"] else 1)
    return report  # type: ignore[no-any-return]


def files_of(name: str) -> list[edxml.Attachment]:
    return list(edxml.attachments(edxml.parse((FIELD / f"{name}.edxml").read_bytes())))


def test_a_zip_under_the_originals_type_is_unpacked() -> None:
    assert checked("a1-zip-under-its-own-type")["ok"]
    pdf, text, sheet = files_of("a1-zip-under-its-own-type")
    assert (pdf.name, pdf.data[:5], pdf.content_type) == ("cong-van.pdf", b"%PDF-", "application/pdf")
    assert (text.name, text.content_type) == ("ghi-chu.txt", "text/plain")
    assert (sheet.name, sheet.data[:4]) == ("bang.xls", b"\xd0\xcf\x11\xe0")


def test_a_zip_that_is_cut_short_is_refused() -> None:
    report = checked("a2-zip-cut-short")
    assert not report["ok"]
    assert [f.get("severity", "error") for f in report["findings"]] == ["error"]
    assert "bang.xls" in report["findings"][0]["en"]
    found = edxml.findings(edxml.parse((FIELD / "a2-zip-cut-short.edxml").read_bytes()), date(2026, 1, 1))
    refusal = edxml.refusal_of(found)
    assert refusal is not None
    assert refusal.code == "FORMAT_BAD_ATTACHMENT"


def test_bytes_that_were_read_as_text_are_told() -> None:
    report = checked("a3-bytes-that-were-read-as-text")
    (finding,) = report["findings"]
    assert (report["ok"], finding["severity"]) == (True, "notice")
    assert "EF BF BD" in finding["vi"]
    assert "cong-van.pdf" in finding["vi"]


@pytest.mark.parametrize(("name", "count"), [("a4-63-files", 63), ("a5-31-files-with-xlink", 31)])
def test_as_many_files_as_there_are_may_declare_for_themselves(name: str, count: int) -> None:
    report = checked(name)
    assert report["ok"]
    assert "findings" not in report or not report["findings"]
    assert len(files_of(name)) == count


def test_the_same_under_the_legacy_profile() -> None:
    ca = VECTORS / "state-ca"
    args = ("--anchors", ca / "anchors", "--directory", ca / "agencies-legacy.json")
    report = checked("a6-15-files-legacy-signed", *args)
    assert report["ok"]
    assert report["signature"]["verdict"] == "VALID"
