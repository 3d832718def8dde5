"""From bytes to an act, without I/O: parse, hold against the rules, verify, route.

Everything that a submission needs before it may touch the record, as one pure function of the bytes, the caller, the
snapshots of directory and anchors, and the time. So it runs on the event loop, in a thread or in another process alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from hub.admission.submission import Caller
from hub.base.config import Settings
from hub.core import edxml
from hub.core.directory.routing import Directory, may_act_for, predecessors, route
from hub.core.edxml import Document, Message, Replacement, Status
from hub.core.errors import Finding, FormatRefusal, InvalidFields, SenderNotAllowed, SignatureRefusal, XmlTooComplex
from hub.core.model import Agency, Business, MessageKind, Millis, Priority, vietnam_date
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
    claimed = edxml.parse(data, sha256=sha256)
    found = edxml.findings(claimed, today)
    if any(finding.is_error for finding in found):
        raise InvalidFields(found)
    edxml.references(claimed)
    sender = _sender(claimed.claimed_sender, caller, directory)
    admitted = trust.admit(claimed, sender, anchors, at)
    edxml.check_not_secret(claimed)
    common = _Common(
        data,
        sha256,
        settings.limits.inline_bytes,
        at,
        tuple(found[:MOST_NOTICES]),
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
    return sender.code, str(described(message, sha256)["identity"])


def keys_of(
    directory: Directory, anchors: Anchors, agencies: Iterable[str], at: Millis, *, to_log_in: bool = False
) -> Mapping[str, jws.KeySource]:
    """SHA-256 (hex) of certificate → public key, of every certificate that these agencies may sign with at `at`, or
    ask for a token with. A suspended agency may sign with none, whoever brings what it signed."""
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
    data: bytes
    sha256: str
    inline: int
    at: Millis
    notices: tuple[Finding, ...]
    sender: Sender

    def incoming(self, **fields: object) -> Incoming:
        content = self.data if len(self.data) <= self.inline else None
        return Incoming(
            sender=self.sender,
            sha256=self.sha256,
            size=len(self.data),
            content=content,
            submitted_at=self.at,
            notices=self.notices,
            **fields,  # type: ignore[arg-type]
        )


def _sender(code: str, caller: Caller, directory: Directory) -> Agency:
    agency = directory.get(code)
    if agency is None or not may_act_for(directory, caller.agency, agency.code):
        raise SenderNotAllowed(expected=f"{caller.agency} or an agency that it acts for", found=code)
    if agency.suspended:  # for statuses, which `route` does not see
        raise SenderNotAllowed(expected="an agency that is not suspended", found=code)
    return agency


def _document_act(document: Document, common: _Common, directory: Directory, settings: Settings) -> AcceptDocument:
    business = document.business_type
    priority = document.priority
    asked = [organ.organ_id for organ in document.recipients]
    info = document.business
    if business is Business.UPDATE and info is not None:
        asked += [r.organ_id for r in info.receivers if r.added]
    most = settings.limits.recipients
    if len(asked) > most:
        raise XmlTooComplex(expected=f"at most {most} recipients", found=str(len(asked)))
    way = route(directory, common.sender.agency, asked, vietnam_date(common.at))
    return AcceptDocument(
        incoming=common.incoming(**described(document, common.sha256)),
        places=tuple(Place(d.recipient.code, d.forwarded_from) for d in way.deliveries),
        references=_references(document, directory),
        reason=info.reason if info is not None else "",
        due=settings.mailbox.warn_after(priority),
        ends=settings.mailbox.expire_after(priority),
        inherited=() if business is Business.NEW else _inherited(common, directory),
    )


def _identity(document: Document, sha256: str) -> str:
    """What makes it the same message again. A recall or an update often carries the DocumentId of its original, so
    there the bytes themselves are the identity: sent twice it is one, changed it is another act on the original."""
    if document.business_type in (Business.RECALL, Business.UPDATE):
        return f"{document.document_id}#{document.business_type.value}#{sha256[:32]}"
    return document.document_id


def _references(document: Document, directory: Directory) -> tuple[Reference, ...]:
    info = document.business
    business = document.business_type
    year = document.promulgation_date.year
    if business is Business.NEW:
        return ()
    if business is Business.REPLACEMENT:
        # Its own number is not the original's, so only DocumentIds name what is replaced.
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
        incoming=common.incoming(**described(status, common.sha256), priority=int(Priority.NORMAL)),
        code=status.code,
        other=other.code if other is not None else status.response_for.organ_id,
        reason=status.description,
        meant=status.response_for,
        inherited=_inherited(common, directory),
    )


def _inherited(common: _Common, directory: Directory) -> tuple[str, ...]:
    return predecessors(directory, common.sender.agency, vietnam_date(common.at))


def described(message: Message, sha256: str) -> dict[str, object]:
    """What the record keeps of a message beside its bytes, by name of MessageRow; for a status all but its priority,
    which is that of its document."""
    if isinstance(message, Status):
        meant = message.response_for
        return {
            "kind": MessageKind.STATUS,
            "business": Business.NEW,
            "identity": f"#status#{sha256}",
            "document_id": meant.document_id,
            "code": meant.code,
            "year": meant.promulgation_date.year if meant.promulgation_date else 0,
            "subject": "",
            "type_name": "",
            "status_code": message.code.value,
        }
    return {
        "kind": MessageKind.DOCUMENT,
        "business": message.business_type,
        "identity": _identity(message, sha256),
        "document_id": message.document_id,
        "code": message.code.text,
        "year": message.promulgation_date.year,
        "subject": message.subject,
        "type_name": message.type.name,
        "priority": int(message.priority),
    }
