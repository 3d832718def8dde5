"""An agency's inbox, outbox and events."""

from __future__ import annotations

from typing import Final

from hub.core import wire
from hub.core.evidence import acknowledgement
from hub.http.call import AGENCIES, Route
from hub.routes import batch, events, mailbox
from hub.routes.table.words import PAGE, SAFE, WHOSE, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/inbox", mailbox.look, "List a mailbox", AGENCIES, wire.Inbox, mailbox.InboxQuery),
    Route(
        "POST",
        "/v1/inbox/fetch",
        mailbox.fetch,
        "Take waiting documents under a lease",
        AGENCIES,
        wire.Inbox,
        body=wire.FetchRequest,
    ),
    Route(
        "POST",
        "/v1/inbox/acknowledge",
        mailbox.acknowledge,
        "Acknowledge documents",
        AGENCIES,
        wire.Acknowledgements,
        body=wire.AcknowledgeRequest,
    ),
    Route(
        "POST",
        "/v1/inbox/acknowledge:batch",
        batch.acknowledge,
        "Acknowledge documents of several mailboxes",
        AGENCIES,
        wire.AcknowledgedBatch,
        body=wire.AcknowledgeBatch,
    ),
    Route(
        "GET",
        "/v1/outbox",
        mailbox.outbox,
        "What was sent, with its state at each recipient",
        AGENCIES,
        wire.Outbox,
        mailbox.OutboxQuery,
        holds=PAGE // 8,
    ),
    Route(
        "GET",
        "/v1/events",
        events.stream,
        "The agency's own events as they happen",
        AGENCIES,
        "text/event-stream",
        events.EventsQuery,
        endless=True,
    ),
)

CALLS: Final[Calls] = {
    ("GET", "/v1/inbox"): Described("listInbox", "mailbox", f"Takes nothing and leases nothing. {WHOSE}"),
    ("POST", "/v1/inbox/fetch"): Described(
        "fetchInbox",
        "mailbox",
        "Each document is given to one caller until `leased_until`; acknowledge before, or it is given out again. "
        f"Urgent lanes come first. `wait`: a long poll. {WHOSE}",
    ),
    ("POST", "/v1/inbox/acknowledge"): Described(
        "acknowledge",
        "mailbox",
        f"`signed`: a JWS of `typ` `{acknowledgement.TYPE}` over recipient, time and items (message, SHA-256, "
        "outcome), by the recipient's registered key. Each item has its own outcome in the answer, which is 200 also "
        f"where some failed. {SAFE}",
    ),
    ("POST", "/v1/inbox/acknowledge:batch"): Described(
        "acknowledgeMany",
        "mailbox",
        "Each as in `/v1/inbox/acknowledge`, with its own outcome, in their order: for a centre that answers for "
        f"several agencies, or one that took over others. 200 also where some were refused. {SAFE}",
    ),
    ("GET", "/v1/outbox"): Described("listOutbox", "mailbox", f"Newest first. {WHOSE}"),
    ("GET", "/v1/events"): Described(
        "streamEvents",
        "events",
        "`text/event-stream`. Each event has an `id`, a name (`x-events`) and as `data` a Happened in JSON. After a "
        "break go on with `Last-Event-ID`. Comments are heartbeats. An event says where to look; inbox and outbox are "
        f"the record. {WHOSE}",
    ),
}
