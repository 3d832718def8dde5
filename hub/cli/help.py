"""Help of commands in the caller's language: usage, options, defaults, headings.

A command states the help of its options in English; `option_help` has the same in Vietnamese, and
`tests/cli/test_vietnamese.py` holds every option of every command against it. Nothing but click is imported before help
is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

ARGUMENTS: Final = "hub.cli.arguments"


class Helped(click.Command):
    """A command whose help is in one language, that of `--lang`, TRUC_LANG or the locale."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[ARGUMENTS] = [*args]  # --help is done before --lang is read
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        words = import_module("hub.cli.usage")
        chosen = words.language(ctx.meta.get(ARGUMENTS, ()))
        formatter.write_usage(ctx.command_path, words.usage(pieces, chosen), f"{words.usage('Usage:', chosen)} ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        chosen = import_module("hub.cli.usage").language(ctx.meta.get(ARGUMENTS, ()))
        told = import_module("hub.cli.option_help").told
        rows = [
            (record[0], told(parameter.help or "", record[1], chosen))
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None
        ]
        with formatter.section(told("Options", "Options", chosen)):
            formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class Group(Helped, click.Group):
    """A group of such commands."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        chosen = import_module("hub.cli.usage").language(ctx.meta.get(ARGUMENTS, ()))
        told = import_module("hub.cli.option_help").told
        rows = [
            (name, in_language(command, chosen, formatter.width))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section(told("Commands", "Commands", chosen)):
            formatter.write_dl(rows)


def in_language(command: click.Command, chosen: str, width: int) -> str:
    """One line of a command's help: its first paragraph is Vietnamese, the second English."""
    paragraphs = (command.help or "").split("\n\n")
    if chosen == "vi" or command.short_help or len(paragraphs) < 2:
        return command.get_short_help_str(width)
    return click.Command(None, help=paragraphs[1]).get_short_help_str(width)
