"""A group that imports a command's module when the command is invoked, and not before.

The table says where each command is and its line of help, so that `--help` needs no module but click.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import click

from hub.cli.help import ARGUMENTS, Group


class Place(NamedTuple):
    """`module` has an attribute `command`; `section` groups the lines of help."""

    module: str
    help: str
    section: str = "Commands"


class LazyGroup(Group):
    """`places`: name → where. Commands added by decorators come after them."""

    def __init__(self, *args: Any, places: Mapping[str, Place] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = dict(places or {})

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any
    ) -> Any:
        """As click's, but that its complaint goes out as everything else does."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # help too is told on any terminal
        code = None
        try:
            code = super().main(args, standalone_mode=False, **extra)
        except click.ClickException as error:
            _complain(error, args)
        except click.Abort:
            _complain(click.ClickException("Aborted!"), args)
        except OSError as error:  # errors that the command did not expect: a full disk, a folder that is gone
            if error.errno == errno.ENOSPC and error.filename is None:
                _silence()
            _complain(click.ClickException(f"not done: {error.filename or '-'}: {error.strerror or error}"), args)
        except UnicodeEncodeError:
            odd = [one for one in (sys.argv[1:] if args is None else args) if _is_no_text(one)]
            if not odd:
                raise
            _complain(click.UsageError(f"not text in UTF-8: {odd[0]}"), args)
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self.places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        found = import_module(place.module).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, place in self.places.items():
            sections.setdefault(place.section, []).append((name, place.help))
        chosen = import_module("hub.cli.usage").language(ctx.meta.get(ARGUMENTS, ()))
        told = import_module("hub.cli.option_help").told
        for title, rows in sections.items():
            with formatter.section(told(title, title, chosen)):
                formatter.write_dl(rows)
        super().format_commands(ctx, formatter) if not self.places else None


def _silence() -> None:
    """Nobody takes the output: its waiting part is let go, or it would fail once more at the end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _is_no_text(argument: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in argument)


def _complain(error: click.ClickException, args: Sequence[str] | None) -> NoReturn:
    language = import_module("hub.cli.usage").language
    import_module("hub.cli.printing").complaint(error, language(sys.argv[1:] if args is None else args))
    sys.exit(error.exit_code)
