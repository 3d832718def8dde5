"""The file of assertions that were taken, cut at any byte: what was durable is known, half a record is nobody's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hub.core.errors import Unavailable
from hub.core.model import Millis
from hub.http.taken import Taken
from tests.support.axis import SON_LA
from tests.support.web import a_web

NOW, END = Millis(1_000_000), Millis(2_000_000)
RECORD = 40


async def kept(path: Path, *names: str) -> None:
    taken = Taken(path, NOW)
    for name in names:
        await taken.keep(name, END, NOW)


async def test_what_was_kept_is_known_to_the_next_process_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    await kept(path, "a", "b")
    taken = Taken(path, NOW)
    assert [taken.before(name) for name in ("a", "b", "c")] == [True, True, False]
    assert not Taken(path, END).before("a")


async def test_its_thread_ends_with_the_hub(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.token(SON_LA)
        mine = set(named_threads())
        assert mine
    assert not mine & set(named_threads())


def named_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("taken")]


async def test_a_file_cut_at_any_byte_holds_all_whole_records_and_takes_more(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    await kept(path, "a", "b", "c")
    whole = path.read_bytes()
    assert len(whole) == 3 * RECORD
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        await kept(path, "d")
        after = Taken(path, NOW)
        known = [after.before(name) for name in ("a", "b", "c", "d")]
        assert known == [cut >= RECORD, cut >= 2 * RECORD, cut >= 3 * RECORD, True], cut


async def test_what_a_failed_write_left_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    taken = Taken(path, NOW)
    await taken.keep("a", END, NOW)
    with path.open("ab") as file:
        file.write(b"half of a record")
    await taken.keep("b", END, NOW)
    after = Taken(path, NOW)
    assert (after.before("a"), after.before("b")) == (True, True)


async def test_where_the_disk_takes_nothing_no_token_is_given(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    taken = Taken(folder / "taken", NOW)
    (folder / "taken").unlink()
    folder.rmdir()
    with pytest.raises(Unavailable):
        await taken.keep("a", END, NOW)
