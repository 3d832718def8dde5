"""The witness over real HTTP, one row for each thing that may be wrong with a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core.errors import ProofInvalid
from hub.core.log import note
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.log.merkle import EMPTY_ROOT
from hub.core.log.witness import SIZE_TYPE, AddCheckpoint, origin_hash
from hub.witness import folder as folders
from hub.witness.service import Witness
from hub.witness.state import StateError
from hub.witness.web import MAX_BODY
from tests.support.axis import NOON, Clock
from tests.support.witnesskit import LOG, ORIGIN, History, Reply, Served, a_witness

A, B = History("a"), History("b")
STRANGER = Signer.from_seed("stranger.example/log", bytes(32))
IMPOSTOR = Signer.from_seed(ORIGIN, bytes(32))  # the log's name, another key
TEXT = "text/plain; charset=utf-8"


@pytest_asyncio.fixture
async def witness(tmp_path: Path) -> AsyncIterator[Served]:
    """It has cosigned five leaves of history A."""
    async with a_witness(tmp_path / "w1") as served:
        assert (await served.add(A.request(0, 5))).status == 200
        yield served


def changed(request: bytes, old: bytes, new: bytes) -> bytes:
    assert request.count(old) >= 1
    return request.replace(old, new)


def without_signature() -> bytes:
    return A.request(5, 8).rsplit("— ".encode(), 1)[0]


def of_empty_tree(root: bytes) -> bytes:
    signed = note.sign(Checkpoint(ORIGIN, 0, root), [LOG])
    return AddCheckpoint(0, (), signed).encode()


def with_proof(old: int, size: int, *proof: bytes, history: History = A) -> bytes:
    return AddCheckpoint(old, proof, history.note(size)).encode()


REFUSED: dict[str, tuple[Callable[[], bytes], int]] = {
    "empty": (lambda: b"", 400),
    "no old line": (lambda: A.note(8), 400),
    "old with a sign": (lambda: changed(A.request(5, 8), b"old 5", b"old +5"), 400),
    "old with a leading zero": (lambda: changed(A.request(5, 8), b"old 5", b"old 05"), 400),
    "old beyond 2^63": (lambda: changed(A.request(5, 8), b"old 5", b"old 9223372036854775808"), 400),
    "carriage returns": (lambda: A.request(5, 8).replace(b"\n", b"\r\n"), 400),
    "not utf-8": (lambda: A.request(5, 8) + b"\xff", 400),
    "64 proof lines": (lambda: with_proof(5, 8, *[bytes(32)] * 64), 400),
    "a short hash": (lambda: changed(A.request(5, 8), b"\n\n", b"\nAAAA\n\n"), 400),
    "a hash in loose base64": (lambda: changed(A.request(5, 8), b"=\n\n", b" =\n\n"), 400),
    "no signature line": (without_signature, 400),
    "extension lines": (lambda: changed(A.request(5, 8), b"=\n\n\xe2", b"=\nextension\n\n\xe2"), 400),
    "old above the size": (lambda: AddCheckpoint(9, (), A.note(8)).encode(), 400),
    "an unknown log": (lambda: History("a", STRANGER).request(0, 5), 404),
    "an unknown log, and signed by a known one": (lambda: History("a", STRANGER).request(0, 5, STRANGER, LOG), 404),
    "signed by another with the log's name": (lambda: A.request(5, 8, IMPOSTOR), 403),
    "signed by a stranger only": (lambda: A.request(5, 8, STRANGER), 403),
    "a signature over another size": (lambda: changed(A.request(5, 8), b"\n8\n", b"\n7\n"), 403),
    "old as before the first": (lambda: A.request(0, 8), 409),
    "old below what was signed": (lambda: A.request(3, 8), 409),
    "old above what was signed": (lambda: A.request(6, 8), 409),
    "an older checkpoint": (lambda: A.request(3, 4), 409),
    "no proof": (lambda: with_proof(5, 8), 422),
    "a proof too long": (lambda: with_proof(5, 8, *A.tree.consistency(5, 8), bytes(32)), 422),
    "a proof too short": (lambda: with_proof(5, 8, *A.tree.consistency(5, 8)[:-1]), 422),
    "the proof of another size": (lambda: with_proof(5, 8, *A.grow(9).tree.consistency(4, 8)), 422),
    "siblings swapped": (lambda: with_proof(5, 8, *reversed(A.tree.consistency(5, 8))), 422),
    "another history, with its own proof": (lambda: B.request(5, 8), 422),
    "another history of the same size": (lambda: B.request(5, 5), 422),
    "the same size with a proof": (lambda: with_proof(5, 5, bytes(32)), 422),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_refused(witness: Served, case: str) -> None:
    A.grow(9), B.grow(9)
    make, status = REFUSED[case]
    reply = await witness.add(make())
    assert reply.status == status, reply
    if status == 409:
        assert reply == Reply(409, SIZE_TYPE, b"5\n")
    else:
        assert reply.kind == TEXT
        assert "—".encode() not in reply.body
    assert witness.opened.state.known(ORIGIN).size == 5
    # and it goes on as if nothing had been
    assert (await witness.add(A.request(5, 6))).status == 200


async def test_what_contradicts_is_kept_and_told_but_mere_errors_are_not(witness: Served, tmp_path: Path) -> None:
    fork = B.request(5, 8)
    for request in (fork, fork, B.request(5, 5), A.request(3, 8), A.request(5, 8, IMPOSTOR), b"old"):
        await witness.add(request)
    kept = witness.opened.state.contradictions()
    assert sorted((c.origin, c.size) for c in kept) == [(ORIGIN, 5), (ORIGIN, 8)]
    assert next(c.request for c in kept if c.size == 8) == fork
    # it convicts the log's key: two roots of one size under one signature
    theirs = note.open_note(fork.partition(b"\n\n")[2], [LOG.verifier]).checkpoint
    ours = note.open_note(A.note(8), [LOG.verifier]).checkpoint
    assert theirs.size == ours.size
    assert theirs.root != ours.root


async def test_the_cosignature_verifies_and_states_the_clock(tmp_path: Path) -> None:
    clock = Clock(NOON + 1_999)
    async with a_witness(tmp_path / "w", clock=clock) as served:
        reply = await served.add(A.request(0, 5))
        assert (reply.status, reply.kind) == (200, TEXT)
        signed = note.attach(A.note(5), reply.body)
        opened = note.open_note(signed, [LOG.verifier, served.verifier])
        assert [(s.verifier, s.at) for s in opened.signed] == [(LOG.verifier, None), (served.verifier, NOON + 1_000)]
        assert served.verifier.algorithm is Algorithm.COSIGNATURE

        clock.forward(60_000)
        again = await served.add(A.request(5, 5))
        later = note.open_note(note.attach(A.note(5), again.body), [served.verifier])
        assert later.signed[0].at == NOON + 61_000, "the same size again: a fresh statement"

        clock.forward(-120_000)
        behind = await served.add(A.request(5, 6))
        assert behind.status == 503, "it states no time before the one it stated"
        assert served.opened.state.known(ORIGIN).size == 5


async def test_the_first_checkpoint_may_be_any_and_the_empty_tree_is_one(tmp_path: Path) -> None:
    async with a_witness(tmp_path / "w") as served:
        assert (await served.add(of_empty_tree(bytes(32)))).status == 422
        assert (await served.add(with_proof(0, 5, bytes(32)))).status == 422
        assert (await served.add(of_empty_tree(EMPTY_ROOT))).status == 200
        assert (await served.add(A.request(0, 5))).status == 200
        assert (await served.add(of_empty_tree(EMPTY_ROOT))) == Reply(409, SIZE_TYPE, b"5\n")


async def test_two_keys_of_the_witness_sign_both_and_unknown_lines_are_ignored(tmp_path: Path) -> None:
    second = Signer.from_seed(ORIGIN, bytes(range(32, 64)), Algorithm.ML_DSA_44)
    async with a_witness(tmp_path / "w", [LOG.verifier, second.verifier], post_quantum=True) as served:
        assert (await served.add(A.request(0, 5, LOG, second, STRANGER))).status == 200
        reply = await served.add(A.request(5, 7, STRANGER, second))
        assert reply.status == 200, "either key of the log will do"
        keys = [signer.verifier for signer in served.opened.signers]
        assert [k.algorithm for k in keys] == [Algorithm.COSIGNATURE, Algorithm.ML_DSA_44]
        opened = note.open_note(note.attach(A.note(7), reply.body), [LOG.verifier, *keys])
        assert [s.verifier for s in opened.signed] == [LOG.verifier, *keys]

        spoilt = A.request(7, 9, LOG, second)
        line = spoilt.decode().splitlines()[-1]
        bad = line[:-40] + ("A" if line[-40] != "A" else "B") + line[-39:]
        assert (await served.add(spoilt.replace(line.encode(), bad.encode()))).status == 403, "a known key's bad line"


async def test_several_logs_do_not_disturb_each_other(tmp_path: Path) -> None:
    other = History("x", STRANGER)
    async with a_witness(tmp_path / "w", [LOG.verifier, STRANGER.verifier]) as served:
        assert (await served.add(A.request(0, 5))).status == 200
        assert (await served.add(other.request(0, 3))).status == 200
        assert (await served.add(A.request(5, 6))).status == 200
        assert [(log.origin, log.size) for log in served.opened.state.logs()] == [
            (ORIGIN, 6),
            ("stranger.example/log", 3),
        ]


async def test_what_it_signed_last_can_be_read_with_the_true_lines_only(witness: Served) -> None:
    await witness.add(A.request(5, 7, LOG, STRANGER))
    reply = await witness.get(f"/{origin_hash(ORIGIN)}/checkpoint")
    assert (reply.status, reply.kind) == (200, TEXT)
    assert [line.name for line in note.parse(reply.body).lines] == [ORIGIN, "w1.example"]
    assert note.open_note(reply.body, [witness.verifier]).checkpoint.size == 7
    for path in (f"/{origin_hash('other')}/checkpoint", "/x/checkpoint", "/nothing"):
        assert (await witness.get(path)).status == 404
    assert (await witness.get("/healthz")).body == b"ok\n"
    assert (await witness.get("/add-checkpoint")).status == 405


async def test_bodies_are_bounded_declared_or_not(witness: Served) -> None:
    assert (await witness.add(b"x" * (MAX_BODY + 1))).status == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1 + MAX_BODY // 65_536):
            yield b"x" * 65_536

    async with witness.session.post(f"{witness.url}/add-checkpoint", data=endless()) as response:
        assert response.status == 413
    assert (await witness.add(A.request(5, 6))).status == 200


async def test_of_two_histories_at_once_one_is_signed(tmp_path: Path) -> None:
    """Thirty requests at the same moment, half of them for another history: every answer is of the same one."""
    async with a_witness(tmp_path / "w") as served:
        requests = [history.request(0, size) for size in range(1, 16) for history in (A, B)]
        replies = await asyncio.gather(*(served.add(request) for request in requests))
        signed = [request for request, reply in zip(requests, replies, strict=True) if reply.status == 200]
        assert len(signed) == 1
        assert {reply.status for reply in replies} == {200, 409}
        size = served.opened.state.known(ORIGIN).size
        assert {reply.body for reply in replies if reply.status == 409} == {f"{size}\n".encode()}


def test_a_folder_is_made_once_and_its_halves_belong_together(tmp_path: Path) -> None:
    first = folders.create(tmp_path / "a", "a.example")
    other = folders.create(tmp_path / "b", "b.example")
    for opened in (first, other):
        opened.state.close()
    assert (tmp_path / "a" / folders.KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a" / folders.STATE_FILE).stat().st_mode & 0o777 == 0o600
    with pytest.raises(StateError, match="is there already"):
        folders.create(tmp_path / "a", "a.example")
    (tmp_path / "b" / folders.STATE_FILE).replace(tmp_path / "a" / folders.STATE_FILE)
    with pytest.raises(StateError, match="not the state of the witness with this key"):
        folders.load(tmp_path / "a")
    with pytest.raises(StateError, match="without its memory"):
        folders.load(tmp_path / "b")
    with pytest.raises(StateError, match="truc witness init"):
        folders.load(tmp_path / "none")
    (tmp_path / "b" / folders.STATE_FILE).write_bytes(b"no database at all, but long enough to look like something")
    with pytest.raises(StateError):
        folders.load(tmp_path / "b")
    (tmp_path / "b" / folders.KEY_FILE).chmod(0o640)
    with pytest.raises(StateError, match="read by others"):
        folders.load(tmp_path / "b")


def test_a_log_may_not_be_its_own_witness_nor_a_witness_a_log(tmp_path: Path) -> None:
    opened = folders.create(tmp_path / "w", "w.example")
    own = Signer.from_seed("log.example", opened.signers[0].seed)
    for wrong in (own.verifier, Signer.from_seed("w2", bytes(32), Algorithm.COSIGNATURE).verifier):
        with pytest.raises(ProofInvalid):
            Witness(opened.signers, [wrong], opened.state, Clock())
    opened.state.close()


def test_contradictions_are_bounded(tmp_path: Path) -> None:
    opened = folders.create(tmp_path / "w", "w.example")
    witness = Witness(opened.signers, [LOG.verifier], opened.state, Clock())
    witness.add_checkpoint(A.request(0, 5))
    for size in range(6, 126):
        with pytest.raises(Exception, match=r"not consistent|nothing to prove"):
            witness.add_checkpoint(B.request(5, size))
    assert len(opened.state.contradictions()) == 100
    assert opened.state.logs()[0].contradictions == 100
    opened.state.close()
