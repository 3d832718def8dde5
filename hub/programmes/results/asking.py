"""The answer to a stranger about a result, by the thing that the stranger holds.

Numbers are guessable, for they count a unit's dossiers of a day. So a number alone is answered with the standing and
the issuer; the name of the paper, its days, its copies and reasons are for a caller that shows the digest of the file,
or the owner's tag, which stands in the QR of the paper. Nothing is answered with another number than the one that was
asked for, but the successor's, and nothing is ever listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.core.model import Millis
from hub.programmes.onestop.codes import result_number
from hub.programmes.onestop.levels import nearness
from hub.programmes.results import validity
from hub.programmes.results.book import Entry
from hub.programmes.results.owner import tag
from hub.programmes.results.validity import Standing, Verdict

SEVERAL: Final = "several"
"""Results that stand differently, of issuers with an equal right to their numbers: which is meant the digest says with
the number."""
MOST: Final = 32
"""Entries of one answer."""


class Asked(NamedTuple):
    """number in its one spelling, or empty; sha256 of a file, or empty; owner: the tag of a QR, or empty; at: when."""

    number: str
    sha256: str
    owner: str
    at: Millis


class Told(NamedTuple):
    """One entry. whole: more than standing and issuer may be told. same_file: whether the digest that was shown is the
    registered one; None where none was shown."""

    entry: Entry
    verdict: Verdict
    whole: bool
    same_file: bool | None


def told(entries: Sequence[Entry], asked: Asked) -> list[Told]:
    """Of entries that a number or a digest led to, those that are meant. A digest that is not the registered one leads
    to `unknown`: of such a file the axis knows nothing, with any number on it. The unit of the number comes first."""
    found = []
    for entry in entries:
        if asked.number and entry.number != asked.number:
            continue
        same = entry.packet.sha256 == asked.sha256 if asked.sha256 else None
        if same is False and not asked.number:
            continue  # the lead is of a registration that was refused
        verdict = validity.at(entry.result, asked.at) if same is not False else validity.UNKNOWN
        found.append(Told(entry, verdict, bool(same) or _owner_shown(entry, asked), same))
    found = [one for one in found if one.same_file] or found
    return sorted(found, key=lambda one: right(one.entry.number, one.entry.issuer))


def standing(found: Sequence[Told]) -> str:
    """Of all that was found: the one standing, `several` where they differ, `unknown` where nothing was found. Of one
    number those alone count that have the best right to it: another's word changes nothing."""
    best: dict[str, int] = {}
    for entry in (one.entry for one in found):
        mine = right(entry.number, entry.issuer)
        best[entry.number] = min(mine, best.get(entry.number, mine))
    kinds = {o.verdict.standing for o in found if right(o.entry.number, o.entry.issuer) == best[o.entry.number]}
    kinds = kinds or {Standing.UNKNOWN}
    return next(iter(kinds)).value if len(kinds) == 1 else SEVERAL


def right(number: str, issuer: str) -> int:
    """How near an issuer is to the unit of a number, the unit itself 0."""
    return nearness(issuer, result_number(number).dossier.unit)


def few(names: Sequence[str]) -> list[str]:
    """Of the entries that a number or a digest leads to, those that an answer is made of: one of each issuer before a
    second one of any, so that no issuer crowds another out."""
    before: dict[str, int] = {}
    ordered: list[tuple[int, int, str]] = []
    for name in names:
        number, _, issuer = name.rpartition("@")
        before[issuer] = before.get(issuer, -1) + 1
        ordered.append((before[issuer], right(number, issuer), name))
    return [name for _, _, name in sorted(ordered, key=lambda one: one[:2])[:MOST]]


def _owner_shown(entry: Entry, asked: Asked) -> bool:
    owner = entry.packet.owner
    return owner is not None and bool(owner.digest) and tag(owner.digest) == asked.owner
