"""Everybody's acts, drawn once from a seed: the same seed, agencies and sizes give the same plan.

A line of the plan is one sending: sender, recipients, how urgent, how large, whether it updates an earlier document of
the same sender (and then perhaps drops one of its receivers), whether it will be taken back, and for each recipient the
statuses that it will report once it holds the document. Agencies are named by their position in the sample.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Final

import msgspec

from hub.core.model import Agency, Business, Tier
from hub.lab.simulate import country, riding
from hub.lab.simulate.country import Weighted
from hub.lab.simulate.riding import Ride, Riding

_REMEMBERED: Final = 20
_DROPS: Final = 0.2
"""Share of updates that take the document away from one receiver."""

_UPDATED_AT_MOST: Final = 12
"""Only documents with few receivers are updated: an update names them all again."""


class Sending(msgspec.Struct, frozen=True, array_like=True):
    """`original`: number of the document that this one updates, else 0; `dropped`: a recipient of the original that
    loses it, else -1. `courses` are parallel to `recipients`, each some status codes with spaces between. `riding`: its
    part in a programme."""

    number: int
    sender: int
    recipients: tuple[int, ...]
    courses: tuple[str, ...]
    priority: int
    size: int
    original: int = 0
    dropped: int = -1
    take_back: bool = False
    riding: Riding | None = None

    @property
    def answers(self) -> int:
        """Number of the document that this one answers, 0 for none."""
        return self.riding.answers if self.riding is not None else 0


class Sample(msgspec.Struct, frozen=True):
    """Positions of the agencies of each tier, and of those that never fetch."""

    tiers: dict[str, list[int]]
    asleep: frozenset[int]

    @property
    def count(self) -> int:
        return sum(len(members) for members in self.tiers.values())


def choose(world: Iterable[Agency], count: int, seed: int) -> list[Agency]:
    """`count` agencies of all four tiers as far as there are such, in office, in a fixed order."""
    rng = Random(f"agencies/{seed}")
    alive = [a for a in world if a.valid_to is None and not a.suspended and not a.successor]
    pools = {tier: [a for a in alive if a.tier is tier] for tier in Tier}
    chosen: list[Agency] = []
    for tier, share in country.POPULATION.items():
        wanted = max(1, round(count * share))
        chosen += rng.sample(pools[tier], min(wanted, len(pools[tier])))
    taken = {a.code for a in chosen}
    spare = [a for a in alive if a.code not in taken]
    chosen += rng.sample(spare, min(max(0, count - len(chosen)), len(spare)))
    return chosen[:count]


def sample(agencies: Sequence[Agency], seed: int) -> Sample:
    """The agencies by tier, and those that sleep: of every fifty one, none where there are fewer."""
    tiers = {tier.value: [i for i, a in enumerate(agencies) if a.tier is tier] for tier in Tier}
    sleepers = Random(f"asleep/{seed}").sample(range(len(agencies)), int(len(agencies) * country.ASLEEP))
    return Sample({name: members for name, members in tiers.items() if members}, frozenset(sleepers))


class Planner:
    """Draws sendings one after another, for ever. `rides`: some carry tasks, reports, dossiers, results."""

    def __init__(self, agencies: Sample, seed: int, sizes: str = "mix", *, rides: bool = False) -> None:
        self._rng = Random(f"plan/{seed}")
        self._agencies = agencies
        self._fanout = country.fanout(agencies.count)
        self._size = country.SIZES[sizes]
        self._priorities = Weighted(country.PRIORITIES)
        self._courses = Weighted(country.COURSES)
        present = [Tier(name) for name in agencies.tiers]
        self._senders = Weighted([(tier, country.SENDERS[tier]) for tier in present])
        self._recipients = {tier: Weighted([(t, country.RECIPIENTS[tier][t]) for t in present]) for tier in present}
        self._recent: dict[int, deque[Sending]] = {}
        self._number = 0
        self._rides = rides
        self._opened: set[int] = set()
        self._answers: deque[Sending] = deque()

    def __iter__(self) -> Iterator[Sending]:
        return self

    def __next__(self) -> Sending:
        self._number += 1
        if self._answers:
            return self._begins(msgspec.structs.replace(self._answers.popleft(), number=self._number))
        tier = self._senders.draw(self._rng)
        sender = self._rng.choice(self._agencies.tiers[tier.value])
        recent = self._recent.setdefault(sender, deque(maxlen=_REMEMBERED))
        may_update = bool(recent)
        if country.business(self._rng, may_update=may_update) is Business.UPDATE:
            return self._update(sender, recent)
        made = self._begins(self._carrying(self._new(sender, tier)))
        if made.riding is None and not made.take_back and 1 < len(made.recipients) <= _UPDATED_AT_MOST:
            recent.append(made)
        return made

    def _new(self, sender: int, tier: Tier) -> Sending:
        count = self._fanout.draw(self._rng)
        recipients = self._draw_recipients(sender, tier, count)
        return Sending(
            number=self._number,
            sender=sender,
            recipients=recipients,
            courses=self._draw_courses(len(recipients)),
            priority=int(self._priorities.draw(self._rng)),
            size=self._size(self._rng),
            take_back=self._rng.random() < country.TAKE_BACKS,
        )

    def _carrying(self, made: Sending) -> Sending:
        """With something of a programme, perhaps. It is neither taken back nor updated. A dossier goes to one agency,
        which says by statuses no more than that it has it: how it stands, the packets tell."""
        if not self._rides or made.take_back or len(made.recipients) > riding.MOST_RECIPIENTS:
            return made
        begun = riding.begun(self._rng, made.number, may_open=made.sender not in self._opened)
        if begun is None:
            return made
        if begun.ride is Ride.PERIOD:
            self._opened.add(made.sender)
        few = 1 if begun.ride is Ride.DOSSIER else len(made.recipients)
        courses = tuple(course[:2] if begun.ride is Ride.DOSSIER else course for course in made.courses[:few])
        return msgspec.structs.replace(made, recipients=made.recipients[:few], courses=courses, riding=begun)

    def _begins(self, made: Sending) -> Sending:
        """The same; answers of recipients that will take it into their registers are drawn and come next."""
        if made.riding is None:
            return made
        for recipient, course in zip(made.recipients, made.courses, strict=True):
            if recipient in self._agencies.asleep or not course.startswith("03"):
                continue
            answer = riding.answer(self._rng, made.riding, made.number)
            if answer is not None:
                self._answers.append(
                    Sending(
                        number=0,
                        sender=recipient,
                        recipients=(made.sender,),
                        courses=("03",),
                        priority=made.priority,
                        size=country.SMALLEST,
                        riding=answer,
                    )
                )
        return made

    def _update(self, sender: int, recent: deque[Sending]) -> Sending:
        original = recent[self._rng.randrange(len(recent))]
        drops = self._rng.random() < _DROPS
        dropped = self._rng.choice(original.recipients) if drops else -1
        if drops:
            recent.remove(original)  # it is dropped once: its fate then is told by its own message
        kept = tuple(r for r in original.recipients if r != dropped)
        return Sending(
            number=self._number,
            sender=sender,
            recipients=kept,
            courses=self._draw_courses(len(kept)),
            priority=original.priority,
            size=self._size(self._rng),
            original=original.number,
            dropped=dropped,
        )

    def _draw_recipients(self, sender: int, tier: Tier, count: int) -> tuple[int, ...]:
        """Different agencies, by the sender's habits; where a tier is used up, any."""
        found: dict[int, None] = {}
        for _ in range(4 * count):
            if len(found) == count:
                return tuple(found)
            members = self._agencies.tiers[self._recipients[tier].draw(self._rng).value]
            drawn = self._rng.choice(members)
            if drawn != sender:
                found[drawn] = None
        others = [i for members in self._agencies.tiers.values() for i in members if i != sender and i not in found]
        rest = self._rng.sample(others, min(len(others), count - len(found)))
        return (*found, *rest)

    def _draw_courses(self, count: int) -> tuple[str, ...]:
        return tuple(self._courses.draw(self._rng) for _ in range(count))
