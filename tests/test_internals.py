"""What is used of libraries though they do not promise it is named in one module, is there, and is bounded."""

from __future__ import annotations

import ast
import asyncio
import re
import tomllib
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import aiosqlite
import pytest
from aiohttp import web

from hub.base import internals
from tests.test_layers import TREES

ROOT = Path(__file__).resolve().parents[1]
NAMES = [(where, name) for where, names in internals.USED.items() for name in names]


def made(where: str) -> object:
    """One of that class, as it is before anything has come."""
    if where == "aiosqlite.core.Connection":
        return aiosqlite.connect(":memory:")
    return web.RequestHandler(web.Server(lambda request: None), loop=asyncio.get_running_loop())  # type: ignore[arg-type]


@pytest.mark.parametrize(("where", "name"), NAMES)
async def test_the_installed_version_has_each(where: str, name: str) -> None:
    module, _, kind = where.rpartition(".")
    one = made(where)
    assert type(one) is getattr(import_module(module), kind)
    if name == "_conn":  # of a connection that is open
        assert isinstance(type(one).__dict__[name], property)
    else:
        assert hasattr(one, name)


async def test_they_mean_what_they_are_used_for() -> None:
    async with aiosqlite.connect(":memory:") as connection:
        db, on_thread = internals.driver_of(connection), internals.thread_of(connection)
        assert await on_thread(lambda: db.execute("SELECT 7").fetchone()) == (7,)
    internals.join_thread(connection)
    handler = made("aiohttp.web_protocol.RequestHandler")
    assert isinstance(handler, web.RequestHandler)
    assert internals.request_under_way(handler) is None
    assert (internals.is_idle(handler), internals.reads_nothing(handler)) == (True, False)


def test_no_other_module_reaches_for_one() -> None:
    members = {name for _, name in NAMES}
    for module in ("hub.http.listener", "hub.http.answering", "hub.store.sqlite.connection"):
        used = {node.attr for node in ast.walk(TREES[module]) if isinstance(node, ast.Attribute)}
        assert not used & members, module
    used = {node.attr for node in ast.walk(TREES["hub.base.internals"]) if isinstance(node, ast.Attribute)}
    assert {name for name in used if name.startswith("_")} == members


def test_versions_are_bounded() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    for package in ("aiohttp", "aiosqlite"):
        (line,) = [line for line in wanted if line.startswith(package)]
        least, below = re.fullmatch(rf"{package}>=([\d.]+),<([\d.]+)", line).groups()  # type: ignore[union-attr]
        parts = lambda text: tuple(map(int, text.split(".")))  # noqa: E731
        assert parts(least) <= parts(version(package)) < parts(below)
