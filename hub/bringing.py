"""Data that a sync service of a programme brings: from the body of a call to a durable place in the record.

In    the bytes of one call, and the caller
Out   the outcome of each row, and the place of the whole on record: once that is durable, and not before
Uses  the programme's own reading, the directory, the sequencer
Crash before the commit nothing happened; after it everything is there, and the same bytes find it

The directory says at this moment which agencies the codes in the body mean, and that goes on record with it: so the
cases that are made of it again are the same, also when the directory changes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from hub.admission.submission import Caller
from hub.core.directory.routing import Directory, active, sending
from hub.core.errors import BadRequest, SenderNotAllowed
from hub.core.model import Agency, vietnam_date
from hub.exchange import Exchange
from hub.programmes.onestop import sync
from hub.programmes.onestop.sync import Body, Facts, Row, Unit
from hub.programmes.riding import Fault
from hub.programmes.working_days import vietnam
from hub.record.acts.brought import Bring, Brought
from hub.record.sequencer import Sealed


class Taken(NamedTuple):
    """rows: each as the programme reads it. sealed: the evidence of the body; None where no row could be taken, so that
    nothing was put on record."""

    rows: list[Row]
    sealed: Sealed[Brought] | None


def speaker(exchange: Exchange, caller: Caller, code: str) -> Agency:
    """The agency in whose name the caller speaks. SenderNotAllowed where it may not, or the agency is not in office."""
    agency = sending(exchange.directory, caller.agency, code)
    today = vietnam_date(exchange.clock())
    if not active(agency, today):
        span = f"{agency.valid_from or '…'} – {agency.valid_to or '…'}"
        raise SenderNotAllowed(expected=span, found=f"{code} {today}")
    return agency


async def bring(exchange: Exchange, caller: Caller, body: Body, data: bytes, sha256: str) -> Taken:
    """Take in `data`, which reads as `body`. Maintenance; SenderNotAllowed; TryLater as of any act."""
    exchange.door.check(exchange.clock)
    exchange.clock.stamp()  # ClockInDoubt: there is no time to put on record
    agency = speaker(exchange, caller, body.unit)
    facts = Facts(units_of(exchange.directory, sync.written(body.data)))
    rows = list(sync.rows(body.service, body.data, facts.units, vietnam()))
    if all(isinstance(row.made, Fault) for row in rows):
        return Taken(rows, None)
    act = Bring(
        agency=agency.code,
        caller=caller.agency,
        auth=caller.auth,
        certificate=caller.certificate,
        service=body.service,
        sha256=sha256,
        rows=len(rows),
        facts=msgspec.json.encode(facts),
        body=data,
    )
    sealed = await exchange.sequencer.submit(act)
    # Durable from here on. A crash right here loses the answer, not the data: the same bytes find it again.
    return Taken(rows, sealed)


def opened(data: bytes) -> Body:
    """BadRequest where the bytes are no call of a service."""
    body = sync.body(data)
    if isinstance(body, Fault):
        raise BadRequest(expected=body.expected, found=f"{body.place} {body.found}")
    return body


def units_of(directory: Directory, codes: Collection[str]) -> dict[str, Unit]:
    """In the order of their codes, so that the same body gives the same bytes."""
    found = {code: directory.get(code) for code in sorted(codes)}
    return {code: Unit(a.code, a.valid_from, a.valid_to) for code, a in found.items() if a is not None}
