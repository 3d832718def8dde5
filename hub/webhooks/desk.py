"""The owners' calls: register, prove, rotate, remove, replay; and messages that other parts of the hub want them told.

An owner is an agency's code, or "" for the operator. A receiver proves that it wants webhooks by repeating a challenge
that came signed: until then nothing else is sent there. Its secret is told when it is made, and never again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import structlog

from hub.base.config import Settings
from hub.core.errors import NotFound, TooMany, WebhookRefused
from hub.core.evidence.kinds import ALERT, TYPES
from hub.core.model import Millis
from hub.core.webhooks import outcomes, payload, signing
from hub.core.webhooks.payload import HookData, Notice
from hub.core.webhooks.targets import target
from hub.exchange import Exchange
from hub.store import HookNoticeRow, HookRow
from hub.store.attempts import HookAttemptRow
from hub.webhooks.courier import Courier, Reply
from hub.webhooks.lookout import Lookout, wants
from hub.webhooks.registry import Registry, identifier_of
from hub.webhooks.sender import Sender

log = structlog.get_logger("webhooks")
PAUSED: Final = "paused"
"""Why one is disabled whose owner wants nothing for a while."""
_HOUR: Final = 3_600_000
_DAY: Final = 86_400_000
_MOST_WAITING: Final = 10_000
"""Webhooks out of turn that wait for one endpoint: alerts beyond them are dropped, for nobody reads that many."""


class Made(NamedTuple):
    """An endpoint with the secret that is told once."""

    hook: HookRow
    secret: str


class Tested(NamedTuple):
    hook: HookRow
    reply: Reply


class Desk:
    """`entropy`: random bytes of a length."""

    def __init__(
        self,
        exchange: Exchange,
        registry: Registry,
        lookout: Lookout,
        sender: Sender,
        courier: Courier,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._exchange = exchange
        self._settings: Settings = exchange.settings
        self._registry = registry
        self._lookout = lookout
        self._sender = sender
        self._courier = courier
        self._entropy = entropy
        self._tests: dict[str, deque[Millis]] = {}

    def of(self, owner: str) -> list[HookRow]:
        return self._registry.of(owner)

    def everything(self) -> list[HookRow]:
        """All endpoints of all owners: for the operator's view of their health."""
        return list(self._registry)

    def one(self, owner: str, identifier: str) -> HookRow:
        """NotFound where the owner has none of that identifier, though another owner may have it."""
        prefix, _, digits = identifier.partition("_")
        number = int(digits[:15]) if prefix == "wh" and digits.isascii() and digits.isdecimal() else 0
        hook = self._registry.get(number)
        if hook is None or hook.agency != owner:
            raise NotFound(found=identifier[:80])
        return hook

    async def add(self, owner: str, url: str, types: tuple[str, ...]) -> Made:
        """Register an endpoint; nothing is sent to it. WebhookRefused where it may not be."""
        settings = self._settings.webhooks
        if not settings.enabled:
            raise WebhookRefused(expected="a hub that sends webhooks", found="webhooks.enabled = false")
        target(url, self._courier.rules)
        allowed = TYPES if owner else (ALERT,)
        if unknown := [kind for kind in types if kind not in allowed]:
            raise WebhookRefused(expected=", ".join(allowed), found=unknown[0][:80])
        held = self.of(owner)
        if any(hook.url == url for hook in held):
            raise WebhookRefused(expected="an address that is not registered yet", found=url[:80])
        if len(held) >= settings.per_agency:
            raise WebhookRefused(expected=f"at most {settings.per_agency} webhooks", found=str(len(held) + 1))
        kinds = " ".join(dict.fromkeys(types))
        salt, now = self._entropy(signing.SALT_BYTES), self._exchange.clock()
        row = HookRow(0, owner, url, kinds, "unproven", "", salt, b"", Millis(0), now)
        hook = await self._registry.add(row)
        log.info("webhook-added", webhook=identifier_of(hook.number), agency=owner)
        return self._made(hook)

    def _made(self, hook: HookRow) -> Made:
        return Made(hook, signing.secret_text(self._sender.secrets(hook, self._exchange.clock())[0]))

    async def attempts(self, hook: HookRow) -> Sequence[HookAttemptRow]:
        """The latest, the newest first."""
        return await self._registry.attempts.of(hook.number)

    async def pause(self, hook: HookRow) -> None:
        """Nothing is sent there until its owner resumes it; what happens meanwhile waits. WebhookRefused where it is
        not active."""
        self._check_active(hook)
        self._registry.disable(hook.number, PAUSED)
        await self._registry.flush()

    async def resume(self, hook: HookRow) -> None:
        """Go on where it was paused, but not from before `webhooks.replay_days`. WebhookRefused where it was not."""
        if (hook.state, hook.why) != ("disabled", PAUSED):
            raise WebhookRefused(expected="a webhook that its owner paused", found=hook.why or hook.state)
        begin = max(hook.next, await self._oldest()) if hook.next is not None else None
        later = begin if begin is not None and begin < self._registry.scan else None
        self._registry.change(hook.number, state="active", why="", next=later, retry_at=Millis(0))
        await self._registry.flush()
        log.info("webhook-resumed", webhook=identifier_of(hook.number), agency=hook.agency)

    async def remove(self, hook: HookRow) -> None:
        await self._registry.remove(hook.number)
        log.info("webhook-removed", webhook=identifier_of(hook.number), agency=hook.agency)

    async def rotate(self, hook: HookRow) -> Made:
        """A new secret; the old one signs too for `webhooks.overlap_hours`."""
        until = Millis(self._exchange.clock() + int(self._settings.webhooks.overlap_hours * _HOUR))
        salt = self._entropy(signing.SALT_BYTES)
        self._registry.change(hook.number, salt=salt, old_salt=hook.salt, old_until=until)
        await self._registry.flush()
        log.info("webhook-rotated", webhook=identifier_of(hook.number), agency=hook.agency)
        return self._made(self._held(hook))

    def _held(self, hook: HookRow) -> HookRow:
        held = self._registry.get(hook.number)
        if held is None:
            raise NotFound(found=identifier_of(hook.number))
        return held

    async def test(self, hook: HookRow) -> Tested:
        """Send a challenge. An endpoint that repeats it is active from now on; one that was disabled goes on where it
        stopped, but not from before `webhooks.replay_days`. TooMany above `webhooks.tests_per_hour`."""
        self._count_test(hook.agency)
        text, now = self._entropy(16).hex(), self._exchange.clock()
        name = identifier_of(hook.number)
        notice = payload.challenge(f"test_{self._entropy(8).hex()}", name, text, now)
        reply = await self._sender.post(hook, notice, payload.MOST_ANSWER)
        if reply.delivered and not payload.answers(reply.body, text):
            reply = reply._replace(outcome=outcomes.CHALLENGE)
        changes: dict[str, object] = {"outcome": reply.outcome, "status": reply.status}
        if reply.delivered:
            await self._lookout.scan()  # earlier events are not told to it
            oldest = await self._oldest()
            held = self._held(hook)
            begin = max(held.next, oldest) if held.next is not None else None
            changes |= {"state": "active", "why": "", "failures": 0, "failing_since": None, "retry_at": Millis(0)}
            changes |= {"next": begin if begin is not None and begin < self._registry.scan else None, "sent_at": now}
        self._registry.change(hook.number, **changes)
        await self._registry.flush()
        log.info("webhook-tested", webhook=name, agency=hook.agency, outcome=reply.outcome, why=reply.why)
        return Tested(self._held(hook), reply)

    def _count_test(self, owner: str) -> None:
        now, most = self._exchange.clock(), self._settings.webhooks.tests_per_hour
        for other in [who for who, times in self._tests.items() if times[-1] <= now - _HOUR]:
            del self._tests[other]
        times = self._tests.setdefault(owner, deque())
        while times and times[0] <= now - _HOUR:
            times.popleft()
        if len(times) >= most:
            raise TooMany(expected="fewer challenges", retry_after=(times[0] + _HOUR - now) / 1000)
        times.append(now)

    async def _oldest(self) -> int:
        days = self._settings.webhooks.replay_days
        return await self._lookout.leaf_at(Millis(int(self._exchange.clock() - days * _DAY)))

    async def failures(self, hook: HookRow, limit: int, after: str) -> list[HookNoticeRow]:
        return await self._exchange.store.hook_notices(hook.number, limit, after)

    async def replay_since(self, hook: HookRow, since: Millis) -> int:
        """Tell everything again from that time on, in its order; the number of the first leaf."""
        self._check_active(hook)
        leaf = max(await self._lookout.leaf_at(since), await self._oldest())
        now = self._held(hook).next
        begin = leaf if now is None else min(now, leaf)
        self._registry.change(hook.number, next=begin if begin < self._registry.scan else now, retry_at=Millis(0))
        await self._registry.flush()
        return leaf

    async def replay_one(self, hook: HookRow, identifier: str) -> None:
        """Send one again, as soon as its turn comes. NotFound where it is not listed."""
        self._check_active(hook)
        row = await self._exchange.store.hook_notice(hook.number, identifier[:200])
        if row is None or row.state == "sent":
            raise NotFound(found=identifier[:80])
        now = self._exchange.clock()
        again = HookNoticeRow(
            hook.number, row.id, row.type, row.body, row.at, 0, now, "waiting", row.outcome, row.status
        )
        self._registry.change(hook.number, retry_at=Millis(0))
        await self._registry.flush([again])
        await self._registry.look_again(hook.number)

    @staticmethod
    def _check_active(hook: HookRow) -> None:
        if hook.state != "active":
            raise WebhookRefused(expected="a webhook that passed its test", found=hook.state)

    async def tell(self, owner: str, kind: str, reference: str, at: Millis, data: HookData) -> int:
        """Have every active endpoint of `owner` that wants this kind told, each once for a reference; how many. Durable
        when this returns. `reference`: letters, digits, `-`, `_`."""
        rows = []
        for hook in self.of(owner):
            waiting = self._registry.due.get(hook.number, (0, 0))[1]
            if hook.state != "active" or not wants(hook, kind) or waiting >= _MOST_WAITING:
                continue
            if await self._exchange.store.hook_notice(hook.number, reference) is None:
                rows.append(_row(hook, payload.notice(reference, kind, at, data), self._exchange.clock()))
        if rows:
            await self._registry.flush(rows)
            for row in rows:
                await self._registry.look_again(row.hook)
        return len(rows)


def _row(hook: HookRow, notice: Notice, now: Millis) -> HookNoticeRow:
    return HookNoticeRow(hook.number, notice.id, notice.type, notice.body, now, 0, now)
