"""The life of one document as people read it: for each recipient the four steps, and the course of events.

The first step is transport: the recipient signed for the bytes. The others are the recipient's own word. Each step that
was made is one evidence. Of a document that went to 11,000 places no more is decoded than is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Evidence, Kind
from hub.core.model import DeliveryState, Millis
from hub.store import DeliveryRow, LeafRow

GROUPED_ABOVE: Final = 20
PAGE: Final = 20
LINES: Final = 50

ORDER: Final = (
    *("expired", "refused", "take_back_pending", "waiting", "handed_over", "01", "03", "04", "05", "06", "taken_back"),
)
"""Keys of states: problems first."""
PROBLEMS: Final = frozenset({"expired", "refused", "waiting", "take_back_pending"})

_STEP_OF: Final[Mapping[str, int]] = MappingProxyType(
    {
        Event.CONTENT_HANDOVER.short: 0,
        Event.CONSIGNMENT_ACCEPTANCE.short: 1,
        Event.CONSIGNMENT_REJECTION.short: 1,
    }
)
_STEP_OF_STATUS: Final = MappingProxyType({"04": 2, "05": 2, "06": 3})
_REACHED: Final = MappingProxyType({"01": 1, "02": 1, "03": 2, "04": 3, "05": 3, "06": 4})
"""By a recipient's last report: how many steps it has made."""
_BESIDE: Final = frozenset(
    {
        Event.DOCUMENT_LOOKED_AT.short,
        Event.EVIDENCE_EXPORTED.short,
        Event.NOTIFICATION_DELIVERED.short,
        Event.CONSIGNMENT_NOTIFICATION.short,
        Event.CONTENT_CONSIGNMENT.short,
    }
)
"""Events that are told on demand."""


class Dot(NamedTuple):
    """A step that was made. `evidence`: its identifier without its scheme; empty for whom it is not told. `returned`:
    it was a refusal."""

    at: Millis | None
    evidence: str = ""
    signed: bool = False
    returned: bool = False
    code: str = ""


class Place(NamedTuple):
    """A recipient, and how far it is: a dot or None for each of the four steps. `status`: the message in which it said
    why it returned the document."""

    row: DeliveryRow
    state: str
    dots: tuple[Dot | None, ...]
    status: str = ""


class Line(NamedTuple):
    """A line of the timeline."""

    leaf: int
    evidence: Evidence

    @property
    def code(self) -> str:
        return self.evidence.status.code if self.evidence.status is not None else ""

    @property
    def recipient(self) -> str:
        return self.evidence.recipients[0].identifier if len(self.evidence.recipients) == 1 else ""

    @property
    def identifier(self) -> str:
        return self.evidence.identifier.removeprefix("urn:uuid:")


def state_of(row: DeliveryRow) -> str:
    """The key of a state that people are told."""
    if row.pending is not None:
        return "take_back_pending"
    if row.state is DeliveryState.HANDED_OVER and row.progress:
        return row.progress
    return row.state.value


def counted(rows: Iterable[DeliveryRow]) -> list[tuple[str, int]]:
    """How many are in each state, problems first."""
    found = Counter(map(state_of, rows))
    return sorted(found.items(), key=lambda item: _place(item[0]))


def _place(state: str) -> int:
    return ORDER.index(state) if state in ORDER else len(ORDER)


def ordered(rows: Iterable[DeliveryRow], state: str) -> list[DeliveryRow]:
    """Those in that state (empty: all), problems first, and of those the ones that were warned."""
    found = [row for row in rows if not state or state_of(row) == state]
    return sorted(found, key=lambda row: (_place(state_of(row)), not row.warned))


def places(rows: Sequence[DeliveryRow], leaves: Sequence[LeafRow], *, told: bool) -> list[Place]:
    """`told`: with evidence; else by the states alone."""
    wanted = {row.recipient for row in rows}
    dots: dict[tuple[str, int], Dot] = {}
    statuses: dict[str, str] = {}
    for leaf in leaves if told else ():
        if leaf.recipient not in wanted or leaf.kind != Kind.EVIDENCE or not _is_step(leaf.event):
            continue
        evidence = ev.decode(leaf.object)
        code = evidence.status.code if evidence.status is not None else ""
        step = _STEP_OF.get(leaf.event, _STEP_OF_STATUS.get(code))
        if step is None:
            continue
        returned = evidence.event is Event.CONSIGNMENT_REJECTION
        if returned and evidence.status is not None:
            statuses[leaf.recipient] = evidence.status.message
        signed = bool(evidence.counter and evidence.counter.digest)
        name = evidence.identifier.removeprefix("urn:uuid:")
        dots[leaf.recipient, step] = Dot(evidence.at, name, signed, returned, code)
    return [
        Place(
            row,
            state_of(row),
            tuple(dots.get((row.recipient, step)) for step in range(4)) if told else _by_state(row),
            statuses.get(row.recipient, ""),
        )
        for row in rows
    ]


def _is_step(event: str) -> bool:
    return event in _STEP_OF or event == Event.BUSINESS_STATUS.short


def _by_state(row: DeliveryRow) -> tuple[Dot | None, ...]:
    if row.handed_at is None:
        return (None,) * 4
    returned = row.state is DeliveryState.REFUSED
    reached = 2 if returned else max(1, _REACHED.get(row.progress, 1))
    first = Dot(row.handed_at)
    others = [Dot(row.ended_at if returned else None, returned=returned)] * (reached - 1)
    return (first, *others, *(None,) * (4 - reached))


def lines(leaves: Sequence[LeafRow], page: int, *, everything: bool) -> tuple[list[Line], int, int]:
    """A page of the timeline, newest first; how many main events there are, and how many in all."""
    evidence = [leaf for leaf in leaves if leaf.kind == Kind.EVIDENCE]
    main = [leaf for leaf in evidence if leaf.event not in _BESIDE]
    chosen = (evidence if everything else main)[::-1][(page - 1) * LINES : page * LINES]
    return [Line(leaf.number, ev.decode(leaf.object)) for leaf in chosen], len(main), len(evidence)
