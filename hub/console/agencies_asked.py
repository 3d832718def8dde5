"""The question of the page of agencies, as it stands in the address, and the page of agencies that it means."""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Final

import msgspec

from hub.console.page import PageQuery, Visit
from hub.console.ui import Chip
from hub.core.errors import BadRequest
from hub.core.model import Agency, Tier

PAGE: Final = 50
_MOST_WORDS: Final = 20


class AgenciesQuery(PageQuery, frozen=True, kw_only=True):
    """`q`: the start of a code, or words of the name; `parent`: directly below it; `lacks`: those alone whose
    registration lacks this, beside all other conditions; `cursor`: the last code seen."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    tier: Annotated[str, msgspec.Meta(pattern=r"^(central|provincial|district|commune)?$(?!\n)", max_length=10)] = ""
    parent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    lacks: Annotated[str, msgspec.Meta(pattern=r"^(certificate|contact)?$(?!\n)", max_length=11)] = ""
    cursor: Annotated[str, msgspec.Meta(max_length=64)] = ""


async def found_of(visit: Visit, query: AgenciesQuery) -> list[Agency]:
    """A page of them, by their codes."""
    if len(query.q.split()) > _MOST_WORDS:
        raise BadRequest(expected=f"at most {_MOST_WORDS} words", found=query.q[:80])
    if query.lacks:
        return await _by_half(visit, query)
    return await visit.context.milliseconds.aside(_found, visit, query)


def _found(visit: Visit, query: AgenciesQuery) -> list[Agency]:
    """A page of them: without a filter those at the top, of which each leads below."""
    directory = visit.exchange.directory
    if not (query.q.strip() or query.tier or query.parent):
        return directory.roots(PAGE, query.cursor)
    return directory.search(query.q, Tier(query.tier) if query.tier else None, query.parent, PAGE, query.cursor)


async def _by_half(visit: Visit, query: AgenciesQuery) -> list[Agency]:
    """A page of those that are registered by half, as the overview counts them."""
    half = await visit.hub.attention.by_half(visit.now)
    codes = half.no_certificate if query.lacks == "certificate" else half.never_came
    start = bisect_right(codes, query.cursor)
    found = (visit.exchange.directory.get(code) for code in codes[start : start + PAGE])
    return [agency for agency in found if agency is not None]


def command(query: AgenciesQuery) -> str:
    quoted = "".join(c for c in query.q if c.isalnum() or c in " .-_")
    if query.lacks:
        return "truc attention"
    parts = [f'truc agencies search "{quoted}"']
    parts += [f"--tier {query.tier}"] if query.tier else []
    parent = "".join(c for c in query.parent if c.isalnum() or c in ".-_")
    return " ".join([*parts, *([f"--parent {parent}"] if parent else [])])


def chips(visit: Visit, query: AgenciesQuery) -> list[Chip]:
    found = [Chip(query.q, visit.here(q="", cursor=""))] if query.q else []
    if query.tier:
        found.append(Chip(visit.t(f"tier.{query.tier}"), visit.here(tier="", cursor="")))
    if query.parent:
        below = visit.t("agencies.below_of", name=visit.name_of(query.parent))
        found.append(Chip(below, visit.here(parent="", cursor="")))
    if query.lacks:
        found.append(Chip(visit.t(f"agencies.lacks.{query.lacks}"), visit.here(lacks="", cursor="")))
    return found
