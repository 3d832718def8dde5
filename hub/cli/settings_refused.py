"""Settings that cannot be used, as a mistake of the caller's, in the language of the call."""

from __future__ import annotations

import sys

import click

from hub.base.config import InvalidSettings
from hub.cli.usage import language


def refused_settings(error: InvalidSettings) -> click.UsageError:
    told = error.told
    return click.UsageError(told.vi if language(sys.argv[1:]) == "vi" else told.en)
