"""One wrong reading of the clock: nothing is recorded by it, nobody is shut out for it, and all goes on after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, Settings, TimestampSettings, WitnessSettings
from hub.core.errors import ClockInDoubt
from hub.core.model import iso_utc
from hub.pki import tsa
from hub.upkeep.clock import ClockWatch, say_right
from tests.exchange.kit import audit
from tests.support.axis import HOUR, NOON, SON_LA, VPCP, Axis, Clock, keyring, registered
from tests.support.web import Answer, Web, until
from tests.support.witnesskit import QUICK, Served, a_witness, log_of

DAY = 24 * HOUR
NINE_DAYS = 9 * DAY


@dataclass
class Times:
    """The machine's clock, and the steady one; `pass_by` moves both, as time does."""

    wall: Clock
    steady: Clock

    @classmethod
    def at(cls, wall: int) -> Times:
        return cls(Clock(wall), Clock(1_000))

    def pass_by(self, ms: int) -> None:
        self.wall.forward(ms)
        self.steady.forward(ms)


@asynccontextmanager
async def a_hub(folder: Path, keys: Path, times: Times, numbers: int = 0, **sections: Any) -> AsyncIterator[Web]:
    settings = Settings(
        hub=HubSettings(data=str(folder / "hub"), keys=str(keys)), http=HttpSettings(port=0), **sections
    )
    profile = keyring(str(keys))
    async with (
        running(settings, clock=times.wall, steady=times.steady, sweeping=False) as hub,
        aiohttp.ClientSession() as session,
    ):
        web = Web(hub, Axis(hub.exchange, hub.log, profile, times.wall, numbers), session)
        if not len(hub.exchange.directory):
            await hub.exchange.change_directory(registered(profile), "test")
        yield web


async def offered(web: Web) -> tuple[bytes, Answer]:
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
    return data, await web.submit(data, VPCP)


def in_doubt(answer: Answer) -> None:
    assert answer.status == 503
    problem = answer.problem
    assert problem.code == "HUB_CLOCK_IN_DOUBT"
    assert "truc clock trust" in problem.hint_vi
    assert "truc clock trust" in problem.hint_en
    assert int(answer.headers["Retry-After"]) == problem.retry_after > 0


async def ready(web: Web) -> dict[str, Any]:
    async with web.session.get(f"{web.url}/readyz") as response:
        told: dict[str, Any] = await response.json()
        assert (response.status == 200) is (told["status"] == "ok")
        return told


async def doubted(web: Web) -> float:
    text = (await web.get("/metrics")).body.decode()
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith("truc_clock_in_doubt ")))


@pytest.mark.parametrize("step", [NINE_DAYS, -NINE_DAYS])
async def test_a_step_stops_the_record_and_nothing_else(tmp_path: Path, keys: Path, step: int) -> None:
    times = Times.at(NOON)
    async with a_hub(tmp_path, keys, times) as web:
        await web.send(VPCP, SON_LA)
        before = await web.store.last_checkpoint()
        times.wall.forward(step)
        in_doubt((await offered(web))[1])
        told = await ready(web)
        assert told["status"] == "clock-in-doubt"
        assert iso_utc(times.wall()) in told["reason"]
        assert "truc clock trust" in told["reason"]
        assert await doubted(web) == 1
        assert await web.store.last_checkpoint() == before
        assert (await web.get("/v1/outbox", VPCP)).status == 200
        # Who asks for a token by a clock that is right gets one.
        assert (await web.grant(web.assertion(SON_LA, at=NOON))).status == 200


async def test_nine_days_ahead_for_twenty_seconds_leave_no_trace(tmp_path: Path, keys: Path) -> None:
    """The whole story over HTTP: a step, a correction, and a start afterwards."""
    times = Times.at(NOON)
    async with a_hub(tmp_path, keys, times) as web:
        first = await web.send(VPCP, SON_LA)
        await web.token(SON_LA)
        before = await web.store.last_checkpoint()
        times.wall.forward(NINE_DAYS)
        times.pass_by(10_000)
        data, answer = await offered(web)
        in_doubt(answer)
        refused = await web.submit(b"<nonsense/>", VPCP)
        in_doubt(refused)
        in_doubt(await web.take(SON_LA, first))
        # Whoever only reads is not shut out: tokens and leases go by what is known without the clock.
        assert (await web.get(f"/v1/documents/{first.message.id}", VPCP)).status == 200
        assert len((await web.get("/v1/outbox", VPCP)).body) > 2
        # No deadline has passed: nothing is warned of, nothing expires.
        assert await web.hub.exchange.sweep() == 0
        assert await web.store.last_checkpoint() == before, "nothing was signed"
        times.wall.forward(-NINE_DAYS)
        times.pass_by(10_000)
        assert (await ready(web))["status"] == "ok"
        assert await doubted(web) == 0
        assert (await web.submit(data, VPCP)).status < 300, "nothing was lost: the same bytes again"
        assert (await web.take(SON_LA, first)).status == 200
        rows = await web.store.leaves(0, 1_000)
        assert {row.at for row in rows} <= {NOON, NOON + 20_000}
        await audit(web.axis)
    times.pass_by(1_000)
    async with a_hub(tmp_path, keys, times, 100) as web:
        assert (await offered(web))[1].status < 300
        last = await web.store.last_checkpoint()
        assert last is not None
        assert last.at == NOON + 21_000


async def test_no_deadline_ends_by_a_clock_in_doubt(tmp_path: Path, keys: Path) -> None:
    times = Times.at(NOON)
    async with a_hub(tmp_path, keys, times) as web:
        await web.send(VPCP, SON_LA)
        times.wall.forward(NINE_DAYS)
        assert await web.hub.exchange.sweep() == 0
        times.wall.forward(-NINE_DAYS)
        times.pass_by(NINE_DAYS)  # and these have really passed
        assert await web.hub.exchange.sweep() == 1


@pytest.mark.parametrize(("step", "cause"), [(31 * DAY, "ahead"), (-90_000, "behind"), (-HOUR, "behind")])
async def test_a_start_does_not_believe_a_clock_far_from_the_last_checkpoint(
    tmp_path: Path, keys: Path, step: int, cause: str
) -> None:
    async with a_hub(tmp_path, keys, Times.at(NOON)) as web:
        await web.send(VPCP, SON_LA)
        before = await web.store.last_checkpoint()
    times = Times.at(NOON + step)
    async with a_hub(tmp_path, keys, times, 100) as web:
        assert f"[{cause}]" in (await ready(web))["reason"]
        data, answer = await offered(web)
        in_doubt(answer)
        assert await web.store.last_checkpoint() == before
        # The operator says that it is right, by the file that the command writes: a hub that runs takes it.
        folder = tmp_path / "hub"
        say_right(folder, times.wall())
        await until(lambda: web.hub.exchange.sequencer.doubt is None)
        assert not (folder / "clock.trusted").exists(), "taken once"
        assert (await web.submit(data, VPCP)).status < 300
        rows = await web.store.leaves(0, 1_000)
        assert rows[-1].at == max(NOON, times.wall()), "time never runs backwards in the record"
        await audit(web.axis)


async def test_a_long_outage_within_the_bound_needs_nobody(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path, keys, Times.at(NOON)) as web:
        await web.send(VPCP, SON_LA)
    async with a_hub(tmp_path, keys, Times.at(NOON + 29 * DAY), 100) as web:
        assert (await ready(web))["status"] == "ok"
        assert (await offered(web))[1].status < 300


async def test_a_clock_that_is_set_right_at_the_start_is_believed_without_a_word(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path, keys, Times.at(NOON)) as web:
        await web.send(VPCP, SON_LA)
    times = Times.at(NOON - NINE_DAYS)
    async with a_hub(tmp_path, keys, times, 100) as web:
        assert (await ready(web))["status"] == "clock-in-doubt"
        assertion = web.assertion(VPCP, at=NOON + 1_000)  # by a clock that is right
        in_doubt(await web.grant(assertion))
        times.wall.forward(NINE_DAYS + 1_000)
        assert (await ready(web))["status"] == "ok"
        assert (await offered(web))[1].status < 300


async def test_a_hub_that_ended_in_doubt_has_not_forgotten_it(tmp_path: Path, keys: Path) -> None:
    """Else a start would make of nine days ahead an outage of nine days."""
    times = Times.at(NOON)
    async with a_hub(tmp_path, keys, times) as web:
        await web.send(VPCP, SON_LA)
        times.wall.forward(NINE_DAYS)
        await until((tmp_path / "hub" / "clock.doubt").exists)
    async with a_hub(tmp_path, keys, times, 100) as web:
        assert "[left-in-doubt]" in (await ready(web))["reason"]
        in_doubt((await offered(web))[1])
    say_right(tmp_path / "hub", times.wall())
    async with a_hub(tmp_path, keys, times, 200) as web:
        assert (await offered(web))[1].status < 300
    assert not (tmp_path / "hub" / "clock.doubt").exists()


async def test_the_operator_s_word_holds_for_that_reading_only(tmp_path: Path, keys: Path) -> None:
    times = Times.at(NOON)
    async with a_hub(tmp_path, keys, times) as web:
        await web.send(VPCP, SON_LA)
        folder = tmp_path / "hub"
        times.wall.forward(NINE_DAYS)
        watch = ClockWatch(web.hub.exchange.sequencer.keeper, folder)  # type: ignore[attr-defined]
        for said in (NOON, times.wall() + 1_000, times.wall() - 16 * 60_000):
            (folder / "clock.trusted").write_text(str(said))
            watch.look()
            assert web.hub.exchange.sequencer.doubt is not None, said - NOON
        (folder / "clock.trusted").write_text("yes")
        watch.look()
        with pytest.raises(ClockInDoubt):
            await web.axis.send(VPCP, SON_LA)


@asynccontextmanager
async def witnessed(
    folder: Path, keys: Path, times: Times, entries: list[Served], numbers: int = 0
) -> AsyncIterator[Web]:
    witness = WitnessSettings(witnesses=tuple(w.entry for w in entries), **QUICK)
    async with a_hub(folder, keys, times, numbers, witness=witness) as web:
        yield web


async def test_a_witness_confirms_a_long_outage_before_the_hub_listens(tmp_path: Path, keys: Path) -> None:
    theirs = Clock()
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=theirs) as w1:
        async with witnessed(tmp_path, keys, Times.at(NOON), [w1]) as web:
            await web.send(VPCP, SON_LA)
        theirs.forward(40 * DAY)
        async with witnessed(tmp_path, keys, Times.at(NOON + 40 * DAY), [w1], 100) as web:
            assert (await ready(web))["status"] == "ok"
            assert (await offered(web))[1].status < 300


async def test_a_witness_finds_a_wrong_clock_that_a_start_would_believe(tmp_path: Path, keys: Path) -> None:
    """Nine days ahead over a restart: an outage, for all that the record knows."""
    theirs = Clock()
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=theirs) as w1:
        async with witnessed(tmp_path, keys, Times.at(NOON), [w1]) as web:
            await web.send(VPCP, SON_LA)
        times = Times.at(NOON + NINE_DAYS)
        async with witnessed(tmp_path, keys, times, [w1], 100) as web:
            assert "[contradicted]" in (await ready(web))["reason"]
            in_doubt((await offered(web))[1])
            times.wall.forward(-NINE_DAYS)
            assert (await offered(web))[1].status < 300


async def test_a_clock_set_right_in_service_is_confirmed_by_a_witness_that_is_asked_again(
    tmp_path: Path, keys: Path
) -> None:
    """The step is right this time: nothing new is there to be cosigned, and the witness is asked for the time."""
    theirs, times = Clock(), Times.at(NOON)
    async with (
        a_witness(tmp_path / "w1", [log_of(keys)], clock=theirs) as w1,
        witnessed(tmp_path, keys, times, [w1]) as web,
    ):
        await web.send(VPCP, SON_LA)
        last = await web.store.last_checkpoint()
        assert last is not None
        await web.hub.witnesses.reached(last.size)
        theirs.forward(HOUR)
        times.wall.forward(HOUR)  # the steady clock stood: a machine that slept, and does not count it
        await until(lambda: web.hub.exchange.sequencer.doubt is None)
        web.tokens.clear()  # that hour is over for them too
        assert (await offered(web))[1].status < 300


async def test_time_stamps_contradict_and_confirm(tmp_path: Path, keys: Path) -> None:
    theirs = Clock()
    theirs.forward(HOUR)  # until the hub is there, they agree
    authority = tsa.Authority(keyring(str(keys)).hub("tsa"), theirs)
    async with tsa.serving(authority) as url:
        stamped = TimestampSettings(url=url, minutes=0.05 / 60, timeout_seconds=5.0)
        times = Times.at(NOON + HOUR)
        async with a_hub(tmp_path, keys, times, timestamp=stamped) as web:
            sequencer = web.hub.exchange.sequencer
            theirs.forward(-HOUR)
            await until(lambda: sequencer.doubt is not None)
            assert "[contradicted]" in (await ready(web))["reason"]
            in_doubt((await offered(web))[1])
            theirs.forward(HOUR)  # it was the authority that was wrong: asked again, it says so
            await until(lambda: sequencer.doubt is None)
            assert (await offered(web))[1].status < 300
