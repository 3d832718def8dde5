"""Milliseconds: measured where they are spent, charged for every route, and refused to who owes too much of them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, Settings
from hub.base.limit_settings import LimitSettings
from hub.core import wire
from hub.core.errors import TooMany
from hub.http import milliseconds as weights
from hub.http import scrape
from hub.http.milliseconds import ADVANCE, Meter, Milliseconds, Payer
from hub.routes.table import ROUTES
from hub.routes.weighing import weighed
from tests.support.axis import SON_LA, VPCP, Clock
from tests.support.process import free_port
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web

LIMITS = LimitSettings(
    caller_ms_per_second=500, caller_ms_burst=1_000, stranger_ms_per_second=200, stranger_ms_burst=400
)
CERTAIN = "Sơn La"


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def burn(milliseconds: int = 3) -> None:
    """Take at least so much of the processor, however slow it is."""
    clock = weights.time.thread_time
    end = clock() + milliseconds / 1000
    while clock() < end:
        pass


def told_when(answer: Answer) -> None:
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.problem.code == "LIMIT_TOO_MANY"


# the ledger


def test_a_debt_melts_and_is_refused_above_the_burst() -> None:
    now = Time()
    ledger = Milliseconds(LIMITS, now)
    me = Payer("agency:a")
    ledger.check(me)
    ledger.charge(me, 1.5)
    with pytest.raises(TooMany) as caught:
        ledger.check(me)
    assert caught.value.retry_after == pytest.approx(1.0)
    ledger.check(Payer("agency:b"))
    now.now = 1.01
    ledger.check(me)


def test_strangers_together_are_one_poor_caller_and_one_address_is_half_of_it() -> None:
    now = Time()
    ledger = Milliseconds(LIMITS, now)
    one, two, three = (ledger.stranger("/v1/agencies", f"192.0.2.{n}") for n in range(3))
    ledger.charge(one, 0.21)
    with pytest.raises(TooMany):
        ledger.check(one)
    ledger.check(two)
    ledger.charge(two, 0.2)
    with pytest.raises(TooMany) as caught:
        ledger.check(three)
    assert caught.value.retry_after == pytest.approx(0.05)
    ledger.check(Payer("agency:a"))
    for path in ("/healthz", "/readyz", "/metrics", "/v1/token"):
        ledger.check(ledger.stranger(path, "192.0.2.0"))


def test_many_that_begin_together_are_charged_before_they_end() -> None:
    now = Time()
    ledger = Milliseconds(LIMITS, now)
    who = ledger.stranger("/v1/agencies", "192.0.2.1")
    begun = [Meter(ledger, who) for _ in range(int(0.2 / ADVANCE) - 1)]
    for meter in begun:
        meter.begin(who)
    ledger.charge(who, 2 * ADVANCE)
    with pytest.raises(TooMany):
        Meter(ledger, who).begin(who)
    for meter in begun:
        meter.settle()
    for _ in range(1_000):
        meter = Meter(ledger, who)
        meter.begin(who)
        meter.settle()


def test_who_is_idle_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_MANY", 100)
    now = Time()
    ledger = Milliseconds(LIMITS, now)
    for number in range(1_000):
        now.now = float(number)
        ledger.charge(Payer(str(number)), 0.001)
    assert len(ledger._callers._free_at) < 250


async def test_work_is_measured_on_the_loop_and_aside_and_waiting_is_not() -> None:
    ledger = Milliseconds(LIMITS)
    meter = Meter(ledger, Payer("agency:a"))
    threads: set[int] = set()

    def aside(milliseconds: int) -> None:
        threads.add(threading.get_ident())
        burn(milliseconds)

    async def work() -> str:
        burn(3)
        await asyncio.sleep(0)
        before = meter.seconds
        assert before >= 0.003
        await asyncio.sleep(0.05)
        assert meter.seconds - before < 0.05
        await ledger.aside(aside, 4)
        return "done"

    assert await weighed(work(), meter) == "done"
    assert meter.seconds >= 0.007
    assert threading.get_ident() not in threads


async def test_what_is_weighed_fails_and_is_cancelled_like_anything_else() -> None:
    meter = Meter(Milliseconds(LIMITS), Payer("a"))
    ended = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def whole(work: Any) -> None:
        await weighed(work, meter)

    with pytest.raises(ValueError, match="no"):
        await whole(fails())
    task = asyncio.create_task(whole(waits()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


# every route


def called(path: str) -> str:
    return path.replace("{path:.+}", "0/000").replace("{kind}", "directory").replace("{", "").replace("}", "")


class Charges:
    """What a hub's ledger was told."""

    def __init__(self, ledger: Milliseconds, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[Payer, float] = {}
        charge = ledger.charge

        def noted(payer: Payer, seconds: float) -> None:
            self.of[payer] = self.of.get(payer, 0.0) + seconds
            charge(payer, seconds)

        monkeypatch.setattr(ledger, "charge", noted)


ROLES = {"agency": VPCP, "operator": OPERATOR, "auditor": AUDITOR}


@pytest.fixture
def ledgers(monkeypatch: pytest.MonkeyPatch) -> list[Milliseconds]:
    """The ledgers that hubs make."""
    made: list[Milliseconds] = []

    class Noted(Milliseconds):
        def __init__(self, limits: LimitSettings) -> None:
            super().__init__(limits)
            made.append(self)

    monkeypatch.setattr("hub.app.Milliseconds", Noted)
    return made


async def test_every_route_is_charged_and_refused_to_who_owes(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, ledgers: list[Milliseconds]
) -> None:
    """Each line of the table, called without a token and with one: somebody pays, and who cannot is told when to come
    again before the route does anything."""
    async with a_web(tmp_path / "hub", keys) as web:
        (ledger,) = ledgers
        for who in ROLES.values():
            await web.token(who)
        for route in ROUTES:
            if route.endless:
                continue
            await one_route(web, ledger, route.method, called(route.path), None, monkeypatch)
            for role in sorted(route.roles):
                await one_route(web, ledger, route.method, called(route.path), ROLES[role], monkeypatch)
        await one_route(web, ledger, "GET", "/v1/openapi.json", None, monkeypatch)
        await one_route(web, ledger, "GET", "/nothing/there", None, monkeypatch)
        await one_route(web, ledger, "GET", "/v1/events", VPCP, monkeypatch, only_refused=True)


async def one_route(
    web: Web,
    ledger: Milliseconds,
    method: str,
    path: str,
    who: str | None,
    monkeypatch: pytest.MonkeyPatch,
    *,
    only_refused: bool = False,
) -> None:
    with monkeypatch.context() as patch:
        charges = Charges(ledger, patch)
        if not only_refused:
            assert (await web.call(method, path, who)).status not in (429, 500)
            paid = [payer for payer, seconds in charges.of.items() if seconds > 0]
            assert len(paid) == 1, (method, path, charges.of)
            assert charges.of[paid[0]] != ADVANCE, "what it took, not what it paid in advance"
            assert bool(paid[0].together) == (who is None), (method, path)
        payer = Payer(f"{role_of(who)}:{who}") if who else ledger.stranger(path, "127.0.0.1")
        ledger.charge(payer, 100.0)
        answer = await web.call(method, path, who)
        ledger.charge(payer, -100.0)
        told_when(answer)


def role_of(who: str) -> str:
    return next(role for role, name in ROLES.items() if name == who)


async def test_a_token_that_does_not_verify_is_none(tmp_path: Path, keys: Path) -> None:
    """By number: such calls used to be refused one by one, and counted by nobody."""
    async with a_web(tmp_path / "hub", keys, anonymous_per_second=1, anonymous_burst=4) as web:
        await web.token(VPCP)  # one of the four
        forged = {"Authorization": "Bearer e30.e30.e30"}
        assert (await web.get("/v1/inbox", headers=forged)).status == 401
        assert (await web.get("/v1/agencies", headers=forged)).status == 200
        assert (await web.get("/nothing/there", headers=forged)).status == 404
        for path in ("/v1/inbox", "/v1/agencies", "/nothing/there"):
            told_when(await web.get(path, headers=forged))
        assert (await web.get("/v1/agencies", VPCP)).status == 200, "one that verifies is counted as its caller's"


async def test_a_good_assertion_is_paid_for_by_its_agency(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, ledgers: list[Milliseconds]
) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        charges = Charges(ledgers[0], monkeypatch)
        newcomers = Payer("newcomers:127.0.0.1", "newcomers")
        assert (await web.grant(web.assertion(SON_LA))).status == 200
        assert charges.of[Payer(f"agency:{SON_LA}")] > 0
        assert charges.of[newcomers] == pytest.approx(0)
        assert (await web.grant(web.assertion(SON_LA, by=VPCP))).status == 401
        assert charges.of[newcomers] > 0


# what is dear leaves the loop


async def test_a_search_has_so_many_words_and_is_made_aside(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        words = " ".join("abcdefghijklmnopqrstuvwxyz")
        answer = await web.get("/v1/agencies", params={"text": words})
        assert (answer.status, answer.problem.fault) == (400, "caller")
        threads = []
        search = web.hub.exchange.directory.search

        def noted(*args: Any) -> Any:
            threads.append(threading.get_ident())
            return search(*args)

        monkeypatch.setattr(web.hub.exchange.directory, "search", noted)
        found = (await web.get("/v1/agencies", params={"text": CERTAIN})).record(wire.Agencies)
        assert SON_LA in [item.code for item in found.items]
        assert threads
        assert threading.get_ident() not in threads


async def test_figures_are_made_once_a_second_and_aside(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        threads = []
        render = scrape.Metrics.render

        def noted(self: Any) -> bytes:
            threads.append(threading.get_ident())
            return render(self)

        monkeypatch.setattr(scrape.Metrics, "render", noted)
        monkeypatch.setattr(scrape, "SECONDS", 1_000.0)
        answers = await asyncio.gather(*(web.get("/metrics") for _ in range(20)))
        assert {a.status for a in answers} == {200}
        assert len(threads) == 1
        assert threads[0] != threading.get_ident()
        monkeypatch.setattr(scrape, "SECONDS", 0.0)
        assert b"truc_requests_total" in (await web.get("/metrics")).body
        assert len(threads) == 2


async def test_who_watches_the_hub_may_have_an_address_of_its_own(tmp_path: Path, keys: Path) -> None:
    watch = free_port()
    settings = Settings(
        hub=HubSettings(data=str(tmp_path / "hub"), keys=str(keys)),
        http=HttpSettings(port=0, watch=f"127.0.0.1:{watch}"),
    )
    async with running(settings, clock=Clock(), sweeping=False) as hub, aiohttp.ClientSession() as session:

        async def status(url: str) -> int:
            async with session.get(url) as answer:
                return answer.status

        inside = f"http://127.0.0.1:{watch}"
        assert [await status(inside + path) for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3
        assert [await status(inside + path) for path in ("/v1/agencies", "/v1/token")] == [404] * 2
        assert [await status(hub.url + path) for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 404]
