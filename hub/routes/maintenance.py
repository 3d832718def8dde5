"""Maintenance: anybody may ask how it stands, an operator begins and ends it."""

from __future__ import annotations

import msgspec
from aiohttp import web

from hub import access
from hub.core.errors import ClockInDoubt, Unauthenticated
from hub.core.model import Millis, iso_utc
from hub.core.wire_maintenance import MaintenanceChange, MaintenanceState
from hub.exchange import Exchange
from hub.http.call import Call, answer


async def state(call: Call) -> web.StreamResponse:
    found = told(call.context.exchange)
    return answer(found if access.sees_orders(_role(call)) else msgspec.structs.replace(found, by=""))


def _role(call: Call) -> str:
    """Of whoever proved a name with the call, though anybody may ask."""
    try:
        return call.context.authenticator.caller(call.request).role
    except (Unauthenticated, ClockInDoubt):
        return ""


async def change(call: Call) -> web.StreamResponse:
    asked: MaintenanceChange = call.body
    exchange = call.context.exchange
    expected = Millis(exchange.clock() + asked.minutes * 60_000) if asked.minutes else Millis(0)
    by = f"{call.caller.role}:{call.caller.agency}"
    await exchange.maintain(on=asked.on, by=by, expected=expected, reason=asked.reason.strip())
    return answer(told(exchange))


def told(exchange: Exchange) -> MaintenanceState:
    row, under_way = exchange.door.row, exchange.sequencer.waiting
    if row is None:
        return MaintenanceState(on=False, under_way=under_way)
    return MaintenanceState(
        on=True,
        since=iso_utc(row.since),
        expected=iso_utc(row.expected) if row.expected else "",
        reason=row.reason,
        by=row.by,
        under_way=under_way,
    )
