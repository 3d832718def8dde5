"""The contract of a store, for how it flows just now."""

from __future__ import annotations

import msgspec

from hub.core.model import DeliveryState, Millis
from hub.core.report import Speed, Waiting
from hub.store import DeliveryRow, MessageRow
from hub.store.sqlite import SqliteStore
from tests.store.rows import message

MINUTE = 60_000
DAY = 86_400_000
NOW = Millis(1_000 * DAY + 30_000)


def sent(number: int, at: int, lane: int = 0) -> MessageRow:
    return msgspec.structs.replace(message(number), accepted_at=Millis(at), priority=lane)


def placed(number: int, to: str, at: int, lane: int = 0, **more: object) -> DeliveryRow:
    row = DeliveryRow(
        message=number,
        recipient=to,
        kind=message(number).kind,
        seq=number,
        lane=lane,
        state=DeliveryState.WAITING,
        placed_at=Millis(at),
    )
    return msgspec.structs.replace(row, **more)  # type: ignore[arg-type]


async def test_it_counts_the_last_hour_what_waits_and_how_fast_it_went(store: SqliteStore) -> None:
    times = [NOW - 20 * DAY, NOW - 2 * DAY, NOW - 61 * MINUTE, NOW - 59 * MINUTE, NOW - MINUTE, NOW - 1, NOW]
    handed, ended = DeliveryState.HANDED_OVER, DeliveryState.EXPIRED

    def fill(tx: object) -> None:
        for number, at in enumerate(times, 1):
            tx.add_message(sent(number, at), b"")  # type: ignore[attr-defined]
        tx.add_deliveries(  # type: ignore[attr-defined]
            [
                placed(1, "A", times[0], state=ended, ended_at=Millis(NOW - 15 * DAY)),
                placed(2, "A", times[1], state=ended, ended_at=Millis(NOW - 5)),
                placed(3, "A", times[2], state=handed, handed_at=Millis(times[2] + 700)),
                placed(4, "A", times[3], 3, state=handed, handed_at=Millis(times[3] + 300)),
                placed(5, "A", times[4], 3, state=handed, handed_at=Millis(times[4] + 900)),
                placed(5, "B", times[4], 4, ends_at=Millis(NOW + 9)),
                placed(6, "B", times[5], 4, ends_at=Millis(NOW + 3)),
                placed(7, "C", times[6]),
            ]
        )

    await store.write(fill)
    found = await store.pace(NOW)
    assert len(found.minutes) == 60
    assert sum(found.minutes) == 4
    assert found.minutes[-2:] == (1, 2)
    assert found.minutes[0] == 1
    assert found.minutes == await store.minutes(NOW)
    assert sum(await store.minutes(Millis(NOW - 2 * DAY))) == 1
    assert sorted(found.waiting, key=lambda w: w.agency) == [
        Waiting("B", 4, 2, Millis(times[4]), Millis(NOW + 3)),
        Waiting("C", 0, 1, Millis(times[6]), None),
    ]
    assert found.speeds == [Speed(0, 1, 700, 700), Speed(3, 2, 300, 900)]
    assert (found.expired, found.expired_at) == (1, NOW - 5)


async def test_of_an_empty_store_there_is_nothing_to_tell(store: SqliteStore) -> None:
    found = await store.pace(NOW)
    assert found.minutes == (0,) * 60
    assert (found.waiting, found.speeds, found.expired, found.expired_at) == ([], [], 0, None)


async def busy(store: SqliteStore, sent_at: list[tuple[str, int]]) -> None:
    """Messages by their senders, in the order of their times."""

    def fill(tx: object) -> None:
        for number, (sender, at) in enumerate(sorted(sent_at, key=lambda s: s[1]), 1):
            row = msgspec.structs.replace(sent(number, at), sender=sender, identity=f"{number}")
            tx.add_message(row, b"")  # type: ignore[attr-defined]

    await store.write(fill)


def in_the_hour(agency: str, count: int, day: int = 0) -> list[tuple[str, int]]:
    return [(agency, NOW - day * DAY - MINUTE - n) for n in range(count)]


async def test_who_sends_more_than_usual_is_told_against_the_same_hour_of_the_days_before(store: SqliteStore) -> None:
    rows = [("A", NOW - 20 * DAY), *in_the_hour("A", 9), *in_the_hour("B", 9), *in_the_hour("C", 3)]
    for day in range(1, 8):
        rows += in_the_hour("A", 2, day) + in_the_hour("B", 4, day)
        rows += [("A", NOW - day * DAY - 2 * 60 * MINUTE)] * 50  # another hour
    rows += in_the_hour("A", 50, 8)  # too long ago
    await busy(store, rows)
    found = {s.agency: s for s in await store.surges(NOW, 5)}
    assert set(found) == {"", "A", "B"}, "C sent too few"
    assert (found["A"].count, found["A"].usual, found["A"].since) == (9, 2.0, NOW - 60 * MINUTE)
    # Counted no further than to where it cannot be above three times the usual.
    assert (found["B"].count, found["B"].usual) == (9, 22 / 7)
    assert not found["B"].count > 3 * found["B"].usual
    assert found[""].count == 21
    assert found[""].usual == 6.0


async def test_one_busy_day_counts_as_much_as_it_was_busy(store: SqliteStore) -> None:
    rows = [("A", NOW - 8 * DAY), *in_the_hour("A", 9), *in_the_hour("A", 100, 3)]
    await busy(store, rows)
    (_, one) = await store.surges(NOW, 5)
    assert one.count <= 3 * one.usual


async def test_without_two_days_of_record_nobody_knows_what_is_usual(store: SqliteStore) -> None:
    assert await store.surges(NOW, 1) == []
    await busy(store, [("A", NOW - 2 * DAY - MINUTE), *in_the_hour("A", 9)])
    assert await store.surges(NOW, 1) == []
    assert [s.agency for s in await store.surges(Millis(NOW + 59 * MINUTE), 1)] == ["", "A"]
