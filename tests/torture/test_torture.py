"""`truc torture`, a few kills of it; and that it finds what it is there to find."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.core import evidence as ev
from hub.core import receipt
from hub.core.model import MessageKind
from hub.simulate.hubs import HubProcess
from hub.torture import check, stage
from hub.torture.books import Books, HandOver, Submission
from hub.torture.load import Load
from hub.torture.stage import Options, Report, torture
from tests.support.process import truc


def test_a_hub_that_is_killed_loses_and_doubles_nothing() -> None:
    done = truc("torture", "--kills", "6", "--seed", "11", "--json")
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert (told["kills"], told["lost"], told["doubled"], told["findings"]) == (6, 0, 0, [])
    assert told["acknowledged"] > 20
    assert sum(told["instants"].values()) == 6


# what it finds


def _sql(statement: str) -> Callable[[Path], None]:
    def damage(data: Path) -> None:
        db = sqlite3.connect(data / "axis.sqlite")
        assert db.execute(statement).rowcount >= 1
        db.commit()
        db.close()

    return damage


def _set_back(data: Path) -> None:
    """The database as it was before the load, and no trace of what came after."""
    for path in data.glob("axis.sqlite*"):
        path.unlink()
    shutil.copy(data.parent / "axis.sqlite.first", data / "axis.sqlite")
    (data / "high-water").unlink()


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "offered again": (
        _sql(
            "UPDATE delivery SET state=0, handed_at=NULL WHERE state=1 AND kind=0 AND progress='' AND pending IS NULL"
        ),
        "doubled",
    ),
    "a document gone from a mailbox": (
        _sql("DELETE FROM delivery WHERE rowid_ IS NULL".replace("rowid_ IS NULL", "kind=0 AND state=1")),
        "lost",
    ),
    "the whole store set back": (_set_back, "lost"),
    "a number of a mailbox given twice": (
        _sql("UPDATE counter SET n = n - 1 WHERE direction = 'mailbox-document'"),
        "broken",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_finds(monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    harm, kind = DAMAGES[damage]
    whole = stage._Round._end
    kill = stage._Round._live_and_die

    async def lives(self: stage._Round, hub: HubProcess, one: stage.Kill, load: Load) -> None:
        data = hub.folder / "data"
        if not (hub.folder / "axis.sqlite.first").exists():
            await asyncio.to_thread(shutil.copy, data / "axis.sqlite", hub.folder / "axis.sqlite.first")
        await kill(self, hub, one, load)

    async def damaged(self: stage._Round, hub: HubProcess, load: Load, checker: check.Checker) -> None:
        await asyncio.to_thread(hub.start)
        await load.finish(20)  # so that there is something to damage
        hub.kill()
        await asyncio.to_thread(harm, hub.folder / "data")
        load.start()
        monkeypatch.setattr(stage, "_FINISH_SECONDS", 3.0)
        await whole(self, hub, load, checker)

    monkeypatch.setattr(stage._Round, "_live_and_die", lives)
    monkeypatch.setattr(stage._Round, "_end", damaged)
    report: Report = torture(Options(kills=1, seed=3, at=("batch.committed",)), lambda report: None)
    assert kind in {finding.kind for finding in report.findings}, report.findings
    assert all(f.again == "truc torture --seed 3 --kills 1 --at batch.committed" for f in report.findings)


def test_bytes_that_were_refused_or_changed_or_came_twice_are_found() -> None:
    checker = check.Checker.__new__(check.Checker)
    checker._books, checker._codes = Books(), ["a", "b"]
    signed = Submission(0, MessageKind.DOCUMENT, 1, b"", "11", "m1", b"", ("b",))
    checker._books.submissions.append(signed)
    checker._books.read = {(1, "m1"): ("11", 0)}
    checker._bytes()
    assert checker._books.findings == []
    checker._books.refused["22"] = "X"
    checker._books.read |= {(1, "m2"): ("22", 0), (0, "m3"): ("11", 0), (0, "m4"): ("11", 0)}
    checker._bytes()
    told = [finding.what for finding in checker._books.findings]
    assert any("m2 was refused and delivered" in what for what in told)
    assert any("m3 as read at a is not what its sender signed" in what for what in told)
    assert any("as m3 and m4" in what for what in told)


def test_a_number_of_a_chain_given_twice_and_a_leaf_that_is_not_there_are_found(golden: bytes) -> None:
    checker = check.Checker.__new__(check.Checker)
    checker._books = Books()
    parsed = receipt.parse(golden)
    first = ev.decode(parsed.evidence)
    assert first.sequence is not None
    checker._books.handovers[0, "m"] = HandOver(0, "m", "", first.identifier, golden)
    checker._receipts([])
    assert [f.kind for f in checker._books.findings] == ["lost"]


@pytest.fixture
def golden() -> bytes:
    return (Path(__file__).parents[1] / "vectors" / "log" / "golden.tlog-proof").read_bytes()
