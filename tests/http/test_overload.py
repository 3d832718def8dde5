"""Whose bytes are looked at next: the urgent, then caller by caller, and of a flood some are refused."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
import pytest_asyncio

from hub.core.errors import TooMany
from hub.http import overload
from hub.http.overload import ConnectionGate

SUBMISSION = b"POST /v1/documents HTTP/1.1\r\n\r\n"
URGENT = SUBMISSION + b"<Priority>3</Priority>"


class Clock(msgspec.Struct):
    """The event loop's, which stands until a test moves it: a pause ends by it, and a busy machine takes its time."""

    now: float

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture(autouse=True)
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    loop = asyncio.get_running_loop()
    stands = Clock(loop.time())
    monkeypatch.setattr(loop, "time", stands)
    return stands


class Connection(msgspec.Struct):
    """Notes what is let in, in `order` with all others."""

    order: list[tuple[str, bytes]]
    whose: str
    known: bool = True
    held: bytearray | None = None
    urgent: bool = False
    too_many: bool = False
    reading: bool = True
    continuing: bool = False

    def let_in(self, data: bytes) -> None:
        self.order.append((self.whose, data))

    def pause(self) -> None:
        self.reading = False

    def resume(self) -> None:
        self.reading = True


class Gate:
    """A turnstile in which four have come in this round, so that the next ones wait; `order`: who was let in since."""

    def __init__(self, most: int = 1_000) -> None:
        self.gate = ConnectionGate(most, lambda data: data[6:].decode() if data.startswith(b"token ") else "")
        self.order: list[tuple[str, bytes]] = []
        for n in range(overload._A_ROUND):
            self.come("early", b"%d" % n)
        assert [data for _, data in self.order] == [b"0", b"1", b"2", b"3"]  # at once
        self.order.clear()

    def come(self, whose: str, data: bytes, *, known: bool = True) -> Connection:
        connection = Connection(self.order, whose, known)
        self.gate.come(connection, data)
        return connection

    async def rounds(self, count: int = 1) -> list[str]:
        """Who was let in, in so many rounds."""
        self.order.clear()
        for _ in range(count):
            await asyncio.sleep(0)
        return [whose for whose, _ in self.order]


async def test_where_little_comes_all_of_it_passes() -> None:
    gate = Gate()
    for _ in range(3):
        await gate.rounds(2)
        assert gate.come("a", b"x").held is None
    assert gate.gate.waiting == gate.gate.held == 0


async def test_the_rest_of_a_round_waits_unread_and_comes_in_rotation() -> None:
    """Six of a flood and one each of two others: these are in the next round, however many came before them."""
    gate = Gate()
    flood = [gate.come("flood", b"%d" % n) for n in range(6)]
    gate.come("b", b"x")
    gate.come("c", b"y")
    assert gate.order == []
    assert not any(connection.reading for connection in flood)
    assert (gate.gate.waiting, gate.gate.held) == (8, 8)
    assert await gate.rounds() == ["flood", "b", "c", "flood"]
    assert [c.reading for c in flood] == [True, True, False, False, False, False]
    assert await gate.rounds() == ["flood"] * 4
    assert [data for _, data in gate.order] == [b"2", b"3", b"4", b"5"]
    assert gate.gate.waiting == gate.gate.held == 0


async def test_what_comes_behind_what_waits_stays_behind_it() -> None:
    gate = Gate()
    connection = gate.come("a", b"first ")
    connection.reading = True  # somebody resumed it
    gate.gate.come(connection, b"second")
    assert not connection.reading
    await gate.rounds()
    assert gate.order == [("a", b"first second")]


async def test_the_urgent_of_a_known_caller_pass_by_and_so_does_who_asks_for_health() -> None:
    gate = Gate()
    gate.come("a", SUBMISSION)
    gate.come("a", URGENT)
    gate.come("nobody", b"GET /readyz HTTP/1.1\r\n\r\n", known=False)
    gate.come("nobody", URGENT, known=False)  # anybody could claim that
    assert gate.order == [("a", URGENT), ("nobody", b"GET /readyz HTTP/1.1\r\n\r\n")]
    assert gate.gate.waiting == 2


async def test_the_rest_of_a_body_does_not_wait_for_a_turn_of_its_own() -> None:
    """A large document comes in hundreds of pieces: that is no reason to call its sender slow."""
    gate = Gate()
    connection = gate.come("a", SUBMISSION)
    await gate.rounds()
    for _ in range(overload._A_ROUND):
        gate.come("b", b"x")
    connection.continuing = True
    gate.gate.come(connection, b"more")
    assert gate.order[-1] == ("a", b"more")
    assert gate.come("b", b"y").held is not None


async def test_a_token_tells_whose_a_new_connection_is() -> None:
    gate = Gate()
    connection = gate.come("127.0.0.1", b"token SON-LA", known=False)
    assert (connection.whose, connection.known) == ("SON-LA", True)


async def test_strangers_and_known_callers_take_turns() -> None:
    """A thousand connections of one address that say nothing of whose they are keep no agency out."""
    gate = Gate()
    for n in range(6):
        gate.come("127.0.0.1", b"%d" % n, known=False)
        gate.come(f"agency {n}", b"x")
    assert (await gate.rounds()).count("127.0.0.1") == 2
    assert (await gate.rounds()).count("127.0.0.1") == 2


async def test_who_has_gone_is_not_let_in_and_takes_no_turn() -> None:
    gate = Gate()
    gone = [gate.come("a", b"x") for _ in range(5)]
    gate.come("b", b"y")
    for connection in gone:
        gate.gate.gone(connection)
    assert (gate.gate.waiting, gate.gate.held) == (1, 1)
    assert await gate.rounds() == ["b"]


async def test_above_the_bound_the_flood_is_refused_and_the_polite_are_not() -> None:
    """Where four may wait, an agency that has its share of them is one too many; one that has none is not."""
    gate = Gate(most=4)
    flood = [gate.come("flood", SUBMISSION) for _ in range(8)]
    polite = gate.come("polite", SUBMISSION)
    other = gate.come("flood", b"GET /v1/inbox HTTP/1.1\r\n\r\n")  # no submission: there is no need to refuse it
    assert [c.too_many for c in flood] == [False] * 4 + [True] * 4
    assert not polite.too_many
    assert not other.too_many
    with pytest.raises(TooMany, match="10"):
        gate.gate.refuse()


async def test_below_the_bound_nobody_is_refused_whatever_its_share() -> None:
    gate = Gate(most=4)
    gate.come("polite", SUBMISSION)
    flood = [gate.come("flood", SUBMISSION) for _ in range(4)]  # two are its share of four
    assert [c.too_many for c in flood] == [False, False, False, True]


async def test_a_refusal_is_told_for_every_four_that_were_let_in_and_all_when_nobody_waits() -> None:
    gate = Gate(most=4)
    flood = [gate.come("flood", SUBMISSION) for _ in range(10)]
    polite = [gate.come(f"agency {n}", SUBMISSION) for n in range(4)]
    assert sum(c.too_many for c in (*flood, *polite)) == 6
    told = []
    for _ in range(8):
        await gate.rounds()
        told.append(sum(c.too_many and c.held is None for c in flood))
    assert told == [1, 2, 3, 4, 5, 6, 6, 6]
    assert gate.gate.waiting == 0
    assert all(connection.reading for connection in flood)


async def test_where_rounds_are_short_a_refusal_still_is_one_of_five() -> None:
    gate = Gate(most=8)
    gate.gate.answered(gate.come("b", URGENT))
    flood = [gate.come("flood", SUBMISSION) for _ in range(12)]
    told = []
    for _ in range(8):
        await gate.rounds()
        told.append(sum(c.too_many and c.held is None for c in flood))
    assert told == [0, 0, 0, 1, 1, 1, 1, 2]


async def test_more_bytes_than_may_wait_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "HELD_BYTES", 10)
    gate = Gate()
    assert gate.come("a", bytes(11)).held is not None
    assert gate.come("a", b"x").held is None


async def test_while_an_urgent_one_is_under_way_nobody_else_is_let_in() -> None:
    gate = Gate()
    for _ in range(3):
        gate.come("a", SUBMISSION)
    urgent = gate.come("b", URGENT)
    assert await gate.rounds(5) == []
    gate.gate.answered(urgent)
    assert await gate.rounds() == ["a"]  # and rounds are short, while urgent ones are about
    assert await gate.rounds() == ["a"]


async def test_but_not_for_long_and_no_more_than_half_of_the_time(clock: Clock) -> None:
    """An urgent one that never ends holds the others up for a moment once; a second one right after it does not."""
    gate = Gate()
    waiting = [gate.come("a", SUBMISSION) for _ in range(2)]
    gate.come("b", URGENT)
    assert await gate.rounds(100) == []
    clock.now += overload._PAUSE_SECONDS
    assert await gate.rounds(2) == ["a"]
    gate.come("b", URGENT)
    assert waiting[1].held is not None
    assert await gate.rounds(2) == ["a"]


async def test_a_connection_that_ends_ends_its_pause() -> None:
    gate = Gate()
    gate.come("a", SUBMISSION)
    urgent = gate.come("b", URGENT)
    assert await gate.rounds(3) == []
    gate.gate.gone(urgent)
    assert await gate.rounds() == ["a"]


async def test_nor_right_after_one_that_was_answered(clock: Clock) -> None:
    gate = Gate()
    for _ in range(3):
        gate.come("a", SUBMISSION)
    urgent = gate.come("b", URGENT)
    assert await gate.rounds(5) == []
    clock.now += overload._PAUSE_SECONDS / 2  # so long the others go first afterwards
    assert await gate.rounds(5) == []
    gate.gate.answered(urgent)
    gate.come("b", URGENT)
    assert await gate.rounds() == ["a"]


async def test_who_comes_in_a_pause_waits_for_its_end_though_nobody_else_does() -> None:
    gate = Gate()
    first = gate.come("a", SUBMISSION)
    urgent = gate.come("b", URGENT)
    await gate.rounds()
    gate.gate.gone(first)
    assert gate.come("a", SUBMISSION).held is not None
    gate.gate.answered(urgent)
    assert await gate.rounds() == ["a"]


async def test_an_urgent_one_among_few_holds_nobody_up() -> None:
    gate = Gate()
    await gate.rounds(2)
    gate.come("b", URGENT)
    await gate.rounds()
    assert gate.come("a", SUBMISSION).held is None
