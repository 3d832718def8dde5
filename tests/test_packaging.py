"""What is installed: names that others use too, types, and no package that only the laboratory needs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.main import PLACES, main

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOADED_BY_NAME = {"uvloop", "pysqlite3"}
"""Chosen where they are present; see `hub.base.runtime` and `hub.store.sqlite`."""


def truc(front: Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """`truc --version` where `front` is looked through before everything else."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(front), str(ROOT)]), "TRUC_LANG": lang}
    command = [sys.executable, "-m", "truc", "--version"]
    return subprocess.run(command, cwd=front, env=env, capture_output=True, text=True, encoding="utf-8")


def test_truc_runs_where_its_packages_are_its_own(tmp_path: Path) -> None:
    done = truc(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().endswith(PROJECT["project"]["version"])


@pytest.mark.parametrize("name", ["hub", "clients"])
@pytest.mark.parametrize("code", ["", "raise RuntimeError('settings missing')", "import nothing_like_that"])
@pytest.mark.parametrize(("lang", "words"), [("vi", "môi trường riêng"), ("en", "environment of its own")])
def test_another_package_of_the_name_is_told_in_one_sentence(
    tmp_path: Path, name: str, code: str, lang: str, words: str
) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(code)
    done = truc(tmp_path, lang)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert words in done.stderr


def test_both_packages_say_that_they_are_typed() -> None:
    data = PROJECT["tool"]["setuptools"]["package-data"]
    for name in ("hub", "clients"):
        assert (ROOT / name / "py.typed").is_file()
        assert "py.typed" in data[name]


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield path, str(node.module).split(".")[0]


def test_a_server_is_installed_with_what_it_imports_and_nothing_of_the_laboratorys() -> None:
    listed = {re.split(r"[>=<;\[ ]", d)[0].replace("-", "_") for d in PROJECT["project"]["dependencies"]}
    # The reader of PDF files is a process of its own, started where the extra is there.
    of_an_extra = {
        (ROOT / "hub" / "pdf" / "reader.py", name) for name in ("asn1crypto", "pyhanko", "pyhanko_certvalidator")
    }
    of_an_extra.add((ROOT / "hub" / "typeset" / "worker.py", "typst"))
    laboratory = ROOT / "hub" / "lab"
    used = [(p, n) for top in ("hub", "clients") for p, n in imports(ROOT / top)]
    serving = {name for path, name in used if laboratory not in path.parents and (path, name) not in of_an_extra}
    foreign = serving - sys.stdlib_module_names - {"hub", "clients"}
    assert foreign <= listed | {"multidict", "yarl"}  # aiohttp's own
    assert listed <= foreign | LOADED_BY_NAME
    only = {d.replace("-", "_") for d in PROJECT["dependency-groups"]["lab"]}
    assert not only & (listed | foreign)


def test_what_only_a_laboratory_needs_says_so_in_its_help() -> None:
    told = {name for name, place in PLACES.items() if place.section.startswith("Laboratory")}
    assert {"sandbox", "tsa", "demo", "simulate", "torture", "soak", "bench"} == told
    for name in PLACES:
        words = " ".join(CliRunner().invoke(main, [name, "--help"]).output.split())
        assert ("no real server needs this command" in words) == (name in told), name
        assert ("máy chủ thật không cần lệnh này" in words) == (name in told), name
