"""Charts as inline SVG: no script, no font and no address in them. The input comes as numbers and two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final, NamedTuple

from hub.core.errors import Text

_WIDTH: Final = 720
WIDE: Final = 1_480
_HEIGHT: Final = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 14, 34


class Line(NamedTuple):
    """A series of (x, y) under a name; `colour` is a class of the page's style."""

    name: Text
    colour: str
    points: Sequence[tuple[float, float]]


def both(text: Text) -> str:
    """A text in the two languages that the page switches between, as HTML."""
    return f'<span class="vi">{escape(text.vi)}</span><span class="en">{escape(text.en)}</span>'


def lines(series: Sequence[Line], x_name: Text, y_name: Text, *, area: bool = False, width: int = _WIDTH) -> str:
    """Series over one axis from 0; `area` fills the space under the first. `WIDE` is for a panel of the whole width."""
    right = max((x for line in series for x, _ in line.points), default=1.0) or 1.0
    top = nice(max((y for line in series for _, y in line.points), default=1.0))
    parts = [_grid(top, width), _x_axis(right, width), _name(x_name, width)]
    for number, line in enumerate(series):
        path = " ".join(f"{_x(x, right, width):.1f},{_y(y, top):.1f}" for x, y in line.points)
        if area and number == 0 and line.points:
            first, last = _x(line.points[0][0], right, width), _x(line.points[-1][0], right, width)
            base = _y(0, top)
            parts.append(f'<polygon class="fill {line.colour}" points="{first:.1f},{base} {path} {last:.1f},{base}"/>')
        parts.append(f'<polyline class="line {line.colour}" points="{path}"/>')
    return _legend(series) + _svg("".join(parts), y_name, width)


def bars(groups: Sequence[tuple[Text, str, Sequence[float]]], labels: Sequence[str], x_name: Text, y_name: Text) -> str:
    """Groups of bars over the same labels: name, colour, values."""
    top = nice(max((v for _, _, values in groups for v in values), default=1.0))
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(labels))
    wide = room * 0.78 / max(1, len(groups))
    parts = [_grid(top), _name(x_name)]
    for number, (_, colour, values) in enumerate(groups):
        for place, value in enumerate(values):
            x = _LEFT + place * room + room * 0.11 + number * wide
            y = _y(value, top)
            height = max(0.0, _HEIGHT - _BOTTOM - y)
            parts.append(
                f'<rect class="bar {colour}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{height:.1f}" rx="1.5">'
                f"<title>{escape(labels[place])}: {compact(value)}</title></rect>"
            )
    every = max(1, ceil(len(labels) / 12))
    for place, label in enumerate(labels):
        if place % every == 0:
            parts.append(_tick(_LEFT + (place + 0.5) * room, label))
    legend = _legend([Line(name, colour, ()) for name, colour, _ in groups]) if len(groups) > 1 else ""
    return legend + _svg("".join(parts), y_name)


def matrix(cells: Mapping[tuple[str, str], int], names: Sequence[tuple[str, Text]], corner: Text) -> str:
    """A table of counts, darker where more: rows send, columns receive."""
    most = max(cells.values(), default=0) or 1
    columns = "".join(f"<th>{both(text)}</th>" for _, text in names)
    rows = []
    for sender, text in names:
        tds = []
        for recipient, _ in names:
            count = cells.get((sender, recipient), 0)
            share = (count / most) ** 0.5
            ink = " deep" if share > 0.55 else ""
            tds.append(f'<td class="cell{ink}" style="--share:{share:.3f}">{compact(count)}</td>')
        rows.append(f"<tr><th>{both(text)}</th>{''.join(tds)}</tr>")
    return f'<table class="matrix"><tr><th>{both(corner)}</th>{columns}</tr>{"".join(rows)}</table>'


def nice(value: float) -> float:
    """The next round number at or above `value`, for the end of an axis."""
    if value <= 0:
        return 1.0
    unit: float = 10.0 ** floor(log10(value))
    return next(step * unit for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * unit >= value * 0.999)


def compact(value: float) -> str:
    """`1234` as `1.23k`; whole numbers below a thousand as they are."""
    for scale, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= scale:
            unit = 1e3 if letter == "k" else scale
            return f"{value / unit:.3g}{letter}" if abs(value) < 1e6 or letter != "k" else f"{value / unit:.0f}{letter}"
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"


def duration(ms: float) -> str:
    """`0.56`, `56 ms` or `5.6 s`, in three digits at most."""
    return f"{ms / 1000:.3g} s" if ms >= 1000 else f"{ms:.3g} ms"


def _x(value: float, right: float, width: int = _WIDTH) -> float:
    return _LEFT + (width - _LEFT - _RIGHT) * value / right


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * min(value, top) / top


def _grid(top: float, width: int = _WIDTH) -> str:
    parts = []
    for step in range(5):
        value, y = top * step / 4, _y(top * step / 4, top)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{compact(value)}</text>')
    return "".join(parts)


def _x_axis(right: float, width: int = _WIDTH) -> str:
    step = nice(right / 8)
    count = int(right / step + 1e-9)
    return "".join(_tick(_x(step * n, right, width), compact(step * n)) for n in range(count + 1))


def _tick(x: float, label: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">{escape(label)}</text>'


def _name(x_name: Text, width: int = _WIDTH) -> str:
    place = f'x="{width - _RIGHT}" y="{_HEIGHT - 3}" text-anchor="end"'
    named = (("vi", x_name.vi), ("en", x_name.en))
    return "".join(f'<text class="name {lang}" {place}>{escape(text)}</text>' for lang, text in named)


def _legend(series: Sequence[Line]) -> str:
    items = "".join(f'<span class="key"><i class="{line.colour}"></i>{both(line.name)}</span>' for line in series)
    return f'<div class="legend">{items}</div>'


def _svg(content: str, title: Text, width: int = _WIDTH) -> str:
    label = escape(f"{title.vi} · {title.en}", quote=True)
    return f'<svg viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label="{label}">{content}</svg>'
