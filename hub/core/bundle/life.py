"""Step 7 of an audit: whether the events of one document make a life that could have been.

The rules, for each recipient of the acceptance:

1. A delivery waits until it is handed over, refused by its content, taken back or expired, exactly one of them; a
   document that was handed over may be accepted once (03), refused (02) or given back after that, and nothing follows
   an end. `STEPS` is this rule as a table. Events that are not in it (looks, exports, notifications) change nothing.
2. It ends in time: not after its due time (`x-due`), and it does not expire before it. A later evidence may put the due
   time off, and never bring it forward.
3. It is taken back for a request of the sender that is on record before it (RecallRequest) and that names it: while it
   waits at once; from a recipient that read or holds it by that recipient's signed 15 to this very request. One request
   has one answer, 15 or 16.
4. Its bytes are deleted when nobody waits for them any more: no delivery waits, no request is without an answer.

For all of them: times do not run backwards along the log, and where two evidence follow each other in the chain of one
agency (`x-seq` n and n + 1), the second names the digest of the first. Lives of earlier versions (`x-rules`) have no
RecallRequest for an update or a replacement, and their answers do not name the request: there rule 3 asks for less.

NOT checked: that no evidence was left out of the bundle. Evidence that one side withholds is shown by the other side,
the auditor's own reading of the log, or a gap in `x-seq`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from hub.core.bundle.log import Entry
from hub.core.errors import ProofInvalid
from hub.core.evidence.format import Event, Evidence
from hub.core.model import Millis, StatusCode, from_iso_utc, iso_utc

LATE: Final = 3_600_000
"""ms after `x-due` until which a hub that was down may have ended a delivery."""

WITHOUT_REQUEST: Final = frozenset({"update", "replacement"})
"""Causes for which earlier versions left no RecallRequest."""


class Stage(StrEnum):
    """Where a delivery is, as its evidence shows it."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"


_HELD: Final = (Stage.HANDED_OVER, Stage.ACCEPTED)
_OPEN: Final = (Stage.WAITING, *_HELD)
_ANSWERS: Final = (StatusCode.AGREED.value, StatusCode.DISAGREED.value)


def _stay(*stages: Stage) -> dict[Stage, Stage]:
    return {stage: stage for stage in stages}


STEPS: Final[Mapping[Event, Mapping[Stage, Stage]]] = {
    Event.HANDOVER_WARNING: _stay(Stage.WAITING),
    Event.CONTENT_HANDOVER: {Stage.WAITING: Stage.HANDED_OVER},
    Event.CONSIGNMENT_ACCEPTANCE: {Stage.HANDED_OVER: Stage.ACCEPTED},
    Event.CONSIGNMENT_REJECTION: {Stage.WAITING: Stage.REFUSED, Stage.HANDED_OVER: Stage.REFUSED},
    Event.BUSINESS_STATUS: _stay(*_HELD),
    Event.RECALL_REFUSED: _stay(Stage.WAITING, *_HELD),
    Event.RECALL_CONFIRMED: dict.fromkeys(_OPEN, Stage.TAKEN_BACK),
    Event.ACCEPTANCE_REJECTION_EXPIRY: {Stage.WAITING: Stage.EXPIRED},
    Event.CONTENT_HANDOVER_FAILURE: _stay(Stage.WAITING, Stage.EXPIRED, Stage.TAKEN_BACK),
}
"""Event → from which stage it leads to which. Anything else is no life."""


class _Delivery(msgspec.Struct):
    """`asked`: the request that awaits its answer; `answered`: the update itself was."""

    stage: Stage
    due: str
    asked: str = ""
    answered: bool = False


def check(entries: Sequence[Entry], recipients: Sequence[str], as_of: Millis) -> dict[str, Stage]:
    """The stage of each of these recipients. ProofInvalid if a rule is broken.

    `entries`: by leaf, with the acceptance among them; `as_of`: the latest time that the bundle proves.
    """
    _check_times(entries)
    _check_chains(entries)
    accepted = entries[0].evidence
    deliveries = {code: _Delivery(Stage.WAITING, accepted.due) for code in recipients}
    for entry in entries:
        _apply(entry, deliveries, earlier=not accepted.rules)
    late = [
        code
        for code, one in deliveries.items()
        if one.stage is Stage.WAITING and one.due and as_of > from_iso_utc(one.due) + LATE
    ]
    if late:
        expected = f"an end by {deliveries[late[0]].due} for {', '.join(late[:10])}"
        raise ProofInvalid(expected=expected, found=f"none at {iso_utc(as_of)}")
    return {code: one.stage for code, one in deliveries.items()}


def _apply(entry: Entry, deliveries: dict[str, _Delivery], *, earlier: bool) -> None:
    evidence = entry.evidence
    if evidence.event is Event.RETENTION_APPLIED:
        _check_purge(entry, deliveries)
    for code in (party.identifier for party in evidence.recipients):
        one = deliveries.get(code)
        if one is None:
            if evidence.event in STEPS:
                expected = "events of the recipients of this view"
                raise ProofInvalid(expected=expected, found=f"{evidence.event.short} of {code}")
            continue
        if evidence.event is not Event.SUBMISSION_ACCEPTANCE:
            _put_off(entry, code, one)
        if evidence.event is Event.RECALL_REQUEST and one.stage in _OPEN:
            one.asked = evidence.recall.message if evidence.recall else evidence.identifier
        if evidence.event in STEPS:
            _step(entry, code, one, earlier=earlier)


def _step(entry: Entry, code: str, one: _Delivery, *, earlier: bool) -> None:
    event, step = entry.evidence.event, STEPS[entry.evidence.event]
    if one.stage not in step:
        expected = f"{event.short} after {' or '.join(step)}"
        raise ProofInvalid(expected=expected, found=f"leaf {entry.leaf}: {code} {one.stage}")
    if event is Event.ACCEPTANCE_REJECTION_EXPIRY:
        _check_expiry(entry, code, one)
    elif event in (Event.RECALL_CONFIRMED, Event.RECALL_REFUSED):
        problem = unasked(entry.evidence, one.asked, held=one.stage in _HELD, earlier=earlier)
        if problem:
            raise ProofInvalid(expected=problem, found=f"leaf {entry.leaf}: {event.short} of {code}")
    elif event is Event.BUSINESS_STATUS and entry.evidence.status and entry.evidence.status.code in _ANSWERS:
        if one.answered:
            raise ProofInvalid(expected="one answer to one request", found=f"leaf {entry.leaf}: another of {code}")
        one.answered = True
    one.stage = step[one.stage]
    if one.stage not in _OPEN or event is Event.RECALL_REFUSED:
        one.asked = ""


def unasked(evidence: Evidence, asked: str, *, held: bool, earlier: bool) -> str:
    """Rule 3 for a RecallConfirmed or RecallRefused: its lack, empty where nothing is missing. `asked`: the request
    that awaits an answer, "*" where that there is one is all that is known."""
    recall, status = evidence.recall, evidence.status
    code = StatusCode.DISAGREED if evidence.event is Event.RECALL_REFUSED else StatusCode.AGREED
    # A recipient that was offered it may answer before it signs.
    speaks = held or status is not None or code is StatusCode.DISAGREED
    if speaks and (status is None or status.code != code):
        return f"the recipient's {code}"
    if not held and recall is None:
        return "a take-back that names its request"
    signed = evidence.counter is not None and evidence.counter.digest
    if speaks and code is StatusCode.AGREED and not signed:
        return "the recipient's signed 15"
    if earlier and not asked and (recall is None or recall.cause in WITHOUT_REQUEST):
        return ""
    if not asked:
        return "a request of the sender on record, without an answer yet"
    if not (earlier and recall is None) and (recall is None or asked not in ("*", recall.message)):
        return "the request that is on record"
    return ""


def _put_off(entry: Entry, code: str, one: _Delivery) -> None:
    due = entry.evidence.due
    if due and due < one.due:  # both in the one form of a time: their order is that of the texts
        raise ProofInvalid(expected=f"a due time of {code} not before {one.due}", found=f"leaf {entry.leaf}: {due}")
    one.due = due or one.due


def _check_expiry(entry: Entry, code: str, one: _Delivery) -> None:
    if not one.due or entry.evidence.event_time < one.due:
        expected = f"an end of {code} not before {one.due or 'a due time on record'}"
        raise ProofInvalid(expected=expected, found=f"leaf {entry.leaf}: expired {entry.evidence.event_time}")


def _check_purge(entry: Entry, deliveries: Mapping[str, _Delivery]) -> None:
    wanted = [code for code, one in deliveries.items() if one.stage is Stage.WAITING or one.asked]
    if wanted:
        expected = f"bytes kept while {', '.join(wanted[:10])} waits for them"
        raise ProofInvalid(expected=expected, found=f"leaf {entry.leaf}: deleted {entry.evidence.event_time}")


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
