"""A handler's input and output, and a route's declaration: enough to check the call and to write OpenAPI from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from hub.accounts.book import Accounts
from hub.accounts.visitors import Visitors
from hub.admission.submission import AGENCY, AUDITOR, OPERATOR, Caller
from hub.base.config import Settings
from hub.base.metrics import Metrics
from hub.core.errors import AxisError
from hub.core.wire import Wire
from hub.evidence_export.export import Exports
from hub.exchange import Exchange
from hub.http.answering import charge, size_of
from hub.http.bodies import BodyReader
from hub.http.callers import Authenticator
from hub.http.laboratory import Laboratory
from hub.http.limits import key_of
from hub.http.milliseconds import Milliseconds
from hub.http.problems import HEADERS
from hub.http.report_cache import ReportCache
from hub.http.scrape import Scrape
from hub.record.log import Log
from hub.store import Store
from hub.upkeep.alerts import Alerts
from hub.upkeep.attention import Attention
from hub.upkeep.health import Health
from hub.upkeep.witnesses import Witnesses
from hub.webhooks.service import Webhooks

AGENCIES = frozenset({AGENCY})
OPERATORS = frozenset({OPERATOR})
AUDITORS = frozenset({AUDITOR})
READERS = AGENCIES | AUDITORS
"""Agencies read their own documents, auditors read everything, each look recorded. Operators read no document."""
EVERYBODY_KNOWN = READERS | OPERATORS
"""Each sees something else: `hub.access` says which."""
EVERYONE: frozenset[str] = frozenset()


class NoQuery(Wire, frozen=True, kw_only=True):
    """No parameters."""


class HubOnly(NamedTuple):
    """The parts that only the recording process has. `laboratory`: of a sandbox alone."""

    reports: ReportCache
    log: Log
    witnesses: Witnesses
    exports: Exports
    scrape: Scrape
    accounts: Accounts
    health: Health
    webhooks: Webhooks
    attention: Attention
    alerts: Alerts
    laboratory: Laboratory | None = None


class Context(NamedTuple):
    """The parts that handlers work with: the verbs of the axis, and the record for reading where there is no verb. A
    front process has no `hub_only`, and serves no route that needs it."""

    exchange: Exchange
    store: Store
    authenticator: Authenticator
    bodies: BodyReader
    settings: Settings
    metrics: Metrics
    hub_only: HubOnly | None
    milliseconds: Milliseconds
    visitors: Visitors


COOKIE: Final = "__Host-truc"
"""Of a session of the console. No other site can set it, and it leaves the browser by TLS alone, or on the machine."""
KNOWN: Final = "__Host-truc-known"
"""The mark of a browser on which somebody signed in before."""
_COOKIE_BYTES: Final = 4096


def cookie_of(request: web.BaseRequest, name: str = COOKIE) -> str:
    """The cookie of that name as it came; empty where none did. aiohttp's own reading is by patterns."""
    given = request.headers.get("Cookie", "")
    for part in given[:_COOKIE_BYTES].split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


NO_PATH: Final[Mapping[str, str]] = MappingProxyType({})


class Call(NamedTuple):
    """One checked call. `caller` is set on routes with roles, `query` and `body` of the declared types; `path`: the
    variables of its path."""

    context: Context
    request: web.Request
    caller: Caller
    query: Any
    body: Any
    path: Mapping[str, str] = NO_PATH

    @property
    def hub_only(self) -> HubOnly:
        assert self.context.hub_only is not None, "a route that is not hot, in a front"
        return self.context.hub_only


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    """A line of the table. `roles` empty = public. `body` None = the handler reads the body itself (`media` is its
    type); `answer` a record, or a media type where the answer is no JSON. `endless`: the caller ends the answer.
    `holds`: bytes that making it holds, where that is much: they are in the ledger before it is begun. `told`: how an
    error is answered, where not as a problem in JSON. `lines`: the record of each line of the answer, where it comes
    line by line. `also`: other media types in which the answer comes where they are asked for."""

    method: str
    path: str
    handler: Handler
    summary: str
    roles: frozenset[str]
    answer: type[Wire] | str
    query: type[Wire] = NoQuery
    body: type[Wire] | None = None
    media: str = ""
    status: int = 200
    endless: bool = False
    holds: int = 0
    told: Callable[[web.Request, AxisError, int | None], web.Response] | None = None
    lines: type[Wire] | None = None
    also: tuple[str, ...] = ()


_JSON: Final = CIMultiDict(HEADERS | {"Content-Type": "application/json"})
_encode: Final = msgspec.json.Encoder().encode


def answer(record: Wire, status: int = 200) -> web.Response:
    """A record as JSON."""
    return web.Response(body=_encode(record), status=status, headers=_JSON)


def answer_with(call: Call, record: Wire, contents: int) -> web.Response:
    """A record as JSON that brings so many bytes of documents to the caller: they are taken from its allowance, and the
    whole stands in the ledger. TooMany, TryLater where there is no room."""
    call.context.bodies.quotas.sent.take(key_of(call.caller), contents)
    told = answer(record)
    charge(call.request, size_of(told))
    return told
