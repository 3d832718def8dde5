"""Many submissions in one call."""

from __future__ import annotations

from hub.core.wire.base import Wire
from hub.core.wire.documents import Submitted
from hub.core.wire.problems import Problem


class BatchEnd(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The number of items looked at, and their outcome. `problem`: why the rest was not; send it again, after the time
    it gives."""

    items: int
    accepted: int
    repeated: int
    refused: int
    problem: Problem | None = None


class BatchLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the answer to a batch: the outcome of the item with this `index` (from 0), `submitted` or `problem`
    with the `status` that it would have had alone; or, as the last line, the `end`."""

    index: int | None = None
    status: int = 0
    submitted: Submitted | None = None
    problem: Problem | None = None
    end: BatchEnd | None = None
