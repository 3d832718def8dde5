"""The doctor's answer as SARIF 2.1.0 (OASIS), which editors and CI systems show beside the line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hub.base.version import VERSION
from hub.core.wire_check import Checked

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "notice": "note"}


def as_sarif(reports: Iterable[Checked], lang: str) -> dict[str, Any]:
    results = [result for report in reports for result in _results(report, lang)]
    rules = {result["ruleId"]: result.pop("_rule") for result in results}
    numbers = {rule: number for number, rule in enumerate(rules)}
    for result in results:
        result["ruleIndex"] = numbers[result["ruleId"]]
    driver = {
        "name": "truc check",
        "semanticVersion": VERSION,
        "rules": [{"id": rule, "shortDescription": {"text": text}} for rule, text in rules.items()],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _results(report: Checked, lang: str) -> Iterator[dict[str, Any]]:
    vietnamese = lang == "vi"
    for refused in report.refused:
        text, hint = (refused.vi, refused.hint_vi) if vietnamese else (refused.en, refused.hint_en)
        place = (refused.line, refused.column, refused.excerpt)
        yield _result(report.file, refused.code, "error", f"{text} → {hint}", hint, place)
    for f in report.findings:
        text, right = (f.vi, f.rule_vi) if vietnamese else (f.en, f.rule)
        said = f"{text}{f' [{f.value}]' if f.value else ''} → {right} — {f.clause}"
        yield _result(
            report.file, f.code, _LEVELS[f.severity], said, f"{right} — {f.clause}", (f.line, f.column, f.excerpt)
        )
    problem = report.signature.problem if report.signature is not None else None
    if problem is not None:
        text, hint = (problem.vi, problem.hint_vi) if vietnamese else (problem.en, problem.hint_en)
        yield _result(report.file, problem.code, "error", f"{text} → {hint}", hint, (0, 0, ""))


def _result(file: str, rule: str, level: str, text: str, right: str, place: tuple[int, int, str]) -> dict[str, Any]:
    line, column, excerpt = place
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if line:
        physical["region"] = {"startLine": line, "startColumn": max(column, 1)} | (
            {"snippet": {"text": excerpt}} if excerpt else {}
        )
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
        "_rule": right,
    }


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
