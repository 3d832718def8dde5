"""A message that was sent, one that is held, and an event of either."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from clients import protocol, sse
from clients.judge import Judged
from clients.receipts import Proof
from hub.core import edxml, wire
from hub.core.edxml import Message


class Sent(msgspec.Struct, frozen=True):
    """A message that was accepted: the hub's answer, its receipt as checked, and the very bytes that were
    sent.
    """

    answer: wire.Submitted
    proof: Proof
    data: bytes


class Happening(msgspec.Struct, frozen=True):
    """Something of the agency's changed: `what` (arrival, acknowledged, refused, status, take-back-pending,
    taken-back, not-fetched, expires-soon, expired, looked-at, reset), the `message` it concerns, and the `id` to resume
    from. `about`: of a status that arrives, the document that it reports on. `by`: of anything else, the message that
    brought it about; `status_code`, `cause` and `reason` are of that one. `notices`: codes of the rules that the
    arrival breaks harmlessly."""

    what: str
    agency: str = ""
    message: wire.Named = ""
    lane: int = 0
    id: str = ""
    about: wire.Named = ""
    by: wire.Named = ""
    status_code: str = ""
    cause: str = ""
    reason: str = ""
    notices: tuple[str, ...] = ()


class Holder(Protocol):
    """The client that took a message: it reads, judges and signs."""

    async def content(self, message_id: str, sha256: str = "") -> bytes: ...

    async def judge(self, content: bytes, said: str) -> Judged: ...

    async def acknowledge(self, held: Iterable[Held], *, agency: str = "") -> wire.Acknowledgements: ...


class Item:
    """A message in the mailbox, held by this client for some time."""

    def __init__(self, client: Holder, item: wire.InboxItem, agency: str) -> None:
        self.message = item.message
        self.delivery = item.delivery
        self.leased_until = item.leased_until
        self.says = item.says
        self.asked = item.asked
        self._client = client
        self._agency = agency
        self._item = item
        self._content: bytes | None = None

    async def content(self) -> bytes:
        """The bytes as the sender signed them, which came along or are asked for; ProofInvalid unless they have the
        digest that the hub named.
        """
        if self._content is None:
            came = protocol.content_of(self._item)
            self._content = await self._client.content(self.message.id, self.message.sha256) if came is None else came
        return self._content

    async def read(self) -> Message:
        """Its fields. The signature is not verified here: see `judge`."""
        return edxml.read(edxml.parse(await self.content()))

    async def judge(self) -> Judged:
        """Its verdict as this side finds it, or the hub's word where no roots are at hand."""
        return await self._client.judge(await self.content(), self.message.verdict)

    async def acknowledge(self) -> wire.AcknowledgedItem:
        """Sign for it. Reads the content first where that was not done: nobody signs for bytes he has not
        seen.
        """
        await self.content()
        answer = await self._client.acknowledge([self], agency=self._agency)
        return answer.items[0]


Held = Item | wire.InboxItem | tuple[str, str]
"""Something to acknowledge: an item, or an identifier with the SHA-256 (hex) of the bytes received."""


def pair_of(held: Held) -> tuple[str, str]:
    """The identifier, and the SHA-256 of the bytes."""
    return held if isinstance(held, tuple) else (held.message.id, held.message.sha256)


def happening(event: sse.ServerEvent) -> Happening:
    """An event of the stream; one that cannot be read is a `reset`."""
    try:
        told = msgspec.json.decode(event.data, type=Happening)
    except (msgspec.MsgspecError, RecursionError):
        return Happening(what="reset", id=event.id)
    return msgspec.structs.replace(told, what=told.what or event.what, id=event.id)
