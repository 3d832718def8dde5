"""A caller's question, and the form in which the index and the record are asked.

A question is hostile input. It is folded like the documents, so no syntax of an index is left in it; it has at most
`MOST_PIECES` pieces; and a caller cannot ask for members that it may not see (`hub.access.View`): each branch of the
question names whose documents it looks through and in which columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

import msgspec

from hub.access import RECEIVED, View
from hub.core.directory.routing import Directory
from hub.core.errors import BadRequest
from hub.core.ids import number_of
from hub.core.misfit import one_of
from hub.core.model import DeliveryState, Millis, Tier
from hub.core.words import fold, span_tags, tag, words
from hub.finding.entries import (
    APPLICATION,
    DOCUMENT_ID,
    KIND,
    PRIORITY,
    RECIPIENTS_TIER,
    SENDERS_TIER,
    SENT_BY,
    SENT_TO,
    SHA256,
    TASK,
    VERDICT,
    of_word,
)
from hub.store.search import PLACED, TAGS, Branch, Match, OneOf, Phrase

MOST_PIECES: Final = 12
KINDS: Final = {"new": 0, "recall": 1, "update": 2, "replacement": 3}
Line = Annotated[str, msgspec.Meta(max_length=300)]

_PIECE: Final = re.compile(r'"([^"]*)"|(\S+)')
_DIGEST: Final = re.compile(r"(?:sha-256:)?([0-9a-f]{64})")
_EARLIEST, _LATEST = date(1, 1, 1), date(9999, 12, 31)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question; an empty member asks for nothing.

    `text`: words, `"words in a row"`, a number and notation, or any identifier (UUID, DocumentId, SHA-256). `agency`:
    documents of this one. `sender`, `recipient`: codes of either system. `since` up to `until` (without it): when the
    hub accepted it. `dated_since` to `dated_until` (both included): its promulgation. `state`: a delivery that the
    caller sees has it. `before`: the cursor, number of the last document that was looked at.
    `arrival`: the number under which the caller's own agency registered it, `1287` of this year or `1287/2026`.
    """

    text: str = ""
    agency: str = ""
    sender: str = ""
    recipient: str = ""
    sender_tier: Tier | None = None
    recipient_tier: Tier | None = None
    kind: str = ""
    state: DeliveryState | None = None
    verdict: str = ""
    priority: int | None = None
    task: str = ""
    application: str = ""
    since: Millis | None = None
    until: Millis | None = None
    dated_since: date | None = None
    dated_until: date | None = None
    oldest: bool = False
    limit: int = 50
    cursor: int | None = None
    arrival: str = ""

    @property
    def identifier(self) -> str:
        """The message that the text names by its own identifier, empty where it names none."""
        given = self.text.strip().lower()
        given = given if given.startswith("urn:uuid:") else f"urn:uuid:{given}"
        try:
            number_of(given)
        except ValueError:
            return ""
        return given


def arrival_of(text: str, today: date) -> tuple[int, int]:
    """Year and number. BadRequest for a text that is none."""
    number, slash, year = (part.strip() for part in text.strip().partition("/"))
    told = [part for part in (number, year) if part]
    if not number or (slash and not year) or not all(p.isascii() and p.isdecimal() and len(p) < 10 for p in told):
        raise BadRequest(expected="an arrival number, as 1287 or 1287/2026", found=text[:40])
    return int(year) if year else today.year, int(number)


def match_of(asked: Asked, view: View, directory: Directory) -> Match | None:
    """None: every document of everybody."""
    branches = [
        (*whose, *filters, *texts)
        for whose, filters, columns in _sides(asked, view, directory)
        for texts in _texts(asked.text, columns)
    ]
    return tuple(branches) if all(branches) else None


def _sides(asked: Asked, view: View, directory: Directory) -> Iterator[tuple[Branch, Branch, tuple[str, ...]]]:
    """Whose documents, the other conditions, and where words may stand: once as their sender, once as a recipient."""
    common = tuple(_filters(asked, directory, view))
    to = _recipients(asked, directory)
    if view.parties is None:
        yield (), (*common, *to), view.columns
        return
    yield (_any(SENT_BY, TAGS, view.parties),), (*common, *to), view.columns
    if view.everything:
        yield (_any(SENT_TO, PLACED, view.parties),), (*common, *to), view.columns
        return
    mine = [code for code in view.parties if _is_asked_for(asked, directory, code)]
    if mine:
        columns = tuple(column for column in view.columns if column in RECEIVED)
        yield (_any(SENT_TO, PLACED, mine),), common, columns


def _is_asked_for(asked: Asked, directory: Directory, code: str) -> bool:
    """Whether a recipient's own delivery is asked for; of others' it is not told."""
    agency = directory.get(code)
    named = not asked.recipient or _code(directory, asked.recipient) == code
    return named and (asked.recipient_tier is None or (agency is not None and agency.tier is asked.recipient_tier))


def _filters(asked: Asked, directory: Directory, view: View) -> Iterator[OneOf]:
    if asked.sender:
        yield _any(SENT_BY, TAGS, [_code(directory, asked.sender)])
    if asked.sender_tier is not None:
        yield _word(SENDERS_TIER, TAGS, asked.sender_tier)
    if asked.kind:
        if asked.kind not in KINDS:
            raise BadRequest(expected=one_of(KINDS), found=asked.kind[:40])
        yield _word(KIND, TAGS, str(KINDS[asked.kind]))
    if asked.verdict:
        yield _word(VERDICT, TAGS, asked.verdict)
    if asked.priority is not None:
        yield _word(PRIORITY, TAGS, str(asked.priority))
    if (asked.task or asked.application) and not view.words:
        expected = "no task or application: who sees routing data alone"
        raise BadRequest(expected=expected, found="a filter by words")
    if asked.task:
        yield _any(TASK, TAGS, [fold(asked.task)])
    if asked.application:
        yield _any(APPLICATION, TAGS, [fold(asked.application)])
    if asked.dated_since is not None or asked.dated_until is not None:
        days = span_tags(asked.dated_since or _EARLIEST, asked.dated_until or _LATEST)
        yield OneOf((TAGS,), tuple(Phrase((day,)) for day in days or ("none",)))


def _recipients(asked: Asked, directory: Directory) -> Branch:
    found: list[OneOf] = []
    if asked.recipient:
        found.append(_any(SENT_TO, PLACED, [_code(directory, asked.recipient)]))
    if asked.recipient_tier is not None:
        found.append(_word(RECIPIENTS_TIER, PLACED, asked.recipient_tier))
    return tuple(found)


def _texts(text: str, columns: tuple[str, ...]) -> Iterator[Branch]:
    """The text as words; and where it may be an identifier, as that."""
    given = unicodedata.normalize("NFC", text.strip())
    if not given:
        yield ()
        return
    digest = _DIGEST.fullmatch(given.lower())
    if digest is not None:
        yield (_any(SHA256, TAGS, [digest[1]]),)
        return
    yield (_any(DOCUMENT_ID, TAGS, [given]),)
    places = tuple(column for column in columns if column not in (TAGS, PLACED))
    pieces = list(_pieces(given))
    if len(pieces) > MOST_PIECES:
        raise BadRequest(expected=f"at most {MOST_PIECES} words", found=str(len(pieces)))
    if pieces:
        yield tuple(OneOf(places, phrases) for phrases in pieces)


def _pieces(text: str) -> Iterator[tuple[Phrase, ...]]:
    """Each word, or words in a row: in quotes, or joined as number and notation are. A number is looked for without the
    zeros before it as well. Words are whole: an index reads all of itself for a beginning that many words have."""
    for quoted, plain in _PIECE.findall(text):
        found = words(quoted or plain)
        if not found:
            continue
        phrases = [Phrase(found)]
        bare = found[0].lstrip("0")
        if bare != found[0] and bare.isdecimal():
            phrases.append(Phrase((bare, *found[1:])))
        yield tuple(phrases)


def _any(kind: str, column: str, values: tuple[str, ...] | list[str]) -> OneOf:
    return OneOf((column,), tuple(Phrase((tag(kind, value),)) for value in values))


def _word(kind: str, column: str, word: str) -> OneOf:
    return OneOf((column,), (Phrase((of_word(kind, word),)),))


def _code(directory: Directory, given: str) -> str:
    agency = directory.get(given)
    return agency.code if agency is not None else given
