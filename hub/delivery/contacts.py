"""When each agency was last heard of, and the codes that turned agencies away: counted in memory, as it happens.

A contact is a dictionary look-up and an assignment; an acceptance makes none. There is at most one for each agency that
the directory knows, for each code was looked up in it. `hub.upkeep.contacts` brings them to the store now and then.
A crash loses the newest: the times that are read again are then some minutes too old, never too new.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

from hub.core.contact import Contact
from hub.core.model import Millis
from hub.core.report import Surge

_HOUR: Final = 3_600_000
_HOURS: Final = 7 * 24
_DAY_HOURS: Final = 24
_MOST_PAIRS: Final = 20_000
"""Agencies by code that are told apart within an hour; beyond them a code is counted without its senders."""


class Contacts:
    """Used on the event loop only."""

    def __init__(self) -> None:
        self._known: dict[str, Contact] = {}
        self._changed: set[str] = set()
        self.refusals = Refusals()

    def load(self, known: Mapping[str, Contact]) -> None:
        """As the store has them; contacts noted meanwhile are newer."""
        self._known = {**known, **self._known}

    def of(self, agency: str) -> Contact:
        return self._known.get(agency) or Contact()

    def _at(self, agency: str) -> Contact:
        found = self._known.get(agency)
        if found is None:
            found = self._known[agency] = Contact()
        self._changed.add(agency)
        return found

    def token(self, agency: str, at: Millis) -> None:
        self._at(agency).token = at

    def fetched(self, agency: str, at: Millis) -> None:
        self._at(agency).fetched = at

    def acknowledged(self, agency: str, at: Millis) -> None:
        self._at(agency).acknowledged = at

    def refused(self, agency: str, code: str, at: Millis) -> None:
        """`agency` itself was told no: it had proved its name."""
        contact = self._at(agency)
        contact.refused, contact.refusal = at, code
        self.refusals.count(agency, code, at)

    def denied(self, agency: str, code: str, at: Millis) -> None:
        """A caller under this name got no token."""
        contact = self._at(agency)
        contact.denied, contact.denial = at, code

    def changed(self) -> list[tuple[str, Contact]]:
        """Those that were noted since this was asked last."""
        codes, self._changed = self._changed, set()
        return [(code, self._known[code]) for code in sorted(codes)]

    def again(self, agencies: Iterable[str]) -> None:
        """They did not reach the store."""
        self._changed.update(agencies)

    def __len__(self) -> int:
        return len(self._known)


class Refusals:
    """How often each code was told, by the hour, for a week at most; and to whom, in the present hour and, as a mean,
    in those before. In memory: the usual rate is known since this process began."""

    def __init__(self) -> None:
        self._hours: dict[str, deque[int]] = {}
        self._hour = 0
        self._first = 0
        self._whose: Counter[tuple[str, str]] = Counter()
        self._since: dict[str, Millis] = {}
        self._past: dict[str, float] = {}

    def count(self, agency: str, code: str, at: Millis) -> None:
        self._turn(at)
        counts = self._hours.setdefault(code, deque([0], _HOURS + 1))
        counts[-1] += 1
        self._since.setdefault(code, at)
        if len(self._whose) < _MOST_PAIRS or (code, agency) in self._whose:
            self._whose[code, agency] += 1

    def _turn(self, at: Millis) -> None:
        """To the hour of `at`; a clock that was set back stays in the hour that it came from."""
        hour = at // _HOUR
        if not self._hour:
            self._hour = self._first = hour
        if hour <= self._hour:
            return
        passed = min(hour - self._hour, _HOURS + 1)
        self._remember(hour)
        for code, counts in list(self._hours.items()):
            counts.extend([0] * passed)
            if not any(counts):
                del self._hours[code]
        self._hour = hour
        self._whose.clear()
        self._since.clear()

    def _remember(self, hour: int) -> None:
        """The hour that ends joins each agency's sum of a week; after a week the sum fades, and a small one is
        forgotten."""
        for agency, count in self._of_agencies().items():
            self._past[agency] = self._past.get(agency, 0.0) + count
        beyond = min(hour - self._first, _HOURS + hour - self._hour) - _HOURS
        if beyond > 0:
            fading = max(0.0, 1.0 - beyond / _HOURS)
            self._past = {agency: left for agency, sum_ in self._past.items() if (left := sum_ * fading) >= 0.5}

    def _of_agencies(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (_, agency), count in self._whose.items():
            found[agency] += count
        return found

    def turned_away(self, at: Millis) -> list[Surge]:
        """Refusals of this hour against the usual hour, for each agency that has some and for all together (`""`). The
        list is empty on the first day: a usual hour is not known yet."""
        self._turn(at)
        past = min(self._hour - self._first, _HOURS)
        if past < _DAY_HOURS or not self._since:
            return []
        since, codes = min(self._since.values()), self._hours.values()
        every = Surge("", sum(c[-1] for c in codes), sum(sum(c) - c[-1] for c in codes) / past, since)
        single = self._of_agencies().items()
        return [every, *(Surge(a, n, self._past.get(a, 0.0) / past, since) for a, n in single)]

    def now(self, at: Millis) -> list[tuple[str, int, float, Millis, list[str], int]]:
        """Of each code told in this hour: how often, how often in an hour as usual, since when, to whom most and to how
        many."""
        self._turn(at)
        past = min(self._hour - self._first, _HOURS)
        whose: dict[str, list[tuple[int, str]]] = {}
        for (code, agency), count in self._whose.items():
            whose.setdefault(code, []).append((-count, agency))
        found = []
        for code, counts in self._hours.items():
            if counts[-1]:
                usual = (sum(counts) - counts[-1]) / past if past else 0.0
                callers = sorted(whose.get(code, []))
                found.append((code, counts[-1], usual, self._since[code], [a for _, a in callers[:3]], len(callers)))
        return found
