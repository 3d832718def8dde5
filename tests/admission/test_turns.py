"""Whose turn it is: urgent before bulk, a flooding agency not before the polite, nobody for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.admission.submission import claimed_priority
from hub.admission.turns import Turns
from hub.core.model import Priority

BULK, URGENT = Priority.NORMAL, Priority.SCHEDULED_EXPRESS


async def order(arrivals: Sequence[tuple[str, Priority]], gone: frozenset[int] = frozenset()) -> list[int]:
    """The order in which those that wait at one moment get their turn; `gone` give up before it comes."""
    turns, served = Turns(), list[int]()

    async def take(number: int, agency: str, priority: Priority) -> None:
        async with turns.turn(agency, priority):
            served.append(number)

    async with turns.turn("first", BULK):
        tasks = [asyncio.create_task(take(n, *arrival)) for n, arrival in enumerate(arrivals)]
        await asyncio.sleep(0)
        for number in gone:
            tasks[number].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with turns.turn("last", BULK):  # free again
        pass
    return served


async def test_an_urgent_one_overtakes_all_bulk_that_waits() -> None:
    assert await order([("a", BULK)] * 50 + [("b", URGENT)]) == [50, *range(50)]


async def test_a_flooding_agency_does_not_push_others_back() -> None:
    served = await order([("flood", BULK)] * 100 + [("b", BULK), ("c", BULK), ("b", BULK)])
    assert [served.index(n) for n in (100, 101, 102)] == [1, 2, 4]


async def test_bulk_that_became_ready_in_one_round_of_the_loop_waits_for_the_next() -> None:
    """Else fifty handlers would examine one after another before the network is looked at."""
    turns, served = Turns(), list[str]()

    async def take(name: str, priority: Priority) -> None:
        async with turns.turn(name, priority):
            served.append(name)
            if len(served) == 1:
                asyncio.get_running_loop().call_soon(lambda: late.append(asyncio.create_task(take("urgent", URGENT))))

    late: list[asyncio.Task[None]] = []
    await asyncio.gather(*(take(f"bulk {n}", BULK) for n in range(10)))
    await asyncio.gather(*late)
    assert served.index("urgent") <= 3


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(Priority))), min_size=1, max_size=30).flatmap(
        lambda a: st.tuples(st.just(a), st.frozensets(st.integers(0, len(a) - 1)))
    )
)
def test_everyone_that_stays_is_served_once_lane_by_lane_and_fairly(
    given_: tuple[list[tuple[str, Priority]], frozenset[int]],
) -> None:
    arrivals, gone = given_
    served = asyncio.run(order(arrivals, gone))
    assert sorted(served) == [n for n in range(len(arrivals)) if n not in gone]
    lanes = [arrivals[n][1] for n in served]
    assert lanes == sorted(lanes, reverse=True)
    for agency in "abc":
        for lane in Priority:
            mine = [n for n in served if arrivals[n] == (agency, lane)]
            assert mine == sorted(mine)


@pytest.mark.parametrize(
    ("data", "priority"),
    [
        (b"<edXML:OtherInfo><edXML:Priority>3</edXML:Priority>", 3),
        (b"<Priority> 4\n</Priority>", 4),
        (b"<Priority>7</Priority>", 0),
        (b"<NoPriority>2</NoPriority>", 0),
        (b"", 0),
    ],
)
def test_the_claimed_priority_is_read_without_parsing(data: bytes, priority: int) -> None:
    assert claimed_priority(data) == priority
