"""Whatever fsck reads at a time, a sound record is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.audit.kit import faults_in, lived
from tests.support.axis import an_axis


@pytest.mark.parametrize("page", [1, 3, 7])
async def test_checkpoints_that_end_within_a_page_of_leaves_are_no_fault(
    tmp_path: Path, keys: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More small batches than fit a page: the next checkpoints were not known yet, and were taken for none."""
    async with an_axis(tmp_path, keys) as axis:
        await lived(axis)
    monkeypatch.setattr("hub.ops.fsck.log.PAGE", page)
    assert await faults_in(tmp_path, keys) == []
