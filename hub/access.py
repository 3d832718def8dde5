"""Who may see which message: its sender, its recipients, the centres that act for them, and the successors of those
that have ended. Nobody else is told that it exists. And which page of the console is whose.

A search shows the same and no more (`View`). An agency finds what it may see: of what it sent all of it, of what it was
sent its own delivery, and it cannot ask who else received it. An operator finds every document by what routes it, and
is told nothing that its sender wrote in words: nor may it search by that, for a search answers too. An auditor finds
and sees everything, on record (`hub.auditing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from hub.admission.submission import Caller
from hub.core.directory.routing import Directory, predecessors, stands_for
from hub.core.directory.routing import represented as represented_by
from hub.core.edxml.detail import Detail
from hub.core.edxml.naming import Asked, Named, matching_key
from hub.core.errors import BadRequest, DeliveryConflict, Forbidden, NameAmbiguous, NotFound, PayloadGone
from hub.core.ids import number_of
from hub.core.model import Agency, DeliveryState, iso_utc
from hub.store import DeliveryRow, MessageRow, Name, Side, Store
from hub.store.search import CODE, COLUMNS, NAMES, PLACED, SENDER, TAGS

OPERATOR: Final = "operator"
AGENCY: Final = "agency"
AUDITOR: Final = "auditor"
MOST_PARTIES: Final = 1_000
"""Agencies whose documents one search looks through."""
_URN: Final = "urn:uuid:"
MOST_CANDIDATES: Final = 20
"""Documents that are told of where a name may mean several."""

READABLE: Final = frozenset({DeliveryState.WAITING, DeliveryState.HANDED_OVER})
"""States in which a recipient may read the bytes. What it refused it gave back with that (NĐ 30/2020 Art. 21.2)."""


class Role(StrEnum):
    """Of a person who signs in to the console; each account has one."""

    OPERATOR = "operator"  # runs the axis, and reads no document
    AUDITOR = "auditor"  # reads everything, each look on record
    CLERK = "clerk"  # of one agency
    ADMINISTRATOR = "administrator"  # of accounts


class Right(StrEnum):
    """What a page of the console shows, or an act on it does."""

    ANYONE = "anyone"  # signed in or not
    SELF = "self"  # one's own session, password and second factor
    FLOW = "flow"  # how much of what goes from where to where, what waits, what fails; no word of a document
    DOCUMENTS = "documents"  # finding documents; what of each is shown, `visible` and auditing decide
    AGENCIES = "agencies"  # how an agency fares: certificates, fetches, refusals
    RUN = "run"  # changing the directory, notifying again, trying connections
    PROOFS = "proofs"  # the log, its witnesses, its checkpoints
    SYSTEM = "system"  # store, disk, clock, settings
    MAINTAIN = "maintain"  # maintenance mode
    ACCOUNTS = "accounts"  # who may sign in
    TRAIL = "trail"  # who did what on the console
    MAILBOX = "mailbox"  # one's own agency's


_O, _A, _C, _M = Role.OPERATOR, Role.AUDITOR, Role.CLERK, Role.ADMINISTRATOR
RIGHTS: Final[Mapping[Right, frozenset[Role]]] = MappingProxyType(
    {
        Right.ANYONE: frozenset(Role),
        Right.SELF: frozenset(Role),
        Right.FLOW: frozenset({_O, _A}),
        Right.DOCUMENTS: frozenset({_O, _A, _C}),
        Right.AGENCIES: frozenset({_O, _A}),
        Right.RUN: frozenset({_O}),
        Right.PROOFS: frozenset({_O, _A}),
        Right.SYSTEM: frozenset({_O, _A, _M}),
        Right.MAINTAIN: frozenset({_O}),
        Right.ACCOUNTS: frozenset({_M}),
        Right.TRAIL: frozenset({_A, _M}),
        Right.MAILBOX: frozenset({_C}),
    }
)


def check_right(role: str, right: Right) -> None:
    """Forbidden for a role that has not this right."""
    if role not in RIGHTS[right]:
        raise Forbidden(expected=" or ".join(sorted(RIGHTS[right])), found=role)


Parties = Callable[[], Sequence[str] | None]
"""Whose documents a name may mean; asked only where it is no identifier. None: anybody's."""


async def visible(
    store: Store, directory: Directory, caller: Caller, name: str, on: date, side: Side = Side.BOTH
) -> tuple[MessageRow, list[DeliveryRow]]:
    """The message of that name (`find`) where the caller is its sender (then no deliveries) or a recipient (then its
    own); else NotFound."""
    message = await find(store, directory, name, lambda: represented_by(directory, caller.agency, on), side)
    if stands_for(directory, caller.agency, message.sender, on):
        return message, []
    rows = await store.deliveries(message.number)
    if mine := [row for row in rows if stands_for(directory, caller.agency, row.recipient, on)]:
        return message, mine
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
    for row in found:  # newest first: the last is the document itself, before what recalls or updates it
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
    """What the caller asked for, as it is told again: the same whether nothing is called that or it is another's."""
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


def represented(directory: Directory, caller: Caller, code: str, on: date) -> Agency:
    """The agency of that code (the caller's own when empty), if the caller may act for it or succeeded it; else
    Forbidden."""
    agency = directory.get(code or caller.agency)
    if agency is None or not stands_for(directory, caller.agency, agency.code, on):
        raise Forbidden(expected=f"{caller.agency} or an agency that it acts for", found=code)
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
    """What a caller finds. `parties`: whose documents; None for everybody's. `everything`: of each of them every
    delivery, and not of what it was sent its own alone. `columns`: what of them it may search. `words`: whether it is
    shown what senders wrote. `recorded`: whether each search goes on record first."""

    parties: tuple[str, ...] | None
    everything: bool = False
    columns: tuple[str, ...] = COLUMNS
    words: bool = True
    recorded: bool = False

    def sent_by(self, agency: str) -> bool:
        """Whether it sees all of what this agency sent, with every recipient."""
        return self.everything or self.parties is None or agency in self.parties


_ROUTING: Final = (CODE, SENDER, NAMES, TAGS, PLACED)
RECEIVED: Final = tuple(column for column in COLUMNS if column not in (NAMES, PLACED))
"""What of a document its recipient may search: not to whom else it went."""


def view(directory: Directory, caller: Caller, on: date, agency: str = "") -> View:
    """`agency`: of this one's documents alone. Forbidden where the caller does not act for it; BadRequest where it acts
    for so many that it has to say for whom."""
    if caller.role in (OPERATOR, AUDITOR):
        named = directory.get(agency)
        whose = (named.code if named is not None else agency,) if agency else None
        if caller.role == OPERATOR:
            return View(whose, everything=True, columns=_ROUTING, words=False)
        return View(whose, everything=True, recorded=True)
    if agency:
        own = represented(directory, caller, agency, on).code
        parties = (own, *predecessors(directory, own, on))
    else:
        parties = represented_by(directory, caller.agency, on)
    if len(parties) > MOST_PARTIES:
        raise BadRequest(expected=f"agency: the caller acts for more than {MOST_PARTIES}", found="none")
    return View(parties)


def masked(view: View, message: MessageRow, detail: Detail | None) -> tuple[MessageRow, Detail | None]:
    """What of them is shown. Days and counts route nobody's secrets; words may."""
    if view.words:
        return message, detail
    bare = msgspec.structs.replace(message, subject="", type_name="")
    if detail is None:
        return bare, None
    kept = Detail(
        promulgated=detail.promulgated, due=detail.due, attached=detail.attached, certificate=detail.certificate
    )
    return bare, kept
