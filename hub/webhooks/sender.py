"""The next endpoint, the outcome, and when it is tried again.

One webhook of an endpoint is under way at a time, in the log's order. A failure makes the endpoint rest, longer each
time (`core.webhooks.pauses`). A webhook that failed `_IN_TURN` times is set aside and lets the next ones pass; aside it
has pauses of its own, and after as many failures as there are pauses it is given up, listed, and can be replayed. So a
message that a receiver cannot digest holds nobody up, and a receiver that is away keeps its order but for a few.

Endpoints that fail or are slow share a quarter of the connections: however many are dead, those that answer have the
rest. Nothing is sent while the clock is in doubt (receivers would refuse the time) or the hub is halted. A suspended
agency's endpoints rest; those of an agency that has ended stop.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.base.metrics import Metrics
from hub.base.webhook_settings import WebhookSettings
from hub.core.errors import AxisError
from hub.core.evidence.kinds import CERTIFICATE
from hub.core.model import Millis, vietnam_date
from hub.core.webhooks import outcomes, signing
from hub.core.webhooks.pauses import pause
from hub.core.webhooks.payload import Notice
from hub.exchange import Exchange
from hub.store import HookNoticeRow, HookRow
from hub.store.attempts import HookAttemptRow
from hub.webhooks.courier import Courier, Reply
from hub.webhooks.lookout import Lookout
from hub.webhooks.registry import Registry, identifier_of

log = structlog.get_logger("webhooks")

_IN_TURN: Final = 3
_MOST_ASIDE: Final = 100
"""Webhooks of one endpoint that wait out of turn; above it the endpoint waits for its first one."""
_AT_ONCE: Final = 100
"""Webhooks of one endpoint before others have their turn."""
_SLOW_SECONDS: Final = 1.0
_FLUSH_MS: Final = 1_000
_CROWDED_SECONDS: Final = 0.02
"""Between rounds while endpoints wait for a connection: several have come free by then."""
_DAY: Final = 86_400_000
_TROUBLE_MS: Final = 5_000


class Sender:
    """`steady`: seconds, to measure receivers with; `chance` in [0, 1)."""

    def __init__(
        self,
        exchange: Exchange,
        registry: Registry,
        lookout: Lookout,
        courier: Courier,
        key: Ed25519PrivateKey,
        metrics: Metrics,
        chance: Callable[[], float] = random.random,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._exchange = exchange
        self._settings: WebhookSettings = exchange.settings.webhooks
        self._registry = registry
        self._lookout = lookout
        self._courier = courier
        self._key = key
        self._seed = key.private_bytes_raw()
        self._metrics = metrics
        self._chance = chance
        self._steady = steady
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._crowded = False
        self._freed = asyncio.Event()
        self._slow: set[int] = set()
        self._tried: dict[int, tuple[str, int]] = {}
        self._served_last: dict[int, None] = {}
        self._purse = float(self._settings.per_second)
        self._filled = exchange.clock()
        self._flushed = exchange.clock()

    # rounds

    async def round(self) -> bool:
        """Look for new leaves, begin every send that may begin; whether one is under way. AxisError where the store
        fails."""
        if not self._settings.enabled or self._exchange.sequencer.halted or self._exchange.sequencer.doubt is not None:
            return False
        await self._lookout.scan()
        self._begin()
        if abs(self._exchange.clock() - self._flushed) >= _FLUSH_MS:
            await self._registry.flush()
            self._flushed = self._exchange.clock()
            await self._registry.attempts.sweep(self._flushed)
            self._measure()
        return bool(self._tasks)

    async def rest(self, longest: float) -> None:
        """Between two rounds: `longest` seconds, or where endpoints wait for a connection until one has come free."""
        if not self._crowded:
            await asyncio.sleep(longest)
            return
        self._freed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await self._freed.wait()
        await asyncio.sleep(_CROWDED_SECONDS)

    async def settle(self) -> None:
        """Rounds until nothing is left that may be sent at this time."""
        while await self.round():
            await asyncio.wait(list(self._tasks.values()))
        await self._registry.flush()

    async def stop(self) -> None:
        """Sends under way are broken off: they count as not sent."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._registry.flush()
        except AxisError as error:  # told again after the start
            log.warning("webhooks-not-flushed", error=error.en)

    def _measure(self) -> None:
        states = self._registry.states()
        for state in ("unproven", "active", "disabled"):
            self._metrics.webhooks.labels(state).set(states[state])
        self._metrics.webhooks_behind.set(len(self._registry.lively))

    def _begin(self) -> None:
        quarter = self._settings.connections // 4
        now = self._exchange.clock()
        self._crowded = False
        if not self._affords(0):
            return
        lanes = {True: quarter, False: self._settings.connections - quarter}
        for number in self._tasks:
            lanes[self._is_slow(number)] -= 1
        for number in self._in_turn():
            hook = self._registry.get(number)
            if hook is None or number in self._tasks or not self._ready(hook, now):
                continue
            lane = self._is_slow(number)
            if lanes[lane] <= 0:
                self._crowded = True
                if not any(room > 0 for room in lanes.values()):
                    return
                continue
            lanes[lane] -= 1
            self._served_last.pop(number, None)
            self._served_last[number] = None  # the others first, the next time
            task = asyncio.create_task(self._served(number), name=f"webhook-{number}")
            self._tasks[number] = task
            task.add_done_callback(lambda done, number=number: self._done(number, done))  # type: ignore[misc]

    def _in_turn(self) -> list[int]:
        """Endpoints with work, the one served last at the end."""
        lively = self._registry.lively
        for number in [number for number in self._served_last if number not in lively]:
            del self._served_last[number]
        return [n for n in lively if n not in self._served_last] + list(self._served_last)

    def _done(self, number: int, task: asyncio.Task[None]) -> None:
        self._tasks.pop(number, None)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("webhook-failed", webhook=identifier_of(number), exc_info=error)
            # A sent message may not be on record: it is sent again, but not in a circle without a pause.
            self._registry.change(number, retry_at=Millis(self._exchange.clock() + _TROUBLE_MS))

    def _is_slow(self, number: int) -> bool:
        hook = self._registry.get(number)
        return number in self._slow or (hook is not None and hook.failures > 0)

    def _ready(self, hook: HookRow, now: Millis) -> bool:
        if hook.state != "active" or hook.retry_at > now or not self._may_hear(hook, now):
            return False
        return hook.next is not None or self._due(hook.number, now)

    def _due(self, number: int, now: Millis) -> bool:
        at = self._registry.due.get(number)
        return at is not None and at[0] <= now

    def _may_hear(self, hook: HookRow, now: Millis) -> bool:
        if not hook.agency:
            return True
        agency = self._exchange.directory.get(hook.agency)
        if agency is None or agency.suspended:
            return False
        if agency.valid_to is not None and agency.valid_to < vietnam_date(now):
            self._registry.disable(hook.number, "ended")
            return False
        return True

    # one endpoint

    async def _served(self, number: int) -> None:
        """Its webhooks one after another, until one fails, none is left, or others want their turn."""
        page: deque[Notice] = deque()
        end, place = 0, -1
        for _ in range(_AT_ONCE):
            hook = self._registry.get(number)
            if hook is None or not self._ready(hook, self._exchange.clock()) or not self._affords():
                return
            if aside := await self._aside(hook):
                if not await self._send_aside(hook, aside):
                    return
                continue
            if hook.next is None:
                return
            if not page or hook.next != place:  # the first time, or it was sent back meanwhile
                found = await self._lookout.page(hook)
                page, end, place = deque(found.notices), found.end, hook.next
                if not page:
                    self._advance(hook, end)
                    continue
            if not await self._send_in_turn(hook, page, end):
                return
            place = page[0].leaf if page else end

    async def _aside(self, hook: HookRow) -> HookNoticeRow | None:
        """Messages due out of turn; of an endpoint that fails only where nothing else can show that it is back."""
        if not self._due(hook.number, self._exchange.clock()) or (hook.failures and hook.next is not None):
            return None
        found = await self._exchange.store.hook_due(hook.number)
        return found[0] if found is not None else None

    def _advance(self, hook: HookRow, leaf: int) -> None:
        """Everything before `leaf` was told; unless somebody had it go back meanwhile."""
        now = self._registry.get(hook.number)
        if now is not None and now.next == hook.next:
            self._registry.change(hook.number, next=leaf if leaf < self._registry.scan else None)

    async def _send_in_turn(self, hook: HookRow, page: deque[Notice], end: int) -> bool:
        notice = page[0]
        reply = await self._post(hook, notice)
        if reply.delivered:
            self._tried.pop(hook.number, None)
            page.popleft()
            self._advance(hook, page[0].leaf if page else end)
            self._succeeded(hook, reply)
            return True
        identifier, times = self._tried.get(hook.number, ("", 0))
        times = times + 1 if identifier == notice.id else 1
        self._tried[hook.number] = (notice.id, times)
        self._failed(hook, reply)
        waiting = self._registry.due.get(hook.number, (0, 0))[1]
        if times >= _IN_TURN and waiting < _MOST_ASIDE:
            self._tried.pop(hook.number, None)
            page.popleft()
            self._advance(hook, page[0].leaf if page else end)
            await self._set_aside(hook, notice, times, reply)
        return False

    async def _set_aside(self, hook: HookRow, notice: Notice, times: int, reply: Reply) -> None:
        now = self._exchange.clock()
        row = HookNoticeRow(
            hook.number,
            notice.id,
            notice.type,
            notice.body,
            now,
            times,
            Millis(now + pause(self._settings.retry_seconds, times, self._chance(), reply.asked)),
            "waiting",
            reply.outcome,
            reply.status,
        )
        # Durable with the number that says that it was passed: a crash between the two would lose it.
        await self._registry.flush([row])
        await self._registry.look_again(hook.number)

    async def _send_aside(self, hook: HookRow, row: HookNoticeRow) -> bool:
        reply = await self._post(hook, Notice(row.id, row.type, row.body))
        now = self._exchange.clock()
        if reply.delivered:
            self._succeeded(hook, reply)
            if row.type == CERTIFICATE:  # remembered, so that it is said once
                await self._registry.flush([_changed(row, "sent", row.attempts + 1, None, reply)])
            else:
                await self._registry.flush(drop=(row.hook, row.id))
        else:
            self._failed(hook, reply)
            times = row.attempts + 1
            given_up = times > len(self._settings.retry_seconds)
            again = Millis(now + pause(self._settings.retry_seconds, times, self._chance(), reply.asked))
            changed = _changed(row, "failed" if given_up else "waiting", times, None if given_up else again, reply)
            await self._registry.flush([changed])
        await self._registry.look_again(hook.number)
        return reply.delivered

    async def _post(self, hook: HookRow, notice: Notice) -> Reply:
        reply = await self.post(hook, notice)
        self._metrics.webhook_tries.labels(reply.outcome).inc()
        return reply

    async def post(self, hook: HookRow, notice: Notice, most: int = 0) -> Reply:
        """Sign and send it once."""
        now = self._exchange.clock()
        headers = signing.sign(notice.id, now, notice.body, self.secrets(hook, now), self._key)
        began = self._steady()
        reply = await self._courier.post(hook.url, headers, notice.body, now, most=most)
        seconds = self._steady() - began
        self._metrics.webhook_seconds.observe(seconds)
        ms = int(seconds * 1000)
        self._registry.attempts.note(
            HookAttemptRow(hook.number, now, notice.id, notice.type, reply.outcome, reply.status, ms)
        )
        (self._slow.add if seconds > _SLOW_SECONDS else self._slow.discard)(hook.number)
        return reply

    def secrets(self, hook: HookRow, now: Millis) -> Sequence[bytes]:
        """The present one, and in its overlap the one before."""
        salts = [hook.salt, *([hook.old_salt] if hook.old_salt and now < hook.old_until else [])]
        return [signing.secret_of(self._seed, hook.number, salt) for salt in salts]

    def _succeeded(self, hook: HookRow, reply: Reply) -> None:
        if hook.failures:
            log.info("webhook-answers-again", webhook=identifier_of(hook.number), agency=hook.agency)
        self._registry.change(
            hook.number,
            failures=0,
            failing_since=None,
            retry_at=Millis(0),
            sent_at=self._exchange.clock(),
            outcome=reply.outcome,
            status=reply.status,
        )

    def _failed(self, hook: HookRow, reply: Reply) -> None:
        now, failures = self._exchange.clock(), hook.failures + 1
        since = hook.failing_since if hook.failing_since is not None else now
        self._registry.change(
            hook.number,
            failures=failures,
            failing_since=since,
            retry_at=Millis(now + pause(self._settings.retry_seconds, failures, self._chance(), reply.asked)),
            outcome=reply.outcome,
            status=reply.status,
        )
        if failures == 1:
            log.warning(
                "webhook-not-taken",
                webhook=identifier_of(hook.number),
                agency=hook.agency,
                outcome=reply.outcome,
                status=reply.status,
                why=reply.why,
            )
        if reply.outcome == outcomes.GONE:
            self._registry.disable(hook.number, "gone")
        elif now - since >= self._settings.disable_days * _DAY:
            self._registry.disable(hook.number, "failing")

    def _affords(self, sends: int = 1) -> bool:
        """Whether the hub may send one more just now; `sends` of them are counted."""
        now = self._exchange.clock()
        rate = self._settings.per_second
        self._purse = min(float(rate), self._purse + max(0, now - self._filled) * rate / 1000)
        self._filled = now
        if self._purse < 1:
            return False
        self._purse -= sends
        return True


def _changed(row: HookNoticeRow, state: str, attempts: int, next_at: Millis | None, reply: Reply) -> HookNoticeRow:
    return HookNoticeRow(
        row.hook,
        row.id,
        row.type,
        row.body,
        row.at,
        attempts,
        next_at,
        state,  # type: ignore[arg-type]
        reply.outcome,
        reply.status,
    )
