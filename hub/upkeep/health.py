"""Measures the hub's limits, now and then, beside the traffic: `/readyz` and `/metrics` tell the last findings.

Questions to the disk and to the store may take their time, and a question of strangers may not wait for it. A crash in
here is logged and leaves the last findings; `/readyz` goes on by them.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from hub.base.config import Settings
from hub.base.metrics import Metrics
from hub.base.runtime import at_work
from hub.core.health import CAS, SEAL, TLS, Measured, Unwell, unwell
from hub.core.model import Millis, Priority
from hub.core.signature import foreign
from hub.core.signature.anchors import Anchors
from hub.exchange import Exchange

SECONDS: Final = 10.0
"""Between two measurements."""

log = structlog.get_logger()


class Health:
    """`seal`: the certificate of the hub's seal, None without one."""

    def __init__(self, exchange: Exchange, settings: Settings, metrics: Metrics, seal: x509.Certificate | None) -> None:
        self._exchange = exchange
        self._settings = settings
        self._metrics = metrics
        self._seal = seal
        self.measured = Measured()

    def unwell(self) -> Unwell | None:
        """By the findings of the last measurement and the time of now."""
        return unwell(self.measured, self._settings.health.bounds, self._exchange.clock())

    async def measure(self) -> None:
        """Once, and into the metrics. A figure that cannot be had is None."""
        exchange = self._exchange
        self.measured = Measured(
            disk_free=await asyncio.to_thread(_free, Path(self._settings.hub.data)),
            certificates=await asyncio.to_thread(self._certificates, exchange.anchors),
            lists=tuple(_ends(exchange.anchors.crls, exchange.anchors.grace)),
            oldest=await exchange.store.oldest_waiting(),
        )
        self.tell()

    def tell(self) -> None:
        """The findings as metrics: ages by the time of now."""
        m, metrics, now = self.measured, self._metrics, self._exchange.clock()
        if m.disk_free is not None:
            metrics.disk_free.set(m.disk_free)
        for name, ends in m.certificates.items():
            metrics.certificate_ends.labels(name).set(ends / 1000)
        if m.lists:
            metrics.crl_ends.set(min(m.lists) / 1000)
        within = self._settings.alerts.bounds.crl
        metrics.crls.set(len(m.lists))
        metrics.crls_ending.set(sum(ends - now < within for ends in m.lists))
        for lane in Priority:
            since = m.oldest.get(lane)
            metrics.oldest_waiting.labels(str(int(lane))).set(max(0, now - since) / 1000 if since is not None else 0)

    def _certificates(self, anchors: Anchors) -> dict[str, Millis]:
        found: dict[str, Millis] = {}
        if self._seal is not None:
            found[SEAL] = _end(self._seal)
        if self._settings.http.tls_certificate:
            path = Path(self._settings.http.tls_certificate)
            try:
                found[TLS] = _end(foreign.certificates_in_pem(path.read_bytes())[0])
            except (OSError, IndexError, foreign.Unreadable, foreign.TooCostly) as error:
                log.warning("certificate-not-read", path=str(path), why=str(error))
        if cas := [_end(ca) for ca in (*anchors.roots, *anchors.intermediates)]:
            found[CAS] = min(cas)
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Measured once before the block begins, then until it ends."""
        await self._try()
        async with at_work({"health": self._on()}):
            yield

    async def _on(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self._try()

    async def _try(self) -> None:
        try:
            await self.measure()
        except Exception:
            log.exception("health-not-measured")


def _free(folder: Path) -> int | None:
    """Bytes that this program may still write there."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _end(certificate: x509.Certificate) -> Millis:
    return Millis(int(certificate.not_valid_after_utc.timestamp() * 1000))


def _ends(lists: Iterable[x509.CertificateRevocationList], grace: int) -> Iterable[Millis]:
    for crl in lists:
        if crl.next_update_utc is not None:
            yield Millis(int(crl.next_update_utc.timestamp() * 1000) + grace)
