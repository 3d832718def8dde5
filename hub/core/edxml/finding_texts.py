"""The words of a finding: the field's four letters, each with its sentence in Vietnamese and English.

`N.` missing, `R.` too long, `M.` wrong value, `T.` wrong type, then the dotted path. The value is cut to 80
characters; a finding is for a person that must correct a message, so it says the value found, the right one, and the
clause.
"""

from __future__ import annotations

from typing import Final

from hub.core.errors import Finding, Severity, Text

SHOWN: Final = 80
REQUIRED: Final = Text("bắt buộc phải có", "required")
ONCE: Final = Text("một lần", "once")
SEEN: Final = "Trục nhận thấy (what the axis sees)"
READABLE: Final = Text("văn bản Unicode như người viết muốn", "Unicode text as its writer meant it")
PLAIN: Final = Text("văn bản không chứa phần tử", "text without elements")


def finding(
    letter: str,
    path: str,
    found: str,
    right: Text,
    text: Text,
    clause: str,
    severity: Severity = Severity.NOTICE,
    line: int = 0,
) -> Finding:
    """Any finding: `text` names the fault in one sentence."""
    at_vi, at_en = (f" (dòng {line})", f" (line {line})") if line else ("", "")
    return Finding(
        code=f"{letter}.{path}",
        severity=severity,
        clause=clause,
        path=path,
        found=found[:SHOWN],
        right=right,
        vi=text.vi + at_vi,
        en=text.en + at_en,
        line=line,
    )


def missing(path: str, clause: str, severity: Severity, line: int = 0) -> Finding:
    text = Text(f"Thiếu trường bắt buộc {path}", f"{path} is required and missing")
    return finding("N", path, "", REQUIRED, text, clause, severity, line)


def too_long(path: str, found: str, most: int, clause: str, severity: Severity, line: int = 0) -> Finding:
    text = Text(f"{path} dài {len(found)} ký tự, tối đa {most}", f"{path} has {len(found)} characters, at most {most}")
    return finding("R", path, found, at_most(most), text, clause, severity, line)


def at_most(most: int) -> Text:
    return Text(f"nhiều nhất {most} ký tự", f"at most {most} characters")


def wrong_value(path: str, found: str, right: Text, clause: str, severity: Severity, line: int = 0) -> Finding:
    text = Text(
        f"{path} có giá trị không được phép; quy tắc: {right.vi}",
        f"{path} has a value that is not allowed; rule: {right.en}",
    )
    return finding("M", path, found, right, text, clause, severity, line)


def wrong_type(path: str, found: str, right: Text, clause: str, severity: Severity, line: int = 0) -> Finding:
    text = Text(f"{path} sai kiểu dữ liệu; cần {right.vi}", f"{path} is of the wrong type; needs {right.en}")
    return finding("T", path, found, right, text, clause, severity, line)


def twice(path: str, clause: str, severity: Severity, line: int = 0) -> Finding:
    text = Text(f"{path} chỉ được có một lần", f"{path} may be there only once")
    return finding("M", path, "", ONCE, text, clause, severity, line)


def damaged(path: str, found: str, damage: Text, meant: str, line: int = 0) -> Finding:
    """`damage`: the look of the text; `meant`: the words that were probably meant, empty where it cannot be told."""
    shown = meant[:SHOWN]
    probably = Text(f"; có lẽ là: {shown}", f"; probably meant: {shown}") if shown else Text("", "")
    right = Text(f"có lẽ: {shown}", f"probably: {shown}") if shown else READABLE
    text = Text(f"{path} có vẻ là {damage.vi}{probably.vi}", f"{path} looks like {damage.en}{probably.en}")
    return finding("M", path, found, right, text, SEEN, Severity.NOTICE, line)
