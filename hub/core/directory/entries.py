"""A file of agencies upon a directory: the agency that each entry becomes, and every fault of it, by its line.

1. An entry changes the stated fields of an agency that is registered under its code, and nothing else; certificates are
   never taken away by a file that carries none.
2. An entry of a code that is not registered is a new agency; it needs a name and a tier.
3. All faults that the file alone shows are told together: cells that cannot be read, codes that occur twice, rules of
   `check` that ask for no other entry. Rules among entries are checked by the directory itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from hub.core.directory.check import ALONE, Problem, duplicate, refuse, rule_problems
from hub.core.directory.files import COLUMN_MISSING, Entry, read_json, scan_csv
from hub.core.model import Agency, Tier
from hub.core.wire import EntryProblem

P = TypeVar("P", Problem, EntryProblem)

_NEEDED: Final = ("name", "tier")


def read(data: bytes, form: str) -> list[Entry]:
    """The entries of a file, `csv` or `json`. DirectoryRefusal tells all that is wrong with it by itself."""
    entries, problems = scan_csv(data) if form == "csv" else (read_json(data), [])
    refuse(sorted([*problems, *_twice(entries), *_by_itself(entries)], key=lambda problem: problem.line))
    return entries


def merge(registered: Callable[[str], Agency | None], entries: Iterable[Entry]) -> list[Agency]:
    """The registered agencies after the entries, by rules 1 and 2; in their order.

    `registered` is `Directory.get`, or any other look-up by code. DirectoryRefusal for new ones that state too little.
    """
    pairs = [(entry, _of_its_code(registered, entry.code)) for entry in entries]
    refuse(
        Problem(entry.code, field, "column_missing", "", *COLUMN_MISSING, entry.line)
        for entry, known in pairs
        for field in _NEEDED
        if known is None and field not in entry.given
    )
    return [Agency(**e.given) if known is None else msgspec.structs.replace(known, **e.given) for e, known in pairs]


def with_lines(problems: Iterable[P], entries: Iterable[Entry]) -> list[P]:
    """The directory's findings about entries, each with the line of the file where it stands."""
    lines: dict[str, int] = {}
    for entry in entries:
        lines.setdefault(entry.code, entry.line)
    found = [msgspec.structs.replace(p, line=p.line or lines.get(p.entry, 0)) for p in problems]
    return sorted(found, key=lambda problem: problem.line)


def _of_its_code(registered: Callable[[str], Agency | None], code: str) -> Agency | None:
    """An agency that another code of its own leads to is another entry."""
    known = registered(code)
    return known if known is not None and known.code == code else None


def _twice(entries: Sequence[Entry]) -> Iterator[Problem]:
    seen: set[str] = set()
    for entry in entries:
        if entry.code in seen:
            yield msgspec.structs.replace(duplicate(entry.code, "code", entry.code), line=entry.line)
        seen.add(entry.code)


def _by_itself(entries: Iterable[Entry]) -> Iterator[Problem]:
    """By the rules that ask for no other entry, as far as the entry states the fields that they look at."""
    for entry in entries:
        stated: Mapping[str, object] = {"name": "-", "tier": Tier.COMMUNE, **entry.given}
        for problem in rule_problems(Agency(**stated), {}, ALONE):  # type: ignore[arg-type]
            yield msgspec.structs.replace(problem, line=entry.line)
