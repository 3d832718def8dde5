"""Brings contacts to the store now and then, a few at a time, so that no acceptance waits behind them.

A crash sets them back by some minutes; a clean stop writes all. A store that is full, or does not answer, is asked
again later: contacts never stop anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from hub.core.errors import AxisError
from hub.delivery.contacts import Contacts
from hub.store import Store

SECONDS: Final = 300.0
"""Between two writings."""
_AT_ONCE: Final = 200
_PAUSE: Final = 0.05

log = structlog.get_logger()


class ContactKeeper:
    def __init__(self, store: Store, contacts: Contacts) -> None:
        self._store = store
        self._contacts = contacts

    async def keep(self, pause: float = 0.0) -> int:
        """Write the changed ones; how many."""
        rows = self._contacts.changed()
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            try:
                await self._store.write(lambda tx, part=part: tx.put_contacts(part))  # type: ignore[misc]
            except BaseException:
                self._contacts.again(code for code, _ in rows[start:])
                raise
            await asyncio.sleep(pause)
        return len(rows)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._contacts.load(await self._store.contacts())
        chore = asyncio.create_task(self._on(), name="contacts")
        try:
            yield
        finally:
            chore.cancel()
            await asyncio.gather(chore, return_exceptions=True)
            await self._try(0.0)

    async def _on(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self._try(_PAUSE)

    async def _try(self, pause: float) -> None:
        try:
            await self.keep(pause)
        except AxisError as error:
            log.warning("contacts-wait", error=error.en)
        except Exception:
            log.exception("contacts-not-kept")
