"""The invariants, checked from the players' own books against the hub's answers: nobody's word is taken for it.

accepted     every document that was tried was accepted, under one identifier of its own
delivered    of every accepted document, each recipient that is awake holds it, or it was taken back from it
once         no message was handed to the same agency twice in effect
bytes        the bytes a recipient read have the digest of those the sender signed
passed on    every status that was accepted came to the other party
ledger       accepted = waiting + handed over + taken back + refused + expired, difference 0 in every line
books        the hub's figures are those of the players (a hub of one's own only, nobody else uses it)
receipts     every receipt kept holds under the policy, and is about what was sent
refusals     nothing was refused but what a take-back explains
sound        no answer was broken, late for ever, or of another kind
record       `truc fsck` finds nothing (a hub of one's own only)
programmes   boards count the cases that the agencies sent, add up, and no document was misunderstood (the same)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from hub.core import wire
from hub.core.errors import Text
from hub.core.model import Priority
from hub.lab.simulate import boards, riding
from hub.lab.simulate.corpus import Library
from hub.lab.simulate.records import Books, Handed, Said, Sent

_EXAMPLES = 5


class Invariant(msgspec.Struct, frozen=True):
    """One line of the verdict. `counted`: how many things were looked at; `wrong`: examples of those that are."""

    name: str
    vi: str
    en: str
    counted: int
    wrong: list[str]

    @property
    def holds(self) -> bool:
        return not self.wrong


NAMES = {
    "accepted": Text("Văn bản gửi đi đều được chấp nhận", "Every document sent was accepted, once"),
    "delivered": Text("Không mất văn bản nào", "Nothing lost: every delivery is accounted for"),
    "once": Text("Không nhân đôi văn bản nào", "Nothing doubled: handed over once in effect"),
    "bytes": Text("Nội dung nhận đúng nội dung đã ký", "Bytes received are the bytes signed"),
    "passed on": Text("Mọi trạng thái tới bên kia", "Every status reached the other party"),
    "ledger": Text("Chênh lệch sổ bằng 0", "The ledger's difference is 0"),
    "books": Text("Số liệu của Trục khớp sổ của các đơn vị", "The hub's figures are those of the agencies"),
    "receipts": Text("Biên nhận xác minh được", "Receipts verify under the policy"),
    "refusals": Text("Không có từ chối bất thường", "Nothing refused but what a take-back explains"),
    "sound": Text("Không có trả lời hỏng", "No broken answer"),
    "record": Text("fsck: bản ghi nguyên vẹn", "fsck: the record is whole"),
    "programmes": Text(
        "Bảng các chương trình cộng khớp, đủ những gì đã gửi", "Programmes' boards add up to what was sent"
    ),
}


def invariant(name: str, counted: int, wrong: Iterable[str]) -> Invariant:
    found = list(wrong)
    shown = found[:_EXAMPLES] + ([f"… {len(found) - _EXAMPLES} more"] if len(found) > _EXAMPLES else [])
    return Invariant(name, NAMES[name].vi, NAMES[name].en, counted, shown)


class Seen(msgspec.Struct, frozen=True):
    """The hub's answers when all is over. `states`: of the documents that were taken back or updated away, recipient →
    state by the document's identifier; `waiting`: identifiers in the mailboxes of those that sleep, by position."""

    figures: wire.Figures
    states: dict[str, dict[str, str]]
    waiting: dict[int, set[str]]
    fsck: dict[str, object] | None
    alone: bool
    programmes: boards.Boards | None = None


class Merged:
    """The books of all players as one."""

    def __init__(self, library: Library, books: Sequence[Books]) -> None:
        self.library = library
        self.codes = [agency.code for agency in library.about.agencies]
        self.asleep = {self.codes[i] for i in library.about.sample.asleep}
        self.sent: list[Sent] = [s for b in books for s in b.sent]
        self.handed: list[Handed] = [h for b in books for h in b.handed]
        self.said: list[Said] = [s for b in books for s in b.said]
        self.refused: Counter[tuple[str, str, int]] = sum((b.refused for b in books), Counter())
        self.broken = [text for b in books for text in b.broken]
        self.dossiers = sum(b.dossiers for b in books)
        self.receipts_given = sum(b.receipts_given for b in books)
        self.receipts_verified = sum(b.receipts_verified for b in books)

    @property
    def touched(self) -> set[int]:
        """Documents that something is taken back from, and the messages that did it."""
        numbers = set()
        for entry in self.library:
            sending = entry.sending
            if sending.take_back:
                numbers.add(sending.number)
            if sending.dropped >= 0:
                numbers |= {sending.number, sending.original}
        return numbers

    @property
    def asked(self) -> set[int]:
        """Documents of which the hub has to tell the states: touched ones, and those that may run out while their
        recipient sleeps (a sandbox lets priority 4 expire within minutes)."""
        last = {e.sending.number for e in self.library if e.sending.priority == Priority.SCHEDULED_EXPRESS}
        sleeping = self.library.about.sample.asleep
        return self.touched | {n for n in last if sleeping.intersection(self.library[n].sending.recipients)}

    @property
    def holders(self) -> set[tuple[str, str]]:
        """(message, agency code) of everything that was handed over."""
        return {(h.id, self.codes[h.agency]) for h in self.handed}


def check(merged: Merged, seen: Seen) -> list[Invariant]:
    """All invariants, in the order of the list above."""
    found = [
        _accepted(merged),
        _delivered(merged, seen),
        _once(merged),
        _bytes(merged),
        _passed_on(merged),
        _ledger(seen.figures),
        *([_books(merged, seen)] if seen.alone else []),
        invariant("receipts", merged.receipts_verified, (t for t in merged.broken if t.startswith("receipt:"))),
        _refusals(merged),
        invariant("sound", len(merged.handed), (t for t in merged.broken if not t.startswith("receipt:"))),
    ]
    if seen.fsck is not None:
        found.append(invariant("record", 1, [] if seen.fsck["ok"] else [str(seen.fsck)[:400]]))
    if seen.programmes is not None:
        found.append(_programmes(merged, seen.programmes))
    return found


def _accepted(merged: Merged) -> Invariant:
    numbers = Counter(s.number for s in merged.sent)
    ids = Counter(s.id for s in merged.sent)
    wrong = [f"document {n} accepted {c} times" for n, c in numbers.items() if c > 1]
    wrong += [f"{i} given to {c} documents" for i, c in ids.items() if c > 1]
    wrong += [f"document {n}: {code}" for (what, code, n) in merged.refused if what == "document"]
    wrong += [f"document {s.number} was known already" for s in merged.sent if s.repeated]
    return invariant("accepted", len(merged.sent), wrong)


def _delivered(merged: Merged, seen: Seen) -> Invariant:
    holders, wrong, count = merged.holders, [], 0
    position = {code: i for i, code in enumerate(merged.codes)}
    for sent in merged.sent:
        for code in sent.recipients:
            count += 1
            if (sent.id, code) in holders:
                continue
            asleep = code in merged.asleep and sent.id in seen.waiting.get(position[code], set())
            state = seen.states.get(sent.id, {}).get(code, "")
            ended = state == "taken_back" or (state == "expired" and code in merged.asleep)
            if not asleep and not ended:
                wrong.append(f"document {sent.number} at {code}: not handed over, {state or 'nothing known'}")
    return invariant("delivered", count, wrong)


def _once(merged: Merged) -> Invariant:
    times = Counter((h.id, h.agency) for h in merged.handed if not h.repeated)
    wrong = (f"{i} at {merged.codes[a]}: {c} times" for (i, a), c in times.items() if c > 1)
    return invariant("once", len(times), wrong)


def _bytes(merged: Merged) -> Invariant:
    digests = [(s.number, s.sha256) for s in merged.sent] + [(h.number, h.sha256) for h in merged.handed if h.number]
    wrong = (f"document {n}: {sha256}" for n, sha256 in digests if merged.library[n].sha256.hex() != sha256)
    return invariant("bytes", len(digests), wrong)


def _passed_on(merged: Merged) -> Invariant:
    holders = merged.holders
    due = [(s, code) for s in merged.said for code in s.recipients if code not in merged.asleep]
    wrong = (f"status {s.code} on document {s.number} at {code}" for s, code in due if (s.id, code) not in holders)
    return invariant("passed on", len(due), wrong)


def _ledger(figures: wire.Figures) -> Invariant:
    wrong = (f"{line.name}: {line.difference}" for line in figures.ledger if line.difference)
    return invariant("ledger", len(figures.ledger), wrong)


def _books(merged: Merged, seen: Seen) -> Invariant:
    total, figures = seen.figures.ledger[-1], seen.figures
    documents = [h for h in merged.handed if h.number]
    refused = sum(s.code == "02" for s in merged.said)
    returned = sum(s.code == "15" for s in merged.said)
    deliveries = sum(len(s.recipients) for s in merged.sent)
    pairs = {
        "documents": (figures.documents, len(merged.sent)),
        "deliveries": (figures.deliveries, deliveries),
        "statuses": (figures.statuses, len(merged.said)),
        "accepted": (total.accepted, deliveries),
        "refused": (total.refused, refused),
        "handed over": (total.handed_over, len(documents) - refused - returned),
        "expired": (total.expired, 0),
    }
    wrong = (f"{name}: the hub says {hub}, the agencies {ours}" for name, (hub, ours) in pairs.items() if hub != ours)
    return invariant("books", len(pairs), wrong)


def _programmes(merged: Merged, seen: boards.Boards) -> Invariant:
    entries = ((merged.library[s.number].sending.riding, len(s.recipients)) for s in merged.sent)
    ours = riding.expected((rides, recipients) for rides, recipients in entries if rides is not None)
    cases, ended = ours["dossiers"]
    ours["dossiers"] = (cases + merged.dossiers, ended + merged.dossiers)
    wrong = [
        f"{name}: the board has {seen.counts.get(name)}, the agencies {told}"
        for name, told in ours.items()
        if seen.counts.get(name, (0, 0)) != told
    ]
    return invariant("programmes", sum(cases for cases, _ in ours.values()), [*seen.wrong, *wrong])


def _refusals(merged: Merged) -> Invariant:
    touched = merged.touched
    wrong = [
        f"{what} on document {number}: {code}"
        for (what, code, number) in merged.refused
        if number not in touched and what != "document" and not what.endswith("(again)")
    ]
    return invariant("refusals", sum(merged.refused.values()), wrong)
