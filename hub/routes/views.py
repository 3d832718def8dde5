"""Rows of the store as records of the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final, Protocol

import msgspec

from hub.base.version import VERSION
from hub.core import model, wire
from hub.core.edxml import detail
from hub.core.edxml.detail import Detail
from hub.core.errors import BadRequest
from hub.core.evidence import format as ev
from hub.core.evidence.format import Kind
from hub.core.health import Measured
from hub.core.misfit import TIME
from hub.core.model import Millis, iso_utc, iso_utc_each
from hub.delivery.mailboxes import Leased
from hub.finding.find import Found
from hub.http.problems import problem
from hub.record.acts.delivery import Acknowledged
from hub.record.acts.incoming import Accepted, Notice
from hub.record.sequencer import Sealed
from hub.store import DeliveryRow, InboxEntry, LeafRow, MessageRow


class Names(Protocol):
    """A directory, for the names of agencies."""

    def get(self, code: str) -> model.Agency | None: ...


def message(row: MessageRow, about: str = "", names: Names | None = None) -> wire.Message:
    return wire.Message(
        id=row.id,
        kind=row.kind.value,
        business=int(row.business),
        sender=row.sender,
        document_id=row.document_id,
        code=row.code,
        subject=row.subject,
        type_name=row.type_name,
        priority=row.priority,
        sha256=row.sha256,
        size=row.size,
        verdict=row.verdict,
        accepted_at=iso_utc(row.accepted_at),
        recipients=row.fanout,
        about=about,
        status_code=row.status_code,
        sender_name=_named(names, row.sender),
    )


def delivery(row: DeliveryRow, names: Names | None = None) -> wire.Delivery:
    """With `names` one of a few that are looked at closely: its name, and until when it may wait."""
    placed, handed, ended, offered = iso_utc_each(row.placed_at, row.handed_at, row.ended_at, row.offered_at or None)
    closely = names is not None and row.state is model.DeliveryState.WAITING
    return wire.Delivery(
        recipient=row.recipient,
        state=row.state.value,
        seq=row.seq,
        placed_at=placed,
        handed_at=handed,
        ended_at=ended,
        forwarded_from=row.forwarded_from,
        progress=row.progress,
        take_back_pending=row.pending is not None,
        warned=row.warned,
        offered_at=offered,
        name=_named(names, row.recipient),
        due_at=_time(row.due_at if closely else None),
        ends_at=_time(row.ends_at if closely else None),
    )


def _named(names: Names | None, code: str) -> str:
    agency = names.get(code) if names is not None else None
    return agency.name if agency is not None else ""


def found(found: Found, names: Names) -> wire.Found:
    return wire.Found(
        items=[
            wire.FoundDocument(
                message=message(hit.message, hit.about, names),
                states={state.value: count for state, count in hit.shown.states.items()},
                deliveries=[delivery(row, names) for row in hit.shown.deliveries],
                register=register(hit.detail) if hit.detail is not None else None,
                says=says(hit.detail) if hit.detail is not None else None,
            )
            for hit in found.hits
        ],
        cursor=str(found.cursor) if found.cursor is not None else "",
        behind=found.behind,
    )


def register(told: Detail) -> wire.Register:
    return wire.Register(
        promulgated=day(told.promulgated),
        due=day(told.due),
        place=told.place,
        sender_name=told.sender_name,
        competence=told.competence,
        position=told.position,
        signer=told.signer,
        sphere=told.sphere,
        content=told.content,
        pages=told.pages,
        copies=told.copies,
        to_places=list(told.to_places),
        files=[wire.File(name=file.name, size=file.size) for file in told.files],
        attached=told.attached,
        certificate=told.certificate,
        department=told.department,
        staff=told.staff,
    )


def event(row: LeafRow) -> wire.Event | None:
    """One line of a timeline; None for a leaf that is no evidence."""
    if row.kind != Kind.EVIDENCE:
        return None
    evidence = ev.decode(row.object)
    return wire.Event(
        evidence=evidence.identifier,
        leaf=row.number,
        event=evidence.event.short,
        at=evidence.event_time,
        recipient=row.recipient,
        reasons=[f"{r.code} {r.details}".strip() for r in evidence.reasons],
        countersigned=bool(evidence.counter and evidence.counter.digest),
        status_code=evidence.status.code if evidence.status else "",
        status=evidence.status.message if evidence.status else "",
    )


def worded(event: wire.Event, told: Detail | None) -> wire.Event:
    """With the words of the status that brought it."""
    if told is None:
        return event
    said = {"description": told.description, "department": told.department, "staff": told.staff}
    return msgspec.structs.replace(event, **said)


def submitted(sealed: Sealed[Accepted], about: str = "") -> wire.Submitted:
    accepted = sealed.answer
    return wire.Submitted(
        message=message(accepted.message, about),
        receipt=sealed.receipts[accepted.message.leaf].decode(),
        recipients=list(accepted.recipients),
        repeated=accepted.repeated,
        notices=[_notice(n) for n in accepted.notices],
    )


def _notice(notice: Notice) -> wire.Notice:
    return wire.Notice(
        code=notice.code,
        vi=notice.vi,
        en=notice.en,
        subjects=list(notice.subjects),
        clause=notice.clause,
        right_vi=notice.right.vi,
        right_en=notice.right.en,
        path=notice.path,
    )


def inbox_item(entry: InboxEntry, until: Millis | None = None) -> wire.InboxItem:
    return wire.InboxItem(
        message=message(entry.message, entry.about),
        delivery=delivery(entry.delivery),
        leased_until=_time(until),
        content=entry.content,
        says=says(detail.decode(entry.told)) if entry.told else None,
        asked=_asked(entry),
    )


def says(told: Detail) -> wire.Says | None:
    """None where it says nothing of the kind, as most documents do."""
    said = wire.Says(
        answers=[
            wire.Answered(organ_id=a.organ_id, code=a.code, document_id=a.document_id, promulgated=day(a.promulgated))
            for a in told.answers
        ],
        of=list(told.of),
        reason=told.reason or told.description,
        added=list(told.added),
        removed=list(told.removed),
        due=day(told.due),
        steering=told.steering,
        tasks=list(told.tasks),
        application=told.application,
        notices=[
            wire.Notice(
                code=n.code,
                vi=n.vi,
                en=n.en,
                subjects=[n.found] if n.found else [],
                clause=n.clause,
                right_vi=n.right_vi,
                right_en=n.right_en,
            )
            for n in told.noted
        ],
    )
    return said if said != _NOTHING else None


_NOTHING: Final = wire.Says()


def _asked(entry: InboxEntry) -> wire.Asked | None:
    request, told = (entry.message, entry.told) if entry.asks else (None, b"")
    if entry.asked is not None:
        request, told = entry.asked.message, entry.asked.told
    if request is None:
        return None
    said = says(detail.decode(told)) if told else None
    return wire.Asked(
        by=request.id,
        business=int(request.business),
        status_code=request.status_code,
        reason=said.reason if said is not None else "",
        answer_with=[model.StatusCode.AGREED.value, model.StatusCode.DISAGREED.value],
    )


def day(of: date | None) -> str:
    return of.isoformat() if of is not None else ""


def leased_item(leased: Leased) -> wire.InboxItem:
    return inbox_item(leased.entry, leased.until)


def acknowledged(items: Sequence[Acknowledged], receipts: dict[int, bytes]) -> list[wire.AcknowledgedItem]:
    return [
        wire.AcknowledgedItem(
            message=item.message,
            state=item.state.value if item.state else "",
            evidence=item.evidence,
            receipt=receipts.get(item.leaf, b"").decode() if item.leaf is not None else "",
            repeated=item.repeated,
            problem=problem(item.refusal) if item.refusal else None,
        )
        for item in items
    ]


def health(measured: Measured, log_size: int, waiting: int) -> wire.Health:
    """Of a hub that is ready."""
    return wire.Health(
        status="ok",
        version=VERSION,
        log_size=log_size,
        waiting=waiting,
        disk_free=measured.disk_free,
        certificates={name: iso_utc(ends) for name, ends in measured.certificates.items()},
        crl_ends=_time(max(measured.lists, default=None)),
        first_crl_ends=_time(min(measured.lists, default=None)),
        oldest_waiting={str(lane): iso_utc(since) for lane, since in sorted(measured.oldest.items())},
    )


def moment(text: str) -> Millis:
    """A time given by a caller, RFC 3339 with any offset, or a date. ValueError otherwise."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=model.VIETNAM)
    return Millis(int(parsed.astimezone(UTC).timestamp() * 1000))


def moment_asked(text: str) -> Millis:
    """`moment` of a caller's parameter. BadRequest for a text that is none."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        raise BadRequest(expected=TIME, found=text[:80]) from None


def _time(at: Millis | None) -> str:
    return iso_utc(at) if at is not None else ""
