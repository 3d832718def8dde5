"""`truc check`: what it prints and writes, and its exit codes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.cli.test_cli import TODAY, VECTORS, one_json, truc

FIELD = VECTORS / "field"
NOTICED = FIELD / "b2-signer-without-position.edxml"
CODE = "N.MessageHeader.SignerInfo.Position"


@pytest.mark.parametrize(("lang", "words"), [("vi", ("lưu ý", "bắt buộc phải có")), ("en", ("notice", "required"))])
def test_a_notice_is_told_with_clause_place_and_what_is_right(lang: str, words: tuple[str, str]) -> None:
    result = truc("check", NOTICED, lang=lang)
    assert result.exit_code == 0
    told = f"{words[0]} {CODE}"
    assert told in result.output
    assert f"→ {words[1]}" in result.output
    assert "NĐ 30/2020" in result.output
    assert "13:1  <edXML:SignerInfo>" in result.output


def test_the_exit_code_is_by_severity(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.edxml"
    wrong.write_bytes(NOTICED.read_bytes().replace(b"<edXML:Subject>", b"<edXML:Subjekt>").replace(
        b"</edXML:Subject>", b"</edXML:Subjekt>"
    ))  # fmt: skip
    codes = {
        (VECTORS / "status-03.edxml", "notice"): 0,
        (NOTICED, "error"): 0,
        (NOTICED, "notice"): 1,
        (wrong, "error"): 1,
    }
    for (file, least), code in codes.items():
        assert truc("check", file, *TODAY, "--fail-on", least).exit_code == code, (file, least)


def test_sarif_is_one_run_with_a_place_for_each_finding(tmp_path: Path) -> None:
    packed = tmp_path / "đã nén.edxml"
    packed.write_bytes(gzip.compress(b"<a/>"))
    result = truc("check", NOTICED, packed, "--sarif")
    assert result.exit_code == 1
    log = one_json(result)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert {"F.GZIP", CODE} <= set(rules)
    for found in run["results"]:
        assert rules[found["ruleIndex"]] == found["ruleId"]
        assert found["level"] in ("error", "note")
        assert found["message"]["text"]
        (place,) = found["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"].isascii()
    (noticed,) = [found for found in run["results"] if found["ruleId"] == CODE]
    region = noticed["locations"][0]["physicalLocation"]["region"]
    assert (noticed["level"], region["startLine"], region["startColumn"]) == ("note", 13, 1)
    assert region["snippet"]["text"].startswith("<edXML:SignerInfo>")


def test_what_is_corrected_is_written_beside_and_said(tmp_path: Path) -> None:
    file = tmp_path / "goi-tin.edxml"
    given = (FIELD / "b3-no-typedetail.edxml").read_bytes()
    file.write_bytes(given)
    result = truc("check", "--fix", file, lang="vi")
    assert result.exit_code == 0
    assert "MessageHeader.DocumentType.TypeDetail: 18, theo tên loại “Công văn”" in result.stderr
    fixed = tmp_path / "goi-tin.fixed.edxml"
    assert "no findings" in truc("check", fixed).output
    assert file.read_bytes() == given


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    file, fixed = tmp_path / "a.edxml", tmp_path / "a.fixed.edxml"
    file.write_bytes((FIELD / "b3-no-typedetail.edxml").read_bytes())
    fixed.write_bytes(b"another's")
    assert "is not overwritten" in truc("check", "--fix", file).stderr
    assert fixed.read_bytes() == b"another's"


def test_json_says_severity_place_and_files() -> None:
    (report,) = one_json(truc("check", NOTICED, "--json"))
    (finding,) = report["findings"]
    assert (report["ok"], finding["severity"], finding["line"], finding["column"]) == (True, "notice", 13, 1)
    assert finding["excerpt"].startswith("<edXML:SignerInfo>")
    (field,) = one_json(truc("check", VECTORS / "document.edxml", *TODAY, "--json"))
    assert [(f["declared"], f["real"], f["zipped"]) for f in field["files"]] == [
        ("application/zip", "text/plain", True)
    ]
