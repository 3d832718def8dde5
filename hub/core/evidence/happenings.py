"""The news of a leaf for each agency: the one function behind the event stream, as it happens and again afterwards.

Live it is asked of the evidence that was just written, later of the same evidence as the record keeps it. So a listener
that goes on from any point hears exactly the same news.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from hub.core.evidence.events import Event
from hub.core.evidence.format import Evidence

ARRIVAL: Final = "arrival"
"""The one happening after which a mailbox holds something that may be handed out and was not there before."""

ASKED: Final = "take-back-asked"
_TAKE_BACK: Final = "TAKE_BACK"
_STATUS: Final = "STATUS_"
_End = Literal["sender", "recipient"]
_TOLD: Final[dict[Event, tuple[tuple[_End, str], ...]]] = {
    Event.CONTENT_HANDOVER: (("sender", "acknowledged"),),
    Event.CONSIGNMENT_REJECTION: (("sender", "refused"),),
    Event.RECALL_REQUEST: (("sender", "take-back-pending"), ("recipient", ASKED)),
    Event.RECALL_CONFIRMED: (("sender", "taken-back"), ("recipient", "taken-back")),
    Event.HANDOVER_WARNING: (("sender", "not-fetched"), ("recipient", "expires-soon")),
    Event.ACCEPTANCE_REJECTION_EXPIRY: (("sender", "expired"), ("recipient", "expired")),
    Event.DOCUMENT_LOOKED_AT: (("sender", "looked-at"),),
}
"""Of evidence about a document that no message of the recipient brought about."""


class Happening(msgspec.Struct, frozen=True):
    """`what` is one of `kinds.KINDS`; `message` is the identifier of the document it concerns; `leaf` tells it, the
    `part`th of its news for this agency; `mark` is of the leaf's digest.

    about        of a status that arrives: the document that it reports on
    by           of anything else: the status, take-back, update or replacement that brought it about
    status_code  of that status
    cause        of a take-back: status-13, recall, update, replacement
    reason       in its sender's words: of a refusal, a take-back
    notices      codes of the rules that the arrival breaks harmlessly
    """

    agency: str
    what: str
    message: str
    lane: int = 0
    leaf: int = 0
    part: int = 0
    mark: str = ""
    about: str = ""
    by: str = ""
    status_code: str = ""
    cause: str = ""
    reason: str = ""
    notices: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """From where a listener goes on: it names the leaf by its content too, for a log that was set back may have
        another one there."""
        return f"{self.leaf}.{self.part}.{self.mark}"


def arrived(evidence: Evidence) -> str:
    """The message that came with this evidence, empty for none: the one accepted, or the status that says it."""
    if evidence.status is not None:
        return evidence.status.message
    return evidence.message if evidence.event is Event.SUBMISSION_ACCEPTANCE else ""


def told(
    evidence: Evidence,
    leaf: int,
    digest: bytes,
    *,
    sender: str,
    lane: int,
    placed: Iterable[str],
    unasked: Collection[str] = (),
) -> Iterator[Happening]:
    """`sender`, `lane`: of the document that the evidence is about. `placed`: the mailbox of each document that
    `arrived`. `unasked`: of a take-back, the recipients whose delivery ended with the request itself: nobody asks them,
    and a leaf of their own tells them."""
    parts: dict[str, int] = {}
    mark = mark_of(digest)
    status_code = evidence.status.code if evidence.status is not None else ""
    cause = evidence.recall.cause if evidence.recall is not None else ""
    reason, notices = _words(evidence)
    by = evidence.status.message if evidence.status else evidence.recall.message if evidence.recall else ""
    for agency, what, message in _said(evidence, sender, placed):
        if what == ASKED and agency in unasked:
            continue
        part = parts.get(agency, 0)
        parts[agency] = part + 1
        arrives = what == ARRIVAL
        yield Happening(
            agency, what, message, lane, leaf, part, mark,
            about=evidence.message if arrives and message != evidence.message else "",
            by="" if arrives else by,
            status_code=status_code,
            cause=cause,
            reason=reason,
            notices=notices if arrives else (),
        )  # fmt: skip


def _words(evidence: Evidence) -> tuple[str, tuple[str, ...]]:
    """The sender's words, and the codes of findings; of the hub's own reasons neither."""
    if not evidence.reasons:
        return "", ()
    said = (r.details for r in evidence.reasons if r.code == _TAKE_BACK or r.code.startswith(_STATUS))
    return next(said, ""), tuple(r.code for r in evidence.reasons if r.code[1:2] == ".")


class Recorded(NamedTuple):
    """One evidence of a batch, in its leaf. `sender`, `lane`: of the document that it is about."""

    evidence: Evidence
    leaf: int
    digest: bytes
    sender: str
    lane: int


def all_told(batch: Iterable[Recorded], placed: Mapping[str, Sequence[str]]) -> list[Happening]:
    """The news of a batch's evidence, in its order. `placed`: by message, whose mailbox has it."""
    batch = list(batch)
    ended = {
        (e.message, e.recall.message, party.identifier)
        for e, *_ in batch
        if e.event is Event.RECALL_CONFIRMED and e.recall is not None
        for party in e.recipients
    }

    def unasked(e: Evidence) -> list[str]:
        if not ended or e.event is not Event.RECALL_REQUEST or e.recall is None:
            return []
        return [p.identifier for p in e.recipients if (e.message, e.recall.message, p.identifier) in ended]

    return [
        happening
        for evidence, leaf, digest, sender, lane in batch
        for happening in told(
            evidence,
            leaf,
            digest,
            sender=sender,
            lane=lane,
            placed=placed.get(arrived(evidence), ()),
            unasked=unasked(evidence),
        )
    ]


def mark_of(digest: bytes) -> str:
    return digest[:4].hex()


def _said(evidence: Evidence, sender: str, placed: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    came = arrived(evidence)
    if came:
        for agency in placed:
            yield agency, ARRIVAL, came
    if evidence.status is not None and evidence.event is not Event.RECALL_REQUEST:
        yield sender, "status", evidence.message
        return
    for end, what in _TOLD.get(evidence.event, ()):
        for agency in [sender] if end == "sender" else [party.identifier for party in evidence.recipients]:
            yield agency, what, evidence.message
