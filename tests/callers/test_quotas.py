"""What one caller may take of what all share, with a clock in the test's hand and then over HTTP: nobody takes all, and
who is refused is told when to come again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
import uvloop

from hub.admission.submission import Caller
from hub.base.config import InvalidSettings, load
from hub.base.limit_settings import LimitSettings
from hub.core import wire
from hub.core.errors import TooMany
from hub.http import limits as quotas
from hub.http.limits import Addresses, Amounts, Quotas, Rates, Shares, SubmissionLimit, address_of, key_of
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP, priority
from tests.support.web import OPERATOR, Answer, Web, a_web, bare, until

GET = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"


def too_many(work: object) -> float:
    with pytest.raises(TooMany) as caught:
        work()  # type: ignore[operator]
    return caught.value.retry_after


def test_an_amount_is_a_burst_and_then_its_mean() -> None:
    now = 0.0
    amounts = Amounts(100, 1_000, lambda: now, "bytes")
    amounts.take("a", 600)
    assert too_many(lambda: amounts.take("a", 500)) == pytest.approx(1.0)
    amounts.take("a", 400)  # what was refused was not counted
    amounts.take("b", 1_000)
    now = 1.0
    amounts.take("a", 100)
    too_many(lambda: amounts.take("a", 1))
    now = 100.0
    amounts.take("a", 1_000)
    too_many(lambda: amounts.take("a", 1))


def test_what_was_not_used_is_given_back() -> None:
    amounts = Amounts(100, 1_000, lambda: 0.0, "bytes")
    amounts.take("a", 1_000)
    amounts.give_back("a", 300)
    amounts.give_back("nobody", 300)
    amounts.take("a", 300)
    too_many(lambda: amounts.take("a", 1))


def test_idle_callers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "_MANY", 100)
    now = 0.0
    amounts = Amounts(10, 30, lambda: now, "bytes")
    for number in range(1_000):
        now = float(number)
        amounts.take(str(number), 10)
    assert len(amounts) < 110


def test_a_share_is_counted_until_it_is_given_back() -> None:
    shares = Shares(10, "bytes")
    shares.add("a", 6)
    shares.add("b", 10)
    too_many(lambda: shares.add("a", 5))
    shares.remove("a", 5)
    shares.add("a", 4)
    shares.remove("a", 10)
    shares.remove("b", 10)
    assert len(shares) == 0


@pytest.mark.parametrize("declared", [None, 400])
@pytest.mark.parametrize("came", [0, 100, 400])
def test_a_body_leaves_nothing_behind_and_costs_what_came(declared: int | None, came: int) -> None:
    limits = LimitSettings(bytes_per_second=1, bytes_burst=400, bodies_per_caller=400)
    made = Quotas(limits, lambda: 0.0)
    with made.body("a", declared) as coming:
        for _ in range(0, came, 50):
            coming.came(50)
        assert made.bodies._held.get("a", 0) == came
    assert len(made.bodies) == 0
    if came < 400:
        made.received.take("a", 400 - came)
    too_many(lambda: made.received.take("a", 1))


def test_a_body_that_is_refused_while_it_comes_leaves_nothing_behind_either() -> None:
    made = Quotas(LimitSettings(bytes_per_second=1, bytes_burst=1_000, bodies_per_caller=100), lambda: 0.0)
    with made.body("a", None) as coming:
        coming.came(50)
        coming.came(50)
        too_many(lambda: coming.came(50))
    assert len(made.bodies) == 0
    with made.body("", 10**9) as coming:
        coming.came(10**9)  # nobody's: bounded elsewhere
    assert len(made.bodies) == 0


def test_connections_of_an_address_end_as_they_began() -> None:
    addresses = Addresses(2)
    assert [addresses.enter("a") for _ in range(3)] == [True, True, False]
    assert addresses.enter("b")
    addresses.leave("a")
    assert addresses.enter("a")
    for address in ("a", "a", "b", "nobody"):
        addresses.leave(address)
    assert len(addresses) == 0


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("192.0.2.7", 5), "192.0.2.7"),
        (("::ffff:192.0.2.7", 5, 0, 0), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 5, 0, 0), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 5, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 5, 0, 2), "fe80::/64"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_of_ipv6_is_its_network(peer: object, address: str) -> None:
    """A host has 2^64 addresses of its own: they count as one."""
    assert address_of(peer) == address


def test_an_operator_is_not_counted_as_the_agency_whose_name_it_takes() -> None:
    assert key_of(Caller(VPCP, "operator", "")) != key_of(Caller(VPCP, "agency", ""))


@pytest.mark.parametrize("member", ["bytes_burst", "bodies_per_caller"])
def test_a_quota_below_the_largest_document_is_no_setting(tmp_path: Path, member: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(f"[limits]\ndocument_bytes = 1000\n{member} = 999\n")
    with pytest.raises(InvalidSettings, match=member):
        load(path)


# over HTTP

SMALL = {"document_bytes": 20_000, "inline_bytes": 8_000, "bytes_per_second": 1, "bytes_burst": 40_000}


@pytest_asyncio.fixture
async def small(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys, **SMALL) as opened:
        yield opened


def told_when(answer: Answer) -> None:
    assert (answer.status, answer.problem.code) == (429, "LIMIT_TOO_MANY")
    assert int(answer.headers["Retry-After"]) >= answer.problem.retry_after > 0


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 1_000):
        yield b"x" * 1_000


async def test_bytes_have_a_rate_that_others_do_not_share(small: Web) -> None:
    for _ in range(2):
        assert (await small.submit(b"x" * 19_000, VPCP)).status == 400
    told_when(await small.submit(b"x" * 19_000, VPCP))
    told_when(await small.call("POST", "/v1/documents", VPCP, data=chunks(19_000)))
    assert (await small.submit(b"x" * 1_000, VPCP)).status == 400, "what was refused is not counted"
    assert (await small.submit(b"x" * 19_000, SON_LA)).status == 400
    assert (await small.get("/v1/inbox", VPCP)).status == 200


async def test_a_body_too_much_is_refused_before_it_is_sent(small: Web) -> None:
    for _ in range(2):
        await small.submit(b"x" * 19_900, VPCP)
    reader, writer = await asyncio.open_connection(*small.address)
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await small.token(VPCP)}\r\n"
    writer.write(f"{head}Content-Length: 19000\r\nExpect: 100-continue\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 429 ")
    writer.close()


async def test_bytes_that_are_read_have_a_rate_too(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, document_bytes=20_000, bytes_per_second=1, bytes_burst=20_000) as web:
        sent = await web.send(VPCP, SON_LA)
        path = f"/v1/documents/{bare(sent.message.id)}"
        read = 0
        while (answer := await web.get(f"{path}/content", SON_LA)).status == 200:
            read += len(answer.body)
        told_when(answer)
        assert 20_000 - sent.message.size < read <= 20_000
        told_when(await web.get(f"{path}/evidence", SON_LA))
        assert (await web.get(f"{path}/content", VPCP)).status == 200
        assert (await web.get(path, SON_LA)).status == 200


async def test_one_caller_cannot_hold_the_room_for_all_bodies(tmp_path: Path, keys: Path) -> None:
    """Its bodies wait half sent; another's comes in all the same."""
    async with a_web(
        tmp_path / "hub",
        keys,
        document_bytes=20_000,
        inline_bytes=1_000,
        bodies_in_spool=60_000,
        bodies_per_caller=40_000,
    ) as web:
        head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n"
        opened = []
        for _ in range(5):
            reader, writer = await asyncio.open_connection(*web.address)
            writer.write(f"{head}Content-Length: 19000\r\n\r\n".encode() + b"x" * 18_000)
            opened.append((reader, writer))
        refused = [asyncio.ensure_future(reader.readline()) for reader, _ in opened]
        async with asyncio.timeout(60):
            while sum(r.done() for r in refused) < 3:
                await asyncio.wait(refused, return_when=asyncio.FIRST_COMPLETED, timeout=0.1)
        assert all(r.result().startswith(b"HTTP/1.1 429 ") for r in refused if r.done())
        assert (await web.submit(b"x" * 19_000, SON_LA)).status == 400
        for pending in refused:
            pending.cancel()
        await asyncio.gather(*refused, return_exceptions=True)
        for _, writer in opened:
            writer.close()
        await until(lambda: web.bodies.in_spool == 0 and len(web.bodies.quotas.bodies) == 0)


async def test_one_caller_cannot_use_up_what_is_remembered_of_assertions(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, tokens_per_minute=3) as web:
        answers = [await web.grant(web.assertion(VPCP)) for _ in range(4)]
        assert [a.status for a in answers] == [200, 200, 200, 429]
        told_when(answers[3])
        assert (await web.grant(web.assertion(SON_LA))).status == 200
        assert (await web.grant(web.assertion(VPCP, by=OPERATOR))).status == 200, "not counted as the agency's"
        bad = web.assertion(MAI_SON, by=HA_NOI)
        assert {(await web.grant(bad)).status for _ in range(6)} == {401}
        assert (await web.grant(web.assertion(MAI_SON))).status == 200, "others' forgeries cost it nothing"


async def test_who_has_no_token_has_a_rate_by_address_and_the_hub_s_health_is_always_told(
    tmp_path: Path, keys: Path
) -> None:
    async with a_web(tmp_path / "hub", keys, anonymous_per_second=1, anonymous_burst=4) as web:
        token = await web.token(VPCP)  # one of the four
        assert [(await web.get("/v1/agencies")).status for _ in range(3)] == [200] * 3
        for path in ("/v1/agencies", "/log/checkpoint", "/v1/figures"):
            told_when(await web.get(path))
        told_when(await web.grant(web.assertion(SON_LA)))
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await web.get(path)).status == 200
        assert token
        assert (await web.get("/v1/inbox", VPCP)).status == 200


async def one_address(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, connections=8, connections_per_address=2) as web:
        await web.session.close()

        async def connected(source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            return await asyncio.open_connection(*web.address, local_addr=(source, 0))

        async def asked(source: str) -> tuple[int, asyncio.StreamWriter]:
            reader, writer = await connected(source)
            writer.write(GET)
            async with asyncio.timeout(60):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
            status = int(head.split(b" ")[1])
            if status != 200:
                assert b"\r\nRetry-After: 1\r\n" in head
                assert msgspec.json.decode(body, type=wire.Problem).code == "LIMIT_TOO_MANY"
                assert await reader.read() == b""
            return status, writer

        first = [await asked("127.0.0.1") for _ in range(4)]
        assert [status for status, _ in first] == [200, 200, 429, 429]
        other = [await asked("127.0.0.2") for _ in range(3)]
        assert [status for status, _ in other] == [200, 200, 429]
        first[0][1].close()
        async with asyncio.timeout(60):
            while (again := await asked("127.0.0.1"))[0] != 200:
                again[1].close()
        for _, writer in (*first, *other, again):
            writer.close()


async def test_one_address_cannot_take_every_connection(tmp_path: Path, keys: Path) -> None:
    await one_address(tmp_path, keys)


def test_nor_on_uvloop(tmp_path: Path, keys: Path) -> None:
    uvloop.run(one_address(tmp_path, keys))


def test_a_rate_below_one_a_second_still_counts() -> None:
    now = 0.0
    rates = Rates(0.5, 2, lambda: now)
    for _ in range(2):
        rates.check("a")
    assert too_many(lambda: rates.check("a")) == pytest.approx(2.0)


async def test_a_crowd_has_a_bound_and_a_share_for_everybody() -> None:
    """A flood fills it; who has less than an equal share finds room all the same, and nobody more than that."""
    crowd = SubmissionLimit(10, 10)
    async with AsyncExitStack() as inside:

        async def join(caller: str, *, urgent: bool = False) -> None:
            await inside.enter_async_context(crowd.joined(caller, urgent=urgent))

        for _ in range(10):
            await join("flood")
        with pytest.raises(TooMany) as caught:
            await join("flood")
        assert caught.value.retry_after >= 1.0
        for caller in ("a", "b"):
            await join(caller)
        with pytest.raises(TooMany):
            await join("flood")
        await join("flood", urgent=True)  # counted by themselves
        entered = 0
        for caller in map(str, range(40)):
            for _ in range(5):
                with suppress(TooMany):
                    await join(caller)
                    entered += 1
        assert 40 <= entered < 45, "each of them found room, the last ones for one"
    assert len(crowd) == 0
    assert crowd._under_way == crowd._lines == ({}, {})


async def test_a_few_of_one_agency_go_side_by_side_and_the_others_of_it_wait() -> None:
    crowd = SubmissionLimit(100, 3)
    entered: list[str] = []
    leave = asyncio.Semaphore(0)

    async def go(caller: str, urgent: bool = False) -> None:
        async with crowd.joined(caller, urgent=urgent):
            entered.append(caller)
            await leave.acquire()

    tasks = [asyncio.ensure_future(go("flood")) for _ in range(20)]
    tasks += [asyncio.ensure_future(go(caller)) for caller in ("a", "b")]
    tasks.append(asyncio.ensure_future(go("flood", urgent=True)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert sorted(entered) == ["a", "b", *["flood"] * 4], "three, and the urgent one"
    tasks[10].cancel()
    for _ in range(len(tasks)):
        leave.release()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert entered.count("flood") == 20
    assert crowd._under_way == crowd._lines == ({}, {})


async def test_a_refusal_is_told_when_something_ends() -> None:
    """Or those who come again at once would be all that the hub does."""
    crowd = SubmissionLimit(1, 1)
    await crowd.until_told()  # there is room: nobody waits
    async with crowd.joined("a", urgent=False):
        told = [asyncio.ensure_future(crowd.until_told()) for _ in range(3)]
        gone = asyncio.ensure_future(crowd.until_told())
        await asyncio.sleep(0)
        gone.cancel()
        async with crowd.joined("b", urgent=True):
            await asyncio.sleep(0)
            assert not any(t.done() for t in told)
        await asyncio.wait(told, return_when=asyncio.FIRST_COMPLETED)
        assert [t.done() for t in told] == [True, False, False]
    for _ in range(3):
        async with crowd.joined("a", urgent=False):
            pass
    await asyncio.gather(*told)


async def test_nor_is_it_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "_REFUSED_SECONDS", 0.01)
    crowd = SubmissionLimit(1, 1)
    async with crowd.joined("a", urgent=False):
        await crowd.until_told()


async def test_above_the_bound_the_flood_waits_and_the_polite_do_not(tmp_path: Path, keys: Path) -> None:
    """Forty documents of one agency at once where four may be under way: some are refused, with a time to come again;
    what was accepted has its receipt; another agency's is accepted the first time, and so is an urgent one."""
    async with a_web(tmp_path / "hub", keys, submissions=4) as web:
        flood = [web.axis.sign(web.axis.document(VPCP, [SON_LA])) for _ in range(40)]
        polite = web.axis.sign(web.axis.document(SON_LA, [VPCP]))
        urgent = web.axis.sign(web.axis.document(VPCP, [SON_LA], other=priority(3)))
        for who in (VPCP, SON_LA):
            await web.token(who)
        flooding = [asyncio.ensure_future(web.submit(data, VPCP)) for data in flood]
        others = [asyncio.ensure_future(web.submit(data, who)) for data, who in ((polite, SON_LA), (urgent, VPCP))]
        assert [a.status for a in await asyncio.gather(*others)] == [201, 201]
        answers = await asyncio.gather(*flooding)
        refused = [a for a in answers if a.status == 429]
        assert {a.status for a in answers} == {201, 429}
        for answer in refused:
            told_when(answer)
        assert len(web.bodies.quotas.submissions) == 0
        for data, answer in zip(flood, answers, strict=True):
            if answer.status == 429:
                assert (await web.submit(data, VPCP)).status == 201
