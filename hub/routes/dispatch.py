"""The server: every route behind one door, every error one problem, every call one line of log.

A handler is called with the values that its route declares, already checked. Every error that escapes a handler becomes
a problem; an unexpected error is logged with its trace and answered as 500 without telling the caller anything of it.
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

from hub.admission.submission import AGENCY, Caller
from hub.base import failpoint
from hub.core import typed
from hub.core.errors import (
    AxisError,
    BadRequest,
    ClockInDoubt,
    IntegrityAlarm,
    NotFound,
    Refusal,
    TooMany,
    Unauthenticated,
    Unexpected,
)
from hub.core.misfit import Misfit, misfit, one_of, words_of
from hub.core.wire import AgencyChanges, TokenRequest, Wire
from hub.core.wire_desk import SaveDraft
from hub.desk.drafts import MOST_SENT
from hub.http import peer, problems
from hub.http.answering import charge, check_answers, comes_from
from hub.http.call import EVERYONE, KNOWN, NO_PATH, Call, Context, NoQuery, Route, cookie_of
from hub.http.ledger import Ledger
from hub.http.limits import Rates, key_of
from hub.http.listener import check_room, learn
from hub.http.milliseconds import PURSES, WATCHERS, Meter, Payer
from hub.http.overload import ConnectionGate
from hub.http.problems import HEADERS
from hub.http.route_table import Account, Table
from hub.http.speaking import spoken
from hub.routes import openapi
from hub.routes.table import ROUTES, WITHOUT_METRICS
from hub.routes.weighing import weighed

log = structlog.get_logger("http")
_JSON_BYTES = 4 * 1024 * 1024
_TOKEN_BYTES = 16 * 1024
_NOBODY = Caller("", "", "")
_ALWAYS_TOLD = frozenset(path for path, purse in PURSES.items() if purse == WATCHERS)
"""The hub's health is told to its watchers, from the address of a flood of other calls as well."""
_NOWHERE = "none"
_CALLER = web.RequestKey("caller", Caller)
_LINES_PER_SECOND = 200
Otherwise = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_server(
    context: Context,
    routes: Sequence[Route] | None = None,
    otherwise: Otherwise | None = None,
    pages: Sequence[Route] = (),
) -> web.Server:
    """The server over one axis; `hub.http.listener` serves it. Made where its event loop runs. A call that is not in
    `routes` goes to `otherwise`, which answers it whole and for which nothing is counted here; None: all there are, and
    `pages`."""
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
        routes = (*(WITHOUT_METRICS if context.settings.http.watch else ROUTES), _described(), *pages)
    table = Table(routes, context.metrics)
    return web.Server(Dispatcher(context, table, otherwise), request_factory=request, handler_cancellation=True)


def gate_of(context: Context) -> ConnectionGate:
    """The gate of the server of this axis: it knows callers as the door does, and the figures tell of it."""
    gate = ConnectionGate(context.settings.limits.submissions, context.authenticator.recognised)
    context.metrics.held.set_function(lambda: gate.waiting)
    return gate


def ledger_of(context: Context) -> Ledger:
    """The ledger of the server of this axis, which the figures tell of."""
    ledger = Ledger(context.settings.limits, lambda outcome: context.metrics.answers.labels(outcome).inc())
    context.metrics.answer_bytes.set_function(lambda: ledger.held)
    return ledger


class Dispatcher:
    """The function that is called with every request. `log.debug` is looked up once: where nothing below a higher level
    is told, a line costs nothing."""

    def __init__(self, context: Context, table: Table, otherwise: Otherwise | None) -> None:
        self._context = context
        self._table = table
        self._otherwise = otherwise
        self._laboratory = context.hub_only.laboratory if context.hub_only is not None else None
        self._nowhere = Account(context.metrics, _NOWHERE)
        self._debug = log.bind().debug
        self._told = Rates(_LINES_PER_SECOND, 5 * _LINES_PER_SECOND, time.monotonic)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        milliseconds = self._context.milliseconds
        meter = Meter(milliseconds, milliseconds.stranger(request.rel_url.raw_path, peer.address(request)))
        try:
            response: web.StreamResponse = await weighed(self._weighed(request, meter), meter)
        finally:
            meter.settle()
        return response

    async def _weighed(self, request: web.Request, meter: Meter) -> web.StreamResponse:
        """Everything that is done for a call, on one bill."""
        began = time.perf_counter()
        account, path, served = self._nowhere, NO_PATH, None
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
            response = _refused(self._context, request, error, served.route if served is not None else None)
            self._tell(request, error, account.path, response.status)
        if "Server" not in response.headers and not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        seconds = time.perf_counter() - began
        account.add(response.status, seconds)
        if self._laboratory is not None:
            self._laboratory.saw(request, response.status, seconds)
        failpoint.hit("answer.ready")
        self._debug(
            "request", method=request.method, route=account.path, status=response.status, ms=round(seconds * 1000, 1)
        )
        return response

    def _tell(self, request: web.Request, error: Exception, route: str, status: int) -> None:
        """A refused call on a line of the log: caller, address and code; of an agency that had proved its name among
        its contacts too. A flood of refusals is told by its beginning."""
        caller = request.get(_CALLER, _NOBODY)
        code = error.code if isinstance(error, AxisError) else ""
        if caller.role == AGENCY and code and not (isinstance(error, Refusal) and "receipt" in error.facts):
            contacts = self._context.exchange.contacts
            contacts.refused(caller.agency, code, self._context.exchange.clock())
        try:
            self._told.check("")
        except TooMany:
            return
        address, who = peer.address(request), f"{caller.role}:{caller.agency}" if caller.role else ""
        log.info("refused", caller=who, address=address, code=code or str(status), route=route, status=status)

    async def _called(
        self, route: Route, request: web.Request, path: Mapping[str, str], meter: Meter
    ) -> web.StreamResponse:
        """The handler with everything that its route declares done before it."""
        context = self._context
        check_room(request)
        if not route.roles:
            self._admit_anyone(request, meter)
            if route.path not in _ALWAYS_TOLD:
                check_answers(request)
            return await self._answered(route, request, _NOBODY, path)
        try:
            caller = context.authenticator.caller(request)
        except (Unauthenticated, ClockInDoubt):
            self._admit_stranger(request, meter)
            raise
        request[_CALLER] = caller
        learn(request, key_of(caller))
        check_answers(request)
        meter.begin(Payer(key_of(caller)))
        context.authenticator.require(caller, route.roles)
        with context.authenticator.calling(caller):
            return await self._answered(route, request, caller, path)

    # A caller is counted by number and held to its debt, before anything is done for it.

    def _admit_anyone(self, request: web.Request, meter: Meter) -> None:
        """Where no name is asked for, one that verifies is taken all the same."""
        if key := self._context.authenticator.known(request) or self._signed_in(request):
            learn(request, key)
            meter.begin(Payer(key))
        else:
            self._admit_stranger(request, meter)

    def _signed_in(self, request: web.Request) -> str:
        """Under whose key a page of the console is counted: of a visitor that is signed in, or that signs in again on a
        browser that is known, and is not kept out by a flood of strangers. Empty for all others."""
        if "Cookie" not in request.headers:
            return ""
        key = self._context.visitors.whose(cookie_of(request), cookie_of(request, KNOWN))
        return self._context.authenticator.rated(key) if key else ""

    def _admit_stranger(self, request: web.Request, meter: Meter) -> None:
        meter.begin(meter.payer)
        comes_from(request, peer.address(request))
        if request.rel_url.raw_path not in _ALWAYS_TOLD:
            self._context.authenticator.anonymous(peer.address(request))

    async def _answered(
        self, route: Route, request: web.Request, caller: Caller, path: Mapping[str, str]
    ) -> web.StreamResponse:
        if self._laboratory is not None:
            await self._laboratory.before(request, caller)
        if route.holds:
            charge(request, route.holds)
        query = _query(request, route.query)
        body = await _body(self._context, request, route.body, caller) if route.body is not None else None
        return await route.handler(Call(self._context, request, caller, query, body, path))


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
    unknown = set(given) - set(kind.__struct_encode_fields__)
    if unknown:
        known = ", ".join(f"`{name}`" for name in kind.__struct_encode_fields__)
        raise BadRequest(
            expected=f"the parameters {known}" if known else "no parameters", found=", ".join(sorted(unknown))[:80]
        )
    try:
        read: Wire = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _misfit(misfit(kind, error, given)) from None
    for name, listed in words_of(kind).items():
        if given.get(name, "") not in ("", *listed):
            raise _misfit(Misfit(name, one_of(listed), given[name][:80]))
    members = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    # A lenient reading takes 1e3 and 1.0 for whole numbers; those are written in digits.
    for name, value in given.items():
        if type(getattr(read, members[name])) is int and not value.lstrip("-").isdecimal():
            raise BadRequest(expected="whole numbers in digits", found=f"{name}={value[:40]}")
    # A lenient reading takes the word for nothing at all; a parameter that is left out is written by leaving it out.
    words = [name for name, value in given.items() if value.lower() == "null"]
    if words:
        for name in words:
            if getattr(read, members[name]) is None:
                raise BadRequest(expected="parameters as in /v1/openapi.json", found=name)
    return read


async def _body(context: Context, request: web.Request, kind: type[Wire], caller: Caller) -> Wire:
    # A body from nobody known is small enough for memory, and for a moment.
    most = {
        AgencyChanges: context.settings.limits.document_bytes,
        TokenRequest: _TOKEN_BYTES,
        SaveDraft: MOST_SENT,
    }.get(kind, _JSON_BYTES)
    key = key_of(caller) if caller.role else ""
    data = context.bodies.at_hand(request, most, key)
    if data is None:
        async with context.bodies.body(request, most, key) as spool:
            data = spool.read()
    try:
        if kind is TokenRequest and request.content_type == openapi.FORM:
            return msgspec.convert(_form(data), kind)
        read = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _misfit(misfit(kind, error)) from None
    if kind is not TokenRequest:  # shown to nobody
        typed.check_body(data, read)
    return read


def _misfit(wrong: Misfit) -> BadRequest:
    return BadRequest(expected=wrong.told, found=wrong.found, place=wrong.place)


def _form(data: bytes) -> dict[str, str]:
    return dict(parse_qsl(data.decode(), max_num_fields=10))


def _refused(context: Context, request: web.Request, error: Exception, route: Route | None) -> web.StreamResponse:
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
    context.metrics.refusals.labels(error.code).inc()
    tell = route.told if route is not None and route.told is not None else _problem
    return tell(request, error, None)


def _problem(request: web.Request, error: AxisError, status: int | None) -> web.Response:
    return problems.respond(error, status, spoken(request, otherwise="en"))


def _standard(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own errors (no route, wrong method) in our form."""
    kind = NotFound if error.status == 404 else BadRequest
    expected = "a path of /v1/openapi.json" if error.status == 404 else error.headers.get("Allow", "")
    refusal = kind(expected=expected, found=f"{request.method} {request.path}"[:120])
    response = problems.respond(refusal, error.status, spoken(request, otherwise="en"))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response
