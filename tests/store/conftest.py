from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.store.sqlite import DRIVERS, Driver, SqliteStore


@pytest.fixture(params=list(DRIVERS.values()), ids=list(DRIVERS))
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each SQLite that is installed."""
    return request.param


@pytest_asyncio.fixture
async def store(tmp_path: Path, driver: Driver) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    opened = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver)
    yield opened
    await opened.close()
