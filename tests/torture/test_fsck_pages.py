"""A log of more checkpoints than fsck reads at once is as sound as a short one."""

from __future__ import annotations

from pathlib import Path

import pytest

import hub.ops.fsck.log as fsck_log
from hub.ops.fsck import Fsck
from tests.record.faults import refusal_of
from tests.support.axis import SON_LA, VPCP, Clock, an_axis


@pytest.mark.parametrize("page", [3, 7, 1_000])
async def test_no_checkpoint_is_taken_for_one_inside_a_batch(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(fsck_log, "PAGE", page)
    clock = Clock()
    async with an_axis(tmp_path, keys, clock) as axis:
        for n in range(40):
            clock.forward(1_000)
            await axis.exchange.sequencer.submit(refusal_of(n))
        await axis.send(VPCP, SON_LA)
        exchange, verifiers = axis.exchange, list(axis.log.verifiers)
        fsck = Fsck(exchange.store, exchange.blobs, axis.log.origin, verifiers, lambda what, n: None)
        assert [fault async for fault in fsck.run()] == []
        assert fsck.counts["checkpoints"] >= 41
