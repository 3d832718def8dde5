"""From an agency's own data to a message: documents and statuses with the directory's own details.

Pure: time is an argument, nothing is sent or signed. A status names its document by DocumentId and by code,
and the other party by its agency code; for a take-back (13) the other party is one recipient, or oneself when
all are meant. A reply names the documents it answers (`answering`), a recall, update or replacement those it changes
(`recall`, `update`, `replacement`).

The functions are the core's (`hub.core.edxml.compose`), which a hub's pages make messages with too.
"""

from __future__ import annotations

import mimetypes

from clients.errors import EmptyFile
from hub.core.edxml import Attachment
from hub.core.edxml.compose import (
    answering,
    document,
    document_type,
    local_time,
    numbered,
    organ,
    recall,
    replacement,
    status,
    update,
)

__all__ = [
    "answering",
    "attachment",
    "document",
    "document_type",
    "local_time",
    "numbered",
    "organ",
    "recall",
    "replacement",
    "status",
    "update",
]


def attachment(name: str, data: bytes, number: int) -> Attachment:
    """A file as attachment number `number` (from 1) of its message. EmptyFile, for the axis takes none."""
    if not data:
        raise EmptyFile(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(content_id=str(number), name=name, content_type=kind, data=data)
