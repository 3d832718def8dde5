from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.axis import Axis, an_axis


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one set of keys for the whole run."""
    return tmp_path_factory.mktemp("keys")


@pytest_asyncio.fixture
async def axis(tmp_path: Path, keys: Path) -> AsyncIterator[Axis]:
    """A whole axis in a folder of its own, with a clock that stands still until it is moved."""
    async with an_axis(tmp_path / "hub", keys) as opened:
        yield opened
