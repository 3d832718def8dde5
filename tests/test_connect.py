"""`docs/connect.md` is a program: its blocks run in order against a sandbox; its table knows every problem."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core import wire
from hub.core.evidence.happenings import _TOLD
from hub.http import problems
from hub.lab.sandbox import prepare
from tests.support.process import HubProcess, free_port

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "connect.md").read_text("utf-8")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("sandbox")
    prepared = prepare(folder)
    process = HubProcess(folder / "hub.toml", free_port())
    asyncio.run(process.start())
    try:
        yield process.url, Path(prepared.hub.keys)
    finally:
        process.stop()


def test_the_blocks_are_a_program_that_runs(sandbox: tuple[str, Path]) -> None:
    url, keys = sandbox
    program = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    environment = os.environ | {"TRUC_URL": url, "TRUC_KEYS": str(keys)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_table_of_errors_knows_every_problem() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", TEXT, re.MULTILINE)
    told = {(int(status), code.rstrip("…")) for status, codes in rows for code in re.findall(r"`([A-Z_]+…?)`", codes)}

    def known(kind: wire.ProblemKind) -> bool:
        return any(kind.status == status and kind.code.startswith(code) for status, code in told)

    assert [(kind.status, kind.code) for kind in problems.kinds() if not known(kind)] == []


def test_every_event_is_named() -> None:
    for name in {name for ends in _TOLD.values() for _, name in ends} | {"arrival", "status", "reset"}:
        assert f"`{name}`" in TEXT, name
