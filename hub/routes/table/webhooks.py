"""Webhooks and their health."""

from __future__ import annotations

from typing import Final

from hub.core import wire_hooks
from hub.http.call import EVERYONE, OPERATORS, Route
from hub.routes import webhooks
from hub.routes.table.words import OWNERS, WHOSE, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        "/v1/webhooks",
        webhooks.add,
        "Register where webhooks are to go",
        OWNERS,
        wire_hooks.Webhook,
        webhooks.OwnerQuery,
        body=wire_hooks.NewWebhook,
        status=201,
    ),
    Route(
        "GET",
        "/v1/webhooks",
        webhooks.listed,
        "The agency's own endpoints",
        OWNERS,
        wire_hooks.Webhooks,
        webhooks.OwnerQuery,
    ),
    Route(
        "GET",
        "/v1/webhooks/{id}",
        webhooks.show,
        "One endpoint, and how it feels",
        OWNERS,
        wire_hooks.Webhook,
        webhooks.OwnerQuery,
    ),
    Route(
        "DELETE",
        "/v1/webhooks/{id}",
        webhooks.remove,
        "Send nothing there any more",
        OWNERS,
        wire_hooks.Webhook,
        webhooks.OwnerQuery,
    ),
    Route(
        "POST",
        "/v1/webhooks/{id}/test",
        webhooks.test,
        "Send a challenge; whoever repeats it gets webhooks",
        OWNERS,
        wire_hooks.WebhookTested,
        webhooks.OwnerQuery,
    ),
    Route(
        "POST",
        "/v1/webhooks/{id}/rotate",
        webhooks.rotate,
        "A new secret, beside the old one for a while",
        OWNERS,
        wire_hooks.Webhook,
        webhooks.OwnerQuery,
    ),
    Route(
        "POST",
        "/v1/webhooks/{id}/pause",
        webhooks.pause,
        "Send nothing there for now, or go on",
        OWNERS,
        wire_hooks.Webhook,
        webhooks.OwnerQuery,
        body=wire_hooks.PauseRequest,
    ),
    Route(
        "GET",
        "/v1/webhooks/{id}/failures",
        webhooks.failures,
        "What it did not take",
        OWNERS,
        wire_hooks.WebhookFailures,
        webhooks.FailuresQuery,
    ),
    Route(
        "POST",
        "/v1/webhooks/{id}/replay",
        webhooks.replay,
        "Send again: one failure, or everything since a time",
        OWNERS,
        wire_hooks.Webhook,
        webhooks.OwnerQuery,
        body=wire_hooks.ReplayRequest,
    ),
    Route(
        "GET", "/v1/webhook-keys", webhooks.keys, "The hub's public keys for webhooks", EVERYONE, wire_hooks.WebhookKeys
    ),
    Route(
        "GET", "/v1/webhooks-health", webhooks.health, "How all endpoints feel", OPERATORS, wire_hooks.WebhooksHealth
    ),
)

CALLS: Final[Calls] = {
    ("POST", "/v1/webhooks"): Described(
        "addWebhook",
        "webhooks",
        "201 with the `secret` (`whsec_…`), which no later answer has. Nothing is sent there before it has passed a "
        f"test. {WHOSE}",
    ),
    ("GET", "/v1/webhooks"): Described("listWebhooks", "webhooks", f"With the hub's public keys. {WHOSE}"),
    ("GET", "/v1/webhooks/{id}"): Described(
        "getWebhook", "webhooks", "State, failures, what became of the last try and what to do about it."
    ),
    ("DELETE", "/v1/webhooks/{id}"): Described("removeWebhook", "webhooks", "The answer tells what it was."),
    ("POST", "/v1/webhooks/{id}/test"): Described(
        "testWebhook",
        "webhooks",
        "Sends `webhook.challenge` now. The receiver verifies its signature and answers 2xx with `data.challenge`, as "
        "text or as the member `challenge` of a JSON object. `ok` false says why not; one that was disabled goes on "
        "where it stopped.",
    ),
    ("POST", "/v1/webhooks/{id}/rotate"): Described(
        "rotateWebhook", "webhooks", "Until `old_secret_until` each webhook has a signature under both secrets."
    ),
    ("POST", "/v1/webhooks/{id}/pause"): Described(
        "pauseWebhook",
        "webhooks",
        "What happens meanwhile waits up to `webhooks.replay_days`, and comes afterwards.",
    ),
    ("GET", "/v1/webhooks/{id}/failures"): Described(
        "listWebhookFailures", "webhooks", "Those that wait for another try out of turn, and those given up."
    ),
    ("POST", "/v1/webhooks/{id}/replay"): Described(
        "replayWebhooks",
        "webhooks",
        "`id`: of one failure. `since`: everything again from then on, in its order, with the same `webhook-id` as "
        "before; a receiver leaves out what it has seen.",
    ),
    ("GET", "/v1/webhook-keys"): Described(
        "getWebhookKeys", "webhooks", "`whpk_…` (Ed25519): to verify `v1a` signatures without sharing a secret."
    ),
    ("GET", "/v1/webhooks-health"): Described(
        "getWebhooksHealth", "webhooks", "Hosts, states and outcomes; no path, no query, no secret."
    ),
}
