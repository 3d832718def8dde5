"""The parts that pages are made of, as values: templates draw them (`ui.html`), screens fill them in.

A state is always an icon, a word and a colour. A table is one thing for a wide screen and a list of records for a
narrow one, where each cell says its heading. A chart is a table first: its picture is drawn from that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple


class State(NamedTuple):
    """`icon` of the sprite, class of the colour; the word is the text `state.<key>`."""

    icon: str
    tone: str


STATES: Final[Mapping[str, State]] = MappingProxyType(
    {
        "waiting": State("clock", ""),
        "warned": State("warn", "wa"),
        "handed_over": State("tray", "go"),
        "received": State("check", "ok"),
        "01": State("tray", "go"),
        "03": State("check", "go"),
        "04": State("people", "go"),
        "05": State("play", "go"),
        "06": State("checks", "ok"),
        "refused": State("back", "re"),
        "02": State("back", "re"),
        "take_back_pending": State("hourglass", "wa"),
        "taken_back": State("undo", ""),
        "16": State("lock", ""),
        "expired": State("stop", "er"),
        "good": State("check", "ok"),
        "failing": State("stop", "er"),
        "unused": State("dash", ""),
        "active": State("check", "ok"),
        "disabled": State("lock", ""),
    }
)


class Column(NamedTuple):
    """`number`: set to the right. `head`: the cell names its row. `fold`: not shown on a narrow screen."""

    label: str
    number: bool = False
    head: bool = False
    fold: bool = False


class Cell(NamedTuple):
    """`note` stands under the text, small. `state`: a key of STATES in place of the text. `tone`: a class of colour.
    `value`: the bare number, for a chart. `mono`: an identifier."""

    text: str = ""
    href: str = ""
    note: str = ""
    state: str = ""
    tone: str = ""
    value: float | None = None
    mono: bool = False
    title: str = ""


class Table(NamedTuple):
    """`empty`: the words where there are no rows, why and the next step. `more`: address of the next page, empty at the
    end. `total`: the last row is a sum."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    more: str = ""
    total: bool = False
    select: Sequence[str] = ()
    """Each row's name in an act on several: a box stands beside it (key X)."""


class Chip(NamedTuple):
    """A filter that holds; `href` is the same page without it."""

    text: str
    href: str


class Tile(NamedTuple):
    """A figure. `note` names its whole, or the figure that it stands beside."""

    label: str
    value: str
    note: str = ""
    icon: str = ""
    tone: str = ""
    href: str = ""


class Choice(NamedTuple):
    """One of a few views, as links side by side."""

    text: str
    href: str
    current: bool = False
