"""Webhooks as a receiver sees them: verified, then an event that says where to look.

    keys = Keys.parse("whsec_…")                    the endpoint's secret; or "whpk_…", the hub's public key
    event = verify(request.headers, body, keys)     ProofInvalid unless the hub sent these very bytes just now
    if event.challenge: answer 200 with event.challenge
    else: keep event.id and event.data, answer 204, and fetch by the API afterwards

A webhook may come twice, under the same `id`: leave out those seen before. It says nothing that the API does not say;
what was missed is in inbox and outbox. `body`: the bytes as they came, before any parser has touched them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from hub.core.errors import ProofInvalid
from hub.core.model import Millis
from hub.core.webhooks import signing
from hub.core.webhooks.payload import HookData, HookPayload
from hub.core.webhooks.signing import Keys

MAX_BODY = 64 * 1024
"""Bytes of a webhook: more is none of a hub's."""


class Event(msgspec.Struct, frozen=True):
    """`id`: the same at every try; `at`: when it happened (RFC 3339); `data`: identifiers."""

    id: str
    type: str
    at: str
    data: HookData

    @property
    def challenge(self) -> str:
        """The answer that tells the hub that its webhooks are wanted here; empty for any other event."""
        return self.data.challenge


def verify(headers: Mapping[str, str], body: bytes, keys: Keys, *, now: float | None = None) -> Event:
    """The event that the hub sent; ProofInvalid for anything else. `now`: seconds since the epoch."""
    at = Millis(int((time.time() if now is None else now) * 1000))
    if len(body) > MAX_BODY:
        raise ProofInvalid(expected=f"at most {MAX_BODY} bytes", found=f"{len(body)} bytes")
    identifier = signing.verify(headers, body, keys, at)
    try:
        told = msgspec.json.decode(body, type=HookPayload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofInvalid(expected="the body of a webhook", found=str(error)[:200]) from None
    return Event(identifier, told.type, told.timestamp, told.data)


__all__ = ["Event", "HookData", "Keys", "verify"]
