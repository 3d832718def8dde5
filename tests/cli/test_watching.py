"""`truc agencies health`, `agencies silent`, `attention` and `alerts` against a hub, as an operator and an agency run
them."""

from __future__ import annotations

from pathlib import Path

from hub.base.alert_settings import AlertSettings
from tests.cli.test_not_kept import truc
from tests.peers.test_poison import now
from tests.support.axis import HA_NOI, HOUR, SON_LA, VPCP, Clock, priority
from tests.support.web import a_web
from tests.upkeep.test_alerts import a_postbox, settings


async def test_an_operators_ten_seconds(tmp_path: Path, keys: Path) -> None:
    async with (
        a_postbox() as box,
        a_web(tmp_path / "hub", keys, alerts=settings(box), clock=Clock(now() - 26 * HOUR)) as web,
    ):
        hub = ("--url", web.url, "--keys", keys)
        await web.send(VPCP, SON_LA, other=priority(3))
        web.axis.clock.now = now()
        web.tokens.clear()
        await web.hub.alerts.look()

        ran = await truc("agencies", "health", SON_LA, *hub, "--lang", "vi")
        assert ran.code == 1, ran
        assert "Chưa thấy kết nối lần nào; chứng thư còn " in ran.out
        assert "1 văn bản chờ, 1 hỏa tốc." in ran.out
        assert "✗ đứt" in ran.out
        itself = await truc("agencies", "health", SON_LA, *hub, "--as", SON_LA, "--json")
        assert (itself.code, itself.json["broken"]) == (1, "not-fetching"), "it has just got a token"
        another = await truc("agencies", "health", HA_NOI, *hub, "--as", SON_LA, "--json")
        assert (another.code, another.json["code"]) == (1, "ACCESS_NOT_FOUND")
        well = await truc("agencies", "health", HA_NOI, *hub, "--lang", "en")
        assert well.code == 0
        assert "nothing waits" in well.out

        silent = await truc("agencies", "silent", *hub, "--json", "--all")
        assert silent.code == 1
        assert SON_LA not in [item["agency"] for item in silent.json["items"]], "its token is of this minute"
        todo = await truc("attention", *hub, "--json")
        assert (todo.code, [item["what"] for item in todo.json["items"]]) == (1, ["urgent", "expiring", "silent"])
        standing = await truc("alerts", "list", *hub, "--lang", "en")
        assert standing.code == 1
        assert "1 express documents were not fetched" in " ".join(standing.out.split())
        tested = await truc("alerts", "test", *hub, "--lang", "en")
        assert (tested.code, box.subjects) == (0, ["[truc info] Thử cảnh báo / A test of alerts"])
        assert "Mailed to 2 addresses" in tested.out
        box.busy = True
        failed = await truc("alerts", "test", *hub, "--json")
        assert failed.code == 1
        assert "451" in failed.json["mail_failure"]


async def test_a_hub_that_tells_nobody_says_so(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, alerts=AlertSettings(), clock=Clock(now())) as web:
        hub = ("--url", web.url, "--keys", keys, "--lang", "en")
        listed = await truc("alerts", "list", *hub)
        assert listed.code == 0
        assert "Nobody is told" in listed.out
        tested = await truc("alerts", "test", *hub)
        assert tested.code == 1
        assert "names no way" in tested.out
        todo = await truc("attention", *hub)
        assert (todo.code, "Nothing needs doing" in todo.out) == (0, True)
