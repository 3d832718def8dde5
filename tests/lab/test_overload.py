"""The overload bench runs, small, and what it claims can fail. Nothing here looks at a clock."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from hub.lab.bench import flood, overload
from hub.lab.bench.flood import Flooder
from hub.lab.bench.overload import REQUIRED, Scale
from hub.lab.http import Reply

TINY = Scale(seconds=1.0, most=150, connections=60)


def test_a_small_flood_loses_nothing() -> None:
    """Every acceptance is in an outbox after kill -9, every refusal said when to come again, fsck finds nothing."""
    found = overload.measure(TINY)
    told = found.flat()
    assert told["wrong"] == ""
    assert [key for key in REQUIRED if not isinstance(told.get(key), float)] == []
    assert found.figures["overload_lost"] == 0
    assert found.figures["overload_accepted"] > TINY.most
    assert msgspec.json.decode(msgspec.json.encode(told)) == told


def answer(status: int, more: str = "", body: bytes = b"{}") -> Reply:
    return Reply(status, f"HTTP/1.1 {status} X\r\n{more}\r\n".encode(), body)


def test_it_counts_what_should_not_have_been_answered() -> None:
    tally = flood._Tally()
    good = b'{"receipt":"c2sp.org/tlog-proof@v1","sha256":"' + b"a" * 64 + b'"}'
    assert tally.take(answer(201, body=good), 0.0, 0)
    assert not tally.take(answer(429, "Retry-After: 2\r\n"), 0.0, 0)
    assert not tally.take(answer(503), 0.0, 0)
    assert not tally.take(answer(201, body=b"{}"), 0.0, 0)
    assert not tally.take(answer(500), 0.0, 0)
    done = tally.done()
    assert (done.accepted, done.refused, done.silent, len(done.wrong)) == (["a" * 64], {429: 1, 503: 1}, 1, 2)


def test_a_flood_leaves_this_machine_for_nobody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stays on this machine"):
        Flooder("http://192.0.2.1:80", tmp_path, tmp_path)
    assert asyncio.iscoroutinefunction(Flooder.obey)
