"""Everything that must hold when the killing is over, from the clients' own books: nobody's word is taken for it.

ready        it takes submissions
kept         a document that was acknowledged, sent again, is the same acceptance with the same receipt
signed       a hand-over that was signed for, signed again, is the same evidence with the same receipt
delivered    every recipient of every document holds it, or it ended in a way that its sender was told of
known        the hub has no message that its sender does not know of, and none that it refused
bytes        the bytes read are the bytes signed
ledger       its difference is 0 in every line, and its figures are those of the books
log          the audit finds nothing, x-seq included; every receipt is a leaf of it; every checkpoint ever seen is a
             prefix of it, proved from each to the next; a document that was read is never called unread
witness      it was shown one history
record       the hub stops when told, and fsck finds nothing

The hub is not disturbed any more. So an answer that does not come, or that nothing here foresaw, is a finding too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final, TypeVar

from clients.axis import AxisClient
from clients.errors import ClientError
from clients.log_source import HttpSource
from clients.monitor import audit
from clients.protocol import MAX_ACKNOWLEDGED
from clients.retry import Backoff
from clients.transport import Credential, Transport
from hub.admission.submission import AUDITOR
from hub.base.runtime import system_clock
from hub.core.errors import AxisError
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.evidence.format import Kind
from hub.core.log import merkle, note
from hub.core.model import DeliveryState, MessageKind
from hub.lab.hub_process import HubFailed, HubProcess
from hub.lab.torture.books import BROKEN, DOUBLED, LOST, Books, HandOver
from hub.lab.torture.load import Load, again, of_documents
from hub.lab.torture.setting import SLEEPER, Setting

T = TypeVar("T")
_AT_ONCE: Final = 16
_PATIENCE: Final = Backoff(first=0.05, longest=1.0, budget=5.0)
_LAST_PRIORITY: Final = 4
_AGREED, _REFUSED = "15", "02"
UNREAD: Final = frozenset({"NEVER_FETCHED", "NOT_FETCHED_YET", "NOT_FETCHED_IN_TIME"})
"""Reasons that say of a recipient that it had none of the bytes."""


class Checker:
    """One look at a hub that runs undisturbed. Faults go into the books."""

    def __init__(self, setting: Setting, books: Books, load: Load) -> None:
        self._ground = setting
        self._books = books
        self._load = load
        self._codes = [agency.code for agency in setting.agencies]
        self._clients: list[AxisClient] = []

    async def run(self) -> None:
        self._clients = [self._load.client(code, _PATIENCE) for code in self._codes]
        try:
            if await self._ready():
                looks = (
                    self._kept,
                    self._signed,
                    self._delivered,
                    self._known,
                    self._ledger,
                    self._log,
                    self._directory,
                )
                for look in looks:
                    await self._taken(look)
        finally:
            await asyncio.gather(*(client.close() for client in self._clients))
        self._bytes()
        self._witness()

    async def _taken(self, look: Callable[[], Awaitable[None]]) -> None:
        """One that comes to no end keeps no other from being taken."""
        try:
            await look()
        except (ClientError, AxisError) as error:
            self._books.find(BROKEN, f"checking what is {look.__name__}: {type(error).__name__}: {error}")

    async def _ready(self) -> bool:
        """Whether it answers. A hub that signs nothing any more still does."""
        try:
            health = await self._clients[0].health()
        except ClientError as error:
            self._books.find(BROKEN, f"the hub does not answer: {error}")
            return False
        if health.status != "ok":
            self._books.find(BROKEN, f"the hub is {health.status}: {health.reason}")
        return True

    async def _kept(self) -> None:
        await _each(self._books.submissions, lambda s: again(self._clients[s.sender], s, self._books))

    # the mailboxes

    async def _signed(self) -> None:
        for position, client in enumerate(self._clients):
            mine = [h for h in self._books.handovers.values() if h.agency == position]
            for start in range(0, len(mine), MAX_ACKNOWLEDGED):
                await self._signed_again(client, mine[start : start + MAX_ACKNOWLEDGED])

    async def _signed_again(self, client: AxisClient, mine: Sequence[HandOver]) -> None:
        answer = await client.acknowledge([(h.message, h.sha256) for h in mine])
        for known, done in zip(mine, answer.items, strict=True):
            if done.problem is not None:
                self._books.find(LOST, f"the hand-over of {known.message} to {client.agency}: {done.problem.code}")
            elif not done.repeated or done.evidence != known.evidence or done.receipt.encode() != known.receipt:
                self._books.find(DOUBLED, f"{known.message}, signed again at {client.agency}: {done.evidence}")

    async def _delivered(self) -> None:
        said = {(s.number, s.sender, s.status) for s in self._books.submissions if s.kind is MessageKind.STATUS}

        async def one(number: int, sender: int, message: str, told: Sequence[str]) -> None:
            try:
                life = await self._clients[sender].life(message)
            except ClientError as error:
                self._books.find(LOST, f"{message} (document {number}) has no life: {error}")
                return
            states = {d.recipient: DeliveryState(d.state) for d in life.deliveries}
            if set(states) != set(told):
                self._books.find(LOST, f"{message} was accepted for {sorted(told)}, and went to {sorted(states)}")
            for code, state in states.items():
                wrong = self._wrong(number, self._codes.index(code), message, state, said)
                if wrong:
                    self._books.find(LOST, f"{message} (document {number}) at {code}: {wrong}")

        documents = of_documents(self._books.submissions)
        await _each(documents, lambda s: one(s.number, s.sender, s.id, s.recipients))

    def _wrong(
        self, number: int, agency: int, message: str, state: DeliveryState, said: set[tuple[int, int, str]]
    ) -> str:
        held = (agency, message) in self._books.handovers
        may_expire = self._load.sendings[number].priority == _LAST_PRIORITY
        taken = self._touched(number)
        right = {
            DeliveryState.HANDED_OVER: held,
            DeliveryState.WAITING: agency == SLEEPER,
            DeliveryState.EXPIRED: may_expire and not held,
            DeliveryState.REFUSED: held and (number, agency, _REFUSED) in said,
            DeliveryState.TAKEN_BACK: taken and (not held or self._agreed(number, agency, said)),
        }
        return "" if right[state] else f"{state.value}, {'signed for' if held else 'not signed for'}"

    def _agreed(self, number: int, agency: int, said: set[tuple[int, int, str]]) -> bool:
        """To a take-back of it, or to an update that dropped this recipient."""
        updates = (s.number for s in self._load.sendings.values() if s.original == number and s.dropped == agency)
        return any((n, agency, _AGREED) in said for n in (number, *updates))

    def _touched(self, number: int) -> bool:
        """Whether anybody asked for it back, by a status or by an update."""
        asked = any(s.number == number and s.status == "13" for s in self._books.submissions)
        return asked or any(s.original == number and s.dropped >= 0 for s in self._load.sendings.values())

    async def _known(self) -> None:
        for position, client in enumerate(self._clients):
            mine = {s.id: s.sha256 for s in self._books.submissions if s.sender == position}
            theirs: dict[str, str] = {}
            cursor = ""
            while True:
                page = await client.outbox(limit=200, cursor=cursor)
                theirs |= {item.message.id: item.message.sha256 for item in page.items}
                cursor = page.cursor
                if not cursor:
                    break
            for message in theirs.keys() - mine.keys():
                self._books.find(DOUBLED, f"{client.agency} never was told of {message}, which the hub says it sent")
            for message in mine.keys() - theirs.keys():
                self._books.find(LOST, f"{message} is not in the outbox of {client.agency}")
            for message, sha256 in theirs.items():
                if sha256 in self._books.refused and mine.get(message) is None:
                    self._books.find(BROKEN, f"{message} was refused ({self._books.refused[sha256]}) and is there")

    def _bytes(self) -> None:
        signed = {s.id: s.sha256 for s in self._books.submissions}
        accepted = set(signed.values())
        for (agency, message), (sha256, _) in self._books.read.items():
            if signed.get(message) != sha256:
                self._books.find(BROKEN, f"{message} as read at {self._codes[agency]} is not what its sender signed")
            if sha256 in self._books.refused and sha256 not in accepted:
                self._books.find(BROKEN, f"{message} was refused and delivered to {self._codes[agency]}")
        seen: dict[tuple[int, str], str] = {}
        for (agency, message), (sha256, _) in self._books.read.items():
            first = seen.setdefault((agency, sha256), message)
            if first != message:
                self._books.find(DOUBLED, f"the same bytes came to {self._codes[agency]} as {first} and {message}")

    async def _ledger(self) -> None:
        figures = await self._clients[0].figures()
        for line in figures.ledger:
            if line.difference:
                self._books.find(BROKEN, f"the ledger of {line.name} differs by {line.difference}")
        # An answer to two requests is one message where it is signed alike.
        known = {s.id: s for s in self._books.submissions}
        documents = of_documents(known.values())
        pairs = {
            "documents": (figures.documents, len(documents)),
            "deliveries": (figures.deliveries, sum(len(s.recipients) for s in documents)),
            "statuses": (figures.statuses, len(known) - len(documents)),
        }
        for name, (hub, ours) in pairs.items():
            if hub != ours:
                self._books.find(LOST if hub < ours else DOUBLED, f"{name}: the hub says {hub}, the agencies {ours}")

    # the log

    async def _log(self) -> None:
        held = self._ground.profile.hub(AUDITOR)
        transport = Transport(self._ground.url, Credential(AUDITOR, held.key, held.chain), backoff=_PATIENCE)
        entries: list[bytes] = []
        try:
            source = HttpSource(transport)
            self._books.checkpoints.add(await source.checkpoint())
            outcome = await audit(
                source, self._ground.policy, system_clock(), each=lambda start, more: entries.extend(more)
            )
            for finding in outcome.findings:
                self._books.find(BROKEN, f"audit: {finding.what.value} {finding.subject} {finding.found}")
            objects = await source.objects(0, len(entries))
        finally:
            await transport.close()
        hashes = [merkle.leaf_hash(entry) for entry in entries]
        self._receipts(hashes)
        self._checkpoints(hashes)
        self._unread(objects, entries)

    def _receipts(self, hashes: Sequence[bytes]) -> None:
        """Each one's evidence is the leaf that it says; no number of a chain was given twice."""
        numbers: dict[tuple[str, str, int], str] = {}
        given = [s.receipt for s in self._books.submissions] + [h.receipt for h in self._books.handovers.values()]
        for raw in given:
            parsed = receipt.parse(raw)
            evidence = ev.decode(parsed.evidence)
            leaf = merkle.leaf_hash(ev.entry(Kind.EVIDENCE, parsed.evidence))
            if parsed.index >= len(hashes) or hashes[parsed.index] != leaf:
                self._books.find(LOST, f"the evidence {evidence.identifier} is not leaf {parsed.index} of the log")
            if (chain := evidence.sequence) is not None:
                first = numbers.setdefault((chain.agency, chain.direction, chain.n), evidence.identifier)
                if first != evidence.identifier:
                    self._books.find(DOUBLED, f"x-seq {chain.agency} {chain.direction} {chain.n} was given twice")
            self._books.checkpoints.add(parsed.note)

    def _checkpoints(self, hashes: Sequence[bytes]) -> None:
        """Signed by the log, with the root of its first leaves, each proved consistent with the next larger one."""
        tiles: dict[tuple[int, int], bytes] = {}
        tree = merkle.Tree(lambda level, n: tiles[level, n])
        for leaf in hashes:
            tree.append(leaf)
        tiles.update({(level, n): data for level, n, data in tree.take_full_tiles()})
        verifiers = [log.verifier for log in self._ground.policy.logs]
        seen: dict[int, bytes] = {}
        for raw in self._books.checkpoints:
            try:
                checkpoint = note.open_note(raw, verifiers).checkpoint
            except AxisError as error:
                self._books.find(BROKEN, f"a checkpoint that was published: {error.en}")
                continue
            if seen.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                self._books.find(BROKEN, f"two checkpoints of {checkpoint.size} leaves were signed")
            if checkpoint.size > len(hashes) or tree.root(checkpoint.size) != checkpoint.root:
                self._books.find(BROKEN, f"the checkpoint of {checkpoint.size} leaves is of another history")
        sizes = sorted(size for size in seen if size <= len(hashes))
        for old, new in pairwise(sizes):
            try:
                merkle.verify_consistency(old, seen[old], new, seen[new], tree.consistency(old, new))
            except AxisError as error:
                self._books.find(BROKEN, f"the checkpoints of {old} and {new} leaves: {error.en}")

    def _unread(self, objects: Sequence[bytes], entries: Sequence[bytes]) -> None:
        """A document that was read is never called unread, by any evidence after it; nor one that nobody asked for
        fetched. Whoever has its bytes in the books had them before it wrote them there, and asked for them before
        that."""
        for entry, held in zip(entries, objects, strict=False):
            if entry != ev.entry(Kind.EVIDENCE, held):
                continue
            evidence = ev.decode(held)
            reasons = {reason.code for reason in evidence.reasons}
            for recipient in evidence.recipients if reasons & UNREAD else ():
                _, at = self._books.read.get((self._codes.index(recipient.identifier), evidence.message), ("", 0))
                if at and at < evidence.at:
                    said = f"{evidence.event.short} {sorted(reasons)}"
                    self._books.find(BROKEN, f"{evidence.message}, read at {recipient.identifier}, is unread: {said}")
            if "FETCHED_NOT_ACKNOWLEDGED" in reasons:
                asleep = [p.identifier for p in evidence.recipients if p.identifier == self._codes[SLEEPER]]
                if asleep:
                    self._books.find(BROKEN, f"{evidence.message} is called fetched at {asleep[0]}, who never did")

    # beside the documents

    async def _directory(self) -> None:
        if names := self._books.directory:
            agency = await self._clients[0].agency_of(self._codes[SLEEPER])
            if agency.name != names[-1]:
                self._books.find(LOST, f"the directory was changed to {names[-1]} and says {agency.name}")

    def _witness(self) -> None:
        for log in self._ground.witness.logs():
            if log.contradictions:
                self._books.find(BROKEN, f"the witness was shown {log.contradictions} other histories")


async def ended(hub: HubProcess, books: Books) -> None:
    """It stops when told, and its record is whole."""
    try:
        await asyncio.to_thread(hub.stop)
    except HubFailed as error:
        books.find(BROKEN, f"at its end: {error}")
    checked = await asyncio.to_thread(hub.fsck)
    faults = checked.get("findings", [checked])
    for fault in faults if isinstance(faults, list) else [checked]:
        # A crash between a file and the refusal of its document leaves the file, as `hub.store.blobs` says.
        if fault.get("what") != "blob-orphan" or fault.get("where") not in books.refused:
            books.find(BROKEN, f"fsck: {fault}")


async def _each(items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Some at a time."""
    waiting = list(items)

    async def worker() -> None:
        while waiting:
            await work(waiting.pop())

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
