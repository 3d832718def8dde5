from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.web import Web, a_web


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    """One hub for all tests of a module."""
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as opened:
        yield opened
