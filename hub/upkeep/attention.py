"""Gathers the facts of a hub into one ranked list, for the console, the command line and alerts alike.

Costly facts are found once for all askers: the list is some seconds old, agencies' certificates some minutes, and the
ledger is counted the more rarely the longer a count takes. Nothing of it is durable: a crash forgets it, and the next
question finds it again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from hub.base.config import Settings
from hub.base.metrics import Metrics
from hub.core.attention import DAY, Facts, Half, Item, Refused, What, ranked
from hub.core.directory.routing import Directory
from hub.core.model import Agency, Millis, Priority, vietnam_date
from hub.core.report import Pace, Surge, Waiting, ledger
from hub.exchange import Exchange
from hub.upkeep.ending import Ends
from hub.upkeep.health import Health
from hub.upkeep.witnesses import Witnesses

_FRESH: Final = 5.0
_RARELY: Final = 600.0
_SHARE: Final = 20.0
_LATE_MS: Final = 10 * 60_000
_MINUTE: Final = 60.0
_GRACE: Final = 7 * DAY
"""After its certificate was registered, or its endpoint, an agency that never came is worth a word."""


class Attention:
    """Used on the event loop only."""

    def __init__(
        self,
        exchange: Exchange,
        settings: Settings,
        health: Health,
        witnesses: Witnesses,
        metrics: Metrics,
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self._health = health
        self._witnesses = witnesses
        self._metrics = metrics
        self._ledger = (0.0, 0)
        self._turn = asyncio.Lock()
        self._made: tuple[float, Millis, list[Item]] | None = None
        self.ends = Ends()
        self._ending: tuple[float, list[tuple[str, Millis]]] | None = None
        self._half: tuple[float, Millis, Directory | None, Half] = (0.0, Millis(0), None, Half())
        self._traffic: tuple[float, list[Surge]] = (0.0, [])

    async def items(self) -> tuple[Millis, list[Item]]:
        """When it was looked at, and the list, some seconds old at most."""
        async with self._turn:
            if self._made is None or time.monotonic() - self._made[0] >= _FRESH or self._made[1] > self._now():
                await self._make()
            assert self._made is not None
            return self._made[1:]

    async def look(self) -> tuple[Millis, list[Item]]:
        """The same, found just now."""
        async with self._turn:
            self._ending = None
            await self._make()
            assert self._made is not None
            return self._made[1:]

    async def _make(self) -> None:
        now = self._now()
        pace = await self._exchange.store.pace(now)
        facts = await self.facts(await self._difference(), pace)
        self._made = time.monotonic(), now, ranked(facts)
        self._tell(facts, self._made[2])

    async def _difference(self) -> int:
        """Of the ledger: the more there is to count, the longer one count serves."""
        until, difference = self._ledger
        if time.monotonic() < until:
            return difference
        began = time.monotonic()
        rows = await self._exchange.store.tallies()
        difference = await asyncio.to_thread(lambda: ledger(rows, lambda code: None)[-1].difference)
        took = time.monotonic() - began
        self._ledger = time.monotonic() + _SHARE * took, difference
        return difference

    def _tell(self, facts: Facts, items: Sequence[Item]) -> None:
        """As metrics: counts and the nearest ends, and nobody's name."""
        metrics, found = self._metrics, {item.what: item for item in items}
        metrics.difference.set(facts.difference)
        for what in What:
            metrics.attention.labels(what.value).set(found[what].count if what in found else 0)
        silent = found.get(What.SILENT)
        metrics.agencies_silent.set(silent.of if silent is not None else 0)
        metrics.agencies.set(len(self._exchange.directory))
        metrics.witnesses_silent.set(len(facts.behind))
        for lane in Priority:
            metrics.documents_waiting.labels(str(int(lane))).set(
                sum(w.documents for w in facts.waiting if w.lane == lane)
            )
        ends = [end for _, end in self._ending[1]] if self._ending is not None else []
        metrics.agency_certificates_ending.set(len(ends))
        metrics.agency_certificate_ends.set(min(ends) / 1000 if ends else 0)

    def _now(self) -> Millis:
        return self._exchange.clock()

    async def facts(self, difference: int, pace: Pace) -> Facts:
        """All that is ranked; `difference` and `pace` are the caller's own."""
        exchange, now = self._exchange, self._now()
        doubt, unwell = exchange.sequencer.doubt, self._health.unwell()
        measured = self._health.measured
        return Facts(
            now=now,
            difference=difference,
            halted=exchange.sequencer.halted,
            doubt=doubt.cause if doubt is not None else "",
            unwell=unwell.status if unwell is not None else "",
            waiting=pace.waiting,
            expired=pace.expired,
            expired_at=pace.expired_at,
            certificates=[*measured.certificates.items(), *await self._ends_soon(now)],
            crl=min(measured.lists) if measured.lists else None,
            behind=await self.behind(),
            disk_free=measured.disk_free,
            refused=self._refused(now),
            stamped=await self._stamped(now),
            turned_away=self._exchange.contacts.refusals.turned_away(now),
            traffic=await self._surges(now),
            half=await self.by_half(now),
            bounds=self._settings.alerts.bounds,
        )

    async def _surges(self, now: Millis) -> list[Surge]:
        """As it was found within the last minute; the longer it takes, the more rarely."""
        if time.monotonic() >= self._traffic[0]:
            began = time.monotonic()
            found = await self._exchange.store.surges(now, self._settings.alerts.traffic)
            took = time.monotonic() - began
            self._traffic = time.monotonic() + max(_MINUTE, _SHARE * took), found
        return self._traffic[1]

    async def by_half(self, now: Millis) -> Half:
        """Registered and not finished, as it was found some minutes ago; after a change of the directory as soon as
        that is a small share of the time."""
        directory, (soonest, latest, was, half) = self._exchange.directory, self._half
        if time.monotonic() < soonest or (was is directory and now < latest):
            return half
        store, contacts = self._exchange.store, self._exchange.contacts
        hooks, first = await store.hooks(), await store.leaf(1)
        # Who is in touch is known since the hub began, and of who sends by the record.
        grace = first is not None and now - first.at > _GRACE
        counters = await store.rows("counter", "agency", "direction") if grace else []
        sent = {code for code, direction in counters if direction == "out"}
        unproven = {h.agency for h in hooks if h.agency and h.state == "unproven" and now - h.created_at > _GRACE}

        def look() -> tuple[Half, float]:
            began, today = time.thread_time(), vietnam_date(now)
            missing, never = [], []
            for agency in directory:
                begun = agency.valid_from is None or agency.valid_from <= today
                if agency.suspended or agency.centre or not begun or (agency.valid_to or today) < today:
                    continue
                if not any(end > now for _, end in self.certificates(agency, now)):
                    missing.append(agency.code)
                elif grace and not (contacts.of(agency.code).last or agency.code in sent) and _long_ago(agency, now):
                    never.append(agency.code)
            return Half(sorted(missing), sorted(unproven), sorted(never)), time.thread_time() - began

        half, took = await asyncio.to_thread(look)
        self._half = time.monotonic() + _SHARE * took, Millis(now + int(_RARELY * 1000)), directory, half
        return half

    def _refused(self, now: Millis) -> list[Refused]:
        told = self._exchange.contacts.refusals.now(now)
        return [Refused(code, n, usual, since, tuple(first), of) for code, n, usual, since, first, of in told]

    async def _stamped(self, now: Millis) -> Millis | None:
        settings = self._settings.timestamp
        row = await self._exchange.store.last_timestamp() if settings.url else None
        late = row is not None and now - row.at > max(3 * int(settings.minutes * 60_000), DAY)
        return row.at if row is not None and late else None

    async def behind(self) -> list[str]:
        """Witnesses that have not cosigned leaves older than some minutes."""
        sizes, store, now = self._witnesses.sizes, self._exchange.store, self._now()
        last = await store.last_checkpoint() if sizes else None
        late = []
        for name, size in sizes.items():
            row = await store.leaf(size) if last is not None and size < last.size else None
            if row is not None and now - row.at > _LATE_MS:
                late.append(name)
        return late

    async def _ends_soon(self, now: Millis) -> list[tuple[str, Millis]]:
        """Agencies whose last certificate ends soon, as it was found some minutes ago. Each certificate is read
        once."""
        if self._ending is None or time.monotonic() - self._ending[0] >= _RARELY:
            directory, within = self._exchange.directory, self._settings.alerts.bounds.certificate

            def look() -> list[tuple[str, Millis]]:
                found = ((agency.code, self.certificate(agency, now)) for agency in directory if not agency.suspended)
                return [(code, end) for code, end in found if end is not None and now < end < now + within]

            self._ending = time.monotonic(), await asyncio.to_thread(look)
        return self._ending[1]

    def certificate(self, agency: Agency, now: Millis) -> Millis | None:
        """When the last of those ends that count for it today; None where there is none."""
        return max((end for _, end in self.certificates(agency, now)), default=None)

    def certificates(self, agency: Agency, now: Millis) -> list[tuple[str, Millis]]:
        """SHA-256 and end of each of those that count for it today."""
        counts = agency.certificate_ids(now)
        spans = [(c.sha256, self.ends.span(c.sha256, c.der)) for c in agency.certificates if c.sha256 in counts]
        return [(sha256, span[1]) for sha256, span in spans if span is not None]

    async def silent(self, since: Millis, *, waiting: bool) -> list[tuple[Agency, Millis | None, Sequence[Waiting]]]:
        """Agencies of the directory that may come in and were not heard of after `since`: each with its last
        contact and its waiting documents; with `waiting` those alone that have some. The fullest mailbox comes
        first."""
        rows: dict[str, list[Waiting]] = {}
        for row in (await self._exchange.store.pace(self._now())).waiting:
            rows.setdefault(row.agency, []).append(row)
        contacts, today = self._exchange.contacts, vietnam_date(self._now())
        found = []
        for agency in self._exchange.directory:
            last, waits = contacts.of(agency.code).last, rows.get(agency.code, [])
            ended = agency.valid_to is not None and agency.valid_to < today
            if agency.suspended or ended or (last is not None and last > since) or (waiting and not waits):
                continue
            if waits and min(w.oldest for w in waits) > since and waiting:
                continue  # nothing has waited for it for so long
            found.append((agency, last, waits))
        return sorted(found, key=lambda f: (-sum(w.documents for w in f[2]), f[0].code))


def _long_ago(agency: Agency, now: Millis) -> bool:
    """Whether its first certificate was registered longer ago than people need to connect their system."""
    return now - min(c.added for c in agency.certificates) > _GRACE
