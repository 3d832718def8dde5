"""From bytes to an act, without I/O: what `hub.core.genuine` established, as what is to be recorded.

Everything that a submission needs before it may touch the record, as one pure function of the bytes, the caller, the
snapshots of directory and anchors, and the time. So it runs on the event loop, in a thread or in another process alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.admission.submission import Caller
from hub.base.config import Settings
from hub.core import edxml
from hub.core.directory.routing import Directory, may_act_for, predecessors
from hub.core.edxml import Document, Replacement, Status
from hub.core.errors import FormatRefusal
from hub.core.genuine import Genuine, admitted
from hub.core.model import Business, Millis, Priority
from hub.core.signature.anchors import Anchors
from hub.record.acts.document import AcceptDocument, Reference
from hub.record.acts.incoming import Incoming
from hub.record.acts.status import AcceptStatus
from hub.record.evidence_writer import Place, Sender

MOST_NOTICES: Final = 200
"""Told of one message: a thousand recipients may each be described too long."""


def admit(
    data: bytes,
    sha256: str,
    caller: Caller,
    directory: Directory,
    anchors: Anchors,
    settings: Settings,
    at: Millis,
) -> AcceptDocument | AcceptStatus:
    """The act that records this message. Refusals: Format, Signature, Routing, SenderNotAllowed, each with its code."""
    genuine = admitted(data, sha256, caller.agency, directory, anchors, at, settings.limits.recipients)
    content = data if len(data) <= settings.limits.inline_bytes else None
    incoming = _incoming(genuine, caller, sha256, len(data), content, at)
    if isinstance(genuine.message, Status):
        return _status_act(genuine.message, incoming, genuine, directory)
    return _document_act(genuine.message, incoming, genuine, directory, settings)


def claimed_identity(data: bytes, sha256: str, caller: Caller, directory: Directory) -> tuple[str, str]:
    """Sender and identity of the message that these bytes claim to be, to look for an earlier acceptance of the very
    same bytes with; both empty where they claim none, or one of an agency that the caller does not act for."""
    try:
        claimed = edxml.parse(data, sha256=sha256)
        message = edxml.read(claimed)
    except FormatRefusal:
        return "", ""
    sender = directory.get(claimed.claimed_sender)
    if sender is None or not may_act_for(directory, caller.agency, sender.code):
        return "", ""
    return sender.code, edxml.summary_of(message, sha256).identity


def _incoming(genuine: Genuine, caller: Caller, sha256: str, size: int, content: bytes | None, at: Millis) -> Incoming:
    """The part that documents and statuses share."""
    kept, signature = genuine.summary, genuine.signature
    return Incoming(
        kind=kept.kind,
        business=kept.business,
        sender=Sender(
            agency=genuine.sender,
            auth=caller.auth,
            verdict=signature.verdict.value,
            algorithm=signature.alg,
            certificate=signature.certificate_sha256,
            proof=signature.proof,
        ),
        identity=kept.identity,
        document_id=kept.document_id,
        code=kept.code,
        year=kept.year,
        subject=kept.subject,
        type_name=kept.type_name,
        priority=int(kept.priority or Priority.NORMAL),
        sha256=sha256,
        size=size,
        content=content,
        submitted_at=at,
        status_code=kept.status_code,
        key=kept.key,
        notices=tuple(genuine.notices[:MOST_NOTICES]),
        detail=genuine.detail,
        notable=genuine.notable,
    )


def _document_act(
    document: Document, incoming: Incoming, genuine: Genuine, directory: Directory, settings: Settings
) -> AcceptDocument:
    assert genuine.route is not None, "a document has one"
    business, info = incoming.business, document.business
    due, ends = settings.mailbox.deadlines(incoming.priority)
    return AcceptDocument(
        incoming=incoming,
        places=tuple(Place(d.recipient.code, d.forwarded_from) for d in genuine.route.deliveries),
        references=_references(document, business, directory),
        reason=info.reason if info is not None else "",
        due=due,
        ends=ends,
        inherited=() if business is Business.NEW else _inherited(genuine, directory),
    )


def _references(document: Document, business: Business, directory: Directory) -> tuple[Reference, ...]:
    info = document.business
    year = document.promulgation_date.year
    if business is Business.NEW:
        return ()
    if business is Business.REPLACEMENT:
        # Its own number is not the original's, so only DocumentIds name the replaced document.
        named = info.replacements if info is not None else ()
        if not named and info is not None and info.document_id:
            named = (Replacement(info.document_id),)
        return tuple(Reference(r.document_id, "", year, _codes(r.organ_ids, directory) or None) for r in named)
    original = (info.document_id if info is not None else "") or document.document_id
    if business is Business.RECALL:
        losing = [organ.organ_id for organ in document.recipients]
    else:
        losing = [r.organ_id for r in info.receivers if not r.added] if info is not None else []
    return (Reference(original, document.code.text, year, _codes(losing, directory)),)


def _codes(written: Iterable[str], directory: Directory) -> tuple[str, ...]:
    return tuple(agency.code if (agency := directory.get(code)) else code for code in written)


def _status_act(status: Status, incoming: Incoming, genuine: Genuine, directory: Directory) -> AcceptStatus:
    other = directory.get(status.response_for.organ_id)
    return AcceptStatus(
        incoming=incoming,
        code=status.code,
        other=other.code if other is not None else status.response_for.organ_id,
        reason=status.description,
        meant=status.response_for,
        inherited=_inherited(genuine, directory),
    )


def _inherited(genuine: Genuine, directory: Directory) -> tuple[str, ...]:
    return predecessors(directory, genuine.sender, genuine.on)
