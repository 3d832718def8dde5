"""Numbers that can be guessed, walked through: how far a stranger comes, alone or from many addresses, and who pays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from hub.core.errors import TooMany
from hub.core.wire_results import ResultVerified
from hub.http import guessing, milliseconds
from hub.http.guessing import Guesses
from hub.http.milliseconds import Meter, Payer
from tests.programmes.on_hub import packet, pdf, registered, send, sha256
from tests.support.axis import SON_LA
from tests.support.web import Answer, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERIFY = "/v1/results/verify"
HOUR = 12
"""Questions of one caller in an hour, a third of them at once: few, so that a walk is short."""
TAG = "0123456789abcdef"
FILE = b"the file of a result"
WELL = "H52.01-261120-0007-KQ1"


def numbers(n: int, day: int = 20) -> list[str]:
    return [f"H52.01-2611{day}-{count:04}-KQ1" for count in range(n)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys, numbers_per_hour=HOUR) as web:
        owner = {"kind": "citizen", "digest": TAG + "0" * 48}
        await send(web, packet(registered(FILE, WELL, owner=owner)), pdf(FILE))
        yield web


async def asked(web: Web, who: str | None = None, **params: str) -> Answer:
    return await web.get(VERIFY, who, params=params)


async def test_a_walk_through_the_numbers_of_a_day(web: Web) -> None:
    answers = [await asked(web, result=number) for number in numbers(80)]
    told = [answer for answer in answers if answer.status == 200]
    assert 4 <= len(told) <= 5, "what may come at once, and what an unhurried run may add"
    last = answers[-1]
    assert last.status == 429
    assert int(last.headers["Retry-After"]) > 60
    assert (last.problem.code, last.problem.expected.split(";")[0]) == (
        "LIMIT_TOO_MANY",
        f"at most {HOUR} numbers of results in an hour",
    )
    vietnamese = await web.get(VERIFY, params={"result": WELL}, headers={"Accept-Language": "vi"})
    assert f"tối đa {HOUR} mã kết quả trong một giờ" in vietnamese.body.decode()


async def test_the_page_is_no_way_around_it(web: Web) -> None:
    await exhausted(web)
    page = await web.get("/results", params={"code": WELL})
    assert (page.status, "Retry-After" in page.headers) == (429, True)


async def test_the_paper_and_the_file_are_verified_all_the_same(web: Web) -> None:
    """From the very address that walked: an office whose neighbour did."""
    await exhausted(web)
    for _ in range(40):
        for shown in (
            {"sha256": sha256(FILE)},
            {"result": WELL, "owner": TAG},
            {"result": WELL, "sha256": sha256(FILE)},
        ):
            (one,) = (await asked(web, **shown)).record(ResultVerified).items
            assert (one.standing, one.whole) == ("valid", True)


@pytest.mark.parametrize("pretended", [{"owner": "f" * 16}, {"sha256": "f" * 64}])
async def test_a_pretended_tag_or_digest_is_no_way_around_it(web: Web, pretended: dict[str, str]) -> None:
    await exhausted(web)
    assert [(await asked(web, result=number, **pretended)).status for number in (WELL, *numbers(3))] == [429] * 4


async def test_a_caller_with_a_name_has_a_part_of_its_own(web: Web) -> None:
    await exhausted(web)
    statuses = [(await asked(web, SON_LA, result=number)).status for number in numbers(9)]
    assert statuses[:4] == [200] * 4
    assert statuses[-1] == 429


async def test_from_many_addresses_they_are_one_stranger_of_forty_parts(web: Web) -> None:
    """Besides the first question of each; and an address that did not ask yet is answered after all of them."""
    answered = 0
    refused: dict[str, Any] = {}
    for last in range(2, 60):
        connector = aiohttp.TCPConnector(local_addr=(f"127.0.0.{last}", 0))
        async with aiohttp.ClientSession(connector=connector) as session:
            for number in numbers(4, day=21):
                async with session.get(web.url + VERIFY, params={"result": number}) as response:
                    answered += response.status == 200
                    if response.status == 429:
                        refused = await response.json() | {"wait": int(response.headers["Retry-After"])}
    assert HOUR * 40 / 3 - 10 <= answered - 58 <= HOUR * 40 / 3 + 2
    assert refused["expected"].startswith(f"at most {HOUR * 40} numbers of results in an hour of all strangers;")
    assert refused["wait"] > 600, "until the next question of its own"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=("127.0.0.99", 0))) as honest:
        statuses = [(await honest.get(web.url + VERIFY, params={"result": WELL})).status for _ in range(2)]
    assert statuses == [200, 429]
    assert (await asked(web, sha256=sha256(FILE))).status == 200


async def exhausted(web: Web) -> None:
    """The address of the tests has asked after all numbers that it may."""
    for number in numbers(HOUR, day=22):
        if (await asked(web, result=number)).status == 429:
            return
    raise AssertionError("still answered")


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def asking_from(name: str, guesses: Guesses) -> bool:
    """Whether a stranger of that address is answered."""
    milliseconds.begin(Meter(None, Payer(f"strangers:{name}", "strangers")))  # type: ignore[arg-type]
    try:
        guesses.count()
    except TooMany:
        return False
    return True


async def test_a_network_of_ipv6_is_one_stranger_and_a_flood_of_addresses_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guessing, "MOST_ADDRESSES", 50)
    clock = Seconds()
    guesses = Guesses(300, clock)
    shared = sum(asking_from(f"2001:db8:{n:x}::/64", guesses) for n in range(5_000))
    assert shared == 50 + 300 * 40 // 3, "those that are kept apart once, then the shared part"
    assert [asking_from("192.0.2.7", guesses) for _ in range(6)] == [True] * 5 + [False]
    clock.now = 3600.0
    assert [asking_from(f"2001:db8:ffff:ee{n:02x}::/64", guesses) for n in range(5)] == [True] * 5
    assert sum(len(each) for each in guesses._first.values()) == 2, "one of each family"


def played(guesses: Guesses, clock: Seconds, at: Iterable[float]) -> int:
    """How many were refused."""
    refused = 0
    for clock.now in at:
        try:
            guesses.count()
        except TooMany:
            refused += 1
    return refused


async def test_an_office_that_looks_up_two_hundred_numbers_an_hour_is_not_hurt() -> None:
    """Behind one address, all day, in bursts of 80 as after a holiday; a walker of the same time gets no more than its
    part."""
    clock = Seconds()
    office = (hour * 3600 + 60 * (n // 80) * 18 + n % 80 for hour in range(8) for n in range(200))
    assert played(Guesses(300, clock), clock, office) == 0
    walk = [n / 1000 for n in range(3600)]
    assert len(walk) - played(Guesses(300, Seconds()), clock, walk) == 100
    clock.now = 0.0
    assert len(walk) - played(Guesses(300, clock), clock, [n * 10 for n in range(3600)]) < 300 * 10 + 101
