"""One fault that fsck found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from hub.core.audit.findings import Findings, What

PAGE: Final = 2_000
Progress = Callable[[str, int], None]


class Fault(msgspec.Struct, frozen=True):
    """`what` is a stable word, `where` names the row, file or leaf."""

    what: str
    where: str
    expected: str = ""
    found: str = ""


_PROMISES: Final = frozenset(
    {What.DELIVERY_LATE, What.DELIVERY_OVERDUE, What.MANIFEST_MISSING, What.TIME_AHEAD, What.TILE_MISSING}
)
"""Deliveries that a hub that was down may owe, and the record be sound: for `truc log audit` to tell."""


def of(findings: Findings) -> list[Fault]:
    """The findings of an audit in the record."""
    found = [
        Fault(
            f.what.value, f"leaf {f.leaf} {f.subject}".strip() if f.leaf is not None else f.subject, f.expected, f.found
        )
        for f in findings.items
        if f.what not in _PROMISES
    ]
    return found + ([Fault("more", f"{findings.omitted} findings")] if findings.omitted else [])


def differing(where: str, what: str, pairs: list[tuple[str, object, object]]) -> list[Fault]:
    """One fault for each (member, expected, found) that is not equal."""
    return [
        Fault(what, f"{where} {name}", str(expected)[:200], str(found)[:200])
        for name, expected, found in pairs
        if expected != found
    ]
