"""The contract of a store, for people of the console: accounts, sessions, and deeds that nobody changes."""

from __future__ import annotations

import msgspec
import pytest

from hub.core.model import Millis
from hub.store import AccountRow, DeedRow, SessionRow
from hub.store.sqlite import Driver, SqliteStore, accounts

LAN = AccountRow(name="lan", role="operator", made_at=Millis(5), second=b"\x00\xff", recovery=("a" * 64,), first=True)
AN = AccountRow(name="an", role="clerk", agency="000.00.00.H52", title="Nguyễn Văn An", made_at=Millis(7))


async def test_an_account_is_added_replaced_and_kept_whole(store: SqliteStore) -> None:
    assert await store.accounts() == []
    await store.write(lambda tx: [tx.put_account(row) for row in (LAN, AN)])
    assert await store.accounts() == [AN, LAN]
    changed = msgspec.structs.replace(LAN, disabled=True, recovery=())
    await store.write(lambda tx: tx.put_account(changed))
    assert await store.accounts() == [AN, changed]
    assert await store.inspect(lambda tx: (tx.account("lan"), tx.account("nobody"))) == (changed, None)


async def test_a_session_is_kept_until_it_ends(store: SqliteStore) -> None:
    rows = [SessionRow(bytes([n]) * 32, "lan", n == 1, Millis(1), Millis(2), "10.0.0.1") for n in range(3)]
    await store.write(lambda tx: [tx.put_session(row) for row in rows])
    later = msgspec.structs.replace(rows[0], seen_at=Millis(9))
    await store.write(lambda tx: tx.put_session(later))
    await store.write(lambda tx: tx.end_sessions([rows[1].digest, bytes(32)]))
    assert await store.sessions() == [rows[2]]
    await store.write(lambda tx: tx.put_session(later))
    assert await store.sessions() == [later, rows[2]]


def deed(number: int, account: str = "lan") -> DeedRow:
    return DeedRow(at=Millis(number), account=account, role="operator", address="::1", deed="d", target="t", detail="x")


async def test_deeds_are_told_newest_first_and_by_account(store: SqliteStore) -> None:
    await store.write(lambda tx: [tx.add_deed(deed(n, "an" if n % 2 else "lan")) for n in range(1, 7)])
    told = await store.deeds(4)
    assert [row.number for row in told] == [6, 5, 4, 3]
    assert told[0] == msgspec.structs.replace(deed(6), number=6)
    assert [row.number for row in await store.deeds(4, before=3)] == [2, 1]
    assert [row.number for row in await store.deeds(4, account="an")] == [5, 3, 1]
    assert [row.number for row in await store.deeds(4, before=5, account="an")] == [3, 1]


@pytest.mark.parametrize("change", ["UPDATE deed SET account='somebody else'", "DELETE FROM deed"])
async def test_a_deed_is_neither_changed_nor_taken_away(store: SqliteStore, driver: Driver, change: str) -> None:
    """Not by a statement of the program's own, on the one connection that writes."""
    await store.write(lambda tx: tx.add_deed(deed(1)))
    with pytest.raises(driver.DatabaseError):
        await store.write(lambda tx: tx._db.execute(change))
    assert [row.account for row in await store.deeds(9)] == ["lan"]


async def test_the_step_to_this_version_guards_them_too(driver: Driver) -> None:
    """`test_upgrades` compares the tables that it makes with those of a new store."""
    db = driver.connect(":memory:")
    db.executescript(accounts.TABLES)
    db.execute("INSERT INTO deed VALUES (1, 1, 'a', 'r', '', 'd', '', '')")
    for change in ("UPDATE deed SET at=2", "DELETE FROM deed"):
        with pytest.raises(driver.DatabaseError):
            db.execute(change)
    db.close()
