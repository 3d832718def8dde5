"""A token; documents and statuses, their lives, bytes and receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from clients.errors import UnexpectedAnswer
from clients.protocol.call import (
    JSON,
    JSON_BODY,
    LINES,
    MAX_BATCH,
    MAX_CONTENT,
    MAX_OUTBOX,
    MAX_TOKEN,
    NOT_JSON,
    PROBLEM,
    XML,
    Call,
    Request,
    Response,
    bare,
    body_of,
    check,
    get,
    record,
    text,
)
from hub.core import framing, wire
from hub.core.bundle.contents import MAX_BUNDLE
from hub.core.errors import ProofInvalid
from hub.core.model import MessageKind

_SUBMISSIONS: Final = {MessageKind.DOCUMENT: "/v1/documents", MessageKind.STATUS: "/v1/statuses"}
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def token(assertion: str) -> Call[wire.TokenAnswer]:
    """An access token for a signed assertion (`hub.core.signature.assertion`)."""
    # Written out, because the record leaves out members with their default, and RFC 7523 wants grant_type always.
    body = msgspec.json.encode({"grant_type": _GRANT, "assertion": assertion})
    request = Request(method="POST", path="/v1/token", headers=JSON_BODY, body=body, authorized=False)
    return Call(msgspec.structs.replace(request, most=MAX_TOKEN), record(wire.TokenAnswer))


def submit(data: bytes, kind: MessageKind = MessageKind.DOCUMENT) -> Call[wire.Submitted]:
    """`data`: an edXML message as signed. 201 new, 200 the same bytes were accepted before."""
    headers = {"Content-Type": XML, "Accept": JSON}
    request = Request(method="POST", path=_SUBMISSIONS[kind], headers=headers, body=data)
    return Call(request, record(wire.Submitted, (200, 201)))


def named(name: str, side: str = "") -> Call[wire.Message]:
    """The one document that is called that: identifier, DocumentId, or number and notation. `side`: sent, received."""
    return get("/v1/documents/named", wire.Message, name=name, side=side)


class Told(msgspec.Struct, frozen=True):
    """The answer to a batch: a line for each item that was looked at, in the order of the items, and the end."""

    lines: list[wire.BatchLine]
    end: wire.BatchEnd


def submit_batch(items: Sequence[bytes]) -> Call[Told]:
    """Documents and statuses as signed. Each is recorded as by `submit`, in their order."""
    headers = {"Content-Type": framing.MEDIA, "Accept": f"{LINES}, {PROBLEM}"}
    body = framing.framed(items)
    request = Request(method="POST", path="/v1/documents:batch", headers=headers, body=body, most=MAX_BATCH)
    return Call(request, lambda response: _told(response, len(items)))


def _told(response: Response, sent: int) -> Told:
    """No line twice, none missing, none that was not sent, and the end at the end."""
    check(response)
    try:
        *lines, last = (msgspec.json.decode(line, type=wire.BatchLine) for line in response.body.splitlines())
    except (*NOT_JSON, ValueError) as error:
        raise UnexpectedAnswer(f"not a BatchLine ({error})", response.status) from None
    by_index = {line.index: line for line in lines if (line.submitted is None) != (line.problem is None)}
    if last.end is None or len(by_index) < len(lines) or set(by_index) != set(range(last.end.items)):
        raise UnexpectedAnswer("a batch's answer without its end, or with other lines than it says", response.status)
    if last.end.items > sent or (last.end.items < sent and last.end.problem is None):
        raise UnexpectedAnswer(f"{last.end.items} outcomes of {sent} items", response.status)
    return Told([by_index[index] for index in range(last.end.items)], last.end)


def find(asked: Mapping[str, str | int]) -> Call[wire.Found]:
    """`asked`: parameters of `GET /v1/documents`; empty ones are left out."""
    call = get("/v1/documents", wire.Found)
    query = tuple((name, str(value)) for name, value in asked.items() if value != "")
    return Call(msgspec.structs.replace(call.request, query=query, most=MAX_OUTBOX), call.read)


def export(asked: Mapping[str, str | int]) -> Request:
    """All finds as JSON lines; `asked`: as of `find`, without `limit`. The body is for `clients.exports`."""
    query = tuple((name, str(value)) for name, value in asked.items() if value != "")
    headers = {"Accept": f"{LINES}, {PROBLEM}"}
    return Request(method="GET", path="/v1/documents:export", query=(*query, ("format", "jsonl")), headers=headers)


def life(message_id: str) -> Call[wire.Life]:
    return get(f"/v1/documents/{bare(message_id)}", wire.Life)


def content(message_id: str, sha256: str = "") -> Call[bytes]:
    """The message's bytes as received. ProofInvalid unless they have the digest `sha256`, or that of the
    ETag.
    """
    path = f"/v1/documents/{bare(message_id)}/content"
    request = Request(method="GET", path=path, headers={"Accept": XML}, most=MAX_CONTENT)
    return Call(request, lambda response: _content(response, sha256))


def content_of(item: wire.InboxItem) -> bytes | None:
    """The bytes that came with an item; None where they are to be asked for. ProofInvalid unless they have the digest
    of its message."""
    if item.content is not None:
        _check_digest(item.content, item.message.sha256)
    return item.content


def receipt_of(message_id: str) -> Call[bytes]:
    """The receipt of a message's acceptance, a `.tlog-proof` file; not verified yet."""
    return Call(text(f"/v1/documents/{bare(message_id)}/receipt"), body_of)


def evidence(message_id: str, *, document: bool = False, statuses: bool = True, recipient: str = "") -> Call[bytes]:
    """The bundle of a document's life (`hub.core.bundle.contents`); not verified yet."""
    asked = {"document": str(document).lower(), "statuses": str(statuses).lower(), "recipient": recipient}
    query = tuple((name, value) for name, value in asked.items() if value)
    path = f"/v1/documents/{bare(message_id)}/evidence"
    request = Request(method="GET", path=path, query=query, headers={"Accept": "application/zip"}, most=MAX_BUNDLE)
    return Call(request, body_of)


def receipt(evidence_id: str) -> Call[bytes]:
    """The receipt of any evidence; not verified yet."""
    return Call(text(f"/v1/receipts/{bare(evidence_id)}"), body_of)


def _content(response: Response, sha256: str) -> bytes:
    check(response)
    _check_digest(response.body, sha256 or response.headers.get("etag", "").strip('"'))
    return response.body


def _check_digest(data: bytes, expected: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ProofInvalid(expected=f"content with SHA-256 {expected or 'named by the hub'}", found=found)
