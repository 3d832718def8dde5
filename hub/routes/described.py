"""The description of the interface beyond its types: tags, parameters, events.

The name and the sentences of a call stand beside its route, in `CALLS` of `hub.routes.table`; examples of bodies in
`hub.routes.examples`.
"""

from __future__ import annotations

from typing import Final

from hub.core.evidence.events import Event
from hub.core.evidence.kinds import KINDS
from hub.core.webhooks import signing

TAGS: Final = {
    "access": "Getting a token: RFC 7523, with an assertion signed by a registered key.",
    "documents": "Sending documents and statuses; their lives, bytes, receipts and evidence.",
    "mailbox": "What waits for an agency: look, take under a lease, read, acknowledge. What it sent: the outbox.",
    "desk": "An agency's own desk: drafts, groups of recipients, directions, corrections of its registers.",
    "events": "What happens, as it happens (server-sent events).",
    "webhooks": "What happens, sent to an address of yours (Standard Webhooks): the callbacks of `addWebhook`.",
    "directory": "Agencies, their codes, tiers and certificates.",
    "programmes": "What rides on documents: cases that data packets and headers make, boards, faults.",
    "figures": "What flows; what a problem's code means.",
    "results": "Electronic results, verified by anybody; leaders who sign.",
    "log": "The transparency log: checkpoints, tiles, public objects. Anyone may read it.",
    "audit": "For auditors; every look is itself recorded.",
    "operation": "Whether the hub is well.",
}

PARAMETERS: Final = {
    "above": "Checkpoints of a larger size come",
    "agency": "For which agency a centre acts; empty for the caller itself",
    "after": "Events after the one that an earlier answer ended with",
    "all": "Also agencies for which nothing waits",
    "application": "ApplicationType of the document, whole",
    "at": "The time that is asked about: RFC 3339 or a day; left out, now",
    "arrival": "Number under which the caller's own agency registered it, of this year, or as 1287/2026",
    "book": "found: what was found; in, out: the caller's register of what came in or went out",
    "business": "What it does to earlier documents",
    "case": "Identifier of a case, percent-encoded",
    "code": "An agency's code, of either system",
    "count": "At most so many",
    "cursor": "From the answer before; empty for the first page",
    "dated_since": "Promulgated on this day or later",
    "dated_until": "Promulgated on this day or earlier",
    "day": "The day of Vietnam for which it is judged what is late; today where it is left out",
    "digest": "SHA-256 in lower-case hex",
    "document": "With the document's own bytes",
    "dry_run": "Check it and count what it would change; change nothing",
    "due_until": "Due on this day or earlier",
    "first": "First day of the report, in Vietnam, made whole to its steps",
    "fresh": "Filled again from the record, whatever the draft has",
    "from": "First month, as 2026-11; left out, this month",
    "format": "Of the answer, as the call says",
    "how": "Only reports that are in-time, late, waited-for or overdue",
    "id": "A UUID, with `urn:uuid:` or without; for a document also any other of its names, percent-encoded",
    "lang": "Language of what is written in a file: vi or en; left out, that of Accept-Language, else vi",
    "kind": "directory, release, timestamp or statement; of a case a word of its programme",
    "last": "Last day of the report, in Vietnam, made whole to its steps",
    "limit": "At most so many",
    "name": "Identifier, DocumentId, number/notation, or `<agency>,<yyyy/MM/dd>,<number>/<notation>`",
    "owner": "Code of the agency that declared the regime; empty for one that comes with the hub",
    "parent": "Code of the agency above",
    "path": "As C2SP tlog-tiles writes it",
    "period": "Of the regime: a quarter as 2026-Q1, a month as 2026-10, a year as 2026",
    "priority": "0 to 4",
    "about": "The thing that many cases are about: of a dossier its procedure",
    "measure": "Cases that add to this sum",
    "without": "Of these the ones that do not add to that sum too",
    "procedures": "Of how many procedures the mean time is told by itself",
    "programme": "Its name, as `GET /v1/programmes` has it",
    "quarter": "One on record, as 2026-Q1; empty for the last that is over",
    "receiver": "Code of the agency that the report goes to; left out, the one that the regime means",
    "recipient": "Of this recipient only",
    "recipient_tier": "Tier of a recipient",
    "sender": "Code of the agency that sent it",
    "sender_tier": "Tier of the sender",
    "result": "Number of a result: of its dossier, with -KQ1",
    "regime": "Code of the reporting regime",
    "sha256": "SHA-256 of a file, in lower-case hex",
    "role": "Of a party of a case: a word of its programme",
    "side": "Of what the caller sent, of what it was sent, or of both",
    "since": "From then on: a time (RFC 3339) or a day of Vietnam",
    "sort": "newest or oldest first, by acceptance; of cases newest, or by due",
    "stands": "Cases that are open, overdue or ended on the day of the answer",
    "start": "Number of the first leaf",
    "state": "Which deliveries; of a case a word of its programme",
    "statuses": "With the signed status messages, which name people",
    "task": "A task code of the document, whole",
    "text": "Words, accents or not; of agencies also the start of a code, of documents a number or any identifier",
    "tier": "Of this tier",
    signing.ID: "The same at every try; letters, digits, `-`, `_`",
    signing.SIGNATURE: "Signatures with a blank between",
    signing.TIMESTAMP: "Seconds since the epoch, when it was sent; refuse what is five minutes off",
    "to": "Last month, as 2026-11; left out, this month",
    "until": "Before then: a time (RFC 3339) or a day of Vietnam",
    "value": "plan, estimate or actual",
    "verdict": "The hub's verdict on its signature",
}

ELSEWHERE: Final = {
    ("/log/objects/{kind}", "kind"): "directory, release, timestamp or statement",
    ("/v1/drafts/{id}", "id"): "Of the draft, as the list of drafts tells it",
    ("/v1/inbox", "state"): "Of the deliveries: waiting, handed_over, taken_back, refused or expired",
    ("/v1/receipts/{id}", "id"): "Of the evidence: a UUID, with `urn:uuid:` or without",
    ("/v1/reports/period", "period"): "The steps of the report: day, week, month or quarter",
    ("/v1/results/verify", "owner"): "The owner's tag in the QR of a paper: sixteen hex digits",
    ("/v1/webhooks/{id}", "id"): "Of the endpoint, as wh_1",
}
"""Parameters that mean another thing below a path than `PARAMETERS` says; the longest path counts."""

BODIES: Final = {
    "/v1/programmes/dossiers/services": {
        "type": "object",
        "required": ["madonvi", "service", "data"],
        "properties": {
            "session": {"type": "string"},
            "madonvi": {"type": "string", "minLength": 1, "maxLength": 64},
            "service": {"type": "string", "enum": ["DongBoHoSoMC", "CapNhatTienDoHoSoMC", "TraCuuHoSo"]},
            "isUpdating": {"type": "string"},
            "data": {
                "type": "array",
                "maxItems": 200,
                "items": {"type": "object", "additionalProperties": True},
            },
        },
        "example": {
            "session": "",
            "madonvi": "000.00.00.H52",
            "service": "DongBoHoSoMC",
            "isUpdating": "False",
            "data": [
                {
                    "MaHoSo": "H52.13-261102-0002",
                    "MaTTHC": "1.004873",
                    "KenhThucHien": "1",
                    "NgayTiepNhan": "20261102090000",
                    "NgayHenTra": "20261106",
                    "TrangThaiHoSo": "2",
                    "DonViXuLy": "H52.13",
                }
            ],
        },
    }
}
"""Bodies of JSON whose bytes are kept as they came, and read by the room itself: the form of each, for callers."""

EVENTS: Final = {kind.what: kind.text for kind in KINDS if kind.what} | {
    "reset": "the point you went on from is too old or none of this record: look at inbox and outbox, then go on",
}

MAY_BE_EMPTY: Final = frozenset({"/v1/check"})
"""Calls that answer to an empty body as to any other."""

WORDS: Final = {"EvidenceEvent": sorted({event.short for event in Event})}
"""Values of a word of `core/wire_words.py` that are defined above it."""
