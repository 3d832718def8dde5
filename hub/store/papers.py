"""An agency's own papers on its desk: drafts, groups of recipients, its leader's directions, and how a
line of its registers was corrected.

None of it is evidence and nothing of it goes over the axis. Directions and corrections are kept as they were written:
a later one stands beside an earlier one, never in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple, Protocol

import msgspec

from hub.core.model import Millis


class Paper(IntEnum):
    DRAFT = 1
    GROUP = 2
    DIRECTION = 3
    CORRECTION = 4


KEPT: Final = (Paper.DIRECTION, Paper.CORRECTION)
"""Kinds that are never changed and never deleted."""


class PaperRow(msgspec.Struct, frozen=True, kw_only=True):
    """`number`: from 1 on, of one agency and kind. `about`: the message that it is about, 0 = none. `name`: of one
    agency and kind once, where it is not empty. `at`, `by`: when and by whom it was written."""

    agency: str
    kind: Paper
    number: int
    about: int = 0
    name: str = ""
    at: Millis = Millis(0)
    by: str = ""
    entry: bytes = b""


class Held(NamedTuple):
    """An agency's papers of a kind. `last`: the highest number."""

    papers: int
    size: int
    last: int


class PaperWriting(Protocol):
    """The part of a transaction that is about papers."""

    def paper(self, agency: str, kind: Paper, number: int) -> PaperRow | None: ...
    def paper_named(self, agency: str, kind: Paper, name: str) -> PaperRow | None: ...
    def papers_held(self, agency: str, kind: Paper) -> Held: ...
    def last_paper(self, agency: str, kind: Paper) -> int:
        """The highest number, 0 where there is none."""

    def papers_about(self, agency: str, kind: Paper, messages: Sequence[int]) -> list[PaperRow]: ...
    def put_paper(self, row: PaperRow) -> None:
        """Add it, or replace the one of that number; one of `KEPT` is not replaced."""

    def drop_paper(self, agency: str, kind: Paper, number: int) -> None:
        """None of `KEPT` is dropped."""


class PaperReading(Protocol):
    """The part of a store that is about papers."""

    async def paper(self, agency: str, kind: Paper, number: int) -> PaperRow | None: ...
    async def paper_named(self, agency: str, kind: Paper, name: str) -> PaperRow | None: ...
    async def papers(self, agency: str, kind: Paper, limit: int, before: int | None = None) -> list[PaperRow]:
        """Newest first; `before` is the number of the last one seen."""

    async def papers_about(self, agency: str, kind: Paper, messages: Sequence[int]) -> list[PaperRow]:
        """Those about any of these, in the order in which they were written."""
