"""The way of a document through the house does not get longer unnoticed, and what serves scale alone is not on it."""

from __future__ import annotations

from tests.support.trace import traces

MOST = {"submit": 110, "fetch": 90, "acknowledge": 86}
"""Moves between rooms. The figures are counted: they do not depend on the machine or its load."""


async def test_the_way_is_short_and_one_process_knows_nothing_of_fronts_or_workers() -> None:
    found = await traces(rounds=2)
    assert {verb: trace.moves for verb, trace in found.items() if trace.moves > MOST[verb]} == {}
    files = {step.file for trace in found.values() for step in trace.steps}
    assert "exchange.py" in files
    assert "record/sequencer.py" in files
    assert not [file for file in files if file.startswith(("fronts/", "admission/workers/"))]
