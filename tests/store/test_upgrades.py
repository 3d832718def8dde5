"""A store that an earlier version made is taken over: it has the same tables, columns and indexes as a new one."""

from __future__ import annotations

from pathlib import Path

from hub.core.edxml.detail import Notable
from hub.core.model import DeliveryState
from hub.store.sqlite import SCHEMA_VERSION, Driver, SqliteStore
from tests.store.rows import checkpoint, fill, message

FIRST = (Path(__file__).parent / "schema-1.sql").read_text("utf-8")
THIRD = (Path(__file__).parent / "schema-3.sql").read_text("utf-8")
NAMES = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
Shape = dict[str, list[tuple[object, ...]]]


async def shape(store: SqliteStore) -> Shape:
    """Every table with its columns (name, type, not null, default, key), every index with what it is over."""

    def read(db: object) -> Shape:
        found: Shape = {}
        for kind, name in db.execute(NAMES):  # type: ignore[attr-defined]
            pragma = "table_info" if kind == "table" else "index_xinfo"
            found[name] = sorted(tuple(row[1:]) for row in db.execute(f"PRAGMA {pragma}({name})"))  # type: ignore[attr-defined]
        return found

    return await store._writer.run(read)


async def test_the_first_version_becomes_the_present_one(tmp_path: Path, driver: Driver) -> None:
    old = driver.connect(tmp_path / "old.sqlite", isolation_level=None)
    old.executescript(f"BEGIN; {FIRST} PRAGMA user_version=1; COMMIT;")
    old.execute("INSERT INTO checkpoint (size, root, at, note) VALUES (5, x'00', 7, x'6e')")
    old.close()

    new = await SqliteStore.open(tmp_path / "new.sqlite", driver=driver)
    taken = await SqliteStore.open(tmp_path / "old.sqlite", driver=driver)
    try:
        assert await shape(taken) == await shape(new)
        last = await taken.last_checkpoint()
        assert last is not None
        assert (last.size, last.at, last.note) == (5, 7, b"n")
        await taken.write(fill)
        assert await taken.message(1) == message(1)
        version = await taken._writer.run(lambda db: db.execute("PRAGMA user_version").fetchone()[0])
        assert version == SCHEMA_VERSION
        await taken.write(lambda tx: tx.add_checkpoint(checkpoint(6)))
    finally:
        await taken.close()
        await new.close()


async def test_the_third_version_keeps_what_was_signed_and_every_mailbox(tmp_path: Path, driver: Driver) -> None:
    old = driver.connect(tmp_path / "old.sqlite", isolation_level=None)
    old.executescript(f"BEGIN; {THIRD} PRAGMA user_version=3; COMMIT;")
    old.executemany("INSERT INTO signed VALUES (?, ?)", [(bytes([n]) * 32, b"token %d" % n) for n in range(9)])
    states = list(DeliveryState)
    for number, state in enumerate(states, 1):
        values = (number, number, bytes(32))
        old.execute(
            "INSERT INTO message VALUES (?, 'urn', 0, 0, 'S', ?, 'd', 'c', 2026, 's', 't', 0, ?, 1, 'VALID', 5, NULL, "
            "0, 1, '', NULL)",
            values,
        )
        old.execute(
            "INSERT INTO delivery VALUES (?, 'R', 0, ?, 0, ?, 5, '', NULL, NULL, '', NULL, NULL, 0)",
            (number, number, states.index(state)),
        )
    old.close()

    new = await SqliteStore.open(tmp_path / "new.sqlite", driver=driver)
    taken = await SqliteStore.open(tmp_path / "old.sqlite", driver=driver)
    try:
        assert await shape(taken) == await shape(new)
        assert [await taken.signed(f"{n:02x}" * 32) for n in range(9)] == [b"token %d" % n for n in range(9)]
        for number, state in enumerate(states, 1):
            assert [entry.message.number for entry in await taken.inbox("R", state, 10)] == [number]
        assert await taken.integrity() == []
    finally:
        await taken.close()
        await new.close()


async def test_documents_of_the_fifth_version_are_found_by_any_spelling(tmp_path: Path, driver: Driver) -> None:
    old = driver.connect(tmp_path / "old.sqlite", isolation_level=None)
    old.executescript((Path(__file__).parent / "in-flight-5.sql").read_text("utf-8"))
    old.execute("UPDATE message SET code = '0099 / vpcp-KSTT' WHERE number = 1")
    old.close()
    taken = await SqliteStore.open(tmp_path / "old.sqlite", driver=driver)
    new = await SqliteStore.open(tmp_path / "new.sqlite", driver=driver)
    try:
        assert await shape(taken) == await shape(new)
        found = await taken.inspect(lambda tx: tx.messages_by_key("000.00.00.G22", "99/VPCP-KSTT", 2026))
        assert [(m.number, m.key) for m in found] == [(1, "99/VPCP-KSTT")]
        rows = await taken.rows("message", "kind", "key")
        assert all(bool(key) == (kind == 0) for kind, key in rows)
    finally:
        await taken.close()
        await new.close()


async def test_the_sixth_version_gets_what_a_register_and_a_search_need(tmp_path: Path, driver: Driver) -> None:
    old = driver.connect(tmp_path / "old.sqlite", isolation_level=None)
    old.executescript((Path(__file__).parent / "in-flight-6.sql").read_text("utf-8"))
    old.close()
    taken = await SqliteStore.open(tmp_path / "old.sqlite", driver=driver)
    new = await SqliteStore.open(tmp_path / "new.sqlite", driver=driver)
    try:
        assert await shape(taken) == await shape(new)
        assert await taken.message(1) is not None
        assert await taken.details([1]) == {}, "what it says is read from its bytes later, and nobody waits for that"
        documents = [number for number, kind in sorted(await taken.rows("message", "number", "kind")) if kind == 0]
        assert documents
        for what in Notable:
            assert await taken.finder.notable(what, 1, 999) == documents, "nobody knows yet, so each may be"
    finally:
        await taken.close()
        await new.close()


async def test_of_what_waited_in_the_fourth_version_nobody_knows_whether_it_was_read(
    tmp_path: Path, driver: Driver
) -> None:
    old = driver.connect(tmp_path / "old.sqlite", isolation_level=None)
    old.executescript((Path(__file__).parent / "in-flight-4.sql").read_text("utf-8"))
    rows = old.execute("SELECT message, recipient, state FROM delivery").fetchall()
    old.close()
    taken = await SqliteStore.open(tmp_path / "old.sqlite", driver=driver)
    try:
        for message, recipient, state in rows:
            row = await taken.delivery(message, recipient)
            assert row is not None
            assert (row.offered_at, row.ends_at) == (0 if state == 0 else None, None)
            assert not (state == 0 and row.unread)
    finally:
        await taken.close()
