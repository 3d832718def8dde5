"""The table in README.md names tests that exist; and has a row for every bug that this folder is about."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("README.md").read_text("utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and "`tests/" in line]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_that_the_table_names_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions(path)


def test_every_row_names_one() -> None:
    assert len(ROWS) >= 15
    for row in ROWS:
        assert "::test_" in row, row


def test_every_file_of_this_folder_is_in_the_table() -> None:
    here = {f"tests/peers/{path.name}" for path in Path(__file__).parent.glob("test_*.py")} - {
        "tests/peers/test_table.py"
    }
    assert here <= {path for path, _ in NAMED}
