"""Sessions of the console that ended by themselves are forgotten, so that front processes count their cookies no more.

A crash leaves them where they are: whoever looks finds that they are over, and the next start forgets them.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from hub.accounts.book import Accounts

log = structlog.get_logger("accounts")
_EVERY_SECONDS: Final = 60.0


async def forget(accounts: Accounts) -> None:
    """For ever; an error of one round is logged, the next tries again."""
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        try:
            await accounts.forget_ended()
        except Exception:
            log.exception("sessions-not-ended")
