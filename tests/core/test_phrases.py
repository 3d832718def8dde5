"""Whatever an error expected or found is told in Vietnamese too: the tables are held against the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from hub.core.errors import TooLarge, TooMany
from hub.core.phrases import Phrases
from hub.core.phrases.table import EXPECTED_FOUND, TABLES

ROOT = Path(__file__).resolve().parents[2]
SAME = {
    *("sha", "alg", "typ", "kid", "index", "identity", "name", "base", "tile", "level", "number", "width", "seq"),
    *("rules", "byte", "ms", "edxml", "index", "aud", "hex", "begin", "operator", "http", "utf", "dtd"),
}
"""Words of standards and names of members, the same in both languages."""


def phrases() -> Iterator[tuple[str, str]]:
    """Where, and the phrase with `{}` for each part that is filled in: given by name, or by its place to whatever takes
    an `expected` or a `found`, or kept under such a name first."""
    trees = {
        path: ast.parse(path.read_text("utf-8"))
        for top in ("hub", "clients")
        for path in sorted((ROOT / top).rglob("*.py"))
        if "lab" not in path.parts
    }
    takes = takers(trees.values())
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                if names & {"expected", "found"}:
                    yield from ((f"{path.relative_to(ROOT)}:{node.lineno}", phrase) for phrase in written(node.value))
            if isinstance(node, ast.Call):
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                given = [keyword.value for keyword in node.keywords if keyword.arg in ("expected", "found")]
                given += [node.args[at] for at in takes.get(called(node), ()) if at < len(node.args)]
                yield from ((where, phrase) for value in given for phrase in written(value))


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def takers(trees: Iterable[ast.Module]) -> dict[str, set[int]]:
    """Functions and records of ours by name, and the places at which they take an expected or a found value."""
    places = {"_untrusted": {0}, "UnexpectedAnswer": {0}}
    for node in (node for tree in trees for node in ast.walk(tree)):
        names: list[str] = []
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            names = [a.arg for a in node.args.args if a.arg not in ("self", "cls")]
        elif isinstance(node, ast.ClassDef):
            made = [m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"]
            fields = [f.target.id for f in node.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)]
            names = [a.arg for m in made for a in m.args.args[1:]] or fields
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and "expected" in names:
            at = {names.index(name) for name in ("expected", "found") if name in names}
            places[node.name] = places.get(node.name, set()) | at
    return places


def written(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from written(node.body)
        yield from written(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def english(phrase: str) -> bool:
    return bool(set(re.findall(r"[a-z]{2,}", phrase.replace("{}", " ").lower())) - SAME)


def test_every_phrase_of_the_code_is_in_a_table() -> None:
    found = [(where, phrase) for where, phrase in phrases() if english(phrase)]
    assert len(found) > 600
    missing = [(w, p) for w, p in found if EXPECTED_FOUND.vi(filled := p.replace("{}", "7")) == filled]
    assert not missing, "add it to a table of hub/core/phrases/"


def test_both_sides_of_the_tables_have_the_same_holes() -> None:
    rows = [row for table in TABLES for row in table.items()]
    for english_, vietnamese in rows:
        assert english_.count("{}") == vietnamese.count("{}"), english_
    assert len(rows) == len(dict(rows))


def test_parts_are_put_where_they_belong_and_looked_up() -> None:
    table = Phrases({"{} from the {}": "{} từ {}", "sender": "bên gửi", "at most {} bytes": "tối đa {} byte"})
    assert table.vi("13 from the sender") == "13 từ bên gửi"
    assert table.vi("at most 64 bytes") == "tối đa 64 byte"
    assert table.vi("at most 64") == "at most 64"
    assert EXPECTED_FOUND.vi("at most 64 hashes") == "tối đa 64 mã băm"
    assert table.vi("") == ""


def test_an_error_tells_all_of_itself_in_one_language() -> None:
    assert TooLarge(expected="at most 64 bytes", found="65 bytes").vi.endswith(
        "(cần: tối đa 64 byte; nhận được: 65 byte)"
    )
    assert TooMany(expected="at most 4 calls at once").en.endswith("(expected: at most 4 calls at once)")


@pytest.mark.parametrize(
    "hostile", ["from the " * 60, "{}" * 250, "a " * 250, "at most " + "at most 9 bytes" * 40, "\x00\udcff"]
)
def test_a_hostile_phrase_ends_as_a_phrase(hostile: str) -> None:
    assert isinstance(EXPECTED_FOUND.vi(hostile[:500]), str)
