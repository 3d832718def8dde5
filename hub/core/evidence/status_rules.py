"""The rules for sending a status after another: the table of QCVN 102's status codes, as a table.

A delivery has a *state* (the axis' own, `DeliveryState`) and a *progress*: the last of 01..06 that its recipient
reported. A status message is checked against one row of `RULES`; its effect on the delivery, and the evidence it
leaves, stands in the same row. Codes 15 and 16 answer a *pending* request: a take-back (status 13 or a message of type
1), an update that removed the receiver (type 2), or a replacement (type 3).

    01 arrived ─► 02 refused (final)
         │
         └─► 03 accepted ─► 04 assigned ⇄ 05 in progress ─► 06 finished
    13 from the document's sender: never offered → taken back at once; offered or handed over → pending
    15, 16 of the recipient to that: taken back | stays as it is

Source: QCVN 102:2016/BTTTT; NĐ 30/2020 Art. 18.4 and Annex VI; ETSI EN 319 522-1 for the events.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from hub.core.errors import StatusNotYours, StatusOutOfOrder
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, StatusCode


class Party(StrEnum):
    """A status comes from one of the two ends of a delivery."""

    SENDER = "sender"
    RECIPIENT = "recipient"


class Answer(StrEnum):
    """Whether a status needs an open request, and its effect on it."""

    NONE = "none"  # has nothing to do with requests
    CLOSES = "closes"  # needs a pending request, or an update, and answers it


class Rule(NamedTuple):
    by: Party
    states: frozenset[DeliveryState]
    after: frozenset[str]  # progress codes it may follow; "" = none reported yet
    event: Event
    moves_to: DeliveryState | None = None
    answer: Answer = Answer.NONE
    reason_required: bool = False


_HELD: Final = frozenset({DeliveryState.HANDED_OVER})
_ASKED: Final = frozenset({DeliveryState.WAITING, DeliveryState.HANDED_OVER})
"""The states from which a delivery may be asked back; while it waits, a request that is pending lets its recipient
answer."""
_ANY_PROGRESS: Final = frozenset({"", "01", "03", "04", "05", "06"})

RULES: Final[dict[StatusCode, Rule]] = {
    StatusCode.ARRIVED: Rule(Party.RECIPIENT, _HELD, frozenset({""}), Event.BUSINESS_STATUS),
    StatusCode.REFUSED: Rule(
        Party.RECIPIENT,
        _HELD,
        frozenset({"", "01"}),
        Event.CONSIGNMENT_REJECTION,
        DeliveryState.REFUSED,
        reason_required=True,
    ),
    StatusCode.ACCEPTED: Rule(Party.RECIPIENT, _HELD, frozenset({"", "01"}), Event.CONSIGNMENT_ACCEPTANCE),
    StatusCode.ASSIGNED: Rule(Party.RECIPIENT, _HELD, frozenset({"03", "04", "05"}), Event.BUSINESS_STATUS),
    StatusCode.IN_PROGRESS: Rule(Party.RECIPIENT, _HELD, frozenset({"03", "04", "05"}), Event.BUSINESS_STATUS),
    StatusCode.FINISHED: Rule(Party.RECIPIENT, _HELD, frozenset({"03", "04", "05"}), Event.BUSINESS_STATUS),
    StatusCode.TAKE_BACK: Rule(
        Party.SENDER,
        _ASKED,
        _ANY_PROGRESS,
        Event.RECALL_REQUEST,
        reason_required=True,
    ),
    StatusCode.AGREED: Rule(
        Party.RECIPIENT,
        _ASKED,
        _ANY_PROGRESS,
        Event.RECALL_CONFIRMED,
        DeliveryState.TAKEN_BACK,
        Answer.CLOSES,
    ),
    StatusCode.DISAGREED: Rule(
        Party.RECIPIENT, _ASKED, _ANY_PROGRESS, Event.RECALL_REFUSED, None, Answer.CLOSES, reason_required=True
    ),
}

PROGRESS: Final = frozenset(
    {
        StatusCode.ARRIVED,
        StatusCode.REFUSED,
        StatusCode.ACCEPTED,
        StatusCode.ASSIGNED,
        StatusCode.IN_PROGRESS,
        StatusCode.FINISHED,
    }
)
"""The codes that a delivery remembers as its progress."""


def check(code: StatusCode, party: Party, state: DeliveryState, progress: str) -> Rule:
    """The rule that lets `code` follow; StatusNotYours or StatusOutOfOrder when none does."""
    rule = RULES[code]
    if party is not rule.by:
        raise StatusNotYours(expected=f"{code} from the {rule.by}", found=f"from the {party}")
    if state not in rule.states:
        raise StatusOutOfOrder(
            expected=f"{code} while the delivery is {' or '.join(sorted(rule.states))}", found=state.value
        )
    if progress not in rule.after:
        wanted = ", ".join(p or "nothing" for p in sorted(rule.after))
        raise StatusOutOfOrder(expected=f"{code} after {wanted}", found=progress or "nothing")
    return rule
