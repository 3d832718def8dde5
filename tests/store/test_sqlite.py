"""What is particular to the store in one file: its lock, its schema, and what it does when disk or process fail."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from hub.core.errors import AlreadyRunning, IntegrityAlarm, Unavailable
from hub.store import Transaction
from hub.store.sqlite import DRIVERS, PREFERRED, SCHEMA_VERSION, Driver, SqliteStore
from tests.store.rows import fill, message

ROOT = Path(__file__).resolve().parents[2]
OPEN = """
import asyncio, sys
from pathlib import Path
from hub.core.errors import AlreadyRunning
from hub.store.sqlite import SqliteStore
try:
    asyncio.run(SqliteStore.open(Path(sys.argv[1])))
except AlreadyRunning as alarm:
    print(alarm.code, alarm.found, end="")
"""

WRITE_ON = """
import asyncio, sys
from pathlib import Path
from hub.store.sqlite import DRIVERS, SqliteStore
from tests.store.rows import checkpoint, delivery, leaf, message

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]), driver=DRIVERS[sys.argv[2]])
    for number in range(1, 100_000):
        def work(tx):
            tx.add_message(message(number), b"x" * 3000)
            tx.add_deliveries([delivery(number)])
            tx.add_leaves([leaf(number - 1)])
            tx.add_checkpoint(checkpoint(number))
        await store.write(work)
        print(number, flush=True)

asyncio.run(main())
"""


async def test_the_fixed_sqlite_is_preferred_where_it_is_installed() -> None:
    assert PREFERRED is list(DRIVERS.values())[-1]
    assert tuple(map(int, PREFERRED.sqlite_version.split("."))) >= tuple(
        map(int, DRIVERS["sqlite3"].sqlite_version.split("."))
    )


async def test_it_writes_ahead_and_waits_for_the_disk(store: SqliteStore) -> None:
    names = ("journal_mode", "synchronous", "mmap_size")
    found = await store._writer.run(lambda db: [db.execute(f"PRAGMA {n}").fetchone()[0] for n in names])
    assert found == ["wal", 2, 0]
    for reader in store._readers:
        assert await reader.run(lambda db: db.execute("PRAGMA query_only").fetchone()[0]) == 1
        assert await reader.run(lambda db: db.execute("PRAGMA wal_autocheckpoint").fetchone()[0]) == 0


async def test_a_second_opening_is_refused_until_the_first_is_closed(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "axis.sqlite"
    store = await SqliteStore.open(path, driver=driver)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        await SqliteStore.open(path, driver=driver)
    await store.write(fill)  # the attempt did it no harm
    await store.close()
    again = await SqliteStore.open(path, driver=driver)
    assert await again.message(1) == message(1)
    await again.close()


async def test_a_second_process_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPEN, str(tmp_path / "axis.sqlite"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    told, _ = await child.communicate()
    assert told.decode() == f"HUB_ALREADY_RUNNING process {os.getpid()}"


async def test_another_schema_is_refused_and_left_alone(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "axis.sqlite"
    store = await SqliteStore.open(path, driver=driver)
    await store.close()
    db = driver.connect(str(path))
    db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(IntegrityAlarm, match=f"schema {SCHEMA_VERSION}; found: {SCHEMA_VERSION + 1}"):
        await SqliteStore.open(path, driver=driver)
    with pytest.raises(IntegrityAlarm, match="schema"):  # the refusal let go of the lock
        await SqliteStore.open(path, driver=driver)


async def test_the_file_of_another_program_is_refused_and_left_alone(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "axis.sqlite"
    db = driver.connect(str(path))
    db.execute("CREATE TABLE song (title TEXT)")
    db.close()
    with pytest.raises(IntegrityAlarm, match="another program"):
        await SqliteStore.open(path, driver=driver)
    path.write_bytes(b"no database at all, but longer than a header of a hundred bytes " * 3)
    with pytest.raises(IntegrityAlarm, match="not a database"):
        await SqliteStore.open(path, driver=driver)


async def test_a_full_disk_is_unavailable_keeps_nothing_and_passes(store: SqliteStore) -> None:
    await store.write(fill)

    async def most_pages(limit: int) -> None:
        await store._writer.run(lambda db: db.execute(f"PRAGMA max_page_count={limit}").fetchone())

    def much(tx: Transaction) -> None:
        tx.add_message(message(2), b"x" * 1_000_000)

    await most_pages(60)
    with pytest.raises(Unavailable, match="full"):
        await store.write(much)
    assert (await store.message(2), await store.message(1)) == (None, message(1))
    await most_pages(1_000_000)
    await store.write(much)
    assert await store.message(2) == message(2)


async def test_a_store_that_cannot_be_read_is_unavailable(store: SqliteStore) -> None:
    def broken(db: object) -> None:
        raise store._driver.OperationalError("disk I/O error")

    with pytest.raises(Unavailable, match="disk I/O error"):
        await store._read(broken)
    with pytest.raises(Unavailable, match="no such table"):
        await store.inspect(lambda tx: store._writer._conn.execute("SELECT * FROM nowhere"))


async def test_what_was_written_survives_a_kill_and_nothing_is_half_there(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "axis.sqlite"
    name = next(name for name, module in DRIVERS.items() if module is driver)
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE_ON, str(path), name, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    promised = 0
    async for line in writer.stdout:
        promised = int(line)
        if promised == 60:
            writer.kill()
    await writer.wait()
    assert promised >= 60
    store = await SqliteStore.open(path, driver=driver)
    kept = await store.inspect(lambda tx: tx.last_message())
    assert kept >= promised
    for number in range(1, kept + 1):
        assert await store.message(number) == message(number)
        assert len(await store.content(number) or b"") == 3000
        assert len(await store.deliveries(number)) == 1
    last = await store.last_checkpoint()
    assert last is not None
    assert (last.size, await store.inspect(lambda tx: tx.leaf_count())) == (kept, kept)
    await store.close()
