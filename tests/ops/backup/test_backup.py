"""A backup is the record at one instant, whole; what is not is refused, and leaves everything as it was."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from hub.core.errors import Unavailable
from hub.core.model import iso_utc
from hub.ops.backup import Facts, Refused
from hub.ops.backup.restore import Will
from hub.pki import profile as pki
from hub.store.sqlite import SCHEMA_VERSION
from tests.core.audit.kit import faults_in
from tests.ops.backup.kit import backed_up, large, restored, summed_up, whats
from tests.store.keep import log_key
from tests.store.test_in_flight import kept, put, versions
from tests.support.axis import HA_NOI, HOUR, NOON, SON_LA, VPCP, Clock, an_axis, keyring


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
    async with an_axis(tmp_path / "data", keys, Clock(NOON + 8 * 24 * HOUR)) as axis:  # and it goes on from there
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
