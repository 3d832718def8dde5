"""Both languages are complete, and templates ask for nothing that is not there; nothing in them breaks the policy."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from hub.console import static, ui
from hub.console.render import FOLDER, NAV
from hub.console.screens import login, trail
from hub.console.table import FRAME, PAGES, SCREENS, TEXTS
from hub.console.texts import Speaker
from hub.core.errors import Text

ROOT = Path(__file__).resolve().parents[2]
SAME = {"language"}
"""Texts that are the same in both languages, or whose Vietnamese is English."""
TEMPLATES = sorted(FOLDER.glob("*.html"))
VENDORS = (static.FOLDER / "vendor", Path(__file__).parent / "vendor")


def asked(path: Path) -> Iterator[str]:
    """Keys of texts in a template; what is put together of parts as a pattern."""
    tree = jinja2.Environment().parse(path.read_text("utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
            yield from keys(call.args[0])


def keys(given: nodes.Expr) -> Iterator[str]:
    if isinstance(given, nodes.Const):
        yield str(given.value)
    elif isinstance(given, nodes.Concat):
        yield "".join(str(n.value) if isinstance(n, nodes.Const) else "*" for n in given.nodes)


def asked_in_code() -> Iterator[str]:
    for path in sorted((ROOT / "hub" / "console").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and (called == "t" or called.endswith(".t")) and node.args:
                given = node.args[0]
                if isinstance(given, ast.Constant):
                    yield str(given.value)
                elif isinstance(given, ast.JoinedStr):
                    yield "".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in given.values)


def test_every_text_that_is_asked_for_is_there() -> None:
    wanted = {(path.name, key) for path in TEMPLATES for key in asked(path)} | {("code", k) for k in asked_in_code()}
    assert len(wanted) > 60
    missing = [
        (where, key)
        for where, key in wanted
        if not any(re.fullmatch(re.escape(key).replace(r"\*", ".+"), known) for known in TEXTS)
    ]
    assert not missing
    for key in [page.title for page in PAGES if page.title] + [f"nav.{place.key}" for place in NAV]:
        assert key in TEXTS, key
    assert {f"state.{key}" for key in ui.STATES} <= set(TEXTS)


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_say_it(key: str) -> None:
    text = TEXTS[key]
    assert text.vi.strip() == text.vi != ""
    assert text.en.strip() == text.en != ""
    assert text.vi != text.en or text.vi in ("OK", "API", "UTC", "HTTP")
    assert "|" not in text.vi
    assert holes(text.vi) == {h for form in text.en.split("|") for h in holes(form)}
    if key not in SAME:
        assert not re.search(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text.en.lower()), text.en


def test_no_screen_takes_anothers_text() -> None:
    seen = [key for screen in SCREENS for key in screen.TEXTS] + list(FRAME)
    assert len(seen) == len(set(seen))


def test_a_count_decides_the_form_of_english() -> None:
    say = Speaker({"x": Text("{n} văn bản", "{n} document|{n} documents")}, "en")
    assert [say("x", n=n) for n in (0, 1, 2, 1234)] == ["0 documents", "1 document", "2 documents", "1,234 documents"]
    assert Speaker({"x": Text("{n} văn bản", "")}, "vi")("x", n=1234) == "1.234 văn bản"
    with pytest.raises(KeyError):
        say("y")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_keeps_to_the_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\son\w+\s*=", text)
    assert not re.search(r"<[^>]*\sstyle\s*=", text)
    assert "<style" not in text
    assert "javascript:" not in text
    assert "hx-on" not in text
    assert "| safe" not in text
    assert "|safe" not in text
    assert "autoescape false" not in text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.S):
        assert "ui.csrf(v)" in form, "a form without its token"


@pytest.mark.parametrize("folder", VENDORS, ids=lambda path: path.parent.name)
def test_what_others_wrote_is_as_it_was_published(folder: Path) -> None:
    sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS.txt").read_text().splitlines())
    assert set(sums) == {path.name for path in folder.iterdir()} - {"SHA256SUMS.txt"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert all(any(name.startswith(code.split(".")[0]) and "LICENSE" in name for name in sums) for code in sums)


def test_scripts_and_styles_load_nothing_from_elsewhere() -> None:
    for path in (static.FOLDER / "console.js", static.FOLDER / "console.css"):
        text = path.read_text("utf-8")
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "eval(" not in text
        assert "innerHTML" not in text


def test_every_deed_has_its_words() -> None:
    assert {f"deed.{deed}" for deed in trail.Deed} <= set(TEXTS)
    assert set(login.TEXTS) <= set(TEXTS)
