"""Step 7 of an audit: whether the events of one document make a life that could have been.

The rule, for each recipient of the acceptance: a delivery waits until it is handed over, refused by its content, taken
back or expired, exactly one of them, by the time that the acceptance named (`x-due`); what was handed over may be
accepted once (03), refused (02) or given back after that, and nothing follows an end. `STEPS` is this rule as a table.
Events that are not in it (looks, exports, warnings of operators, retention, notifications) change nothing.

For all of them: times do not run backwards along the log, and where two evidence follow each other in the chain of one
agency (`x-seq` n and n + 1), the second names the digest of the first.

NOT checked: that no evidence was left out of the bundle. What one side withholds, the other side, the auditor's own
reading of the log, or a gap in `x-seq` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from hub.core.bundle_log import Entry
from hub.core.errors import ProofInvalid
from hub.core.evidence import Event
from hub.core.model import Millis, from_iso_utc, iso_utc

LATE: Final = 3_600_000
"""ms after `x-due` until which a hub that was down may have ended a delivery."""


class Stage(StrEnum):
    """Where a delivery is, as its evidence shows it."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"


_HELD: Final = (Stage.HANDED_OVER, Stage.ACCEPTED)


def _stay(*stages: Stage) -> dict[Stage, Stage]:
    return {stage: stage for stage in stages}


STEPS: Final[Mapping[Event, Mapping[Stage, Stage]]] = {
    Event.HANDOVER_WARNING: _stay(Stage.WAITING),
    Event.CONTENT_HANDOVER: {Stage.WAITING: Stage.HANDED_OVER},
    Event.CONSIGNMENT_ACCEPTANCE: {Stage.HANDED_OVER: Stage.ACCEPTED},
    Event.CONSIGNMENT_REJECTION: {Stage.WAITING: Stage.REFUSED, Stage.HANDED_OVER: Stage.REFUSED},
    Event.BUSINESS_STATUS: _stay(*_HELD),
    Event.RECALL_REFUSED: _stay(*_HELD),
    Event.RECALL_CONFIRMED: dict.fromkeys((Stage.WAITING, *_HELD), Stage.TAKEN_BACK),
    Event.ACCEPTANCE_REJECTION_EXPIRY: {Stage.WAITING: Stage.EXPIRED},
    Event.CONTENT_HANDOVER_FAILURE: _stay(Stage.WAITING, Stage.EXPIRED, Stage.TAKEN_BACK),
}
"""Event → from which stage it leads to which. Anything else is no life."""


def check(entries: Sequence[Entry], recipients: Sequence[str], as_of: Millis) -> dict[str, Stage]:
    """The stage of each of these recipients. ProofInvalid if a rule is broken.

    `entries`: by leaf, with the acceptance among them; `as_of`: the latest time that the bundle proves.
    """
    _check_times(entries)
    _check_chains(entries)
    stages = dict.fromkeys(recipients, Stage.WAITING)
    for entry in entries:
        _apply(entry, stages)
    due = next((e.evidence.due for e in entries if e.evidence.event is Event.SUBMISSION_ACCEPTANCE), "")
    late = [code for code, stage in stages.items() if stage is Stage.WAITING]
    if late and due and as_of > from_iso_utc(due) + LATE:
        expected = f"an end by {due} for {', '.join(late[:10])}"
        raise ProofInvalid(expected=expected, found=f"none at {iso_utc(as_of)}")
    return stages


def _apply(entry: Entry, stages: dict[str, Stage]) -> None:
    event = entry.evidence.event
    step = STEPS.get(event)
    if step is None:
        return
    for code in (party.identifier for party in entry.evidence.recipients):
        if code not in stages:
            raise ProofInvalid(expected="events of the recipients of this view", found=f"{event.short} of {code}")
        if stages[code] not in step:
            expected = f"{event.short} after {' or '.join(step)}"
            raise ProofInvalid(expected=expected, found=f"leaf {entry.leaf}: {code} {stages[code]}")
        stages[code] = step[stages[code]]


def _check_times(entries: Sequence[Entry]) -> None:
    first = entries[0]
    if first.evidence.event is not Event.SUBMISSION_ACCEPTANCE:
        raise ProofInvalid(expected="the acceptance first", found=first.evidence.event.short)
    for before, after in pairwise(entries):
        if after.evidence.at < before.evidence.at:
            expected = f"leaf {after.leaf} not before {before.evidence.event_time}"
            raise ProofInvalid(expected=expected, found=after.evidence.event_time)


def _check_chains(entries: Sequence[Entry]) -> None:
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for entry in entries:
        sequence = entry.evidence.sequence
        if sequence is None:
            continue
        chain = (sequence.agency, sequence.direction)
        n, digest = last.get(chain, (0, ""))
        where = f"{sequence.agency} {sequence.direction}"
        if sequence.n <= n:
            raise ProofInvalid(expected=f"x-seq of {where} above {n}", found=str(sequence.n))
        if n and sequence.n == n + 1 and sequence.previous != digest:
            raise ProofInvalid(expected=f"x-seq of {where} after {digest}", found=sequence.previous)
        last[chain] = (sequence.n, entry.digest)
