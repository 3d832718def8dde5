"""From bytes to an act, without I/O: parse, hold against the rules, verify, route.

Everything that a submission needs before it may touch the record, as one pure function of the bytes, the caller, the
snapshots of directory and anchors, and the time. So it runs on the event loop, in a thread or in another process alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Final, NamedTuple

from hub.admission.submission import Caller
from hub.base.config import Settings
from hub.core import edxml
from hub.core.directory.routing import Directory, may_act_for, predecessors, route, sending
from hub.core.edxml import Document, Replacement, Status, Summary
from hub.core.errors import Finding, FormatRefusal, SignatureRefusal, XmlTooComplex
from hub.core.model import Business, Millis, Priority, vietnam_date
from hub.core.signature import jws, trust
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
    today = vietnam_date(at)
    claimed, notices = edxml.checked(data, sha256, today)
    sender = sending(directory, caller.agency, claimed.claimed_sender)
    admitted = trust.admit(claimed, sender, anchors, at)
    edxml.check_not_secret(claimed)
    common = _Common(
        edxml.summary_of(admitted.message, sha256),
        sha256,
        len(data),
        data if len(data) <= settings.limits.inline_bytes else None,
        at,
        today,
        tuple(notices[:MOST_NOTICES]),
        edxml.told_of(admitted.message, claimed, admitted.signature.certificate_sha256, notices),
        Sender(
            agency=sender.code,
            auth=caller.auth,
            verdict=admitted.signature.verdict.value,
            algorithm=admitted.signature.alg,
            certificate=admitted.signature.certificate_sha256,
            proof=admitted.signature.proof,
        ),
    )
    if isinstance(admitted.message, Status):
        return _status_act(admitted.message, common, directory)
    return _document_act(admitted.message, common, directory, settings)


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


def keys_of(
    directory: Directory, anchors: Anchors, agencies: Iterable[str], at: Millis, *, to_log_in: bool = False
) -> Mapping[str, jws.KeySource]:
    """SHA-256 (hex) of certificate → public key, of every certificate that these agencies may sign with at `at`, or
    ask for a token with. A suspended agency may sign with none, no matter which caller brings its signature."""
    keys: dict[str, jws.KeySource] = {}
    for agency in filter(None, map(directory.get, agencies)):
        if agency.suspended:
            continue
        usable = agency.certificate_ids(at)
        for certificate in agency.certificates:
            if certificate.sha256 in usable:
                # An expired or revoked certificate is no key; that another of them is good is enough.
                with suppress(SignatureRefusal):
                    signer = anchors.signer([certificate.der], at)
                    if signer.logs_in or not to_log_in:
                        keys[certificate.sha256] = signer.key
    return keys


class _Common(NamedTuple):
    """The part that documents and statuses share."""

    kept: Summary
    sha256: str
    size: int
    content: bytes | None
    at: Millis
    today: date
    notices: tuple[Finding, ...]
    told: bytes
    sender: Sender

    def incoming(self) -> Incoming:
        kept = self.kept
        return Incoming(
            kind=kept.kind,
            business=kept.business,
            sender=self.sender,
            identity=kept.identity,
            document_id=kept.document_id,
            code=kept.code,
            year=kept.year,
            subject=kept.subject,
            type_name=kept.type_name,
            priority=int(kept.priority or Priority.NORMAL),
            sha256=self.sha256,
            size=self.size,
            content=self.content,
            submitted_at=self.at,
            status_code=kept.status_code,
            key=kept.key,
            notices=self.notices,
            detail=self.told,
        )


def _document_act(document: Document, common: _Common, directory: Directory, settings: Settings) -> AcceptDocument:
    business, priority = common.kept.business, common.kept.priority or Priority.NORMAL
    asked = [organ.organ_id for organ in document.recipients]
    info = document.business
    if business is Business.UPDATE and info is not None:
        asked += [r.organ_id for r in info.receivers if r.added]
    most = settings.limits.recipients
    if len(asked) > most:
        raise XmlTooComplex(expected=f"at most {most} recipients", found=str(len(asked)))
    way = route(directory, common.sender.agency, asked, common.today)
    return AcceptDocument(
        incoming=common.incoming(),
        places=tuple(Place(d.recipient.code, d.forwarded_from) for d in way.deliveries),
        references=_references(document, business, directory),
        reason=info.reason if info is not None else "",
        due=settings.mailbox.warn_after(priority),
        ends=settings.mailbox.expire_after(priority),
        inherited=() if business is Business.NEW else _inherited(common, directory),
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


def _status_act(status: Status, common: _Common, directory: Directory) -> AcceptStatus:
    other = directory.get(status.response_for.organ_id)
    return AcceptStatus(
        incoming=common.incoming(),
        code=status.code,
        other=other.code if other is not None else status.response_for.organ_id,
        reason=status.description,
        meant=status.response_for,
        inherited=_inherited(common, directory),
    )


def _inherited(common: _Common, directory: Directory) -> tuple[str, ...]:
    return predecessors(directory, common.sender.agency, common.today)
