"""An object to be signed, read from the bytes themselves: the signer sees this and nothing that a page says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from hub.core import edxml
from hub.core.edxml import Document, Status
from hub.core.errors import BadRequest
from hub.core.evidence import acknowledgement
from hub.core.model import StatusCode
from hub.core.signature import jws, xmldsig
from hub.pki.issue import Credential

MOST_TASKS: Final = 100
MOST_DOCUMENTS: Final = 100


class Kind(StrEnum):
    ACKNOWLEDGEMENTS = "acknowledgements"
    STATUSES = "statuses"
    DOCUMENTS = "documents"


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `edxml`, a whole unsigned message; or `payload` of an acknowledgement, with the bytes of each document
    that it names, in its order."""

    edxml: str = ""
    payload: str = ""
    documents: tuple[bytes, ...] = ()


class Shown(NamedTuple):
    """`digest`: SHA-256 (hex) of the bytes concerned: of an acknowledgement the document's, else of the
    message to be signed. `status`: of a status its code."""

    kind: Kind
    code: str
    subject: str
    parties: tuple[str, ...]
    digest: str
    status: str = ""
    reason: str = ""


class Read(NamedTuple):
    """`shown`: all that signing it says."""

    task: Task
    shown: tuple[Shown, ...]
    acknowledged: acknowledgement.Acknowledgement | None = None


def read(task: Task, agency: str) -> Read:
    """BadRequest, or an error of the message's own, for an object that `agency` does not sign."""
    if bool(task.edxml) == bool(task.payload):
        raise BadRequest(expected="either edxml or payload", found="both" if task.edxml else "neither")
    return _message(task, agency) if task.edxml else _acknowledgement(task, agency)


def _message(task: Task, agency: str) -> Read:
    data = task.edxml.encode()
    claimed = edxml.parse(data)
    message = edxml.read(claimed)
    if message.sender.organ_id != agency:
        raise BadRequest(expected=f"a message of {agency}", found=message.sender.organ_id[:80])
    edxml.check_not_secret(claimed)
    digest = hashlib.sha256(data).hexdigest()
    if isinstance(message, Status):
        about = message.response_for
        code = about.code or about.document_id
        shown = Shown(Kind.STATUSES, code, "", (about.organ_id,), digest, message.code.value, message.description)
    else:
        shown = _of_document(message, digest)
    return Read(task, (shown,))


def _of_document(document: Document, digest: str) -> Shown:
    parties = tuple(f"{organ.name} ({organ.organ_id})" for organ in document.recipients)
    return Shown(Kind.DOCUMENTS, document.code.text, document.subject, parties, digest)


def _acknowledgement(task: Task, agency: str) -> Read:
    """An acknowledgement says that the agency holds these bytes: so they have to be here."""
    said = acknowledgement.decode(task.payload.encode())
    if said.recipient != agency:
        raise BadRequest(expected=f"an acknowledgement of {agency}", found=said.recipient[:80])
    if len(task.documents) != len(said.items) or len(said.items) > MOST_DOCUMENTS:
        raise BadRequest(expected="the bytes of each document", found=str(len(task.documents)))
    shown = []
    for item, data in zip(said.items, task.documents, strict=True):
        digest = hashlib.sha256(data).hexdigest()
        if digest != item.sha256 or item.event is not acknowledgement.Outcome.CONTENT_HANDOVER:
            raise BadRequest(expected=f"bytes of SHA-256 {item.sha256}", found=digest)
        message = edxml.read(edxml.parse(data))
        if isinstance(message, Document):
            shown.append(
                Shown(Kind.ACKNOWLEDGEMENTS, message.code.text, message.subject, (message.sender.organ_id,), digest)
            )
        else:
            about = message.response_for.code or message.response_for.document_id
            shown.append(
                Shown(Kind.ACKNOWLEDGEMENTS, about, "", (message.sender.organ_id,), digest, message.code.value)
            )
    return Read(task, tuple(shown), said)


def signed(found: Read, credential: Credential) -> str:
    """The message with its signature, whose SignedInfo is made here; or the acknowledgement's token."""
    if found.acknowledged is not None:
        return acknowledgement.sign(found.acknowledged, credential.key, jws.key_id(credential.certificate))
    return xmldsig.sign(found.task.edxml.encode(), credential.key, credential.chain).decode()


def unasked(shown: Sequence[Shown], kinds: frozenset[Kind]) -> bool:
    """Whether nobody has to be asked for these: all of them of kinds that were agreed to beforehand. A return and an
    answer to a take-back are words of a person, so they are asked for always."""
    return all(one.kind in kinds and one.status not in _ASKED for one in shown)


_ASKED: Final = frozenset({StatusCode.REFUSED, StatusCode.TAKE_BACK, StatusCode.AGREED, StatusCode.DISAGREED})
