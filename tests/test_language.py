"""Docstrings and comments are plain English: each sentence names its subject ("An agency above its share waits")."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEADLESS = re.compile(r"\b(?:what|who|whoever|whatever)\b", re.IGNORECASE)
"""In docstrings of aiohttp, click, cryptography and msgspec these stand 0 to 1.1 times in a thousand words."""
WORD = re.compile(r"[A-Za-z][\w'’-]*")
MOST = 2.0
"""In a thousand words."""
LENGTH = 400
"""Words of a room that are enough to judge it by itself."""


def texts(source: str) -> Iterator[str]:
    """Every docstring and comment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith(("# noqa", "# type:")):
            yield token.string


def counted(*paths: Path) -> tuple[int, list[str]]:
    words, found = 0, []
    for path in paths:
        for text in texts(path.read_text(encoding="utf-8")):
            words += len(WORD.findall(text))
            found += [
                f"{path.relative_to(ROOT)}: {line.strip()}" for line in text.splitlines() if HEADLESS.search(line)
            ]
    return words, found


ROOMS = sorted(
    {path.parent for top in ("hub", "clients") for path in (ROOT / top).rglob("*.py")}, key=lambda room: room.as_posix()
)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_sentences_name_their_subject(room: Path) -> None:
    words, found = counted(*sorted(room.glob("*.py")))
    assert len(found) <= MOST * max(words, LENGTH) / 1_000, "\n".join(["say which agency, file or call it is:", *found])


def test_a_headless_sentence_is_counted() -> None:
    source = '"""Who floods waits."""\n\n# What is refused goes.\nkept = "what is data"\n'
    assert [text.strip('# ."') for text in texts(source) if HEADLESS.search(text)] == [
        "Who floods waits",
        "What is refused goes",
    ]
