"""Events that no leaf of the log tells: a certificate that ends soon, an agency that has ended. Looked for at times."""

from __future__ import annotations

import asyncio
from typing import Final

from hub.core.evidence.kinds import CERTIFICATE
from hub.core.model import Agency, Millis, iso_utc, vietnam_date
from hub.core.signature import foreign
from hub.core.webhooks.payload import HookData
from hub.exchange import Exchange
from hub.webhooks.desk import Desk
from hub.webhooks.registry import Registry

_DAY: Final = 86_400_000
_WARNED_DAYS: Final = (1, 7, 30)
"""Before its end; of those that have come the nearest is told, each once."""
_EVERY: Final = 6 * 3_600_000


class Calendar:
    def __init__(self, exchange: Exchange, registry: Registry, desk: Desk) -> None:
        self._exchange = exchange
        self._registry = registry
        self._desk = desk
        self._looked: Millis | None = None

    async def look(self) -> None:
        """Where it is time to look again."""
        now = self._exchange.clock()
        if self._looked is not None and self._looked <= now < self._looked + _EVERY:
            return
        self._looked = now
        self._give_up(now)
        for code in dict.fromkeys(hook.agency for hook in self._registry if hook.agency and hook.state == "active"):
            agency = self._exchange.directory.get(code)
            if agency is not None and not agency.suspended:
                await self._about(agency, now)
            await asyncio.sleep(0)

    def _give_up(self, now: Millis) -> None:
        """Endpoints that took nothing for days, though there may be nothing to try them with any more."""
        longest = self._exchange.settings.webhooks.disable_days * _DAY
        for hook in self._registry:
            if hook.state == "active" and hook.failing_since is not None and now - hook.failing_since >= longest:
                self._registry.disable(hook.number, "failing")

    async def _about(self, agency: Agency, now: Millis) -> None:
        if agency.valid_to is not None and agency.valid_to < vietnam_date(now):
            for hook in self._registry.of(agency.code):
                self._registry.disable(hook.number, "ended")
            return
        for certificate in agency.certificates:
            if certificate.sha256 not in agency.certificate_ids(now):
                continue
            try:
                ends = Millis(int(foreign.certificate(certificate.der).not_valid_after_utc.timestamp() * 1000))
            except (foreign.Unreadable, foreign.TooCostly):
                continue
            left = [days for days in _WARNED_DAYS if now < ends <= now + days * _DAY]
            if left:
                data = HookData(agency=agency.code, certificate=certificate.sha256, expires=iso_utc(ends))
                reference = f"cert_{certificate.sha256[:16]}_{left[0]}"
                await self._desk.tell(agency.code, CERTIFICATE, reference, now, data)
