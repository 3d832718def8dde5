"""Errors as RFC 9457 problems: one table from class to HTTP status, and one way to write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import web

from hub.core import errors as e
from hub.core import wire

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
    e.NotFound: 404,
    e.BadRequest: 400,
    e.TooLarge: 413,
    e.TooSlow: 408,
    e.EncodedBody: 415,
    e.DirectoryRefusal: 422,
    e.TooMany: 429,
    e.Unavailable: 503,
    e.ProofInvalid: 422,
    e.IntegrityAlarm: 503,
}
"""The nearest class up the tree that stands here decides; a test shows that every leaf finds one."""


def status_of(kind: type[e.AxisError]) -> int:
    for ancestor in kind.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    raise LookupError(kind.__name__)


def problem(error: e.AxisError) -> wire.Problem:
    """The problem document of an error: stable code, whose fault, what to do, in both languages."""
    receipt = error.facts.get("receipt", b"")
    recipients = error.facts.get("recipients", {})
    return wire.Problem(
        type=f"/v1/problems#{error.code}",
        title=error.text.en,
        status=status_of(type(error)),
        code=error.code,
        fault=error.fault.value,
        detail=error.en,
        vi=error.vi,
        en=error.en,
        hint_vi=error.hint.vi,
        hint_en=error.hint.en,
        expected=error.expected,
        found=error.found,
        findings=_findings(error),
        recipients={str(k): str(v) for k, v in recipients.items()} if isinstance(recipients, dict) else {},
        retry_after=error.retry_after if isinstance(error, e.TryLater) else 0,
        receipt=receipt.decode() if isinstance(receipt, bytes) else "",
    )


def respond(error: e.AxisError) -> web.Response:
    """The answer that carries an error; with Retry-After or WWW-Authenticate where the status asks for it."""
    body = problem(error)
    response = web.Response(body=msgspec.json.encode(body), status=body.status, content_type="application/problem+json")
    if body.retry_after:
        response.headers["Retry-After"] = str(max(1, round(body.retry_after)))
    if body.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="truc"'
    if isinstance(error, e.TooLarge | e.TooSlow | e.EncodedBody):
        response.force_close()  # the rest of the body is not read
    return response


def _findings(error: e.AxisError) -> list[wire.Finding]:
    found: Iterable[e.Finding] = error.findings if isinstance(error, e.InvalidFields) else ()
    return [wire.Finding(**msgspec.structs.asdict(f)) for f in found]
