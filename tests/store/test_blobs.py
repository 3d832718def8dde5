"""Large bytes: where they lie at each size, that they are durable before anybody is told, and what is left over."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hub.core.errors import Unavailable
from hub.store.blobs import Blobs, Spool

EDGE = 64 * 1024


def filled(blobs: Blobs, data: bytes, chunk: int = 10_000) -> Spool:
    spool = blobs.spool()
    for start in range(0, len(data), chunk):
        spool.write(data[start : start + chunk])
    return spool


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path, inline=EDGE)


@pytest.mark.parametrize(
    ("size", "in_file"), [(0, False), (1, False), (EDGE - 1, False), (EDGE, False), (EDGE + 1, True)]
)
@pytest.mark.parametrize("chunk", [7_919, 1_000_000])
def test_a_body_is_in_memory_up_to_the_edge_and_in_a_file_above(
    blobs: Blobs, tmp_path: Path, size: int, in_file: bool, chunk: int
) -> None:
    data = os.urandom(size)
    spool = filled(blobs, data, chunk)
    assert (spool.size, spool.in_file, spool.sha256) == (size, in_file, sha256(data).hexdigest())
    assert len(list((tmp_path / "spool").iterdir())) == in_file
    assert spool.read() == data
    assert spool.read() == data  # as often as one likes
    spool.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_is_kept_lies_under_its_digest_and_survives_the_spool(blobs: Blobs, tmp_path: Path) -> None:
    data = os.urandom(EDGE + 1)
    spool = filled(blobs, data)
    blobs.keep(spool)
    assert spool.read() == data  # still readable by whoever holds it
    spool.close()
    name = sha256(data).hexdigest()
    assert blobs.path(name) == tmp_path / "blobs" / name[:2] / name[2:4] / name
    assert blobs.path(name).read_bytes() == data
    assert list(blobs.names()) == [name]
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_is_not_kept_is_gone(blobs: Blobs, tmp_path: Path) -> None:
    filled(blobs, os.urandom(EDGE + 1)).close()
    assert (list((tmp_path / "spool").iterdir()), list(blobs.names())) == ([], [])


def test_the_same_bytes_kept_twice_are_one_file_never_written_again(blobs: Blobs, tmp_path: Path) -> None:
    data = os.urandom(EDGE + 1)
    first, second = filled(blobs, data), filled(blobs, data)
    blobs.keep(first)
    before = blobs.path(first.sha256).stat()
    blobs.keep(second)
    after = blobs.path(first.sha256).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    first.close()
    second.close()
    assert (len(list(blobs.names())), list((tmp_path / "spool").iterdir())) == (1, [])


def test_the_same_bytes_kept_by_many_threads_at_once_are_one_file(blobs: Blobs) -> None:
    data = os.urandom(EDGE + 1)
    spools = [filled(blobs, data) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(blobs.keep, spools))
    for spool in spools:
        spool.close()
    assert [blobs.path(name).read_bytes() for name in blobs.names()] == [data]


def test_leftovers_of_a_crash_are_removed_at_opening_and_kept_bytes_stay(blobs: Blobs, tmp_path: Path) -> None:
    kept, left = filled(blobs, os.urandom(EDGE + 1)), filled(blobs, os.urandom(EDGE + 1))
    blobs.keep(kept)
    assert len(list((tmp_path / "spool").iterdir())) == 1  # here the process dies
    again = Blobs(tmp_path, inline=EDGE)
    assert list((tmp_path / "spool").iterdir()) == []
    assert list(again.names()) == [kept.sha256]
    kept.close()
    left.close()


def test_a_file_is_durable_before_its_name_and_its_name_before_keep_returns(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str]] = []

    def path_of(descriptor: int) -> str:
        return str(Path(os.readlink(f"/proc/self/fd/{descriptor}")).relative_to(tmp_path))

    def note(name: str, where: Any) -> Any:
        real = getattr(os, name)

        def called(*arguments: Any, **more: Any) -> Any:
            calls.append((name, where(*arguments)))
            return real(*arguments, **more)

        monkeypatch.setattr(os, name, called)

    spool = filled(blobs, os.urandom(EDGE + 1))
    name = spool.sha256
    note("fsync", path_of)
    note("replace", lambda source, target: str(Path(target).relative_to(tmp_path)))
    blobs.keep(spool)
    one, two = f"blobs/{name[:2]}", f"blobs/{name[:2]}/{name[2:4]}"
    spooled = calls[0][1]
    assert spooled.startswith("spool/")
    assert calls == [
        ("fsync", spooled),
        ("fsync", "blobs"),  # the folder `one` is in it
        ("fsync", one),
        ("replace", f"{two}/{name}"),
        ("fsync", two),
    ]
    spool.close()
    # A second one finds the file; its name may be younger than the last fsync of the folder.
    calls.clear()
    monkeypatch.undo()
    again = filled(blobs, blobs.path(name).read_bytes())
    note("fsync", path_of)
    blobs.keep(again)
    assert calls == [("fsync", two)]
    again.close()


def test_a_disk_that_fails_is_unavailable_and_leaves_no_name(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = filled(blobs, os.urandom(EDGE + 1))

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(Unavailable, match="No space left"):
            blobs.keep(spool)
    assert list(blobs.names()) == []
    blobs.keep(spool)  # the same spool, when there is room again
    assert list(blobs.names()) == [spool.sha256]
    spool.close()
    full = blobs.spool()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fails)
        with pytest.raises(Unavailable, match="No space left"):
            full.write(b"x" * (EDGE + 1))
    full.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_only_what_was_spooled_to_a_file_can_be_kept(blobs: Blobs) -> None:
    with pytest.raises(ValueError, match="nothing was spooled"):
        blobs.keep(filled(blobs, b"small"))
    assert list(blobs.names()) == []


def test_removed_is_gone_and_may_be_removed_again(blobs: Blobs) -> None:
    spool = filled(blobs, os.urandom(EDGE + 1))
    blobs.keep(spool)
    spool.close()
    blobs.remove(spool.sha256)
    blobs.remove(spool.sha256)
    assert list(blobs.names()) == []
