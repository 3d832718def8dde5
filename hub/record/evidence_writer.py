"""Writes the evidence of one batch: numbers it, chains it to its agency, and remembers whom to tell.

One writer lives for one transaction, on the store's thread. An act's writing is forgotten by `reset` when the act is
undone; leaf numbers, message numbers and counters then go to the next act, so that none has a gap. Leaves and counters
reach the transaction with `flush`, once for the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.evidence import format as ev
from hub.core.evidence.countersign import FORWARDED
from hub.core.evidence.format import Event, Kind
from hub.core.evidence.happenings import Happening, Recorded, all_told
from hub.core.evidence.statement import RANDOM, About, Issuing, Said, make
from hub.core.model import MessageKind, Millis, from_iso_utc
from hub.record.counters import Counters, Key
from hub.record.refusals import RefusalBudget
from hub.store import Counter, LeafRow, MessageRow, Transaction

_DRAWN: Final = 1_024
_NOTHING: Final = Said()
_MAILBOX: Final = {kind: f"mailbox-{kind.value}" for kind in MessageKind}


class LogView(NamedTuple):
    """The issuer of evidence, and size and root of its log before the batch; both empty before the first."""

    issuer: ev.Party
    size: int
    root: bytes


class Written(NamedTuple):
    leaf: int
    id: str


class Mark(NamedTuple):
    rows: int
    refused: int
    evidence: int
    placed: int
    message: int | None


class Place(msgspec.Struct, frozen=True):
    """A recipient by its present code, and the code that the sender wrote where that one has a successor."""

    recipient: str
    forwarded_from: str = ""


class Sender(msgspec.Struct, frozen=True):
    """The sender, how it was established, and its signature's verdict. `certificate` is SHA-256 hex, `proof`
    the digest of the signature's proof."""

    agency: str
    auth: str
    verdict: str
    algorithm: str = ""
    certificate: str = ""
    proof: str = ""

    @property
    def signed(self) -> bool:
        return self.verdict == "VALID"

    def counter(self, sha256: str, by: str) -> ev.Counter:
        """Its own message as the signed object, or why it counts as not signed. `by`: whose doing it is, itself or the
        agency in whose place it stands."""
        if not self.signed:
            return ev.Counter(by=by, absent=self.verdict)
        certificate = f"sha-256:{self.certificate}"
        return ev.Counter(by, digest=f"sha-256:{sha256}", signer=self.agency, certificate=certificate)


class EvidenceWriter:
    """`at` is the batch's time in Millis. `held(message, recipient)` tells since when a worker holds a delivery; once
    it said None, none may take it until the batch is over."""

    def __init__(
        self,
        tx: Transaction,
        view: LogView,
        *,
        at: Millis,
        entropy: Callable[[int], bytes],
        held: Callable[[int, str], Millis | None],
        lease_ms: int,
        counters: Counters,
        refusals: RefusalBudget,
    ) -> None:
        self.tx = tx
        self.at = at
        self._held = held
        self._asked: dict[tuple[int, str], Millis | None] = {}
        self.lease_ms = lease_ms
        self._entropy = entropy
        self._random = b""
        self._evidence: list[Recorded] = []
        self._placed: list[tuple[str, Sequence[str]]] = []
        self._view = view
        self._issuing = Issuing(view.issuer, view.size, view.root, at)
        self.rows: list[LeafRow] = []
        self._entries: list[bytes] = []  # of each row
        self._before = counters
        self._budget = refusals
        self.refused: list[str] = []
        self.counters: dict[Key, Counter] = {}  # of the acts that stand
        self._latest: dict[Key, Counter] = {}  # of the act that runs
        self._last_message: int | None = None  # none was numbered yet

    @property
    def origin(self) -> str:
        return self._view.issuer.identifier

    def held_since(self, message: int, recipient: str) -> Millis | None:
        """Since when a worker holds this delivery; one answer for the whole batch, though leases come and go."""
        key = (message, recipient)
        if key not in self._asked:
            self._asked[key] = self._held(message, recipient)
        return self._asked[key]

    def random(self, n: int) -> bytes:
        """`n` random bytes that nobody else gets. Drawn for several acts at once: a call of the system each is felt."""
        if len(self._random) < n:
            self._random = self._entropy(max(n, _DRAWN))
        taken, self._random = self._random[:n], self._random[n:]
        return taken

    # numbers

    def next_message(self) -> int:
        last = self._before.last_message(self.tx) if self._last_message is None else self._last_message
        self._last_message = last + 1
        return self._last_message

    @property
    def last_message(self) -> int | None:
        """The last number that a message got in this batch; None where none got one."""
        return self._last_message

    def next_leaf(self) -> int:
        """The number that the next evidence written will get."""
        return self._view.size + len(self.rows)

    def next_in_mailbox(self, recipient: str, kind: MessageKind) -> int:
        """Gap-free number in a mailbox: the independent half of the ledger."""
        return self._count((recipient, _MAILBOX[kind])).n

    def _count(self, key: Key) -> Counter:
        """Gives the next number; the digest is still that of the one before."""
        last = self._latest.get(key) or self.counters.get(key) or self._before.last(self.tx, key)
        following = self._latest[key] = Counter(last.n + 1, last.previous)
        return following

    # evidence

    def accepted(
        self,
        message: MessageRow,
        sender: Sender,
        places: Sequence[Place],
        submitted_at: Millis,
        ends: Millis | None = None,
        noted: Sequence[tuple[str, str]] = (),
    ) -> Written:
        """SubmissionAcceptance, which names all recipients and is also their ContentConsignment. `ends`: when a
        document that nobody fetched will expire; `noted`: which rules the message breaks, harmlessly."""
        said = Said(
            recipients=[p.recipient for p in places],
            reasons=[reason for p in places for reason in forwarded(p.forwarded_from, p.recipient)] + list(noted),
            sender=ev.Party(
                identifier=sender.agency,
                auth_method=sender.auth,
                certificate_digest=f"sha-256:{sender.certificate}" if sender.certificate else "",
            ),
            signature=ev.SignatureMark(
                verdict=sender.verdict,
                alg=sender.algorithm,
                certificate=f"sha-256:{sender.certificate}" if sender.certificate else "",
                proof=sender.proof,
            ),
            submitted_at=submitted_at,
            due=ends if places else None,
            rules=ev.RULES,
        )
        return self.evidence(Event.SUBMISSION_ACCEPTANCE, message, said, owner=(message.sender, "out"))

    def evidence(
        self, event: Event, about: MessageRow, said: Said = _NOTHING, *, owner: tuple[str, str], recipient: str = ""
    ) -> Written:
        """Evidence about a message; its sender and the time of its acceptance stand in it unless said otherwise.
        `owner` is (agency, "in" | "out"): whose chain it continues."""
        said = said._replace(
            sender=said.sender or ev.Party(identifier=about.sender),
            submitted_at=about.accepted_at if said.submitted_at is None else said.submitted_at,
        )
        what = About(about.sha256, about.document_id, about.id)
        return self._write(owner, event, said, what, recipient=recipient, message=about)

    def may_refuse(self, agency: str, why: str) -> None:
        """RefusalsSpent when no more refusals of this agency go on record in this hour."""
        self._budget.check(agency, self.refused.count(agency), self.at, why)

    def rejected(
        self, agency: str, auth: str, sha256: str, submitted_at: Millis, reasons: Sequence[tuple[str, str]]
    ) -> Written:
        """SubmissionRejection: there is no message, only the digest of the bytes that were refused."""
        self.refused.append(agency)
        said = Said(ev.Party(identifier=agency, auth_method=auth), reasons=reasons, submitted_at=submitted_at)
        return self._write((agency, "out"), Event.SUBMISSION_REJECTION, said, About(sha256))

    def brought(self, party: ev.Party, sha256: str, reasons: Sequence[tuple[str, str]]) -> Written:
        """DataBrought: bytes that are no message, by their digest, in the chain of the agency that they came from."""
        said = Said(party, reasons=reasons, submitted_at=self.at)
        return self._write((party.identifier, "out"), Event.DATA_BROUGHT, said, About(sha256))

    def acted(self, event: Event, party: ev.Party, reasons: Sequence[tuple[str, str]]) -> Written:
        """An action that concerns no single message, in the chain of its agency."""
        return self._write((party.identifier, "out"), event, Said(party, reasons=reasons))

    def _write(
        self,
        owner: tuple[str, str],
        event: Event,
        said: Said,
        about: About | None = None,
        *,
        recipient: str = "",
        message: MessageRow | None = None,
    ) -> Written:
        """The next evidence of `owner`'s chain."""
        leaf, count = self.next_leaf(), self._count(owner)
        sequence = ev.Sequence(*owner, n=count.n, previous=count.previous)  # type: ignore[arg-type]
        made = make(self._issuing, event, said, about, sequence, leaf, self.random(RANDOM))
        if message is not None:
            self._evidence.append(Recorded(made.evidence, leaf, made.digest, message.sender, message.priority))
        self._latest[owner] = Counter(count.n, f"sha-256:{made.digest.hex()}")
        number = message.number if message is not None else None
        self._append(Kind.EVIDENCE, made.body, made.entry, number, recipient, event.short)
        return Written(leaf, made.evidence.identifier)

    def leaf(
        self, kind: Kind, content: bytes, *, event: str, message: int | None = None, recipient: str = ""
    ) -> Written:
        """Any object as the next leaf of the log."""
        number = self.next_leaf()
        self._append(kind, content, ev.entry(kind, content), message, recipient, event)
        return Written(number, "")

    def _append(
        self, kind: Kind, content: bytes, entry: bytes, message: int | None, recipient: str, event: str
    ) -> None:
        self.rows.append(
            LeafRow(
                number=self.next_leaf(),
                kind=int(kind),
                object=content,
                at=self.at,
                message=message,
                recipient=recipient,
                event=event,
            )
        )
        self._entries.append(entry)

    def row(self, number: int) -> LeafRow | None:
        """The leaf of that number, of this batch or before."""
        return self.rows[number - self._view.size] if number >= self._view.size else self.tx.leaf(number)

    def leaf_of(self, message: int, recipient: str, event: Event) -> LeafRow | None:
        """The leaf already written for this event of this delivery, in this batch or before."""
        for row in reversed(self.rows):
            if (row.message, row.recipient, row.event) == (message, recipient, event.short):
                return row
        return self.tx.leaf_of(message, recipient, event.short)

    def leaves_of(self, message: int, recipient: str) -> list[LeafRow]:
        """Every leaf of this delivery, of this batch and before."""
        before = [leaf for leaf in self.tx.timeline(message) if leaf.recipient == recipient]
        return before + [row for row in self.rows if (row.message, row.recipient) == (message, recipient)]

    def last_of_kind(self, kind: Kind) -> LeafRow | None:
        """The newest leaf of a kind other than evidence, in this batch or before."""
        return next((row for row in reversed(self.rows) if row.kind == kind), None) or self.tx.last_of_kind(kind)

    def promised(self, message: MessageRow) -> Millis | None:
        """By when each delivery of it will have ended, as its acceptance says; None where it says nothing."""
        first = self.row(message.leaf)
        due = ev.decode(first.object).due if first is not None else ""
        return from_iso_utc(due) if due else None

    @staticmethod
    def id_of(row: LeafRow) -> str:
        return ev.decode(row.object).identifier

    def placed(self, message: str, recipients: Sequence[str]) -> None:
        """These mailboxes have it: their listeners are told with the evidence that it came with."""
        self._placed.append((message, recipients))

    def happenings(self) -> list[Happening]:
        """The news for listeners once the batch is durable: the same words that the record gives of it ever after."""
        return all_told(self._evidence, dict(self._placed)) if self._evidence else []

    # the batch

    @property
    def entries(self) -> list[bytes]:
        """The log's entry for each leaf of the batch."""
        return self._entries

    def mark(self) -> Mark:
        """Before an act: the one before it stands."""
        self._settle()
        return Mark(len(self.rows), len(self.refused), len(self._evidence), len(self._placed), self._last_message)

    def reset(self, mark: Mark) -> None:
        """Forget the act's writing since `mark`."""
        del self.rows[mark.rows :]
        del self._entries[mark.rows :]
        del self.refused[mark.refused :]
        del self._evidence[mark.evidence :]
        del self._placed[mark.placed :]
        self._last_message = mark.message
        self._latest.clear()

    def _settle(self) -> None:
        self.counters.update(self._latest)
        self._latest.clear()

    def flush(self) -> None:
        """Hand the batch's leaves and counters to the transaction."""
        self._settle()
        if self.rows or self.counters:
            self.tx.add_leaves(self.rows, self.counters)


def forwarded(ended: str, recipient: str) -> list[tuple[str, str]]:
    """The reason that tells in whose place a successor stands, where it does."""
    return [(FORWARDED, f"{ended} {recipient}")] if ended and ended != recipient else []
