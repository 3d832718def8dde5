"""The effect of a change of the directory, entry by entry, and its faults: for people, for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from clients.errors import ProblemError
from hub.cli import printing
from hub.cli.common import Shared
from hub.core.directory.check import refusal
from hub.core.directory.diff import Change, ChangeKind
from hub.core.directory.entries import with_lines
from hub.core.directory.files import Entry
from hub.core.errors import DirectoryRefusal
from hub.core.model import Agency

FEW: Final = 50
"""Changes of which every field is told; of more, an added entry is one line."""

_SIGNS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADDED: "+",
    ChangeKind.CHANGED: "~",
    ChangeKind.REMOVED: "-",
    ChangeKind.CERTIFICATE_ADDED: "+",
    ChangeKind.CERTIFICATE_WITHDRAWN: "-",
    ChangeKind.CERTIFICATE_CHANGED: "~",
}


def tell(shared: Shared, told: Sequence[Change], new: Iterable[Agency]) -> None:
    """The changes as lines; nothing under --json."""
    if not shared.json:
        names = {agency.code: agency.name for agency in new}
        printing.lines(line for change in told for line in _lines(shared, change, names, len(told) <= FEW))


def _lines(shared: Shared, change: Change, names: Mapping[str, str], fields: bool) -> Iterator[str]:
    sign = _SIGNS[change.kind]
    if change.certificate:
        yield f"{sign} {change.code}  {shared.pick('chứng thư', 'certificate')} {change.certificate}"
    else:
        yield f"{sign} {change.code}  {names.get(change.code, '')}"
    empty = shared.pick("(trống)", "(empty)")
    for field in change.fields:
        if change.kind is ChangeKind.ADDED:
            if fields:
                yield f"    {field.field}: {field.new}"
        else:
            yield f"    {field.field}: {field.old or empty} → {field.new or empty}"


@contextmanager
def by_line(entries: Sequence[Entry]) -> Iterator[None]:
    """The directory's findings about entries of a file are told with their lines."""
    try:
        yield
    except ProblemError as error:
        if not error.problem.entries:
            raise
        told = with_lines(error.problem.entries, entries)
        raise type(error)(msgspec.structs.replace(error.problem, entries=told)) from None
    except DirectoryRefusal as error:
        problems = error.facts.get("problems")
        if not isinstance(problems, tuple):
            raise
        raise refusal(with_lines(problems, entries)) from None
