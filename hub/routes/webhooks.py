"""Webhooks as their owners manage them: an agency its own, its centre for it, the operator those of the hub's."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.core import wire, wire_hooks
from hub.core.errors import BadRequest, Text
from hub.core.model import Millis, iso_utc
from hub.core.webhooks.outcomes import ADVICE
from hub.core.webhooks.targets import shown
from hub.http.call import Call, answer
from hub.http.callers import OPERATOR
from hub.routes import views
from hub.store import HookNoticeRow, HookRow
from hub.webhooks.desk import Desk, Made
from hub.webhooks.registry import identifier_of

_SHOWN: Final = 1_000


class OwnerQuery(wire.Wire, frozen=True, kw_only=True):
    agency: str = ""


class FailuresQuery(wire.Wire, frozen=True, kw_only=True):
    agency: str = ""
    limit: wire.Limit = 50
    cursor: Annotated[str, msgspec.Meta(max_length=200)] = ""


def _desk(call: Call) -> Desk:
    return call.hub_only.webhooks.desk


def _owner(call: Call) -> str:
    """Whose webhooks are meant: an agency that the caller may act for, or the operator's own ("")."""
    if call.caller.role == OPERATOR:
        if call.query.agency:
            raise BadRequest(expected="no agency: these are the operator's own", found=call.query.agency[:80])
        return ""
    return call.context.exchange.represented(call.caller, call.query.agency).code


def _one(call: Call) -> HookRow:
    return _desk(call).one(_owner(call), call.path["id"])


async def add(call: Call) -> web.StreamResponse:
    """Register an endpoint; its secret is told in this answer alone."""
    wanted: wire_hooks.NewWebhook = call.body
    made = await _desk(call).add(_owner(call), wanted.url, wanted.types)
    return answer(_made(made, call), 201)


async def listed(call: Call) -> web.StreamResponse:
    owner = _owner(call)
    items = [_view(hook, call) for hook in _desk(call).of(owner)]
    return answer(wire_hooks.Webhooks(items=items, keys=(call.hub_only.webhooks.public,)))


async def show(call: Call) -> web.StreamResponse:
    hook = _one(call)
    attempts = tuple(
        wire_hooks.WebhookAttempt(at=iso_utc(a.at), id=a.id, type=a.type, outcome=a.outcome, status=a.status, ms=a.ms)
        for a in await _desk(call).attempts(hook)
    )
    return answer(msgspec.structs.replace(_view(hook, call), attempts=attempts))


async def pause(call: Call) -> web.StreamResponse:
    """Nothing is sent there for now, or it goes on."""
    wanted: wire_hooks.PauseRequest = call.body
    hook, desk = _one(call), _desk(call)
    await (desk.pause(hook) if wanted.paused else desk.resume(hook))
    return answer(_view(_one(call), call))


async def remove(call: Call) -> web.StreamResponse:
    """From now on nothing is sent there."""
    hook = _one(call)
    await _desk(call).remove(hook)
    return answer(_view(hook, call))


async def rotate(call: Call) -> web.StreamResponse:
    """A new secret, told in this answer alone; the old one signs too for a while."""
    return answer(_made(await _desk(call).rotate(_one(call)), call))


async def test(call: Call) -> web.StreamResponse:
    """Send a challenge now; a receiver that repeats it is active."""
    hook, reply = await _desk(call).test(_one(call))
    return answer(wire_hooks.WebhookTested(ok=reply.delivered, webhook=_view(hook, call)))


async def failures(call: Call) -> web.StreamResponse:
    query: FailuresQuery = call.query
    rows = await _desk(call).failures(_one(call), query.limit, query.cursor)
    cursor = rows[-1].id if len(rows) == query.limit else ""
    return answer(wire_hooks.WebhookFailures(items=[_failure(row) for row in rows], cursor=cursor))


async def replay(call: Call) -> web.StreamResponse:
    """Send again: everything since a time, or one failure."""
    wanted: wire_hooks.ReplayRequest = call.body
    if bool(wanted.since) == bool(wanted.id):
        raise BadRequest(expected="either since or id", found="both" if wanted.since else "neither")
    hook, desk = _one(call), _desk(call)
    if wanted.id:
        await desk.replay_one(hook, wanted.id)
    else:
        await desk.replay_since(hook, views.moment_asked(wanted.since))
    return answer(_view(_one(call), call))


async def keys(call: Call) -> web.StreamResponse:
    """The hub's public keys for webhooks."""
    return answer(wire_hooks.WebhookKeys(keys=[call.hub_only.webhooks.public]))


async def health(call: Call) -> web.StreamResponse:
    """The health of all endpoints, without their owners' secrets."""
    hooks = _desk(call).everything()
    counts: dict[str, int] = {}
    for hook in hooks:
        counts[hook.state] = counts.get(hook.state, 0) + 1
    ill = [hook for hook in hooks if hook.failures or hook.state == "disabled"]
    ill.sort(key=lambda hook: hook.failing_since or hook.created_at)
    return answer(wire_hooks.WebhooksHealth(counts=counts, items=[_health(hook) for hook in ill[:_SHOWN]]))


def _at(at: Millis | None) -> str:
    return iso_utc(at) if at else ""


def _view(hook: HookRow, call: Call) -> wire_hooks.Webhook:
    advice = ADVICE.get(hook.outcome, Text("", ""))
    now = call.context.exchange.clock()
    return wire_hooks.Webhook(
        id=identifier_of(hook.number),
        url=hook.url,
        types=tuple(hook.kinds.split(" ")) if hook.kinds else (),
        state=hook.state,
        created_at=iso_utc(hook.created_at),
        why=hook.why,
        failures=hook.failures,
        failing_since=_at(hook.failing_since),
        retry_at=_at(hook.retry_at) if hook.failures and hook.state == "active" else "",
        sent_at=_at(hook.sent_at),
        outcome=hook.outcome,
        status=hook.status,
        advice_vi=advice.vi,
        advice_en=advice.en,
        behind=hook.next is not None,
        old_secret_until=_at(hook.old_until) if now < hook.old_until else "",
    )


def _made(made: Made, call: Call) -> wire_hooks.Webhook:
    return msgspec.structs.replace(_view(made.hook, call), secret=made.secret)


def _failure(row: HookNoticeRow) -> wire_hooks.WebhookFailure:
    return wire_hooks.WebhookFailure(
        id=row.id,
        type=row.type,
        state=row.state,
        since=iso_utc(row.at),
        attempts=row.attempts,
        next_at=_at(row.next_at),
        outcome=row.outcome,
        status=row.status,
        payload=row.body.decode(),
    )


def _health(hook: HookRow) -> wire_hooks.WebhookHealth:
    return wire_hooks.WebhookHealth(
        id=identifier_of(hook.number),
        agency=hook.agency,
        host=shown(hook.url),
        state=hook.state,
        why=hook.why,
        failures=hook.failures,
        failing_since=_at(hook.failing_since),
        outcome=hook.outcome,
        status=hook.status,
        behind=hook.next is not None,
    )
