from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog

from tests.support.axis import Axis, an_axis, keyring


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one set of keys for the whole run."""
    folder = tmp_path_factory.mktemp("keys")
    keyring(str(folder))
    return folder


@pytest.fixture(scope="session")
def _as_made(keys: Path) -> dict[Path, tuple[int, bytes]]:
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in keys.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True, scope="module")
def _what_stays_is_not_searched() -> Iterator[None]:
    """A run of ten thousand tests keeps a gigabyte, and the collector walks through it for seconds of the processor,
    which a hub in the same process would charge to whoever calls just then. What outlives a module stays to the end."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _log_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that a test runs in its own process sets the log up for all tests of that process, and a logger that
    was kept would never notice that this ended: so none is kept, and each test begins with the log as it comes."""
    configure = structlog.configure

    def nothing_kept(**how: Any) -> None:
        configure(**{**how, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", nothing_kept)
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _shared_keys_stay(request: pytest.FixtureRequest) -> Iterator[None]:
    """A hub of a later day renews the lists and certificates that it issues itself; the next test begins with those of
    the first day."""
    made = request.getfixturevalue("_as_made") if "keys" in request.fixturenames else {}
    yield
    for path, (changed, content) in made.items():
        if not path.exists() or path.stat().st_mtime_ns != changed:
            path.write_bytes(content)
            os.utime(path, ns=(changed, changed))


@pytest_asyncio.fixture
async def axis(tmp_path: Path, keys: Path) -> AsyncIterator[Axis]:
    """A whole axis in a folder of its own, with a clock that stands still until it is moved."""
    async with an_axis(tmp_path / "hub", keys) as opened:
        yield opened
