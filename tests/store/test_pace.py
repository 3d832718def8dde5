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
