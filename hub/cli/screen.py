"""Tables and progress for people, with rich. What comes from elsewhere is shown as text, never as markup.

A table that does not fit between the edges becomes one block for each row, so that no identifier is ever cut.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.measure import Measurement
from rich.progress import Progress, ProgressColumn, track
from rich.table import Table
from rich.text import Text

from hub.cli.printing import is_terminal, stream
from hub.core.model import VIETNAM, from_iso_utc, to_datetime
from hub.core.shown import shown

T = TypeVar("T")

_WORTH_A_BAR: Final = 20
_PIPED_WIDTH: Final = 160
"""Columns where stdout is no terminal and COLUMNS says nothing: wide enough that nothing is cut."""


def console(*, err: bool = False, quiet: bool = False) -> Console:
    columns = os.environ.get("COLUMNS", "")
    known = is_terminal(err=err) or (columns.isascii() and columns.isdigit())
    return Console(file=stream(err=err), width=None if known else _PIPED_WIDTH, highlight=False, quiet=quiet)


def bars(*columns: ProgressColumn, hidden: bool) -> Progress:
    """Bars on stderr, gone afterwards; none where that is no terminal."""
    return Progress(*columns, console=console(err=True), transient=True, disable=hidden or not is_terminal(err=True))


def show(*parts: RenderableType, err: bool = False) -> None:
    screen = console(err=err)
    for part in parts:
        screen.print(part)


class Rows:
    """A table; or, where it does not fit, a block for each row."""

    def __init__(self, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
        self.table = table
        self._columns = columns
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if Measurement.get(console, options.update(width=10_000), self.table).minimum <= options.max_width:
            yield self.table
            return
        if self.table.title:
            yield self.table.title
        for row in self._rows:
            for name, cell in zip(self._columns, row, strict=True):
                if cell.plain:
                    yield Text.assemble(f"{name}: " if name else "", cell, overflow="fold")
            yield ""


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
    head: bool = True,
) -> Rows:
    """`right`: numbers of the columns that hold figures; `whole`: of those that are never broken, to be copied."""
    name = Text(shown(title)) if title else None
    made = Table(title=name, title_justify="left", header_style="bold", show_header=head)
    for number, column in enumerate(columns):
        justify: JustifyMethod = "right" if number in right else "left"
        made.add_column(shown(column), justify=justify, overflow="fold", no_wrap=number in whole)
    cells = [[_cell(cell) for cell in row] for row in rows]
    for row in cells:
        made.add_row(*row)
    return Rows(made, columns, cells)


def _cell(cell: object) -> Text:
    """A Text is our own, with a style."""
    return Text(shown(cell.plain), style=cell.style) if isinstance(cell, Text) else Text(shown(str(cell)))


def pairs(rows: Iterable[tuple[str, object]]) -> Table:
    """Names and values without lines."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for name, value in rows:
        if value not in ("", None):
            made.add_row(Text(shown(name)), Text(shown(str(value))))
    return made


def progress(what: str, steps: Sequence[T]) -> Iterator[T]:
    """`steps` with a bar on stderr, where that is a terminal and there are some."""
    quiet = len(steps) < _WORTH_A_BAR or not is_terminal(err=True)
    yield from track(steps, description=what, console=console(err=True), disable=quiet, transient=True)


def local(time: str) -> str:
    """`2026-11-22 15:00:00` in Vietnam, of a time of the wire; what is none stays as it came."""
    try:
        return f"{to_datetime(from_iso_utc(time)).astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return time


def short(identifier: str) -> str:
    """An identifier as it is typed: the bare UUID."""
    return identifier.removeprefix("urn:uuid:")
