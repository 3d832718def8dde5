"""Programmes' data: cases with their events, boards, faults. Days are of Vietnam, `2026-11-22`."""

from __future__ import annotations

from typing import Any

from hub.core.wire import Wire


class Word(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A word of a programme, in both languages."""

    code: str
    vi: str
    en: str


class ProgrammeKind(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A programme: its words, its data packets, and how much it has."""

    name: str
    vi: str
    en: str
    version: int
    cases: int = 0
    open: int = 0
    events: int = 0
    faults: int = 0
    packets: tuple[str, ...] = ()
    kinds: tuple[Word, ...] = ()
    states: tuple[Word, ...] = ()
    roles: tuple[Word, ...] = ()
    acts: tuple[Word, ...] = ()
    measures: tuple[Word, ...] = ()
    problems: tuple[Word, ...] = ()


class Programmes(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`behind`: accepted documents that are not in the cases yet. `problems`: codes of faults that are no programme's
    own."""

    items: tuple[ProgrammeKind, ...]
    behind: int = 0
    problems: tuple[Word, ...] = ()


class Party(Wire, frozen=True, kw_only=True, omit_defaults=True):
    role: str
    agency: str
    name: str = ""


class Case(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A case as its reader may see it. `late`: of an ended one, whether it ended after its deadline; `overdue`: an open
    one whose deadline is over on the day of the answer; `marks` are of that day too. `title` and `body` are left out
    for a caller that may read no document."""

    programme: str
    id: str
    kind: str
    state: str
    parties: tuple[Party, ...]
    opened: str
    title: str = ""
    due: str = ""
    ended: str = ""
    late: bool | None = None
    overdue: bool = False
    marks: tuple[Word, ...] = ()
    body: Any = None


class Cases(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`cursor` continues, empty at the end; a page may hold less than its limit and still have one."""

    items: tuple[Case, ...]
    cursor: str = ""
    behind: int = 0


class CaseEvent(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An effect of a document. `document`: its identifier; its receipt (`GET /v1/documents/{id}/receipt`) proves the
    event. `day`: that counts, of the document itself; `at`: when the hub accepted it."""

    act: str
    day: str
    at: str
    document: str
    by: str
    name: str = ""
    body: Any = None


class CaseLife(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`after` continues the events, 0 at the end."""

    case: Case
    events: tuple[CaseEvent, ...]
    after: int = 0


class BoardLine(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """Counts of cases. `total` = `open` + `ended` = the sum of `states`; `overdue` is a part of `open`, `late` of
    `ended`. `agencies`: how many have any. `code` and `name` of an agency, or of a tier alone."""

    code: str = ""
    name: str = ""
    tier: str = ""
    agencies: int = 0
    total: int = 0
    open: int = 0
    overdue: int = 0
    ended: int = 0
    late: int = 0
    states: dict[str, int] = {}


class Board(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`lines`: the agencies directly below `root`, each with all below it, and `root` alone; they sum up to `total`,
    and so do `tiers`. Of very many the `left_out` smallest lines are not listed; `rest` counts them."""

    programme: str
    role: str
    day: str
    total: BoardLine
    lines: tuple[BoardLine, ...]
    tiers: tuple[BoardLine, ...]
    root: str = ""
    behind: int = 0
    left_out: int = 0
    rest: BoardLine | None = None


class RiddenFault(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a document that a programme did not understand, which was accepted and delivered all the same. `place`:
    a field of the header, or a file and a path in it; in both languages the code's meaning, and the right form."""

    programme: str
    document: str
    sender: str
    at: str
    code: str
    vi: str
    en: str
    place: str = ""
    expected: str = ""
    found: str = ""


class RiddenFaults(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`cursor` continues, empty at the end."""

    items: tuple[RiddenFault, ...]
    cursor: str = ""
