"""A hub with front processes, as `truc serve` runs it: what holds of one process holds of several."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from clients.axis import AxisClient
from clients.errors import ProblemError
from clients.retry import ONCE, Backoff
from hub.app import running
from hub.base.config import Settings, load
from hub.base.runtime import system_clock
from hub.core import edxml
from hub.core.edxml import Attachment
from hub.core.log.policy import parse as parse_policy
from hub.core.model import Millis
from hub.core.signature import token, xmldsig
from hub.core.wire import Agency
from hub.fronts import fleet
from hub.http.listener import url_of
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

FRONTS = 2
PATIENT = Backoff(first=0.02, longest=0.3, tries=100, budget=60.0)


class Country:
    """A sample hub with fronts, and clients with the sample's keys."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.profile = pki.Profile(Path(settings.hub.keys))
        self.policy = parse_policy((folder / "policy").read_bytes())
        self.hub = HubProcess(folder / "hub.toml", free_port())

    def client(self, code: str, backoff: Backoff = PATIENT) -> AxisClient:
        mine = self.profile.agency(code)
        return AxisClient(self.hub.url, code, mine.key, mine.chain, policy=self.policy, backoff=backoff)

    def document(self, number: int, *, size: int = 0) -> bytes:
        sender = self.profile.agency(VPCP)
        files = [Attachment("1", "a.pdf", "", "application/pdf", b"%PDF-1.7\n" + os.urandom(size))] if size else []
        return xmldsig.sign(edxml.build(a_document(VPCP, [SON_LA, HA_NOI], number), files), sender.key, sender.chain)

    def fronts(self) -> list[int]:
        """Process numbers of the hub's fronts."""
        children = Path(f"/proc/{self.hub.pid}/task/{self.hub.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"hub.fronts.process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest_asyncio.fixture
async def country(tmp_path: Path) -> AsyncIterator[Country]:
    await asyncio.to_thread(prepare, tmp_path)
    config = tmp_path / "hub.toml"
    config.write_text(config.read_text("utf-8").replace("[http]", f"[http]\nfronts = {FRONTS}"), "utf-8")
    made = Country(tmp_path, load(config))
    async with made.hub:
        yield made


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # what is waited for is in other processes, and tells nobody


async def test_who_asks_before_the_hub_says_that_it_listens_gets_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash callers know the address, and one front may serve before all do."""
    await asyncio.to_thread(prepare, tmp_path)
    settings = load(tmp_path / "hub.toml")
    settings = msgspec.structs.replace(settings, http=msgspec.structs.replace(settings.http, port=0, fronts=1))
    mine = pki.Profile(Path(settings.hub.keys)).agency(SON_LA)
    opened, asked = fleet.Front.open, []

    async def asking(front: fleet.Front) -> None:
        await opened(front)
        url = url_of(settings.http, front._sock)
        async with AxisClient(url, SON_LA, mine.key, mine.chain, backoff=ONCE) as son_la:
            asked.append(await son_la.look())

    monkeypatch.setattr(fleet.Front, "open", asking)
    async with running(settings):
        assert len(asked) == 1


async def test_a_document_s_whole_way_goes_over_the_fronts(country: Country) -> None:
    documents = {number: country.document(number, size=100_000 if number == 3 else 0) for number in range(1, 13)}
    async with country.client(VPCP) as vpcp, country.client(SON_LA) as son_la:
        sent = await asyncio.gather(*map(vpcp.send, documents.values()))
        again = await vpcp.send(documents[1])
        assert again.answer.repeated
        assert again.proof.raw == sent[0].proof.raw
        items = await son_la.fetch(50)
        contents = await asyncio.gather(*(item.content() for item in items))
        assert sorted(contents) == sorted(documents.values())
        assert await son_la.fetch(50) == [], "leased to one worker at a time, whichever front it asks"
        done = await son_la.acknowledge(items)
        assert all(item.state == "handed_over" for item in done.items)
        figures = await vpcp.figures()
    assert not figures.ledger[-1].difference
    assert figures.ledger[-1].handed_over == len(documents)


async def test_a_refusal_by_a_front_leaves_evidence_in_the_hub_s_log(country: Country) -> None:
    broken = country.document(1).replace("rà soát".encode(), "rà xoát".encode())
    async with country.client(VPCP) as vpcp:
        with pytest.raises(ProblemError) as refused:
            await vpcp.send(broken)
    assert refused.value.problem.code == "SIGNATURE_DIGEST_MISMATCH"
    assert refused.value.problem.receipt.startswith("c2sp.org/tlog-proof@v1")


async def test_the_hub_knows_who_came_through_a_front_and_after_a_stop_still_does(country: Country) -> None:
    broken = country.document(1).replace("rà soát".encode(), "rà xoát".encode())
    async with country.client(VPCP) as vpcp, country.client(SON_LA) as son_la:
        with pytest.raises(ProblemError):
            await vpcp.send(broken)
        await vpcp.send(country.document(2))
        await son_la.acknowledge(await son_la.fetch(5))
        sender, reader = await vpcp.agency_health(VPCP), await son_la.agency_health(SON_LA)
        assert (sender.refusal, sender.fetched) == ("SIGNATURE_DIGEST_MISMATCH", "")
        assert reader.token <= reader.fetched <= reader.acknowledged
        assert (reader.refused, reader.broken) == ("", "")
        with pytest.raises(ProblemError) as unknown:
            await son_la.agency_health(VPCP)
        assert unknown.value.problem.code == "ACCESS_NOT_FOUND"
        assert country.hub.stop() == 0
        await country.hub.start()
        again = await son_la.agency_health(SON_LA)
        assert (again.fetched, again.acknowledged) == (reader.fetched, reader.acknowledged), "to the millisecond"
        country.hub.kill()
        await country.hub.start()
        assert (await son_la.agency_health(SON_LA)).acknowledged == reader.acknowledged


async def test_a_front_that_is_killed_loses_nothing_and_is_started_again(country: Country) -> None:
    before = country.fronts()
    assert len(before) == FRONTS
    documents = [country.document(number) for number in range(1, 61)]
    async with country.client(VPCP) as vpcp:

        async def send_and_kill(number: int, data: bytes) -> str:
            if number in (20, 40):
                os.kill(country.fronts()[0], signal.SIGKILL)
            return (await vpcp.send(data)).answer.message.id

        sent = await asyncio.gather(*(send_and_kill(n, data) for n, data in enumerate(documents)))
    assert len(set(sent)) == len(documents)

    async def whole() -> bool:
        return len(country.fronts()) == FRONTS and country.fronts() != before

    await until(whole)
    assert country.hub.stop() == 0
    checked = truc("fsck", "--config", country.folder / "hub.toml")
    assert checked.returncode == 0, checked.stdout


async def test_a_front_that_cannot_be_started_is_tried_again(country: Country) -> None:
    """While the hub may open no file more, nothing takes the place of a front that was killed; then something does."""
    before = country.fronts()
    pid = country.hub.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) - 4, hard))
    os.kill(before[0], signal.SIGKILL)

    async def tried() -> bool:
        return "front-not-started" in (country.folder / "hub.log").read_text()

    await until(tried)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))

    async def whole() -> bool:
        return len(country.fronts()) == FRONTS and country.fronts() != before

    await until(whole)
    async with country.client(VPCP) as vpcp:
        assert (await vpcp.send(country.document(1))).answer.message.id


async def test_fronts_end_with_a_hub_that_was_killed_and_the_port_is_free(country: Country) -> None:
    fronts = country.fronts()
    async with country.client(VPCP) as vpcp:
        sent = await vpcp.send(country.document(1))
    country.hub.kill()

    async def gone() -> bool:
        return not any(_alive(pid) for pid in fronts)

    await until(gone)
    await country.hub.start()
    async with country.client(VPCP) as vpcp:
        assert (await vpcp.send(country.document(1))).proof.raw == sent.proof.raw


async def test_a_hub_that_was_killed_starts_again_while_its_fronts_still_hold_the_port(country: Country) -> None:
    front = country.fronts()[0]
    os.kill(front, signal.SIGSTOP)  # it does not notice that its hub has gone
    country.hub.kill()
    starting = asyncio.create_task(country.hub.start())

    async def asked() -> bool:
        return "address-in-use" in (country.folder / "hub.log").read_text()

    await until(asked)
    assert not starting.done()
    os.kill(front, signal.SIGCONT)
    await starting
    async with country.client(VPCP) as vpcp:
        assert (await vpcp.send(country.document(1))).answer.message.id


async def test_a_stop_ends_long_polls_and_fronts_and_is_clean(country: Country) -> None:
    fronts = country.fronts()
    async with country.client(SON_LA) as son_la:
        polls = [asyncio.create_task(son_la.fetch(10, 50.0)) for _ in range(20)]

        async def all_wait() -> bool:
            return await _metric(country, "truc_streams") >= len(polls)

        await until(all_wait)
        assert await asyncio.to_thread(country.hub.stop) == 0
        assert await asyncio.gather(*polls) == [[]] * len(polls)
    assert not any(_alive(pid) for pid in fronts)


async def test_an_arrival_ends_a_long_poll_at_whatever_front(country: Country) -> None:
    async with country.client(SON_LA) as son_la, country.client(VPCP) as vpcp:
        poll = asyncio.create_task(son_la.fetch(10, 50.0))
        sent = await vpcp.send(country.document(1))
        (item,) = await poll
        assert item.message.id == sent.answer.message.id


async def test_a_suspended_agency_is_refused_by_every_front(country: Country) -> None:
    operator = country.profile.hub("operator")
    async with (
        country.client(VPCP) as vpcp,
        AxisClient(country.hub.url, "operator", operator.key, operator.chain) as admin,
    ):
        sent = await vpcp.send(country.document(1))
        assert sent.answer.recipients
        secret = (country.folder / "data" / "token.secret").read_bytes()
        held = token.mint(token.Access(VPCP, "agency", "test", "", Millis(system_clock() + 600_000)), [secret])
        assert await _fetched(country, held) == 200
        await admin.put_agencies([suspended(await vpcp.agency_of(VPCP))])

        with pytest.raises(ProblemError) as refused:  # with a token from before
            await vpcp.send(country.document(2))
        assert refused.value.problem.code == "ACCESS_UNAUTHENTICATED"

        async def known() -> bool:
            """To the fronts too: what they serve themselves, no hub looks at again."""
            return all([await _fetched(country, held) == 401 for _ in range(8)])

        await until(known)


async def test_metrics_add_up_over_processes_and_outlive_a_front(country: Country) -> None:
    async with country.client(VPCP) as vpcp:
        await asyncio.gather(*(vpcp.send(country.document(number)) for number in range(1, 11)))

    async def counted() -> bool:
        return await _metric(country, "truc_messages_total", kind="document") == 10

    await until(counted)
    for pid in country.fronts():
        os.kill(pid, signal.SIGKILL)
    await until(lambda: _answers(country))
    assert await _metric(country, "truc_messages_total", kind="document") == 10


async def test_two_hubs_on_one_port_are_refused_although_fronts_share_it(country: Country, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = (country.folder / "hub.toml").read_text("utf-8")
    other.write_text(re.sub(r'data = ".*"', f'data = "{(tmp_path / "other").as_posix()}"', text), "utf-8")
    done = await asyncio.to_thread(truc, "serve", "--config", other, "--port", str(country.hub.port))
    assert done.returncode == 1
    assert "cannot listen" in done.stderr


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /v1/agencies/%2e%2e%2fx HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET //v1/agencies HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /v1/agencies?q=S%C6%A1n%20La&limit=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HEAD /v1/figures HTTP/1.1\r\nHost: a\r\n\r\n",
        b"DELETE /v1/documents HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/token HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"GET /log/checkpoint HTTP/1.1\r\nHost: a\r\nConnection: X-Secret\r\nX-Secret: 1\r\n\r\n",
    ],
)
async def test_what_a_front_passes_on_is_answered_as_by_the_hub(country: Country, request_: bytes) -> None:
    status, headers, body = await _raw(country.hub.port, request_)
    assert status < 500
    assert headers["server"] == "truc"
    assert "transfer-encoding" not in headers or "content-length" not in headers
    if status >= 400 and not request_.startswith(b"HEAD"):
        assert b'"code":' in body


async def _raw(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace(b"\r\nHost: a", b"\r\nHost: a\r\nConnection: close", 1))
    data = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}, body


async def _metric(country: Country, name: str, **labels: str) -> float:
    async with aiohttp.ClientSession() as session, session.get(f"{country.hub.url}/metrics") as answer:
        text = await answer.text()
    wanted = name + ("{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}" if labels else "")
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{wanted} ")), 0.0)


async def _fetched(country: Country, token_: str) -> int:
    """Status of a fetch over a connection of its own, so that the kernel spreads them over the fronts."""
    headers = {"Authorization": f"Bearer {token_}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{country.hub.url}/v1/inbox/fetch", json={"limit": 1}, headers=headers) as answer,
    ):
        return answer.status


async def _answers(country: Country) -> bool:
    try:
        return await _metric(country, "truc_log_size") > 0
    except aiohttp.ClientError:
        return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def suspended(entry: Agency) -> Agency:
    return msgspec.structs.replace(entry, suspended=True)


async def test_events_pass_through_a_front_and_go_on_from_any_point(country: Country) -> None:
    async with country.client(VPCP) as vpcp, country.client(SON_LA) as son_la:
        heard = []
        async with aclosing(son_la.events("0")) as events:
            for number in range(1, 4):
                await vpcp.send(country.document(number))
                heard.append(await anext(events))
        assert [h.what for h in heard] == ["arrival"] * 3
        for cut in range(3):
            async with aclosing(son_la.events(heard[cut].id)) as events:
                assert [await anext(events) for _ in heard[cut + 1 :]] == heard[cut + 1 :]
        async with aclosing(son_la.events("9" * 15)) as events:
            assert (await anext(events)).what == "reset"


# a download that lasts


@pytest_asyncio.fixture
async def brisk(tmp_path: Path) -> AsyncIterator[Country]:
    """Leases are short, so that a download is longer than one."""
    await asyncio.to_thread(prepare, tmp_path, lease=0.5)
    config = tmp_path / "hub.toml"
    config.write_text(config.read_text("utf-8").replace("[http]", f"[http]\nfronts = {FRONTS}"), "utf-8")
    made = Country(tmp_path, load(config))
    async with made.hub:
        yield made


@asynccontextmanager
async def slow_download(country: Country, message: str) -> AsyncIterator[asyncio.StreamReader]:
    """The head of the answer has come, of its body only what fits into buffers."""
    secret = (country.folder / "data" / "token.secret").read_bytes()
    held = token.mint(token.Access(SON_LA, "agency", "test", "", Millis(system_clock() + 600_000)), [secret])
    path = f"/v1/documents/{message.removeprefix('urn:uuid:')}/content"
    reader, writer = await asyncio.open_connection("127.0.0.1", country.hub.port, limit=1 << 12)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {held}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        async with asyncio.timeout(20):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        yield reader
    finally:
        writer.close()


@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
async def test_a_download_over_a_front_is_held_as_long_as_it_lasts_and_asked_back(brisk: Country) -> None:
    data = brisk.document(1, size=9_000_000)
    async with brisk.client(VPCP) as vpcp, brisk.client(SON_LA) as son_la:
        sent = (await vpcp.send(data)).answer.message.id
        async with slow_download(brisk, sent) as reader:
            assert await son_la.fetch(10, 1.5) == [], "three leases long, at whichever front it is asked for"
            async with asyncio.timeout(30):
                assert await reader.read(-1) == data
        assert [item.message.id for item in await son_la.fetch(10, 20.0)] == [sent], "and no longer than that"
        life = await vpcp.life(sent)
        assert {d.recipient: bool(d.offered_at) for d in life.deliveries} == {SON_LA: True, HA_NOI: False}


@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
async def test_a_front_that_dies_holds_nothing_and_what_it_began_to_send_was_offered(brisk: Country) -> None:
    async with brisk.client(VPCP) as vpcp, brisk.client(SON_LA) as son_la:
        sent = (await vpcp.send(brisk.document(1, size=9_000_000))).answer.message.id
        async with slow_download(brisk, sent):
            for pid in brisk.fronts():
                os.kill(pid, signal.SIGKILL)
            assert [item.message.id for item in await son_la.fetch(10, 20.0)] == [sent]
        life = await vpcp.life(sent)
        assert {d.recipient: bool(d.offered_at) for d in life.deliveries} == {SON_LA: True, HA_NOI: False}


async def test_a_batch_through_a_front_that_is_killed_loses_and_doubles_nothing(country: Country) -> None:
    queue = [country.document(number) for number in range(7_000, 7_060)]
    known: dict[int, tuple[str, bytes]] = {}
    async with country.client(VPCP) as axis:
        sending = asyncio.create_task(_sent(axis, queue))
        for _ in range(2):
            await asyncio.sleep(0.05)  # in the midst of it, wherever that is
            for pid in country.fronts():
                os.kill(pid, signal.SIGKILL)
        known = await sending
        assert len(known) == len(queue)
        assert await _sent(axis, queue) == known
        outbox = await axis.outbox(limit=1000)
    assert len({item.message.sha256 for item in outbox.items}) == len(outbox.items) == len(queue)


async def _sent(axis: AxisClient, queue: list[bytes]) -> dict[int, tuple[str, bytes]]:
    """Message and receipt by position."""
    return {
        outcome.position: (outcome.answer.message.id, outcome.proof.raw)
        async for outcome in axis.send_all(queue)
        if outcome.answer is not None and outcome.proof is not None
    }
