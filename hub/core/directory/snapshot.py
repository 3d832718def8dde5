"""The directory as a value: every agency, by either code, by name, by parent and by centre.

A `Directory` never changes; a change makes a new one, quickly, for it takes over all that the change did not touch.
It holds only entries that obey the rules of `check`, so nobody downstream checks again. Indexes that only
some callers need are made when they are first asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import chain, islice
from typing import Final, Self

import msgspec

from hub.core.directory import search as directory_search
from hub.core.directory.check import Problem, aliases, cycle_problems, duplicate, entry_problems, keys, refuse
from hub.core.errors import Text
from hub.core.model import Agency, Tier

Groups = dict[str, list[str]]
"""Codes by the code that they refer to, each list in order."""


class WhileSuspended(StrEnum):
    """The rights of a suspended agency's centre, with its own key; the agency's keys sign nothing then."""

    CENTRE = "centre"  # reads, and signs for the documents that it reads
    CLOSED = "closed"  # nothing


class TierPolicy(msgspec.Struct, frozen=True):
    """Which tier may send to which, a set of (from, to); and the agency that reads for a suspended one."""

    allowed: frozenset[tuple[Tier, Tier]]
    suspended: WhileSuspended = WhileSuspended.CENTRE

    @classmethod
    def of(cls, table: Mapping[str, Sequence[str]]) -> Self:
        """From `{"commune": ["district", "commune"]}`: a tier not named may send to all, `[]` to none.

        DirectoryRefusal names every word that is not a tier.
        """
        names = frozenset(Tier)
        words = dict.fromkeys(chain(table, *table.values()))
        refuse(Problem("", "policy", "tier_unknown", w, *_TIER_UNKNOWN) for w in words if w not in names)
        return cls(frozenset((a, Tier(b)) for a in Tier for b in table.get(a, tuple(Tier))))


_TIER_UNKNOWN: Final = Text("Không có cấp hành chính này", "No such tier")

ANYONE: Final = TierPolicy.of({})


class Directory:
    """An immutable, valid snapshot of all agencies. Iterates as registered; `len` counts entries."""

    def __init__(self, by_code: dict[str, Agency], index: dict[str, Agency], policy: TierPolicy) -> None:
        """Not to be called from outside: `of` and `with_changes` prove an index valid."""
        self._by_code = by_code
        self._index = index
        self.policy = policy

    @classmethod
    def of(cls, agencies: Iterable[Agency] = (), policy: TierPolicy = ANYONE) -> Self:
        """A directory of these entries. DirectoryRefusal carries all problems of all entries."""
        by_code, found = keys(agencies)
        index = dict(by_code)
        entries = by_code.values()
        refuse(
            chain(
                found,
                aliases(entries, index),
                entry_problems(entries, by_code),
                cycle_problems(entries, by_code),
            )
        )
        return cls(by_code, index, policy)

    def with_changes(self, changes: Iterable[Agency]) -> Self:
        """A new directory in which these entries are added, or replace those of their code; none ever leaves.

        Checks the rules that the changes can break, and no more; accepts exactly the directories that `of` would, and
        refuses like it.
        """
        changed, found = keys(changes)
        replaced = [self._by_code[code] for code in changed if code in self._by_code]
        by_code, index = self._by_code | changed, dict(self._index)
        for old in replaced:
            del index[old.code]
            index.pop(old.code_qd20, None)
        clashes = [duplicate(c, "code", c) for c in changed if c in index]
        index.update(changed)
        entries = changed.values()
        moved = {old.code for old in replaced if old.tier is not changed[old.code].tier}
        below = [a for a in by_code.values() if a.parent in moved and a.code not in changed] if moved else []
        refuse(
            chain(
                found,
                clashes,
                aliases(entries, index),
                entry_problems(chain(entries, below), by_code),
                cycle_problems(entries, by_code),
            )
        )
        new = type(self)(by_code, index, self.policy)
        self._hand_on(new, changed)
        return new

    def with_policy(self, policy: TierPolicy) -> Self:
        """The same entries under another tier policy."""
        new = type(self)(self._by_code, self._index, policy)
        self._hand_on(new, {})
        return new

    def _hand_on(self, new: Directory, changed: Mapping[str, Agency]) -> None:
        """Indexes that took long to derive from the old snapshot are brought up to date, not derived again."""
        if "_codes" in self.__dict__:
            added = [code for code in changed if code not in self._by_code]
            new.__dict__["_codes"] = sorted(self._codes + added) if added else self._codes
        if "_lines" in self.__dict__:
            new.__dict__["_lines"] = self._lines | directory_search.lines(changed.values())
        pairs = [(self._by_code.get(code), agency) for code, agency in changed.items()]
        if "_children" in self.__dict__:
            new.__dict__["_children"] = _regrouped(self._children, _parent, pairs)
        if "_acting" in self.__dict__:
            new.__dict__["_acting"] = _regrouped(self._acting, _centre, pairs)
        if "_inherited" in self.__dict__:
            new.__dict__["_inherited"] = _regrouped(self._inherited, _successor, pairs)

    def get(self, code: str) -> Agency | None:
        """The agency that a code of either system names."""
        return self._index.get(code)

    def __getitem__(self, code: str) -> Agency:
        return self._index[code]

    def __contains__(self, code: object) -> bool:
        return code in self._index

    def __len__(self) -> int:
        return len(self._by_code)

    def __iter__(self) -> Iterator[Agency]:
        return iter(self._by_code.values())

    def children(self, code: str) -> list[Agency]:
        """The agencies directly below, in the order of their codes; none for an unknown code."""
        return self._linked(self._children, code)

    def roots(self, limit: int, after: str = "") -> list[Agency]:
        """The agencies that stand below none, in the order of their codes; `after` is the last code of the page
        before."""
        first = bisect_right(self._roots, after)
        return [self._by_code[code] for code in self._roots[first : first + max(limit, 0)]]

    def below(self, code: str) -> int:
        """How many agencies stand directly below."""
        agency = self.get(code)
        return len(self._children.get(agency.code, ())) if agency is not None else 0

    def acts_for(self, centre_code: str) -> list[Agency]:
        """The agencies whose registered centre this is, in the order of their codes; not itself."""
        return self._linked(self._acting, centre_code)

    def succeeded(self, code: str) -> list[Agency]:
        """The agencies whose registered successor this is, in the order of their codes, whether they have ended yet or
        not."""
        return self._linked(self._inherited, code)

    def search(
        self,
        text: str = "",
        tier: Tier | None = None,
        parent: str = "",
        limit: int = 50,
        after: str = "",
        on: date | None = None,
    ) -> list[Agency]:
        """At most `limit` entries in the order of their codes; `after` is the last code of the page before.

        `text` as in `search`; `parent` in either code system, its direct children; `on` leaves out
        those not valid on that day.
        """
        parts = directory_search.parse(text)
        found = self._children_matching(parts, parent, after) if parent else self._matching(parts, after)
        wanted = (a for a in found if (tier is None or a.tier is tier) and (on is None or active(a, on)))
        return list(islice(wanted, max(limit, 0)))

    def _matching(self, parts: tuple[directory_search.Part, ...], after: str) -> Iterator[Agency]:
        codes = self._codes
        first = bisect_right(codes, after)
        places = self._text.find(parts, first) if parts else range(first, len(codes))
        return (self._by_code[codes[i]] for i in places)

    def _children_matching(self, parts: tuple[directory_search.Part, ...], parent: str, after: str) -> Iterator[Agency]:
        children = (a for a in self.children(parent) if a.code > after)
        lines = self._lines if parts else {}
        return (a for a in children if not parts or directory_search.matches(lines[a.code], parts))

    def _linked(self, links: Mapping[str, list[str]], code: str) -> list[Agency]:
        agency = self.get(code)
        return [self._by_code[c] for c in links.get(agency.code, ())] if agency else []

    @cached_property
    def _codes(self) -> list[str]:
        return sorted(self._by_code)

    @cached_property
    def _lines(self) -> dict[str, str]:
        return directory_search.lines(self)

    @cached_property
    def _text(self) -> directory_search.Text:
        return directory_search.Text.of([self._lines[code] for code in self._codes])

    @cached_property
    def _roots(self) -> list[str]:
        return [code for code in self._codes if not self._by_code[code].parent]

    @cached_property
    def _children(self) -> Groups:
        return _grouped(_parent, (self._by_code[code] for code in self._codes))

    @cached_property
    def _acting(self) -> Groups:
        return _grouped(_centre, (self._by_code[code] for code in self._codes))

    @cached_property
    def _inherited(self) -> Groups:
        return _grouped(_successor, (self._by_code[code] for code in self._codes))


def _parent(agency: Agency) -> str:
    return agency.parent


def _centre(agency: Agency) -> str:
    return "" if agency.centre == agency.code else agency.centre


def _successor(agency: Agency) -> str:
    return agency.successor


def _grouped(of: Callable[[Agency], str], ordered: Iterable[Agency]) -> Groups:
    groups: Groups = {}
    for agency in ordered:
        if target := of(agency):
            groups.setdefault(target, []).append(agency.code)
    return groups


def _regrouped(groups: Groups, of: Callable[[Agency], str], pairs: Iterable[tuple[Agency | None, Agency]]) -> Groups:
    """The groups after these entries were replaced; lists that nothing touched are shared with the old ones."""
    gone: dict[str, set[str]] = {}
    come: Groups = {}
    for old, agency in pairs:
        was, now = of(old) if old else "", of(agency)
        if was != now:
            gone.setdefault(was, set()).add(agency.code)
            come.setdefault(now, []).append(agency.code)
    new = dict(groups)
    for target in (gone.keys() | come.keys()) - {""}:
        left = gone.get(target, ())
        stay = [code for code in groups.get(target, ()) if code not in left]
        new[target] = sorted(stay + come.get(target, []))
    return new


def active(agency: Agency, on: date) -> bool:
    """Whether `on` lies in its validity; says nothing of suspension."""
    return (agency.valid_from is None or agency.valid_from <= on) and (agency.valid_to is None or on <= agency.valid_to)
