"""The published clients of one file, each played against a sandbox that is a process of its own: token, signature,
submission, receipt, inbox, content, acknowledgement, status, and a refusal."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from hub.core.model import VIETNAM
from hub.lab.sandbox import prepare
from tests.interop.fetched import TYPESCRIPT
from tests.support.axis import SON_LA, VPCP
from tests.support.interop_vectors import FOLDER
from tests.support.process import HubProcess, free_port

ROOT = Path(__file__).resolve().parents[2]
JAVA = ROOT / "clients" / "java" / "Truc.java"
SECONDS = 120
NUMBERS = count(100)


class Sandbox(NamedTuple):
    url: str
    folder: Path
    keys: Path

    def messages(self) -> tuple[Path, Path]:
        """A document and a status about it, not signed, with a number of their own and dated today."""
        number, day = next(NUMBERS), datetime.now(VIETNAM).date()
        paths = []
        for name in ("1-document.edxml", "9-status.edxml"):
            text = (FOLDER / name).read_text("utf-8").replace("7816", str(number))
            text = text.replace("2026/11/20", f"{day:%Y/%m/%d}").replace("2026-11-20", f"{day:%Y-%m-%d}")
            path = self.folder / f"{number}-{name}"
            path.write_text(text, "utf-8")
            paths.append(path)
        return paths[0], paths[1]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    prepared = prepare(folder)
    process = HubProcess(folder / "hub.toml", free_port())
    asyncio.run(process.start())
    try:
        yield Sandbox(process.url, folder, Path(prepared.hub.keys))
    finally:
        process.stop()


def played(sandbox: Sandbox, command: list[str]) -> Any:
    document, status = sandbox.messages()
    arguments = [sandbox.url, sandbox.folder / "policy", sandbox.keys, VPCP, SON_LA, document, status]
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WHOLE = {
    "forged": False,  # a receipt of another document, or of another leaf
    "repeated": True,
    "same": True,
    "acknowledged": "handed_over",
    "state": "handed_over",
    "progress": "03",
    "refused": "FORMAT_NOT_EDXML",
    "batch": ["400", "201", "400", "200"],
}


@pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK here")
def test_java_plays_the_whole_loop_and_compiles_without_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    built = subprocess.run(
        ["javac", "-Xlint:all", "-d", str(tmp_path), str(JAVA)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    assert played(sandbox, ["java", "-cp", str(tmp_path), "Truc"]) == WHOLE


@pytest.fixture(scope="module")
def program() -> str:
    if TYPESCRIPT.lacking:
        pytest.skip(f"{TYPESCRIPT.name}: {TYPESCRIPT.lacking}")
    return str(TYPESCRIPT.folder / "out" / "truc.js")


def test_typescript_plays_the_whole_loop(sandbox: Sandbox, program: str) -> None:
    assert played(sandbox, ["node", program]) == WHOLE


CANONICAL = {
    "namespaces": '<a xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c"><b:d c:z="1" a="2" b:a="3"/><e xmlns=""/></a>',
    "a prefix bound again": '<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b></p:a>',
    "no default any more": '<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"/></b></a>',
    "escapes": "<a b='&quot;&lt;&#9;&#10;&#13;\t\n&apos;>'>&lt;&gt;&amp;&#13;\r\n\"' &#x1F600;</a>",
    "order of attributes": '<a xmlns:z="urn:a" xmlns:y="urn:b" y:b="" z:b="" é="" b="" z:a=""/>',
    "a declaration": '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<a xml:lang="vi"> Sơn La\n</a>\n',
}


def test_typescript_s_canonical_form_is_that_of_libxml2(program: str, tmp_path: Path) -> None:
    for name, text in CANONICAL.items():
        path = tmp_path / "document.xml"
        path.write_bytes(text.encode())
        done = subprocess.run(["node", program, "c14n", str(path)], capture_output=True, timeout=SECONDS, check=False)
        expected = etree.tostring(etree.fromstring(text.encode()), method="c14n", exclusive=True)
        assert (done.returncode, done.stdout) == (0, expected), (name, done.stderr)


@pytest.mark.parametrize(
    "text", ["<a>", "<a/><b/>", "<a></b>", "<p:a/>", "<!DOCTYPE a><a/>", "<a><!--x--></a>", "", "x"]
)
def test_typescript_refuses_what_is_no_such_document(program: str, tmp_path: Path, text: str) -> None:
    path = tmp_path / "document.xml"
    path.write_text(text)
    done = subprocess.run(["node", program, "c14n", str(path)], capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode != 0


def test_java_says_how_it_is_called() -> None:
    if shutil.which("java") is None:
        pytest.skip("no Java here")
    done = subprocess.run(["java", str(JAVA)], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: java Truc.java URL POLICY KEYS" in done.stderr
