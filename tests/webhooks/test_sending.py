"""Webhooks from a hub to receivers over real HTTP: what is sent, in which order, how often, and when it is tried again.

The hub's clock is the test's; `settle` sends whatever may be sent at that time.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from standardwebhooks import Webhook as Reference

from hub.base.webhook_settings import WebhookSettings
from hub.core import wire_hooks
from hub.core.errors import ProofInvalid, Unavailable
from hub.core.evidence import format as ev
from hub.core.model import Millis, StatusCode
from hub.core.webhooks import signing
from hub.core.webhooks.payload import HookData
from hub.core.webhooks.signing import Keys
from hub.webhooks import service
from hub.webhooks.leaves import Leaves
from hub.webhooks.registry import Registry
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP, Clock
from tests.support.logkit import sample
from tests.support.receiver import Got, Receiver, a_receiver
from tests.support.web import OPERATOR, Web, a_web

PLAIN = WebhookSettings(plain=True)
DAY = 86_400_000


class World(NamedTuple):
    web: Web
    receiver: Receiver

    async def hooked(self, who: str, url: str = "", *types: str) -> wire_hooks.Webhook:
        """An endpoint that passed its test."""
        made = await self.added(who, url, *types)
        tested = (await self.web.call("POST", f"/v1/webhooks/{made.id}/test", who)).record(wire_hooks.WebhookTested)
        assert tested.ok, tested
        return made

    async def added(self, who: str, url: str = "", *types: str) -> wire_hooks.Webhook:
        given = {"url": url or self.receiver.url, "types": list(types)}
        return (await self.web.call("POST", "/v1/webhooks", who, json=given)).record(wire_hooks.Webhook)

    async def shown(self, who: str, identifier: str) -> wire_hooks.Webhook:
        return (await self.web.get(f"/v1/webhooks/{identifier}", who)).record(wire_hooks.Webhook)

    async def failures(self, who: str, identifier: str) -> list[wire_hooks.WebhookFailure]:
        answer = await self.web.get(f"/v1/webhooks/{identifier}/failures", who)
        return answer.record(wire_hooks.WebhookFailures).items

    async def settle(self, forward: int = 0) -> None:
        """`forward`: ms by which the hub's clock goes on before."""
        self.web.axis.clock.forward(forward)
        if forward:
            self.web.tokens.clear()
            await self.web.hub.reload()  # fresh lists of what is revoked
        await self.web.hub.webhooks.settle()


@asynccontextmanager
async def a_world(
    folder: Path, keys: Path, settings: WebhookSettings = PLAIN, clock: Clock | None = None
) -> AsyncIterator[World]:
    async with a_receiver() as receiver, a_web(folder, keys, webhooks=settings, clock=clock) as web:
        yield World(web, receiver)


async def test_what_happens_is_told_signed_thin_and_in_its_order(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        web, receiver = world.web, world.receiver
        recipient = await world.hooked(SON_LA)
        sent = await web.send(VPCP, SON_LA, MAI_SON)
        await world.settle()
        async with a_receiver() as senders:
            sender = await world.hooked(VPCP, senders.url)
            await web.take(SON_LA, sent)
            await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent), SON_LA, "/v1/statuses")
            await web.submit(web.status(VPCP, StatusCode.TAKE_BACK, sent), VPCP, "/v1/statuses")
            await world.settle()
            told = [(got.payload.type, got.payload.data.recipient) for got in senders.got]
        assert receiver.types[0] == "document.arrived"
        assert receiver.types[1:] == ["document.arrived", "take_back.asked"]  # 13 itself, and what it asks for
        assert told[:3] == [
            ("delivery.acknowledged", SON_LA),
            ("document.arrived", VPCP),
            ("delivery.status", SON_LA),
        ]
        assert ("take_back.pending", "") in told
        assert ("delivery.taken_back", MAI_SON) in told
        first = receiver.got[0]
        assert first.payload.data.document == sent.message.id
        assert set(msgspec.json.decode(first.body)["data"]) == {"agency", "document", "recipient", "event", "leaf"}
        assert b"hanh ch" not in first.body
        assert sent.message.subject.encode() not in first.body
        keys_told = (await web.get("/v1/webhook-keys")).record(wire_hooks.WebhookKeys).keys
        for text in (recipient.secret, *keys_told):
            assert signing.verify(first.headers, first.body, Keys.parse(text), web.axis.clock()) == first.id
        theirs = first.headers["webhook-signature"].split(" ")[0]
        at = int(first.headers["webhook-timestamp"])
        assert theirs == reference(recipient.secret, first.id, at, first.body)
        assert sender.secret != recipient.secret


def reference(secret: str, identifier: str, at: int, body: bytes) -> str:
    return Reference(secret).sign(identifier, datetime.fromtimestamp(at, UTC), body.decode())


async def test_nothing_is_sent_before_the_receiver_repeats_the_challenge(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.added(SON_LA)
        world.receiver.willing = False
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        assert world.receiver.got == []
        answer = await world.web.call("POST", f"/v1/webhooks/{made.id}/test", SON_LA)
        tested = answer.record(wire_hooks.WebhookTested)
        assert (tested.ok, tested.webhook.outcome, tested.webhook.state) == (False, "challenge", "unproven")
        assert "challenge" in tested.webhook.advice_vi
        await world.settle()
        assert world.receiver.types == ["webhook.challenge"]
        world.receiver.willing = True
        await world.web.call("POST", f"/v1/webhooks/{made.id}/test", SON_LA)
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        assert world.receiver.types == ["webhook.challenge", "document.arrived"]


async def test_only_chosen_types_come(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(VPCP, "", "delivery.acknowledged")
        sent = await world.web.send(VPCP, SON_LA)
        await world.web.submit(world.web.status(VPCP, StatusCode.TAKE_BACK, sent), VPCP, "/v1/statuses")
        again = await world.web.send(VPCP, SON_LA)
        await world.web.take(SON_LA, again)
        await world.settle()
        assert world.receiver.types == ["delivery.acknowledged"]
        assert (await world.shown(VPCP, made.id)).types == ("delivery.acknowledged",)


async def test_what_fails_is_tried_again_by_the_schedule_in_its_order(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(SON_LA)
        for _ in range(3):
            await world.web.send(VPCP, SON_LA)
        world.receiver.answers = [500, 500]
        await world.settle()
        await world.settle(1_000)
        assert len(world.receiver.got) == 1  # it rests
        shown = await world.shown(SON_LA, made.id)
        assert (shown.failures, shown.outcome, shown.status, shown.behind) == (1, "status", 500, True)
        await world.settle(6_000)  # 5 s, and a fifth
        assert len(world.receiver.got) == 2
        await world.settle(239_000)  # 5 min less a fifth is later than that
        assert len(world.receiver.got) == 2
        await world.settle(122_000)
        ids = world.receiver.ids
        assert ids[0] == ids[1] == ids[2]
        assert len(ids) == 5
        leaves = [got.payload.data.leaf for got in world.receiver.got[2:]]
        assert leaves == sorted(leaves)
        assert (await world.shown(SON_LA, made.id)).failures == 0


async def test_retry_after_is_heard_within_bounds(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        await world.hooked(SON_LA)
        await world.web.send(VPCP, SON_LA)
        world.receiver.answers, world.receiver.headers = [503], {"Retry-After": "3600"}
        await world.settle()
        await world.settle(3_599_000)
        assert len(world.receiver.got) == 1
        await world.settle(1_000)
        assert len(world.receiver.got) == 2
        await world.web.send(VPCP, SON_LA)
        world.receiver.answers, world.receiver.headers = [429], {"Retry-After": "99999999"}
        await world.settle()
        await world.settle(DAY)  # the longest pause
        assert len(world.receiver.got) == 4


async def test_one_message_that_cannot_be_digested_lets_others_pass_and_is_listed(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(SON_LA)
        await world.web.send(VPCP, SON_LA)
        await world.web.send(VPCP, SON_LA)
        world.receiver.answers = [400] * 3
        for pause in (0, 7_000, 400_000):
            await world.settle(pause)
        poison = world.receiver.ids[0]
        assert world.receiver.ids == [poison] * 3
        (failure,) = await world.failures(SON_LA, made.id)
        assert (failure.id, failure.attempts, failure.state, failure.status) == (poison, 3, "waiting", 400)
        await world.settle(3_600_000)
        assert world.receiver.ids.count(poison) == 4
        assert len(set(world.receiver.ids)) == 2
        assert await world.failures(SON_LA, made.id) == []


async def test_what_is_given_up_is_kept_and_can_be_replayed(tmp_path: Path, keys: Path) -> None:
    settings = WebhookSettings(plain=True, retry_seconds=(1.0, 2.0, 3.0))
    async with a_world(tmp_path, keys, settings) as world:
        made = await world.hooked(SON_LA)
        await world.web.send(VPCP, SON_LA)
        world.receiver.answers = [500] * 4
        for _ in range(4):
            await world.settle(4_000)
        (failure,) = await world.failures(SON_LA, made.id)
        assert (failure.state, failure.attempts, failure.next_at) == ("failed", 4, "")
        await world.settle(DAY)
        assert len(world.receiver.got) == 4
        path = f"/v1/webhooks/{made.id}/replay"
        assert (await world.web.call("POST", path, SON_LA, json={"id": failure.id})).status == 200
        await world.settle()
        assert world.receiver.ids == [failure.id] * 5
        assert await world.failures(SON_LA, made.id) == []
        assert (await world.web.call("POST", path, SON_LA, json={"id": failure.id})).status == 404


async def test_everything_since_a_time_comes_again_under_the_same_identifiers(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(SON_LA)
        await world.web.send(VPCP, SON_LA)
        await world.settle(3_600_000)
        await world.web.send(VPCP, SON_LA)
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        first = world.receiver.ids
        given = {"since": "2026-11-22T04:30:00Z"}
        await world.web.call("POST", f"/v1/webhooks/{made.id}/replay", SON_LA, json=given)
        await world.settle()
        assert world.receiver.ids == first + first[1:]
        await world.web.call("POST", f"/v1/webhooks/{made.id}/replay", SON_LA, json={"since": "1970-01-01"})
        await world.settle()
        assert world.receiver.ids[5:] == first


async def test_410_disables_and_a_test_brings_it_back_where_it_stopped(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(SON_LA)
        world.receiver.answers = [410]
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        await world.web.send(VPCP, SON_LA)
        await world.settle(DAY)
        shown = await world.shown(SON_LA, made.id)
        assert (shown.state, shown.why, len(world.receiver.got)) == ("disabled", "gone", 1)
        assert (
            await world.web.call("POST", f"/v1/webhooks/{made.id}/replay", SON_LA, json={"since": "2026-11-22"})
        ).status == 422
        await world.web.call("POST", f"/v1/webhooks/{made.id}/test", SON_LA)
        await world.settle()
        assert len(set(world.receiver.ids)) == 2
        assert (await world.shown(SON_LA, made.id)).state == "active"


async def test_days_of_failures_disable_and_the_owner_sees_why(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(SON_LA)
        world.receiver.answers = [500] * 100
        await world.web.send(VPCP, SON_LA)
        for _ in range(24):
            await world.settle(DAY // 4)
        shown = await world.shown(SON_LA, made.id)
        assert (shown.state, shown.why) == ("disabled", "failing")
        tried = len(world.receiver.got)
        assert 5 < tried < 25
        await world.settle(30 * DAY)
        assert len(world.receiver.got) == tried
        seen = (await world.web.get("/v1/webhooks-health", OPERATOR)).record(wire_hooks.WebhooksHealth)
        assert seen.counts == {"disabled": 1}
        assert (seen.items[0].agency, seen.items[0].why) == (SON_LA, "failing")
        text = (await world.web.get("/v1/webhooks-health", OPERATOR)).body
        assert b"/hooks" not in text
        assert b"whsec_" not in text


async def test_a_rotated_secret_signs_beside_the_old_one_for_a_while(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        old = await world.hooked(SON_LA)
        new = (await world.web.call("POST", f"/v1/webhooks/{old.id}/rotate", SON_LA)).record(wire_hooks.Webhook)
        assert new.secret != old.secret
        assert new.old_secret_until
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        await world.web.send(VPCP, SON_LA)
        await world.settle(25 * 3_600_000)
        for got, good in zip(world.receiver.got, ((old, new), (new,)), strict=True):
            now = int(got.headers["webhook-timestamp"]) * 1000
            signed = [k for k in (old, new) if holds(got, k.secret, now)]
            assert [k.secret for k in signed] == [k.secret for k in good]
        listed = (await world.web.get("/v1/webhooks", SON_LA)).body
        assert b"whsec_" not in listed


def holds(got: Got, secret: str, now: int) -> bool:
    try:
        signing.verify(got.headers, got.body, Keys.parse(secret), Millis(now))
    except signing.ProofInvalid:
        return False
    return True


async def test_a_suspended_agency_is_told_nothing_and_afterwards_all_of_it(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        await world.hooked(SON_LA)
        exchange = world.web.hub.exchange
        await world.web.send(VPCP, SON_LA)
        await exchange.change_directory([msgspec.structs.replace(exchange.directory[SON_LA], suspended=True)], "test")
        await world.settle()
        assert world.receiver.got == []
        await exchange.change_directory([msgspec.structs.replace(exchange.directory[SON_LA], suspended=False)], "test")
        await world.settle()
        assert world.receiver.types == ["document.arrived"]


async def test_of_an_ended_agency_the_successors_endpoint_hears(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world, a_receiver() as heirs:
        ended = await world.hooked(MAI_SON)
        await world.hooked(SON_LA, heirs.url)
        exchange = world.web.hub.exchange
        sent = await world.web.send(MAI_SON, VPCP)
        last = msgspec.structs.replace(exchange.directory[MAI_SON], valid_to=date(2026, 11, 22), successor=SON_LA)
        await exchange.change_directory([last], "test")
        await world.settle(DAY)
        taken = await world.web.take(VPCP, sent)
        assert taken.status == 200, taken.body
        await world.settle()
        assert world.receiver.got == []
        assert [(got.payload.type, got.payload.data.agency) for got in heirs.got] == [
            ("delivery.acknowledged", MAI_SON)
        ]
        hooks = {f"wh_{hook.number}": hook for hook in world.web.hub.webhooks.desk.everything()}
        assert (hooks[ended.id].state, hooks[ended.id].why) == ("disabled", "ended")


async def test_a_certificate_that_ends_soon_is_told_at_each_step_once(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        await world.hooked(SON_LA)
        certificate = world.web.axis.credential(SON_LA).certificate
        ends = int(certificate.not_valid_after_utc.timestamp() * 1000)
        for days in (40, 29.5, 29, 6.5, 0.5):
            await world.settle(int(ends - days * DAY) - world.web.axis.clock.now)
        assert world.receiver.types == ["certificate.expires_soon"] * 3
        data = world.receiver.got[0].payload.data
        assert data.certificate == certificate.fingerprint(SHA256()).hex()


async def test_a_dead_or_slow_endpoint_holds_nobody_up(tmp_path: Path, keys: Path) -> None:
    """Three slow ones have the one connection that is left to their like; the one that answers gets everything."""
    settings = WebhookSettings(plain=True, connections=4)
    async with a_world(tmp_path, keys, settings) as world, a_receiver() as slow:
        slow.hold = asyncio.Event()
        for number in range(3):
            await world.hooked(HA_NOI, f"{slow.url}/{number}")
        for hook in world.web.hub.webhooks.desk.of(HA_NOI):
            registry_of(world).change(hook.number, failures=1)
        await world.hooked(SON_LA)
        await world.web.send(VPCP, HA_NOI, SON_LA)
        settling = asyncio.create_task(world.settle())
        async with asyncio.timeout(20):
            while not world.receiver.got or slow.waiting < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert slow.waiting == 1
        assert slow.got == []
        slow.hold.set()
        await settling
        assert len(slow.got) == 3


def registry_of(world: World) -> Registry:
    return world.web.hub.webhooks._registry


async def test_how_many_are_sent_in_a_second_is_bounded(tmp_path: Path, keys: Path) -> None:
    settings = WebhookSettings(plain=True, per_second=5)
    async with a_world(tmp_path, keys, settings) as world:
        await world.hooked(SON_LA)
        for _ in range(12):
            await world.web.send(VPCP, SON_LA)
        counts = []
        for pause in (0, 0, 1_000, 1_000):
            await world.settle(pause)
            counts.append(len(world.receiver.got))
        assert counts == [5, 5, 10, 12]


async def test_an_agency_has_a_few_endpoints_each_address_once(tmp_path: Path, keys: Path) -> None:
    settings = WebhookSettings(plain=True, per_agency=2, tests_per_hour=2)
    async with a_world(tmp_path, keys, settings) as world:
        made = await world.added(SON_LA)
        again = await world.web.call("POST", "/v1/webhooks", SON_LA, json={"url": world.receiver.url})
        assert again.problem.code == "REQUEST_WEBHOOK"
        await world.added(SON_LA, world.receiver.url + "2")
        third = await world.web.call("POST", "/v1/webhooks", SON_LA, json={"url": world.receiver.url + "3"})
        assert "at most 2" in third.problem.detail or "at most 2" in third.problem.en
        unknown = await world.web.call("POST", "/v1/webhooks", HA_NOI, json={"url": world.receiver.url, "types": ["x"]})
        assert unknown.problem.code == "REQUEST_WEBHOOK"
        tests = [await world.web.call("POST", f"/v1/webhooks/{made.id}/test", SON_LA) for _ in range(3)]
        assert [t.status for t in tests] == [200, 200, 429]
        assert (await world.web.call("DELETE", f"/v1/webhooks/{made.id}", SON_LA)).status == 200
        assert (await world.web.get(f"/v1/webhooks/{made.id}", SON_LA)).status == 404
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        assert world.receiver.got == []


async def test_the_operators_own_endpoints_hear_what_the_hub_tells_them_once(tmp_path: Path, keys: Path) -> None:
    async with a_world(tmp_path, keys) as world:
        await world.hooked(OPERATOR)
        webhooks, now = world.web.hub.webhooks, world.web.axis.clock()
        data = HookData(reference="witness-lag")
        assert await webhooks.alert("alert_1", now, data) == 1
        assert await webhooks.alert("alert_1", now, data) == 0
        await world.web.send(VPCP, SON_LA)
        await world.settle()
        assert [(got.id, got.payload.type) for got in world.receiver.got] == [("alert_1", "operator.alert")]


async def test_a_restart_goes_on_where_the_record_says(tmp_path: Path, keys: Path) -> None:
    """Chance decides where it stops; nothing is lost, and what comes twice has the same identifier."""
    clock, rng = Clock(), random.Random(7)
    async with a_receiver() as receiver:
        sent = []
        for turn in range(4):
            async with a_web(tmp_path, keys, webhooks=PLAIN, clock=clock) as web:
                world = World(web, receiver)
                if not turn:
                    await world.hooked(SON_LA)
                web.axis.numbers = len(sent)
                sent += [(await web.send(VPCP, SON_LA)).message.id for _ in range(rng.randrange(1, 4))]
                receiver.answers = [500] * rng.randrange(2)
                await web.hub.webhooks._sender.round()
                clock.forward(rng.randrange(10_000))
        async with a_web(tmp_path, keys, webhooks=PLAIN, clock=clock) as web:
            await World(web, receiver).settle(DAY)
        assert list(dict.fromkeys(got.payload.data.document for got in receiver.got)) == sent
        assert len(set(receiver.ids)) == len(sent)


async def test_the_tries_of_an_endpoint_are_shown_after_a_restart_too(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with a_receiver() as receiver:
        async with a_web(tmp_path, keys, webhooks=PLAIN, clock=clock) as web:
            world = World(web, receiver)
            made = await world.hooked(SON_LA)
            await web.send(VPCP, SON_LA)
            receiver.answers = [503, 500]
            for forward in (0, 20_000, DAY):
                await world.settle(forward)
            seen = (await world.shown(SON_LA, made.id)).attempts
            assert [(one.type, one.outcome, one.status) for one in seen] == [
                ("document.arrived", "delivered", 204),
                ("document.arrived", "status", 500),
                ("document.arrived", "busy", 503),
                ("webhook.challenge", "delivered", 200),
            ]
            assert len({one.id for one in seen[:3]}) == 1
        async with a_web(tmp_path, keys, webhooks=PLAIN, clock=clock) as web:
            world = World(web, receiver)
            assert (await world.shown(SON_LA, made.id)).attempts == seen
            await world.settle(30 * DAY)
            assert [one.outcome for one in (await world.shown(SON_LA, made.id)).attempts] == ["delivered"]
            await world.settle(DAY)
            assert (await world.shown(SON_LA, made.id)).attempts == ()


async def test_tries_are_written_together_once_a_second_and_shown_before(tmp_path: Path, keys: Path) -> None:
    """Ten webhooks to an endpoint make one commit, and a commit that fails loses no try."""
    async with a_world(tmp_path, keys) as world:
        made = await world.hooked(SON_LA)
        for _ in range(10):
            await world.web.send(VPCP, SON_LA)
        store, written = world.web.axis.exchange.store, []
        really = store.write

        async def counting(work: Any) -> Any:
            written.append(work)
            return await really(work)

        async def failing(work: Any) -> Any:
            raise Unavailable(found="a full disk")

        store.write = counting  # type: ignore[method-assign]
        sender = world.web.hub.webhooks._sender
        while await sender.round():
            await asyncio.wait(list(sender._tasks.values()))
        assert written == []
        assert len((await world.shown(SON_LA, made.id)).attempts) == 11
        store.write = failing  # type: ignore[method-assign]
        with pytest.raises(Unavailable):
            await world.settle()
        store.write = counting  # type: ignore[method-assign]
        await world.settle()
        assert len(written) == 1
        assert len((await world.shown(SON_LA, made.id)).attempts) == 11


async def test_endpoints_that_wait_for_a_connection_have_it_as_soon_as_one_is_free(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an hour between two looks, twelve endpoints share three connections."""
    monkeypatch.setattr(service, "_LOOK_SECONDS", 3_600.0)
    settings = WebhookSettings(plain=True, per_agency=12, connections=4, tests_per_hour=12)
    async with a_world(tmp_path, keys, settings) as world:
        for number in range(12):
            await world.hooked(SON_LA, f"{world.receiver.url}/{number}")
        await world.web.send(VPCP, SON_LA)
        running = asyncio.create_task(world.web.hub.webhooks._for_ever())
        async with asyncio.timeout(20):
            while len(world.receiver.got) < 12:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(world.receiver.got) == 12


def test_evidence_that_many_endpoints_are_told_of_is_decoded_once() -> None:
    told = [sample(rules=number) for number in (1, 2, 3)]
    content = [ev.encode(evidence) for evidence in told]
    leaves = Leaves(most=2 * len(content[0]))
    first = leaves.read(0, content[0])
    assert first.evidence == told[0]
    assert first.digest == sha256(content[0]).digest()
    assert leaves.read(1, content[1]).evidence == told[1]
    assert leaves.read(0, content[0]) is first
    second = leaves.read(2, content[2])
    assert leaves.read(0, content[0]) is first, "the one used last stays"
    assert leaves.read(2, content[2]) is second
    assert leaves.read(1, content[1]).evidence == told[1]
    assert leaves.read(0, content[0]) is not first, "no more than its bytes allow"
    with pytest.raises(ProofInvalid):
        leaves.read(9, b"{}")
