"""Many listeners at once: all are told, in order, and the loop is free in between."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from hub.core.evidence.happenings import Happening
from hub.delivery.notices import Notices
from tests.support.web import until


def happened(agency: int, number: int) -> Happening:
    return Happening(str(agency), "arrival", f"m{number}")


async def test_eleven_thousand_are_told_in_order_and_others_come_between() -> None:
    notices, many = Notices(), 11_000
    with ExitStack() as stack:
        subscriptions = [stack.enter_context(notices.subscribed([str(n)])) for n in range(many)]
        waiting = [asyncio.create_task(subscription.wait(30)) for subscription in subscriptions]
        await asyncio.sleep(0)
        notices.publish([happened(n, 1) for n in range(many)])
        notices.publish([happened(n, 2) for n in (0, many - 1)])
        turns = 0
        while not all(task.done() for task in waiting):
            turns += 1
            await asyncio.sleep(0)  # somebody else's turn
        await until(lambda: not notices._telling)
        assert turns > 100
        told = [[h.message for h in subscription.drain()] for subscription in subscriptions]
    assert told == [["m1", "m2"], *[["m1"]] * (many - 2), ["m1", "m2"]]


async def test_few_are_told_at_once() -> None:
    notices = Notices()
    with notices.subscribed(["1", "2"]) as subscription:
        notices.publish([happened(1, 1), happened(2, 2), happened(3, 3)])
        assert [h.message for h in subscription.drain()] == ["m1", "m2"]
