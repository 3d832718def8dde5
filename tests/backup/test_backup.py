"""A backup is the record at one instant, whole; what is not is refused, and leaves everything as it was."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from hub import pki
from hub.backup import Facts, Refused
from hub.backup.restore import Will
from hub.cli.main import main
from hub.core.errors import IntegrityAlarm, Unavailable
from hub.core.model import iso_utc
from hub.store.sqlite import SCHEMA_VERSION, SqliteStore
from hub.store.sqlite.snapshot import snapshot
from tests.audit.kit import faults_in, lived
from tests.backup.kit import backed_up, large, restored, summed_up, whats
from tests.store.keep import log_key
from tests.store.rows import message
from tests.store.test_in_flight import kept, put, versions
from tests.support.axis import HA_NOI, NOON, SON_LA, VPCP, an_axis, keyring


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Path]:
    """The folder of a hub at rest, with a bit of everything and two large documents in it."""
    path = tmp_path_factory.mktemp("backup") / "hub"
    async with an_axis(path, keys) as axis:
        await lived(axis)
        await large(axis, 1)
        await large(axis, 2)
    yield path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def backup(hub: Path, keys: Path) -> Path:
    target = hub.parent / "backup"
    await backed_up(hub, keys, target, secret=True)
    return target


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def beside(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


async def test_what_was_backed_up_is_restored_as_it_was(backup: Path, hub: Path, keys: Path, tmp_path: Path) -> None:
    done = await restored(backup, tmp_path / "data", keys)
    assert await faults_in(tmp_path / "data", keys) == []
    assert done.before == ""
    with (
        closing(sqlite3.connect(hub / "axis.sqlite")) as a,
        closing(sqlite3.connect(tmp_path / "data/axis.sqlite")) as b,
    ):
        assert list(a.iterdump()) == list(b.iterdump())
    for name in names(hub / "blobs"):
        assert (tmp_path / "data" / "blobs" / name).read_bytes() == (hub / "blobs" / name).read_bytes()
    assert len(names(hub / "blobs")) == done.facts.blobs == 2
    async with an_axis(tmp_path / "data", keys) as axis:  # and it goes on from there
        axis.numbers = 500
        sent = await axis.send(VPCP, SON_LA)
        assert sent.answer.message.leaf >= done.facts.size
    assert beside(tmp_path) == ["data"]


async def test_the_list_is_one_that_other_tools_read(backup: Path) -> None:
    done = await asyncio.create_subprocess_exec(
        "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=backup, stdout=asyncio.subprocess.PIPE
    )
    assert await done.communicate() == (b"", None)
    assert done.returncode == 0


async def test_a_flipped_bit_in_any_file_is_refused(backup: Path, keys: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(backup, tmp_path / "copy"))
    chosen, tried = random.Random(5), 0
    for name in names(copy):
        whole = (copy / name).read_bytes()
        for _ in range(25 if name == "SHA256SUMS" else 1):
            at = chosen.randrange(len(whole))
            (copy / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chosen.randrange(8)]) + whole[at + 1 :])
            with pytest.raises(Refused) as refused:
                await restored(copy, tmp_path / "data", keys)
            assert whats(refused.value) <= {"file-differs", "file-missing", "file-unknown", "sums-unreadable"}, name
            tried += 1
        (copy / name).write_bytes(whole)
    assert tried > 30
    assert beside(tmp_path) == ["copy"], "a refusal left something"
    await restored(copy, tmp_path / "data", keys)


async def test_a_file_that_is_gone_or_too_many_is_refused(backup: Path, keys: Path, tmp_path: Path) -> None:
    for name in ("axis.sqlite", "backup.json", next(n for n in names(backup) if n.startswith("blobs/"))):
        copy = Path(shutil.copytree(backup, tmp_path / "copy"))
        (copy / name).rename(copy / f"{name}.else")
        with pytest.raises(Refused) as refused:
            await restored(copy, tmp_path / "data", keys)
        assert whats(refused.value) == {"file-missing", "file-unknown"}
        shutil.rmtree(copy)
    assert not (tmp_path / "data").exists()


async def test_digests_alone_do_not_make_a_record(backup: Path, keys: Path, tmp_path: Path) -> None:
    """Whoever can change the record can change the digests: signatures and evidence have to hold too."""
    for statement, what in (
        ("UPDATE message SET subject = subject || '!' WHERE number = 1", "message-differs"),
        ("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)", "leaves-without-checkpoint"),
    ):
        copy = Path(shutil.copytree(backup, tmp_path / "copy"))
        with closing(sqlite3.connect(copy / "axis.sqlite", isolation_level=None)) as db:
            db.execute(statement)
            db.execute("PRAGMA journal_mode=DELETE")
        summed_up(copy)
        with pytest.raises(Refused) as refused:
            await restored(copy, tmp_path / "data", keys)
        assert what in whats(refused.value)
        shutil.rmtree(copy)


async def test_facts_that_are_not_the_records_are_refused(backup: Path, keys: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(backup, tmp_path / "copy"))
    facts = msgspec.json.decode((backup / "backup.json").read_bytes(), type=Facts)
    for changed, what in (
        ({"size": facts.size - 1}, "checkpoint-differs"),
        ({"root": "00" * 32}, "checkpoint-differs"),
        ({"origin": "another.example/log"}, "another-log"),
        ({"format": 2}, "format-unknown"),
    ):
        (copy / "backup.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(facts, **changed)))
        summed_up(copy)
        with pytest.raises(Refused) as refused:
            await restored(copy, tmp_path / "data", keys)
        assert whats(refused.value) == {what}
    (copy / "backup.json").write_bytes(b'{"format":1}')
    summed_up(copy)
    with pytest.raises(Refused) as refused:
        await restored(copy, tmp_path / "data", keys)
    assert whats(refused.value) == {"facts-unreadable"}


async def test_under_another_hubs_keys_nothing_is_restored(backup: Path, tmp_path: Path) -> None:
    pki.ensure_profile(tmp_path / "others", NOON)
    with pytest.raises(Refused) as refused:
        await restored(backup, tmp_path / "data", tmp_path / "others")
    assert whats(refused.value) == {"checkpoint-signature"}


async def test_keys_come_back_only_when_asked_for_and_over_none(backup: Path, keys: Path, tmp_path: Path) -> None:
    will = Will(keys=True, accept_unwitnessed=True)
    done = await restored(backup, tmp_path / "data", tmp_path / "keys", will)
    assert done.keys
    assert (tmp_path / "keys/hub/log.key.pem").read_bytes() == (keys / "hub/log.key.pem").read_bytes()
    assert (tmp_path / "keys/hub/log.key.pem").stat().st_mode & 0o077 == 0
    assert await faults_in(tmp_path / "data", tmp_path / "keys") == []
    with pytest.raises(Refused) as refused:
        await restored(backup, tmp_path / "again", tmp_path / "keys", will)
    assert whats(refused.value) == {"keys-exist"}


async def test_a_backup_has_no_keys_unless_asked_for(hub: Path, keys: Path, tmp_path: Path) -> None:
    await backed_up(hub, keys, tmp_path / "b")
    assert not (tmp_path / "b" / "keys").exists()
    assert not any(b"PRIVATE KEY" in p.read_bytes() for p in (tmp_path / "b").rglob("*") if p.is_file())
    assert not (tmp_path / "b" / "token.secret").exists()
    with pytest.raises(Refused) as refused:
        await restored(tmp_path / "b", tmp_path / "data", tmp_path / "none", Will(keys=True))
    assert whats(refused.value) == {"keys-absent"}


async def test_nothing_is_overwritten(backup: Path, hub: Path, keys: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        await backed_up(hub, keys, backup)
    assert whats(refused.value) == {"target-exists"}
    await restored(backup, tmp_path / "data", keys)
    with pytest.raises(Refused) as refused:
        await restored(backup, tmp_path / "data", keys)
    assert whats(refused.value) == {"store-exists"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter").touch()
    with pytest.raises(Refused) as refused:
        await restored(backup, tmp_path / "other", keys, Will(replace=True, accept_unwitnessed=True))
    assert whats(refused.value) == {"place-not-empty"}


async def test_an_older_state_may_be_replaced_and_is_kept_a_newer_one_never(keys: Path, tmp_path: Path) -> None:
    data, replacing = tmp_path / "data", Will(replace=True, accept_unwitnessed=True)
    async with an_axis(data, keys) as axis:
        await axis.send(VPCP, SON_LA)
        await backed_up(data, keys, tmp_path / "first")
        with pytest.raises(Refused) as refused:
            await restored(tmp_path / "first", data, keys, replacing)
        assert whats(refused.value) == {"store-in-use"}
        await axis.send(VPCP, SON_LA)
        await backed_up(data, keys, tmp_path / "second")
    with pytest.raises(Refused) as refused:
        await restored(tmp_path / "first", data, keys, replacing)
    assert whats(refused.value) == {"store-newer"}
    old = tmp_path / "old"
    await restored(tmp_path / "first", old, keys)
    done = await restored(tmp_path / "second", old, keys, replacing)
    assert await faults_in(old, keys) == []
    assert await faults_in(Path(done.before), keys) == []
    async with an_axis(old, keys) as axis:
        assert [m.number for m in await axis.exchange.store.outbox(VPCP, 10)] == [2, 1]


async def test_a_state_of_another_history_is_not_replaced(backup: Path, keys: Path, tmp_path: Path) -> None:
    async with an_axis(tmp_path / "data", keys) as axis:
        await axis.send(VPCP, HA_NOI)
    with pytest.raises(Refused) as refused:
        await restored(backup, tmp_path / "data", keys, Will(replace=True, accept_unwitnessed=True))
    assert whats(refused.value) == {"store-of-another-history"}


async def test_a_store_that_cannot_be_compared_is_not_replaced(backup: Path, keys: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "axis.sqlite").write_bytes(b"rotten" * 1000)
    with pytest.raises(Refused) as refused:
        await restored(backup, tmp_path / "data", keys, Will(replace=True, accept_unwitnessed=True))
    assert whats(refused.value) == {"store-unreadable"}


async def test_a_broken_record_becomes_no_backup(hub: Path, keys: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(hub, tmp_path / "hub"))
    blob = next((copy / "blobs").glob("??/??/*"))
    whole = blob.read_bytes()
    blob.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Refused) as refused:
        await backed_up(copy, keys, tmp_path / "b")
    assert whats(refused.value) == {"bytes-differ"}
    blob.write_bytes(whole)
    with closing(sqlite3.connect(copy / "axis.sqlite", isolation_level=None)) as db:
        db.execute("UPDATE delivery SET state = 1 - state WHERE message = 1 AND state < 2")
    with pytest.raises(Refused):
        await backed_up(copy, keys, tmp_path / "b")
    assert not (tmp_path / "b").exists()


async def test_bytes_that_went_away_meanwhile_are_to_be_tried_again(hub: Path, keys: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(hub, tmp_path / "hub"))
    next((copy / "blobs").glob("??/??/*")).unlink()
    with pytest.raises(Unavailable):
        await backed_up(copy, keys, tmp_path / "b")


async def test_an_ended_try_is_gone_on_with_and_what_is_wrong_in_it_is_seen(
    hub: Path, keys: Path, tmp_path: Path
) -> None:
    """As a crash leaves it: large files there, one of them half copied, and files of an older state."""
    part = tmp_path / "b.part"
    shutil.copytree(hub / "blobs", part / "blobs")
    one, two = sorted((part / "blobs").glob("??/??/*"))
    one.rename(one.with_name(f"{one.name}.copying"))
    (part / "axis.sqlite").write_bytes(b"half")
    (part / "SHA256SUMS").write_bytes(b"half")
    (part / "keys").mkdir()
    (part / "keys" / "old.pem").touch()
    stray = part / "blobs" / "ff" / "ff" / ("f" * 64)
    stray.parent.mkdir(parents=True)
    stray.touch()
    kept = two.stat().st_ino
    made = await backed_up(hub, keys, tmp_path / "b")
    assert (made.kept, made.copied) == (1, 1)
    assert (tmp_path / "b" / "blobs" / two.relative_to(part / "blobs")).stat().st_ino == kept
    await restored(tmp_path / "b", tmp_path / "data", keys)

    shutil.copytree(hub / "blobs", tmp_path / "c.part" / "blobs")
    rotten = next((tmp_path / "c.part" / "blobs").glob("??/??/*"))
    rotten.write_bytes(b"rotten")
    with pytest.raises(Refused) as refused:
        await backed_up(hub, keys, tmp_path / "c")
    assert whats(refused.value) == {"bytes-differ"}


async def test_a_second_backup_shares_large_bytes_with_the_first_and_never_with_the_hub(
    keys: Path, tmp_path: Path
) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        await large(axis, 1)
        await backed_up(tmp_path / "hub", keys, tmp_path / "first")
        await large(axis, 2)
        made = await backed_up(tmp_path / "hub", keys, tmp_path / "second", since=tmp_path / "first")
    assert (made.shared, made.copied) == (1, 1)

    def inodes(folder: Path) -> set[int]:
        return {p.stat().st_ino for p in (folder / "blobs").glob("??/??/*")}

    assert len(inodes(tmp_path / "first") & inodes(tmp_path / "second")) == 1
    assert not inodes(tmp_path / "hub") & (inodes(tmp_path / "first") | inodes(tmp_path / "second"))
    shutil.rmtree(tmp_path / "first")
    done = await restored(tmp_path / "second", tmp_path / "data", keys)
    assert done.facts.blobs == 2


async def test_two_backups_to_one_place_at_once_are_refused(hub: Path, keys: Path, tmp_path: Path) -> None:
    part = tmp_path / "b.part"
    part.mkdir()
    held = os.open(part, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(Refused) as refused:
        await backed_up(hub, keys, tmp_path / "b")
    assert whats(refused.value) == {"backup-under-way"}
    os.close(held)
    await backed_up(hub, keys, tmp_path / "b")


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


async def test_a_backup_of_an_earlier_version_is_restored_as_one_of_this(tmp_path: Path) -> None:
    """Backups are kept for years: the copy is brought up to date, the backup stays as it is."""
    keys, backup = tmp_path / "keys", tmp_path / "backup"
    log_key(keys)
    keyring(str(keys))
    put(backup, kept(max(versions())))  # the present one until there is a newer
    with closing(sqlite3.connect(backup / "axis.sqlite")) as db:
        newest = "SELECT size, root, at, note FROM checkpoint ORDER BY size DESC LIMIT 1"
        size, root, at, note = db.execute(newest).fetchone()
    facts = Facts(
        format=1,
        truc="0.0.1",
        made=iso_utc(at),
        origin="truc.localhost/log",
        vkeys=(),
        size=size,
        root=root.hex(),
        at=iso_utc(at),
        blobs=0,
        bytes=0,
        keys=False,
    )
    (backup / "backup.json").write_bytes(msgspec.json.encode(facts))
    (backup / "checkpoint").write_bytes(note)
    summed_up(backup)
    before = (backup / "axis.sqlite").read_bytes()
    await restored(backup, tmp_path / "data", keys)
    assert (backup / "axis.sqlite").read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "data" / "axis.sqlite")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert await faults_in(tmp_path / "data", keys) == []


def test_what_a_person_is_told(hub: Path, keys: Path, tmp_path: Path) -> None:
    def run(name: str, *arguments: object) -> Result:
        return CliRunner().invoke(main, [name, "--keys", str(keys), "--lang", "en", *map(str, arguments)])

    made = run("backup", "--data", hub, tmp_path / "b", "--with-keys")
    assert made.exit_code == 0, made.output
    assert "2 large files" in made.output
    assert "keep it so" in made.output
    again = run("backup", "--data", hub, tmp_path / "b")
    assert again.exit_code == 1
    assert "target-exists" in again.output
    refused = run("restore", "--data", tmp_path / "data", tmp_path / "b")
    assert refused.exit_code == 1
    assert "unwitnessed" in refused.output
    done = run("restore", "--data", tmp_path / "data", "--accept-unwitnessed", tmp_path / "b")
    assert done.exit_code == 0, done.output
    assert "leaves until" in done.output
    nothing = run("backup", "--data", tmp_path / "nothing", tmp_path / "c")
    assert nothing.exit_code == 2
    assert "--data" in nothing.output


def test_a_disk_that_is_full_leaves_no_backup_and_a_clear_word(hub: Path, keys: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: writing fails in the middle of the database."""
    script = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
    script += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    script += "sys.argv[0] = 'truc'; runpy.run_module('hub.cli.main', run_name='__main__')"
    arguments = ["backup", "--data", hub, "--keys", keys, "--json", tmp_path / "b"]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b").exists()
    with closing(sqlite3.connect(hub / "axis.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
