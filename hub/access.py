"""The rights to see, and the agencies in whose place a caller acts: the one place that decides it.

    its sender      a document whole: its bytes, every delivery, all of its life
    a recipient     its own delivery, the bytes while that may be read, and nothing of others
    a centre        the same as the agencies that it acts for; likewise a successor the same as those that have ended
    an auditor      any document, but nothing before `hub.auditing` has put on record that it looks
    an operator     none: it runs the axis and needs no document for that

An agency's desk (drafts, groups, directions, corrections of its registers) is its own: nobody acts for it there.
Nobody else is told that a document exists. And which page of the console is whose.

A search shows the same and no more (`View`). An agency finds what it may see: of what it sent all of it, of what it was
sent its own delivery, and it cannot ask who else received it. An operator finds every document by what routes it, and
is told nothing that its sender wrote in words: nor may it search by that, for a search answers too. An auditor finds
and sees everything, on record (`hub.auditing`).

Cases of programmes likewise: an agency sees those that it (or whom it acts for) is a party of, with their words; an
operator kinds, states, parties, days and documents of all, and no title and no body; an auditor all of it, on record.
Counts of boards name no case: an agency sees them for itself and all below it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from hub.admission.submission import AGENCY as AGENCY
from hub.admission.submission import AUDITOR as AUDITOR
from hub.admission.submission import OPERATOR as OPERATOR
from hub.admission.submission import Caller
from hub.core.directory.routing import Acting, Directory, acting_for, stands_for
from hub.core.directory.routing import represented as represented_by
from hub.core.edxml.detail import Detail
from hub.core.edxml.naming import Asked, Named, matching_key
from hub.core.errors import (
    BadRequest,
    DeliveryConflict,
    Forbidden,
    NameAmbiguous,
    NotFound,
    PayloadGone,
    Unauthenticated,
)
from hub.core.evidence.format import Event, Kind, decode
from hub.core.ids import number_of
from hub.core.misfit import one_of
from hub.core.model import Agency, DeliveryState, Millis, iso_utc, vietnam_date
from hub.store import DeliveryRow, LeafRow, MessageRow, Name, Side, Store
from hub.store.search import CODE, COLUMNS, NAMES, PLACED, SENDER, TAGS

_OF_NO_MESSAGE: Final = frozenset({Event.SUBMISSION_REJECTION.short, Event.DATA_BROUGHT.short})
"""Evidence without a message that its sender may see."""
MOST_PARTIES: Final = 1_000
"""Agencies whose documents one search looks through."""
_URN: Final = "urn:uuid:"
MOST_CANDIDATES: Final = 20
"""Documents that are told of where a name may mean several."""

READABLE: Final = frozenset({DeliveryState.WAITING, DeliveryState.HANDED_OVER})
"""States in which a recipient may read the bytes. A document that it refused it gave back with that (NĐ 30/2020 Art.
21.2)."""


class Role(StrEnum):
    """Of a person that signs in to the console; each account has one."""

    OPERATOR = "operator"  # runs the axis, and reads no document
    AUDITOR = "auditor"  # reads everything, each look on record
    CLERK = "clerk"  # of one agency
    ADMINISTRATOR = "administrator"  # of accounts


class Right(StrEnum):
    """The content of a page of the console, or the effect of an act on it."""

    ANYONE = "anyone"  # signed in or not
    SELF = "self"  # one's own session, password and second factor
    FLOW = "flow"  # volumes by sender and recipient, waiting and failing ones; no word of a document
    DOCUMENTS = "documents"  # finding documents; the shown parts are for `seen` and auditing
    CASES = "cases"  # of programmes; whose, and with which words, is for `view`
    EVIDENCE = "evidence"  # the evidence of documents that one may see, with their words
    AGENCIES = "agencies"  # how an agency fares: certificates, fetches, refusals
    RUN = "run"  # changing the directory, notifying again, trying connections
    PROOFS = "proofs"  # the log, its witnesses, its checkpoints
    SYSTEM = "system"  # store, disk, clock, settings
    MAINTAIN = "maintain"  # maintenance mode
    ACCOUNTS = "accounts"  # accounts
    TRAIL = "trail"  # acts on the console
    MAILBOX = "mailbox"  # one's own agency's
    WEBHOOKS = "webhooks"  # endpoints of one's own agency, or of the hub's operator


_O, _A, _C, _M = Role.OPERATOR, Role.AUDITOR, Role.CLERK, Role.ADMINISTRATOR
RIGHTS: Final[Mapping[Right, frozenset[Role]]] = MappingProxyType(
    {
        Right.ANYONE: frozenset(Role),
        Right.SELF: frozenset(Role),
        Right.FLOW: frozenset({_O, _A}),
        Right.DOCUMENTS: frozenset({_O, _A, _C}),
        Right.CASES: frozenset({_O, _A, _C}),
        Right.EVIDENCE: frozenset({_A, _C}),
        Right.AGENCIES: frozenset({_O, _A}),
        Right.RUN: frozenset({_O}),
        Right.PROOFS: frozenset({_O, _A}),
        Right.SYSTEM: frozenset({_O, _A, _M}),
        Right.MAINTAIN: frozenset({_O}),
        Right.ACCOUNTS: frozenset({_M}),
        Right.TRAIL: frozenset({_A, _M}),
        Right.MAILBOX: frozenset({_C}),
        Right.WEBHOOKS: frozenset({_O, _C}),
    }
)


def sees_orders(role: str) -> bool:
    """Whether a caller is told the account that ordered maintenance: operators and auditors are."""
    return role in (OPERATOR, AUDITOR)


def check_right(role: str, right: Right) -> None:
    """Forbidden for a role that has not this right."""
    if role not in RIGHTS[right]:
        raise Forbidden(expected=one_of(sorted(RIGHTS[right])), found=role)


Parties = Callable[[], Sequence[str] | None]
"""Whose documents a name may mean; asked only where it is no identifier. None: anybody's."""


class Seen(NamedTuple):
    """A message that the caller may see. `whole`: all of its life; else the part about `mine`, its own deliveries."""

    message: MessageRow
    mine: tuple[DeliveryRow, ...]
    whole: bool

    @property
    def delivery(self) -> DeliveryRow | None:
        """The caller's own, a readable one before others; None for a caller that sees the whole."""
        readable = (row for row in self.mine if row.state in READABLE)
        return next(readable, self.mine[0] if self.mine else None)

    def covers(self, recipient: str) -> bool:
        """Whether the caller sees the parts about this recipient; empty: those about no single one."""
        return self.whole or not recipient or any(row.recipient == recipient for row in self.mine)

    def check_bytes(self) -> None:
        """PayloadGone where retention has deleted the bytes, DeliveryConflict where the caller may not read them."""
        check_kept(self.message)
        check_readable([row.state for row in self.mine])


async def seen(
    store: Store, directory: Directory, caller: Caller, name: str, at: Millis, side: Side = Side.BOTH
) -> Seen:
    """An agency's view of the message of that name (`find`) that it sent or was sent; else NotFound. For an auditor ask
    `auditing`."""
    on = vietnam_date(at)
    message = await find(store, directory, name, lambda: represented_by(directory, caller.agency, on), side)
    if caller.role != AUDITOR:
        if stands_for(directory, caller.agency, message.sender, on):
            return Seen(message, (), whole=True)
        rows = await store.deliveries(message.number)
        if mine := tuple(row for row in rows if stands_for(directory, caller.agency, row.recipient, on)):
            return Seen(message, mine, whole=False)
    raise NotFound(found=_asked_for(name))


async def find(store: Store, directory: Directory, name: str, parties: Parties, side: Side = Side.BOTH) -> MessageRow:
    """Anybody's message of that identifier; else the one document of these parties (None: of anybody), of that
    DocumentId, or of that number and notation as people compare them. NotFound where none is called that, NameAmbiguous
    where several are. Of an identifier it is not asked here whose it is."""
    asked = Asked.of(name)
    if (identifier := _identifier(asked.text)) is not None:
        message = await store.message(number_of(identifier))
        if message is not None and message.id == identifier:
            return message
    found = await _called(store, directory, asked, parties(), side)
    if not found:
        raise NotFound(found=_asked_for(name))
    families: dict[int, MessageRow] = {}
    for row in found:  # newest first: the last is the document itself, before those that recall or update it
        families[row.original] = row
    meant = list(families.values())
    if len(meant) > 1:
        exact = [row for row in meant if asked.text in (row.code, row.document_id)]
        meant = exact if len(exact) == 1 else meant
    if len(meant) > 1:
        raise _ambiguous("one document", asked, meant)
    return meant[0]


async def _called(
    store: Store, directory: Directory, asked: Asked, parties: Sequence[str] | None, side: Side
) -> list[MessageRow]:
    """The documents of that name, newest first. Of a day that is named the year counts alone where the document's own
    day is not known: only a DocumentId of the custom form tells it."""
    rows, everything = await store.named(Name(document_ids=asked.document_ids, key=asked.key), parties, side)
    if not rows and asked.issuer:
        issuer = directory.get(asked.issuer)
        code = issuer.code if issuer is not None else asked.issuer
        whole = Name(key=matching_key(asked.named.code), sender=code, year=asked.named.year)
        rows, everything = await store.named(whole, parties, side)
        rows = [row for row in rows if _day(row) in (None, asked.named.day)]
    if not everything:
        raise _ambiguous("a name with its issuer and day: too many agencies have documents of that number", asked, rows)
    return rows


def _ambiguous(expected: str, asked: Asked, rows: Sequence[MessageRow]) -> NameAmbiguous:
    documents = [_candidate(row) for row in rows[:MOST_CANDIDATES]]
    return NameAmbiguous(expected=expected, found=asked.text[:80], documents=documents)


def _identifier(text: str) -> str | None:
    """`urn:uuid:…` where it may be the identifier of a message."""
    identifier = f"{_URN}{_asked_for(text).lower()}"
    try:
        number_of(identifier)
    except ValueError:
        return None
    return identifier


def _asked_for(name: str) -> str:
    """The name that the caller asked for, as it is told again: the same whether nothing is called that or it is
    another's."""
    name = name.strip()
    return (name[len(_URN) :] if name[: len(_URN)].lower() == _URN else name)[:80]


def _day(row: MessageRow) -> date | None:
    return Named.of(row.sender, row.document_id, row.code, row.year).day


def _candidate(row: MessageRow) -> dict[str, str]:
    return {
        "id": row.id,
        "code": row.code,
        "date": str(_day(row) or row.year),
        "sender": row.sender,
        "document_id": row.document_id,
        "subject": row.subject,
        "accepted_at": iso_utc(row.accepted_at),
    }


async def evidence(store: Store, directory: Directory, caller: Caller, identifier: str, at: Millis) -> LeafRow:
    """The evidence of that identifier where the caller may see it: it names the caller or no single recipient of a
    message that the caller sees; an auditor sees any, on record. Else NotFound."""
    leaf = await _evidence(store, identifier)
    if leaf is None or not (caller.role == AUDITOR or await _concerns(store, directory, caller, leaf, at)):
        raise NotFound(found=identifier[:80])
    return leaf


async def _evidence(store: Store, identifier: str) -> LeafRow | None:
    try:
        leaf = await store.leaf(number_of(identifier))
    except ValueError:
        return None
    if leaf is None or leaf.kind != Kind.EVIDENCE or decode(leaf.object).identifier != identifier:
        return None
    return leaf


async def _concerns(store: Store, directory: Directory, caller: Caller, leaf: LeafRow, at: Millis) -> bool:
    message = await store.message(leaf.message) if leaf.message is not None else None
    if message is None:
        # Of a refused message there is no row, only its submitter; nor is there one of data.
        sender = decode(leaf.object).sender if leaf.event in _OF_NO_MESSAGE else None
        return sender is not None and stands_for(directory, caller.agency, sender.identifier, vietnam_date(at))
    try:
        found = await seen(store, directory, caller, message.id, at)
    except NotFound:
        return False
    return found.covers(leaf.recipient)


async def part_of(store: Store, found: Seen, asked: str) -> frozenset[str]:
    """Of which recipients a caller gets the life: all (empty), or `asked`, or its own. NotFound where `asked` is none
    that it may ask for."""
    if found.whole and not asked:
        return frozenset()
    rows = await store.deliveries(found.message.number) if found.whole else found.mine
    codes = {row.recipient for row in rows}
    chosen = frozenset(codes & {asked} if asked else codes)
    if not chosen:
        raise NotFound(expected="a recipient of this document", found=asked)
    return chosen


def shows_request(part: Collection[str], request: MessageRow, addressed: Collection[str], *, recall: bool) -> bool:
    """Whether the bytes of a document that took another back go to whom the other's life goes to, which is `part` of
    its recipients (empty: all of it): a recall to all of them, an update or replacement to whom it was addressed."""
    return request.purged_at is None and (recall or set(part) <= set(addressed))


def acting(directory: Directory, caller: Caller, code: str, at: Millis) -> Acting:
    """In whose place the caller acts: that of the agency of this code (its own when empty), if it may act for it or
    succeeded it; else Forbidden."""
    found = acting_for(directory, caller.agency, code or caller.agency, at)
    if found is None:
        raise Forbidden(expected=f"{caller.agency} or an agency that it acts for", found=code)
    return found


def desk(directory: Directory, caller: Caller) -> str:
    """Whose drafts, groups, directions and corrections the caller sees and writes: its own agency's and nobody else's,
    not those of an agency for which it acts. Else Forbidden."""
    own = directory.get(caller.agency) if caller.role == AGENCY else None
    if own is None:
        raise Forbidden(expected="an agency, for its own desk", found=caller.role)
    return own.code


def fares(directory: Directory, caller: Caller, code: str, at: Millis) -> Agency:
    """The agency of that code where the caller may know how it fares: an agency how it does itself, a centre and a
    successor how those do that they act for, operators and auditors how any does. Else NotFound, as for a code that
    no agency has."""
    agency = directory.get(code)
    if agency is not None and (
        caller.role in (OPERATOR, AUDITOR) or stands_for(directory, caller.agency, agency.code, vietnam_date(at))
    ):
        return agency
    raise NotFound(expected="a registered agency", found=code[:80])


def reports_to(directory: Directory, caller: Caller, code: str, at: Millis) -> tuple[Agency, bool]:
    """The agency of that code where the caller may see its reporters and their sums: an agency what is
    reported to itself (the second value says so: with senders' words) and to those below it, operators and auditors
    any. Else NotFound, as for a code that no agency has."""
    agency, on = directory.get(code), vietnam_date(at)
    if agency is None or caller.role in (OPERATOR, AUDITOR):
        if agency is None:
            raise NotFound(expected="a registered agency", found=code[:80])
        return agency, False
    above: Agency | None = agency
    while above is not None:
        if stands_for(directory, caller.agency, above.code, on):
            return agency, above is agency
        above = directory.get(above.parent) if above.parent else None
    raise NotFound(expected="a registered agency", found=code[:80])


def active(directory: Directory, code: str) -> Agency:
    """The agency of that code, which may come in and be recorded; else Unauthenticated, as for a suspended one."""
    agency = directory.get(code)
    if agency is None or agency.suspended:
        raise Unauthenticated(expected="an active agency", found=code[:80])
    return agency


def check_readable(states: Sequence[DeliveryState]) -> None:
    """DeliveryConflict where none of a recipient's deliveries may be read; a sender has none and may."""
    if states and READABLE.isdisjoint(states):
        raise DeliveryConflict(expected="a delivery that may be read", found=states[0].value)


def check_kept(message: MessageRow) -> None:
    """PayloadGone where retention has deleted the message's bytes."""
    if message.purged_at is not None:
        raise PayloadGone(found=f"deleted {iso_utc(message.purged_at)}", message=message.id)


class View(msgspec.Struct, frozen=True):
    """The finds of a caller. `parties`: whose documents; None for everybody's. `everything`: of each of them every
    delivery, and not of what it was sent its own alone. `columns`: the parts of them that it may search. `words`:
    whether it is shown senders' words. `recorded`: whether each search goes on record first."""

    parties: tuple[str, ...] | None
    everything: bool = False
    columns: tuple[str, ...] = COLUMNS
    words: bool = True
    recorded: bool = False

    def sent_by(self, agency: str) -> bool:
        """Whether it sees all of this agency's documents, with every recipient."""
        return self.everything or self.parties is None or agency in self.parties


_ROUTING: Final = (CODE, SENDER, NAMES, TAGS, PLACED)
RECEIVED: Final = tuple(column for column in COLUMNS if column not in (NAMES, PLACED))
"""The parts of a document that its recipient may search: not to whom else it went."""


def view(directory: Directory, caller: Caller, at: Millis, agency: str = "") -> View:
    """`agency`: of this one's documents alone. Forbidden where the caller does not act for it; BadRequest where it acts
    for so many that it has to say for whom."""
    if caller.role in (OPERATOR, AUDITOR):
        named = directory.get(agency)
        whose = (named.code if named is not None else agency,) if agency else None
        if caller.role == OPERATOR:
            return View(whose, everything=True, columns=_ROUTING, words=False)
        return View(whose, everything=True, recorded=True)
    if agency:
        parties = tuple(acting(directory, caller, agency, at).boxes)
    else:
        parties = represented_by(directory, caller.agency, vietnam_date(at))
    if len(parties) > MOST_PARTIES:
        raise BadRequest(expected=f"agency: the caller acts for more than {MOST_PARTIES}", found="none")
    return View(parties)


def sees_case(view: View, parties: Collection[tuple[str, str]]) -> bool:
    """Whether the caller sees a case of a programme, by its parties (role, agency)."""
    return view.parties is None or any(agency in view.parties for _, agency in parties)


def board_root(directory: Directory, caller: Caller, code: str, at: Millis) -> str:
    """The agency below which a board counts. An agency sees the figures of all below it, and so does its centre, and
    whoever stands above it; who watches the axis sees all (empty). NotFound for another's, as for a code that none
    has."""
    agency = directory.get(code) if code else None
    if caller.role in (OPERATOR, AUDITOR):
        if code and agency is None:
            raise NotFound(expected="a registered agency", found=code[:80])
        return agency.code if agency is not None else ""
    on, asked = vietnam_date(at), code or caller.agency
    here, passed = directory.get(asked), set[str]()
    while here is not None and here.code not in passed:
        if stands_for(directory, caller.agency, here.code, on):
            return directory[asked].code
        passed.add(here.code)
        here = directory.get(here.parent) if here.parent else None
    raise NotFound(expected="a registered agency", found=code[:80])


def masked(view: View, message: MessageRow, detail: Detail | None) -> tuple[MessageRow, Detail | None]:
    """The shown parts of them. Days and counts route nobody's secrets; words may."""
    if view.words:
        return message, detail
    bare = msgspec.structs.replace(message, subject="", type_name="")
    if detail is None:
        return bare, None
    kept = Detail(
        promulgated=detail.promulgated, due=detail.due, attached=detail.attached, certificate=detail.certificate
    )
    return bare, kept
