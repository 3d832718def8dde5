"""Inbox, acknowledgements, outbox and events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from clients.errors import UnexpectedAnswer
from clients.protocol.call import JSON_BODY, MAX_OUTBOX, Call, Request, Response, get, record
from hub.core import wire


def inbox(agency: str = "", state: str = "", limit: int = 50, cursor: str = "") -> Call[wire.Inbox]:
    """Look, without taking a lease."""
    return get("/v1/inbox", wire.Inbox, agency=agency, state=state, limit=limit, cursor=cursor)


def fetch(limit: int = 50, wait: float = 0, agency: str = "", content: bool = True) -> Call[wire.Inbox]:
    """Take up to `limit` messages for some time, waiting up to `wait` seconds for the first. `content`: small ones with
    their bytes, for `content_of`."""
    body = msgspec.json.encode(wire.FetchRequest(limit=limit, wait=wait, agency=agency, content=content))
    request = Request(method="POST", path="/v1/inbox/fetch", headers=JSON_BODY, body=body, wait=wait)
    return Call(request, _taken(limit))


def acknowledge(signed: str, agency: str = "") -> Call[wire.Acknowledgements]:
    """`signed`: a JWS of `hub.core.evidence.acknowledgement`."""
    return _acknowledge(wire.AcknowledgeRequest(signed=signed, agency=agency))


def acknowledge_unsigned(items: Sequence[wire.UnsignedItem], agency: str = "") -> Call[wire.Acknowledgements]:
    """For a client that cannot sign: the evidence will say so."""
    return _acknowledge(wire.AcknowledgeRequest(items=list(items), agency=agency))


def acknowledge_batch(requests: Sequence[wire.AcknowledgeRequest]) -> Call[wire.AcknowledgedBatch]:
    """Acknowledgements of several mailboxes, each with its own outcome."""
    body = msgspec.json.encode(wire.AcknowledgeBatch(requests=list(requests)))
    request = Request(method="POST", path="/v1/inbox/acknowledge:batch", headers=JSON_BODY, body=body)
    read = record(wire.AcknowledgedBatch)

    def answered(response: Response) -> wire.AcknowledgedBatch:
        found = read(response)
        if len(found.answers) != len(requests):
            raise UnexpectedAnswer(f"{len(found.answers)} outcomes of {len(requests)} acknowledgements")
        return found

    return Call(request, answered)


def outbox(agency: str = "", limit: int = 50, cursor: str = "") -> Call[wire.Outbox]:
    call = get("/v1/outbox", wire.Outbox, agency=agency, limit=limit, cursor=cursor)
    return Call(msgspec.structs.replace(call.request, most=MAX_OUTBOX), call.read)


def events(last_id: str = "", agency: str = "") -> Request:
    """The stream of an agency's events, from after `last_id` on; its body is for `clients.sse`."""
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if last_id:
        headers["Last-Event-ID"] = last_id
    query = (("agency", agency),) if agency else ()
    return Request(method="GET", path="/v1/events", query=query, headers=headers)


def _acknowledge(asked: wire.AcknowledgeRequest) -> Call[wire.Acknowledgements]:
    request = Request(
        method="POST",
        path="/v1/inbox/acknowledge",
        headers=JSON_BODY,
        body=msgspec.json.encode(asked),
    )
    return Call(request, record(wire.Acknowledgements))


def _taken(limit: int) -> Callable[[Response], wire.Inbox]:
    read = record(wire.Inbox)

    def taken(response: Response) -> wire.Inbox:
        """No more than were asked for, and none twice: each becomes a folder and a line that is signed."""
        inbox = read(response)
        named = [item.message.id for item in inbox.items]
        if len(named) > limit or len(set(named)) < len(named):
            raise UnexpectedAnswer(f"{len(named)} messages, {len(set(named))} of them different, of at most {limit}")
        return inbox

    return taken
