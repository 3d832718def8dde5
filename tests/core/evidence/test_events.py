"""`hub/EVENTS.md` says of every event whether it is emitted, by which flow, and which test shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.core.evidence import format as ev
from hub.core.evidence.events import ETSI_EVENTS, NEGATIVE, Event
from hub.core.evidence.status_rules import RULES
from tests.support.logkit import sample

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "hub" / "EVENTS.md").read_text("utf-8")
OTHERS = ("core", "ops", "lab", "cli", "routes", "evidence_export.py", "console")
"""Rooms that read events and write none."""
EMITTED, LEAVES, REPRESENTABLE = (part.split("## ")[0] for part in TEXT.split("\n## ")[1:])
WRITERS = tuple(path for path in (ROOT / "hub").rglob("*.py") if path.relative_to(ROOT / "hub").parts[0] not in OTHERS)


def rows(part: str) -> list[list[str]]:
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named(cell: str) -> Event:
    (short,) = re.findall(r"`(\w+)`", cell)[:1]
    return next(event for event in Event if event.short == short)


def test_every_event_is_told_once_as_emitted_or_as_representable() -> None:
    emitted = {named(row[1]) for row in rows(EMITTED)}
    only = [named(row[0]) for row in rows(REPRESENTABLE)]
    assert emitted.isdisjoint(only)
    assert emitted | set(only) == set(Event)
    assert len(only) == len(set(only))
    assert all(row[1] for row in rows(REPRESENTABLE)), "each says why"


def test_what_is_called_emitted_is_what_the_code_writes() -> None:
    code = "".join(path.read_text("utf-8") for path in WRITERS)
    written = {Event[name] for name in re.findall(r"\bEvent\.([A-Z_]+)\b", code)}
    assert {named(row[1]) for row in rows(EMITTED)} == written | {rule.event for rule in RULES.values()}


def test_the_tests_that_are_named_exist() -> None:
    told = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
    assert len(told) > 15
    for path, name in told:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), (path, name)


def test_every_emitted_event_has_a_test_a_chain_and_a_flow() -> None:
    for row in rows(EMITTED):
        when, _, chain, _, test = row
        assert when
        assert test.startswith("`tests/")
        assert re.fullmatch(r"(sender|recipient|caller|auditor), (in|out)", chain), row


def test_the_standard_has_22() -> None:
    assert sum(event.value.startswith(ETSI_EVENTS) for event in Event) == 22


@pytest.mark.parametrize("event", Event, ids=lambda e: e.short)
def test_every_event_can_be_written_and_read(event: Event) -> None:
    reasons = (ev.Reason("WHY"),) if event in NEGATIVE else ()
    made = sample(event=event, reasons=reasons)
    assert ev.decode(ev.encode(made)) == made
