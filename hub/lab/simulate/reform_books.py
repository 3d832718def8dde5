"""The agencies' own books of the night of the reform, and the invariants that they are held against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from hub.core import wire
from hub.core.errors import Text
from hub.core.model import Agency, DeliveryState, Tier
from hub.lab.simulate.check import Invariant

NAMES: Final = {
    "country": Text("34 tỉnh, 3.321 xã, không còn huyện", "34 provinces, 3,321 communes, no district"),
    "split": Text("Danh mục ghi đủ các đơn vị nhận một phần", "The directory tells of every heir of what was split"),
    "ended": Text("Đơn vị đã kết thúc không gửi được văn bản mới", "Who has ended sends nothing new"),
    "forwarded": Text("Mã cũ dẫn tới đơn vị kế thừa chính", "An old code leads to the main heir"),
    "delivered": Text("Không mất văn bản nào qua ngày sắp xếp", "Nothing was lost across the day"),
    "once": Text("Không nhân đôi văn bản nào", "Nothing doubled: signed for once"),
    "bytes": Text("Nội dung nhận đúng nội dung đã ký", "Bytes received are the bytes signed"),
    "passed on": Text("Trạng thái tới bên gửi hoặc đơn vị kế thừa", "Every status reached the sender or its successor"),
    "taken back": Text("Đơn vị kế thừa lấy lại được văn bản", "A successor takes back what was not fetched"),
    "ledger": Text("Chênh lệch sổ bằng 0", "The ledger's difference is 0"),
    "books": Text("Số liệu của Trục khớp sổ của các đơn vị", "The hub's figures are those of the agencies"),
    "record": Text("fsck: bản ghi nguyên vẹn", "fsck: the record is whole"),
}


class Cast(msgspec.Struct, frozen=True):
    """The players: agencies that end, the successor of each, and others that live on."""

    ending: list[Agency]
    heirs: dict[str, str]
    others: list[Agency]

    def place(self, code: str) -> str:
        """The agency that stands in the place of this one after that night."""
        return self.heirs.get(code, code)


class Entry(msgspec.Struct, frozen=True):
    """A document in its sender's book: `asked` as the sender wrote its recipients, `recipients` as the hub answered."""

    message: wire.Message
    sender: str
    asked: tuple[str, ...]
    recipients: tuple[str, ...]
    sha256: str
    after: bool


class Books:
    """Everything that the players sent, held, said and heard; `wrong` and `counted` by invariant."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self.wrong: dict[str, list[str]] = defaultdict(list)
        self.counted: Counter[str] = Counter()
        self.sent: dict[str, Entry] = {}
        self.held: Counter[tuple[str, str]] = Counter()
        self.said: dict[str, tuple[str, str]] = {}
        self.heard: set[tuple[str, str]] = set()
        self.taken_back: list[str] = []
        self.figures: wire.Figures

    def judge(self, sent: Entry, life: wire.Life) -> None:
        """Whether each delivery of a document ended as it had to, and went to the heirs of the addressed agencies."""
        expected = DeliveryState.TAKEN_BACK if sent.message.id in self.taken_back else DeliveryState.HANDED_OVER
        name = "taken back" if sent.message.id in self.taken_back else "delivered"
        for delivery in life.deliveries:
            self.counted["delivered"] += 1
            if delivery.state != expected:
                self.wrong[name].append(f"{sent.message.id} at {delivery.recipient}: {delivery.state}")
        if sent.after:
            self.counted["forwarded"] += len(sent.asked)
            heirs = {self._cast.place(code) for code in sent.asked}
            if heirs != set(sent.recipients):
                self.wrong["forwarded"].append(f"{sent.asked} → {sent.recipients}")

    def check(self, changes: Sequence[Agency]) -> list[Invariant]:
        """Every invariant but the record's, from the books."""
        self._count_country(changes)
        documents = {pair: times for pair, times in self.held.items() if pair[0] in self.sent}
        self.counted["once"] = len(documents)
        self.wrong["once"] += [f"{pair}: {times} times" for pair, times in documents.items() if times != 1]
        due = [(message, self._cast.place(to)) for message, (to, _) in self.said.items()]
        heard = {(message, self._cast.place(to)) for message, to in self.heard}
        self.counted["passed on"] = len(due)
        self.wrong["passed on"] += [f"{message} to {to}" for message, to in due if (message, to) not in heard]
        self.counted["ledger"] = len(self.figures.ledger)
        self.wrong["ledger"] += [f"{line.name}: {line.difference}" for line in self.figures.ledger if line.difference]
        self.wrong["books"] += list(self._differences(len(documents)))
        self.counted["books"] = 5
        return [invariant(name, self.counted[name], self.wrong[name]) for name in NAMES if name != "record"]

    def _differences(self, handed: int) -> Iterator[str]:
        deliveries = sum(len(sent.recipients) for sent in self.sent.values())
        returned = sum(len(self.sent[message].recipients) for message in self.taken_back)
        total = self.figures.ledger[-1]
        pairs = {
            "documents": (self.figures.documents, len(self.sent)),
            "deliveries": (self.figures.deliveries, deliveries),
            "handed over": (total.handed_over, handed),
            "taken back": (total.taken_back, returned),
            "waiting": (total.waiting, 0),
        }
        return (
            f"{name}: the hub says {hub}, the agencies {ours}" for name, (hub, ours) in pairs.items() if hub != ours
        )

    def _count_country(self, changes: Sequence[Agency]) -> None:
        """Of the directory that was sent: the old provinces, districts and communes, and the founded ones."""
        founded = sum(a.tier is Tier.COMMUNE for a in changes if a.valid_to is None)
        districts = sum(a.tier is Tier.DISTRICT and a.code_qd20 != "" for a in changes)
        provinces = sum(a.code.startswith("000.00.00.H") for a in changes if a.valid_to is not None)
        self.counted["country"] = len(changes)
        if (founded, districts, provinces) != (3_321, 705, 63 - 34):
            self.wrong["country"].append(
                f"{founded} communes founded, {districts} districts, {provinces} provinces ended"
            )


def of_record(fsck: dict[str, object]) -> Invariant:
    """The findings of `truc fsck` over the store afterwards."""
    findings = fsck.get("findings")
    told = findings if isinstance(findings, list) else [fsck]
    wrong = [str(f)[:300] for f in told]
    return invariant("record", 1, wrong)


def invariant(name: str, counted: int, wrong: Iterable[str]) -> Invariant:
    """A line of the outcome, with the first five faults."""
    found = list(wrong)
    more = [f"… {len(found) - 5} more"] if len(found) > 5 else []
    return Invariant(name, NAMES[name].vi, NAMES[name].en, counted, found[:5] + more)
