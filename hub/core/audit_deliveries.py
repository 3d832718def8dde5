"""The auditor's invariant: each delivery that was accepted ends exactly once, and in time.

A SubmissionAcceptance places one delivery for each recipient that it names, to be ended by its `x-due`; a status that
the evidence names is itself a message to the other end, without a time.

    waiting ──► held          ContentHandover
       │         ├──► held    ConsignmentAcceptance, BusinessStatus, RecallRefused
       │         └──► ended   ConsignmentRejection, RecallConfirmed
       ├──► waiting           HandoverWarning, RecallRefused (asked back after it was offered)
       └──► ended             ConsignmentRejection, AcceptanceRejectionExpiry, RecallConfirmed

What a table does not allow is a finding: an end of what was never placed, a second end, anything after the end. A
status 13 is offered only to those that hold the document, which the evidence does not tell: such a delivery is
*perhaps* there. Ended deliveries are forgotten; what comes after is then an event of nothing open, which is the same
finding. So memory grows with what waits and is held, some 100 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec

from hub.core.audit_findings import Findings, What
from hub.core.evidence import Event, Evidence
from hub.core.model import Millis, from_iso_utc, iso_utc


class Stage(IntEnum):
    WAITING = 0
    HELD = 1
    PERHAPS = 2


_ENDED: Final = None
_NEXT: Final[dict[Stage, dict[Event, Stage | None]]] = {
    Stage.WAITING: {
        Event.HANDOVER_WARNING: Stage.WAITING,
        Event.RECALL_REFUSED: Stage.WAITING,
        Event.CONTENT_HANDOVER: Stage.HELD,
        Event.CONSIGNMENT_REJECTION: _ENDED,
        Event.ACCEPTANCE_REJECTION_EXPIRY: _ENDED,
        Event.RECALL_CONFIRMED: _ENDED,
    },
    Stage.HELD: {
        Event.CONSIGNMENT_ACCEPTANCE: Stage.HELD,
        Event.BUSINESS_STATUS: Stage.HELD,
        Event.RECALL_REFUSED: Stage.HELD,
        Event.CONSIGNMENT_REJECTION: _ENDED,
        Event.RECALL_CONFIRMED: _ENDED,
    },
    Stage.PERHAPS: {Event.CONTENT_HANDOVER: Stage.HELD, Event.CONSIGNMENT_REJECTION: _ENDED},
}
_OF_DELIVERIES: Final = frozenset(event for steps in _NEXT.values() for event in steps)
_AGENCY_BITS: Final = 24
_AGENCY: Final = (1 << _AGENCY_BITS) - 1
_STAGE_BITS: Final = 2
_STAGE: Final = (1 << _STAGE_BITS) - 1


class Open(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is still open of one message, as it is saved: `due` in Millis, 0 for none; numbers of `agencies`."""

    message: str
    waiting: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    perhaps: tuple[int, ...] = ()
    due: int = 0


class OpenDeliveries(msgspec.Struct, frozen=True):
    agencies: tuple[str, ...] = ()
    messages: tuple[Open, ...] = ()


class Deliveries:
    """Fed with all evidence in the order of the log."""

    def __init__(self, findings: Findings, grace: int, saved: OpenDeliveries | None = None) -> None:
        """`grace`: ms beyond `x-due` that are not a finding; a lease may last so long."""
        self._findings = findings
        self._grace = grace
        self._numbers: dict[str, int] = {}
        self._codes: list[str] = []
        self._stages: dict[int, int] = {}  # (message, recipient) → what it is due by, and its stage
        self._restore(saved or OpenDeliveries())

    def apply(self, leaf: int, evidence: Evidence) -> None:
        if evidence.event is Event.SUBMISSION_ACCEPTANCE:
            due = from_iso_utc(evidence.due) if evidence.due else 0
            self._place(leaf, evidence.message, [r.identifier for r in evidence.recipients], Stage.WAITING, due)
        elif evidence.event in _OF_DELIVERIES:
            for recipient in evidence.recipients:
                self._step(leaf, evidence, recipient.identifier)
        if evidence.status is not None:
            self._place_status(leaf, evidence, evidence.status.message)

    def _place_status(self, leaf: int, evidence: Evidence, message: str) -> None:
        if evidence.event is Event.RECALL_REQUEST:
            self._place(leaf, message, [r.identifier for r in evidence.recipients], Stage.PERHAPS, 0)
        elif evidence.sender is not None:
            self._place(leaf, message, [evidence.sender.identifier], Stage.WAITING, 0)

    def _place(self, leaf: int, message: str, recipients: Iterable[str], stage: Stage, due: int) -> None:
        base = UUID(message).int
        for recipient in recipients:
            key = base << _AGENCY_BITS | self._number(recipient)
            if key in self._stages:
                self._findings.add(What.DELIVERY_TWICE, leaf, subject=f"{message} → {recipient}")
            self._stages[key] = due << _STAGE_BITS | stage

    def _step(self, leaf: int, evidence: Evidence, recipient: str) -> None:
        base = UUID(evidence.message).int if evidence.message else 0
        key = base << _AGENCY_BITS | self._number(recipient)
        packed = self._stages.get(key)
        stage = Stage(packed & _STAGE) if packed is not None else None
        subject = f"{evidence.message} → {recipient}"
        if packed is None or stage is None or evidence.event not in _NEXT[stage]:
            found = f"{evidence.event.short} of one that is {stage.name.lower() if stage is not None else 'not open'}"
            self._findings.add(What.DELIVERY_UNKNOWN, leaf, subject=subject, found=found)
            return
        following = _NEXT[stage][evidence.event]
        if following is _ENDED:
            del self._stages[key]
        elif following is not stage:
            self._stages[key] = following
        if stage is Stage.WAITING and following is not stage:
            self._check_time(leaf, subject, packed >> _STAGE_BITS, evidence.at)

    def _check_time(self, leaf: int, subject: str, due: int, at: Millis) -> None:
        if due and at > due + self._grace:
            self._findings.add(
                What.DELIVERY_LATE, leaf, subject=subject, expected=iso_utc(Millis(due)), found=iso_utc(at)
            )

    def finish(self, at: Millis) -> None:
        """What waits although its time has passed by `at`."""
        for key, packed in self._stages.items():
            due = packed >> _STAGE_BITS
            if due and at > due + self._grace:
                subject = f"{UUID(int=key >> _AGENCY_BITS).urn} → {self._codes[key & _AGENCY]}"
                expected = f"an end by {iso_utc(Millis(due))}"
                self._findings.add(What.DELIVERY_OVERDUE, subject=subject, expected=expected, found="none")

    @property
    def counts(self) -> dict[str, int]:
        stages = [packed & _STAGE for packed in self._stages.values()]
        return {"waiting": stages.count(Stage.WAITING), "held": stages.count(Stage.HELD)}

    def _number(self, code: str) -> int:
        number = self._numbers.get(code)
        if number is None:
            number = self._numbers[code] = len(self._codes)
            self._codes.append(code)
        return number

    # to be saved

    def save(self) -> OpenDeliveries:
        keys = sorted(self._stages)  # so that those of one message stand together
        groups = groupby(keys, key=lambda key: key >> _AGENCY_BITS)
        return OpenDeliveries(tuple(self._codes), tuple(self._saved(base, list(group)) for base, group in groups))

    def _saved(self, base: int, keys: list[int]) -> Open:
        packed = {key & _AGENCY: self._stages[key] for key in keys}
        numbers = {
            stage.name.lower(): tuple(number for number, value in packed.items() if value & _STAGE == stage)
            for stage in Stage
        }
        due = max(value >> _STAGE_BITS for value in packed.values())
        return Open(message=UUID(int=base).hex, due=due, **numbers)

    def _restore(self, saved: OpenDeliveries) -> None:
        for code in saved.agencies:
            self._number(code)
        for message in saved.messages:
            base = UUID(message.message).int
            for stage in Stage:
                due = message.due if stage is Stage.WAITING else 0
                for number in getattr(message, stage.name.lower()):
                    self._stages[base << _AGENCY_BITS | number] = due << _STAGE_BITS | stage
