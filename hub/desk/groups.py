"""Groups of recipients: an agency's own by name, and those that the directory makes.

    communes:CODE       every commune below the agency of that code ("tất cả xã"); without a code, below one's own
                        agency, or where that is a commune, below the one above it
    departments:CODE    every agency right below it that is of its own tier ("các sở, ban, ngành")
    below:CODE          every agency right below it

A group is a name for people and never for the axis: it becomes named recipients when the letter is made, which its
signer sees. It holds at most `MOST_MEMBERS`; one that would mean more is refused, never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

import msgspec

from hub.core import typed, words
from hub.core.directory.search import fold
from hub.core.directory.snapshot import Directory
from hub.core.errors import BadRequest, DeskFull, GroupName, NotFound, TooLarge
from hub.core.model import Agency, Millis, Tier
from hub.core.wire_desk import Group, GroupLine, Groups, Member, Members
from hub.store import Store, Transaction
from hub.store.papers import Paper, PaperRow

MOST: Final = 100
MOST_MEMBERS: Final = 1_000
_LOOKED_AT: Final = 20_000
"""Agencies below one that are looked through."""
_decode: Final = msgspec.json.Decoder(list[str]).decode


class _Made(NamedTuple):
    vi: str
    en: str
    wanted: Callable[[Agency, Agency], bool]
    deep: bool


MADE: Final = {
    "communes": _Made("tất cả xã", "all communes", lambda top, one: one.tier is Tier.COMMUNE, deep=True),
    "departments": _Made("các sở, ban, ngành", "all departments", lambda top, one: one.tier is top.tier, deep=False),
    "below": _Made("các đơn vị trực thuộc", "all agencies below", lambda top, one: True, deep=False),
}


def usable(agency: Agency, on: date) -> bool:
    """Whether it gets documents."""
    begun = agency.valid_from is None or agency.valid_from <= on
    return begun and not agency.suspended and (agency.valid_to is None or agency.valid_to >= on)


async def members(store: Store, directory: Directory, agency: str, name: str, on: date) -> Members:
    """A group's members of today, by code. NotFound for a group that there is not, TooLarge for one of too many."""
    kind, _, code = name.partition(":")
    if kind in MADE:
        return _made(directory, agency, kind, code.strip(), on)
    row = await store.paper_named(agency, Paper.GROUP, name)
    if row is None:
        raise NotFound(expected="a group of this agency", found=name[:80])
    found = [(one, directory.get(one)) for one in _decode(row.entry)]
    good = [a for _, a in found if a is not None and usable(a, on) and a.code != agency]
    left = [code for code, a in found if a is None or not usable(a, on)]
    return Members(name=name, items=[Member(code=a.code, name=a.name) for a in good], left_out=left)


def _made(directory: Directory, agency: str, kind: str, code: str, on: date) -> Members:
    own = directory.get(agency)
    top = directory.get(code) if code else own
    if top is None:
        raise NotFound(expected="a registered agency", found=(code or agency)[:80])
    if not code and kind == "communes" and top.tier is Tier.COMMUNE:
        top = directory.get(top.parent) or top
    how = MADE[kind]
    found = [
        one
        for one in _below(directory, top, deep=how.deep)
        if how.wanted(top, one) and usable(one, on) and one.code != agency
    ]
    if len(found) > MOST_MEMBERS:
        raise TooLarge(expected=f"a group of at most {MOST_MEMBERS} recipients", found=str(len(found)))
    found.sort(key=lambda one: one.code)
    name = f"{kind}:{top.code}"
    return Members(name=name, items=[Member(code=one.code, name=one.name) for one in found])


def _below(directory: Directory, top: Agency, *, deep: bool) -> Iterator[Agency]:
    """Those below it, each once; the tree was checked for circles when it was registered, and is not trusted here."""
    seen, waiting = {top.code}, [top.code]
    while waiting:
        for one in directory.children(waiting.pop()):
            if one.code in seen:
                continue
            seen.add(one.code)
            if len(seen) > _LOOKED_AT:
                raise TooLarge(expected=f"at most {_LOOKED_AT} agencies below", found="more")
            yield one
            if deep:
                waiting.append(one.code)


async def put(store: Store, directory: Directory, agency: str, by: str, group: Group, at: Millis) -> Members:
    """Add it, or replace the one of that name. GroupName, BadRequest for a name or a member that is none,
    DeskFull for one too many."""
    name = " ".join(group.name.split())
    _check(name)
    codes = _codes(directory, agency, group.members)

    def work(tx: Transaction) -> None:
        known = tx.paper_named(agency, Paper.GROUP, name)
        held = tx.papers_held(agency, Paper.GROUP)
        if known is None and held.papers >= MOST:
            raise DeskFull(expected=f"at most {MOST} groups", found=str(held.papers + 1))
        number = known.number if known is not None else held.last + 1
        entry = msgspec.json.encode(codes)
        tx.put_paper(PaperRow(agency=agency, kind=Paper.GROUP, number=number, name=name, at=at, by=by, entry=entry))

    await store.write(work)
    found = [directory.get(code) for code in codes]
    return Members(name=name, items=[Member(code=a.code, name=a.name) for a in found if a is not None])


def _check(name: str) -> None:
    """A name of the agency's own reads like none that the directory makes, however it is spelled: case, accents, marks
    and blanks are no difference to who looks at it."""
    typed.check({"name": name})
    if not name or ":" in name:
        raise GroupName(expected="a name without a colon", found=name[:80], field="name")
    bare = _bare(name)
    if not bare or bare in _TAKEN:
        raise GroupName(expected="a name that no group of the directory has", found=name[:80], field="name")


def _bare(name: str) -> str:
    return words.fold(name).replace(" ", "")


_TAKEN: Final = frozenset(_bare(said) for kind, how in MADE.items() for said in (kind, how.vi, how.en))


def _codes(directory: Directory, agency: str, given: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for code in given:
        one = directory.get(code.strip())
        if one is None or one.code == agency:
            raise BadRequest(expected="a recipient of the directory", found=code[:80], field="members")
        found[one.code] = None
    return list(found)


async def listed(store: Store, directory: Directory, agency: str, on: date) -> Groups:
    """The agency's own by name, then those of the directory that have members."""
    rows = await store.papers(agency, Paper.GROUP, MOST)
    lines = [GroupLine(name=row.name, count=len(_decode(row.entry)), own=True) for row in rows]
    lines.sort(key=lambda line: line.name)
    own = directory.get(agency)
    tops = [own.code, own.parent] if own is not None else []
    for kind, how in MADE.items():
        for top in filter(None, tops):
            try:
                found = _made(directory, agency, kind, top, on)
            except (NotFound, TooLarge):
                continue
            if found.items:
                above = directory.get(top)
                of = above.name if above is not None else top
                line = GroupLine(name=found.name, count=len(found.items), vi=f"{how.vi}: {of}", en=f"{how.en}: {of}")
                lines.append(line)
    return Groups(items=lines)


_SUGGESTED: Final = 6


async def suggested(store: Store, directory: Directory, agency: str, text: str) -> list[GroupLine]:
    """Groups whose name has these words, accents or not; not counted."""
    words = fold(text).split()
    rows = await store.papers(agency, Paper.GROUP, MOST)
    lines = [GroupLine(name=row.name, count=0, own=True, vi=row.name, en=row.name) for row in rows]
    own = directory.get(agency)
    for top in filter(None, (own, directory.get(own.parent) if own is not None else None)):
        for kind, how in MADE.items():
            name = f"{kind}:{top.code}"
            lines.append(GroupLine(name=name, count=0, vi=f"{how.vi}: {top.name}", en=f"{how.en}: {top.name}"))
    return [line for line in lines if words and _has(words, line)][:_SUGGESTED]


def _has(words: Sequence[str], line: GroupLine) -> bool:
    return any(all(word in fold(said) for word in words) for said in (line.vi, line.en))


async def delete(store: Store, agency: str, name: str) -> GroupLine:
    row = await store.paper_named(agency, Paper.GROUP, name)
    if row is None:
        raise NotFound(expected="a group of this agency", found=name[:80])
    await store.write(lambda tx: tx.drop_paper(agency, Paper.GROUP, row.number))
    return GroupLine(name=name, count=len(_decode(row.entry)), own=True)
