"""Raises alerts, and tells them to people that do not look: by mail, and to the operator's webhooks.

An alert is in the store before anybody is told, and each telling is written after it: a crash between the two tells
it again, under the same reference, and loses none. A mail server that does not answer is asked again, later and later;
it holds up no webhook, no look, and nothing else of the hub.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import msgspec
import structlog

from hub.base.alert_settings import AlertSettings
from hub.base.metrics import Metrics
from hub.base.runtime import at_work
from hub.core import alerts
from hub.core.alerts import Alert, Severity
from hub.core.errors import AxisError, TooMany
from hub.core.model import Millis, iso_utc
from hub.core.webhooks.payload import HookData
from hub.exchange import Exchange
from hub.upkeep import mail
from hub.upkeep.attention import Attention
from hub.webhooks.service import Webhooks

_SOON: Final = 5.0
"""After the start."""
_TESTS: Final = 10
_HOUR: Final = 3_600_000
_FIRST_PAUSE: Final = 30.0
_LONGEST_PAUSE: Final = 900.0

log = structlog.get_logger()


class Tried(NamedTuple):
    """The outcome of a test: to how many addresses a mail went, `mail` why it did not, to how many endpoints."""

    mailed: int
    mail: str
    hooks: int


class Alerts:
    """Used on the event loop only. `running` works until its block ends."""

    def __init__(
        self, exchange: Exchange, settings: AlertSettings, attention: Attention, webhooks: Webhooks, metrics: Metrics
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self._attention = attention
        self._webhooks = webhooks
        self._metrics = metrics
        self._standing: list[Alert] = []
        self._turn = asyncio.Lock()
        self._mail_due = asyncio.Event()
        self._mail_why = ""
        self._tests: list[Millis] = []

    @property
    def standing(self) -> Sequence[Alert]:
        """Those that are not over, the gravest first."""
        return [alert for alert in self._standing if alert.over_at is None]

    @property
    def mail_why(self) -> str:
        """Why the last mail was not taken; empty where it was."""
        return self._mail_why

    def name(self, code: str) -> str:
        agency = self._exchange.directory.get(code)
        return f"{agency.name} ({code})" if agency is not None else code

    async def look(self) -> None:
        """Once: find, keep, tell the endpoints; mails are then due."""
        async with self._turn:
            now, items = await self._attention.look()
            settings = self._settings
            repeat, settle = int(settings.repeat_hours * 3_600_000), int(settings.settle_minutes * 60_000)
            after = alerts.step(self._standing, items, now, repeat=repeat, settle=settle)
            await self._keep(after)
            await self._tell_hooks(now)
        self._mail_due.set()

    async def _keep(self, after: list[Alert]) -> None:
        """Durable, then known."""
        done = [a.code for a in after if alerts.done(a, mail=self._mails, hooks=self._settings.webhooks)]
        left = [a for a in after if a.code not in done]
        before = {a.code: a for a in self._standing}
        changed = [a for a in left if before.get(a.code) != a]
        gone = [code for code in before if code not in {a.code for a in left}]
        if changed or gone:

            def write(tx: object) -> None:
                tx.put_alerts(changed)  # type: ignore[attr-defined]
                tx.drop_alerts(gone)  # type: ignore[attr-defined]

            await self._exchange.store.write(write)
        self._standing = left
        for severity in (Severity.CRITICAL, Severity.WARNING):
            self._metrics.alerts.labels(severity.value).set(sum(a.severity is severity for a in self.standing))

    @property
    def _mails(self) -> bool:
        return bool(self._settings.smtp_host)

    async def _tell_hooks(self, now: Millis) -> None:
        if not self._settings.webhooks:
            return
        due = [a for a in self._standing if a.hooked < a.notices]
        for alert in due:
            await self._webhooks.alert(alert.reference, now, self._data(alert, now))
        if due:
            told = {a.code: msgspec.structs.replace(a, hooked=a.notices) for a in due}
            await self._keep([told.get(a.code, a) for a in self._standing])

    def _data(self, alert: Alert, now: Millis) -> HookData:
        said, do = alerts.title(alert, now, self.name), alerts.advice(alert, now, self.name)
        return HookData(
            reference=alert.reference,
            alert=alert.code,
            severity=alert.severity.value,
            state="over" if alert.over_at is not None else "raised" if alert.notices == 1 else "repeated",
            since=iso_utc(alert.found if alert.found is not None else alert.since),
            agencies=alert.agencies,
            vi=said.vi,
            en=said.en,
            do_vi=do.vi,
            do_en=do.en,
        )

    async def mail_due(self) -> bool:
        """Send every mail that is due; whether the server took all."""
        if not self._mails:
            return True
        for alert in [a for a in self._standing if a.mailed < a.notices]:
            if not await self._mailed(alert):
                return False
            async with self._turn:  # it may have changed meanwhile: told is told all the same
                after = [
                    msgspec.structs.replace(a, mailed=max(a.mailed, alert.notices))
                    if (a.code, a.since) == (alert.code, alert.since)
                    else a
                    for a in self._standing
                ]
                await self._keep(after)
        return True

    async def _mailed(self, alert: Alert) -> bool:
        now, origin = self._exchange.clock(), self._exchange.settings.hub.origin
        try:
            letter = alerts.letter(alert, now, origin, self.name)
            await mail.send(mail.compose(letter, self._settings, alert.reference, now), self._settings)
        except (mail.NotMailed, ValueError) as error:
            self._mail_why = str(error)
            self._metrics.alert_mails.labels("failed").inc()
            log.warning("alert-not-mailed", alert=alert.code, why=self._mail_why)
            return False
        self._mail_why = ""
        self._metrics.alert_mails.labels("sent").inc()
        log.info("alert-mailed", alert=alert.code, reference=alert.reference)
        return True

    async def test(self) -> Tried:
        """A message by every way, now. TooMany after some within an hour: a mail server takes no joke."""
        now = self._exchange.clock()
        self._tests = [at for at in self._tests if now - _HOUR < at <= now]
        if len(self._tests) >= _TESTS:
            raise TooMany(expected="fewer tests of alerts", retry_after=(self._tests[0] + _HOUR - now) / 1000)
        self._tests.append(now)
        alert = Alert(code=alerts.TEST, since=now, told_at=now)
        mailed = self._mails and await self._mailed(alert)
        hooks = 0
        if self._settings.webhooks:
            hooks = await self._webhooks.alert(alert.reference, now, self._data(alert, now))
        return Tried(len(self._settings.mail_to) if mailed else 0, self._mail_why if self._mails else "", hooks)

    async def load(self) -> None:
        """Take over the alerts of the process before this one."""
        self._standing = await self._exchange.store.alerts()

    @asynccontextmanager
    async def running(self, *, looking: bool = True) -> AsyncIterator[None]:
        """`looking` false: only when `look` and `mail_due` are called."""
        await self.load()
        async with at_work({"alerts": self._for_ever(), "alerts-mail": self._mail_for_ever()} if looking else {}):
            yield

    async def _for_ever(self) -> None:
        pause = min(_SOON, self._settings.check_seconds)
        while True:
            await asyncio.sleep(pause)
            await _tried(self.look if self._settings.enabled else self._measure)
            pause = self._settings.check_seconds

    async def _measure(self) -> None:
        """Nobody is told, but the metrics."""
        await self._attention.look()

    async def _mail_for_ever(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await self._mail_due.wait()
            self._mail_due.clear()
            if await _tried(self.mail_due):
                pause = _FIRST_PAUSE
                continue
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            self._mail_due.set()


async def _tried(work: Callable[[], Awaitable[bool | None]]) -> bool:
    """Whether it went well; no error in here may end the task that runs it."""
    try:
        return await work() is not False
    except AxisError as error:  # a disk that is full, a store that does not answer
        log.warning("alerts-wait", error=error.en)
    except Exception:
        log.exception("alerts-failed")
    return False
