"""No code prints past the one way: what a command says goes through `hub.cli.printing` or `hub.cli.screen`."""

from __future__ import annotations

import ast
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hub.cli import printing, screen

ROOT = Path(__file__).resolve().parents[2]
WAYS = {"hub/cli/printing.py", "hub/cli/screen.py"}
ALONE = {
    "clients/verify_receipt.py": {"print", "sys.stdout"},  # stands alone: one print, of what was shown
    "hub/ops/reference.py": {"print"},  # makes the documentation, from the code
    "hub/routes/openapi.py": {"sys.stdout"},
    "hub/routes/open_data.py": {"sys.stdout"},
    "hub/routes/programmes/centre.py": {"sys.stdout"},
    "hub/typeset/worker.py": {"sys.stdout"},  # a child that answers its hub in bytes
    "hub/base/runtime.py": {"sys.stderr"},  # the log: JSON that is escaped
    "hub/cli/lazy.py": {"sys.stdout", "sys.stderr"},  # says how they take letters that they lack
    "hub/fronts/process.py": {"sys.stdin", "sys.stdout"},
}
CLICK = {"echo", "secho", "style", "prompt", "confirm", "pause", "echo_via_pager", "progressbar", "edit", "clear"}
RICH = {"Console", "Progress", "Live", "Status", "print"}


def printed(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "print":
            yield "print"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            past = name in ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__")
            if past or (node.value.id == "click" and node.attr in CLICK):
                yield name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rich"):
            yield from (f"rich {alias.name}" for alias in node.names if alias.name in RICH)
        elif isinstance(node, ast.ImportFrom) and node.module == "click":
            yield from (f"click {alias.name}" for alias in node.names if alias.name in CLICK)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "print":
            yield ".print"


def test_nothing_prints_past_it() -> None:
    found = {}
    for top in ("hub", "clients"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            past = set(printed(ast.parse(path.read_text("utf-8")))) - ALONE.get(name, set())
            if past and name not in WAYS:
                found[name] = past
    assert not found, "say it with hub.cli.printing or hub.cli.screen"


@pytest.mark.parametrize(
    "code", ["print(1)", "click.echo(x)", "sys.stdout.write(x)", "c.print(x)", "from rich.console import Console"]
)
def test_what_prints_is_seen(code: str) -> None:
    assert list(printed(ast.parse(code)))


HOSTILE = "a\x1b[2J\x9b\u202e\u200b\u2028\ud800Trục\n✓ VERIFIED"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252", "cp1258", "latin-1"])
def test_no_terminal_makes_it_fail_and_none_is_commanded(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    target = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    monkeypatch.setattr(sys, "stdout", target)
    monkeypatch.setattr(sys, "stderr", target)
    printing.line(HOSTILE, mark="✓", fg="red", bold=True, err=True)
    screen.show(screen.table(HOSTILE, [HOSTILE, "b"], [[HOSTILE, 1]]), screen.pairs([(HOSTILE, HOSTILE)]))
    printing.csv(f'"{HOSTILE}",b\r\n')
    printing.complaint(click.UsageError(HOSTILE))
    printing.complaint(click.BadParameter(HOSTILE, ctx=click.Context(click.Command("x"))))
    text = raw.getvalue().decode(encoding)
    assert not [c for c in text if not c.isprintable() and c not in "\r\n"]
    assert not [line for line in text.splitlines() if line.startswith("✓ VERIFIED")]
    assert text.count("<U+202E>") >= 6


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_is_json_on_every_terminal(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"a": "Trục ã \U0001f600\u202e\x1b\x7f", "b": ["x" * 200]}
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    printing.json(value)
    assert json.loads(raw.getvalue().decode(encoding)) == value
    assert not set(raw.getvalue()) & {0x1B, 0x7F}
    raw.truncate(0)
    printing.json({"file": "a\udcff"})
    assert b"\\udcff" in raw.getvalue()


@pytest.mark.parametrize("columns", [1, 7, 20, 39, 80, 200])
def test_no_identifier_is_cut_however_narrow_it_is(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
    monkeypatch.setenv("COLUMNS", str(columns))
    identifier, name = "01a2057f-6f84-80c3-b934-da0000000001", "Văn phòng Chính phủ"
    screen.show(screen.table("title", ["id", "name", "id"], [[identifier, name, identifier]] * 2, whole=(0, 2)))
    text = raw.getvalue().decode()
    assert "".join(text.split()).count(identifier) == 4
    assert "…" not in text
    assert all(len(line) <= max(columns, 1) for line in text.splitlines())


@pytest.mark.parametrize(("columns", "is_a_table"), [(50, False), (80, False), (120, False), (200, True)])
def test_a_row_that_would_be_squeezed_is_a_record(
    columns: int, is_a_table: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
    monkeypatch.setenv("COLUMNS", str(columns))
    identifier, subject = "01a2057f-6f84-80c3-b934-da0000000001", "V/v rà soát thủ tục hành chính " * 3
    names = ["số, ký hiệu", "từ", "trích yếu", "lúc", "tiến độ", "mã gói tin"]
    row = [
        "12/UBND-VP",
        screen.who("000.00.00.H52", "UBND tỉnh Sơn La"),
        subject,
        "2026-11-22 15:00:00",
        "",
        identifier,
    ]
    screen.show(screen.table("", names, [row, row], whole=(3, 5)))
    lines = raw.getvalue().decode().splitlines()
    assert all(len(line) <= columns for line in lines)
    assert sum(identifier in line for line in lines) == 2, "whole, on one line"
    assert any("┃" in line for line in lines) is is_a_table
    words = " ".join(lines).replace("│", " ").split()
    assert words.count("chính") == 6, "no word is broken"
    if not is_a_table:
        assert sum(line.startswith("mã gói tin   ") for line in lines) == 2
        assert not any(line.startswith("tiến độ") for line in lines), "what is empty is not told"
