"""The words of a finding: the field's four letters, each with its sentence in Vietnamese and English.

`N.` missing, `R.` too long, `M.` wrong value, `T.` wrong type, then the dotted path. The value is cut to 80
characters; a finding is for a person who must mend a message, so it says what was found, what the rule is
and whose.
"""

from __future__ import annotations

from typing import Final

from hub.core.errors import Finding

SHOWN: Final = 80


def missing(path: str, clause: str, line: int | None = None) -> Finding:
    return _finding(
        "N",
        path,
        "",
        "required",
        clause,
        line,
        f"Thiếu trường bắt buộc {path}",
        f"{path} is required and missing",
    )


def too_long(path: str, text: str, most: int, clause: str, line: int | None = None) -> Finding:
    return _finding(
        "R",
        path,
        text,
        f"at most {most} characters",
        clause,
        line,
        f"{path} dài {len(text)} ký tự, tối đa {most}",
        f"{path} has {len(text)} characters, at most {most}",
    )


def wrong_value(path: str, text: str, rule: str, clause: str, line: int | None = None) -> Finding:
    return _finding(
        "M",
        path,
        text,
        rule,
        clause,
        line,
        f"{path} có giá trị không được phép; quy tắc: {rule}",
        f"{path} has a value that is not allowed; rule: {rule}",
    )


def wrong_type(path: str, text: str, rule: str, clause: str, line: int | None = None) -> Finding:
    return _finding(
        "T",
        path,
        text,
        rule,
        clause,
        line,
        f"{path} sai kiểu dữ liệu; cần {rule}",
        f"{path} is of the wrong type; needs {rule}",
    )


def twice(path: str, clause: str, line: int | None = None) -> Finding:
    return _finding(
        "M", path, "", "once", clause, line, f"{path} chỉ được có một lần", f"{path} may be there only once"
    )


def _finding(letter: str, path: str, value: str, rule: str, clause: str, line: int | None, vi: str, en: str) -> Finding:
    at_vi, at_en = (f" (dòng {line})", f" (line {line})") if line else ("", "")
    return Finding(code=f"{letter}.{path}", value=value[:SHOWN], rule=rule, clause=clause, vi=vi + at_vi, en=en + at_en)
