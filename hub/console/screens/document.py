"""One document: where is it, is it genuine, can I prove it. Its sender and an auditor see all of it, a recipient its
own part, an operator how it was routed and no word of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from aiohttp import web

from hub import auditing
from hub.access import Right, Role, Seen
from hub.auditing import Part
from hub.console import document_life as life
from hub.console.document_life import Line, Place
from hub.console.document_words import SIGNATURE_WORDS, verdict_of
from hub.console.document_words import TEXTS as TEXTS
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import STATES, Choice
from hub.core.edxml.detail import Detail
from hub.core.errors import DeliveryConflict, NotFound, PayloadGone
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Evidence
from hub.core.ids import number_of
from hub.core.model import Business, DeliveryState, MessageKind, from_iso_utc
from hub.finding.asked import Asked
from hub.finding.find import find
from hub.http.milliseconds import spent
from hub.routes import bundles, documents
from hub.store import DeliveryRow, LeafRow, MessageRow

_NUMBER: Final = msgspec.Meta(ge=1, le=100_000)
_ICONS: Final = {
    Event.SUBMISSION_ACCEPTANCE: ("send", "go"),
    Event.CONTENT_HANDOVER: ("tray", "go"),
    Event.CONTENT_HANDOVER_FAILURE: ("warn", "wa"),
    Event.CONSIGNMENT_ACCEPTANCE: ("check", "go"),
    Event.CONSIGNMENT_REJECTION: ("back", "re"),
    Event.ACCEPTANCE_REJECTION_EXPIRY: ("stop", "er"),
    Event.HANDOVER_WARNING: ("warn", "wa"),
    Event.RECALL_REQUEST: ("hourglass", "wa"),
    Event.RECALL_CONFIRMED: ("undo", ""),
    Event.RECALL_REFUSED: ("lock", ""),
    Event.DOCUMENT_LOOKED_AT: ("eye", ""),
}
_BUSINESS: Final = {Business.RECALL: "recall", Business.UPDATE: "update", Business.REPLACEMENT: "replacement"}


class DocumentQuery(PageQuery, frozen=True, kw_only=True):
    """`state`: recipients in this state alone; `page` of them; `all`: every event; `lines`: page of the timeline."""

    state: Annotated[str, msgspec.Meta(max_length=20)] = ""
    page: Annotated[int, _NUMBER] = 1
    all: Annotated[str, msgspec.Meta(pattern=r"^1?$(?!\n)")] = ""
    lines: Annotated[int, _NUMBER] = 1


class Known(NamedTuple):
    """The part of a document that this person sees. `told`: with its evidence. `readable`: and its bytes."""

    message: MessageRow
    detail: Detail | None
    rows: list[DeliveryRow]
    leaves: list[LeafRow]
    told: bool
    readable: bool = False

    @property
    def name(self) -> str:
        return self.message.id.removeprefix("urn:uuid:")


async def show(visit: Visit) -> web.StreamResponse:
    query: DocumentQuery = visit.query or DocumentQuery()
    known = await _known(visit)
    if known.message.kind is MessageKind.STATUS:
        return await _about(visit, known.message)
    acceptance = await _acceptance(visit, known)
    found, main, everything = life.lines(known.leaves, query.lines, everything=bool(query.all))
    of = everything if query.all else main
    return visit.page(
        "document.html",
        known=known,
        m=known.message,
        told=known.detail or Detail(),
        kind=_BUSINESS.get(known.message.business, ""),
        about=await _other(visit, known.message),
        verdict=verdict_of(visit, known.message, known.detail, acceptance),
        acceptance=acceptance,
        mark=acceptance.signature if acceptance is not None else None,
        signed=await documents.signatures_of(visit.exchange, known.message) if known.told else None,
        words=SIGNATURE_WORDS,
        when=from_iso_utc,
        log_size=await _log_size(visit),
        lines=[(line, *_said(visit, line)) for line in found],
        views=_views(visit, main, everything),
        older=visit.here(lines=str(query.lines + 1)) if of > query.lines * life.LINES else "",
        bytes_=visit.me.role == Role.CLERK and known.readable,
        command=shlex.join(["truc", "show", "--as", _as(visit), known.name]),
        **await _places(visit, known, query),
    )


async def _known(visit: Visit) -> Known:
    """As the search for an operator, which sees routing alone; as the timeline of the interface for all others."""
    store, name = visit.exchange.store, visit.call.path["id"]
    if visit.me.role == Role.OPERATOR:
        question = Asked(text=name)
        if not question.identifier:
            raise NotFound(found=name[:80])
        found = await find(visit.exchange, visit.caller, question)
        spent(found.seconds)
        if not found.hits:
            raise NotFound(found=name[:80])
        hit = found.hits[0]
        return Known(hit.message, hit.detail, await store.deliveries(hit.message.number), [], told=False)
    seen = await auditing.seen(visit.exchange, visit.caller, name, Part.LIFE)
    message = seen.message
    rows = [row for row in await store.deliveries(message.number) if seen.covers(row.recipient)]
    leaves = [leaf for leaf in await store.timeline(message.number) if seen.covers(leaf.recipient)]
    detail = (await store.details([message.number])).get(message.number)
    return Known(message, detail, rows, leaves, told=True, readable=_readable(seen))


async def _about(visit: Visit, status: MessageRow) -> web.StreamResponse:
    """A status stands in the life of the document that it is about."""
    about = await visit.exchange.store.message(status.about) if status.about is not None else None
    if about is None:
        raise NotFound(found=status.id)
    return visit.see(f"/console/documents/{about.id.removeprefix('urn:uuid:')}")


async def _other(visit: Visit, message: MessageRow) -> MessageRow | None:
    """The document that this one recalls, updates or replaces."""
    return await visit.exchange.store.message(message.about) if message.about is not None else None


async def _acceptance(visit: Visit, known: Known) -> Evidence | None:
    if not known.told:
        return None
    leaf = next((leaf for leaf in known.leaves if leaf.number == known.message.leaf), None)
    return ev.decode(leaf.object) if leaf is not None else None


async def _log_size(visit: Visit) -> int:
    last = await visit.exchange.store.last_checkpoint()
    return last.size if last is not None else 0


def _readable(seen: Seen) -> bool:
    """Whether this person still reads its bytes."""
    try:
        seen.check_bytes()
    except (PayloadGone, DeliveryConflict):
        return False
    return True


def _as(visit: Visit) -> str:
    return visit.me.agency if visit.me.role == Role.CLERK else visit.me.role


# Recipients.


async def _places(visit: Visit, known: Known, query: DocumentQuery) -> dict[str, Any]:
    counts = life.counted(known.rows)
    grouped = len(known.rows) > life.GROUPED_ABOVE
    state = query.state if query.state in dict(counts) else ""
    if grouped and not state:
        state = counts[0][0]
    chosen = life.ordered(known.rows, state)
    page = chosen[(query.page - 1) * life.PAGE : query.page * life.PAGE]
    more = len(chosen) > query.page * life.PAGE
    shown = life.places(page, known.leaves, told=known.told)
    reasons = await _reasons(visit, [place.status for place in shown if place.status])
    return {
        "counts": [(key, count, visit.here(state=key, page="")) for key, count in counts],
        "state": state if grouped or query.state else "",
        "headline": _headline(visit, counts),
        "recipients": [(place, _note(visit, place, reasons)) for place in shown],
        "whole": visit.here(state="", page="") if query.state and not grouped else "",
        "next": visit.here(page=str(query.page + 1)) if more else "",
        "health": "/console/agencies" if visit.leads("/console/agencies") else "",
    }


def _headline(visit: Visit, counts: Sequence[tuple[str, int]]) -> str:
    """The faults, else that there are none."""
    known = dict(counts)
    parts = [visit.t(f"document.head.{key}", n=known[key]) for key in life.ORDER if key in life.PROBLEMS & known.keys()]
    said = "; ".join(parts) if parts else visit.t("document.head.good")
    return said[:1].upper() + said[1:]


async def _reasons(visit: Visit, statuses: Sequence[str]) -> Mapping[str, str]:
    """In its own words, why each recipient returned it: by the identifier of its status."""
    numbers = {name: number_of(name) for name in statuses}
    details = await visit.exchange.store.details(list(numbers.values()))
    return {name: details[number].description for name, number in numbers.items() if number in details}


def _note(visit: Visit, place: Place, reasons: Mapping[str, str]) -> str:
    row, t = place.row, visit.t
    if row.pending is not None:
        return t("document.note.pending")
    if row.state is DeliveryState.REFUSED:
        return t("document.note.reason", reason=reasons[place.status]) if reasons.get(place.status) else ""
    if row.state is DeliveryState.EXPIRED:
        return t("document.note.expired", at=visit.moment(row.ended_at)) if row.ended_at is not None else ""
    if row.state is not DeliveryState.WAITING:
        return t("document.note.forwarded", name=visit.name_of(row.forwarded_from)) if row.forwarded_from else ""
    said = [t("document.note.warned")] if row.warned else []
    if row.offered_at:
        said.append(t("document.note.offered", at=visit.moment(row.offered_at)))
    if row.ends_at is not None:
        left = visit.age(max(0, row.ends_at - visit.now))
        said.append(t("document.note.ends", at=visit.moment(row.ends_at), left=left))
    return " ".join(said)


# The course of events.


def _views(visit: Visit, main: int, everything: int) -> list[Choice]:
    chosen = bool(visit.query and visit.query.all)
    return [
        Choice(visit.t("document.main", n=main), visit.here(all="", lines=""), not chosen),
        Choice(visit.t("document.all", n=everything), visit.here(all="1", lines=""), chosen),
    ]


def _said(visit: Visit, line: Line) -> tuple[str, str, str]:
    """Icon, tone, and the event in words."""
    evidence = line.evidence
    icon, tone = _ICONS.get(evidence.event, ("dash", ""))
    if evidence.event is Event.BUSINESS_STATUS and line.code in STATES:
        icon, tone = STATES[line.code]
    return icon, tone, happened(visit, evidence)


def happened(visit: Visit, evidence: Evidence) -> str:
    """The event of an evidence as a sentence."""
    sender = visit.name_of(evidence.sender.identifier) if evidence.sender is not None else ""
    recipients = [visit.name_of(party.identifier) for party in evidence.recipients]
    who = recipients[0] if len(recipients) == 1 else sender
    code = evidence.status.code if evidence.status is not None else ""
    key = f"event.{evidence.event.short}"
    if evidence.event is Event.BUSINESS_STATUS and f"event.status.{code}" in visit.known_texts:
        key = f"event.status.{code}"
    if key not in visit.known_texts:
        return f"{evidence.event.short} {code} · {who}"
    return visit.t(key, who=who, sender=sender, n=len(recipients))


# Files.


async def bundle(visit: Visit) -> web.StreamResponse:
    """All evidence of it as one file that is verified offline, without its content."""
    call = visit.call._replace(caller=visit.caller, query=bundles.BundleQuery())
    return await bundles.bundle(call)


async def content(visit: Visit) -> web.StreamResponse:
    """Its bytes as received: for the agency itself, by the page's right."""
    return await documents.content(visit.call._replace(caller=visit.caller))


PAGES: Final = (
    Page("GET", "/console/documents/{id}", show, Right.DOCUMENTS, "document.title", DocumentQuery),
    Page("GET", "/console/documents/{id}/bundle", bundle, Right.EVIDENCE, "document.title", part=True),
    Page("GET", "/console/documents/{id}/content", content, Right.MAILBOX, "document.title", part=True),
)
