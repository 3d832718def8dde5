"""The contract of a store, for contacts of agencies and for alerts; and the counts of one mailbox."""

from __future__ import annotations

from hub.core.alerts import Alert
from hub.core.contact import Contact
from hub.core.model import Millis
from hub.core.report import Waiting
from hub.store import MaintenanceRow
from hub.store.sqlite import SqliteStore
from tests.store.rows import AT, delivery, message

DISK = Alert(code="disk", since=Millis(5), told_at=Millis(6), notices=3, why="9 MB", mailed=2, over_at=Millis(7))
SILENT = Alert(code="silent", since=Millis(1), told_at=Millis(1), agencies=("A", "B"), of=9, until=Millis(8))


async def test_contacts_are_kept_whole_and_replaced(store: SqliteStore) -> None:
    assert await store.contacts() == {}
    first = Contact(token=Millis(1), refused=Millis(2), refusal="ACCESS_FORBIDDEN")
    await store.write(lambda tx: tx.put_contacts([("A", first), ("B", Contact())]))
    second = Contact(token=Millis(3), fetched=Millis(4))
    await store.write(lambda tx: tx.put_contacts([("A", second)]))
    assert await store.contacts() == {"A": second, "B": Contact()}


async def test_alerts_are_kept_whole_until_they_are_dropped(store: SqliteStore) -> None:
    await store.write(lambda tx: tx.put_alerts([SILENT, DISK]))
    assert await store.alerts() == [DISK, SILENT]
    await store.write(lambda tx: tx.drop_alerts(["disk", "nothing"]))
    assert await store.alerts() == [SILENT]


async def test_one_maintenance_stands_until_it_is_over(store: SqliteStore) -> None:
    assert await store.inspect(lambda tx: tx.maintenance()) is None
    for row in (MaintenanceRow(since=Millis(1), by="a"), MaintenanceRow(since=Millis(1), by="b", reason="Nâng cấp")):
        await store.write(lambda tx, row=row: tx.maintain(row))  # type: ignore[misc]
        assert await store.inspect(lambda tx: tx.maintenance()) == row
    await store.write(lambda tx: tx.maintain(None))
    assert await store.inspect(lambda tx: tx.maintenance()) is None


async def test_one_mailbox_is_counted_by_lane(store: SqliteStore) -> None:
    lanes = {1: 0, 2: 3, 3: 0}

    def fill(tx: object) -> None:
        for number, lane in lanes.items():
            row = delivery(number, "R", lane=lane, placed_at=Millis(AT + number), ends_at=Millis(AT + 10 * number))
            tx.add_message(message(number), None, [row])  # type: ignore[attr-defined]

    await store.write(fill)
    assert await store.waiting_of("R") == [
        Waiting("R", 0, 2, Millis(AT + 1), Millis(AT + 10)),
        Waiting("R", 3, 1, Millis(AT + 2), Millis(AT + 20)),
    ]
    assert await store.waiting_of("S") == []
