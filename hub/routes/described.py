"""The description of the interface beyond its types: names of calls, tags, sentences, examples.

One line of `CALLS` for each route. A test holds the two tables against each other, and examples against records.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from hub.core import wire, wire_hooks
from hub.core.evidence import acknowledgement
from hub.core.evidence.events import Event
from hub.core.evidence.kinds import KINDS
from hub.core.webhooks import signing

TAGS: Final = {
    "access": "Getting a token: RFC 7523, with an assertion signed by a registered key.",
    "documents": "Sending documents and statuses; their lives, bytes, receipts and evidence.",
    "mailbox": "What waits for an agency: look, take under a lease, read, acknowledge. What it sent: the outbox.",
    "events": "What happens, as it happens (server-sent events).",
    "webhooks": "What happens, sent to an address of yours (Standard Webhooks): managed here, described in `webhooks`.",
    "directory": "Agencies, their codes, tiers and certificates.",
    "figures": "What flows; what a problem's code means.",
    "log": "The transparency log: checkpoints, tiles, public objects. Anyone may read it.",
    "audit": "For auditors; every look is itself recorded.",
    "operation": "Whether the hub is well.",
}

_SAFE: Final = "Repeatable: whoever lost the answer sends the same again and gets the same receipt."
_WHOSE: Final = "A centre names in `agency` for whom it acts."


class Described(NamedTuple):
    name: str
    tag: str
    text: str


CALLS: Final[dict[tuple[str, str], Described]] = {
    ("POST", "/v1/token"): Described(
        "getToken",
        "access",
        "`assertion`: a JWT by a registered key of the agency, ES256 or PS256, `kid` the SHA-256 of its certificate in "
        "hex; `iss` and `sub` the agency's code, `aud` this address, `iat`, `exp` at most 300 s later, `jti` of 16 to "
        "100 characters, used once. Any spelling of JSON; also as a form, as RFC 7523 writes it.",
    ),
    ("POST", "/v1/documents"): Described(
        "submitDocument",
        "documents",
        "The body is a signed edXML document. 201: accepted, durably, with its receipt; 200: these bytes were accepted "
        f"before. 422 says what is wrong, with a receipt of the refusal. {_SAFE}",
    ),
    ("POST", "/v1/statuses"): Described(
        "submitStatus",
        "documents",
        f"The body is a signed edXML status (01 to 06, 13, 15, 16) about a document. {_SAFE}",
    ),
    ("POST", "/v1/documents:batch"): Described(
        "submitDocuments",
        "documents",
        "The body is messages, each behind its length in decimal digits and a line feed. The answer is a line of JSON "
        "for each item (`x-lines`), by `index`, as its outcome is known, and an `end`. Items are recorded in their "
        "order, as if sent one by one. 200 also where some were refused; where the first already ends it, a problem. "
        f"An `end` with a `problem` says why the rest was not looked at: send it again. {_SAFE}",
    ),
    ("POST", "/v1/statuses:batch"): Described(
        "submitStatuses", "documents", f"As `/v1/documents:batch`, of signed edXML statuses. {_SAFE}"
    ),
    ("POST", "/v1/check"): Described(
        "checkMessage",
        "documents",
        "The body is any bytes of at most 4 MB. Every finding with its severity, place and what is right, the verdict "
        "on the signature with the step that failed, attachments as declared and as they are. Nothing is kept.",
    ),
    ("GET", "/v1/documents"): Described(
        "findDocuments",
        "documents",
        "An agency finds what it sent and was sent, of the latter its own delivery alone; an operator every document "
        "by what routes it, without subject, signer or files; an auditor everything, each search on record. A page may "
        "be short, or empty, and still have a `cursor`: no question takes long, the rest is on the next page.",
    ),
    ("GET", "/v1/documents/named"): Described(
        "findNamed",
        "documents",
        "Number and notation are compared as people mean them: without regard to leading zeros, spaces, Unicode forms "
        "and look-alike letters. 404: none of the caller's documents is called that. 409 `ACCESS_NAME_AMBIGUOUS`: "
        "`documents` lists those that are, each with number, date and identifier.",
    ),
    ("GET", "/v1/documents/{id}"): Described(
        "getDocument",
        "documents",
        "For its sender with all deliveries, for a recipient with its own, each with the timeline of evidence.",
    ),
    ("GET", "/v1/documents/{id}/content"): Described(
        "getContent",
        "documents",
        "`ETag` is the SHA-256 of the bytes; `Range` and `If-None-Match` are understood. Reading ends nothing: "
        "acknowledge what was kept.",
    ),
    ("GET", "/v1/documents/{id}/receipt"): Described(
        "getAcceptanceReceipt", "documents", "A `.tlog-proof` file, verified offline with the log's key."
    ),
    ("GET", "/v1/documents/{id}/evidence"): Described(
        "getEvidence", "documents", "A ZIP of log, evidence, signatures and certificates: `truc evidence verify`."
    ),
    ("GET", "/v1/receipts/{id}"): Described(
        "getReceipt", "documents", "`id`: of an evidence, as timelines and acknowledgements name it."
    ),
    ("GET", "/v1/inbox"): Described("listInbox", "mailbox", f"Takes nothing and leases nothing. {_WHOSE}"),
    ("POST", "/v1/inbox/fetch"): Described(
        "fetchInbox",
        "mailbox",
        "Each document is given to one caller until `leased_until`; acknowledge before, or it is given out again. "
        f"Urgent lanes come first. `wait`: a long poll. {_WHOSE}",
    ),
    ("POST", "/v1/inbox/acknowledge"): Described(
        "acknowledge",
        "mailbox",
        f"`signed`: a JWS of `typ` `{acknowledgement.TYPE}` over recipient, time and items (message, SHA-256, "
        "outcome), by the recipient's registered key. Each item has its own outcome in the answer, which is 200 also "
        f"where some failed. {_SAFE}",
    ),
    ("POST", "/v1/inbox/acknowledge:batch"): Described(
        "acknowledgeMany",
        "mailbox",
        "Each as in `/v1/inbox/acknowledge`, with its own outcome, in their order: for a centre that answers for "
        f"several agencies, or one that took over others. 200 also where some were refused. {_SAFE}",
    ),
    ("GET", "/v1/outbox"): Described("listOutbox", "mailbox", f"Newest first. {_WHOSE}"),
    ("GET", "/v1/events"): Described(
        "streamEvents",
        "events",
        "`text/event-stream`. Each event has an `id`, a name (`x-events`) and as `data` a Happened in JSON. After a "
        "break go on with `Last-Event-ID`. Comments are heartbeats. An event says where to look; inbox and outbox are "
        f"the record. {_WHOSE}",
    ),
    ("POST", "/v1/webhooks"): Described(
        "addWebhook",
        "webhooks",
        "201 with the `secret` (`whsec_…`), which no later answer has. Nothing is sent there before it has passed a "
        f"test. {_WHOSE}",
    ),
    ("GET", "/v1/webhooks"): Described("listWebhooks", "webhooks", f"With the hub's public keys. {_WHOSE}"),
    ("GET", "/v1/webhooks/{id}"): Described(
        "getWebhook", "webhooks", "State, failures, what became of the last try and what to do about it."
    ),
    ("DELETE", "/v1/webhooks/{id}"): Described("removeWebhook", "webhooks", "The answer tells what it was."),
    ("POST", "/v1/webhooks/{id}/test"): Described(
        "testWebhook",
        "webhooks",
        "Sends `webhook.challenge` now. The receiver verifies its signature and answers 2xx with `data.challenge`, as "
        "text or as the member `challenge` of a JSON object. `ok` false says why not; one that was disabled goes on "
        "where it stopped.",
    ),
    ("POST", "/v1/webhooks/{id}/rotate"): Described(
        "rotateWebhook", "webhooks", "Until `old_secret_until` each webhook has a signature under both secrets."
    ),
    ("GET", "/v1/webhooks/{id}/failures"): Described(
        "listWebhookFailures", "webhooks", "Those that wait for another try out of turn, and those given up."
    ),
    ("POST", "/v1/webhooks/{id}/replay"): Described(
        "replayWebhooks",
        "webhooks",
        "`id`: of one failure. `since`: everything again from then on, in its order, with the same `webhook-id` as "
        "before; a receiver leaves out what it has seen.",
    ),
    ("GET", "/v1/webhook-keys"): Described(
        "getWebhookKeys", "webhooks", "`whpk_…` (Ed25519): to verify `v1a` signatures without sharing a secret."
    ),
    ("GET", "/v1/webhooks-health"): Described(
        "getWebhooksHealth", "webhooks", "Hosts, states and outcomes; no path, no query, no secret."
    ),
    ("GET", "/v1/agencies"): Described("listAgencies", "directory", "By code or words of the name, tier, parent."),
    ("PUT", "/v1/agencies"): Described("putAgencies", "directory", "Whole entries, by code. Operators only."),
    ("GET", "/v1/agencies/{code}"): Described("getAgency", "directory", "By either code: `000.00.00.H52` or `H52`."),
    ("GET", "/v1/agencies/silent"): Described(
        "listSilentAgencies",
        "operation",
        "Those that neither got a token nor fetched nor acknowledged after `since` (by default a day ago) though "
        "something waits for them longer; `all=true`: whether or not something waits. Most that waits comes first. A "
        "time may be some minutes too old after a crash of the hub.",
    ),
    ("GET", "/v1/agencies/{code}/health"): Described(
        "getAgencyHealth",
        "operation",
        "`vi` and `en` name the broken link first. An agency asks for itself (a centre for whom it acts, a successor "
        "for whom it took over), operators and auditors for any; to others no such agency is there.",
    ),
    ("GET", "/v1/attention"): Described(
        "listAttention", "operation", "Ranked, the gravest first, some seconds old. The console shows the same list."
    ),
    ("GET", "/v1/alerts"): Described("listAlerts", "operation", "Those that stand, and how they are told."),
    ("POST", "/v1/alerts/test"): Described(
        "testAlerts", "operation", "A mail and a webhook that say that nothing is to be done. Operators only."
    ),
    ("GET", "/v1/figures"): Described(
        "getFigures", "figures", "Rates, tiers, the 4 × 4 matrix, latency, and a ledger whose difference is 0."
    ),
    ("GET", "/v1/reports/period"): Described(
        "getPeriodReport",
        "figures",
        "Documents accepted in whole days, weeks, months or quarters of Vietnam, as they stand now. Units of a tier "
        "share nothing and add up to the tier, tiers to the total, steps to the window. `definitions` says what each "
        "figure is, `holes` what the figures do not tell.",
    ),
    ("GET", "/v1/reports/regime"): Described(
        "getRegimeReport",
        "figures",
        "`regime`: TT01-2020-A. The window is the regime's own: by NĐ 09/2019 Art. 12 a quarter begins on the 15th.",
    ),
    ("GET", "/v1/public/figures.json"): Described(
        "getPublicFigures",
        "figures",
        "QĐ 28/2018/QĐ-TTg Art. 14.3. Open to any site, with an ETag; units with few documents are one line. 404 where "
        "the hub has them switched off.",
    ),
    ("GET", "/v1/public/figures.csv"): Described(
        "getPublicFiguresCsv", "figures", "One line for each figure's period, tier or unit; UTF-8 with a mark."
    ),
    ("GET", "/v1/accounts"): Described("listAccounts", "operation", "Who may sign in to the console. Operators only."),
    ("POST", "/v1/accounts"): Described(
        "changeAccount",
        "operation",
        "Operators only; each change is on the console's trail. `add` and `reset` answer with a first password, told "
        "this once. `reset` also takes the second factor and ends every session, `disable` ends them.",
    ),
    ("GET", "/v1/problems"): Described(
        "listProblems", "figures", "Status, whose fault, what it says and what to do, in both languages."
    ),
    ("GET", "/log/checkpoint"): Described("getCheckpoint", "log", "A signed note (C2SP tlog-checkpoint)."),
    ("GET", "/log/checkpoint/cosigned"): Described(
        "getCosignedCheckpoint", "log", "A signed note with the signatures of witnesses."
    ),
    ("GET", "/log/vkey"): Described("getLogKeys", "log", "Compare them by another way before you trust them."),
    ("GET", "/log/tile/{path}"): Described(
        "getTile", "log", "C2SP tlog-tiles: `{level}/{index}` or `entries/{index}`."
    ),
    ("GET", "/log/objects/{kind}"): Described("listPublicObjects", "log", "From leaf `start` on; fewer may come."),
    ("GET", "/v1/audit/leaves"): Described("auditLeaves", "audit", "From leaf `start` on; fewer may come."),
    ("GET", "/v1/audit/checkpoints"): Described("auditCheckpoints", "audit", "Those of a size above `above`."),
    ("GET", "/v1/audit/signed/{digest}"): Described("auditSigned", "audit", "The token as it was sent."),
    ("GET", "/healthz"): Described("getHealth", "operation", "Without looking at anything."),
    ("GET", "/readyz"): Described("getReadiness", "operation", "503 with a `reason`: halted, clock-in-doubt, …"),
    ("GET", "/metrics"): Described("getMetrics", "operation", "Prometheus' text format."),
}

PARAMETERS: Final = {
    "above": "Checkpoints of a larger size come",
    "agency": "For which agency a centre acts; empty for the caller itself",
    "all": "Also agencies for which nothing waits",
    "application": "ApplicationType of the document, whole",
    "business": "What it does to earlier documents",
    "code": "An agency's code, of either system",
    "count": "At most so many",
    "cursor": "From the answer before; empty for the first page",
    "dated_since": "Promulgated on this day or later",
    "dated_until": "Promulgated on this day or earlier",
    "digest": "SHA-256 in lower-case hex",
    "document": "With the document's own bytes",
    "dry_run": "Check it and count what it would change; change nothing",
    "first": "First day of the report, in Vietnam, made whole to its steps",
    "id": "A UUID, with `urn:uuid:` or without; for a document also any other of its names, percent-encoded",
    "kind": "directory, release, timestamp or statement",
    "last": "Last day of the report, in Vietnam, made whole to its steps",
    "limit": "At most so many",
    "name": "Identifier, DocumentId, number/notation, or `<agency>,<yyyy/MM/dd>,<number>/<notation>`",
    "parent": "Code of the agency above",
    "path": "As C2SP tlog-tiles writes it",
    "period": "The steps of a report: day, week, month, quarter; of a regime's, its period, as 2026-Q1",
    "priority": "0 to 4",
    "quarter": "One on record, as 2026-Q1; empty for the last that is over",
    "recipient": "Of this recipient only",
    "recipient_tier": "Tier of a recipient",
    "sender": "Code of the agency that sent it",
    "sender_tier": "Tier of the sender",
    "regime": "Code of the reporting regime",
    "side": "Of what the caller sent, of what it was sent, or of both",
    "since": "From then on: a time (RFC 3339) or a day of Vietnam",
    "sort": "newest or oldest first, by acceptance",
    "start": "Number of the first leaf",
    "state": "Which deliveries",
    "statuses": "With the signed status messages, which name people",
    "task": "A task code of the document, whole",
    "text": "Words, accents or not; of agencies also the start of a code, of documents a number or any identifier",
    "tier": "Of this tier",
    signing.ID: "The same at every try; letters, digits, `-`, `_`",
    signing.SIGNATURE: "Signatures with a blank between",
    signing.TIMESTAMP: "Seconds since the epoch, when it was sent; refuse what is five minutes off",
    "until": "Before then: a time (RFC 3339) or a day of Vietnam",
    "verdict": "The hub's verdict on its signature",
}

EVENTS: Final = {kind.what: kind.text for kind in KINDS if kind.what} | {
    "reset": "the point you went on from is too old or none of this record: look at inbox and outbox, then go on",
}

MAY_BE_EMPTY: Final = frozenset({"/v1/check"})
"""Calls that answer to an empty body as to any other."""

WORDS: Final = {"EvidenceEvent": sorted({event.short for event in Event})}
"""Values of a word of `core/wire_words.py` that are defined above it."""

_MESSAGE: Final = "urn:uuid:019c8f2e-7a10-8000-8000-000000000001"
_EVIDENCE: Final = "urn:uuid:019c8f2e-7a10-8000-8000-000000000002"
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PLACED: Final = {
    "recipient": "000.00.00.H52",
    "state": "waiting",
    "seq": 1,
    "placed_at": "2026-11-22T08:00:00.123Z",
}
_SENT: Final = {
    "id": _MESSAGE,
    "kind": "document",
    "business": 0,
    "sender": "000.00.00.G22",
    "document_id": "000.00.00.G22,2026/11/22,0512/VPCP-KSTT",
    "code": "0512/VPCP-KSTT",
    "subject": "V/v rà soát thủ tục hành chính",
    "type_name": "Công văn",
    "priority": 0,
    "sha256": _SHA256,
    "size": 4812,
    "verdict": "VALID",
    "accepted_at": "2026-11-22T08:00:00.123Z",
    "recipients": 1,
}

_SIGNED: Final = {"signed": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjAxMjMifQ.eyJpdGVtcyI6W119.c2lnbmF0dXJl"}
_ACKNOWLEDGED: Final = {
    "message": _MESSAGE,
    "state": "handed_over",
    "evidence": _EVIDENCE,
    "receipt": "c2sp.org/tlog-proof@v1\n…",
}

REQUESTS: Final[dict[type[wire.Wire], Any]] = {
    wire.TokenRequest: {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjAxMjMifQ.eyJpc3MiOiIwMDAuMDAuMDAuSDUyIn0.c2lnbmF0dXJl",
    },
    wire.FetchRequest: {"limit": 50, "wait": 20, "content": True},
    wire_hooks.NewWebhook: {
        "url": "https://trao-doi.sonla.gov.vn/truc",
        "types": ["document.arrived", "delivery.status"],
    },
    wire_hooks.ReplayRequest: {"since": "2026-11-22T08:00:00Z"},
    wire.AcknowledgeRequest: _SIGNED,
    wire.AcknowledgeBatch: {"requests": [_SIGNED | {"agency": "000.00.00.H52"}]},
}
"""An example of each body that is sent; none of an operator's changes."""

ANSWERS: Final[dict[type[wire.Wire], Any]] = {
    wire.TokenAnswer: {
        "access_token": "t1.eyJzdWIiOiIwMDAuMDAuMDAuSDUyIn0.dGFn",
        "expires_in": 600,
        "token_type": "Bearer",
    },
    wire.Submitted: {
        "message": _SENT,
        "receipt": "c2sp.org/tlog-proof@v1\n…",
        "recipients": ["000.00.00.H52"],
    },
    wire.Inbox: {
        "items": [
            {
                "message": _SENT,
                "delivery": _PLACED,
                "leased_until": "2026-11-22T08:02:00.123Z",
                "says": {
                    "answers": [{"organ_id": "000.00.00.H52", "code": "12/UBND-VP", "promulgated": "2026-11-20"}],
                    "due": "2026-12-01",
                },
            }
        ],
        "cursor": "",
    },
    wire.Acknowledgements: {"items": [_ACKNOWLEDGED]},
    wire.AcknowledgedBatch: {"answers": [{"status": 200, "items": [_ACKNOWLEDGED]}]},
    wire.Life: {
        "message": _SENT,
        "deliveries": [_PLACED],
        "timeline": [
            {"evidence": _EVIDENCE, "leaf": 21, "event": "SubmissionAcceptance", "at": "2026-11-22T08:00:00.123Z"}
        ],
    },
    wire.Message: _SENT,
    wire.Outbox: {"items": [{"message": _SENT, "deliveries": [_PLACED]}]},
    wire.Problem: {
        "type": "urn:truc:problem:SIGNATURE_INVALID",
        "title": "The signature does not verify",
        "status": 422,
        "code": "SIGNATURE_INVALID",
        "fault": "sender",
        "detail": "Expected: a value under the certificate's key. Found: another.",
        "vi": "Chữ ký số không hợp lệ",
        "en": "The signature does not verify",
        "hint_vi": "Ký lại văn bản",
        "hint_en": "Sign the document again",
    },
}
LINES: Final = (
    '{"index":1,"status":422,"problem":{"type":"/v1/problems#SIGNATURE_INVALID","title":"The signature does not '
    'verify","status":422,"code":"SIGNATURE_INVALID","fault":"sender","detail":"…","vi":"…","en":"…"}}\n'
    '{"end":{"items":2,"accepted":1,"repeated":0,"refused":1}}\n'
)
HOOK: Final = {
    "type": "document.arrived",
    "timestamp": "2026-11-22T08:00:00.123Z",
    "data": {
        "agency": "000.00.00.H52",
        "document": _MESSAGE,
        "recipient": "000.00.00.H52",
        "event": "21.0.1f0e9a3c",
        "leaf": 21,
    },
}
"""A webhook's body."""
STREAM: Final = (
    'event: arrival\nid: 21.0.1f0e9a3c\ndata: {"what":"arrival","agency":"000.00.00.H52","message":"'
    + _MESSAGE
    + '","lane":0}\n\n'
)
