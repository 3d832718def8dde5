"""A copy of the database that is taken while the store writes."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.core.errors import IntegrityAlarm
from hub.store.sqlite import SqliteStore
from hub.store.sqlite.snapshot import snapshot
from tests.store.rows import message


async def test_no_page_of_a_later_transaction_gets_into_a_copy(tmp_path: Path) -> None:
    """While pages are copied the store writes, and even moves its journal into the file."""
    store = await SqliteStore.open(tmp_path / "axis.sqlite")
    loop, written = asyncio.get_running_loop(), []

    async def write() -> None:
        number = 1_000 + len(written)
        await store.write(lambda tx: tx.add_message(message(number), b"x" * 60_000))
        written.append(number)

    def told(done: int, of: int) -> None:
        for _ in range(5):
            asyncio.run_coroutine_threadsafe(write(), loop).result(30)

    try:
        for number in range(1, 601):
            await store.write(lambda tx, n=number: tx.add_message(message(n), b"y" * 60_000))
        await asyncio.to_thread(snapshot, tmp_path / "axis.sqlite", tmp_path / "copy.sqlite", told)
    finally:
        await store.close()
    assert len(written) >= 15, "the copy took several steps, and the store wrote between them"
    copy = await SqliteStore.open_copy(tmp_path / "copy.sqlite")
    try:
        assert await copy.integrity() == []
        rows = await copy.rows("message", "number")
        assert [row[0] for row in rows] == list(range(1, 601))
    finally:
        await copy.close()


async def test_what_is_no_store_of_this_version_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "axis.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(IntegrityAlarm):
        snapshot(tmp_path / "axis.sqlite", tmp_path / "copy.sqlite")
    (tmp_path / "axis.sqlite").unlink()
    with closing(sqlite3.connect(tmp_path / "axis.sqlite")) as db:
        db.execute("PRAGMA user_version = 1")
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(IntegrityAlarm):
        snapshot(tmp_path / "axis.sqlite", tmp_path / "copy.sqlite")
