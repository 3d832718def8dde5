"""The auditor's invariant: each delivery that was accepted ends exactly once, and in time.

A SubmissionAcceptance places one delivery for each recipient that it names, to be ended by its `x-due`; a status that
the evidence names is itself a message to the other end, without a time.

    waiting ──► held          ContentHandover
       │         ├──► held    ConsignmentAcceptance, BusinessStatus, RecallRefused
       │         └──► ended   ConsignmentRejection, RecallConfirmed
       ├──► waiting           HandoverWarning, RecallRefused (asked back after it was offered)
       └──► ended             ConsignmentRejection, AcceptanceRejectionExpiry, RecallConfirmed

None expires before its due time, which later evidence may only put off. None is taken back, and none refuses to be,
without a RecallRequest before that waits for this answer (`life.unasked`); the request is signed by the sender (or its
successor), or the document that was accepted just before it. Bytes are deleted when nothing waits and no request is
open.

An event that a table does not allow is a finding: an end of a delivery that was never placed, a second end, anything
after the end. A status 13 is offered only to those that hold the document, which the evidence does not tell: such a
delivery is *perhaps* there. Ended deliveries are forgotten; a later event is then one of nothing open, which is the
same finding. So memory grows with the number that waits and is held, some 100 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec

from hub.core.audit.findings import Findings, What
from hub.core.bundle.life import unasked
from hub.core.evidence.countersign import BY_DOCUMENT, successor
from hub.core.evidence.format import Event, Evidence
from hub.core.model import Millis, StatusCode, from_iso_utc, iso_utc


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
_STAGE: Final = 3
_ASKED, _ANSWERED, _EARLIER, _SIGNED = 4, 8, 16, 32
"""A request waits for its answer; an update was answered; the acceptance is of an earlier version; the document was
signed."""
_FLAGS: Final = {"asked": _ASKED, "answered": _ANSWERED, "earlier": _EARLIER, "signed": _SIGNED}
_FLAG_BITS: Final = 6
_LOW: Final = (1 << _FLAG_BITS) - 1
_RETURNS: Final = (Event.RECALL_CONFIRMED, Event.RECALL_REFUSED)
_ANSWERS: Final = (StatusCode.AGREED.value, StatusCode.DISAGREED.value)


class Open(msgspec.Struct, frozen=True, omit_defaults=True):
    """The open part of one message, as it is saved: `due` in Millis, 0 for none; `dues`: of those waiting, where they
    are not all the same; numbers of `agencies`."""

    message: str
    waiting: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    perhaps: tuple[int, ...] = ()
    due: int = 0
    dues: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    answered: tuple[int, ...] = ()
    earlier: tuple[int, ...] = ()
    signed: tuple[int, ...] = ()


class OpenDeliveries(msgspec.Struct, frozen=True, omit_defaults=True):
    """`flags`: whether requests are known; an audit that did not look for them says nothing against an answer."""

    agencies: tuple[str, ...] = ()
    messages: tuple[Open, ...] = ()
    flags: bool = False


class Deliveries:
    """Fed with all evidence in the order of the log."""

    def __init__(self, findings: Findings, grace: int, saved: OpenDeliveries | None = None) -> None:
        """`grace`: ms beyond `x-due` that are not a finding; a lease may last so long."""
        self._findings = findings
        self._grace = grace
        self._numbers: dict[str, int] = {}
        self._codes: list[str] = []
        self._stages: dict[int, int] = {}  # (message, recipient) → its due time, flags, and its stage
        self._wanted: dict[int, int] = {}  # message → deliveries that wait or are asked for
        self._last = ("", "", False)  # the acceptance before: message, sender, whether it was signed
        self._restore(saved or OpenDeliveries())

    def apply(self, leaf: int, evidence: Evidence) -> None:
        if evidence.event is Event.SUBMISSION_ACCEPTANCE:
            self._accepted(leaf, evidence)
        elif evidence.event in _OF_DELIVERIES:
            for recipient in evidence.recipients:
                self._step(leaf, evidence, recipient.identifier)
        elif evidence.event is Event.RECALL_REQUEST:
            self._ask(leaf, evidence)
        elif evidence.event is Event.RETENTION_APPLIED and self._wanted.get(UUID(evidence.message).int):
            self._findings.add(What.PURGED_EARLY, leaf, subject=evidence.message)
        if evidence.status is not None:
            self._place_status(leaf, evidence, evidence.status.message)

    def _place_status(self, leaf: int, evidence: Evidence, message: str) -> None:
        if evidence.event is Event.RECALL_REQUEST:
            self._place(leaf, message, [r.identifier for r in evidence.recipients], Stage.PERHAPS, 0)
        elif evidence.sender is not None:
            self._place(leaf, message, [evidence.sender.identifier], Stage.WAITING, 0)

    def _accepted(self, leaf: int, evidence: Evidence) -> None:
        due = from_iso_utc(evidence.due) if evidence.due else 0
        signed = evidence.signature is not None and evidence.signature.verdict == "VALID"
        flags = (0 if evidence.rules else _EARLIER) | (_SIGNED if signed else 0)
        recipients = [r.identifier for r in evidence.recipients]
        self._place(leaf, evidence.message, recipients, Stage.WAITING, due, flags)
        self._last = (evidence.message, evidence.sender.identifier if evidence.sender else "", signed)

    def _ask(self, leaf: int, evidence: Evidence) -> None:
        recall, sender = evidence.recall, evidence.sender.identifier if evidence.sender else ""
        by_document = recall is not None and evidence.status is None and recall.cause in BY_DOCUMENT
        asks = successor(evidence, sender) or sender
        if by_document and recall is not None and self._last[:2] != (recall.message, asks):
            expected = f"{recall.message} accepted from {asks} just before"
            self._findings.add(What.REQUEST_UNKNOWN, leaf, subject=evidence.message, expected=expected)
        counter = evidence.counter
        signed = self._last[2] if by_document else counter is not None and bool(counter.digest)
        base, due = UUID(evidence.message).int, False
        for recipient in evidence.recipients:
            key = base << _AGENCY_BITS | self._number(recipient.identifier)
            packed = self._stages.get(key)
            if packed is not None and packed & _STAGE != Stage.PERHAPS:
                due = due or bool(packed & _SIGNED)
                self._set(key, packed | _ASKED)
        if due and not signed:
            self._findings.add(What.REQUEST_UNKNOWN, leaf, subject=evidence.message, expected="signed", found="not")

    def _set(self, key: int, packed: int | None) -> None:
        """A delivery as it now is, None where it has ended."""
        base = key >> _AGENCY_BITS
        wanted = self._wanted.get(base, 0) - _wants(self._stages.get(key)) + _wants(packed)
        if packed is None:
            del self._stages[key]
        else:
            self._stages[key] = packed
        if wanted:
            self._wanted[base] = wanted
        else:
            self._wanted.pop(base, None)

    def _place(
        self, leaf: int, message: str, recipients: Iterable[str], stage: Stage, due: int, flags: int = 0
    ) -> None:
        base = UUID(message).int
        for recipient in recipients:
            key = base << _AGENCY_BITS | self._number(recipient)
            if key in self._stages:
                self._findings.add(What.DELIVERY_TWICE, leaf, subject=f"{message} → {recipient}")
            self._set(key, due << _FLAG_BITS | flags | stage)

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
        packed = self._put_off(leaf, subject, packed, evidence)
        flags = self._answer(leaf, subject, packed, stage, evidence)
        following = _NEXT[stage][evidence.event]
        if following is _ENDED:
            self._set(key, None)
        else:
            due = packed >> _FLAG_BITS if following is stage else 0
            self._set(key, due << _FLAG_BITS | flags | following)
        if stage is Stage.WAITING and following is not stage:
            self._check_time(leaf, subject, packed >> _FLAG_BITS, evidence)

    def _put_off(self, leaf: int, subject: str, packed: int, evidence: Evidence) -> int:
        """A later due time counts from here on; an earlier one is a finding."""
        due, later = packed >> _FLAG_BITS, from_iso_utc(evidence.due) if evidence.due else 0
        if later and later < due:
            expected = f"due {iso_utc(Millis(due))} or later"
            self._findings.add(What.DELIVERY_EARLY, leaf, subject=subject, expected=expected, found=evidence.due)
        return max(due, later) << _FLAG_BITS | packed & _LOW

    def _answer(self, leaf: int, subject: str, packed: int, stage: Stage, evidence: Evidence) -> int:
        """The flags after this event: an answer closes the request that it needs."""
        flags = packed & _LOW & ~_STAGE
        if evidence.event in _RETURNS:
            asked, earlier = "*" if flags & _ASKED else "", bool(flags & _EARLIER)
            if problem := unasked(evidence, asked, held=stage is Stage.HELD, earlier=earlier):
                found = evidence.event.short
                self._findings.add(What.DELIVERY_UNASKED, leaf, subject=subject, expected=problem, found=found)
            return flags & ~_ASKED
        if evidence.event is Event.BUSINESS_STATUS and evidence.status and evidence.status.code in _ANSWERS:
            if flags & _ANSWERED:
                self._findings.add(What.DELIVERY_UNASKED, leaf, subject=subject, expected="one answer", found="another")
            return flags | _ANSWERED
        return flags

    def _check_time(self, leaf: int, subject: str, due: int, evidence: Evidence) -> None:
        at = evidence.at
        if evidence.event is Event.ACCEPTANCE_REJECTION_EXPIRY and at < (due or at + 1):
            expected = iso_utc(Millis(due)) if due else "a due time on record"
            self._findings.add(What.DELIVERY_EARLY, leaf, subject=subject, expected=expected, found=iso_utc(at))
        if due and at > due + self._grace:
            self._findings.add(
                What.DELIVERY_LATE, leaf, subject=subject, expected=iso_utc(Millis(due)), found=iso_utc(at)
            )

    def finish(self, at: Millis) -> None:
        """Deliveries that wait although their time has passed by `at`."""
        for key, packed in self._stages.items():
            due = packed >> _FLAG_BITS
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
        messages = tuple(self._saved(base, list(group)) for base, group in groups)
        return OpenDeliveries(tuple(self._codes), messages, flags=True)

    def _saved(self, base: int, keys: list[int]) -> Open:
        packed = {key & _AGENCY: self._stages[key] for key in keys}
        numbers = {
            stage.name.lower(): tuple(number for number, value in packed.items() if value & _STAGE == stage)
            for stage in Stage
        }
        flags = {
            name: tuple(number for number, value in packed.items() if value & flag) for name, flag in _FLAGS.items()
        }
        due = max(value >> _FLAG_BITS for value in packed.values())
        dues = tuple(packed[number] >> _FLAG_BITS for number in numbers["waiting"])
        dues = () if set(dues) <= {due} else dues
        return Open(message=UUID(int=base).hex, due=due, dues=dues, **numbers, **flags)

    def _restore(self, saved: OpenDeliveries) -> None:
        for code in saved.agencies:
            self._number(code)
        for message in saved.messages:
            base = UUID(message.message).int
            for stage in Stage:
                for at, number in enumerate(getattr(message, stage.name.lower())):
                    due = (message.dues[at] if message.dues else message.due) if stage is Stage.WAITING else 0
                    flags = sum(flag for name, flag in _FLAGS.items() if number in getattr(message, name))
                    flags = flags if saved.flags or stage is Stage.PERHAPS else _EARLIER | _ASKED
                    self._set(base << _AGENCY_BITS | number, due << _FLAG_BITS | flags | stage)


def _wants(packed: int | None) -> int:
    """1 for a delivery whose bytes are waited for."""
    return int(packed is not None and (packed & _STAGE == Stage.WAITING or bool(packed & _ASKED)))
