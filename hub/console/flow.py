"""One picture for flow and ledger: ribbons from sending to receiving tiers, and each receiving tier runs on into its
line of the ledger, at its own height. Pure: figures in, places out; the template draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.core import wire
from hub.core.model import Tier

WIDTH: Final = 1000
_LEFT, _RIGHT, _BAR = 110.0, 330.0, 8.0
_TOP, _ROOM, _GAP = 52.0, 300.0, 14.0
_LEAST: Final = 34.0
"""Height of a receiving node at least: its line of the ledger has to be read."""
_SENDING: Final = 3.0
COLUMNS: Final = (478.0, 560.0, 645.0, 730.0, 824.0, 902.0, 990.0)
"""Where the figures of the ledger end."""


class Node(NamedTuple):
    """A tier on one side: `y`, `height` of its bar; `text` is the height at which its words stand."""

    tier: str
    number: int
    y: float
    height: float
    total: int

    @property
    def text(self) -> float:
        return round(self.y + self.height / 2 + 4, 1)


class Ribbon(NamedTuple):
    sender: str
    recipient: str
    number: int
    path: str
    deliveries: int


class Line(NamedTuple):
    """A receiving tier's line of the ledger; `y` None for the sum."""

    name: str
    y: float
    ledger: wire.LedgerLine


class Picture(NamedTuple):
    senders: Sequence[Node]
    recipients: Sequence[Node]
    ribbons: Sequence[Ribbon]
    lines: Sequence[Line]
    total: Line
    height: float


def picture(figures: wire.Figures) -> Picture:
    """Of the matrix of a window, and of the ledger, which is of all time."""
    tiers = [t.value for t in Tier if _used(figures, t.value)] or [t.value for t in Tier]
    cells = {(f.sender, f.recipient): f.deliveries for f in figures.matrix}
    sent = {t: sum(cells.get((t, r), 0) for r in tiers) for t in tiers}
    got = {t: sum(cells.get((s, t), 0) for s in tiers) for t in tiers}
    whole = max(1, sum(sent.values()))
    recipients = _column(tiers, got, whole, _LEAST)
    senders = _column(tiers, sent, whole, _SENDING, spread=recipients[-1].y + recipients[-1].height)
    ribbons = _ribbons(tiers, cells, senders, recipients)
    ledger = {line.name: line for line in figures.ledger}
    none = wire.LedgerLine(name="", accepted=0)
    lines = [Line(n.tier, n.text, ledger.get(n.tier, none)) for n in recipients]
    bottom = recipients[-1].y + recipients[-1].height
    total = Line("all", bottom + 30, figures.ledger[-1])
    return Picture(senders, recipients, ribbons, lines, total, bottom + 44)


def _used(figures: wire.Figures, tier: str) -> bool:
    """A tier that has agencies, or had: there are three since 2025."""
    return any(t.tier == tier and t.agencies for t in figures.tiers) or any(
        line.name == tier and line.accepted for line in figures.ledger
    )


def _column(tiers: Sequence[str], totals: dict[str, int], whole: int, least: float, spread: float = 0.0) -> list[Node]:
    heights = [max(least, _ROOM * totals[t] / whole) for t in tiers]
    gap = max(_GAP, (spread - _TOP - sum(heights)) / max(1, len(tiers) - 1)) if spread else _GAP
    nodes, y = [], _TOP
    for number, (tier, height) in enumerate(zip(tiers, heights, strict=True), 1):
        nodes.append(Node(tier, number, round(y, 1), round(height, 1), totals[tier]))
        y += height + gap
    return nodes


def _ribbons(
    tiers: Sequence[str], cells: dict[tuple[str, str], int], senders: Sequence[Node], recipients: Sequence[Node]
) -> list[Ribbon]:
    out = {n.tier: n.y for n in senders}
    into = {n.tier: n.y for n in recipients}
    scale_out = {n.tier: n.height / max(1, n.total) for n in senders}
    scale_in = {n.tier: n.height / max(1, n.total) for n in recipients}
    ribbons = []
    for number, sender in enumerate(tiers, 1):
        for recipient in tiers:
            deliveries = cells.get((sender, recipient), 0)
            if not deliveries:
                continue
            a, b = out[sender], into[recipient]
            c, d = a + deliveries * scale_out[sender], b + deliveries * scale_in[recipient]
            out[sender], into[recipient] = c, d
            ribbons.append(Ribbon(sender, recipient, number, _path(a, b, d, c), deliveries))
    return ribbons


def _path(a: float, b: float, d: float, c: float) -> str:
    left, right, middle = _LEFT + _BAR, _RIGHT, (_LEFT + _BAR + _RIGHT) / 2
    there = f"M{left} {a:.1f}C{middle} {a:.1f} {middle} {b:.1f} {right} {b:.1f}"
    return f"{there}V{d:.1f}C{middle} {d:.1f} {middle} {c:.1f} {left} {c:.1f}Z"
