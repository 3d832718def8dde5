"""An agency's own desk, as records: drafts, groups of recipients, directions, corrections of its registers.

None of it is evidence, and nothing of it leaves the agency. Days are `yyyy-MM-dd`, empty = none.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.core.wire import Identifier, Wire

_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Day = Annotated[
    str, msgspec.Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$(?!\n)", max_length=10, examples=["2026-11-22"])
]
GroupName = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Register = Literal["in", "out"]


class DraftFile(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An attachment of a draft; `data` base64."""

    name: Annotated[str, msgspec.Meta(max_length=255)]
    data: bytes


class DraftLetter(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The text typed so far, checked when it is sent and not before. `to`: codes; `answers`, `of`: documents."""

    number: _Short = ""
    notation: _Short = ""
    day: _Day = ""
    place: _Short = ""
    to: Annotated[tuple[Code, ...], msgspec.Meta(max_length=1000)] = ()
    kind: _Short = "Công văn"
    subject: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    priority: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    due: _Day = ""
    position: _Short = ""
    signer: _Short = ""
    answers: _Short = ""
    of: _Short = ""
    change: Literal["", "update", "replacement"] = ""
    reason: _Text = ""
    files: Annotated[tuple[DraftFile, ...], msgspec.Meta(max_length=100)] = ()


class SaveDraft(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`id` 0: a new one. Else `saved_at`: of the draft that was read, so that nobody's later words are lost."""

    letter: DraftLetter
    id: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0
    saved_at: _Short = ""


class LetterDraft(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A draft that is kept, durably. `letter` where one was asked for; `size` of all that is kept of it, in bytes."""

    id: int
    saved_at: str
    by: str = ""
    subject: str = ""
    to: int = 0
    files: int = 0
    size: int = 0
    letter: DraftLetter | None = None


class LetterDrafts(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The one that was saved last comes first. `most`, `most_bytes`: of one agency."""

    items: list[LetterDraft]
    most: int
    most_bytes: int


class Group(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Recipients by a name of the agency's own."""

    name: GroupName
    members: Annotated[list[Code], msgspec.Meta(min_length=1, max_length=1000)]


class Member(Wire, frozen=True, kw_only=True, omit_defaults=True):
    code: str
    name: str


class Members(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The agencies that a group means today. `left_out`: members that get nothing any more, and why."""

    name: str
    items: list[Member]
    left_out: list[str] = []


class GroupLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`own`: kept by the agency; else made of the directory whenever it is asked for. `count`: members today."""

    name: str
    count: int
    own: bool = False
    vi: str = ""
    en: str = ""


class Groups(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[GroupLine]


class NewDirection(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A leader's note (bút phê) on a document that came in: `leader` directs that `lead`, together with `support`, does
    `what` until `due`."""

    document: _Short
    leader: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    lead: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    support: _Short = ""
    what: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    due: _Day = ""


class Direction(Wire, frozen=True, kw_only=True, omit_defaults=True):
    id: int
    at: str
    document: Identifier
    code: str
    subject: str
    leader: str
    lead: str
    what: str
    support: str = ""
    due: str = ""
    by: str = ""
    arrival: int = 0


class Directions(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Newest first; a page may be short, or empty, and still have a `cursor`."""

    items: list[Direction]
    cursor: str = ""


class NewCorrection(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The line of `document` in a register, as it should have been: `cells` by the names of its columns. What they said
    before stays readable, struck out."""

    document: _Short
    book: Register
    cells: Annotated[dict[_Short, _Text], msgspec.Meta(min_length=1, max_length=10)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Correction(Wire, frozen=True, kw_only=True, omit_defaults=True):
    id: int
    at: str
    document: Identifier
    book: Register
    was: dict[str, str]
    cells: dict[str, str]
    reason: str
    by: str = ""


class Corrections(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[Correction]
    cursor: str = ""
