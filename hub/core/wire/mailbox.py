"""Inbox, acknowledgements and outbox."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core.wire.base import Digest, Identifier, Limit, Named, Wire
from hub.core.wire.documents import Asked, Delivery, Message, Says
from hub.core.wire.problems import Problem
from hub.core.wire_words import State


class InboxItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A message in the mailbox; `leased_until` when this call took it from other workers. `content`: its bytes as
    received, where the call asked for them and they are small; without, they are to be read at its own address.
    `asked`: a request that awaits an answer, about this document, or this message itself."""

    message: Message
    delivery: Delivery
    leased_until: str = ""
    content: bytes | None = None
    says: Says | None = None
    asked: Asked | None = None


class Inbox(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`cursor` continues the listing; empty at its end."""

    items: list[InboxItem]
    cursor: str = ""


class FetchRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Take up to `limit` documents, waiting up to `wait` seconds for the first. `agency`: on whose behalf. `content`:
    small ones with their bytes."""

    limit: Limit = 50
    wait: Annotated[float, msgspec.Meta(ge=0, le=300)] = 0
    agency: str = ""
    content: bool = False


class UnsignedItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    message: str
    sha256: Digest


class AcknowledgeRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Either `signed`, a JWS over the items (`truc-acknowledgement/1`), or `items` from a client that cannot sign."""

    signed: str = ""
    items: Annotated[list[UnsignedItem], msgspec.Meta(max_length=1000)] = []
    agency: str = ""


class AcknowledgedItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one item: its `state` and `evidence`, or the `problem` that kept it as it was."""

    message: Identifier
    state: State = ""
    evidence: Named = ""
    receipt: str = ""
    repeated: bool = False
    problem: Problem | None = None


class Acknowledgements(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[AcknowledgedItem]


class AcknowledgeBatch(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Acknowledgements of several mailboxes, or several signed ones of the same."""

    requests: Annotated[list[AcknowledgeRequest], msgspec.Meta(min_length=1, max_length=64)]


class Acknowledging(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one acknowledgement: its `items`, or the `problem` that refused it whole, with the `status` that
    it would have had alone."""

    status: int
    items: list[AcknowledgedItem] = []
    problem: Problem | None = None


class AcknowledgedBatch(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """In the order of the requests."""

    answers: list[Acknowledging]


class OutboxItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    message: Message
    deliveries: list[Delivery]


class Outbox(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[OutboxItem]
    cursor: str = ""
