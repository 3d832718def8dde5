"""Documents that wait are told of again, or get more time, by an operator: several at once, each by itself.

In    identifiers, days, a reason
Out   the outcome of each, once it is durable
Uses  the store, the sequencer
Crash those on record stay done, the others are not: asked again, one is told of twice and gains its days twice
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from hub.access import OPERATOR
from hub.admission.submission import Caller
from hub.core.errors import AxisError, BadRequest, DeliveryConflict, Forbidden, NotFound
from hub.core.ids import number_or_0
from hub.core.model import DeliveryState, Millis
from hub.core.wire_remind import MOST_DELIVERIES, Reminder
from hub.exchange import Exchange
from hub.record.acts.remind import Remind


class Outcome(NamedTuple):
    """`recipients` that were told, the earliest `ends`, and the first refusal."""

    message: str
    recipients: Sequence[str] = ()
    ends: Millis | None = None
    refusal: AxisError | None = None


async def waiting(exchange: Exchange, one: Reminder) -> list[tuple[int, str]]:
    """Deliveries of the document that wait. NotFound for none of that name; DeliveryConflict where none waits."""
    name = one.message if one.message.startswith("urn:uuid:") else f"urn:uuid:{one.message}"
    message = await exchange.store.message(number_or_0(name))
    if message is None or message.id != name:
        raise NotFound(found=one.message)
    rows = await exchange.store.deliveries(message.number)
    if one.recipient:
        rows = [row for row in rows if row.recipient == one.recipient]
        if not rows:
            raise NotFound(found=f"{one.message} {one.recipient}")
    open_ = [row for row in rows if row.state is DeliveryState.WAITING]
    if not open_:
        raise DeliveryConflict(expected="a delivery that waits", found=rows[0].state.value if rows else "none")
    return [(row.message, row.recipient) for row in open_]


async def remind(
    exchange: Exchange, caller: Caller, items: Sequence[Reminder], days: int, reason: str
) -> list[Outcome]:
    """Forbidden for anybody but an operator; BadRequest where more deliveries are meant than one call may touch."""
    if caller.role != OPERATOR:
        raise Forbidden(expected=OPERATOR, found=caller.role)
    exchange.clock.stamp()  # ClockInDoubt: there is no time to put on record
    found: list[list[tuple[int, str]] | AxisError] = []
    for one in items:
        try:
            found.append(await waiting(exchange, one))
        except AxisError as error:
            found.append(error)
    count = sum(len(each) for each in found if isinstance(each, list))
    if count > MOST_DELIVERIES:
        raise BadRequest(expected=f"at most {MOST_DELIVERIES} deliveries", found=str(count))
    why = f"{caller.role}:{caller.agency} {reason}"
    return [
        Outcome(one.message, refusal=each)
        if isinstance(each, AxisError)
        else await _told(exchange, one, each, days, why)
        for one, each in zip(items, found, strict=True)
    ]


async def _told(exchange: Exchange, one: Reminder, meant: Sequence[tuple[int, str]], days: int, why: str) -> Outcome:
    acts = [Remind(message=message, recipient=recipient, days=days, why=why) for message, recipient in meant]
    done = await asyncio.gather(
        *(exchange.sequencer.submit(act, receipts=False) for act in acts), return_exceptions=True
    )
    told: list[str] = []
    ends: list[Millis] = []
    refusal: AxisError | None = None
    for act, sealed in zip(acts, done, strict=True):
        if isinstance(sealed, AxisError):
            refusal = refusal or sealed
        elif isinstance(sealed, BaseException):
            raise sealed
        else:
            told.append(act.recipient)
            ends += [sealed.answer] if sealed.answer is not None else []
    return Outcome(one.message, told, min(ends, default=None), refusal)
