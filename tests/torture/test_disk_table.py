"""Every call of the engine to its disk × {fails, done but reported as failed, torn}: then the process lives on, is
killed, or the machine loses power, and everything that was promised is there, once, under one history.

The calls are those that the engine makes: the table has as many rows as there are, and an act is done again with the
next one failing until there is no next one. `TABLE=1 pytest …` takes all of them, else every few.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from hub.core.errors import Unavailable
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from hub.store.sqlite import connection as sqlite
from tests.exchange.kit import audit, only, pairs, verified
from tests.support.axis import SON_LA, VPCP, Axis, Clock, an_axis
from tests.torture.disk import Disk, Fault

EVERY = 1 if os.environ.get("TABLE") else 7
Attempt = Callable[[Axis], Awaitable[object]]


class Ground:
    """A folder with some past, and the bytes of a document that is still to be sent."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder, self.keys = folder, keys
        self.past = b""
        self.receipt = b""
        self.next = b""
        self.held: list[tuple[str, str]] = []

    async def prepare(self) -> None:
        async with an_axis(self.folder, self.keys, Clock()) as axis:
            self.past = axis.sign(axis.document(VPCP, [SON_LA]))
            self.receipt = only(await axis.submit(self.past, VPCP))
            self.held = pairs(await axis.fetch(SON_LA))
            self.next = axis.sign(axis.document(VPCP, [SON_LA]))

    def again(self, number: int) -> Path:
        return Path(shutil.copytree(self.folder, self.folder.parent / f"case-{number}"))

    async def promised(self, axis: Axis) -> None:
        sealed = await axis.submit(self.past, VPCP)
        assert sealed.answer.repeated
        assert only(sealed) == self.receipt
        await audit(axis)


def quiet(axis: Axis) -> AbstractAsyncContextManager[None]:
    """The index beside the record reads nothing: while it reads old pages, the journal moves in fewer calls."""
    assert axis.exchange.indexing is not None
    return axis.exchange.indexing.paused()


async def send(ground: Ground, axis: Axis) -> Sealed[Accepted]:
    return await axis.submit(ground.next, VPCP)


async def sign(ground: Ground, axis: Axis) -> None:
    (done,) = (await axis.acknowledge(SON_LA, ground.held)).answer
    assert done.refusal is None


ACTS: dict[str, Callable[[Ground, Axis], Awaitable[object]]] = {"document": send, "acknowledgement": sign}
ENDS = ("lives on", "is killed", "loses power", "is killed, then loses power")


@pytest.fixture
async def ground(tmp_path: Path, keys: Path) -> Ground:
    made = Ground(tmp_path / "past", keys)
    await made.prepare()
    return made


@pytest.fixture(params=["long journal", "journal moved after each commit"])
def journal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, and so that each act has the calls of moving it into the file too."""
    if request.param == "long journal":
        return
    pragmas = tuple(p.replace("autocheckpoint=4000", "autocheckpoint=1") for p in sqlite.WRITER_PRAGMAS)
    assert pragmas != sqlite.WRITER_PRAGMAS
    monkeypatch.setattr(sqlite, "WRITER_PRAGMAS", pragmas)


async def a_case(ground: Ground, disk: Disk, act: str, number: int, fault: Fault, end: str) -> bool:
    """Whether the act had a call of that number."""
    folder = ground.again(number)
    promised: object = None
    async with an_axis(folder, ground.keys, Clock()) as axis, quiet(axis):
        disk.fault(number, fault)
        try:
            promised = await ACTS[act](ground, axis)
        except Unavailable:
            promised = "nothing"
        reached = disk.hit is not None
        disk.row = list(disk.calls)
        disk.heal()
        if end == "lives on":
            await ACTS[act](ground, axis)
            await ground.promised(axis)
        next_folder = folder.with_name(f"next-{number}")
        if end == "loses power":
            disk.power_lost(folder, next_folder, lucky=bool(number % 2))
        else:
            disk.killed(folder, next_folder)
    await _after(ground, disk, act, next_folder, promised, end)
    shutil.rmtree(folder)
    return reached


async def _after(ground: Ground, disk: Disk, act: str, folder: Path, promised: object, end: str) -> None:
    last = folder.with_name(f"last-{folder.name}")
    async with an_axis(folder, ground.keys, Clock()) as axis:
        done = await ACTS[act](ground, axis)
        if isinstance(done, Sealed):
            verified(axis, only(done), ground.next)
            if isinstance(promised, Sealed):
                assert done.answer.repeated, "it was acknowledged, and is gone"
                assert only(done) == only(promised)
        await ground.promised(axis)
        if end.endswith("then loses power"):
            disk.power_lost(folder, last)
    if not end.endswith("then loses power"):
        return
    async with an_axis(last, ground.keys, Clock()) as axis:
        again = await ACTS[act](ground, axis)
        if isinstance(again, Sealed):
            assert isinstance(done, Sealed)
            assert again.answer.repeated, "it was acknowledged after the restart, and the power took it"
            assert only(again) == only(done)
        await ground.promised(axis)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("act", ACTS)
async def test_no_failing_call_to_the_disk_loses_or_doubles_anything(
    ground: Ground, act: str, fault: Fault, end: str
) -> None:
    disk = Disk()
    with disk.under():
        assert not await a_case(ground, disk, act, 1 << 30, fault, end)
        rows = list(enumerate(disk.row))
        offset = (list(Fault).index(fault) + ENDS.index(end)) % EVERY
        taken = [n for n, call in rows if call.what != "write" or n % EVERY == offset]
        for number in taken:
            assert await a_case(ground, disk, act, number, fault, end)
    assert len(taken) >= 20 // EVERY


async def test_the_table_has_all_kinds_of_calls(ground: Ground) -> None:
    """What a batch asks of its disk, so that a new kind of call is seen here."""
    disk = Disk()
    with disk.under():
        async with an_axis(ground.folder, ground.keys, Clock()) as axis:
            disk.calls.clear()
            await send(ground, axis)
            batch = Counter(f"{call.file} {call.what}" for call in disk.calls)
            disk.calls.clear()
        end = Counter(f"{call.file} {call.what}" for call in disk.calls)
    assert set(batch) == {"wal write", "wal sync"}, batch
    assert set(end) == {"wal sync", "db write", "db truncate", "db sync"}, end
