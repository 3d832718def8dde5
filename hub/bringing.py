"""Data that a sync service of a programme brings: from the body of a call to a durable place in the record.

In    the bytes of one call, and the caller
Out   the outcome of each row as the programme's fold left it, and the place of the whole on record: once that is
      durable, and not before
Uses  the programme's own reading, the directory, the sequencer, the follower of the record
Crash before the commit nothing happened; after it everything is there, and the same bytes find it

A row is judged by the fold and by nothing else: the body goes on record as it was sent, the follower takes it in at its
place among documents, statuses and other bodies, and the answer tells the outcome of each row there. So the answer
cannot differ from the cases, now or when they are made again. Where the follower cannot say it in time nobody is told
that anything was recorded: later (`CasesBehind`), before the commit if it can be.

The directory says at this moment which agencies the codes in the body mean, and that goes on record with it: so the
cases that are made of it again are the same, also when the directory changes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

import msgspec

from hub.admission.submission import Caller
from hub.core.directory.routing import Directory, active, sending
from hub.core.errors import BadRequest, CasesBehind, SenderNotAllowed
from hub.core.model import Agency, vietnam_date
from hub.exchange import Exchange
from hub.programmes.onestop import sync
from hub.programmes.onestop.programme import lists_of
from hub.programmes.onestop.sync import Body, Facts, Row, Unit
from hub.programmes.riding import Fault
from hub.programmes.serving import FIRST_BROUGHT
from hub.programmes.working_days import vietnam
from hub.record.acts.brought import Bring, Brought
from hub.record.sequencer import Sealed
from hub.store.search import Bill

_PATIENCE: Final = 5.0
"""Seconds that a call waits for the follower, before its body is recorded and after it."""
_RETRY_SECONDS: Final = 30.0


class Taken(NamedTuple):
    """rows: each as the programme reads it, and with its fault where the fold refused it. sealed: the evidence of the
    body; None where no row could be taken by any cases, so that nothing was put on record."""

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
    """Take in `data`, which reads as `body`. Maintenance; SenderNotAllowed; TryLater as of any act, and while cases are
    not up to the record."""
    exchange.door.check(exchange.clock)
    exchange.clock.stamp()  # ClockInDoubt: there is no time to put on record
    agency = speaker(exchange, caller, body.unit)
    facts = Facts(units_of(exchange.directory, sync.written(body.data)))
    known = lists_of(exchange.following.programmes if exchange.following is not None else {}).procedure
    rows = list(sync.rows(body.service, body.data, facts.units, vietnam(), known))
    if all(isinstance(row.made, Fault) for row in rows) and not await _was_brought(exchange, agency, body, sha256):
        return Taken(rows, None)
    following, cases = exchange.following, exchange.store.programmes
    if following is None or cases is None or not await following.is_up(_PATIENCE):
        raise _later(following.behind if following is not None else 0)
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
    if not await following.took(sealed.answer.number, _PATIENCE):
        raise _later(following.behind)
    if sealed.answer.repeated:
        rows = list(sync.rows(body.service, body.data, await _units(exchange, sealed.answer.number), vietnam(), known))
    _, faults = await cases.of_document(Bill(), FIRST_BROUGHT + sealed.answer.number)
    return Taken(sync.judged(rows, [row.fault for row in faults]), sealed)


async def _was_brought(exchange: Exchange, agency: Agency, body: Body, sha256: str) -> bool:
    """Whether these bytes are the call before: it is answered as it was, also where the directory changed since."""
    last = await exchange.store.inspect(lambda tx: tx.last_brought(agency.code))
    return last is not None and (last.sha256, last.service) == (sha256, body.service)


def _later(behind: int) -> CasesBehind:
    expected = "cases that are up to the record"
    return CasesBehind(retry_after=_RETRY_SECONDS, expected=expected, found=f"{behind} documents behind")


async def _units(exchange: Exchange, number: int) -> dict[str, Unit]:
    """The directory's words when that body came first: by these it is folded."""
    row = await exchange.store.brought(number)
    return msgspec.json.decode(row.facts, type=Facts).units if row is not None else {}


def opened(data: bytes) -> Body:
    """BadRequest where the bytes are no call of a service."""
    body = sync.body(data)
    if isinstance(body, Fault):
        raise BadRequest(expected=f"`{body.place}`: {body.expected}", found=body.found)
    return body


def units_of(directory: Directory, codes: Collection[str]) -> dict[str, Unit]:
    """In the order of their codes, so that the same body gives the same bytes."""
    found = {code: directory.get(code) for code in sorted(codes)}
    return {code: Unit(a.code, a.valid_from, a.valid_to) for code, a in found.items() if a is not None}
