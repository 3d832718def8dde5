"""Cases, boards and faults as records of the wire, and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from hub.core import wire_programmes as wire
from hub.core.directory.routing import Directory
from hub.core.errors import Text
from hub.core.model import iso_utc
from hub.core.terms import term
from hub.following import asking
from hub.programmes import boards, riding
from hub.programmes.riding import Marked, Programme, Vocabulary
from hub.store.programmes import CaseRow, EventRow, FaultRow, Figures

MOST_LINES: Final = 1_000
_NONE: Final = Figures(0, 0, 0, 0)


def words(named: Mapping[str, Text]) -> tuple[wire.Word, ...]:
    return tuple(wire.Word(code=code, vi=text.vi, en=text.en) for code, text in named.items())


def kind_of(programme: Programme, figures: Mapping[str, Figures]) -> wire.ProgrammeKind:
    has, said = figures.get(programme.name, _NONE), programme.words
    return wire.ProgrammeKind(
        name=programme.name,
        vi=said.title.vi,
        en=said.title.en,
        version=programme.version,
        cases=has.cases,
        open=has.open,
        events=has.events,
        faults=has.faults,
        packets=tuple(programme.packets),
        kinds=words(said.kinds),
        states=words(said.states),
        roles=words(said.roles),
        acts=words(said.acts),
        measures=words(said.measures),
        problems=words(said.faults),
    )


def name_of(directory: Directory, code: str) -> str:
    agency = directory.get(code)
    return agency.name if agency is not None else ""


def case(
    row: CaseRow, programme: Programme, directory: Directory, day: date, *, told: bool, whole: bool = False
) -> wire.Case:
    """`told`: with its words; `whole`: with its body."""
    one = row.case
    marks = programme.marks(one, day) if isinstance(programme, Marked) else {}
    return wire.Case(
        programme=row.programme,
        id=one.id,
        kind=one.kind,
        state=one.state,
        parties=tuple(wire.Party(role=role, agency=code, name=name_of(directory, code)) for role, code in one.parties),
        opened=one.opened.isoformat(),
        title=one.title if told else "",
        due=_day(one.due),
        ended=_day(one.ended),
        late=one.late,
        overdue=one.ended is None and one.due is not None and one.due < day,
        marks=words(marks),
        body=msgspec.json.decode(one.body) if told and whole else None,
    )


def cases(found: asking.Cases, programme: Programme, directory: Directory) -> wire.Cases:
    items = tuple(case(row, programme, directory, found.day, told=found.words) for row in found.page.rows)
    return wire.Cases(items=items, cursor=found.page.cursor, behind=found.behind)


def life(found: asking.OneCase, programme: Programme, directory: Directory) -> wire.CaseLife:
    return wire.CaseLife(
        case=case(found.row, programme, directory, found.day, told=found.words, whole=True),
        events=tuple(event(row, directory, told=found.words) for row in found.events),
        after=found.after,
    )


def event(row: EventRow, directory: Directory, *, told: bool) -> wire.CaseEvent:
    one = row.event
    return wire.CaseEvent(
        act=one.act,
        day=one.day.isoformat(),
        at=iso_utc(one.at),
        document=one.document,
        by=one.by,
        name=name_of(directory, one.by),
        body=one.body if told else None,
    )


def line(one: boards.Line, code: str = "", name: str = "", tier: str = "") -> wire.BoardLine:
    return wire.BoardLine(
        code=code,
        name=name,
        tier=tier,
        agencies=len(one.agencies),
        total=one.total,
        open=one.open,
        overdue=one.overdue,
        ended=one.ended,
        late=one.late,
        states=dict(sorted(one.states.items())),
    )


def board(found: asking.OneBoard, name: str, directory: Directory) -> wire.Board:
    made = found.made(directory)
    listed = dict(made.lines)
    left: list[boards.Line] = []
    if len(listed) > MOST_LINES:
        largest = sorted(listed, key=lambda code: (-listed[code].total, code))
        left = [listed.pop(code) for code in largest[MOST_LINES:]]
    return wire.Board(
        programme=name,
        role=found.role,
        day=found.day.isoformat(),
        root=found.root,
        total=line(made.total),
        lines=tuple(_line_of(directory, code, one) for code, one in listed.items()),
        tiers=tuple(line(one, tier=tier) for tier, one in sorted(made.tiers.items())),
        behind=found.behind,
        left_out=len(left),
        rest=line(boards.added(left)) if left else None,
    )


def _line_of(directory: Directory, code: str, one: boards.Line) -> wire.BoardLine:
    agency = directory.get(code)
    return line(one, code, agency.name if agency else "", agency.tier.value if agency else "")


def fault(row: FaultRow, programmes: Mapping[str, Programme], *, told: bool) -> wire.RiddenFault:
    """The text that was found stands in the document: it is for callers alone that may read the document."""
    one = row.fault
    programme = programmes.get(row.programme)
    means = riding.meaning(one.code, programme.words if programme is not None else None)
    said = one.said if told else Text("", "")
    return wire.RiddenFault(
        programme=row.programme,
        document=row.document,
        sender=row.sender,
        at=iso_utc(row.at),
        code=one.code,
        vi=": ".join(filter(None, (means.vi, said.vi))),
        en=": ".join(filter(None, (means.en, said.en))),
        place=one.place if told else "",
        expected=one.expected if told else "",
        found=one.found if told else "",
    )


# Tables.


CASE_COLUMNS: Final = (
    "Mã|Loại|Trạng thái|Nội dung|Các bên|Bắt đầu|Hạn|Kết thúc|Quá hạn",
    "Case|Kind|State|Title|Parties|Opened|Due|Ended|Late",
)
BOARD_COLUMNS: Final = (
    "Mã|Cơ quan|Cấp|Số cơ quan|Tổng số|Đang mở|Trong đó quá hạn|Đã xong|Trong đó quá hạn",
    "Code|Agency|Tier|Agencies|Total|Open|of these overdue|Ended|of these late",
)


def head(columns: tuple[str, str], lang: str) -> list[str]:
    return columns[lang != "vi"].split("|")


def case_cells(items: Sequence[wire.Case], said: Vocabulary, lang: str) -> Iterator[list[str]]:
    for one in items:
        parties = "; ".join(f"{_told(said.roles, p.role, lang)}: {p.name or p.agency}" for p in one.parties)
        late = one.overdue or bool(one.late)
        yield [
            one.id,
            _told(said.kinds, one.kind, lang),
            _told(said.states, one.state, lang),
            one.title,
            parties,
            one.opened,
            one.due,
            one.ended,
            ("có" if lang == "vi" else "yes") if late else "",
        ]


def board_cells(found: wire.Board, lang: str) -> Iterator[list[str]]:
    total = "Tổng" if lang == "vi" else "Total"
    rest = (("Các cơ quan khác" if lang == "vi" else "Others"), found.rest)
    rows = [(one.name, one) for one in found.lines] + ([rest] if found.rest else []) + [(total, found.total)]
    for name, one in rows:
        if one is not None:
            figures = (one.agencies, one.total, one.open, one.overdue, one.ended, one.late)
            yield [one.code, name, term(lang, one.tier) if one.tier else "", *map(str, figures)]


def _told(named: Mapping[str, Text], code: str, lang: str) -> str:
    text = named.get(code)
    return code if text is None else text.vi if lang == "vi" else text.en


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
