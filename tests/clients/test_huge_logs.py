"""Logs that claim more than there is, or more than a reader should hold: the reader says so and keeps its memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from clients.log_copy import copy
from clients.log_source import MAX_FILE, FolderSource, Missing, put
from clients.monitor import MAX_BUNDLE, Outcome, audit
from hub.core.audit.findings import Findings, What
from hub.core.audit.log import LogCheck
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence.format import Kind
from hub.core.log import note, policy
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.merkle import TILE_WIDTH
from hub.core.log.tiles import encode_entries
from hub.core.model import Millis
from tests.support.axis import NOON

ORIGIN = "huge.example/log"
KEY = Signer.from_seed(ORIGIN, bytes(32))
POLICY = policy.parse(f"log {KEY.verifier.vkey}\nquorum none\n")
HUGE = 1 << 40
MB = 1024 * 1024


class Claims:
    """A log that signs any size, and serves `full` bundles of `entry`."""

    live = has_partial_tiles = has_objects = False

    def __init__(self, size: int, full: int, entry: bytes = b"x" * 34) -> None:
        self.asked = 0
        self._note = note.sign(Checkpoint(ORIGIN, size, bytes(32)), [KEY])
        self._full = full
        self._bundle = encode_entries([entry] * TILE_WIDTH)

    async def checkpoint(self, cosigned: bool = False) -> bytes:
        return self._note

    async def tile(self, level: int, n: int, width: int) -> bytes:
        raise Missing(f"{level}/{n}")

    async def entries(self, n: int, width: int) -> bytes:
        self.asked += 1
        if n >= self._full:
            raise Missing(f"entries/{n}")
        return self._bundle

    async def objects(self, start: int, count: int) -> list[bytes]:
        raise NotImplementedError


async def audited(log: Claims) -> tuple[Outcome, int]:
    """The outcome, and bytes that the audit held at most."""
    tracemalloc.start()
    try:
        outcome = await audit(log, POLICY, NOON, tiles=False)
        return outcome, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [HUGE, (1 << 62) + 77])
async def test_an_audit_of_a_size_that_nobody_has_ends_where_the_entries_end(size: int) -> None:
    log = Claims(size, full=40)
    outcome, held = await audited(log)
    assert outcome.findings
    assert outcome.state is None
    assert log.asked < 100
    assert held < 16 * MB


async def test_a_copy_of_it_too(tmp_path: Path) -> None:
    log = Claims(HUGE, full=0)
    tracemalloc.start()
    try:
        with pytest.raises(ProofInvalid):
            await copy(log, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 16 * MB
    finally:
        tracemalloc.stop()
    assert log.asked <= 16
    assert not (tmp_path / "checkpoint").exists()


async def test_bundles_that_are_large_without_need_are_refused() -> None:
    log = Claims(HUGE, full=1 << 30, entry=b"x" * 65_535)
    outcome, held = await audited(log)
    assert {finding.what for finding in outcome.findings} == {What.ENTRIES_UNREADABLE}
    assert str(MAX_BUNDLE) in outcome.findings[0].expected
    assert held < 64 * MB


async def test_a_folders_files_are_read_as_far_as_they_may_go(tmp_path: Path) -> None:
    put(tmp_path, "checkpoint", b"")
    with (tmp_path / "checkpoint").open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(ProofInvalid, match=str(MAX_FILE)):
        await FolderSource(tmp_path).checkpoint()


def fed(check: LogCheck, count: int, kind: Kind = Kind.RELEASE) -> None:
    content = b"{}"
    part: Sequence[bytes] = [ev.entry(kind, content)] * 4096
    for _ in range(count // 4096):
        check.add(part, [content] * 4096)


def test_hashes_are_not_kept_for_anchors_that_never_come(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 8 * 4096
    monkeypatch.setattr("hub.core.audit.record.MOST_BEHIND", most)
    findings = Findings()
    check = LogCheck.begin(ORIGIN, findings, objects=True)
    fed(check, 4 * most)
    assert check.record is not None
    assert check.record.anchor >= 3 * most
    assert len(check._tiles) * TILE_WIDTH <= 2 * most
    check.finish(Checkpoint(ORIGIN, check.tree.size, check.tree.root()), Millis(NOON))
    assert not findings
