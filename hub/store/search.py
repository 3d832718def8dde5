"""The contract of a search: the indexed parts of a document, and the questions to the index.

The index is derived. Everything in it stands in the record as well; it may be thrown away at any time, and is made
again from there. `Mark` says how far it is: newest documents are taken in as they come, older ones behind them, from
the newest back to the first. Entries and mark change together: after a kill at any instant the index holds exactly the
documents of the mark.

Words are folded (`hub.core.words`) before they come here, those of a query and those of a document alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from hub.core.edxml.detail import Notable
from hub.core.model import DeliveryState, Millis

T = TypeVar("T")

SAID, CODE, SENDER, NAMES, TAGS, PLACED = COLUMNS = ("said", "code", "sender", "names", "tags", "placed")
"""Its sender's words (subject, type, signer, files); number and notation; the sender's name; the recipients' names;
tags of the document; tags of its recipients. The right to search is for `hub.access` to say."""


class Entry(msgspec.Struct, frozen=True):
    """A document's words, by column."""

    number: int
    said: str = ""
    code: str = ""
    sender: str = ""
    names: str = ""
    tags: str = ""
    placed: str = ""


class Mark(msgspec.Struct, frozen=True):
    """Every document with a number from `low` up to, not including, `high` is in the index. `last`: identifier of the
    message before `high`, by which a record that was set back is noticed."""

    low: int
    high: int
    last: str = ""


class Phrase(msgspec.Struct, frozen=True):
    """Folded words in a row."""

    words: tuple[str, ...]


class OneOf(msgspec.Struct, frozen=True):
    """One of the phrases stands in one of the columns."""

    columns: tuple[str, ...]
    phrases: tuple[Phrase, ...]


Branch = tuple[OneOf, ...]
"""All of these."""
Match = tuple[Branch, ...]
"""One of these; nothing matches where there is none."""

NEWEST: Final = 1 << 62


class Span(msgspec.Struct, frozen=True):
    """Numbers from `low` up to, not including, `high`; from which end."""

    low: int = 1
    high: int = NEWEST
    oldest: bool = False


class Bill:
    """Seconds of processor that a question has cost so far."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, work: Callable[..., T]) -> Callable[..., T]:
        def run(*args: object) -> T:
            began = time.thread_time()
            try:
                return work(*args)
            finally:
                self.seconds += time.thread_time() - began

        return run


class Among(msgspec.Struct, frozen=True):
    """Which documents stand, by the record itself: those that one of `parties` sent or was sent (None: anybody's), and,
    with `state`, where a delivery that they may see has it, to `recipient` where one is named."""

    parties: tuple[str, ...] | None = None
    state: DeliveryState | None = None
    recipient: str = ""


class Search(Protocol):
    """The index."""

    async def mark(self) -> Mark | None:
        """How far it is; None for an empty one."""

    async def index(self, entries: Sequence[Entry], mark: Mark) -> None:
        """Take these in, none of which is there yet, and say how far it is; all of it or nothing."""

    async def tidy(self) -> bool:
        """A little of the work that makes it quick to ask; False when there is nothing to do."""

    async def reset(self) -> None:
        """Empty it."""

    async def matching(
        self, bill: Bill, match: Match, span: Span, limit: int, among: Sequence[int] | None = None
    ) -> list[int]:
        """Numbers of the first `limit` documents of the span that match; with `among` only of those in it."""


class Finder(Protocol):
    """A search's questions to the record itself."""

    async def first_from(self, bill: Bill, at: Millis) -> int:
        """The number of the first message accepted at that time or later."""

    async def numbered(self, bill: Bill, span: Span, limit: int) -> list[int]:
        """The first documents of the span."""

    async def notable(self, what: Notable, low: int, limit: int) -> list[int]:
        """The first messages from number `low` on that were accepted as notable for that."""

    async def newest(self) -> int:
        """The number of the last message; 0 before the first."""

    async def in_state(self, bill: Bill, state: DeliveryState, span: Span, limit: int) -> list[int]:
        """The first messages of the span with a delivery in that state, which is any but handed over."""

    async def recipients(self, bill: Bill, numbers: Sequence[int]) -> dict[int, list[str]]:
        """To whom each of these went, by their codes."""

    async def standing(self, bill: Bill, numbers: Sequence[int], among: Among) -> set[int]:
        """Those of these that are documents and stand."""
