"""An operator changes the directory: each change is shown entry by entry, with its count, before it is made.

    a form or a file → a draft, which the directory has checked → its differences, a reason → done, as it was shown

The axis states the change with the account's name and how it was authenticated; the trail of the console keeps the
reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import drafts
from hub.console.census import census
from hub.console.drafts import Draft
from hub.console.form import Form, at
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens import agencies
from hub.console.screens.directory_texts import TEXTS as TEXTS
from hub.console.ui import Cell, Column, Table
from hub.console.upload import uploaded
from hub.core.directory import amend
from hub.core.directory import entries as directory_entries
from hub.core.directory.check import Problem
from hub.core.directory.diff import Change, ChangeKind
from hub.core.directory.entries import with_lines
from hub.core.directory.files import Entry, day
from hub.core.errors import AxisError, BadRequest, DirectoryRefusal
from hub.core.model import Agency, RegisteredCertificate, SignaturePolicy, SignatureProfile, Tier, vietnam_date

C = TypeVar("C", bound=StrEnum)
CHANGED: Final = "directory-changed"
"""The deed in the trail."""
_IMPORT_BYTES: Final = 4 * 1024 * 1024
_CERTIFICATE_BYTES: Final = 256 * 1024
_PAGE: Final = 100
_MOST_PROBLEMS: Final = 100
_SIGNS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADDED: "+",
    ChangeKind.CHANGED: "~",
    ChangeKind.REMOVED: "−",
    ChangeKind.CERTIFICATE_ADDED: "+",
    ChangeKind.CERTIFICATE_WITHDRAWN: "−",
    ChangeKind.CERTIFICATE_CHANGED: "~",
}
_WORDS: Final = ("name", "short_name", "code_qd20", "parent", "centre", "email", "address")
_DAYS: Final = ("valid_from", "valid_to")


class DraftQuery(PageQuery, frozen=True, kw_only=True):
    """`at`: the first difference that is shown."""

    at: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] = 0


# The wish


async def new(visit: Visit) -> web.StreamResponse:
    return _form(visit, None)


async def register(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    try:
        code = form.get("code", 64)
        if visit.exchange.directory.get(code) is not None:
            raise BadRequest(expected="a code that is not registered", found=code, field="code")
        return await _drafted(visit, "register", "/console/agencies/new", [_entry(form, None)], 1)
    except AxisError as error:
        return _form(visit, None, error)


async def edit(visit: Visit) -> web.StreamResponse:
    return _form(visit, agencies.named(visit))


async def change(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    agency = agencies.named(visit)
    try:
        back = f"{agencies.address(agency.code)}/edit"
        return await _drafted(visit, "edit", back, [_entry(form, agency)], 1)
    except AxisError as error:
        return _form(visit, agency, error)


def _form(visit: Visit, agency: Agency | None, error: AxisError | None = None) -> web.StreamResponse:
    return visit.again(
        "directory_edit.html",
        error,
        agency=agency,
        words=_WORDS,
        days=_DAYS,
        tiers=list(Tier),
        policies=list(SignaturePolicy),
        profiles=list(SignatureProfile),
        problems=_problems(visit, error),
    )


def _entry(form: Form, agency: Agency | None) -> Agency:
    """As the form states it; a field that a form does not show stays as it is."""
    given: dict[str, Any] = {name: form.get(name, 400) for name in _WORDS}
    given |= {name: _day(form, name) for name in _DAYS}
    given["tier"] = _choice(form, "tier", Tier)
    given["signature_policy"] = _choice(form, "signature_policy", SignaturePolicy, "strict")
    given["signature_profile"] = _choice(form, "signature_profile", SignatureProfile, "strict")
    if agency is None:
        return Agency(code=form.get("code", 64), **given)
    return msgspec.structs.replace(agency, **given)


def _choice(form: Form, name: str, kind: type[C], otherwise: str = "") -> C:
    text = form.get(name, 40) or otherwise
    try:
        return kind(text)
    except ValueError:
        raise BadRequest(expected=", ".join(kind), found=text, field=name) from None


def _day(form: Form, name: str) -> date | None:
    text = form.get(name, 40)
    try:
        return day(text) if text else None
    except ValueError:
        raise BadRequest(expected="a day as 2025-06-30", found=text, field=name) from None


async def suspend(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    agency, on = agencies.named(visit), form.get("suspended") == "1"
    wanted = msgspec.structs.replace(agency, suspended=on)
    back = agencies.address(agency.code)
    return await _drafted(visit, "suspend" if on else "resume", back, [wanted], 1, grave=on)


async def succeed(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    agency = agencies.named(visit)
    end = _day(form, "last_day") or vietnam_date(visit.now)
    with at("successor"):
        wanted = amend.ended(agency, end, form.need("successor", 64), agency.heirs)
        return await _drafted(visit, "succeed", agencies.address(agency.code), [wanted], 1, grave=True)


async def certify(visit: Visit) -> web.StreamResponse:
    """A file of a certificate, beside those that the agency has."""
    sent = await uploaded(visit, _CERTIFICATE_BYTES)
    agency, data = agencies.named(visit), sent.file("file")
    try:
        certificate = amend.own_certificate(data)
    except ValueError as error:
        expected = "a certificate file (.cer, .crt, .pem)"
        raise BadRequest(expected=expected, found=str(error)[:200], field="file") from None
    wanted = amend.certified(agency, certificate, visit.now)
    return await _drafted(visit, "certificate", agencies.address(agency.code), [wanted], 1)


async def choose(visit: Visit) -> web.StreamResponse:
    return visit.again("directory_import.html", None, problems=None)


async def bring(visit: Visit) -> web.StreamResponse:
    """A CSV or JSON of entries: all that is wrong with it is told at once, with lines."""
    sent = await uploaded(visit, _IMPORT_BYTES)
    entries: list[Entry] = []
    try:
        data = sent.file("file")
        form = "json" if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" else "csv"
        entries = await visit.context.milliseconds.aside(directory_entries.read, data, form)
        registered = visit.exchange.directory.get
        wanted = await visit.context.milliseconds.aside(amend.differing, registered, entries)
        return await _drafted(visit, "import", "/console/agencies/import", wanted, len(entries), grave=len(wanted) > 1)
    except AxisError as error:
        error.facts["field"] = "file"
        problems = _problems(visit, error, entries)
        return visit.again("directory_import.html", error, problems=problems)


async def _drafted(
    visit: Visit, act: str, back: str, wanted: Sequence[Agency], read: int, *, grave: bool = False
) -> web.StreamResponse:
    """Kept until it is confirmed. DirectoryRefusal for an entry that the directory would not take, or that changes
    nothing."""
    before, changes = await visit.context.milliseconds.aside(drafts.prepared, visit.exchange, wanted)
    if not changes:
        raise DirectoryRefusal(expected="something to change", found="nothing differs")
    kept = census(visit).drafts
    draft = kept.add(
        Draft(
            id=drafts.identifier(),
            account=visit.me.name,
            act=act,
            back=back,
            grave=grave,
            new=tuple(wanted),
            before=before,
            changes=changes,
            read=read,
            until=kept.until(),
        )
    )
    return visit.see(f"/console/drafts/{draft.id}")


# The changes, and the word to make them


async def preview(visit: Visit) -> web.StreamResponse:
    return _shown(visit, _draft(visit))


def _draft(visit: Visit) -> Draft:
    return census(visit).drafts.get(visit.call.path["id"], visit.me.name)


def _shown(visit: Visit, draft: Draft, error: AxisError | None = None) -> web.StreamResponse:
    t = visit.t
    query = visit.query if isinstance(visit.query, DraftQuery) else DraftQuery()
    known = {agency.code: agency for agency in draft.new}
    columns = (Column(t("directory.entry"), head=True), Column(t("directory.what")), Column(t("directory.fields")))
    rows = [_difference(visit, one, known[one.code]) for one in draft.changes[query.at : query.at + _PAGE]]
    more = visit.here(at=str(query.at + _PAGE)) if query.at + _PAGE < len(draft.changes) else ""
    added = sum(before is None for before in draft.before.values())
    return visit.again(
        "draft.html",
        error,
        draft=draft,
        table=Table(t("directory.preview"), columns, rows, more=more),
        added=added,
        changed=len(draft.new) - added,
        problems=_problems(visit, error),
    )


def _difference(visit: Visit, change: Change, agency: Agency) -> tuple[Cell, ...]:
    t = visit.t
    empty = t("directory.empty")
    told = [
        f"{t(f'directory.field.{f.field}')}: {f.new}"
        if change.kind is ChangeKind.ADDED
        else f"{t(f'directory.field.{f.field}')}: {f.old or empty} → {f.new or empty}"
        for f in change.fields
    ]
    tone = {"+": "ok", "−": "er"}.get(_SIGNS[change.kind], "wa")
    digest = f"SHA-256 {change.certificate[:16]}…" if change.certificate else ""
    if held := [c for c in agency.certificates if c.sha256 == change.certificate]:
        told = [_of_certificate(visit, held[0])]
    return (
        Cell(agency.name, note=change.code),
        Cell(f"{_SIGNS[change.kind]} {t(f'directory.change.{change.kind}')}", tone=tone, note=digest),
        Cell("; ".join(told)),
    )


def _of_certificate(visit: Visit, held: RegisteredCertificate) -> str:
    """Its holder, and how long it lasts: an operator compares both before it counts."""
    span = visit.hub.attention.ends.span(held.sha256, held.der)
    if span is None:
        return visit.t("fare.certificate_unreadable")
    times = f"{visit.moment(span[0])} – {visit.moment(span[1])}"
    return "; ".join(filter(None, (agencies.called(held.der), times)))


async def confirm(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    draft = _draft(visit)
    why = form.get("why", 300)
    if draft.grave and not why:
        return _shown(visit, draft, BadRequest(expected="the reason of this change", found="none", field="why"))
    by = f"{visit.caller.role}:{visit.caller.agency} {visit.caller.auth}"
    try:
        await visit.exchange.change_directory(draft.new, by, draft.before)
    except DirectoryRefusal as error:
        return _shown(visit, draft, error)
    kept = census(visit)
    kept.drafts.drop(draft)
    kept.changed()
    first = draft.new[0].code
    target = first if len(draft.new) == 1 else f"{first} +{len(draft.new) - 1}"
    await visit.accounts.record(visit.who, CHANGED, target, f"{draft.act}: {why}" if why else draft.act)
    return visit.see(agencies.address(first) if len(draft.new) == 1 else "/console/agencies")


def _problems(visit: Visit, error: AxisError | None, entries: Sequence[Entry] = ()) -> Table | None:
    """The directory's faults, by line."""
    found = error.facts.get("problems") if error is not None else None
    if not isinstance(found, tuple) or not found:
        return None
    t = visit.t
    columns = (
        Column(t("directory.line"), number=True),
        Column(t("directory.entry"), head=True),
        Column(t("directory.field")),
        Column(t("directory.fault")),
    )
    rows = [_problem(visit, one) for one in with_lines(found[:_MOST_PROBLEMS], entries)]
    return Table(t("directory.problems", n=len(found)), columns, rows)


def _problem(visit: Visit, found: Problem) -> tuple[Cell, ...]:
    said = found.vi if visit.lang == "vi" else found.en
    return (
        Cell(str(found.line) if found.line else "–"),
        Cell(found.entry[:80] or "–"),
        Cell(found.field, note=found.value[:80]),
        Cell(said),
    )


_ONE: Final = "/console/agencies/{code}"
PAGES: Final = (
    Page("GET", "/console/agencies/new", new, Right.RUN, "directory.new"),
    Page("POST", "/console/agencies/new", register, Right.RUN, "directory.new"),
    Page("GET", "/console/agencies/import", choose, Right.RUN, "directory.import"),
    Page("POST", "/console/agencies/import", bring, Right.RUN, "directory.import"),
    Page("GET", "/console/agencies/{code}/edit", edit, Right.RUN, "directory.edit"),
    Page("POST", "/console/agencies/{code}/edit", change, Right.RUN, "directory.edit"),
    Page("POST", "/console/agencies/{code}/suspend", suspend, Right.RUN, "directory.acts", again=_ONE),
    Page("POST", "/console/agencies/{code}/succeed", succeed, Right.RUN, "directory.acts", again=_ONE),
    Page("POST", "/console/agencies/{code}/certificate", certify, Right.RUN, "directory.acts", again=_ONE),
    Page("GET", "/console/drafts/{id}", preview, Right.RUN, "directory.preview", DraftQuery),
    Page("POST", "/console/drafts/{id}", confirm, Right.RUN, "directory.preview"),
)
