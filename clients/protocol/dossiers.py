"""One-stop dossiers: cases, indicators, and the field's sync services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from clients.protocol.call import BUSY, JSON, JSON_BODY, NOT_JSON, Call, Request, Response, check, get, record
from hub.core import wire_programmes
from hub.core.wire_dossiers import Indicators, ServiceAnswer

T = TypeVar("T")
_CASES: Final = "/v1/programmes/dossiers/cases"
MOST_ROWS: Final = 200
"""Of one call of a service."""


def dossiers(cursor: str = "", **asked: str | int) -> Call[wire_programmes.Cases]:
    return _asked(_CASES, wire_programmes.Cases, {"cursor": cursor} | asked)


def dossier(number: str) -> Call[wire_programmes.CaseLife]:
    return get(f"{_CASES}/{quote(number, safe='')}", wire_programmes.CaseLife, limit=1_000)


def indicators(**asked: str) -> Call[Indicators]:
    """As the route's parameters are called."""
    return _asked("/v1/programmes/dossiers/indicators", Indicators, asked)


def sync(service: str, unit: str, rows: Sequence[Any]) -> Call[ServiceAnswer]:
    """At most `MOST_ROWS`. A refusal of the whole call is an answer of its own form too, but for a hub that is busy or
    whose cases are behind, which is Busy; the same bytes again are the same call."""
    body = msgspec.json.encode({"session": "", "madonvi": unit, "service": service, "data": list(rows)})
    request = Request(method="POST", path="/v1/programmes/dossiers/services", headers=JSON_BODY, body=body)
    return Call(request, _answer)


def _asked(path: str, kind: type[T], asked: Mapping[str, str | int]) -> Call[T]:
    query = tuple((name, str(value)) for name, value in asked.items() if value != "")
    return Call(Request(method="GET", path=path, query=query, headers={"Accept": JSON}), record(kind))


def _answer(response: Response) -> ServiceAnswer:
    if response.status in BUSY:
        check(response)
    try:
        told = msgspec.json.decode(response.body, type=ServiceAnswer)
    except NOT_JSON:
        check(response)
        raise
    return told
