"""`truc torture`, a few kills of it; and that it finds what it is there to find."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any, Final

import pytest

from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.model import MessageKind
from hub.lab.hub_process import HubProcess
from hub.lab.torture import check, run
from hub.lab.torture.books import BROKEN, DOUBLED, LOST, Books, Submission
from hub.lab.torture.load import Load, of_documents
from hub.lab.torture.run import Options, Report, torture
from hub.witness.folder import STATE_FILE
from tests.support.process import truc


def test_a_hub_that_is_killed_loses_and_doubles_nothing() -> None:
    done = truc("torture", "--kills", "6", "--seed", "11", "--json")
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert (told["kills"], told["lost"], told["doubled"], told["findings"]) == (6, 0, 0, [])
    assert told["acknowledged"] > 20
    assert sum(told["instants"].values()) == 6


# what it finds

_ONE_KILL: Final = Options(kills=1, seed=3, at=("batch.committed",))
Harm = Callable[[HubProcess, Load], Awaitable[None]]


async def _after(harm: Harm, monkeypatch: pytest.MonkeyPatch, *, reading: bool = True) -> Report:
    """What is told of a hub that was killed once, did all its work, and then, while it stood still, was harmed. After
    that mailboxes are read again, unless not `reading`, and it is looked at as always."""
    whole = run._Round._end

    async def harmed(self: run._Round, hub: HubProcess, load: Load, checker: check.Checker) -> None:
        hub.environment = {}  # it dies no more by itself
        await asyncio.to_thread(hub.start)
        await load.finish(20)  # so that there is something to damage
        assert self._books.findings == []
        hub.kill()
        await harm(hub, load)
        if reading:
            load.start()
        monkeypatch.setattr(run, "_FINISH_SECONDS", 3.0)
        await whole(self, hub, load, checker)

    monkeypatch.setattr(run._Round, "_end", harmed)
    report = await asyncio.to_thread(torture, _ONE_KILL, lambda report: None)
    assert all(f.again == "truc torture --seed 3 --kills 1 --at batch.committed" for f in report.findings)
    return report


def _told(report: Report, kind: str) -> list[str]:
    return [finding.what for finding in report.findings if finding.kind == kind]


def _changed(hub: HubProcess, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of the hub's store that this changed, as its RETURNING says."""
    with closing(sqlite3.connect(hub.folder / "data" / "axis.sqlite")) as db, db:
        return db.execute(statement, values).fetchall()


async def test_it_finds_a_number_that_was_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is damaged between the last kill and the end: its findings say so, and how to see it again."""

    async def harm(hub: HubProcess, load: Load) -> None:
        assert _changed(hub, "UPDATE counter SET n = n - 1 WHERE direction = 'mailbox-document' RETURNING n")

    report = await _after(harm, monkeypatch)
    broken = _told(report, BROKEN)
    for beginning in ("the ledger of all differs by ", "fsck: {'what': 'ledger-difference'"):
        assert any(what.startswith(beginning) for what in broken), report.findings


class _Again:
    """One document that was signed for waits once more. `message`, `recipient`: which, and whose."""

    message = recipient = ""

    async def __call__(self, hub: HubProcess, load: Load) -> None:
        ((self.message, self.recipient),) = _changed(
            hub,
            "UPDATE delivery SET state = 0, handed_at = NULL WHERE (message, recipient) = (SELECT message, recipient "
            "FROM delivery WHERE kind = 0 AND state = 1 AND pending IS NULL ORDER BY message, recipient LIMIT 1) "
            "RETURNING (SELECT id FROM message WHERE number = message), recipient",
        )


async def test_it_finds_a_document_that_is_offered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is offered it has signed for it before, and gets a second evidence for it."""
    again = _Again()
    told = _told(await _after(again, monkeypatch), DOUBLED)
    assert f"{again.message} was signed for at {again.recipient} and offered again" in told
    assert any(what.startswith(f"{again.message} was handed over twice: ") for what in told)


async def test_it_finds_a_hand_over_that_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads it any more: the check signs for it again, and that is not the hand-over that was."""
    again = _Again()
    told = _told(await _after(again, monkeypatch, reading=False), DOUBLED)
    assert any(what.startswith(f"{again.message}, signed again at {again.recipient}: ") for what in told)


class _SetBack:
    """The hub does more, then all that it has is what it was before. `later`: what it had acknowledged meanwhile.
    `unseen`: the witness, too, is as it was."""

    def __init__(self, *, unseen: bool) -> None:
        self._unseen = unseen
        self.later: list[Submission] = []

    async def __call__(self, hub: HubProcess, load: Load) -> None:
        data, past = hub.folder / "data", hub.folder / "past"
        shutil.copytree(data, past)
        with (
            closing(sqlite3.connect(hub.folder / "witness" / STATE_FILE)) as witness,
            closing(sqlite3.connect(":memory:")) as remembered,
        ):
            witness.backup(remembered)
            await self._more(hub, load)
            if self._unseen:
                remembered.backup(witness)
        shutil.rmtree(data)
        past.rename(data)

    async def _more(self, hub: HubProcess, load: Load) -> None:
        before = len(load._books.submissions)
        await asyncio.to_thread(hub.start)
        load.start()
        load.allow(4)
        await load.finish(20)
        hub.kill()
        assert load._books.findings == []
        self.later = load._books.submissions[before:]
        assert len(of_documents(self.later)) == 4


async def test_it_finds_that_a_hub_was_set_back_though_nobody_else_can_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store, high-water file and witness agree, and the hub goes on: only the books of the clients tell."""
    back = _SetBack(unseen=True)
    report = await _after(back, monkeypatch)
    lost, broken = _told(report, LOST), _told(report, BROKEN)
    assert not any(what.startswith("the hub is") for what in broken), "it is ready"
    documents = of_documents(back.later)
    for known in documents:
        assert any(what.startswith(f"{known.id} was acknowledged") for what in lost), known.number
        assert any(what.startswith(f"{known.id} (document {known.number}) has no life") for what in lost)
    for known in back.later:
        codes = {what.rpartition(" ")[2] for what in lost if what.startswith(f"{known.id} is not in the outbox of ")}
        assert len(codes) == 1, known.number
        evidence = ev.decode(receipt.parse(known.receipt).evidence).identifier
        assert any(what.startswith(f"the evidence {evidence} is not leaf") for what in lost)
    assert any(what.startswith("the hand-over of ") for what in lost)
    assert any(what.endswith("leaves is of another history") for what in broken)


async def test_it_finds_that_a_hub_was_set_back_and_signs_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The witness knows; the hub says why it takes nothing, and the check waits for no better times."""
    back = _SetBack(unseen=False)
    report = await _after(back, monkeypatch)
    assert any(what.startswith("the hub is halted: ") for what in _told(report, BROKEN)), report.findings
    lost = _told(report, LOST)
    for known in of_documents(back.later):
        assert any(what.startswith(f"{known.id} was acknowledged, and sent again it is Busy") for what in lost)


async def test_it_finds_that_a_hub_ended_by_itself_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it for ever, though every client would."""

    async def alone(self: run._Round, hub: HubProcess, load: Load, checker: check.Checker) -> None:
        hub.environment = {}
        await asyncio.to_thread(hub.start)
        await load.finish(20)
        os.kill(hub.pid, signal.SIGKILL)
        await load.finish(1.0)
        await checker.run()
        await check.ended(hub, self._books)

    monkeypatch.setattr(run._Round, "_end", alone)
    report = await asyncio.to_thread(torture, _ONE_KILL, lambda report: None)
    assert _told(report, LOST) == ["work is under way, and nothing has moved for 1 s"]
    broken = _told(report, BROKEN)
    assert [what.partition(":")[0] for what in broken] == ["the hub does not answer", "at its end"], broken


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
