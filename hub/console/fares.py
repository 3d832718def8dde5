"""How an agency fares, as pages show it: one sentence, a chain of links with the broken one marked, and what waits.

    may come in → gets a token → fetches → acknowledges

What the record itself tells: the entry, its certificates, and the deliveries that wait, were offered and handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.console.ending import Ends
from hub.console.page import Visit
from hub.core.model import Agency, DeliveryState, Millis, Priority, vietnam_date
from hub.core.report import Waiting

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
SOON: Final = 30 * DAY


class Link(NamedTuple):
    """`name`: a text `fare.link.…`; `state` of `ui.STATES`; `note`: when it was last used, or why it does not hold."""

    name: str
    state: str
    note: str = ""


class Fare(NamedTuple):
    """`state` of `ui.STATES`; `sentence` with the broken link first."""

    state: str
    sentence: str
    links: Sequence[Link] = ()


class Waits(NamedTuple):
    """What waits in one mailbox: in all, of it express, since when."""

    documents: int = 0
    express: int = 0
    oldest: Millis | None = None


def waits(rows: Sequence[Waiting]) -> dict[str, Waits]:
    """By agency."""
    found: dict[str, Waits] = {}
    for row in rows:
        n, express, oldest = found.get(row.agency, Waits())
        more = row.documents if row.lane >= Priority.EXPRESS else 0
        first = row.oldest if oldest is None else min(oldest, row.oldest)
        found[row.agency] = Waits(n + row.documents, express + more, first)
    return found


def entry(visit: Visit, agency: Agency, ends: Ends) -> tuple[str, str]:
    """Whether it may come in at all: a state, and why not, or how long its certificate lasts."""
    t, now, today = visit.t, visit.now, vietnam_date(visit.now)
    if agency.suspended:
        return "failing", t("fare.suspended")
    if agency.valid_to is not None and agency.valid_to < today:
        heir = visit.name_of(agency.successor) if agency.successor else ""
        return "unused", t("fare.ended", day=visit.day(agency.valid_to), heir=heir) if heir else t(
            "fare.ended.alone", day=visit.day(agency.valid_to)
        )
    if agency.valid_from is not None and today < agency.valid_from:
        return "unused", t("fare.begins", day=visit.day(agency.valid_from))
    if not agency.certificates:
        return "failing", t("fare.no_certificate")
    last = ends.last(agency)
    if last is None or last <= now:
        return "failing", t("fare.certificate_ended", time=visit.moment(last)) if last is not None else t(
            "fare.certificate_unreadable"
        )
    return "warned" if last - now < SOON else "good", t("fare.certificate", time=visit.age(last - now))


def told(visit: Visit, agency: Agency, ends: Ends, waiting: Waits) -> Fare:
    """For a line of a list."""
    state, said = entry(visit, agency, ends)
    parts = [said]
    if waiting.documents and waiting.oldest is not None:
        age = visit.now - waiting.oldest
        if state in ("good", "warned") and age >= DAY:
            state = "failing"
            parts.insert(0, visit.t("fare.silent", time=visit.age(age)))
        parts.append(waiting_text(visit, waiting))
    return Fare(state, "; ".join(parts))


def waiting_text(visit: Visit, waiting: Waits) -> str:
    if not waiting.documents:
        return visit.t("fare.nothing_waits")
    if waiting.express:
        return visit.t("fare.waits.express", n=waiting.documents, express=waiting.express)
    return visit.t("fare.waits", n=waiting.documents)


async def of(visit: Visit, agency: Agency, ends: Ends, waiting: Waits) -> Fare:
    """For the agency's own page: each link as the record shows it."""
    t = visit.t
    state, said = entry(visit, agency, ends)
    oldest = await visit.exchange.store.inbox(agency.code, DeliveryState.WAITING, 1)
    first = oldest[0].delivery if oldest else None
    late = first is not None and visit.now - first.placed_at >= HOUR
    links = [Link("entry", "good" if state == "warned" else state, said)]
    parts = [said]
    if state not in ("good", "warned"):
        links += [Link("fetch", "unused"), Link("acknowledge", "unused")]
    elif first is None or not late:
        links += [Link("fetch", "good"), Link("acknowledge", "good")]
    elif first.offered_at is None:
        since = t("fare.not_fetching", time=visit.moment(first.placed_at))
        parts.insert(0, since)
        links += [Link("fetch", "failing", since), Link("acknowledge", "unused")]
    else:
        when = t("fare.not_acknowledging", time=visit.moment(first.offered_at or first.placed_at))
        parts.insert(0, when)
        links += [Link("fetch", "good"), Link("acknowledge", "failing", when)]
    worst = "failing" if any(link.state == "failing" for link in links) else state
    return Fare(worst, "; ".join([*parts, waiting_text(visit, waiting)]), links)
