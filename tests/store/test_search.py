"""The index of a search and what a search asks of the record, within the contract of `hub.store`."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core.errors import Unavailable
from hub.core.model import DeliveryState, MessageKind, Millis
from hub.store import Store, Transaction
from hub.store.search import COLUMNS, SAID, TAGS, Among, Bill, Entry, Mark, OneOf, Phrase, Search, Span
from hub.store.sqlite import Driver, SqliteStore
from tests.store.rows import AT, FIRST, SECOND, SENDER, delivery, message

WORDS = ("bien", "che", "rung", "can", "bo")
EVERYTHING = Among()
WHOLE = Span()


@pytest_asyncio.fixture
async def searched(tmp_path: Path, driver: Driver) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver, search=True)
    yield opened
    await opened.close()


def index_of(store: Store) -> Search:
    assert store.index is not None
    return store.index


def says(*words: str, column: str = SAID) -> OneOf:
    return OneOf((column,), (Phrase(words),))


async def test_whoever_does_not_search_has_no_index(store: Store) -> None:
    assert store.index is None


async def test_entries_and_mark_are_one(searched: SqliteStore, tmp_path: Path, driver: Driver) -> None:
    index = index_of(searched)
    assert await index.mark() is None
    await index.index([Entry(1, "bien che"), Entry(2, "rung")], Mark(1, 3, "x"))
    assert await index.mark() == Mark(1, 3, "x")
    assert await index.matching(Bill(), ((says("rung"),),), Span(), 9) == [2]
    await index.reset()
    assert await index.mark() is None
    assert await index.matching(Bill(), ((says("rung"),),), Span(), 9) == []


async def test_a_match_is_one_of_all_of_one_of(searched: SqliteStore) -> None:
    index = index_of(searched)
    chance = random.Random(7)
    texts = {n: [chance.choice(WORDS) for _ in range(4)] for n in range(1, 200)}
    tags = {n: chance.choice(("sa", "sb", "sc")) for n in texts}
    await index.index([Entry(n, " ".join(t), tags=tags[n]) for n, t in texts.items()], Mark(1, 200))

    async def found(*branches: tuple[OneOf, ...], span: Span = WHOLE) -> list[int]:
        return await index.matching(Bill(), branches, span, 1_000)

    def expected(holds: object) -> list[int]:
        return sorted((n for n in texts if holds(n)), reverse=True)  # type: ignore[operator]

    both = await found((says("rung"), says("can"), OneOf((TAGS,), (Phrase(("sa",)), Phrase(("sb",))))))
    assert both == expected(lambda n: {"rung", "can"} <= set(texts[n]) and tags[n] != "sc")
    row = await found((says("bien", "che"),), (says("sc", column=TAGS),))
    assert row == expected(lambda n: "bien che" in " ".join(texts[n]) or tags[n] == "sc")
    assert await found((says("ru"),)) == [], "words are whole"
    assert await found((says("sa"),)) == [], "a word of another column"
    assert await found() == []
    part = await found((says("rung"),), span=Span(50, 100, oldest=True))
    assert part == [n for n in range(50, 100) if "rung" in texts[n]]
    few = await index.matching(Bill(), ((says("rung"),),), Span(), 3)
    assert few == expected(lambda n: "rung" in texts[n])[:3]
    among = await index.matching(Bill(), ((says("rung"),),), Span(), 99, [3, 5, 7, 9, 11])
    assert among == [n for n in (11, 9, 7, 5, 3) if "rung" in texts[n]]


async def test_what_is_no_folded_word_never_comes_to_the_engine(searched: SqliteStore) -> None:
    for word in ('"', "a b", "a*", "", "said:x"):
        with pytest.raises(ValueError, match="folded"):
            await index_of(searched).matching(Bill(), ((says(word),),), Span(), 9)


@pytest.mark.parametrize("damage", ["no database", "another version", "cut short"])
async def test_an_index_that_cannot_be_used_is_made_again(tmp_path: Path, driver: Driver, damage: str) -> None:
    path = tmp_path / "axis.sqlite"
    store = await SqliteStore.open(path, driver=driver, search=True)
    await index_of(store).index([Entry(n, "rung") for n in range(1, 400)], Mark(1, 400))
    await store.close()
    file = tmp_path / "search.sqlite"
    if damage == "no database":
        file.write_bytes(b"x" * 5_000)
    elif damage == "another version":
        db = driver.connect(file, isolation_level=None)
        db.execute("PRAGMA user_version=99")
        db.close()
    else:
        file.write_bytes(file.read_bytes()[:100])
    store = await SqliteStore.open(path, driver=driver, search=True)
    try:
        assert await index_of(store).mark() is None
        await index_of(store).index([Entry(7, "rung")], Mark(7, 8))
        assert await index_of(store).matching(Bill(), ((says("rung"),),), Span(), 9) == [7]
    finally:
        await store.close()


async def test_damage_that_a_question_meets_ends_with_the_next_mark(tmp_path: Path, driver: Driver) -> None:
    path, file = tmp_path / "axis.sqlite", tmp_path / "search.sqlite"
    store = await SqliteStore.open(path, driver=driver, search=True)
    await index_of(store).index([Entry(n, f"rung w{n}") for n in range(1, 3_000)], Mark(1, 3_000))
    await store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: 3 * 4096] + b"\xff" * (len(whole) - 3 * 4096))
    store = await SqliteStore.open(path, driver=driver, search=True)
    try:
        with suppress(Unavailable):  # met here, or when it was opened
            for n in range(1, 3_000):
                await index_of(store).matching(Bill(), ((says(f"w{n}"),),), Span(), 9)
        assert await index_of(store).mark() is None
        assert await index_of(store).matching(Bill(), ((says("rung"),),), Span(), 9) == []
    finally:
        await store.close()


async def test_a_full_disk_keeps_nobody_from_opening_the_record(tmp_path: Path, driver: Driver) -> None:
    (tmp_path / "search.sqlite").mkdir()  # what cannot be opened, whatever is tried
    store = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver, search=True)
    try:
        with pytest.raises(Unavailable):
            await index_of(store).matching(Bill(), ((says("rung"),),), Span(), 9)
        (tmp_path / "search.sqlite").rmdir()
        assert await index_of(store).mark() is None
        assert await index_of(store).matching(Bill(), ((says("rung"),),), Span(), 9) == []
    finally:
        await store.close()


async def test_merging_ends_and_changes_no_answer(searched: SqliteStore) -> None:
    index = index_of(searched)
    for n in range(1, 60):
        await index.index([Entry(n, f"rung {n}", *["x"] * (len(COLUMNS) - 1))], Mark(1, n + 1))
    steps = 0
    while await index.tidy():
        steps += 1
        assert steps < 1_000
    assert steps
    assert len(await index.matching(Bill(), ((says("rung"),),), Span(), 99)) == 59


async def test_a_closed_index_says_so(tmp_path: Path, driver: Driver) -> None:
    store = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver, search=True)
    index = index_of(store)
    await store.close()
    with pytest.raises(Unavailable):
        await index.mark()


async def test_the_record_says_who_sees_a_document_and_how_it_stands(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for number in range(1, 7):
            kind = MessageKind.STATUS if number == 6 else MessageKind.DOCUMENT
            tx.add_message(message(number, sender=SECOND if number == 5 else SENDER, kind=kind, about=None), b"")
        tx.add_deliveries(
            [
                delivery(1),
                delivery(2, state=DeliveryState.HANDED_OVER),
                delivery(3, state=DeliveryState.EXPIRED),
                delivery(3, SECOND),
                delivery(4, SECOND, state=DeliveryState.REFUSED),
                delivery(5, FIRST, state=DeliveryState.EXPIRED),
                delivery(6, state=DeliveryState.EXPIRED),
            ]
        )

    await store.write(work)
    finder, bill, everything = store.finder, Bill(), [1, 2, 3, 4, 5, 6, 7]
    assert await finder.numbered(bill, Span(), 9) == [5, 4, 3, 2, 1]
    assert await finder.numbered(bill, Span(2, 5, oldest=True), 2) == [2, 3]
    assert await finder.in_state(bill, DeliveryState.EXPIRED, Span(), 9) == [6, 5, 3]
    assert await finder.in_state(bill, DeliveryState.EXPIRED, Span(1, 6, oldest=True), 9) == [3, 5]
    assert await finder.standing(bill, everything, EVERYTHING) == {1, 2, 3, 4, 5}
    assert await finder.standing(bill, everything, Among((FIRST,))) == {1, 2, 3, 5}
    assert await finder.standing(bill, everything, Among((SECOND,))) == {3, 4, 5}
    expired = DeliveryState.EXPIRED
    assert await finder.standing(bill, everything, Among(None, expired)) == {3, 5}
    assert await finder.standing(bill, everything, Among((SECOND,), expired)) == {5}, "of 3 it is another's"
    assert await finder.standing(bill, everything, Among((SENDER,), expired)) == {3}
    assert await finder.standing(bill, everything, Among(None, expired, SECOND)) == set()
    assert await finder.recipients(bill, [3, 4, 9]) == {3: sorted([FIRST, SECOND]), 4: [SECOND]}
    assert await finder.first_from(bill, Millis(AT + 3)) == 3
    assert await finder.first_from(bill, Millis(AT + 99)) == 7
    assert [row.number for row in await store.messages(bill, [5, 2, 9])] == [2, 5]
    shown = await store.shown(bill, [3, 5], None, 1)
    assert shown[3].states == {DeliveryState.EXPIRED: 1, DeliveryState.WAITING: 1}
    assert len(shown[3].deliveries) == 1
    own = await store.shown(bill, [3], [SECOND], 9)
    assert own[3].states == {DeliveryState.WAITING: 1}
    assert [row.recipient for row in own[3].deliveries] == [SECOND]
    assert bill.seconds > 0
