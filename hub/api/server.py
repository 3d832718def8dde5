"""The server: every route behind one door, every error one problem, every call one line of log.

A handler is called with what its route declares, already checked. Whatever escapes a handler becomes a problem; an
unexpected error is logged with its trace and answered as 500 without telling the caller anything of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl

import msgspec
import structlog
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from hub import failpoint
from hub.admission import Caller
from hub.api import openapi, peer, problems
from hub.api.answering import charge, check_answers, comes_from
from hub.api.calls import EVERYONE, NO_PATH, Axis, Call, NoQuery, Route
from hub.api.ledger import Ledger
from hub.api.listener import check_room, learn
from hub.api.milliseconds import PURSES, WATCHERS, Meter, Payer, weighed
from hub.api.problems import HEADERS
from hub.api.quotas import key_of
from hub.api.routes import ROUTES, WITHOUT_METRICS
from hub.api.table import Account, Table
from hub.api.turnstile import Turnstile
from hub.core.errors import AxisError, BadRequest, ClockInDoubt, IntegrityAlarm, NotFound, Unauthenticated, Unexpected
from hub.core.wire import AgencyChanges, TokenRequest, Wire

log = structlog.get_logger("http")
_JSON_BYTES = 4 * 1024 * 1024
_TOKEN_BYTES = 16 * 1024
_NOBODY = Caller("", "", "")
_ALWAYS_TOLD = frozenset(path for path, purse in PURSES.items() if purse == WATCHERS)
"""How the hub feels is told to whoever watches it, from the address of a flood of other calls as well."""
_NOWHERE = "none"
Otherwise = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_server(axis: Axis, routes: Sequence[Route] | None = None, otherwise: Otherwise | None = None) -> web.Server:
    """The server over one axis; `hub.api.listener` serves it. Made where its event loop runs. What is not in `routes`
    goes to `otherwise`, which answers it whole and for which nothing is counted here; None: all there are."""
    loop = asyncio.get_running_loop()

    def request(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.Request:
        return web.Request(message, payload, protocol, writer, task, loop)

    if routes is None:
        routes = (*(WITHOUT_METRICS if axis.settings.http.watch else ROUTES), _described())
    table = Table(routes, axis.metrics)
    return web.Server(Desk(axis, table, otherwise), request_factory=request, handler_cancellation=True)


def turnstile_of(axis: Axis) -> Turnstile:
    """The turnstile of whoever serves this axis: it knows callers as the door does, and the figures tell of it."""
    turnstile = Turnstile(axis.settings.limits.submissions, axis.door.recognised)
    axis.metrics.held.set_function(lambda: turnstile.waiting)
    return turnstile


def ledger_of(axis: Axis) -> Ledger:
    """The ledger of whoever serves this axis, which the figures tell of."""
    ledger = Ledger(axis.settings.limits, lambda outcome: axis.metrics.answers.labels(outcome).inc())
    axis.metrics.answer_bytes.set_function(lambda: ledger.held)
    return ledger


class Desk:
    """What is called with every request. `log.debug` is looked up once: where nothing below a higher level is told, a
    line costs nothing."""

    def __init__(self, axis: Axis, table: Table, otherwise: Otherwise | None) -> None:
        self._axis = axis
        self._table = table
        self._otherwise = otherwise
        self._nowhere = Account(axis.metrics, _NOWHERE)
        self._debug = log.bind().debug

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        milliseconds = self._axis.milliseconds
        meter = Meter(milliseconds, milliseconds.stranger(request.rel_url.raw_path, peer.address(request)))
        try:
            response: web.StreamResponse = await weighed(self._weighed(request, meter), meter)
        finally:
            meter.settle()
        return response

    async def _weighed(self, request: web.Request, meter: Meter) -> web.StreamResponse:
        """Everything that is done for a call, on one bill."""
        began = time.perf_counter()
        account, path = self._nowhere, NO_PATH
        try:
            served = self._table.exact(request.method, request.rel_url.raw_path)
            if served is None:
                try:
                    served, path = await self._table.match(request)
                except web.HTTPException:
                    self._admit_anyone(request, meter)
                    if self._otherwise is None:
                        raise
                    if request.path not in _ALWAYS_TOLD:
                        check_answers(request)
                    return await self._otherwise(request)
            account = served.account
            response = await self._called(served.route, request, path, meter)
        except Exception as error:
            response = _refused(self._axis, request, error)
        if "Server" not in response.headers and not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        seconds = time.perf_counter() - began
        account.add(response.status, seconds)
        failpoint.hit("answer.ready")
        self._debug(
            "request", method=request.method, route=account.path, status=response.status, ms=round(seconds * 1000, 1)
        )
        return response

    async def _called(
        self, route: Route, request: web.Request, path: Mapping[str, str], meter: Meter
    ) -> web.StreamResponse:
        """The handler with everything that its route declares done before it."""
        axis = self._axis
        check_room(request)
        if not route.roles:
            self._admit_anyone(request, meter)
            if route.path not in _ALWAYS_TOLD:
                check_answers(request)
            return await self._answered(route, request, _NOBODY, path)
        try:
            caller = axis.door.caller(request)
        except (Unauthenticated, ClockInDoubt):
            self._admit_stranger(request, meter)
            raise
        learn(request, key_of(caller))
        check_answers(request)
        meter.begin(Payer(key_of(caller)))
        axis.door.require(caller, route.roles)
        with axis.door.calling(caller):
            return await self._answered(route, request, caller, path)

    # Who calls is counted by number and held to what it owes, before anything is done for it.

    def _admit_anyone(self, request: web.Request, meter: Meter) -> None:
        """Where no name is asked for, one that verifies is taken all the same."""
        if key := self._axis.door.known(request):
            learn(request, key)
            meter.begin(Payer(key))
        else:
            self._admit_stranger(request, meter)

    def _admit_stranger(self, request: web.Request, meter: Meter) -> None:
        meter.begin(meter.payer)
        comes_from(request, peer.address(request))
        if request.rel_url.raw_path not in _ALWAYS_TOLD:
            self._axis.door.anonymous(peer.address(request))

    async def _answered(
        self, route: Route, request: web.Request, caller: Caller, path: Mapping[str, str]
    ) -> web.StreamResponse:
        if route.holds:
            charge(request, route.holds)
        query = _query(request, route.query)
        body = await _body(self._axis, request, route.body, caller) if route.body is not None else None
        return await route.handler(Call(self._axis, request, caller, query, body, path))


def _described() -> Route:
    """The interface's description of itself, which is not described in it."""
    described = openapi.encoded()

    async def describe(call: Call) -> web.StreamResponse:
        return web.Response(body=described, content_type="application/json")

    return Route("GET", "/v1/openapi.json", describe, "This interface", EVERYONE, "application/json")


def _query(request: web.Request, kind: type[Wire]) -> Wire | None:
    if kind is NoQuery and not request.rel_url.raw_query_string:
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
    key = key_of(caller) if caller.role else ""
    data = axis.intake.at_hand(request, most, key)
    if data is None:
        async with axis.intake.body(request, most, key) as spool:
            data = spool.read()
    try:
        if kind is TokenRequest and request.content_type == openapi.FORM:
            return msgspec.convert(_form(data), kind)
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadRequest(expected="a body as in /v1/openapi.json", found=str(error)[:200]) from None


def _form(data: bytes) -> dict[str, str]:
    return dict(parse_qsl(data.decode(), max_num_fields=10))


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
