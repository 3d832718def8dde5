from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.core.audit.kit import lived
from tests.ops.backup.kit import backed_up, large
from tests.support.axis import an_axis


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Path]:
    """The folder of a hub at rest, with a bit of everything and two large documents in it."""
    path = tmp_path_factory.mktemp("backup") / "hub"
    async with an_axis(path, keys) as axis:
        await lived(axis)
        await large(axis, 1)
        await large(axis, 2)
    yield path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def backup(hub: Path, keys: Path) -> Path:
    target = hub.parent / "backup"
    await backed_up(hub, keys, target, secret=True)
    return target
