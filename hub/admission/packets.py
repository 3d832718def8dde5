"""Faults of a document's data packets in the answer to its sender, who looks for them nowhere else.

Only faults that the document shows by itself: those that depend on cases are found when the follower takes it in. It is
recorded before any of this: no fault of a packet, and none of a programme, keeps a document from travelling or its
receipt from its sender. A document that is notable for nothing of the kind pays for that one look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import structlog

from hub.admission.submission import Submission
from hub.core.directory.routing import Directory
from hub.core.edxml.detail import Notable
from hub.core.model import Millis
from hub.programmes import foretelling
from hub.programmes.riding import Programme
from hub.record.acts.document import AcceptDocument
from hub.record.acts.incoming import Accepted, Notice
from hub.record.acts.status import AcceptStatus
from hub.record.sequencer import Sealed

log = structlog.get_logger("packets")
_MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a document that is read for this; `POST /v1/check` takes as many. Of a larger one the list of faults tells."""


def worth_reading(act: AcceptDocument | AcceptStatus) -> bool:
    kept = act.incoming
    return isinstance(act, AcceptDocument) and kept.size <= _MOST_BYTES and Notable.DATA in kept.notable


def notices_of(
    submission: Submission, programmes: Mapping[str, Programme], directory: Directory, at: Millis
) -> Callable[[], tuple[Notice, ...]]:
    """Work for a thread."""

    def work() -> tuple[Notice, ...]:
        try:
            found = foretelling.at_once(submission.spool.read(), programmes, directory, at)
        except Exception:
            log.exception("packets-not-read", sha256=submission.sha256)
            return ()
        return tuple(Notice(f.code, f.vi, f.en, clause=f.clause, path=f.path) for f in found)

    return work


def with_notices(sealed: Sealed[Accepted], notices: tuple[Notice, ...]) -> Sealed[Accepted]:
    if not notices:
        return sealed
    answer = msgspec.structs.replace(sealed.answer, notices=(*sealed.answer.notices, *notices))
    return sealed._replace(answer=answer)
