"""The faults that programmes would find in an unsent message: the same reading, and the cases as they are now."""

from __future__ import annotations

import asyncio
from typing import Final

from hub.core.directory.routing import predecessors
from hub.core.model import vietnam_date
from hub.core.wire import Finding
from hub.exchange import Exchange
from hub.following.ridden import answered_of
from hub.programmes import riding
from hub.programmes.foretelling import findings, read_of

_CAUGHT_UP_SECONDS: Final = 0.25


async def foretold(exchange: Exchange, data: bytes) -> tuple[Finding, ...]:
    """As notices, for nothing of it keeps a message from travelling."""
    following = exchange.following
    if following is None:
        return ()
    read = await asyncio.to_thread(read_of, data, following.programmes, exchange.directory, exchange.clock())
    if read is None:
        return ()
    await following.caught_up(_CAUGHT_UP_SECONDS)
    succeeded = predecessors(exchange.directory, read.ridden.sender, vietnam_date(read.ridden.accepted))
    answers = await answered_of(exchange, read.told.answers, [read.ridden.sender, *succeeded])
    ridden = riding.answering(read.ridden, answers, succeeded)
    folded = await following.foretold(ridden, read.told)
    return findings(folded.faults, following.programmes)
