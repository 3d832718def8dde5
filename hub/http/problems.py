"""Errors as RFC 9457 problems: one table from class to HTTP status, and one way to write them.

Nothing of an error of ours is told but that it happened; the finding in a request is told to its sender.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import web

from hub.core import errors as e
from hub.core import wire
from hub.core.directory.check import Problem
from hub.core.error_records import MOST_FINDINGS
from hub.core.phrases.table import EXPECTED_FOUND
from hub.http.speaking import told_in

STATUS: Final[dict[type[e.AxisError], int]] = {
    e.FormatRefusal: 422,
    e.MalformedXml: 400,
    e.NotEdxml: 400,
    e.SignatureRefusal: 422,
    e.RoutingRefusal: 422,
    e.SenderNotAllowed: 403,
    e.ConflictRefusal: 409,
    e.StatusRefusal: 409,
    e.StatusNotYours: 403,
    e.StatusUnmatched: 404,
    e.AcknowledgementRefusal: 422,
    e.Unauthenticated: 401,
    e.Forbidden: 403,
    e.FormStale: 403,
    e.NotFound: 404,
    e.NameAmbiguous: 409,
    e.PayloadGone: 410,
    e.BadRequest: 400,
    e.TooLarge: 413,
    e.DeskFull: 413,
    e.GroupName: 400,
    e.TooSlow: 408,
    e.EncodedBody: 415,
    e.WebhookRefused: 422,
    e.DirectoryRefusal: 422,
    e.TooMany: 429,
    e.RefusalsSpent: 429,
    e.Unavailable: 503,
    e.ClockInDoubt: 503,
    e.Maintenance: 503,
    e.Overloaded: 503,
    e.CasesBehind: 503,
    e.NotInstalled: 501,
    e.ProofInvalid: 422,
    e.PolicyInvalid: 422,
    e.ListInvalid: 503,
    e.AlreadyRunning: 503,
    e.IntegrityAlarm: 503,
    e.Unexpected: 500,
}
"""The nearest class up the tree that stands here decides; a test shows that every leaf finds one."""


HEADERS: Final = {
    "Server": "truc",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise."""

_SHOWN: Final = 200
"""Letters of a code or value of the directory that is wrong."""

_BODY_LEFT: Final = (e.TooLarge, e.TooSlow, e.EncodedBody)
"""Errors after which the rest of a body is not read: the connection ends with the answer."""


def status_of(kind: type[e.AxisError]) -> int:
    for ancestor in kind.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    raise LookupError(kind.__name__)


def problem(error: e.AxisError, status: int | None = None, lang: str = "en") -> wire.Problem:
    """The problem document of an error: stable code, whose fault, the remedy, in both languages. `status` where HTTP
    has one that says more than the table (405, 431). `lang`: of title, detail, expected and found."""
    vietnamese = lang == "vi"
    receipt = error.facts.get("receipt", b"")
    recipients = error.facts.get("recipients", {})
    return wire.Problem(
        type=f"/v1/problems#{error.code}",
        title=error.text.vi if vietnamese else error.text.en,
        status=status or status_of(type(error)),
        code=error.code,
        fault=error.fault.value,
        detail=error.vi if vietnamese else error.en,
        vi=error.vi,
        en=error.en,
        hint_vi=error.hint.vi,
        hint_en=error.hint.en,
        expected=EXPECTED_FOUND.vi(error.expected) if vietnamese else error.expected,
        found=EXPECTED_FOUND.vi(error.found) if vietnamese else error.found,
        findings=_findings(error),
        recipients={str(k): str(v) for k, v in recipients.items()} if isinstance(recipients, dict) else {},
        retry_after=error.retry_after if isinstance(error, e.TryLater) else 0,
        receipt=receipt.decode() if isinstance(receipt, bytes) else "",
        entries=_entries(error),
        documents=_documents(error),
    )


def kinds() -> list[wire.ProblemKind]:
    """Every code that a problem may carry, by code."""
    found = [_kind(leaf, leaf.code, leaf.text, leaf.hint) for leaf in e.leaves() if leaf is not e.SignatureRefusal]
    found += [_kind(e.SignatureRefusal, f"SIGNATURE_{v}", text, hint) for v, (text, hint) in e.VERDICT_TEXT.items()]
    return sorted(found, key=lambda kind: kind.code)


def _kind(leaf: type[e.AxisError], code: str, text: e.Text, hint: e.Text) -> wire.ProblemKind:
    return wire.ProblemKind(
        code=code,
        status=status_of(leaf),
        fault=leaf.fault.value,
        vi=text.vi,
        en=text.en,
        hint_vi=hint.vi,
        hint_en=hint.en,
    )


def respond(error: e.AxisError, status: int | None = None, lang: str = "en") -> web.Response:
    """The answer that carries an error; with Retry-After or WWW-Authenticate where the status asks for it."""
    body = problem(error, status, lang)
    response = web.Response(
        body=msgspec.json.encode(body),
        status=body.status,
        headers=HEADERS | told_in(lang) | {"Content-Type": "application/problem+json"},
    )
    if body.retry_after:
        response.headers["Retry-After"] = str(math.ceil(body.retry_after))
    if body.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="truc"'
    if isinstance(error, _BODY_LEFT):
        response.force_close()
    return response


def hang_up(request: web.BaseRequest) -> ConnectionResetError:
    """Cut off a reader that is too slow; closing would wait for it. The error ends its handler."""
    if request.transport is not None:
        request.transport.abort()
    return ConnectionResetError("the reader is too slow")


def _entries(error: e.AxisError) -> list[wire.EntryProblem]:
    """The faults of entries of the directory."""
    problems = error.facts.get("problems", ()) if isinstance(error, e.DirectoryRefusal) else ()
    told = problems[:MOST_FINDINGS] if isinstance(problems, tuple) else ()
    return [
        wire.EntryProblem(
            entry=p.entry[:_SHOWN],
            field=p.field,
            reason=p.reason,
            value=p.value[:_SHOWN],
            vi=p.vi,
            en=p.en,
            line=p.line,
        )
        for p in told
        if isinstance(p, Problem)
    ]


def _documents(error: e.AxisError) -> list[wire.Candidate]:
    """Which documents a name may mean."""
    found = error.facts.get("documents", ()) if isinstance(error, e.NameAmbiguous) else ()
    return msgspec.convert(found, list[wire.Candidate])


def _findings(error: e.AxisError) -> list[wire.Finding]:
    found: Iterable[e.Finding] = error.findings[:MOST_FINDINGS] if isinstance(error, e.InvalidFields) else ()
    return [wire.Finding.of(f) for f in found]
