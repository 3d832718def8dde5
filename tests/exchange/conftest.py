from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from hub.base.config import MailboxSettings
from tests.exchange.kit import audit
from tests.support.axis import Axis, an_axis


@pytest_asyncio.fixture
async def axis(tmp_path: Path, keys: Path) -> AsyncIterator[Axis]:
    """A whole axis, whose record is audited when the test is over."""
    async with an_axis(tmp_path / "hub", keys) as opened:
        yield opened
        await audit(opened)


@pytest_asyncio.fixture
async def brief(tmp_path: Path, keys: Path) -> AsyncIterator[Axis]:
    """The same, with mailboxes that warn after one hour and let expire after two, whatever the priority."""
    mailbox = MailboxSettings(warn_hours=(1.0,) * 5, expire_hours=(2.0,) * 5)
    async with an_axis(tmp_path / "hub", keys, mailbox=mailbox) as opened:
        yield opened
        await audit(opened)
