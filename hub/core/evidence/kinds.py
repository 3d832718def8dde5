"""The events of an agency, in one table: the name on the event stream, the type of a webhook, the meaning.

Both tell the same things of the same leaves; only the spelling differs, for Standard Webhooks wants letters, full stops
and underscores. An event without `what` is told by no leaf, and by webhooks alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Kind(NamedTuple):
    what: str
    type: str
    text: str


CHALLENGE: Final = "webhook.challenge"
"""The only type that comes before a receiver has proved that it wants webhooks."""
CERTIFICATE: Final = "certificate.expires_soon"
ALERT: Final = "operator.alert"
"""To endpoints of the operator's alone."""

KINDS: Final = (
    Kind("arrival", "document.arrived", "something new waits in the mailbox"),
    Kind("acknowledged", "delivery.acknowledged", "a recipient signed that it holds the document"),
    Kind("refused", "delivery.refused", "a recipient refused it (02, or bytes that are bad)"),
    Kind("status", "delivery.status", "a recipient reported a status"),
    Kind("take-back-pending", "take_back.pending", "a recipient was asked to give it back"),
    Kind(
        "take-back-asked",
        "take_back.asked",
        "the sender asks for it back: answer 15 or 16, unless it was taken back at once",
    ),
    Kind("taken-back", "delivery.taken_back", "it was taken back"),
    Kind("not-fetched", "delivery.not_fetched", "a recipient has not fetched it, and its time is running out"),
    Kind("expires-soon", "delivery.expires_soon", "what waits for you will expire"),
    Kind("expired", "delivery.expired", "nobody fetched it in time"),
    Kind("looked-at", "document.looked_at", "an auditor read it"),
    Kind("", CERTIFICATE, "a registered certificate of yours ends soon"),
)
BY_WHAT: Final = {kind.what: kind for kind in KINDS if kind.what}
TYPES: Final = tuple(kind.type for kind in KINDS)
"""Those that an agency may choose from."""
