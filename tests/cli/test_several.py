"""Several documents of one command, named by arguments and one a line: each is told by itself."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_directory_changes import truc
from tests.cli.test_results import told
from tests.peers.test_poison import now
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import a_web

NOBODYS = "01a2057f-6f84-80c3-b934-da0000000001"


async def test_documents_are_reminded_of_and_taken_back_each_by_itself(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.now = now()
        sent = [await web.send(VPCP, SON_LA, MAI_SON), await web.send(VPCP, HA_NOI), await web.send(VPCP, SON_LA)]
        names = [one.message.id.removeprefix("urn:uuid:") for one in sent]
        await web.take(HA_NOI, sent[1])
        lines = "\n".join([names[1], NOBODYS, "", names[0]])
        hub = ("--url", web.url, "--keys", keys)

        given = ("remind", *hub, names[0], "--stdin", "--days", 7, "--reason", "Bão")
        ran = await truc(*given, "--json", answer=lines)
        assert ran.code == 1, ran
        assert [(one["message"], one.get("recipients", [])) for one in told(ran)["items"]] == [
            (names[0], [SON_LA, MAI_SON]) if SON_LA < MAI_SON else (names[0], [MAI_SON, SON_LA]),
            (names[1], []),
            (NOBODYS, []),
        ]
        assert [one["problem"]["code"] for one in told(ran)["items"][1:]] == [
            "CONFLICT_DELIVERY_STATE",
            "ACCESS_NOT_FOUND",
        ]
        ran = await truc("remind", *hub, names[2], "--reason", "Bão", lang="vi")
        assert ran.code == 0, ran
        assert "nơi nhận" in ran.out
        assert (await truc("remind", *hub, "--reason", "Bão")).code == 2, "none was named"
        assert (await truc("remind", *hub, "--stdin", "--reason", "Bão", answer="x" * 500)).code == 2

        back = ("take-back", *hub, "--as", VPCP, "--reason", "Gửi nhầm")
        ran = await truc(*back, "--document", names[0], "--stdin", "--json", answer=lines)
        assert ran.code == 1, ran
        found = told(ran)["items"]
        assert [one["document"] for one in found] == [names[0], names[1], NOBODYS]
        assert {one["state"] for one in found[0]["life"]["deliveries"]} == {"taken_back"}
        assert found[1]["life"]["deliveries"][0]["take_back_pending"]
        assert found[2]["problem"]["code"] == "ACCESS_NOT_FOUND"
        ran = await truc(*back, "--document", names[2], "--json")
        assert (ran.code, len(told(ran)["requests"])) == (0, 1), "one is told as before"
        ran = await truc(*back, "--document", names[2], "--document", NOBODYS, lang="vi")
        assert "lấy lại được" in ran.out
        assert (await truc(*back)).code == 2
