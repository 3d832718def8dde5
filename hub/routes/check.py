"""`POST /v1/check`: the hub's answer to a message, without taking it. Nothing of it is kept or put on record.

It is work like a submission's, so it is bounded like one: authenticated, one of the crowd, its body counted, its time
on the caller's bill. A larger message is for `truc check`, which needs no hub.
"""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from hub.core import doctor
from hub.core.model import vietnam_date
from hub.following.foretelling import foretold
from hub.http.call import Call, answer
from hub.http.limits import key_of

MOST_BYTES: Final = 4 * 1024 * 1024


async def check(call: Call) -> web.StreamResponse:
    most, caller = min(MOST_BYTES, call.context.settings.limits.document_bytes), key_of(call.caller)
    exchange, bodies = call.context.exchange, call.context.bodies
    at = exchange.clock()
    judge = doctor.Judge(today=vietnam_date(at), at=at, anchors=exchange.anchors, directory=exchange.directory)
    async with bodies.body(call.request, most, caller) as spool, bodies.quotas.submissions.joined(caller, urgent=False):
        data = spool.read()
        told = await call.context.milliseconds.aside(doctor.examine, data, judge)
        if told.ok:  # what programmes would say of it, though it travels all the same
            told = msgspec.structs.replace(told, findings=(*told.findings, *await foretold(exchange, data)))
    return answer(told)
