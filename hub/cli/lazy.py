"""A group that imports a command's module when the command is invoked, and not before.

The table says where each command is and what its line of help is, so that `--help` needs no module but click.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Place(NamedTuple):
    """`module` has an attribute `command`; `section` groups the lines of help."""

    module: str
    help: str
    section: str = "Commands"


class LazyGroup(click.Group):
    """`places`: name → where. Commands added by decorators come after them."""

    def __init__(self, *args: Any, places: Mapping[str, Place] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = dict(places or {})

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
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)
        super().format_commands(ctx, formatter) if not self.places else None
