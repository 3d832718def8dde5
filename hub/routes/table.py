"""The table of everything that can be called."""

from __future__ import annotations

from typing import Final

from hub.core import framing, wire, wire_check
from hub.http.call import AGENCIES, AUDITORS, EVERYBODY_KNOWN, EVERYONE, OPERATORS, READERS, Route
from hub.http.milliseconds import PURSES, WATCHERS
from hub.routes import audit, batch, bundles, check, documents, events, mailbox, public, search

EDXML: Final = "application/xml"
NOTE: Final = "text/plain"
BYTES: Final = "application/octet-stream"
ZIP: Final = "application/zip"

_PAGE: Final = 2 * 1024 * 1024
"""The memory of a page of the log's objects while it is made: rows, and the answer that is made of them."""

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        "/v1/token",
        documents.token,
        "Get an access token for a signed assertion",
        EVERYONE,
        wire.TokenAnswer,
        body=wire.TokenRequest,
    ),
    Route(
        "POST",
        "/v1/documents",
        documents.submit,
        "Submit a signed document",
        AGENCIES,
        wire.Submitted,
        media=EDXML,
        status=201,
    ),
    Route(
        "POST",
        "/v1/statuses",
        documents.submit,
        "Submit a status message",
        AGENCIES,
        wire.Submitted,
        media=EDXML,
        status=201,
    ),
    Route(
        "POST",
        "/v1/documents:batch",
        batch.submit,
        "Submit many signed documents in one call",
        AGENCIES,
        batch.LINES,
        media=framing.MEDIA,
        lines=wire.BatchLine,
    ),
    Route(
        "POST",
        "/v1/statuses:batch",
        batch.submit,
        "Submit many status messages in one call",
        AGENCIES,
        batch.LINES,
        media=framing.MEDIA,
        lines=wire.BatchLine,
    ),
    Route(
        "POST",
        "/v1/check",
        check.check,
        "Everything about a message that is not submitted: findings, signature, attachments",
        AGENCIES,
        wire_check.Checked,
        media=EDXML,
    ),
    Route(
        "GET",
        "/v1/documents",
        search.search,
        "Search documents: by any of their words, by who exchanged them, when, and how they stand",
        EVERYBODY_KNOWN,
        wire.Found,
        search.FindQuery,
        holds=_PAGE // 2,
    ),
    Route(
        "GET",
        "/v1/documents/named",
        documents.named,
        "The one document that the caller calls that: DocumentId, number and notation, or identifier",
        READERS,
        wire.Message,
        documents.NamedQuery,
    ),
    Route(
        "GET",
        "/v1/documents/{id}",
        documents.life,
        "A document with its deliveries and timeline",
        READERS,
        wire.Life,
        holds=_PAGE // 8,
    ),
    Route("GET", "/v1/documents/{id}/content", documents.content, "The bytes as received", READERS, EDXML),
    Route(
        "GET",
        "/v1/documents/{id}/receipt",
        documents.acceptance_receipt,
        "The receipt of its acceptance",
        READERS,
        NOTE,
    ),
    Route(
        "GET",
        "/v1/documents/{id}/evidence",
        bundles.bundle,
        "Everything that proves a document's life, in one file to be verified offline",
        READERS,
        ZIP,
        bundles.BundleQuery,
    ),
    Route("GET", "/v1/receipts/{id}", documents.receipt, "The receipt of one evidence", READERS, NOTE),
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
        holds=_PAGE // 8,
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
    Route(
        "GET",
        "/v1/agencies",
        public.agencies,
        "Search the directory",
        EVERYONE,
        wire.Agencies,
        public.AgenciesQuery,
    ),
    Route(
        "PUT",
        "/v1/agencies",
        public.change_agencies,
        "Add or replace entries of the directory",
        OPERATORS,
        wire.Changed,
        public.ChangeQuery,
        body=wire.AgencyChanges,
    ),
    Route("GET", "/v1/agencies/{code}", public.agency, "One agency with its certificates", EVERYONE, wire.Agency),
    Route(
        "GET",
        "/v1/figures",
        public.figures,
        "What flows: rates, tiers, matrix, ledger",
        EVERYONE,
        wire.Figures,
        public.FiguresQuery,
    ),
    Route("GET", "/v1/problems", public.problem_kinds, "Every code of a problem", EVERYONE, wire.ProblemKinds),
    Route("GET", "/log/checkpoint", public.checkpoint, "The newest signed checkpoint", EVERYONE, NOTE),
    Route(
        "GET",
        "/log/checkpoint/cosigned",
        public.cosigned_checkpoint,
        "The newest checkpoint that a witness cosigned",
        EVERYONE,
        NOTE,
    ),
    Route("GET", "/log/vkey", public.vkey, "The log's public keys as a policy", EVERYONE, NOTE),
    Route("GET", "/log/tile/{path:.+}", public.tile, "A tile of the log", EVERYONE, BYTES),
    Route(
        "GET",
        "/log/objects/{kind}",
        audit.public_objects,
        "Objects that are public: directory, release, timestamp, statement",
        EVERYONE,
        wire.LogObjects,
        audit.LeavesQuery,
        holds=_PAGE,
    ),
    Route(
        "GET",
        "/v1/audit/leaves",
        audit.leaves,
        "Leaves with their objects; each export is recorded",
        AUDITORS,
        wire.LogObjects,
        audit.LeavesQuery,
        holds=8 * _PAGE,
    ),
    Route(
        "GET",
        "/v1/audit/checkpoints",
        audit.checkpoints,
        "Every checkpoint that was signed, by size; recorded",
        AUDITORS,
        wire.SignedCheckpoints,
        audit.CheckpointsQuery,
    ),
    Route(
        "GET",
        "/v1/audit/signed/{digest}",
        audit.signed,
        "What a recipient signed, by the digest that evidence names; recorded",
        AUDITORS,
        NOTE,
    ),
    Route("GET", "/healthz", public.healthy, "The process runs", EVERYONE, wire.Health),
    Route("GET", "/readyz", public.ready, "The hub takes submissions", EVERYONE, wire.Health),
    Route("GET", "/metrics", public.metrics, "Metrics for Prometheus", EVERYONE, NOTE),
)

_HOT: Final = frozenset(
    {documents.submit, documents.content, mailbox.fetch, mailbox.acknowledge, batch.submit, batch.acknowledge}
)
HOT: Final = tuple(route for route in ROUTES if route.handler in _HOT)
"""The routes that a front process serves itself: a document's way in and out."""
WATCH: Final = tuple(route for route in ROUTES if PURSES.get(route.path) == WATCHERS)
"""The routes that tell the hub's health."""
WITHOUT_METRICS: Final = tuple(route for route in ROUTES if route.handler is not public.metrics)
