"""The night of 1 July 2025, with documents under way: 63 provinces become 34, districts end, communes merge.

    before    a hub with the whole country of 30 June; agencies that are about to end, and others, send each other
              documents; of those that came to the ending ones some is signed for, some is read and not signed for, some
              waits
    the night all entries of the reorganisation go to the hub in one change, 15,236 of them, while documents are sent on
    after     an ended agency sends nothing new, and signs for documents it had read; its successor fetches those that
              wait, takes back, answers, and hears the answers to its predecessors' documents; a document addressed to
              an old code goes to the one main heir of the merge table

The truth about the mergers is asked of `hub.lab.country`, that about documents of the agencies' own books.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final, TypeVar

import msgspec

from clients import compose
from clients.axis import AxisClient, Item
from clients.errors import ProblemError
from hub.core import wire
from hub.core.directory import wire as directory_wire
from hub.core.directory.routing import Reason, settle
from hub.core.edxml import Code
from hub.core.log import policy as policies
from hub.core.log.policy import Policy
from hub.core.model import Agency, DeliveryState, MessageKind, StatusCode, Tier, vietnam_date
from hub.lab import hub_process
from hub.lab.calls import now
from hub.lab.country import reorganised, world_of_june
from hub.lab.hub_process import HubProcess
from hub.lab.sandbox import with_keys
from hub.lab.simulate.check import Invariant
from hub.lab.simulate.reform_books import Books, Cast, Entry, of_record
from hub.pki import profile as pki

T = TypeVar("T")

OnPhase = Callable[[str, int, int], None]
"""Hears of the progress: phase, done, of how many."""

_LABEL: Final = "CD"
_DURING: Final = 20
"""Documents that are sent while the change is under way."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`ending`: how many agencies play that end that night; `documents`: how many are sent before it, and after it."""

    ending: int = 24
    documents: int = 80
    seed: int = 2025


class Played(msgspec.Struct, frozen=True):
    """`night_seconds`: how long the one change took; `in_flight`: deliveries that nobody had signed for by then."""

    options: Options
    agencies_before: int
    agencies_changed: int
    night_seconds: float
    documents: int
    deliveries: int
    in_flight: int
    statuses: int
    figures: wire.Figures
    invariants: list[Invariant]

    @property
    def holds(self) -> bool:
        return all(i.holds for i in self.invariants)


def perform(options: Options, told: OnPhase = lambda phase, done, of: None) -> Played:
    """Play it against a hub of its own. HubFailed where that does not run."""
    today = vietnam_date(now())
    june, changes = world_of_june(), reorganised(today)
    cast = choose(june, changes, today, options)
    with tempfile.TemporaryDirectory(prefix="truc-reform-") as name:
        folder = Path(name)
        told("hub", 0, 1)
        after = {agency.code: agency for agency in (*june, *changes)}
        keyed = [*cast.ending, *cast.others, *(after[code] for code in dict.fromkeys(cast.heirs.values()))]
        hub_process.prepare(folder / "hub", folder / "keys", june, keyed)
        profile = pki.Profile(folder / "keys")
        with HubProcess(folder / "hub") as hub:
            scene = _Scene(options, cast, hub.url, profile, policies.parse((folder / "hub" / "policy").read_bytes()))
            asyncio.run(scene.play(with_keys(changes, profile), told))
            hub.stop()
            fsck = hub.fsck()
        invariants = [*scene.books.check(changes), of_record(fsck)]
        return Played(
            options=options,
            agencies_before=len(june),
            agencies_changed=len(changes),
            night_seconds=round(scene.night_seconds, 3),
            documents=len(scene.books.sent),
            deliveries=sum(len(sent.recipients) for sent in scene.books.sent.values()),
            in_flight=scene.in_flight,
            statuses=len(scene.books.said),
            figures=scene.books.figures,
            invariants=invariants,
        )


def choose(june: Sequence[Agency], changes: Sequence[Agency], today: date, options: Options) -> Cast:
    """Of each kind of ending as many as of the others: communes whole and split, districts, departments, provinces."""
    rng = Random(f"reform/{options.seed}")
    after = {agency.code: agency for agency in june} | {agency.code: agency for agency in changes}
    ended = [agency for agency in changes if agency.valid_to is not None and agency.code_qd20]
    kinds: dict[tuple[Tier, bool, bool], list[Agency]] = defaultdict(list)
    for agency in ended:
        kinds[agency.tier, bool(agency.heirs), bool(agency.parent)].append(agency)
    share = -(-options.ending // len(kinds))
    chosen = [a for kind in sorted(kinds) for a in rng.sample(kinds[kind], min(share, len(kinds[kind])))]
    heirs: dict[str, str] = {}
    for agency in chosen:
        heir = settle(after.get, agency.code, today)
        assert not isinstance(heir, Reason), "every agency that ended that night has an heir in office"
        heirs[agency.code] = heir.code
    gone = {agency.code for agency in ended}
    living = [a for a in june if a.code not in gone and a.code[4:9] == "00.00" and a.valid_to is None]
    others = rng.sample([a for a in living if a.code not in heirs.values()], 5)
    return Cast(chosen, heirs, others)


class _Scene:
    def __init__(self, options: Options, cast: Cast, url: str, profile: pki.Profile, policy: Policy) -> None:
        self._options = options
        self._cast = cast
        self._url = url
        self._profile = profile
        self._policy = policy
        self._rng = Random(f"play/{options.seed}")
        self._clients: dict[str, AxisClient] = {}
        self._entries: dict[str, wire.Agency] = {}
        self._read: list[tuple[str, list[Item]]] = []
        self.books = Books(cast)
        self.in_flight = 0
        self.night_seconds = 0.0

    async def play(self, changes: Sequence[Agency], told: OnPhase) -> None:
        """All of it; the books are full afterwards."""
        cast = self._cast
        async with AsyncExitStack() as stack:
            codes = (*(a.code for a in (*cast.ending, *cast.others)), *cast.heirs.values())
            for code in dict.fromkeys(codes):
                self._clients[code] = await stack.enter_async_context(self._client(code))
            self._entries = {
                a.code: directory_wire.to_wire(a, certificates=False) for a in (*cast.ending, *cast.others)
            }
            told("before", 0, self._options.documents)
            await self._exchange(self._options.documents)
            await self._some_fetch()
            told("night", 0, len(changes))
            await self._night(changes, stack)
            told("after", 0, self._options.documents)
            await self._ended_ones_cannot_send()
            await self._take_back()
            await self._exchange(self._options.documents, after=True)
            await self._sign_for_what_was_read()
            await self._drain()
            await self._answer()
            await self._drain()
            told("checking", 0, 1)
            await self._look()

    def _client(self, code: str) -> AxisClient:
        held = self._profile.hub(code) if code == "operator" else self._profile.agency(code)
        return AxisClient(self._url, code, held.key, held.chain, policy=self._policy)

    # before, and on both sides

    async def _exchange(self, count: int, *, after: bool = False) -> None:
        """Documents between ending agencies and others; afterwards those that are left write to the old codes still."""
        ending = [agency.code for agency in self._cast.ending]
        others = [agency.code for agency in self._cast.others]
        for _ in range(count):
            by_ending = not after and self._rng.random() < 0.4
            sender = self._rng.choice(ending if by_ending else others)
            pool = [code for code in (*ending, *others) if self._cast.place(code) != self._cast.place(sender)]
            await self._send(sender, self._rng.sample(pool, self._rng.randint(1, 3)), after=after)

    async def _send(self, sender: str, asked: Sequence[str], *, after: bool) -> None:
        number = len(self.books.sent) + 1
        made = compose.document(
            self._entries[sender],
            [self._entries[code] for code in asked],
            code=Code(str(number), _LABEL),
            subject=f"V/v sắp xếp đơn vị hành chính, số {number}",
            at=now(),
            identity=f"{sender},{vietnam_date(now()):%Y/%m/%d},{number}/{_LABEL}",
        )
        sent = await self._clients[sender].send(made)
        answer, digest = sent.answer, sha256(sent.data).hexdigest()
        self.books.sent[answer.message.id] = Entry(
            answer.message, sender, tuple(asked), tuple(answer.recipients), digest, after
        )

    async def _some_fetch(self) -> None:
        """Of the documents that came to the ending agencies a third is signed for, a third read and not signed for, a
        third waits."""
        for position, agency in enumerate(self._cast.ending):
            if position % 3 == 2:
                continue
            items = await self._clients[agency.code].fetch(100)
            for item in items:
                self._received(item, await item.content())
            if position % 3 == 0:
                await self._acknowledge(agency.code, items)
            else:
                self._read.append((agency.code, items))
        signed = sum(self.books.held.values())
        self.in_flight = sum(len(sent.recipients) for sent in self.books.sent.values()) - signed

    async def _night(self, changes: Sequence[Agency], stack: AsyncExitStack) -> None:
        """The change, and documents that are sent while it is made: each goes to the old agency or to its heir."""
        operator = await stack.enter_async_context(self._client("operator"))
        records = [directory_wire.to_wire(agency) for agency in changes]
        began = time.monotonic()
        change = asyncio.create_task(operator.put_agencies(records))
        others = [agency.code for agency in self._cast.others]
        ending = [agency.code for agency in self._cast.ending]
        for number in range(_DURING):
            await self._send(others[number % len(others)], [self._rng.choice(ending)], after=False)
        await change
        self.night_seconds = time.monotonic() - began
        kept = {record.code: record for record in records}
        for code in self._cast.heirs.values():
            self._entries.setdefault(code, kept.get(code) or await operator.agency_of(code))

    # after

    async def _ended_ones_cannot_send(self) -> None:
        for agency in self._cast.ending:
            self.books.counted["ended"] += 1
            try:
                sent = compose.document(
                    self._entries[agency.code],
                    [self._entries[self._cast.others[0].code]],
                    code=Code("1", f"{_LABEL}-SAU"),
                    subject="V/v gửi sau ngày sắp xếp",
                    at=now(),
                )
                await self._clients[agency.code].send(sent)
                self.books.wrong["ended"].append(f"{agency.code}: accepted")
            except ProblemError as error:
                if error.code != "ROUTING_SENDER_NOT_ALLOWED":
                    self.books.wrong["ended"].append(f"{agency.code}: {error.code}")

    async def _take_back(self) -> None:
        """The successor takes back its predecessor's documents that nobody has read: the hub decides which these
        are."""
        mine = [s for s in self.books.sent.values() if s.sender in self._cast.heirs and not s.after]
        for sent in mine[::5]:
            client = self._clients[self._cast.place(sent.sender)]
            before = await self._tried("taken back", client.life(sent.message.id))
            if before is None or any(d.state != DeliveryState.WAITING or d.offered_at for d in before.deliveries):
                continue
            self.books.counted["taken back"] += 1
            if await self._tried("taken back", client.take_back(sent.message, "Đơn vị đã sắp xếp")):
                self.books.taken_back.append(sent.message.id)

    async def _sign_for_what_was_read(self) -> None:
        """An ended agency signs for the documents it had read: its keys are its own as long as they are registered."""
        for code, items in self._read:
            await self._acknowledge(code, items)

    async def _drain(self) -> None:
        """Every agency that is left fetches until nothing comes."""
        for code in dict.fromkeys((*self._cast.heirs.values(), *(a.code for a in self._cast.others))):
            while items := await self._clients[code].fetch(100):  # under a lease: a failed one does not come again
                for item in items:
                    self._received(item, await item.content())
                await self._acknowledge(code, items, own=False)

    async def _acknowledge(self, code: str, items: list[Item], *, own: bool = True) -> None:
        """`own`: documents that came to this very agency; else to those it stands for, each in its own name."""
        if not items:
            return
        answer = await self._tried("delivered", self._clients[code].acknowledge(items, agency=code if own else ""))
        if answer is None:
            return
        boxes = defaultdict(list)
        for item in items:
            boxes[item.message.id].append(item.delivery.recipient)
        for done in answer.items:
            if done.problem is not None:
                self.books.wrong["delivered"].append(f"{done.message}: {done.problem.code}")
            elif boxes[done.message]:
                self.books.held[done.message, boxes[done.message].pop()] += 1

    def _received(self, item: Item, content: bytes) -> None:
        if item.message.kind == MessageKind.STATUS.value:
            self.books.heard.add((item.message.id, item.delivery.recipient))
        elif (sent := self.books.sent.get(item.message.id)) is not None:
            self.books.counted["bytes"] += 1
            if sha256(content).hexdigest() != sent.sha256:
                self.books.wrong["bytes"].append(item.message.id)

    async def _tried(self, name: str, call: Awaitable[T]) -> T | None:
        """A refusal of the hub is written down, and the play goes on."""
        try:
            return await call
        except ProblemError as error:
            self.books.wrong[name].append(f"{error.code}: {error.found}"[:200])
            return None

    async def _answer(self) -> None:
        """The agency that stands for a recipient reports 03; the sender may be one that has ended."""
        for (message, recipient), _ in sorted(self.books.held.items()):
            sent = self.books.sent.get(message)
            if sent is None:
                continue
            client = self._clients[self._cast.place(recipient)]
            say = client.status(StatusCode.ACCEPTED, sent.message, on_behalf=self._in_whose_name(recipient))
            said = await self._tried("passed on", say)
            if said is not None:
                (to,) = said.answer.recipients
                self.books.said[said.answer.message.id] = (to, message)

    def _in_whose_name(self, recipient: str) -> str:
        return "" if recipient in self._cast.heirs else recipient

    # the end

    async def _look(self) -> None:
        """The hub's answers: the country, each old entry, each document, the figures."""
        client = self._clients[self._cast.others[0].code]
        for agency in self._cast.ending:
            self.books.counted["split"] += 1
            entry = await client.agency_of(agency.code)
            if (entry.successor, tuple(entry.heirs)) != (agency.successor, agency.heirs):
                self.books.wrong["split"].append(f"{agency.code}: {entry.successor} {entry.heirs}")
        for sent in self.books.sent.values():
            client_of = self._clients[self._cast.place(sent.sender)]
            life = await self._tried("delivered", client_of.life(sent.message.id))
            if life is not None:
                self.books.judge(sent, life)
        self.books.figures = await client.figures()


__all__ = ["OnPhase", "Options", "Played", "choose", "perform"]
