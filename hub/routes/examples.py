"""Examples of bodies, for the description of the interface; a test holds them against the records."""

from __future__ import annotations

from typing import Any, Final

from hub.core import wire, wire_export, wire_hooks, wire_reporting

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

_REPORT: Final = {
    "regime": "II.06a",
    "period": "2026-Q4",
    "receiver": "000.00.00.G22",
    "version": 1,
    "figures": [{"indicator": "3", "row": "Đất đai", "actual": 120}],
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
    wire_reporting.ReportTold: _REPORT,
    wire_reporting.DraftWrite: {"report": _REPORT, "state": "CHO_DUYET_DON_VI", "revision": 1},
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
_BATCH_LINES: Final = (
    '{"index":1,"status":422,"problem":{"type":"/v1/problems#SIGNATURE_INVALID","title":"The signature does not '
    'verify","status":422,"code":"SIGNATURE_INVALID","fault":"sender","detail":"…","vi":"…","en":"…"}}\n'
    '{"end":{"items":2,"accepted":1,"repeated":0,"refused":1}}\n'
)
_EXPORT_LINES: Final = (
    '{"document":{"message":{"id":"' + _MESSAGE + '","kind":"document","sender":"000.00.00.G22",…},'
    '"states":{"handed_over":1},"deliveries":[…]}}\n{"end":{"lines":1}}\n'
)
LINES: Final[dict[type[wire.Wire], str]] = {
    wire.BatchLine: _BATCH_LINES,
    wire_export.ExportLine: _EXPORT_LINES,
}
"""An example of an answer that comes line by line."""
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
