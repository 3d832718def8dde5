"""The web application: every route behind one door, every error one problem, every call one line of log.

A handler is called with what its route declares, already checked. Whatever escapes a handler becomes a problem; an
unexpected error is logged with its trace and answered as 500 without telling the caller anything of it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog
from aiohttp import web

from hub.admission import Caller
from hub.api import problems
from hub.api.calls import Axis, Call, NoQuery, Route
from hub.api.openapi import document as openapi_document
from hub.api.routes import ROUTES
from hub.core.errors import AxisError, BadRequest, IntegrityAlarm, NotFound, TooLarge
from hub.core.wire import AgencyChanges, TokenRequest, Wire

log = structlog.get_logger("http")
_JSON_BYTES = 4 * 1024 * 1024
_NOBODY = Caller("", "", "")


def make_app(axis: Axis) -> web.Application:
    """The application over one axis; start it with an AppRunner whose `auto_decompress` is off."""
    app = web.Application(middlewares=[_errors(axis)])
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _guarded(axis, route))
    openapi = msgspec.json.encode(openapi_document(ROUTES), order="sorted")

    async def describe(request: web.Request) -> web.Response:
        return web.Response(body=openapi, content_type="application/json")

    app.router.add_get("/v1/openapi.json", describe)
    return app


def _guarded(axis: Axis, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler with everything that its route declares done before it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = _NOBODY
        if route.roles:
            caller = axis.door.caller(request)
            axis.door.require(caller, route.roles)
        query = _query(request, route.query)
        body = await _body(axis, request, route.body) if route.body is not None else None
        return await route.handler(Call(axis, request, caller, query, body))

    return handle


def _query(request: web.Request, kind: type[Wire]) -> Wire | None:
    if kind is NoQuery and not request.query:
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


async def _body(axis: Axis, request: web.Request, kind: type[Wire]) -> Wire:
    spool = await axis.door.body(request)
    try:
        if spool.size > _JSON_BYTES and kind is not AgencyChanges:
            raise TooLarge(expected=f"at most {_JSON_BYTES} bytes of JSON", found=f"{spool.size} bytes")
        data = spool.read()
    finally:
        spool.close()
    try:
        if kind is TokenRequest and request.content_type == "application/x-www-form-urlencoded":
            return msgspec.convert(_form(data), kind)
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadRequest(expected="a body as in /v1/openapi.json", found=str(error)[:200]) from None


def _form(data: bytes) -> dict[str, str]:
    return dict(parse_qsl(data.decode(), max_num_fields=10))


def _errors(axis: Axis) -> Any:
    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        began = time.perf_counter()
        response = await _answered(axis, request, handler)
        _account(axis, request, response, time.perf_counter() - began)
        return response

    return middleware


async def _answered(
    axis: Axis, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except AxisError as error:
        axis.metrics.refusals.labels(error.code).inc()
        if isinstance(error, IntegrityAlarm):
            log.error("integrity-alarm", error=error.en)
        return problems.respond(error)
    except web.HTTPException as error:
        return _standard(request, error)
    except (ConnectionResetError, TimeoutError):
        raise
    except Exception:
        log.exception("unexpected", path=request.path)
        return web.json_response(
            {"type": "about:blank", "title": "Internal error", "status": 500, "code": "HUB_ERROR"}, status=500
        )


def _standard(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own errors (no route, wrong method) in our form."""
    if error.status < 400:
        return error
    kind = NotFound if error.status == 404 else BadRequest
    response = problems.respond(kind(found=f"{request.method} {request.path}"[:120]))
    response.set_status(error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _account(axis: Axis, request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    resource = request.match_info.route.resource
    name = resource.canonical if resource is not None else "none"
    axis.metrics.requests.labels(name, str(response.status)).inc()
    axis.metrics.seconds.labels(name).observe(seconds)
    log.debug("request", method=request.method, route=name, status=response.status, ms=round(seconds * 1000, 1))
