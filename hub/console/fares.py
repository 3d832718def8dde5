"""How an agency fares, as pages show it: one sentence, a chain of links with the broken one marked, and the waiting
documents.

    may come in → gets a token → fetches → acknowledges

A line of a list tells the entry, its certificates and the waiting documents; the page of one agency, by the rules of
`hub.core.faring`, when it was last heard of, and where it was turned away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.console.page import Visit
from hub.core import faring
from hub.core.faring import Faring
from hub.core.model import Agency, Millis, Priority, vietnam_date
from hub.core.report import Waiting
from hub.upkeep.ending import Ends

DAY: Final = 86_400_000
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
    """Documents that wait in one mailbox: in all, of it express, since when."""

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


def of(visit: Visit, found: Faring) -> Fare:
    """For the agency's own page: by the rules that the interface and the command line tell by, too."""
    links = [_link(visit, found, step) for step in faring.chain(found)]
    rule = faring.broken(found)
    soon = found.certificate is not None and found.certificate - found.now < SOON
    if rule is None:
        state = "warned" if soon or any(link.state == "failing" for link in links) else "good"
    else:
        state = "unused" if rule.code in ("ended", "not-begun") else "failing"
    return Fare(state, visit.t.pick(faring.sentence(found)), links)


_STATES: Final = {"holds": "good", "broken": "failing", "unknown": "unused"}


def _link(visit: Visit, found: Faring, step: faring.Step) -> Link:
    rule = faring.broken(found)
    note = visit.t("fare.last", time=visit.moment(step.at)) if step.at is not None else ""
    if rule is not None and rule.link is step.link:
        note = visit.t.pick(faring.sentence(found)).split(";")[0]
    return Link(step.link.value, _STATES[step.state], note)
