"""From an act's statement to the evidence of it: its members, its bytes, its entry of the log.

An act states an event (`Said`) and its message (`About`); the batch adds the issuer, the time, and under which anchor
(`Issuing`); the record adds the chain that it goes on. All of it is one value here, so the record adds nothing to an
evidence that cannot be seen in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from hub.core.evidence import format as ev
from hub.core.evidence.events import Event
from hub.core.ids import make_id
from hub.core.model import Millis, iso_utc
from hub.core.strict import encode_base64

RANDOM: Final = 21
"""Random bytes that one evidence takes: sixteen of its nonce, five of its identifier."""
_NONCE: Final = 16
_DETAILS: Final = 500


class Issuing(NamedTuple):
    """The part that all evidence of one batch shares: its issuer, size and root of the issuer's log before it (0 and
    empty before the first), and the batch's time."""

    issuer: ev.Party
    size: int
    root: bytes
    at: Millis


class About(NamedTuple):
    """The message that an evidence is about. Of a refused message there is a digest and nothing else."""

    sha256: str
    document_id: str = ""
    message: str = ""


class Said(NamedTuple):
    """An evidence's statement about its event, as far as it applies. `due`: by when each delivery will have ended;
    `rules`: by which an acceptance's life is recorded."""

    sender: ev.Party | None = None
    recipients: Iterable[str] = ()
    reasons: Iterable[tuple[str, str]] = ()
    counter: ev.Counter | None = None
    status: ev.StatusMark | None = None
    recall: ev.RecallMark | None = None
    signature: ev.SignatureMark | None = None
    submitted_at: Millis | None = None
    due: Millis | None = None
    rules: int = 0


class Made(NamedTuple):
    """`body`: the canonical bytes; `digest`: of these, whose hex the next of the chain names; `entry`: the log's
    commitment."""

    evidence: ev.Evidence
    body: bytes
    digest: bytes
    entry: bytes


@lru_cache(maxsize=1)
def _anchor(origin: str, size: int, root: bytes) -> ev.Anchor:
    return ev.Anchor(origin=origin, size=size, root=encode_base64(root))


def make(
    batch: Issuing, event: Event, said: Said, about: About | None, sequence: ev.Sequence, leaf: int, random: bytes
) -> Made:
    """The evidence in leaf number `leaf`, of `RANDOM` random bytes."""
    evidence = ev.Evidence(
        identifier=make_id(batch.at, leaf, random[_NONCE:]),
        event=event,
        event_time=iso_utc(batch.at),
        issuer=batch.issuer,
        nonce=ev.encode_nonce(random[:_NONCE]),
        submission_time=iso_utc(said.submitted_at) if said.submitted_at is not None else "",
        reasons=tuple(ev.Reason(code=code, details=details[:_DETAILS]) for code, details in said.reasons),
        sender=said.sender,
        recipients=tuple(ev.Party(identifier=code) for code in said.recipients),
        message=about.message if about is not None else "",
        content=ev.Content.of(about.document_id, bytes.fromhex(about.sha256)) if about is not None else None,
        signature=said.signature,
        counter=said.counter,
        sequence=sequence,
        anchor=_anchor(batch.issuer.identifier, batch.size, batch.root) if batch.size else None,
        status=said.status,
        recall=said.recall,
        due=iso_utc(said.due) if said.due is not None else "",
        rules=said.rules,
    )
    body = ev.encode(evidence)
    digest = sha256(body).digest()
    return Made(evidence, body, digest, ev.entry_of(ev.Kind.EVIDENCE, digest))
