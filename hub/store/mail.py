"""An agency's own book of arrivals: numbers, the clerk that has a document in hand and until when.

This is the agency's bookkeeping and no evidence. A document's fate stands in the record; where the two differ,
the record is right and the book is put right by its next reader.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from hub.core.model import Millis


class Stage(IntEnum):
    """Where a clerk finds a document."""

    TO_REGISTER = 0  # acknowledged, no arrival number yet
    IN_HAND = 1  # registered
    DONE = 2
    RETURNED = 3
    GONE = 4  # taken back by its sender


LIVE: Final = (Stage.TO_REGISTER, Stage.IN_HAND)


class MailRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document in the book of `agency`.

    year, number    of the arrival, by Vietnam's calendar; 0 = none yet, and once given it stays
    arrived_at      when the agency signed for it
    assignee, due   the clerk that has it in hand, until which day (`yyyy-MM-dd`), as the clerk wrote it
    answer          number and notation of the document by which it was answered
    by              account that registered it
    """

    agency: str
    message: int
    stage: Stage = Stage.TO_REGISTER
    year: int = 0
    number: int = 0
    arrived_at: Millis = Millis(0)
    assignee: str = ""
    due: str = ""
    answer: str = ""
    by: str = ""
