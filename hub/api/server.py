"""The web application: every route behind one door, every error one problem, every call one line of log.

A handler is called with what its route declares, already checked. Whatever escapes a handler becomes a problem; an
unexpected error is logged with its trace and answered as 500 without telling the caller anything of it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog
from aiohttp import web

from hub.admission import Caller
from hub.api import openapi, problems
from hub.api.calls import Axis, Call, NoQuery, Route
from hub.api.problems import HEADERS
from hub.api.quotas import key_of
from hub.api.routes import ROUTES
from hub.core.errors import AxisError, BadRequest, IntegrityAlarm, NotFound, Unexpected
from hub.core.wire import AgencyChanges, TokenRequest, Wire

log = structlog.get_logger("http")
_JSON_BYTES = 4 * 1024 * 1024
_TOKEN_BYTES = 16 * 1024
_NOBODY = Caller("", "", "")
_ALWAYS_TOLD = frozenset({"/healthz", "/readyz", "/metrics"})
"""How the hub feels is told to whoever watches it, from the address of a flood as well."""
_OTHERWISE = "/{path:.*}"
Otherwise = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(axis: Axis, routes: Sequence[Route] = ROUTES, otherwise: Otherwise | None = None) -> web.Application:
    """The application over one axis; `hub.api.listener` serves it. What is not in `routes` goes to `otherwise`, which
    answers it whole and for which nothing is counted here."""
    app = web.Application(middlewares=[_accounted(axis)])
    app.on_response_prepare.append(_headers)
    for route in routes:
        handler = _guarded(axis, route)
        app.router.add_route(route.method, route.path, handler, expect_handler=_expected)
        if route.method == "GET" and not route.endless:
            app.router.add_route("HEAD", route.path, handler, expect_handler=_expected)
    if otherwise is not None:
        app.router.add_route("*", _OTHERWISE, _passed_on(axis, otherwise), expect_handler=_expected)
        return app
    described = openapi.encoded()

    async def describe(request: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json")

    app.router.add_get("/v1/openapi.json", describe)
    return app


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = HEADERS["Server"]
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


async def _expected(request: web.Request) -> None:
    """Expect: 100-continue is answered by the intake, where the body begins to be read."""


def _guarded(axis: Axis, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler with everything that its route declares done before it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if not route.roles:
            if route.path not in _ALWAYS_TOLD:
                axis.door.anonymous(request)
            return await _called(axis, route, request, _NOBODY)
        caller = axis.door.caller(request)
        axis.door.require(caller, route.roles)
        with axis.door.calling(caller):
            return await _called(axis, route, request, caller)

    return handle


def _passed_on(axis: Axis, otherwise: Otherwise) -> Otherwise:
    """Here it is known from where a call comes, which the hub's own process is not told."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if "Authorization" not in request.headers and request.path not in _ALWAYS_TOLD:
            axis.door.anonymous(request)
        return await otherwise(request)

    return handle


async def _called(axis: Axis, route: Route, request: web.Request, caller: Caller) -> web.StreamResponse:
    query = _query(request, route.query)
    body = await _body(axis, request, route.body, caller) if route.body is not None else None
    return await route.handler(Call(axis, request, caller, query, body))


def _query(request: web.Request, kind: type[Wire]) -> Wire | None:
    if kind is NoQuery and not request.query_string:
        return None
    given = dict(request.query)
    if len(given) != len(request.query):
        raise BadRequest(expected="each parameter once", found=request.query_string[:80])
    unknown = set(given) - set(kind.__struct_fields__)
    if unknown:
        raise BadRequest(
            expected=", ".join(kind.__struct_fields__) or "no parameters",
            found=", ".join(sorted(unknown))[:80],
        )
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(expected="parameters as in /v1/openapi.json", found=str(error)[:200]) from None


async def _body(axis: Axis, request: web.Request, kind: type[Wire], caller: Caller) -> Wire:
    # What comes from nobody known is small enough for memory, and for a moment.
    most = {AgencyChanges: axis.settings.limits.document_bytes, TokenRequest: _TOKEN_BYTES}.get(kind, _JSON_BYTES)
    async with axis.intake.body(request, most, key_of(caller) if caller.role else "") as spool:
        data = spool.read()
    try:
        if kind is TokenRequest and request.content_type == openapi.FORM:
            return msgspec.convert(_form(data), kind)
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadRequest(expected="a body as in /v1/openapi.json", found=str(error)[:200]) from None


def _form(data: bytes) -> dict[str, str]:
    return dict(parse_qsl(data.decode(), max_num_fields=10))


def _accounted(axis: Axis) -> Any:
    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            response = await handler(request)
        except Exception as error:
            response = _refused(axis, request, error)
        _account(axis, request, response, time.perf_counter() - began)
        return response

    return middleware


def _refused(axis: Axis, request: web.Request, error: Exception) -> web.StreamResponse:
    """Any error as a problem, or raised again where nobody is left to tell."""
    if isinstance(error, web.HTTPException):
        return _standard(request, error)
    if isinstance(error, ConnectionError):
        raise error
    if isinstance(error, IntegrityAlarm):
        log.error("integrity-alarm", error=error.en)
    elif not isinstance(error, AxisError):
        log.error("unexpected", path=request.path, exc_info=error)
        error = Unexpected()
    axis.metrics.refusals.labels(error.code).inc()
    return problems.respond(error)


def _standard(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own errors (no route, wrong method) in our form."""
    kind = NotFound if error.status == 404 else BadRequest
    response = problems.respond(kind(found=f"{request.method} {request.path}"[:120]), error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _account(axis: Axis, request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    resource = request.match_info.route.resource
    name = resource.canonical if resource is not None else "none"
    if name == _OTHERWISE:
        return
    axis.metrics.requests.labels(name, str(response.status)).inc()
    axis.metrics.seconds.labels(name).observe(seconds)
    log.debug("request", method=request.method, route=name, status=response.status, ms=round(seconds * 1000, 1))
