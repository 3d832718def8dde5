"""Tables and progress for people, with rich. Foreign text is shown as text, never as markup.

A table that does not fit between the edges becomes one record for each row, so that no identifier is ever cut. Columns
that are read first stand first in a row; identifiers, which are only copied, stand last.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.progress import Progress, ProgressColumn, track
from rich.table import Table
from rich.text import Text

from hub.cli.printing import is_terminal, stream
from hub.core.model import VIETNAM, from_iso_utc, to_datetime
from hub.core.shown import shown

T = TypeVar("T")

_WORTH_A_BAR: Final = 20
_READABLE: Final = 28
"""Columns for running text: a narrower cell makes a tower of single words."""
_IDENTIFIER: Final = 64
"""Columns of the longest that people copy whole: a SHA-256 in hex."""
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
    """A table; or, where its columns would be squeezed, a record for each row: names before, values beside them.

    A terminal of 80 columns shows both without breaking a word or an identifier in two.
    """

    def __init__(
        self, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Text]], whole: Sequence[int] = ()
    ) -> None:
        self.table = table
        self._columns = columns
        self._rows = rows
        self._whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._comfortable() <= options.max_width:
            yield self.table
            return
        if self.table.title:
            yield self.table.title
        for row in self._rows:
            yield from _record(self._columns, row, options.max_width)
            yield ""

    def _comfortable(self) -> int:
        """Columns of the terminal that the table needs to be read with ease."""
        widths = []
        for number, name in enumerate(self._columns):
            cells = [Text(name if self.table.show_header else ""), *(row[number] for row in self._rows)]
            widths.append(_width(cells) if number in self._whole else _readable(cells))
        return sum(widths) + 3 * len(widths) + 1


def _record(columns: Sequence[str], row: Sequence[Text], width: int) -> Iterator[RenderableType]:
    """One row, its values under each other; a value stands under its name where there is no room beside it."""
    filled = [(Text(shown(name), style="dim"), cell) for name, cell in zip(columns, row, strict=True) if cell.plain]
    names = max((name.cell_len for name, _ in filled), default=0)
    if names + 2 + min(_IDENTIFIER, max((_longest(cell) for _, cell in filled), default=0)) > width:
        for name, cell in filled:
            yield from (name, cell) if name.plain else (cell,)
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, cell in filled:
        grid.add_row(name, cell)
    yield grid


def _width(cells: Iterable[Text]) -> int:
    """Of the longest line."""
    return max((cell_len(line) for cell in cells for line in cell.plain.split("\n")), default=0)


def _longest(cell: Text) -> int:
    """Of the longest word."""
    return max((cell_len(word) for word in cell.plain.split()), default=0)


def _readable(cells: Sequence[Text]) -> int:
    """The least width at which lines need no more than a few breaks, none of them within a word."""
    return max(min(_width(cells), _READABLE), max(map(_longest, cells), default=0))


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
    return Rows(made, columns, cells, whole)


def _cell(cell: object) -> Text:
    """A Text is our own, with a style."""
    return Text(shown(cell.plain), style=cell.style) if isinstance(cell, Text) else Text(shown(str(cell)))


class Pairs:
    """Names and values without lines, as one record."""

    def __init__(self, rows: Sequence[tuple[str, Text]]) -> None:
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _record([name for name, _ in self._rows], [value for _, value in self._rows], options.max_width)


def pairs(rows: Iterable[tuple[str, object]]) -> Pairs:
    """Names and values under each other; a name without a value is left out."""
    return Pairs([(name, _cell(value)) for name, value in rows if value not in ("", None)])


def progress(what: str, steps: Sequence[T]) -> Iterator[T]:
    """`steps` with a bar on stderr, where that is a terminal and there are some."""
    quiet = len(steps) < _WORTH_A_BAR or not is_terminal(err=True)
    yield from track(steps, description=what, console=console(err=True), disable=quiet, transient=True)


def local(time: str) -> str:
    """`2026-11-22 15:00:00` in Vietnam, of a time of the wire; a text that is none stays as it came."""
    try:
        return f"{to_datetime(from_iso_utc(time)).astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return time


def who(code: str, name: str) -> str:
    """An agency as people know it, beside its code; the code alone where nobody told the name."""
    return f"{code} {name}".strip() if name != code else code


def short(identifier: str) -> str:
    """An identifier as it is typed: the bare UUID."""
    return identifier.removeprefix("urn:uuid:")
