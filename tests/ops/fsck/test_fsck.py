"""Any byte of a hub's record that is not what it was is found, and named: in every table and every file."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.cli.fsck import check
from hub.core.edxml import Attachment
from hub.core.errors import AxisError
from hub.core.model import Millis, StatusCode
from hub.ops.fsck import Fault
from hub.pki import profile as pki
from hub.record.acts.refusal import RecordRefusal
from hub.upkeep import retention
from tests.core.audit.kit import faults_in, lived, settings_of
from tests.support.axis import HOUR, NOON, SON_LA, VPCP, Clock, an_axis, priority

Row = dict[str, Any]
KEY: dict[str, tuple[str, ...]] = {
    "message": ("number",),
    "content": ("message",),
    "detail": ("message",),
    "notable": ("what", "message"),
    "delivery": ("message", "recipient"),
    "leaf": ("number",),
    "tile": ("level", "n"),
    "checkpoint": ("size",),
    "counter": ("agency", "direction"),
    "signed": ("digest",),
    "agency": ("code",),
    "x509": ("digest",),
    "cosigned": ("size",),
    "cosignature": ("witness", "size"),
    "timestamp": ("size",),
    "heartbeat": ("one",),
    "locked_out": ("agency",),
    "brought": ("number",),
    "maintenance": ("one",),
}
NO_RECORD = {
    *("account", "session", "deed"),  # who signs in: kept by triggers, no evidence
    *("mail", "paper", "report_draft"),  # an agency's own book and papers: likewise
    *(
        "hook",
        "hook_scan",
        "hook_notice",
        "hook_attempt",
        "contact",
        "alert",
    ),  # how far something was told, and to whom
}
"""Tables that state nothing about the axis: what they say follows from nothing else, and no evidence follows of it."""

NAMES: dict[str, Callable[[Row], str]] = {
    "message": lambda row: f"message {row['number']} ",
    "content": lambda row: f"message {row['message']} ",
    "detail": lambda row: f"message {row['message']} ",
    "notable": lambda row: f"message {row['message']} ",
    "delivery": lambda row: f"message {row['message']} ",
    "leaf": lambda row: f"leaf {row['number']}",
    "brought": lambda row: f"brought {row['number']}",
    "tile": lambda row: f"tile {row['level']}/{row['n']}",
    "checkpoint": lambda row: f"checkpoint {row['size']}",
    "counter": lambda row: row["agency"],
    "signed": lambda row: row["digest"].hex(),
    "agency": lambda row: f"agency {row['code']}",
    "x509": lambda row: row["digest"].hex(),
}
"""What a fault about a row must name."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Path]:
    """A hub at rest, with a bit of everything in its record."""
    path = tmp_path_factory.mktemp("rest") / "hub"
    async with an_axis(path, keys) as axis:
        await lived(axis)
        large = Attachment("f", "f.pdf", data=b"%PDF-1.4 " + random.Random(1).randbytes(90_000))
        await axis.submit(axis.sign(axis.document(VPCP, [SON_LA]), [large]), VPCP)
        refusals = (
            RecordRefusal(agency=VPCP, auth="t", code="C", found="", sha256=f"{n:064x}", submitted_at=Millis(0))
            for n in range(300)
        )
        await asyncio.gather(*(axis.exchange.sequencer.submit(act) for act in refusals))
    assert await faults_in(path, keys) == []
    yield path
    assert await faults_in(path, keys) == []  # whatever a test changed, it put back


def database(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "axis.sqlite", isolation_level=None)


def everything(folder: Path) -> Iterator[tuple[str, Row]]:
    with closing(database(folder)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        assert set(tables) - {"sqlite_sequence"} == KEY.keys() | NO_RECORD, "a new table: fsck has to know it"
        for table in KEY:
            cursor = db.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            for values in cursor:
                yield table, dict(zip(names, values, strict=True))


def put(folder: Path, table: str, row: Row, column: str, value: object) -> None:
    where = " AND ".join(f"{name}=?" for name in KEY[table])
    with closing(database(folder)) as db:
        done = db.execute(f"UPDATE {table} SET {column}=? WHERE {where}", (value, *(row[name] for name in KEY[table])))
        assert done.rowcount == 1


def flipped(value: str | bytes, chosen: random.Random) -> str | bytes:
    """One bit of one byte is another, and a text is still a text."""
    if isinstance(value, bytes):
        at = chosen.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << chosen.randrange(8)]) + value[at + 1 :]
    at = chosen.choice([i for i, c in enumerate(value) if "!" < c < "~" and c not in '"\\'])
    return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]


def rows_of(found: list[tuple[str, Row]], table: str, column: str) -> list[Row]:
    return [row for name, row in found if name == table and isinstance(row[column], str | bytes) and row[column]]


async def spoiled(folder: Path, keys: Path, table: str, row: Row, column: str, value: object) -> list[Fault]:
    """What fsck finds while that one value is another."""
    try:
        put(folder, table, row, column, value)
    except sqlite3.IntegrityError:
        return [Fault("refused", NAMES[table](row))]  # the schema itself does not allow it
    changed = row | {column: value}
    try:
        return await faults_in(folder, keys)
    finally:
        put(folder, table, changed if column in KEY[table] else row, column, row[column])


def named(fault: Fault, table: str, row: Row) -> bool:
    """Whether it points to the row; a wrong leaf that reads well is known only to the batch."""
    within = re.search(r"leaf (\d+) to leaf (\d+)", fault.where)
    if table == "leaf" and within:
        return int(within[1]) <= row["number"] <= int(within[2])
    return NAMES[table](row) in f"{fault.where} {fault.expected} {fault.found}"


async def test_a_flipped_byte_in_any_column_is_found_and_named(folder: Path, keys: Path) -> None:
    found = list(everything(folder))
    columns = {(table, column) for table, row in found for column in row}
    chosen, tried = random.Random(2026), 0
    for table, column in sorted(columns):
        rows = rows_of(found, table, column)
        for row in {id(r): r for r in (rows[:1] + rows[-1:] + chosen.sample(rows, min(1, len(rows))))}.values():
            value = flipped(row[column], chosen)
            faults = await spoiled(folder, keys, table, row, column, value)
            assert any(named(fault, table, row) for fault in faults), (table, column, value, faults)
            tried += 1
    assert tried > 60


NUMBERS = [
    ("message", ("kind", "business", "year", "priority", "size", "accepted_at", "leaf", "fanout")),
    ("delivery", ("kind", "seq", "lane", "state", "placed_at", "handed_at", "ended_at", "warned")),
    ("leaf", ("kind", "at", "message")),
    ("checkpoint", ("size", "at")),
    ("counter", ("n",)),
    ("timestamp", ("leaf",)),
]


async def test_a_changed_number_is_found(folder: Path, keys: Path) -> None:
    found = list(everything(folder))
    for table, columns in NUMBERS:
        rows = [row for name, row in found if name == table]
        for column in columns:
            row = next((r for r in rows if r[column] is not None), None)
            if row is not None:
                assert await spoiled(folder, keys, table, row, column, row[column] ^ 1), (table, column)


BESIDE = ("detail", "cosigned", "cosignature", "timestamp", "heartbeat", "locked_out", "maintenance")
"""Tables of which this record has no row, one that nothing else tells of, or (details) rows that come again."""


@pytest.mark.parametrize("table", [name for name in KEY if name not in BESIDE])
async def test_a_row_that_is_gone_is_missed(folder: Path, keys: Path, tmp_path: Path, table: str) -> None:
    rows = [row for name, row in everything(folder) if name == table]
    row = random.Random(table).choice(rows)
    copy = copied(folder, tmp_path)
    with closing(database(copy)) as db:
        where = " AND ".join(f"{name}=?" for name in KEY[table])
        db.execute(f"DELETE FROM {table} WHERE {where}", tuple(row[name] for name in KEY[table]))
    faults = await faults_in(copy, keys)
    if table == "x509":
        # A copy of what is also elsewhere, or what a seal or an acknowledgement was signed with: whose, keys decide.
        assert {f.what for f in faults} <= {"seal-invalid", "acknowledgement-invalid"}
    elif table == "checkpoint":
        # Only the last one is missed: the one before it covers less, and any later one covers more.
        with closing(database(copy)) as db:
            db.execute("DELETE FROM checkpoint WHERE size=(SELECT max(size) FROM checkpoint)")
        assert "leaves-without-checkpoint" in {f.what for f in await faults_in(copy, keys)}
    else:
        assert faults, table


STRAYS = {
    "content-orphan": "INSERT INTO content VALUES (9999, x'00')",
    "delivery-orphan": "INSERT INTO delivery SELECT 9999, recipient, kind, seq + 999, lane, state, placed_at, "
    "forwarded_from, handed_at, ended_at, progress, pending, due_at, warned, offered_at, ends_at, reported "
    "FROM delivery LIMIT 1",
    "signed-orphan": "INSERT INTO signed VALUES (x'" + "00" * 32 + "', x'00')",
    "tile-orphan": "INSERT INTO tile VALUES (3, 0, x'00')",
    "counter-differs": "INSERT INTO counter VALUES ('000.00.00.X', 'in', 1, '')",
    "ledger-difference": "INSERT INTO counter VALUES ('000.00.00.X', 'mailbox-document', 1, '')",
    "checkpoint-beyond-log": "INSERT INTO checkpoint SELECT size + 9999, root, at, note, seal FROM checkpoint LIMIT 1",
    "cosigned-without-checkpoint": "INSERT INTO cosigned SELECT size + 9999, at, note FROM checkpoint LIMIT 1",
    "maintenance-differs": "INSERT INTO maintenance VALUES (1, CAST('{}' AS BLOB))",
    "timestamp-orphan": "INSERT INTO timestamp VALUES (1, 1, 1)",
    "agency-differs-from-log": "INSERT INTO agency SELECT code || 'x', tier, entry FROM agency LIMIT 1",
}


@pytest.mark.parametrize("what", STRAYS)
async def test_what_belongs_to_nothing_is_found(folder: Path, keys: Path, tmp_path: Path, what: str) -> None:
    copy = copied(folder, tmp_path)
    with closing(database(copy)) as db:
        db.execute(STRAYS[what])
    assert what in {fault.what for fault in await faults_in(copy, keys)}


async def test_files_are_held_against_their_names(folder: Path, keys: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    (blob,) = (copy / "blobs").glob("??/??/*")
    data = blob.read_bytes()
    for wrong, what in (
        (data[:-1], "bytes-differ"),
        (data[:50] + b"!" + data[51:], "bytes-differ"),
        (None, "bytes-missing"),
    ):
        blob.unlink() if wrong is None else blob.write_bytes(wrong)
        (fault,) = await faults_in(copy, keys)
        assert (fault.what, fault.expected[:64]) == (what, blob.name)
    blob.write_bytes(data)
    stray = copy / "blobs" / "ff" / "ff" / ("f" * 64)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"nobody's")
    assert await faults_in(copy, keys) == [Fault("blob-orphan", "f" * 64)]
    assert (await check(settings_of(copy, keys), True, quiet=True))[0] == []
    assert not stray.exists()
    assert await faults_in(copy, keys) == []


async def test_another_hubs_keys_sign_nothing_here(folder: Path, tmp_path: Path) -> None:
    pki.ensure_profile(tmp_path / "keys", NOON)
    found = {fault.what for fault in await faults_in(folder, tmp_path / "keys")}
    assert found == {"checkpoint-signature"}


async def test_bytes_that_retention_deleted_are_not_missed(tmp_path: Path, keys: Path) -> None:
    """They are gone, the row says since when, the evidence says so too; any two of the three contradict the third."""
    folder = tmp_path / "hub"
    async with an_axis(folder, keys) as axis:
        await axis.send(VPCP, SON_LA)
        await axis.take(SON_LA)
        axis.clock.forward(1000)
        outcome = await retention.apply(axis.exchange.record, axis.clock())
        assert outcome.documents == 1
        assert "RetentionApplied" in [leaf.event for leaf in await axis.exchange.store.timeline(1)]
    assert await faults_in(folder, keys) == []
    for statement, what in (
        ("UPDATE message SET purged_at=NULL", "retention-differs"),
        ("INSERT INTO content VALUES (1, x'00')", "bytes-not-deleted"),
    ):
        copy = Path(shutil.copytree(folder, tmp_path / statement[:6]))
        with closing(database(copy)) as db:
            db.execute(statement)
        assert {fault.what for fault in await faults_in(copy, keys)} == {what}


def copied(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target / "copy"))


def logical(folder: Path) -> list[str]:
    with closing(database(folder)) as db:
        return list(db.iterdump())


async def test_an_index_that_lies_is_found(folder: Path, keys: Path, tmp_path: Path) -> None:
    """A message under another number in an index than in its table."""
    copy = copied(folder, tmp_path)
    with closing(database(copy)) as db:
        root, size = db.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name='message_identity'"
        ).fetchone()
        identity = db.execute("SELECT identity FROM message LIMIT 1").fetchone()[0].encode()
    path = copy / "axis.sqlite"
    whole = path.read_bytes()
    at = whole.index(identity, (root - 1) * size, root * size)
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert "file-damaged" in {fault.what for fault in await faults_in(copy, keys)}


async def test_no_byte_of_the_file_can_change_the_record_unseen(folder: Path, keys: Path, tmp_path: Path) -> None:
    """A bit flipped anywhere in the file: told, or it meant nothing (free space), and nothing ever falls over."""
    copy, chosen = copied(folder, tmp_path), random.Random(7)
    path = copy / "axis.sqlite"
    whole, said = path.read_bytes(), logical(copy)
    silent = 0
    for _ in range(30):
        at = chosen.randrange(100, len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chosen.randrange(8)]) + whole[at + 1 :])
        try:
            faults, _ = await check(settings_of(copy, keys), False, quiet=True)
        except AxisError:
            continue
        if not faults:
            silent += 1
            assert logical(copy) == said, at
    assert silent < 30


async def test_a_reason_that_contradicts_when_it_was_offered_is_found(tmp_path: Path, keys: Path) -> None:
    folder, clock = tmp_path / "hub", Clock()
    async with an_axis(folder, keys, clock) as axis:
        taken, read, unread, asked = [(await axis.send(VPCP, SON_LA, other=priority(4))).answer for _ in range(4)]
        await axis.status(VPCP, StatusCode.TAKE_BACK, taken)
        for accepted in (read, asked):
            await axis.exchange.content(axis.caller(SON_LA), accepted.message.id)
        await axis.status(VPCP, StatusCode.TAKE_BACK, asked)
        for hours in (1, 23, 1):
            clock.forward(hours * HOUR)
            await axis.exchange.sweep()
        assert await axis.states(unread) == await axis.states(read) == {SON_LA: "expired"}
    assert await faults_in(folder, keys) == []
    rows = {row["message"]: row for table, row in everything(folder) if table == "delivery"}
    for accepted, at in ((taken, NOON), (read, None), (unread, NOON), (unread, NOON + 2 * HOUR)):
        row = rows[accepted.message.number]
        found = await spoiled(folder, keys, "delivery", row, "offered_at", at)
        assert {fault.what for fault in found} == {"reason-contradicts-offer"}, at
    found = await spoiled(folder, keys, "delivery", rows[read.message.number], "offered_at", NOON - 1)
    assert [fault.where.rpartition(" ")[2] for fault in found] == ["offered_at"]
