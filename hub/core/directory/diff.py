"""The changes between two directories: an operator confirms them before an import, and the log records them.

Nothing that changed is left out: two directories whose difference is empty hold the same entries. An entry
never leaves a directory, but should two be compared of which the newer lacks one, that is told too.
Certificates are told apart from fields, one by one, because they decide which keys may sign for which agency: added,
withdrawn, or changed in their times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

from hub.core.directory.files import as_text
from hub.core.model import Agency, Millis, RegisteredCertificate, iso_utc

_FIELDS: Final = tuple(name for name in Agency.__struct_fields__ if name not in ("code", "certificates"))


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    CERTIFICATE_ADDED = "certificate_added"
    CERTIFICATE_WITHDRAWN = "certificate_withdrawn"
    CERTIFICATE_CHANGED = "certificate_changed"


class FieldChange(msgspec.Struct, frozen=True):
    """Both values as text; empty where there is none."""

    field: str
    old: str
    new: str


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change of the entry `code`; an added entry tells all its fields. `certificate` is a SHA-256 in hex."""

    code: str
    kind: ChangeKind
    fields: tuple[FieldChange, ...] = ()
    certificate: str = ""


def diff(old: Iterable[Agency], new: Iterable[Agency]) -> list[Change]:
    """Changes from one directory to the next, in the order of codes."""
    before, after = {a.code: a for a in old}, {a.code: a for a in new}
    codes = sorted(code for code in before.keys() | after.keys() if before.get(code) != after.get(code))
    return [change for code in codes for change in _entry(code, before.get(code), after.get(code))]


def _entry(code: str, old: Agency | None, new: Agency | None) -> Iterator[Change]:
    fields = tuple(_fields(old, new))
    if old is None or new is None:
        yield Change(code, ChangeKind.ADDED if old is None else ChangeKind.REMOVED, fields)
    elif fields:
        yield Change(code, ChangeKind.CHANGED, fields)
    yield from certificate_changes(code, old, new)


def _fields(old: Agency | None, new: Agency | None) -> Iterator[FieldChange]:
    for name in _FIELDS:
        was, is_now = as_text(getattr(old, name, None)), as_text(getattr(new, name, None))
        if was != is_now:
            yield FieldChange(name, was, is_now)


def certificate_changes(code: str, old: Agency | None, new: Agency | None) -> Iterator[Change]:
    """Of one entry, by digest."""
    before = {c.sha256: c for c in old.certificates} if old else {}
    after = {c.sha256: c for c in new.certificates} if new else {}
    for sha256 in sorted(before.keys() | after.keys()):
        was, is_now = before.get(sha256), after.get(sha256)
        if was != is_now:
            yield Change(code, _kind(was, is_now), _times(was, is_now), sha256)


def _kind(old: RegisteredCertificate | None, new: RegisteredCertificate | None) -> ChangeKind:
    if new is None or (new.withdrawn is not None and (old is None or old.withdrawn is None)):
        return ChangeKind.CERTIFICATE_WITHDRAWN if old is not None else ChangeKind.CERTIFICATE_ADDED
    if old is None or (old.withdrawn is not None and new.withdrawn is None):
        return ChangeKind.CERTIFICATE_ADDED
    return ChangeKind.CERTIFICATE_CHANGED


def _times(old: RegisteredCertificate | None, new: RegisteredCertificate | None) -> tuple[FieldChange, ...]:
    """When it counts from, and until when, in UTC."""
    pairs = ((name, _time(old, name), _time(new, name)) for name in ("added", "withdrawn"))
    return tuple(FieldChange(name, was, is_now) for name, was, is_now in pairs if was != is_now)


def _time(certificate: RegisteredCertificate | None, name: str) -> str:
    at = getattr(certificate, name, None)
    return "" if at is None else iso_utc(Millis(at))
