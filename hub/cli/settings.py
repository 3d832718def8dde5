"""Settings of a command: what its options change in them, and what cannot be used, as a mistake of the caller's in the
language of the call."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from hub.base.config import InvalidSettings, Settings, load
from hub.cli.usage import language


def refused_settings(error: InvalidSettings) -> click.UsageError:
    told = error.told
    return click.UsageError(told.vi if language(sys.argv[1:]) == "vi" else told.en)


def overridden(
    settings: Settings, *, data: str | None, keys: str | None, host: str | None, port: int | None
) -> Settings:
    """The settings with the command line's values in their place."""
    replace = msgspec.structs.replace
    hub = {k: v for k, v in (("data", data), ("keys", keys)) if v is not None}
    http = {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    return replace(settings, hub=replace(settings.hub, **hub), http=replace(settings.http, **http))


def stored_settings(config: Path | None, data: str | None, keys: str | None) -> Settings:
    """Of a hub that does not run, and whose store is there: both are mistakes of the caller's where they are not."""
    try:
        settings = overridden(load(config), data=data, keys=keys, host=None, port=None)
    except InvalidSettings as error:
        raise refused_settings(error) from None
    if not (Path(settings.hub.data) / "axis.sqlite").exists():
        raise click.UsageError(f"no store in {settings.hub.data}: name the folder with --data")
    return settings
