"""The memory of a witness: one statement decides, and what was told is on disk."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from hub.core.log import note
from hub.core.log.witness import Known
from hub.core.model import Millis
from hub.witness import folder as folders
from hub.witness.state import State
from tests.support.process import TRUC, free_port
from tests.support.witnesskit import LOG, ORIGIN, History

VKEYS = ["w.example+00000000+x"]


def known(size: int, label: int = 0, at: int = 0) -> Known:
    return Known(size, bytes([label]) * 32, Millis(at))


def test_it_advances_from_what_stands_and_from_nothing_else(tmp_path: Path) -> None:
    with closing(State.create(tmp_path / "s", VKEYS)) as state:
        assert state.known("o") == Known()
        assert not state.advance("o", known(3, 1), known(5, 1), b"out of nothing")
        assert state.advance("o", Known(), known(5, 1), b"five")
        for stale in (Known(), known(4, 1), known(5, 2), known(5, 1, at=1)):
            assert not state.advance("o", stale, known(9, 9), b"nine")
        assert state.known("o") == known(5, 1)
        assert state.advance("o", known(5, 1), known(9, 1), b"nine")
        assert [(log.size, log.note) for log in state.logs()] == [(9, b"nine")]


def test_of_many_threads_over_one_file_one_advances(tmp_path: Path) -> None:
    """Each thread has a connection of its own, as another process would, and read the same state before."""
    path = tmp_path / "s"
    State.create(path, VKEYS).close()
    before = Known()
    for step in range(1, 4):
        gate = threading.Barrier(8)
        won: list[int] = []

        def race(label: int, step: int = step, before: Known = before) -> None:
            with closing(State.open(path, VKEYS)) as state:
                gate.wait()  # noqa: B023
                if state.advance("o", before, known(step, label), b"%d" % label):
                    won.append(label)  # noqa: B023

        threads = [threading.Thread(target=race, args=(label,)) for label in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        with closing(State.open(path, VKEYS)) as state:
            before = state.known("o")
        assert before == known(step, won[0])


KILLED = """
import os, signal, sys, threading
from hub.witness import state
advance, when = state.State.advance, sys.argv[1]

def die():
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # the signal may take another thread first

def dying(self, *arguments):
    if when == "before":
        die()
    advance(self, *arguments)
    die()

state.State.advance = dying
sys.argv = ["truc", *sys.argv[2:]]
from hub.cli.main import main
main()
"""


class WitnessProcess:
    """`truc witness serve` in a process of its own; `dying`: "before" or "after" the checkpoint is kept."""

    def __init__(self, folder: Path, dying: str = "") -> None:
        program = [sys.executable, "-c", KILLED, dying] if dying else list(TRUC)
        self.port = free_port()
        command = ["witness", "serve", "--folder", str(folder), "--log", LOG.verifier.vkey, "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*program, *command, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )

    async def __aenter__(self) -> WitnessProcess:
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        assert line, self.process.stderr and self.process.stderr.read().decode()[-2000:]
        return self

    async def __aexit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        await asyncio.to_thread(self.process.communicate)

    async def add(self, session: aiohttp.ClientSession, request: bytes) -> tuple[int, bytes]:
        """Status and body; 0 where it died."""
        try:
            async with session.post(f"http://127.0.0.1:{self.port}/add-checkpoint", data=request) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, ConnectionError):
            return 0, b""


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_around_keeping_it_never_signs_two_histories(tmp_path: Path, when: str) -> None:
    folder = tmp_path / "w"
    folders.create(folder, "w.example").state.close()
    a, b = History("a"), History("b")
    async with aiohttp.ClientSession() as session:
        async with WitnessProcess(folder, dying=when) as witness:
            assert await witness.add(session, a.request(0, 5)) == (0, b""), "no answer"
            assert await asyncio.to_thread(witness.process.wait) == -signal.SIGKILL
        async with WitnessProcess(folder) as witness:
            status, body = await witness.add(session, b.request(0, 5))
            if when == "before":
                # Nothing was kept and nothing told: this is the first history that it signs.
                assert status == 200
                assert (await witness.add(session, a.request(0, 5)))[0] == 409
                assert (await witness.add(session, a.request(5, 7)))[0] == 422
            else:
                # The answer was lost, the size stands.
                assert (status, body) == (409, b"5\n")
                assert (await witness.add(session, b.request(5, 5)))[0] == 422
                assert (await witness.add(session, b.request(5, 7)))[0] == 422
                status, line = await witness.add(session, a.request(5, 5))
                assert status == 200
                verifier = folders.load(folder).signers[0].verifier
                assert note.open_note(note.attach(a.note(5), line), [verifier]).checkpoint.size == 5


async def test_killed_at_any_moment_all_that_it_ever_signed_is_one_history(tmp_path: Path) -> None:
    """Two histories are offered without pause; each time some were answered the process is killed and started again."""
    folder = tmp_path / "w"
    folders.create(folder, "w.example").state.close()
    histories = [History("a"), History("b")]
    signed: list[tuple[int, str]] = []
    size = 0
    async with aiohttp.ClientSession() as session:
        for round_ in range(3):
            async with WitnessProcess(folder) as witness:
                died = asyncio.Event()

                async def offer(
                    history: History, witness: WitnessProcess = witness, died: asyncio.Event = died
                ) -> None:
                    nonlocal size
                    old = size
                    while not died.is_set():
                        status, body = await witness.add(session, history.request(old, old + 1))
                        if status == 200:
                            signed.append((old + 1, history.label))
                            old = size = old + 1
                        elif status == 409:
                            old = int(body)
                        elif status == 422:
                            old = 0  # it asks again from the beginning, as a liar would
                            await asyncio.sleep(0)
                        else:
                            died.set()

                async def kill(least: int, witness: WitnessProcess = witness, died: asyncio.Event = died) -> None:
                    while len(signed) < least and not died.is_set():  # noqa: ASYNC110
                        await asyncio.sleep(0)
                    os.kill(witness.process.pid, signal.SIGKILL)

                async with asyncio.timeout(30):
                    await asyncio.gather(*map(offer, histories), kill(5 * (round_ + 1)))
    assert len(signed) >= 15
    assert len({label for _, label in signed}) == 1
    assert [size for size, _ in signed] == sorted({size for size, _ in signed})
    opened = folders.load(folder)
    with closing(opened.state) as state:
        assert state.known(ORIGIN).size >= signed[-1][0]
        mine = next(h for h in histories if h.label == signed[0][1])
        assert state.known(ORIGIN).root == mine.grow(state.known(ORIGIN).size).tree.root(state.known(ORIGIN).size)
