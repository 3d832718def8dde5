"""All output of commands goes out here, or through `screen` where it is a table: a test holds all code to it.

Every line is shown (`hub.core.shown`), own words and foreign ones alike, so nobody has to know which is which. A
terminal that cannot show a letter gets its number: no command ends because of an encoding.
"""

from __future__ import annotations

import csv as tables
import io
import json as plain_json
import sys
from collections.abc import Iterable
from typing import Final, TextIO

import click
import msgspec

from hub.cli import usage
from hub.core.shown import escaped, shown

_BOM: Final = "\ufeff"


def line(
    text: str = "", *, mark: str = "", good: bool = True, fg: str | None = None, bold: bool = False, dim: bool = False,
    err: bool = False,
) -> None:  # fmt: skip
    """One line. `mark` stands before it, green or, if not `good`, red; `fg`, `bold`, `dim` are of the text."""
    styled = click.style(shown(text), fg=fg, bold=bold or None, dim=dim or None) if fg or bold or dim else shown(text)
    before = f"{click.style(shown(mark), fg='green' if good else 'red')} " if mark else ""
    click.echo(before + styled, file=stream(err=err))


def lines(texts: Iterable[str], *, err: bool = False) -> None:
    for text in texts:
        line(text, err=err)


def json(value: object, *, indent: int = 2) -> None:
    """One JSON value; a letter that hides or cannot be shown stands as its escape."""
    target = stream()
    try:
        text = msgspec.json.format(msgspec.json.encode(value), indent=indent).decode()
    except UnicodeEncodeError:  # a file name that is no text
        text = plain_json.dumps(msgspec.to_builtins(value), indent=indent or None)
    click.echo(escaped(text, ascii_only=not _is_utf8(target)), file=target)


def document(data: bytes) -> None:
    """A JSON file in UTF-8, as it would be written."""
    target = stream()
    click.echo(escaped(data.decode(), ascii_only=not _is_utf8(target)), file=target, nl=False)


def csv(text: str) -> None:
    """A CSV file: its cells shown, its form as it is."""
    target = io.StringIO(newline="")
    writer = tables.writer(target, lineterminator="\r\n")
    usual = tables.field_size_limit(len(text) + 1)  # of the whole process: as it was, afterwards
    try:
        for row in tables.reader(io.StringIO(text.removeprefix(_BOM), newline="")):
            writer.writerow([shown(cell) for cell in row])
    finally:
        tables.field_size_limit(usual)
    click.echo((_BOM if text.startswith(_BOM) else "") + target.getvalue(), file=stream(), nl=False)


def stream(*, err: bool = False) -> TextIO:
    """stdout or stderr, which take every letter."""
    chosen = sys.stderr if err else sys.stdout
    if isinstance(chosen, io.TextIOWrapper) and chosen.errors != "backslashreplace":
        chosen.reconfigure(errors="backslashreplace")
    return chosen


def is_terminal(*, err: bool = False) -> bool:
    return (sys.stderr if err else sys.stdout).isatty()


def somebody_is_there() -> bool:
    """Whether questions can be asked and answered: both ends are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and is_terminal(err=True)


def confirm(question: str) -> bool:
    """Yes or no, from the person at the terminal; the question goes to stderr."""
    stream(err=True)
    return click.confirm(shown(question), err=True)


def ask(question: str, *, may_be_empty: bool = False) -> str:
    """A line from the person at the terminal; the question goes to stderr."""
    stream(err=True)
    if may_be_empty:
        return str(click.prompt(shown(question), err=True, default="", show_default=False))
    return str(click.prompt(shown(question), err=True))


def ask_secret(question: str) -> str:
    """As `ask`, and the typed text is not seen."""
    stream(err=True)
    return str(click.prompt(shown(question), err=True, hide_input=True, default="", show_default=False))


def complaint(error: click.ClickException, lang: str = "en") -> None:
    """The fault in the call of a command."""
    before, leads_on = usage.errors(lang)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        lines((usage.usage(told, lang) for told in error.ctx.get_usage().splitlines()), err=True)
        names = error.ctx.help_option_names
        if names:
            line(leads_on.format(error.ctx.command_path, names[0]), err=True)
    message = error.format_message()
    # Its choices stand under each other, and are our own words.
    message = " ".join(message.split()) if isinstance(error, click.MissingParameter) else message
    line(before + usage.said(message, lang), err=True)


def _is_utf8(target: TextIO) -> bool:
    return (target.encoding or "").lower().replace("-", "").replace("_", "") == "utf8"
