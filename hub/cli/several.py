"""Several documents of one command: as arguments, and one a line from standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import click

MOST: Final = 10_000
_LONGEST: Final = 400


def identifiers(given: Sequence[str], *, stdin: bool) -> list[str]:
    """Each once, in their order. UsageError for more than `MOST`, or a line that is too long to be one."""
    found = list(given)
    if stdin:
        for line in sys.stdin:
            if len(line) > _LONGEST or len(found) > MOST:
                raise click.UsageError(f"--stdin: <= {MOST} × {_LONGEST}")
            found.append(line.strip())
    names = list(dict.fromkeys(name for name in found if name))
    if len(names) > MOST:
        raise click.UsageError(f"<= {MOST}")
    return names
