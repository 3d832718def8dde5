"""Agencies that are registered by half are named, in the interface and on pages, and nobody is woken for them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hub.base.webhook_settings import WebhookSettings
from hub.core.model import Agency, Tier
from hub.core.wire_hooks import Webhook
from hub.core.wire_watch import AttentionItem, AttentionList, StandingAlerts
from tests.console.kit import Visitor, a_console
from tests.support.axis import AGENCIES, HOUR, SON_LA, VPCP, registered
from tests.support.receiver import a_receiver
from tests.support.web import OPERATOR, Web, a_web

WEEK = 7 * 24 * HOUR
BARE, SERVED, ENDED = (
    Agency(code=f"000.00.0{n}.H52", name=f"Trung tâm số {n}", tier=Tier.DISTRICT, parent=SON_LA) for n in (1, 2, 3)
)


async def items(web: Web) -> dict[str, AttentionItem]:
    await web.hub.alerts.look()
    return {i.what: i for i in (await web.get("/v1/attention", OPERATOR)).record(AttentionList).items}


async def test_without_a_certificate_unless_somebody_acts_for_it(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        assert await items(web) == {}
        served = msgspec.structs.replace(SERVED, centre=SON_LA)
        ended = msgspec.structs.replace(ENDED, suspended=True)
        await web.hub.exchange.change_directory([BARE, served, ended], "test")
        found = await items(web)
        assert list(found) == ["no_certificate"]
        told = found["no_certificate"]
        assert (told.count, told.agencies, told.rank, told.severity) == (1, (BARE.code,), 7, "info")
        assert told.en == "Registered by half: 1 agencies have no certificate that counts"
        assert (await web.get("/v1/alerts", OPERATOR)).record(StandingAlerts).items == [], "nobody is woken for that"

        operator = await Visitor(web).enter("operator")
        await operator.get("/console?lang=en")
        assert "Registered by half: 1 agency has no certificate" in operator.text
        assert f'href="/console/agencies/{BARE.code}"' in operator.last
        await operator.get("/console/agencies?lacks=certificate&lang=en")
        assert BARE.name in operator.text
        assert SERVED.name not in operator.text
        assert "Without a certificate that counts" in operator.text
        await operator.get(f"/console/agencies?lacks=certificate&cursor={BARE.code}")
        assert BARE.name not in operator.text

        given = registered(web.axis.profile, AGENCIES[:1])[0].certificates
        await web.hub.exchange.change_directory([msgspec.structs.replace(BARE, certificates=given)], "test")
        assert await items(web) == {}, "a change of the directory is seen at the next look"


async def test_with_a_certificate_and_never_heard_of_for_a_week(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.get("/v1/inbox", SON_LA)
        web.axis.clock.forward(WEEK - HOUR)
        assert "never_came" not in await items(web)
        web.axis.clock.forward(2 * HOUR)
        web.tokens.clear()
        found = (await items(web))["never_came"]
        assert found.of == len(AGENCIES) - 1
        assert SON_LA not in found.agencies
        assert found.agencies[0] == VPCP
        await web.send(VPCP, SON_LA)
        await web.hub.exchange.change_directory([BARE], "test")
        assert VPCP not in (await items(web))["never_came"].agencies


async def test_with_an_endpoint_that_never_proved_its_secret(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, webhooks=WebhookSettings(plain=True)) as web, a_receiver() as receiver:
        made = (await web.call("POST", "/v1/webhooks", SON_LA, json={"url": receiver.url})).record(Webhook)
        assert made.state == "unproven"
        web.axis.clock.forward(WEEK + HOUR)
        web.tokens.clear()
        await web.hub.exchange.change_directory([BARE], "test")
        assert (await items(web))["unproven"].agencies == (SON_LA,)
