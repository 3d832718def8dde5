"""All of it together, as the app starts and stops it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.base.metrics import Metrics
from hub.core.errors import AxisError
from hub.core.evidence.kinds import ALERT
from hub.core.model import Millis
from hub.core.webhooks import signing
from hub.core.webhooks.payload import HookData
from hub.exchange import Exchange
from hub.webhooks.calendar import Calendar
from hub.webhooks.courier import Courier, Lookup, system_lookup
from hub.webhooks.desk import Desk
from hub.webhooks.lookout import Lookout
from hub.webhooks.registry import Registry
from hub.webhooks.sender import Sender

log = structlog.get_logger("webhooks")
_LOOK_SECONDS: Final = 0.2
_TROUBLE_SECONDS: Final = 5.0


class Webhooks:
    """`desk` is for owners. `running` sends until its block ends; with `sending` false it does only when `settle` is
    called."""

    def __init__(
        self,
        exchange: Exchange,
        key: Ed25519PrivateKey,
        metrics: Metrics,
        entropy: Callable[[int], bytes],
        *,
        lookup: Lookup = system_lookup,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.public = signing.public_text(key.public_key())
        self._registry = Registry(exchange.store)
        self._lookout = Lookout(exchange, self._registry)
        self._courier = Courier(exchange.settings.webhooks, lookup)
        self._sender = Sender(exchange, self._registry, self._lookout, self._courier, key, metrics, chance)
        self.desk = Desk(exchange, self._registry, self._lookout, self._sender, self._courier, entropy)
        self._calendar = Calendar(exchange, self._registry, self.desk)

    @asynccontextmanager
    async def running(self, *, sending: bool = True) -> AsyncIterator[None]:
        await self._registry.load(await self._lookout.size())
        async with self._courier.running():
            task = asyncio.create_task(self._for_ever(), name="webhooks") if sending else None
            try:
                yield
            finally:
                if task is not None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                await self._sender.stop()

    async def settle(self) -> None:
        """Send every message that may be sent at this time."""
        await self._calendar.look()
        await self._sender.settle()

    async def alert(self, reference: str, at: Millis, data: HookData) -> int:
        """Tell the operator's own endpoints, each once for a `reference`; how many. Durable when this returns."""
        return await self.desk.tell("", ALERT, reference, at, data)

    async def _for_ever(self) -> None:
        while True:
            try:
                await self._calendar.look()
                await self._sender.round()
                await self._sender.rest(_LOOK_SECONDS)
                continue
            except AxisError as error:  # a disk that is full, a store that does not answer
                log.warning("webhooks-wait", error=error.en)
            except Exception:
                log.exception("webhooks-failed")
            await asyncio.sleep(_TROUBLE_SECONDS)
