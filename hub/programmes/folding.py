"""A document through all programmes: read by each that it concerns, and applied to their cases.

Pure: the cases are given and taken back. An error of a programme is a fault of that document and that programme, and
the fold goes on; `Brought.errors` has it for the hub's log.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import msgspec

from hub.core.edxml.detail import Detail, Notable, notable
from hub.core.errors import Verdict
from hub.programmes.riding import (
    LONGEST_ID,
    MOST_EVENTS,
    MOST_FAULTS,
    Case,
    Event,
    Fault,
    Programme,
    Ridden,
    carries_packet,
    cut,
    usable,
)
from hub.programmes.serving import MOST_ROWS, Answering, BroughtBody, Said, Served

FRAME: Final = "frame"
"""The name under which faults stand that are no programme's: of files that are no packets, of packets that nobody
reads."""

Key = tuple[str, str]
"""Programme, and case."""


class Reading(NamedTuple):
    """A document's meaning, by programme: its events in their order, and its faults."""

    events: tuple[tuple[str, Event], ...] = ()
    faults: tuple[tuple[str, Fault], ...] = ()
    errors: tuple[str, ...] = ()
    by_row: bool = False
    """Whether each row is told what became of it, so that none may be without its fault."""


class Folded(NamedTuple):
    """`events`: those that were applied; `cases` after them."""

    events: tuple[tuple[str, Event], ...]
    cases: dict[Key, Case]
    faults: tuple[tuple[str, Fault], ...]
    errors: tuple[str, ...]


def concerned(programmes: Mapping[str, Programme], told: Detail) -> list[str]:
    """Those whose word it is: of none where it is not notable for its data, whatever a programme would say of it."""
    if Notable.DATA not in notable(told):
        return []
    return [name for name, programme in programmes.items() if programme.concerns(told)]


def concerns_any(programmes: Mapping[str, Programme], told: Detail) -> bool:
    """Whether a document has to be read at all."""
    return carries_packet(told) or bool(concerned(programmes, told))


def read(programmes: Mapping[str, Programme], names: Sequence[str], ridden: Ridden, *, gone: bool = False) -> Reading:
    """`names`: of those programmes that it concerns. `gone`: its bytes were deleted, so nobody knows its packets."""
    faults: list[tuple[str, Fault]] = [(FRAME, fault) for fault in (*ridden.faults, *_unread(programmes, ridden))]
    if gone:
        faults.append((FRAME, Fault(code="DOCUMENT_GONE", expected="the bytes of the document", found="deleted")))
    events: list[tuple[str, Event]] = []
    errors: list[str] = []
    for name in names:
        try:
            found = programmes[name].read(ridden)
        except Exception:
            errors.append(traceback.format_exc())
            faults.append((name, _broken()))
            continue
        wrong = [each for each in found if isinstance(each, Fault)]
        did = [each for each in found if isinstance(each, Event)]
        faults += [(name, fault) for fault in wrong[:MOST_FAULTS]]
        faults += [(name, fault) for fault in _more_than_allowed(wrong, did)]
        events += [(name, event) for event in did[:MOST_EVENTS]]
    if events and ridden.verdict not in ("", Verdict.VALID):
        fault = Fault(code="DOCUMENT_UNPROVED", expected="a signature that is valid", found=ridden.verdict)
        faults += [(name, fault) for name in dict.fromkeys(name for name, _ in events)]
        events = []
    return Reading(tuple(events), tuple(faults), tuple(errors))


def read_brought(programmes: Mapping[str, Programme], brought: BroughtBody) -> Reading:
    """The meaning of a body of a sync service to the programme whose service that is."""
    served = {n: p for n, p in programmes.items() if isinstance(p, Served) and brought.service in p.services}
    found = _collected({name: partial(each.read_brought, brought) for name, each in served.items()})
    return found._replace(by_row=True)


def read_status(programmes: Mapping[str, Programme], names: Sequence[str], ridden: Ridden, said: Said) -> Reading:
    """The meaning of a status to those programmes that the document, which it is about, concerns."""
    asked = {name: programmes[name] for name in names}
    answering = {n: p for n, p in asked.items() if isinstance(p, Answering) and said.code in p.statuses}
    return _collected({name: partial(each.read_status, ridden, said) for name, each in answering.items()})


def _collected(asked: Mapping[str, Callable[[], Sequence[Event | Fault]]]) -> Reading:
    events: list[tuple[str, Event]] = []
    faults: list[tuple[str, Fault]] = []
    errors: list[str] = []
    for name, ask in asked.items():
        try:
            found = ask()
        except Exception:
            errors.append(traceback.format_exc())
            found = [_broken()]
        faults += [(name, each) for each in found if isinstance(each, Fault)][:MOST_ROWS]
        events += [(name, each) for each in found if isinstance(each, Event)][:MOST_EVENTS]
    return Reading(tuple(events), tuple(faults), tuple(errors))


def keys(reading: Reading) -> set[Key]:
    """The cases that it touches, or may touch."""
    return {(name, case) for name, event in reading.events for case in (event.case, *event.others)}


def fold(programmes: Mapping[str, Programme], reading: Reading, cases: Mapping[Key, Case]) -> Folded:
    """The events applied in their order. `cases`: those of `keys` that there are."""
    now: dict[Key, Case] = {}
    did: list[tuple[str, Event]] = []
    faults, errors = list(reading.faults), list(reading.errors)
    for name, named in reading.events:
        there = (case for case in (named.case, *named.others) if (name, case) in now or (name, case) in cases)
        event = msgspec.structs.replace(named, case=next(there, named.case), others=(), place="")
        key = (name, event.case)
        if not usable(event.case):
            expected = f"an identifier of 1 to {LONGEST_ID} printable characters"
            faults.append((name, _at(named, Fault(code="CASE_NAME", expected=expected, found=cut(event.case)))))
            continue
        try:
            after = programmes[name].apply(now.get(key) or cases.get(key), event)
        except Exception:
            errors.append(traceback.format_exc())
            after = _broken()
        if isinstance(after, Fault):
            faults.append((name, _at(named, after)))
        elif after.id != event.case:
            errors.append(f"{name}: case {after.id!r} for an event of {event.case!r}")
            faults.append((name, _at(named, _broken())))
        else:
            now[key] = after
            did.append((name, event))
    return Folded(tuple(did), now, tuple(_few(faults, MOST_ROWS if reading.by_row else MOST_FAULTS)), tuple(errors))


def _at(event: Event, fault: Fault) -> Fault:
    return msgspec.structs.replace(fault, place=f"{event.place} {fault.place}".strip()) if event.place else fault


def _unread(programmes: Mapping[str, Programme], ridden: Ridden) -> Iterable[Fault]:
    """Packets of kinds that no programme has."""
    kinds = {called.partition("/")[0] for programme in programmes.values() for called in programme.packets}
    known = ", ".join(sorted(kinds)) or "no kind"
    for packet in ridden.packets:
        if packet.kind not in kinds:
            yield Fault(code="PACKET_UNKNOWN", place=packet.place("$.packet"), expected=known, found=packet.called)


def _more_than_allowed(wrong: Sequence[Fault], did: Sequence[Event]) -> Iterable[Fault]:
    if len(wrong) > MOST_FAULTS:
        yield Fault(code="DOCUMENT_TOO_MUCH", expected=f"at most {MOST_FAULTS} faults", found=f"{len(wrong)} faults")
    if len(did) > MOST_EVENTS:
        yield Fault(code="DOCUMENT_TOO_MUCH", expected=f"at most {MOST_EVENTS} events", found=f"{len(did)} events")


def _few(faults: Sequence[tuple[str, Fault]], most: int) -> Iterable[tuple[str, Fault]]:
    """A document of five thousand refused events is told of the first of them, and of how many there are."""
    yield from faults[:most]
    if len(faults) > most:
        expected, found = f"at most {most} faults", f"{len(faults)} faults"
        yield faults[most][0], Fault(code="DOCUMENT_TOO_MUCH", expected=expected, found=found)


def _broken() -> Fault:
    return Fault(code="PROGRAMME_ERROR", expected="a programme without errors", found="one that failed")
