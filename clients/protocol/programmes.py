"""Programmes: cases, boards and faults of what rides on documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec

from clients.protocol.call import MAX_OUTBOX, Call, get
from hub.core import wire_programmes as wire

T = TypeVar("T")


def programmes() -> Call[wire.Programmes]:
    return get("/v1/programmes", wire.Programmes)


def cases(programme: str, asked: Mapping[str, str | int]) -> Call[wire.Cases]:
    """`asked`: parameters of `GET /v1/programmes/{programme}/cases`; empty ones are left out."""
    return _asked(get(f"{_of(programme)}/cases", wire.Cases), asked)


def case(programme: str, case: str, after: int = 0) -> Call[wire.CaseLife]:
    """With its events, those after `after`."""
    return _asked(get(f"{_of(programme)}/cases/{quote(case, safe='')}", wire.CaseLife), {"after": after or ""})


def board(programme: str, asked: Mapping[str, str | int]) -> Call[wire.Board]:
    """`asked`: parameters of `GET /v1/programmes/{programme}/board`."""
    return _asked(get(f"{_of(programme)}/board", wire.Board), asked)


def ridden_faults(programme: str, asked: Mapping[str, str | int]) -> Call[wire.RiddenFaults]:
    """Of documents that the caller sent or was sent; `programme`: a name, `frame` or `all`."""
    return _asked(get(f"{_of(programme)}/faults", wire.RiddenFaults), asked)


def _of(programme: str) -> str:
    return f"/v1/programmes/{quote(programme, safe='')}"


def _asked(call: Call[T], asked: Mapping[str, str | int]) -> Call[T]:
    query = tuple((name, str(value)) for name, value in asked.items() if value != "")
    return Call(msgspec.structs.replace(call.request, query=query, most=MAX_OUTBOX), call.read)
