"""Endpoints of webhooks, of an agency."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from clients.protocol.call import JSON_BODY, Call, Request, get, record
from hub.core import wire_hooks


def webhooks(agency: str = "") -> Call[wire_hooks.Webhooks]:
    return get("/v1/webhooks", wire_hooks.Webhooks, agency=agency)


def webhook(identifier: str, agency: str = "") -> Call[wire_hooks.Webhook]:
    return get(f"/v1/webhooks/{quote(identifier, safe='')}", wire_hooks.Webhook, agency=agency)


def add_webhook(url: str, types: Sequence[str] = (), agency: str = "") -> Call[wire_hooks.Webhook]:
    """Its secret is in this answer alone, so it is not asked for twice by itself."""
    body = msgspec.json.encode(wire_hooks.NewWebhook(url=url, types=tuple(types)))
    request = _hook("POST", "", agency, body=body, again=False)
    return Call(request, record(wire_hooks.Webhook, (201,)))


def remove_webhook(identifier: str, agency: str = "") -> Call[wire_hooks.Webhook]:
    return Call(_hook("DELETE", identifier, agency), record(wire_hooks.Webhook))


def rotate_webhook(identifier: str, agency: str = "") -> Call[wire_hooks.Webhook]:
    return Call(_hook("POST", identifier, agency, "/rotate", again=False), record(wire_hooks.Webhook))


def prove_webhook(identifier: str, agency: str = "") -> Call[wire_hooks.WebhookTested]:
    """The hub waits for the receiver: up to `webhooks.timeout_seconds`, a minute at most."""
    request = _hook("POST", identifier, agency, "/test", again=False, wait=60.0)
    return Call(request, record(wire_hooks.WebhookTested))


def pause_webhook(identifier: str, agency: str = "", *, paused: bool) -> Call[wire_hooks.Webhook]:
    body = msgspec.json.encode(wire_hooks.PauseRequest(paused=paused))
    return Call(_hook("POST", identifier, agency, "/pause", body=body, again=False), record(wire_hooks.Webhook))


def webhook_failures(
    identifier: str, agency: str = "", limit: int = 50, cursor: str = ""
) -> Call[wire_hooks.WebhookFailures]:
    path = f"/v1/webhooks/{quote(identifier, safe='')}/failures"
    return get(path, wire_hooks.WebhookFailures, agency=agency, limit=limit, cursor=cursor)


def replay_webhooks(
    identifier: str, agency: str = "", *, since: str = "", failure: str = ""
) -> Call[wire_hooks.Webhook]:
    body = msgspec.json.encode(wire_hooks.ReplayRequest(since=since, id=failure))
    return Call(_hook("POST", identifier, agency, "/replay", body=body), record(wire_hooks.Webhook))


def _hook(
    method: str,
    identifier: str,
    agency: str,
    verb: str = "",
    *,
    body: bytes = b"",
    again: bool = True,
    wait: float = 0.0,
) -> Request:
    path = "/v1/webhooks" + (f"/{quote(identifier, safe='')}{verb}" if identifier else "")
    query = (("agency", agency),) if agency else ()
    return Request(method=method, path=path, query=query, headers=JSON_BODY, body=body, again=again, wait=wait)
