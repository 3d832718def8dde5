"""`truc torture`, a few kills of it; and that it finds what it is there to find."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.core.model import MessageKind
from hub.simulate.hubs import HubProcess
from hub.torture import check, stage
from hub.torture.books import Books, Submission
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


async def test_it_finds_a_number_that_was_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is damaged between the last kill and the end: its findings say so, and how to see it again."""
    harm = _sql("UPDATE counter SET n = n - 1 WHERE direction = 'mailbox-document'")
    whole = stage._Round._end

    async def damaged(self: stage._Round, hub: HubProcess, load: Load, checker: check.Checker) -> None:
        await asyncio.to_thread(hub.start)
        await load.finish(20)  # so that there is something to damage
        hub.kill()
        await asyncio.to_thread(harm, hub.folder / "data")
        load.start()
        monkeypatch.setattr(stage, "_FINISH_SECONDS", 3.0)
        await whole(self, hub, load, checker)

    monkeypatch.setattr(stage._Round, "_end", damaged)
    options = Options(kills=1, seed=3, at=("batch.committed",))
    report: Report = await asyncio.to_thread(torture, options, lambda report: None)
    assert "broken" in {finding.kind for finding in report.findings}, report.findings
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
