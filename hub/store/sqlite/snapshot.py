"""A copy of the database as it is at one instant, taken by a reader beside the writer.

The copy is made by SQLite's backup interface from a connection that is read-only, never checkpoints, and keeps one read
transaction open from the first page to the last: so the writer goes on, and no page of a later transaction gets in.
While it lasts the journal cannot be reset and grows by all that is written meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hub.core.errors import IntegrityAlarm, Unavailable
from hub.store.sqlite import PREFERRED, SCHEMA_VERSION, Driver

_PAGES: Final = 2_048
"""Copied in one step, 8 MB: between two steps the interpreter is free."""


def snapshot(
    source: Path,
    target: Path,
    told: Callable[[int, int], None] = lambda done, of: None,
    *,
    driver: Driver = PREFERRED,
) -> None:
    """Copy the store `source` to `target`, which is replaced, and sync it. `told` hears of pages done and in all.

    IntegrityAlarm where it is no store of this version; Unavailable where the disk does not take it.
    """
    for name in ("", "-wal", "-shm", "-journal"):
        target.with_name(target.name + name).unlink(missing_ok=True)
    try:
        with _reader(source, driver) as live, closing(driver.connect(target, isolation_level=None)) as copy:
            # The copy counts when it is whole and synced; until then nobody relies on it.
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            live.execute("BEGIN")
            (version,) = live.execute("PRAGMA user_version").fetchone()
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on the view stands still
            if version != SCHEMA_VERSION:
                raise IntegrityAlarm(expected=f"store schema {SCHEMA_VERSION}", found=str(version), path=str(source))
            live.backup(copy, pages=_PAGES, progress=lambda _, left, of: told(of - left, of))
            live.execute("COMMIT")
    except driver.OperationalError as error:
        raise Unavailable(found=f"copying the database: {error}") from error
    except driver.DatabaseError as error:
        raise IntegrityAlarm(expected="a store of this hub", found=str(error), path=str(source)) from error
    os.chmod(target, 0o600)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reader(source: Path, driver: Driver) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing. It takes no lock of the store's: a hub may be running, or be started."""
    uri = f"file:{quote(str(source))}?mode=ro"
    with closing(driver.connect(uri, uri=True, isolation_level=None, timeout=5.0)) as live:
        for pragma in ("wal_autocheckpoint=0", "mmap_size=0", "query_only=ON"):
            live.execute(f"PRAGMA {pragma}")
        yield live
