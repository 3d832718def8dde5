"""Faults that programmes would find in a message that was not sent yet, from the message alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from hub.core import edxml
from hub.core.directory.routing import Directory, predecessors
from hub.core.edxml.detail import Detail, decode
from hub.core.edxml.message import Document
from hub.core.edxml.packing import attachments
from hub.core.errors import AxisError
from hub.core.model import Millis, vietnam_date
from hub.core.phrases.table import EXPECTED_FOUND
from hub.core.wire import Finding
from hub.programmes import folding, riding
from hub.programmes.riding import Fault, Programme, Ridden

MOST: Final = 50


class Read(NamedTuple):
    """A message as programmes see it; `told`: the facts that a register would tell of it."""

    ridden: Ridden
    told: Detail


def offline(data: bytes, programmes: Mapping[str, Programme], at: Millis) -> tuple[Finding, ...]:
    """Facts of the document alone, where no cases are at hand."""
    return at_once(data, programmes, Directory.of(), at)


def at_once(data: bytes, programmes: Mapping[str, Programme], directory: Directory, at: Millis) -> tuple[Finding, ...]:
    """The faults that a document shows by itself, whatever the cases are. An error of a programme is told as one."""
    read = read_of(data, programmes, directory, at)
    if read is None:
        return ()
    reading = folding.read(programmes, folding.concerned(programmes, read.told), read.ridden)
    return findings(reading.faults, programmes)


def read_of(data: bytes, programmes: Mapping[str, Programme], directory: Directory, at: Millis) -> Read | None:
    """None for a document that concerns no programme, and for a message that is no document: the doctor says why."""
    try:
        claimed = edxml.parse(data)
        document = edxml.read(claimed)
        if not isinstance(document, Document):
            return None
        told = decode(edxml.told_of(document, claimed))
        if not folding.concerns_any(programmes, told):
            return None
        files = attachments(claimed) if riding.carries_packet(told) else ()
        sender = _code(directory, document.sender.organ_id)
        ridden = riding.ride(
            document,
            files,
            accepted=at,
            sender=sender,
            recipients=[_code(directory, one.organ_id) for one in document.recipients],
        )
        ridden = riding.answering(ridden, ridden.answers, predecessors(directory, sender, vietnam_date(at)))
    except AxisError:
        return None
    return Read(ridden, told)


def findings(faults: Iterable[tuple[str, Fault]], programmes: Mapping[str, Programme]) -> tuple[Finding, ...]:
    made = []
    for name, fault in list(faults)[:MOST]:
        programme = programmes.get(name)
        means = riding.meaning(fault.code, programme.words if programme is not None else None)
        said = fault.said
        made.append(
            Finding(
                code=fault.code,
                value=fault.found,
                rule=fault.expected,
                rule_vi=EXPECTED_FOUND.vi(fault.expected),
                clause=name,
                vi=f"{means.vi}: {said.vi}",
                en=f"{means.en}: {said.en}",
                severity="notice",
                path=fault.place,
            )
        )
    return tuple(made)


def _code(directory: Directory, code: str) -> str:
    agency = directory.get(code)
    return agency.code if agency is not None else code
