"""Why an agency does not fetch, over HTTP: its last steps as the hub saw them, kept across a restart, told to itself,
to operators and to auditors."""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

from hub.core import wire
from hub.core.model import iso_utc
from hub.core.wire_watch import AgencyHealth, AttentionList, SilentAgencies
from hub.upkeep.contacts import ContactKeeper
from tests.support.axis import HA_NOI, HOUR, MAI_SON, SON_LA, VPCP, priority
from tests.support.web import AUDITOR, OPERATOR, Web, a_web

MINUTE = 60_000


async def fares(web: Web, agency: str, who: str = OPERATOR) -> AgencyHealth:
    return (await web.get(f"/v1/agencies/{agency}/health", who)).record(AgencyHealth)


def states(found: AgencyHealth) -> dict[str, str]:
    return {link.link: link.state for link in found.links}


async def forward(web: Web, ms: int) -> None:
    """Later; tokens of before have ended."""
    web.axis.clock.forward(ms)
    web.tokens.clear()


async def test_the_broken_link_moves_on_as_the_agency_mends_it(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        first = await web.send(VPCP, SON_LA)
        second = await web.send(VPCP, SON_LA, other=priority(3))
        sent_at = iso_utc(web.axis.clock())
        await forward(web, 2 * HOUR)

        never = await fares(web, SON_LA)
        assert (never.broken, never.token, states(never)["token"]) == ("never-seen", "", "broken")
        assert never.vi.startswith("Chưa thấy kết nối lần nào; chứng thư còn ")
        assert never.vi.endswith("; 2 văn bản chờ, 1 hỏa tốc")
        assert [(w.lane, w.documents, w.oldest) for w in never.waiting] == [(0, 1, sent_at), (3, 1, sent_at)]
        assert never.certificates[0].days > 0
        assert never.lists_age_hours >= 0

        await web.token(SON_LA)
        token_at = iso_utc(web.axis.clock())
        came = await fares(web, SON_LA)
        assert (came.broken, came.token, states(came)["fetch"]) == ("not-fetching", token_at, "broken")

        answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 10})
        assert len(answer.record(wire.Inbox).items) == 2
        fetched = await fares(web, SON_LA)
        assert (fetched.broken, fetched.fetched, fetched.leases) == ("not-acknowledging", token_at, 2)

        await web.take(SON_LA, first, second)
        done = await fares(web, SON_LA)
        assert (done.broken, done.acknowledged, done.documents, done.leases) == ("", token_at, 0, 0)
        assert set(states(done).values()) == {"holds"}

        await forward(web, 25 * HOUR)
        gone = await fares(web, SON_LA)
        assert gone.broken == "not-connecting"
        assert gone.en.startswith("Not connected since 13:00 yesterday; ")


async def test_a_refusal_is_remembered_with_its_code_and_told_on_a_line(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        with structlog.testing.capture_logs() as lines:
            assert (await web.get(f"/v1/inbox?agency={VPCP}", SON_LA)).status == 403
            assert (await web.submit(b"<a/>", SON_LA)).status == 400
            assert (await web.get("/v1/inbox")).status == 401
            assert (await web.grant(web.assertion(MAI_SON, by=SON_LA))).status == 401
            assert (await web.grant("no assertion")).status == 401
        told = [line for line in lines if line["event"] == "refused"]
        assert [(line["caller"], line["address"], line["code"], line["route"]) for line in told] == [
            (f"agency:{SON_LA}", "127.0.0.1", "ACCESS_FORBIDDEN", "/v1/inbox"),
            (f"agency:{SON_LA}", "127.0.0.1", "FORMAT_NOT_EDXML", "/v1/documents"),
            ("", "127.0.0.1", "ACCESS_UNAUTHENTICATED", "/v1/inbox"),
            ("", "127.0.0.1", "ACCESS_UNAUTHENTICATED", "/v1/token"),
            ("", "127.0.0.1", "ACCESS_UNAUTHENTICATED", "/v1/token"),
        ]
        asked = [(line["claimed"], line["address"]) for line in lines if line["event"] == "token-refused"]
        assert asked == [(MAI_SON, "127.0.0.1")]
        at = iso_utc(web.axis.clock())
        found = await fares(web, SON_LA)
        assert (found.refused, found.refusal, found.denied) == (at, "FORMAT_NOT_EDXML", "")
        claimed = await fares(web, MAI_SON)
        assert (claimed.denied, claimed.denial, claimed.refused) == (at, "ACCESS_UNAUTHENTICATED", "")
        counted = {code: n for code, n, *_ in web.hub.exchange.contacts.refusals.now(web.axis.clock())}
        assert counted == {"ACCESS_FORBIDDEN": 1, "FORMAT_NOT_EDXML": 1}, "each once, and strangers not at all"
        assert len(web.hub.exchange.contacts) == 2


async def test_it_is_told_to_itself_and_to_those_that_watch(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        for who in (SON_LA, OPERATOR, AUDITOR):
            assert (await fares(web, SON_LA, who)).agency == SON_LA
        assert (await fares(web, "H52", SON_LA)).agency == SON_LA
        another = await web.get(f"/v1/agencies/{HA_NOI}/health", SON_LA)
        nobody = await web.get("/v1/agencies/000.00.99.H99/health", SON_LA)
        assert (another.status, nobody.status) == (404, 404)
        assert another.problem.code == nobody.problem.code == "ACCESS_NOT_FOUND"
        assert another.body.replace(HA_NOI.encode(), b"") == nobody.body.replace(b"000.00.99.H99", b"")


async def test_contacts_survive_a_stop_whole_and_a_crash_as_they_were_written(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.token(SON_LA)
        written = iso_utc(web.axis.clock())
        keeper = ContactKeeper(web.store, web.hub.exchange.contacts)
        assert await keeper.keep() == 1
        assert await keeper.keep() == 0
        await forward(web, MINUTE)
        await web.token(SON_LA)
        on_disk = (await web.store.contacts())[SON_LA]
        assert iso_utc(on_disk.token or 0) == written, "a crash now sets it back by a minute, and never ahead"
        later = web.axis.clock
    async with a_web(tmp_path / "hub", keys, clock=later) as web:
        assert (await fares(web, SON_LA)).token == iso_utc(later())


async def test_an_acceptance_makes_no_contact(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.token(VPCP)
        web.hub.exchange.contacts.changed()
        await web.send(VPCP, SON_LA)
        assert web.hub.exchange.contacts.changed() == []


async def test_silent_agencies_are_those_for_which_something_waits_long(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:

        async def silent(query: str = "", who: str = OPERATOR) -> SilentAgencies:
            return (await web.get(f"/v1/agencies/silent{query}", who)).record(SilentAgencies)

        await web.send(VPCP, SON_LA, HA_NOI, MAI_SON)
        await web.send(VPCP, SON_LA, other=priority(4))
        await forward(web, 25 * HOUR)
        await web.call("POST", "/v1/inbox/fetch", HA_NOI, json={"limit": 1})
        found = await silent()
        assert [(a.agency, a.documents, a.urgent) for a in found.items] == [(SON_LA, 2, 1), (MAI_SON, 1, 0)]
        assert (found.total, found.cursor) == (2, "")
        page = await silent("?limit=1")
        assert (page.items[0].agency, page.cursor) == (SON_LA, "1")
        rest = await silent("?limit=1&cursor=1", AUDITOR)
        assert (rest.items[0].agency, rest.cursor) == (MAI_SON, "")
        everyone = await silent("?all=true")
        assert HA_NOI not in [a.agency for a in everyone.items]
        assert everyone.total == 5, "VPCP has sent, and its token is older than a day"
        assert (await web.get("/v1/agencies/silent?since=never", OPERATOR)).problem.code == "REQUEST_INVALID"
        assert (await web.get("/v1/agencies/silent", SON_LA)).status == 403


async def test_the_list_of_the_console_and_of_the_interface_is_one(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        assert (await web.get("/v1/attention", OPERATOR)).record(AttentionList).items == []
        await web.send(VPCP, SON_LA, other=priority(3))
        await forward(web, 25 * HOUR)
        at, items = await web.hub.alerts._attention.look()
        told = (await web.get("/v1/attention", AUDITOR)).record(AttentionList)
        assert [(i.what, i.rank) for i in told.items] == [("urgent", 3), ("expiring", 4), ("silent", 5)]
        assert [i.what.value for i in items] == [i.what for i in told.items]
        assert told.items[0].vi == "1 văn bản hỏa tốc chưa có người nhận"
        assert told.items[0].do_vi == f"Gọi văn thư của Ủy ban nhân dân tỉnh Sơn La ({SON_LA})."
        text = (await web.get("/metrics")).body.decode()
        for line in (
            'truc_attention{what="urgent"} 1.0',
            'truc_attention{what="disk"} 0.0',
            "truc_agencies_silent 1.0",
            'truc_documents_waiting{lane="3"} 1.0',
            "truc_witnesses_silent 0.0",
            "truc_ledger_difference 0.0",
            "truc_agencies 6.0",
        ):
            assert line in text
        assert SON_LA not in text
        assert msgspec.json.encode(told).decode().count(SON_LA) == 9
        assert told.at == iso_utc(at)
