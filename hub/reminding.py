"""Documents that wait are told of again, or get more time, by an operator: several at once, each by itself.

In    identifiers, days, a reason
Out   the outcome of each, once it is durable
Uses  the store, the sequencer
      each delivery once, however often it is named: a name that is repeated gets the outcome of the first
Crash those on record stay done, the others are not: asked again, one is told of twice and gains its days twice
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from hub.access import OPERATOR
from hub.admission.submission import Caller
from hub.core import typed
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


_Done = dict[tuple[int, str], Millis | AxisError | None]
"""By delivery: when it ends now, if it does, or why it was not told of."""


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
    """Forbidden for anybody but an operator; BadRequest without a reason that can be read, and where more deliveries
    are meant than one call may touch."""
    if caller.role != OPERATOR:
        raise Forbidden(expected=OPERATOR, found=caller.role)
    reason = reason.strip()
    if not reason:
        raise BadRequest(expected="a reason", found="nothing", field="reason")
    typed.check({"reason": reason})
    exchange.clock.stamp()  # ClockInDoubt: there is no time to put on record
    found: list[list[tuple[int, str]] | AxisError] = []
    for one in items:
        try:
            found.append(await waiting(exchange, one))
        except AxisError as error:
            found.append(error)
    count = len({meant for each in found if isinstance(each, list) for meant in each})
    if count > MOST_DELIVERIES:
        raise BadRequest(expected=f"at most {MOST_DELIVERIES} deliveries", found=str(count))
    why = f"{caller.role}:{caller.agency} {reason}"
    done: _Done = {}
    outcomes = []
    for one, each in zip(items, found, strict=True):
        if isinstance(each, AxisError):
            outcomes.append(Outcome(one.message, refusal=each))
        else:
            outcomes.append(await _told(exchange, one, each, days, why, done))
    return outcomes


async def _told(
    exchange: Exchange, one: Reminder, meant: Sequence[tuple[int, str]], days: int, why: str, done: _Done
) -> Outcome:
    """`done`: what this call did so far, to which this is added."""
    new = [key for key in meant if key not in done]
    acts = [Remind(message=message, recipient=recipient, days=days, why=why) for message, recipient in new]
    sealed = await asyncio.gather(
        *(exchange.sequencer.submit(act, receipts=False) for act in acts), return_exceptions=True
    )
    for key, result in zip(new, sealed, strict=True):
        if isinstance(result, BaseException) and not isinstance(result, AxisError):
            raise result
        done[key] = result if isinstance(result, AxisError) else result.answer
    told = [key for key in meant if not isinstance(done[key], AxisError)]
    ends = [at for key in meant if not isinstance(at := done[key], AxisError) and at is not None]
    refusals = [error for key in meant if isinstance(error := done[key], AxisError)]
    return Outcome(
        one.message, [recipient for _, recipient in told], min(ends, default=None), next(iter(refusals), None)
    )
