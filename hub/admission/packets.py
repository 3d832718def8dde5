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
_NOT_READ: Final = Notice(
    "PACKETS_NOT_READ",
    "Văn bản lớn hơn 4 MB: dữ liệu cho các chương trình (gói dữ liệu, mã nhiệm vụ) chưa được xem xét trong câu trả lời "
    "này; lỗi, nếu có, xem tại /v1/programmes/all/faults",
    "The document is above 4 MB: its data for programmes (data packets, task codes) was not looked at for this answer; "
    "faults, if there are any, stand in /v1/programmes/all/faults",
)


def has_packets(act: AcceptDocument | AcceptStatus) -> bool:
    return isinstance(act, AcceptDocument) and Notable.DATA in act.incoming.notable


def too_large(act: AcceptDocument | AcceptStatus) -> bool:
    return act.incoming.size > _MOST_BYTES


def unread(sealed: Sealed[Accepted]) -> Sealed[Accepted]:
    """The answer says so: no notice would mean that nothing is wrong."""
    return with_notices(sealed, (_NOT_READ,))


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
