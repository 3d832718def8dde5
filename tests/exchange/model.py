"""The rules of the axis written down a second time, in memory and without a store: what a history is held against.

Nothing here is taken from the hub but names. A delivery waits, is handed over, or has come to one of three ends; the
model says which, who holds a lease, what is asked back, and what is due when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

WAITING, HELD, TAKEN, REFUSED, EXPIRED = "waiting", "handed_over", "taken_back", "refused", "expired"
NEW, RECALL, UPDATE, REPLACEMENT, STATUS = "new", "recall", "update", "replacement", "status"
LEASE, WARN, EXPIRE, HELD_MOST = 60_000, 3_600_000, 7_200_000, 1_800_000
ABSENT, MINIMUM = 300_000, 14_400_000

FOLLOWS = {
    "01": {""},
    "02": {"", "01"},
    "03": {"", "01"},
    "04": {"03", "04", "05"},
    "05": {"03", "04", "05"},
    "06": {"03", "04", "05"},
}


@dataclass
class Delivery:
    placed: int
    due: int | None
    state: str = WAITING
    progress: str = ""
    pending: bool = False
    warned: bool = False
    handed: bool = False
    ends: int = 0
    offered: bool = False
    never_fetched: bool = False
    held_since: int = 0
    leased_until: int = 0
    unknown_until: int = 0  # after a restart: whoever held it may hold it still

    def perhaps_leased(self, at: int) -> bool:
        return self.leased(at) or self.unknown_until > at

    def leased(self, at: int) -> bool:
        return self.leased_until > at

    def since(self, at: int) -> int:
        return self.held_since if self.leased(at) else 0

    def hold(self, at: int) -> None:
        self.held_since = self.held_since if self.leased(at) else at
        self.leased_until, self.offered = at + LEASE, True

    @property
    def open(self) -> bool:
        return self.state in (WAITING, HELD)

    def end(self, state: str) -> None:
        self.state, self.pending, self.due = state, False, None

    def hand_over(self) -> None:
        self.state, self.handed, self.due, self.leased_until = HELD, True, None, 0


@dataclass
class Message:
    """One message of any kind; `id` and `number` are what the axis gave it."""

    number: int
    id: str
    sha256: str
    kind: str
    sender: str
    document_id: str
    lane: int
    about: Message | None = None
    deliveries: dict[str, Delivery] = field(default_factory=dict)


@dataclass
class Model:
    now: int
    messages: list[Message] = field(default_factory=list)
    beaten: int = 0  # the last sign of life

    # what there is

    def documents(self) -> list[Message]:
        return [m for m in self.messages if m.kind != STATUS]

    def mailbox(self, agency: str) -> list[tuple[Message, Delivery]]:
        """In the order of delivery."""
        mine = [(m, m.deliveries[agency]) for m in self.messages if agency in m.deliveries]
        return sorted(mine, key=lambda pair: (-pair[0].lane, pair[0].number))

    def tally(self) -> dict[tuple[str, bool], Counter[str]]:
        """Per agency, and for statuses apart: how many deliveries in each state."""
        found: dict[tuple[str, bool], Counter[str]] = {}
        for message in self.messages:
            for agency, delivery in message.deliveries.items():
                found.setdefault((agency, message.kind == STATUS), Counter())[delivery.state] += 1
        return found

    # what happens

    def place(self, message: Message, recipients: Iterable[str]) -> None:
        self.messages.append(message)
        self.messages.sort(key=lambda m: m.number)
        due = None if message.kind == STATUS else self.now + WARN
        for agency in recipients:
            message.deliveries[agency] = Delivery(self.now, due, ends=self.now + EXPIRE)

    def fetch(self, agency: str, limit: int) -> list[str]:
        found: list[str] = []
        for message, delivery in self.mailbox(agency):
            free = delivery.state == WAITING and not delivery.pending and not delivery.leased(self.now)
            if free and len(found) < limit:
                delivery.hold(self.now)
                found.append(message.id)
        return found

    def read(self, agency: str, message: Message) -> bool:
        """Whether the bytes are to be had; reading what waits is holding it, what was refused was given back."""
        delivery = message.deliveries.get(agency)
        if delivery is None or not delivery.open:
            return False
        if delivery.state == WAITING:
            delivery.hold(self.now)
        return True

    def acknowledge(self, agency: str, message: Message) -> bool:
        """Whether it stands, now or since before."""
        delivery = message.deliveries.get(agency)
        if delivery is None:
            return False
        if delivery.handed:
            return True
        if delivery.state == WAITING:
            delivery.hand_over()
            return True
        return False

    def report(self, agency: str, code: str, document: Message) -> Message | None:
        """01 to 06: the document that the status is about, or None where it is refused."""
        delivery = document.deliveries.get(agency)
        if delivery is None or delivery.state != HELD or delivery.progress not in FOLLOWS[code]:
            return None
        delivery.progress = code
        if code == "02":
            delivery.end(REFUSED)
        return document

    def answer(self, agency: str, agreed: bool, named: Message) -> Message | None:
        """15 and 16: what is answered is the named document, or the one that the named message asked back."""
        asked = [m for m in (named, named.about) if m and agency in m.deliveries and m.deliveries[agency].pending]
        for document in asked or ([named] if agency in named.deliveries else []):
            delivery = document.deliveries[agency]
            if delivery.open and (delivery.pending or (delivery.state == HELD and document.kind == UPDATE)):
                if delivery.pending and agreed:
                    delivery.end(TAKEN)
                delivery.pending = False
                return document
        return None

    def open_rows(self, document: Message, named: set[str] | None) -> dict[str, Delivery]:
        return {a: d for a, d in document.deliveries.items() if d.open and (named is None or a in named)}

    def withdraw(self, document: Message, named: set[str] | None) -> list[str]:
        """Take it back from these (None = all); who has to be asked."""
        holding = []
        for agency, delivery in self.open_rows(document, named).items():
            if delivery.state == WAITING and not delivery.offered:
                delivery.end(TAKEN)
                delivery.never_fetched = True
                continue
            delivery.pending = True
            holding.append(agency)
        return holding

    def sweep(self) -> None:
        while any(self._deadline(d) for m in self.messages for d in m.deliveries.values()):
            pass

    def _deadline(self, delivery: Delivery) -> bool:
        if delivery.state != WAITING or delivery.due is None or delivery.due > self.now:
            return False
        ends = delivery.ends
        if not delivery.warned:
            delivery.warned, delivery.due = True, max(ends, self.now + LEASE)
            delivery.ends = delivery.due
        elif ends > self.now:
            delivery.due = ends
        elif not (delivery.offered and delivery.perhaps_leased(self.now)):
            delivery.end(EXPIRED)
        elif self.now < ends + LEASE:
            delivery.due = ends + LEASE
        elif delivery.since(self.now) < ends and self.now < ends + HELD_MOST:
            delivery.due = self.now + LEASE
        else:
            delivery.end(EXPIRED)
        return True

    def restart(self) -> None:
        for message in self.messages:
            for delivery in message.deliveries.values():
                delivery.leased_until, delivery.unknown_until = 0, self.now + LEASE

    def beat(self) -> None:
        """A sign of life; what was away for long charges nobody for it."""
        away = self.now - self.beaten
        for message in self.messages:
            for delivery in message.deliveries.values():
                if away > ABSENT and delivery.state == WAITING and delivery.due is not None:
                    delivery.ends = max(delivery.ends + away, self.now + MINIMUM)
        self.beaten = self.now
