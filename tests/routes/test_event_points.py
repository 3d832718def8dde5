"""For any history and any point of it: what was heard live before it, and what is told after it, is the whole."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import pytest

from hub.auditing import Auditor, LookAt, Part
from hub.base.config import MailboxSettings
from hub.core.errors import Refusal
from hub.core.evidence.acknowledgement import Outcome
from hub.core.evidence.happenings import Happening
from hub.core.model import StatusCode
from hub.delivery.notices import Subscription
from hub.routes.events import Position, catch_up
from tests.exchange.kit import pairs
from tests.support.axis import HA_NOI, HOUR, MAI_SON, SON_LA, VPCP, Axis, an_axis, priority, recall, replacement, update

AGENCIES: Final = (VPCP, SON_LA, HA_NOI, MAI_SON)
STEPS: Final = 45
MAILBOX: Final = MailboxSettings(warn_hours=(1.0,) * 5, expire_hours=(2.0,) * 5)


async def act(axis: Axis, chance: random.Random, sent: list[tuple[str, object]]) -> None:
    """One thing that somebody does; what the axis refuses is a part of any history."""
    who, others = chance.choice(AGENCIES), list(AGENCIES)
    others.remove(who)
    match chance.randrange(9):
        case 0 | 1 | 2:
            to = chance.sample(others, chance.randint(1, 3))
            sealed = await axis.send(who, *to, other=priority(chance.randrange(5)))
            sent.append((who, sealed.answer))
        case 3:
            leased = await axis.fetch(who, 2)
            outcome = chance.choice([Outcome.CONTENT_HANDOVER, Outcome.CONTENT_HANDOVER, Outcome.CONTENT_REJECTED])
            if leased and chance.random() < 0.8:
                await axis.acknowledge(who, pairs(leased), outcome)
        case 4 | 5 if sent:
            await axis.status(who, chance.choice(list(StatusCode)), chance.choice(sent)[1])  # type: ignore[arg-type]
        case 6 if sent:
            owner, answer = chance.choice(sent)
            original = answer.message.document_id  # type: ignore[attr-defined]
            business = chance.choice(
                [recall(original), update(original, removed=others[:1]), replacement(original, others[:2])]
            )
            sealed = await axis.send(owner, *[o for o in AGENCIES if o != owner], business=business)
            sent.append((owner, sealed.answer))
        case 7:
            axis.clock.forward(chance.choice([HOUR // 2, HOUR]))
            await axis.exchange.sweep()
        case 8 if sent:
            number = chance.choice(sent)[1].message.number  # type: ignore[attr-defined]
            await axis.exchange.sequencer.submit(LookAt(number, Part.LIFE, Auditor("a", "test", "")))


async def heard_from(axis: Axis, agency: str, last: Position) -> list[Happening]:
    heard: list[Happening] = []

    async def tell(happening: Happening) -> None:
        heard.append(happening)

    await catch_up(axis.exchange.store, agency, last, tell)
    return heard


@pytest.mark.parametrize("seed", range(10))
async def test_live_up_to_any_point_and_told_after_it_is_the_whole(tmp_path: Path, keys: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with an_axis(tmp_path / "hub", keys, mailbox=MAILBOX) as axis:
        start = await axis.exchange.store.last_checkpoint()
        assert start is not None
        with ExitStack() as stack:
            listening: dict[str, Subscription] = {
                a: stack.enter_context(axis.exchange.notices.subscribed([a], most=100_000)) for a in AGENCIES
            }
            sent: list[tuple[str, object]] = []
            for _ in range(STEPS):
                with suppress(Refusal):
                    await act(axis, chance, sent)
            live = {agency: subscription.drain() for agency, subscription in listening.items()}
        assert len({h.what for heard in live.values() for h in heard}) >= 5, "a history worth the name"
        for agency, heard in live.items():
            assert await heard_from(axis, agency, Position(start.size)) == heard
            assert len({h.id for h in heard}) == len(heard), "each point has a name of its own"
            for cut, happening in enumerate(heard, 1):
                point = Position(happening.leaf, happening.part, happening.mark)
                assert await heard_from(axis, agency, point) == heard[cut:], (agency, cut)
        await every_delivery_was_an_arrival(axis, live, start.size)


async def every_delivery_was_an_arrival(axis: Axis, live: dict[str, list[Happening]], start: int) -> None:
    """What a mailbox holds was told: long polls wake by it, and a whole mailbox is not looked at again without it."""
    arrived = Counter((h.agency, h.message) for heard in live.values() for h in heard if h.what == "arrival")
    placed: Counter[tuple[str, str]] = Counter()
    last = await axis.exchange.store.inspect(lambda tx: tx.last_message())
    for number in range(1, last + 1):
        message = await axis.exchange.store.message(number)
        assert message is not None
        for row in await axis.exchange.store.deliveries(number):
            placed[row.recipient, message.id] += 1
    assert arrived == placed
