"""The webhooks' own page, against a receiver that is a server of its own: over HTTP, and in Chromium."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from hub.access import Role
from hub.base.webhook_settings import WebhookSettings
from hub.core.webhooks import signing
from hub.core.webhooks.signing import Keys
from tests.console.browser import PHONE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import MAI_SON, SON_LA, VPCP
from tests.support.receiver import a_receiver
from tests.support.web import OPERATOR
from tests.webhooks.test_sending import World

SETTINGS = WebhookSettings(plain=True, retry_seconds=(1.0, 2.0, 3.0))


@pytest_asyncio.fixture
async def world(tmp_path: Path, keys: Path) -> AsyncIterator[World]:
    async with a_receiver() as receiver, a_console(tmp_path / "hub", keys, webhooks=SETTINGS) as web:
        yield World(web, receiver)


async def given_up(world: World) -> str:
    """Sơn La's first message, which its receiver did not take: its identifier."""
    await world.web.send(VPCP, SON_LA)
    world.receiver.answers = [500] * 4
    for _ in range(4):
        await world.settle(4_000)
    return world.receiver.ids[-1]


async def test_a_clerk_registers_tests_rotates_pauses_and_sends_again(world: World) -> None:
    clerk = await Visitor(world.web).enter("clerk")
    await clerk.get("/console/webhooks")
    assert (await clerk.post("/console/webhooks", url="ftp://x")).status == 422
    made = await clerk.post("/console/webhooks", url=world.receiver.url)
    assert made.status == 200, clerk.text
    secret = (re.search(r'id="secret">(whsec_[^<]+)<', clerk.last) or [""])[1]
    await clerk.get("/console/webhooks/wh_1")
    assert secret
    assert secret not in clerk.last, "shown this once"
    assert (await clerk.post("/console/webhooks/wh_1", act="test")).status == 303
    failure = await given_up(world)
    got = world.receiver.got[-1]
    assert signing.verify(got.headers, got.body, Keys.parse(secret), world.web.axis.clock()) == failure

    await clerk.get("/console/webhooks/wh_1")
    assert failure in clerk.text
    assert "HTTP 500" in clerk.text
    assert clerk.text.count("500") >= 4, "each of the latest tries with its status"
    assert (await clerk.post("/console/webhooks/wh_1", act="again", id="no such")).status == 404
    assert (await clerk.post("/console/webhooks/wh_1", act="again", id=failure)).status == 303
    await world.settle()
    assert world.receiver.ids[-1] == failure
    await clerk.get("/console/webhooks/wh_1")
    assert "No notice was given up" in clerk.text

    assert (await clerk.post("/console/webhooks/wh_1", act="pause")).status == 303
    before = len(world.receiver.got)
    await world.web.send(VPCP, SON_LA)
    await world.settle(1_000)
    assert len(world.receiver.got) == before
    await clerk.get("/console/webhooks/wh_1")
    assert "Paused" in clerk.text
    assert (await clerk.post("/console/webhooks/wh_1", act="since", since="2026-01-01")).status == 422
    assert (await clerk.post("/console/webhooks/wh_1", act="resume")).status == 303
    await world.settle()
    assert len(world.receiver.got) == before + 1, "what happened meanwhile comes afterwards"
    assert (await clerk.post("/console/webhooks/wh_1", act="resume")).status == 422

    assert (await clerk.post("/console/webhooks/wh_1", act="since", since="yesterday")).status == 400
    assert (await clerk.post("/console/webhooks/wh_1", act="since", since="2026-01-01")).status == 303
    await world.settle()
    assert world.receiver.ids[before + 1 :] == [failure, world.receiver.ids[before]]

    assert (await clerk.post("/console/webhooks/wh_1", act="rotate")).status == 200
    fresh = (re.search(r'id="secret">(whsec_[^<]+)<', clerk.last) or [""])[1]
    assert fresh not in ("", secret)
    assert (await clerk.post("/console/webhooks/wh_1", act="nothing")).status == 400
    assert (await clerk.post("/console/webhooks/wh_1", act="remove")).status == 303
    assert (await clerk.get("/console/webhooks/wh_1")).status == 404


async def test_an_operator_sees_hosts_and_sends_again_and_takes_nobodys_secret(world: World) -> None:
    await world.hooked(SON_LA, f"{world.receiver.url}?token=s3cret")
    own = await world.hooked(OPERATOR)
    failure = await given_up(world)
    operator = await Visitor(world.web).enter("operator")
    await operator.get("/console/webhooks")
    assert "s3cret" not in operator.last
    assert own.id in operator.last
    await operator.get("/console/webhooks/wh_1")
    assert "s3cret" not in operator.last
    for act in ("rotate", "pause", "remove", "test"):
        assert (await operator.post("/console/webhooks/wh_1", act=act)).status == 403, act
    await operator.get("/console/webhooks/wh_1")
    assert (await operator.post("/console/webhooks/wh_1", act="again", id=failure)).status == 303
    await world.settle()
    assert world.receiver.ids[-1] == failure
    book = world.web.hub.accounts
    await book.add_samples([("clerk2", Role.CLERK, MAI_SON, "")])
    stranger = await Visitor(world.web).enter("clerk2")
    assert (await stranger.get("/console/webhooks/wh_1")).status == 404, "another's is not there"


async def test_over_the_interface_it_is_paused_and_its_tries_are_told(world: World) -> None:
    made = await world.hooked(SON_LA)
    failure = await given_up(world)
    shown = await world.shown(SON_LA, made.id)
    assert [(a.id, a.status, a.outcome) for a in shown.attempts[:4]] == [(failure, 500, "status")] * 4
    path = f"/v1/webhooks/{made.id}/pause"
    assert (await world.web.call("POST", path, SON_LA, json={"paused": True})).status == 200
    assert (await world.shown(SON_LA, made.id)).why == "paused"
    assert (await world.web.call("POST", path, SON_LA, json={"paused": True})).problem.code == "REQUEST_WEBHOOK"
    assert (await world.web.call("POST", path, SON_LA, json={"paused": False})).status == 200
    assert (await world.shown(SON_LA, made.id)).state == "active"


@needs_chromium
async def test_in_a_browser_one_webhook_is_sent_again_and_arrives(world: World) -> None:
    await world.hooked(SON_LA)
    failure = await given_up(world)
    async with a_browser() as browser:
        tab = await Tab.opened(browser, world.web, "clerk")
        await tab.go("/console/webhooks")
        await tab.accessible()
        await tab.page.get_by_role("link", name=world.receiver.url).click()
        await tab.page.wait_for_url("**/console/webhooks/wh_1")
        await tab.accessible()
        await tab.picture("webhook")
        await tab.page.get_by_role("button", name=f"Gửi lại: {failure}").click()
        await tab.page.wait_for_load_state()
        await world.settle()
        await tab.page.reload()
        assert await tab.page.get_by_text("Không có tin nào bị thôi gửi.").is_visible()
        tab.quiet()
        await tab.close()
        phone = await Tab.opened(browser, world.web, "operator", width=PHONE, lang="en", theme="dark")
        for path in ("/console/webhooks?agency=" + SON_LA, "/console/webhooks/wh_1"):
            await phone.go(path)
            await phone.fits()
            await phone.accessible()
            await phone.picture("webhook-phone")
        await phone.close()
    assert world.receiver.ids[-1] == failure
    assert world.receiver.ids.count(failure) == 5
