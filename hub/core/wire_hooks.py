"""Records of the HTTP interface about webhooks: those that manage them. The message sent is `webhooks.payload`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core.evidence.kinds import ALERT, TYPES
from hub.core.wire import Wire

HookType = Annotated[
    str, msgspec.Meta(title="WebhookType", extra_json_schema={"enum": sorted((*TYPES, ALERT))}, max_length=80)
]
HookState = Annotated[
    str, msgspec.Meta(title="WebhookState", extra_json_schema={"enum": ["active", "disabled", "unproven"]})
]
HookId = Annotated[str, msgspec.Meta(pattern=r"^wh_[0-9]{1,15}$(?!\n)", max_length=18)]


class NewWebhook(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`url`: https, where webhooks are to go; `types`: those wanted, by default all."""

    url: Annotated[str, msgspec.Meta(max_length=2_000)]
    types: Annotated[tuple[HookType, ...], msgspec.Meta(max_length=32)] = ()


class WebhookAttempt(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One try: when, which webhook, its outcome, the status of HTTP (absent: no answer), how long it took."""

    at: str
    id: str
    type: str
    outcome: str
    status: int = 0
    ms: int = 0


class PauseRequest(Wire, frozen=True, kw_only=True):
    """`paused`: send nothing there for now; false: go on where it stopped."""

    paused: bool


class Webhook(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint. `state`: unproven until it repeats a challenge, then active; disabled says `why` (gone: it answered
    410; failing: for days; ended: the agency has; paused: by its owner).
    `failures` in a row since `failing_since`; `retry_at`: when it is
    tried again; `outcome`, `status`: of the last try, with the remedy in `advice_vi`, `advice_en`; `behind`: something
    waits for it. `secret`: in the answer that makes it, and in no other; `old_secret_until`: how long the one before
    signs too. `attempts`: the last 100 of 30 days, the newest first, where one endpoint is asked for."""

    id: HookId
    url: str
    types: tuple[HookType, ...] = ()
    state: HookState
    created_at: str
    why: str = ""
    failures: int = 0
    failing_since: str = ""
    retry_at: str = ""
    sent_at: str = ""
    outcome: str = ""
    status: int = 0
    advice_vi: str = ""
    advice_en: str = ""
    behind: bool = False
    secret: str = ""
    old_secret_until: str = ""
    attempts: tuple[WebhookAttempt, ...] = ()


class Webhooks(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`keys`: public keys (`whpk_…`) under which the hub signs every webhook, beside the endpoint's secret."""

    items: list[Webhook]
    keys: tuple[str, ...] = ()


class WebhookKeys(Wire, frozen=True, kw_only=True, omit_defaults=True):
    keys: list[str]


class WebhookTested(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`ok`: the receiver repeated the challenge; else `outcome` and the remedy are in `webhook`."""

    ok: bool
    webhook: Webhook


class WebhookFailure(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A webhook that was not taken. `state`: waiting until `next_at`, or failed for good; `payload` as it is sent."""

    id: str
    type: str
    state: str
    since: str
    attempts: int
    next_at: str = ""
    outcome: str = ""
    status: int = 0
    payload: str


class WebhookFailures(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[WebhookFailure]
    cursor: str = ""


class ReplayRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Either `since` (RFC 3339, or a day of Vietnam): everything from then on, or `id` of one failure."""

    since: Annotated[str, msgspec.Meta(max_length=40)] = ""
    id: Annotated[str, msgspec.Meta(max_length=200)] = ""


class WebhookHealth(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint as the operator sees it: where it goes without path and query, and no secret."""

    id: HookId
    agency: str = ""
    host: str
    state: HookState
    why: str = ""
    failures: int = 0
    failing_since: str = ""
    outcome: str = ""
    status: int = 0
    behind: bool = False


class WebhooksHealth(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`counts`: endpoints by state; `items`: those that fail or are disabled, longest first, at most a thousand."""

    counts: dict[str, int]
    items: list[WebhookHealth]
