"""The axis as an agency's program sees it.

    async with AxisClient("https://truc.example", "000.00.00.H52", key, chain, policy=policy) as axis:
        sent = await axis.send(document, files)             built, signed, sent; the receipt is checked
        async for items in axis.batches():                  a long poll, for ever; waiting documents come together
            for item in items:
                content = await item.content()              came along where it is small; the digest is checked
                ...                                         keep it, durably
            await axis.acknowledge(items)                   one signature with the agency's key for all of them
        await axis.status(StatusCode.ACCEPTED, item.message)

Everything here may be repeated: the same bytes sent again find the first acceptance, an acknowledgement its
first evidence, and a document that was fetched but not acknowledged is offered again after its lease. So a call that
fails without an answer is tried again by itself (`retry`), and one that still fails may be made again later.
Keep the bytes of a message until its receipt is there: only the same bytes are the same message.

With `judge` (the roots that this side trusts) a document's signature is examined here before it is signed for;
without, `message.verdict` is the hub's word (`clients.judge`).

Errors: `clients.errors`, and ProofInvalid where the hub's answer does not verify.
"""

from __future__ import annotations

import ssl as tls
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import date
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from cryptography import x509

from clients import compose, protocol, receipts, sse
from clients.acknowledging import Acknowledging
from clients.batches import Batches, Outcome
from clients.errors import Busy, ClientError, ProblemError, SignatureNotHeld, Unreachable
from clients.held import Happening, Held, Item, Sent, happening, pair_of
from clients.hub_calls import HubCalls
from clients.judge import Judge, Judged
from clients.protocol import desk
from clients.receipts import Proof
from clients.transport import Credential, NoCredential, Transport, chain_of
from hub.core import edxml, wire, wire_desk
from hub.core.edxml import Attachment, Document, Message, Staff, Status
from hub.core.evidence.acknowledgement import Outcome as AckOutcome
from hub.core.log.policy import Policy
from hub.core.model import MessageKind, StatusCode
from hub.core.signature import xmldsig
from hub.core.signature.jws import PrivateKey

T = TypeVar("T")
POLL_SECONDS: Final = 30.0
"""How long one call waits for a document; the hub bounds it too."""

_AT_ONCE: Final = 1.0


class AxisClient(HubCalls):
    """One agency at one hub; `agency`, `key`, `certificate` may be left out for public calls.

    certificate  the agency's, or a sequence: its own, then at most two issuers, as they go into signatures
    ssl          a context, or True for the system's roots
    policy       whom to trust for receipts; without one, receipts are checked against the bytes only
    judge        whom to trust for signatures; without one, verdicts are the hub's word
    options      of `Transport`: session, backoff, audience, tokens, proxy, sleep, clock, chance
    """

    def __init__(
        self,
        url: str,
        agency: str = "",
        key: PrivateKey | None = None,
        certificate: x509.Certificate | Sequence[x509.Certificate] | None = None,
        *,
        ssl: tls.SSLContext | bool = True,
        policy: Policy | None = None,
        judge: Judge | None = None,
        **options: Any,
    ) -> None:
        chain = chain_of(certificate)
        self._judge = judge or Judge()
        self.agency = agency
        self.policy = policy
        self._credential = Credential(agency, key, chain) if key is not None and chain else None
        super().__init__(Transport(url, self._credential, tls=ssl, **options))
        self._own: wire.Agency | None = None
        self._batches = Batches(self._transport, policy)
        self._acknowledging = Acknowledging(self._transport, policy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    async def call(self, call: protocol.Call[T]) -> T:
        """One call of the protocol, or of a programme (`clients.reporting`)."""
        return await self._transport.call(call)

    # sending

    def sign(self, message: Message, attachments: Sequence[Attachment] = ()) -> bytes:
        """`message` as it travels, under the agency's signature."""
        return self.sign_bytes(edxml.build(message, compose.numbered(attachments)))

    def sign_bytes(self, data: bytes) -> bytes:
        """An unsigned edXML message with the agency's signature in it."""
        mine = self._needed()
        return xmldsig.sign(data, mine.key, mine.chain)

    async def send(self, message: bytes | Message, attachments: Sequence[Attachment] = ()) -> Sent:
        """Send a message: bytes as they are (signed already), a Document or Status built and signed first.

        Returns when the hub holds it durably and its receipt is checked; ProofInvalid where it does not hold.
        """
        data = message if isinstance(message, bytes) else self.sign(message, attachments)
        kind = edxml.parse(data).kind if isinstance(message, bytes) else _kind_of(message)
        answer = await self._transport.call(protocol.submit(data, kind))
        proof = receipts.check_submission(answer, data, kind, self.policy, self._transport.at())
        return Sent(answer, proof, data)

    async def send_all(self, messages: Sequence[bytes]) -> AsyncIterator[Outcome]:
        """Send many signed messages, in their order, a portion in each call: the outcome of each, as it is known."""
        async for outcome in self._batches.send(messages):
            yield outcome

    async def status(
        self,
        code: StatusCode,
        about: wire.Message,
        *,
        reason: str = "",
        staff: Staff | None = None,
        other: str = "",
        on_behalf: str = "",
    ) -> Sent:
        """Send a status on `about` (a message from inbox, outbox or life), signed.

        `other`: the other party where it is not the sender of `about`. `on_behalf`: an agency that this one
        acts for.
        """
        sender = await self._as_organ(on_behalf)
        made = compose.status(sender, code, about, self._transport.at(), other=other, reason=reason, staff=staff)
        return await self.send(made)

    async def take_back(self, about: wire.Message, reason: str, *, recipient: str = "", on_behalf: str = "") -> Sent:
        """Ask for a document back (status 13), from one recipient or from all.

        A document not fetched is gone at once; a recipient that holds it answers 15 or 16.
        """
        other = recipient or about.sender
        return await self.status(StatusCode.TAKE_BACK, about, reason=reason, other=other, on_behalf=on_behalf)

    async def _as_organ(self, code: str) -> edxml.Organ:
        if code and code != self.agency:
            return compose.organ(await self.agency_of(code))
        if self._own is None:
            self._own = await self.agency_of(self.agency)
        return compose.organ(self._own)

    # receiving

    async def inbox(
        self, *, wait: float = POLL_SECONDS, limit: int = 10, agency: str = "", drain: bool = False
    ) -> AsyncIterator[Item]:
        """Messages as they come, each held under a lease, urgent ones first. To be acknowledged one by one; where many
        come, `batches` does with fewer signatures and calls.

        Never ends by itself, but with `drain`: then when nothing came within `wait` seconds. `limit`: how
        many are taken at once; no more than can be worked off before their lease ends, which starts when they
        are taken.
        """
        async for taken in self.batches(wait=wait, limit=limit, agency=agency, drain=drain):
            for item in taken:
                yield item

    async def batches(
        self, *, wait: float = POLL_SECONDS, limit: int = 50, agency: str = "", drain: bool = False
    ) -> AsyncIterator[list[Item]]:
        """The same, as many together as wait at that moment: keep the content of all, then `acknowledge` them at
        once."""
        while True:
            began = self._transport.clock()
            taken = await self.fetch(limit, wait, agency=agency)
            if taken:
                yield taken
            elif drain:
                return
            elif self._transport.clock() - began < _AT_ONCE:
                # A hub that says "nothing" at once, while it is closing for one, would be asked without end.
                await self._transport.sleep(self._transport.backoff.first)

    async def fetch(self, limit: int = 50, wait: float = 0, *, agency: str = "", content: bool = True) -> list[Item]:
        """Take up to `limit` messages, waiting up to `wait` seconds for the first; empty when none came. `content`:
        small ones come with their bytes, up to the hub's `limits.fetch_bytes`; the others are asked for when read."""
        taken = await self._transport.call(protocol.fetch(limit, wait, agency, content))
        return [Item(self, item, agency) for item in taken.items]

    async def look(self, *, state: str = "", limit: int = 50, cursor: str = "", agency: str = "") -> wire.Inbox:
        """The mailbox as it is, without taking anything; `state` by default waiting."""
        return await self._transport.call(protocol.inbox(agency, state, limit, cursor))

    async def content(self, message_id: str, sha256: str = "") -> bytes:
        """The bytes of a message; ProofInvalid unless they have this digest (or else the one that the hub
        names).
        """
        return await self._transport.call(protocol.content(message_id, sha256))

    async def judge(self, content: bytes, said: str) -> Judged:
        """The verdict on a message's bytes; `said`: the hub's."""
        return await self._judge.judge(content, said, self._transport.at(), self._entry)

    async def _entry(self, code: str) -> wire.Agency | None:
        try:
            return await self.agency_of(code)
        except ClientError:
            return None  # a hub without an answer binds nothing

    async def acknowledge(
        self,
        held: Iterable[Held],
        *,
        outcome: AckOutcome = AckOutcome.CONTENT_HANDOVER,
        agency: str = "",
        unverified: bool = False,
    ) -> wire.Acknowledgements:
        """Sign for messages whose bytes this side holds: one signature for each thousand. Of items, content that was
        not read yet is read first: nobody signs for bytes he has not seen. With roots at hand their signatures are
        examined first: SignatureNotHeld, and nothing is signed, where one does not hold and not `unverified`; a
        refusal of the content need not ask.

        Each item has its own outcome; ProblemError when none of a batch stands. Evidence that an earlier
        batch recorded stays, and may be acknowledged again.
        """
        held = list(held)
        for one in held:
            if isinstance(one, Item):
                judged = await one.judge()
                if judged.refuted and not unverified and outcome is AckOutcome.CONTENT_HANDOVER:
                    raise SignatureNotHeld(f"{one.message.id}: {judged.verdict}")
        # Each in the name of whom it was sent to: an agency fetches for those that it took over, too.
        boxes: dict[str, list[tuple[str, str]]] = {}
        for one in held:
            box = agency or (one.delivery.recipient if isinstance(one, Item | wire.InboxItem) else self.agency)
            boxes.setdefault(box, []).append(pair_of(one))
        answers = await self._acknowledging.sign(self._needed(), boxes, outcome)
        return wire.Acknowledgements(items=answers)

    # looking

    async def outbox(self, *, limit: int = 50, cursor: str = "", agency: str = "") -> wire.Outbox:
        """Documents sent, newest first, with its state at every recipient."""
        return await self._transport.call(protocol.outbox(agency, limit, cursor))

    async def find(self, text: str = "", *, limit: int = 50, cursor: str = "", **asked: str | int) -> wire.Found:
        """Documents that this agency sent or was sent, newest first: by words, a number or any identifier in `text`,
        and by the other parameters of `GET /v1/documents` (`sender`, `recipient`, `state`, `since`, `dated_since`, …).
        A page may be short and still have a cursor."""
        return await self._transport.call(protocol.find({"text": text, "limit": limit, "cursor": cursor, **asked}))

    async def group(self, name: str) -> wire_desk.Members:
        """Who is meant today by a group of this agency's own, or by `communes:CODE`, `departments:CODE`,
        `below:CODE`."""
        return await self._transport.call(desk.group(name))

    async def named(self, name: str, *, side: str = "") -> wire.Message:
        """The one document of this agency's that is called that: its identifier, its DocumentId, its number and
        notation as people compare them (`7/QĐ-VX` is `07 / qđ-vx`), or `<agency>,<yyyy/MM/dd>,<number>/<notation>`.

        `side`: `sent` or `received` only. ProblemError ACCESS_NAME_AMBIGUOUS where several are, with all of them in
        `problem.documents`. Every call that takes a `message_id` takes such a name as well."""
        return await self._transport.call(protocol.named(name, side))

    async def answering(self, name: str) -> edxml.ResponseFor:
        """The reference of a reply to the received document of that name: issuer, code, day, DocumentId, for
        `compose.document(response_for=…)`. Where the hub does not know the day yet, it is read from the document."""
        life = await self.life((await self.named(name, side="received")).id)
        message = life.message
        with suppress(ValueError):  # empty, or no day
            return compose.answering(message, date.fromisoformat(life.promulgated))
        read = edxml.read(edxml.parse(await self.content(message.id, message.sha256)))
        return compose.answering(message, read.promulgation_date if isinstance(read, Document) else None)

    async def life(self, message_id: str) -> wire.Life:
        """A message with its deliveries and timeline."""
        return await self._transport.call(protocol.life(message_id))

    async def receipt(self, message_id: str) -> Proof:
        """The newest receipt of a message's acceptance, checked: with a policy that names a quorum of witnesses,
        ProofInvalid until they have cosigned (some seconds)."""
        data = await self._transport.call(protocol.receipt_of(message_id))
        return receipts.prove(data, self.policy, self._transport.at())

    async def upgraded(self, kept: bytes) -> tuple[Proof, Proof]:
        """A receipt that this side keeps, and its newest form: the same evidence, under a checkpoint that witnesses
        have cosigned since. ProofInvalid unless both hold and prove the very same leaf."""
        before = receipts.prove(kept, self.policy, self._transport.at(), quorum=False)
        data = await self._transport.call(protocol.receipt(before.evidence.identifier))
        after = receipts.prove(data, self.policy, self._transport.at(), quorum=False)
        receipts.check_same(before, after)
        return before, after

    async def evidence(
        self, message_id: str, *, document: bool = False, statuses: bool = True, recipient: str = ""
    ) -> bytes:
        """The bundle that proves the document's life as this side may see it: a ZIP file for an auditor, verified with
        `clients.bundles` or `truc evidence verify`, not here. `document`: with its bytes; `statuses`: with the signed
        status messages, which name people."""
        call = protocol.evidence(message_id, document=document, statuses=statuses, recipient=recipient)
        return await self._transport.call(call)

    async def receipt_of_evidence(self, evidence_id: str) -> Proof:
        """The receipt of one evidence of a timeline, checked."""
        data = await self._transport.call(protocol.receipt(evidence_id))
        return receipts.prove(data, self.policy, self._transport.at())

    async def events(self, last_id: str = "", *, agency: str = "") -> AsyncGenerator[Happening, None]:
        """Events of the agency's documents, as they happen; after a break, again from the last one seen.

        Never ends by itself. `reset` means: too much was missed, look at inbox and outbox. Unreachable or
        Busy when the schedule's tries are used up without a word from the hub.
        """
        transport, tried, silent_since = self._transport, 0, self._transport.clock()
        while True:
            reader, asked = sse.Reader(last_id), 0.0
            failure: Unreachable | Busy = Unreachable("the stream ended")
            try:
                async for chunk in transport.stream(protocol.events(last_id, agency)):
                    tried, silent_since = 0, transport.clock()
                    for event in reader.feed(chunk):
                        last_id = reader.last_id
                        yield happening(event)
            except (Unreachable, Busy) as error:
                failure, asked = error, error.retry_after if isinstance(error, Busy) else 0.0
            except ProblemError as error:
                if error.status != 401 or tried:
                    raise
            tried += 1
            pause = transport.backoff.pause(tried, transport.clock() - silent_since, asked, transport.chance())
            if pause is None:
                raise failure
            await transport.sleep(pause)

    def _needed(self) -> Credential:
        if self._credential is None:
            raise NoCredential
        return self._credential


def _kind_of(message: Message) -> MessageKind:
    return MessageKind.STATUS if isinstance(message, Status) else MessageKind.DOCUMENT


__all__ = ["AxisClient", "Document", "Happening", "Held", "Item", "Judge", "Judged", "Outcome", "Sent"]
