"""An operator's reminders: documents that wait, told of again or given more time."""

from __future__ import annotations

from aiohttp import web

from hub import reminding
from hub.core.model import iso_utc
from hub.core.wire_remind import Remind, Reminded, RemindedAll
from hub.http.call import Call, answer
from hub.http.problems import problem
from hub.reminding import Outcome


async def remind(call: Call) -> web.StreamResponse:
    """Each item has its own outcome; 200 also where some were refused."""
    asked: Remind = call.body
    done = await reminding.remind(call.context.exchange, call.caller, asked.items, asked.days, asked.reason)
    return answer(RemindedAll(items=[_told(one) for one in done]))


def _told(one: Outcome) -> Reminded:
    return Reminded(
        message=one.message,
        recipients=tuple(one.recipients),
        ends_at=iso_utc(one.ends) if one.ends is not None else "",
        problem=problem(one.refusal) if one.refusal is not None else None,
    )
