"""Tables and progress for people, with rich. What comes from elsewhere is shown as text, never as markup."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console, JustifyMethod, RenderableType
from rich.progress import track
from rich.table import Table
from rich.text import Text

from hub.cli.common import plain
from hub.core.model import VIETNAM, from_iso_utc, to_datetime

T = TypeVar("T")

_WORTH_A_BAR = 20
_PIPED_WIDTH = 160
"""Columns where stdout is no terminal: wide enough that nothing is cut."""


def console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)


def show(*parts: RenderableType) -> None:
    screen = console()
    for part in parts:
        screen.print(part)


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
) -> Table:
    """`right`: numbers of the columns that hold figures; `whole`: of those that are never broken, to be copied."""
    made = Table(title=Text(plain(title)) if title else None, title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        justify: JustifyMethod = "right" if number in right else "left"
        made.add_column(column, justify=justify, overflow="fold", no_wrap=number in whole)
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(plain(str(cell))) for cell in row))
    return made


def pairs(rows: Iterable[tuple[str, object]]) -> Table:
    """Names and values without lines."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for name, value in rows:
        if value not in ("", None):
            made.add_row(name, Text(plain(str(value))))
    return made


def progress(what: str, steps: Sequence[T]) -> Iterator[T]:
    """`steps` with a bar on stderr, where that is a terminal and there are some."""
    screen = Console(stderr=True)
    quiet = len(steps) < _WORTH_A_BAR or not screen.is_terminal
    yield from track(steps, description=what, console=screen, disable=quiet, transient=True)


def local(time: str) -> str:
    """`2026-11-22 15:00:00` in Vietnam, of a time of the wire; empty stays empty."""
    if not time:
        return ""
    return f"{to_datetime(from_iso_utc(time)).astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"


def short(identifier: str) -> str:
    """An identifier as it is typed: the bare UUID."""
    return identifier.removeprefix("urn:uuid:")
