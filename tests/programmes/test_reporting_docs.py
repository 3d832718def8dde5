"""`docs/reporting.md` is a program: its commands and its Python run in order at a hub."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.test_answers import a_hub
from tests.cli.test_reports import truc

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "reporting.md").read_text("utf-8")
OFFLINE = {"check", "template"}
ROOT = Path(__file__).resolve().parents[2]


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL))


async def test_the_page_is_a_program(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_hub(tmp_path / "hub", keys) as (web, _, _):
        commands = [line for line in blocks("sh").splitlines() if line]
        assert len(commands) > 8
        for command in commands:
            words = shlex.split(command, comments=True)[1:]
            at = ("--url", web.url, "--keys", keys) if OFFLINE.isdisjoint(words) else ()
            ran = await truc(*words, *at)
            assert ran.code == 0 or (ran.code == 1 and "exit 1" in command), (command, ran)
        environment = os.environ | {"TRUC_URL": web.url, "TRUC_KEYS": str(keys), "PYTHONPATH": str(ROOT)}
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-c", blocks("python"), env=environment, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, wrong = await done.communicate()
        assert done.returncode == 0, wrong.decode()
        assert out.startswith(b"urn:uuid:")
