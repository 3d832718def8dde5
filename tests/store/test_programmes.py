"""What programmes derive, within the contract of `hub.store.programmes`."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.core.errors import Unavailable
from hub.core.model import Millis
from hub.programmes.riding import Case, Event, Fault, Measure
from hub.store import Store
from hub.store.programmes import (
    ENDED,
    LATE,
    OPENED,
    Change,
    Counted,
    EventRow,
    FaultRow,
    Faulty,
    Figures,
    Mark,
    Programmes,
    Taken,
    Wanted,
)
from hub.store.search import Bill
from hub.store.sqlite import Driver, SqliteStore, programmes_pages

DAY = date(2026, 11, 22)
AGENCIES = ("A", "B", "C", "D")
ROLES = ("giver", "doer")
STATES = ("open", "waiting", "over")
KINDS = ("big", "small")


@pytest_asyncio.fixture
async def opened(tmp_path: Path, driver: Driver) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver, search=True)
    yield store
    await store.close()


@pytest.fixture
def kept(opened: SqliteStore) -> Programmes:
    assert opened.programmes is not None
    return opened.programmes


def case(id: str, chance: random.Random) -> Case:
    ended = DAY + timedelta(days=chance.randrange(40)) if chance.random() < 0.4 else None
    due = DAY + timedelta(days=chance.randrange(-20, 20)) if chance.random() < 0.8 else None
    parties = [(role, agency) for role in ROLES for agency in chance.sample(AGENCIES, 2)]
    return Case(
        id=id,
        kind=chance.choice(KINDS),
        state="over" if ended else chance.choice(STATES[:2]),
        parties=tuple(parties),
        opened=DAY - timedelta(days=chance.randrange(90)),
        title=id,
        due=due,
        ended=ended,
        late=None if ended is None else due is not None and ended > due,
        measures=(
            Measure("2026-10", "weight", chance.randrange(9)),
            Measure(f"2026-{chance.randrange(10, 13)}", "height", 1),
            Measure("2026-11", "height:thick", chance.randrange(3)),
        ),
        about=chance.choice(("", "thin", "thick")),
    )


async def many(store: Programmes, seed: int = 7, count: int = 60, rounds: int = 4) -> dict[str, Case]:
    """Cases that begin and change over some steps, as they are at the end."""
    chance = random.Random(seed)
    now: dict[str, Case] = {}
    for number in range(1, rounds + 1):
        changes = []
        for id in chance.sample([f"case {n}" for n in range(count)], count // 2):
            after = case(id, chance)
            changes.append(Change("count", number, now.get(id), after))
            now[id] = after
        await store.take(Mark(number + 1, f"m{number}", "count/1"), Taken(changes))
    return now


async def test_whoever_asks_no_programme_has_none(store: Store) -> None:
    assert store.programmes is None


async def test_what_is_taken_and_the_mark_are_one(kept: Programmes) -> None:
    assert await kept.mark() is None
    one = case("one", random.Random(1))
    await kept.take(Mark(2, "x", "count/1"), Taken([Change("count", 1, None, one)]))
    assert await kept.mark() == Mark(2, "x", "count/1")
    with suppress(Unavailable):  # a case that is not there cannot change
        await kept.take(
            Mark(3, "y", "count/1"), Taken([Change("count", 2, one, msgspec.structs.replace(one, id="two"))])
        )
    assert await kept.mark() == Mark(2, "x", "count/1")
    assert await kept.kept("count", ["one", "two"]) == {"one": one}
    await kept.reset()
    assert await kept.mark() is None
    assert await kept.kept("count", ["one"]) == {}


async def test_boards_and_sums_are_what_the_cases_add_up_to(kept: Programmes) -> None:
    now = await many(kept)
    assert await kept.recounted() == []
    for day in (DAY - timedelta(days=30), DAY, DAY + timedelta(days=30)):
        right: Counter[tuple[object, ...]] = Counter()
        over: Counter[tuple[object, ...]] = Counter()
        for each in now.values():
            for role, agency in each.parties:
                key = (role, agency, each.kind, each.state, each.late)
                right[key] += 1
                over[key] += each.ended is None and each.due is not None and each.due < day
        found = {
            (role, *row[:4]): (row.n, row.overdue)
            for role in ROLES
            for row in await kept.board(Bill(), "count", role, None, day)
        }
        assert found == {key: (n, over[key]) for key, n in right.items()}
    some = await kept.board(Bill(), "count", "doer", ["A", "C"], DAY)
    assert {row.agency for row in some} == {"A", "C"}
    sums = await kept.sums(Bill(), "count", "giver", ["A"], "2026-01", "2027-12")
    own = [each for each in now.values() if ("giver", "A") in each.parties]
    told = Counter[str]()
    for row in sums:
        told[row.measure] += row.n
    assert told == {
        OPENED: len(own),
        ENDED: sum(each.ended is not None for each in own),
        LATE: sum(each.late is True for each in own),
        "weight": sum(measure.n for each in own for measure in each.measures if measure.name == "weight"),
        "height": len(own),
    }
    assert {
        row.measure for row in await kept.sums(Bill(), "count", "giver", ["A"], "2026-01", "2027-12", [OPENED])
    } == {OPENED}
    thick = sum(measure.n for each in own for measure in each.measures if measure.name == "height:thick")
    assert await kept.things(Bill(), "count", "giver", ["A"], "2026-11", "2026-11") == {"height:thick": thick}
    assert await kept.things(Bill(), "count", "giver", ["A"], "2026-12", "2026-12") == {}
    november = await kept.sums(Bill(), "count", "giver", ["A"], "2026-10", "2026-10")
    assert {row.month for row in november} == {"2026-10"}


async def test_a_recount_sees_a_count_that_is_wrong(kept: Programmes) -> None:
    one = case("one", random.Random(1))
    await kept.take(Mark(2), Taken([Change("count", 1, None, one)]))
    lied = msgspec.structs.replace(one, kind="other")
    await kept.take(Mark(3), Taken([Change("count", 2, lied, one)]))
    assert await kept.recounted()


def fitting(now: dict[str, Case], wanted: Wanted) -> list[Case]:
    def fits(each: Case) -> bool:
        mine = any(role in wanted.roles and agency in (wanted.agencies or ()) for role, agency in each.parties)
        by_due = wanted.by_due or wanted.overdue is not None
        return (
            (mine or wanted.agencies is None)
            and wanted.kind in ("", each.kind)
            and wanted.state in ("", each.state)
            and wanted.about in ("", each.about)
            and wanted.open in (None, each.ended is None)
            and (not by_due or (each.ended is None and each.due is not None))
            and (wanted.overdue is None or (each.due is not None and each.due < wanted.overdue))
            and (wanted.counted is None or adds(each, wanted.counted))
        )

    def adds(each: Case, counted: Counted) -> bool:
        names = {name for month, name, n in each.measures if n and counted.first <= month <= counted.last}
        return counted.measure in names and counted.without not in names

    return [each for each in now.values() if fits(each)]


WANTED: list[Wanted] = [
    Wanted(
        programme="count", agencies=agencies, roles=roles, kind=kind, state=state, open=open, overdue=overdue, by_due=by
    )
    for agencies, roles in ((None, ()), (("A",), ROLES), (("A", "B", "D"), ROLES), (("C",), ("doer",)))
    for kind, state, open in (("", "", None), ("big", "", None), ("", "waiting", None), ("small", "over", False))
    for overdue, by in ((None, False), (None, True), (DAY, False))
]
WANTED += [
    Wanted(programme="count", agencies=agencies, roles=ROLES, about="thick", state=state)
    for agencies in (None, ("A", "B"))
    for state in ("", "waiting")
]
WANTED += [
    Wanted(programme="count", agencies=("A", "B", "D"), roles=ROLES, counted=counted, about=about)
    for about in ("", "thin")
    for counted in (
        Counted("height", "2026-10", "2026-12"),
        Counted("height", "2026-11", "2026-11"),
        Counted("height", "2026-09", "2026-10", without="weight"),
    )
]


@pytest.mark.parametrize("scanned", [20_000, 7])
async def test_every_page_of_cases_follows_the_one_before(
    kept: Programmes, monkeypatch: pytest.MonkeyPatch, scanned: int
) -> None:
    """In the order that is asked for, each case once, whatever a page holds, and though little is looked at for one."""
    now = await many(kept)
    monkeypatch.setattr(programmes_pages, "SCANNED", scanned)
    for wanted in WANTED:
        found, cursor, pages = [], "", 0
        while True:
            page = await kept.cases(Bill(), wanted, 7, cursor)
            assert len(page.rows) <= 7
            found += page.rows
            cursor, pages = page.cursor, pages + 1
            if not cursor:
                break
            assert pages < 200
        right = fitting(now, wanted)
        assert sorted(row.case.id for row in found) == sorted(each.id for each in right), wanted
        order: Callable[..., object] = lambda row: (row.case.due, row.id)  # noqa: E731
        if wanted.by_due or wanted.overdue:
            assert found == sorted(found, key=order)  # type: ignore[arg-type]
        else:
            assert [row.id for row in found] == sorted((row.id for row in found), reverse=True)
        assert all(row.case == now[row.case.id] for row in found)


@pytest.mark.parametrize("cursor", ["x", "-1", "2026-11-22", "2026-11-31,5", ",5", "5,", "9" * 16, "²"])
async def test_a_cursor_that_is_none_is_refused(kept: Programmes, cursor: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cursor)):
        await kept.cases(Bill(), Wanted(programme="count"), 7, cursor)


def event(id: str, act: str, document: str) -> Event:
    return Event(case=id, act=act, at=Millis(5), day=DAY, document=document, by="A", body={"n": 1})


def fault(number: int, programme: str = "count") -> FaultRow:
    told = Fault(code="COUNT_NONE", place="$", expected="a thing", found=str(number))
    return FaultRow(programme=programme, number=number, document=f"m{number}", sender="A", at=Millis(5), fault=told)


async def test_events_and_faults_come_in_their_order(kept: Programmes) -> None:
    one, two = case("one", random.Random(1)), case("two", random.Random(2))
    events = [EventRow("count", number, event("one", f"act {number}", f"m{number}")) for number in range(1, 8)]
    other = EventRow("count", 3, event("two", "act", "m3"))
    taken = Taken([Change("count", 7, None, one), Change("count", 3, None, two)], [*events[:3], other, *events[3:]])
    await kept.take(Mark(8), taken)
    first = await kept.events(Bill(), "count", "one", 5)
    rest = await kept.events(Bill(), "count", "one", 5, first[-1][0])
    assert [row for _, row in first + rest] == events
    assert await kept.of_document(Bill(), 3) == ([events[2], other], [])

    faults = [fault(8), fault(8), fault(9), fault(10, "frame")]
    faulty = [Faulty(8, ("A", "B", "B")), Faulty(9, ("A",)), Faulty(10, ("C",))]
    await kept.take(Mark(11), Taken(faults=faults, faulty=faulty))

    async def told(programme: str, agencies: list[str] | None, limit: int = 9, before: int | None = None) -> list[int]:
        return [row.number for row in await kept.faults(Bill(), programme, agencies, limit, before)]

    assert await told("", None) == [10, 9, 8, 8]
    assert await told("count", None) == [9, 8, 8]
    assert await told("count", ["B"]) == [8, 8]
    assert await told("count", ["C"]) == []
    assert await told("", ["A", "C"]) == [10, 9, 8, 8]
    assert await told("count", ["A"], 1) == [9]
    assert await told("count", ["A"], 1, 9) == [8, 8]
    assert [row.fault for row in (await kept.of_document(Bill(), 8))[1]] == [fault(8).fault] * 2
    assert await kept.figures() == {
        "count": Figures(2, (one.ended is None) + (two.ended is None), 8, 3),
        "frame": Figures(0, 0, 0, 1),
    }


async def test_a_case_is_told_with_its_last_document(kept: Programmes) -> None:
    one = case("một/hai 3", random.Random(1))
    await kept.take(Mark(2), Taken([Change("count", 1, None, one)]))
    after = msgspec.structs.replace(one, state="over", parties=(("doer", "Z"),))
    await kept.take(Mark(6), Taken([Change("count", 5, one, after)]))
    found = await kept.case(Bill(), "count", "một/hai 3")
    assert found is not None
    assert (found.id, found.last, found.case) == (1, 5, after)
    assert await kept.case(Bill(), "count", "other") is None
    assert (await kept.cases(Bill(), Wanted(programme="count", agencies=("A", "B", "C"), roles=ROLES), 9)).rows == []
    assert len((await kept.cases(Bill(), Wanted(programme="count", agencies=("Z",), roles=ROLES), 9)).rows) == 1
    assert await kept.recounted() == []


async def test_what_a_kill_leaves_is_whole(
    opened: SqliteStore, kept: Programmes, tmp_path: Path, driver: Driver
) -> None:
    """The file as it is at any instant, copied under the writer's hands."""
    now = await many(kept)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("programmes.sqlite", "programmes.sqlite-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    again = await SqliteStore.open(copy / "axis.sqlite", driver=driver, search=True)
    try:
        assert again.programmes is not None
        assert await again.programmes.mark() == Mark(5, "m4", "count/1")
        assert await again.programmes.kept("count", list(now)) == now
        assert await again.programmes.recounted() == []
    finally:
        await again.close()


@pytest.mark.parametrize("harm", ["zeros", "text", "version"])
async def test_a_damaged_file_is_made_again(tmp_path: Path, driver: Driver, harm: str) -> None:
    store = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver, search=True)
    assert store.programmes is not None
    await many(store.programmes)
    await store.close()
    path = tmp_path / "programmes.sqlite"
    if harm == "zeros":
        path.write_bytes(b"\x00" * 5000)
    elif harm == "text":
        path.write_bytes(b"no database" * 500)
    else:
        whole = bytearray(path.read_bytes())
        whole[60:64] = (99).to_bytes(4, "big")
        path.write_bytes(whole)
    store = await SqliteStore.open(tmp_path / "axis.sqlite", driver=driver, search=True)
    assert store.programmes is not None
    assert await store.programmes.mark() is None
    await many(store.programmes)
    assert await store.programmes.recounted() == []
    await store.close()
