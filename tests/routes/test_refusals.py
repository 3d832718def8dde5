"""Refusals leave evidence, and no agency fills the disk with them: a flood of refused bodies over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from hub.core.evidence.format import Event
from hub.core.evidence.receipt import verify
from hub.core.log import policy
from hub.core.model import DeliveryState
from tests.exchange.kit import audit
from tests.support.axis import HOUR, SON_LA, VPCP, registered
from tests.support.web import Answer, Web, a_web

MOST = 20
FLOOD = 300
BODY = b"<a>%03d</a>"


async def size(web: Web) -> int:
    last = await web.store.last_checkpoint()
    assert last is not None
    return last.size


def proved(web: Web, answer: Answer, body: bytes) -> None:
    """What a refusal on record promises: evidence over the digest of these bytes, for anyone to verify."""
    trusted = policy.parse("".join(f"log {key}\n" for key in web.hub.log.vkeys) + "quorum none\n")
    told = verify(answer.problem.receipt.encode(), trusted, body).evidence
    assert told.event is Event.SUBMISSION_REJECTION
    assert told.reasons[0].code == answer.problem.code


@pytest.mark.parametrize("at_once", [1, 100])
async def test_a_flood_writes_as_many_leaves_as_its_budget_has(tmp_path: Path, keys: Path, at_once: int) -> None:
    async with a_web(tmp_path, keys, refusals_per_hour=MOST) as web:
        before = await size(web)
        bodies = [BODY % n for n in range(FLOOD)]
        answers: list[Answer] = []
        for start in range(0, FLOOD, at_once):
            answers += await asyncio.gather(*(web.submit(b, VPCP) for b in bodies[start : start + at_once]))
        recorded = [(a, b) for a, b in zip(answers, bodies, strict=True) if a.status == 400]
        others = [a for a in answers if a.status != 400]
        assert len(recorded) == MOST
        assert await size(web) == before + MOST, "the log grew by the budget, and by nothing else"
        for answer, body in recorded:
            proved(web, answer, body)
        for answer in others:
            assert answer.status == 429
            assert answer.problem.code == "LIMIT_REFUSALS"
            assert not answer.problem.receipt, "it promises nothing"
            assert answer.problem.found.startswith("FORMAT_NOT_EDXML"), "and says what is wrong all the same"
            assert 0 < int(answer.headers["Retry-After"]) <= 3_600
        await audit(web.axis)


async def test_what_is_valid_goes_on_and_others_have_their_own(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, refusals_per_hour=1) as web:
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
        first = await web.submit(data, VPCP)
        assert first.status == 201
        for status in (400, 429, 429):
            assert (await web.submit(BODY % 1, VPCP)).status == status
        assert (await web.submit(BODY % 1, SON_LA)).status == 400
        sent = await web.send(VPCP, SON_LA)
        row = await web.store.deliveries(2)
        assert row[0].state is DeliveryState.WAITING, sent
        # The same bytes, refused by what the rules have become: it is the acceptance that counts, above any budget.
        gone = next(a for a in registered(web.axis.profile) if a.code == SON_LA)
        await web.hub.exchange.change_directory([msgspec.structs.replace(gone, suspended=True)], "test")
        again = await web.submit(data, VPCP)
        assert again.status == 200, again.body
        assert (await web.submit(BODY % 2, VPCP)).status == 429


async def test_the_next_hour_has_a_budget_of_its_own(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, refusals_per_hour=2) as web:
        for hour in range(3):
            before = await size(web)
            statuses = [(await web.submit(BODY % n, VPCP)).status for n in range(5)]
            assert statuses == [400, 400, 429, 429, 429], hour
            assert await size(web) == before + 2
            web.axis.clock.forward(HOUR)
            web.tokens.clear()
