"""The records of reminders: documents that wait, told of again or given more time by an operator."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core import wire
from hub.core.wire import Wire

MOST_DOCUMENTS = 150
MOST_DELIVERIES = 2_000
"""Of one call."""
_Id = Annotated[str, msgspec.Meta(max_length=64)]


class Reminder(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`recipient`: of that one alone; left out, of every recipient for whom the document waits."""

    message: _Id
    recipient: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Remind(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`days`: more until they end; 0, to tell of them again alone. `reason`: on record, and told to both ends."""

    items: Annotated[list[Reminder], msgspec.Meta(min_length=1, max_length=MOST_DOCUMENTS)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 0


class Reminded(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome for one item. `recipients` that were told; `ends_at`: the earliest end of these; `problem`, where it
    was done for none of them, or not for all."""

    message: str
    recipients: tuple[str, ...] = ()
    ends_at: str = ""
    problem: wire.Problem | None = None


class RemindedAll(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """In the order of the items, each with its own outcome."""

    items: list[Reminded]
