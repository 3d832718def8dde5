"""An error of the tree as a record, and back: how it crosses from one of our processes to another.

Both ends are of one release, so the class goes by its name. The arguments of its maker make the error again; nothing
else of it crosses.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hub.core.errors import AxisError, Finding, InvalidFields, SignatureRefusal, TryLater, Unexpected, Verdict

MOST_FINDINGS: Final = 1_000
"""Findings told in one answer: a message of 1 MB can have 120,000, which would be an answer of 50."""


class ErrorRecord(msgspec.Struct, frozen=True, array_like=True):
    """The class' name, the expected and the found value, and the further members of some classes."""

    kind: str
    expected: str = ""
    found: str = ""
    facts: dict[str, Any] = {}
    retry_after: float = 0.0
    verdict: Verdict | None = None
    step: int = 0
    findings: tuple[Finding, ...] = ()


def record_of(error: BaseException) -> ErrorRecord:
    """An error as a record. One that is not of the tree is Unexpected, and tells nothing of itself."""
    if not isinstance(error, AxisError):
        return ErrorRecord(Unexpected.__name__)
    signature = error if isinstance(error, SignatureRefusal) else None
    return ErrorRecord(
        kind=type(error).__name__,
        expected=error.expected,
        found=error.found,
        facts=msgspec.to_builtins({name: fact for name, fact in error.facts.items() if name != "findings"}),
        retry_after=error.retry_after if isinstance(error, TryLater) else 0.0,
        verdict=signature.verdict if signature else None,
        step=signature.step if signature else 0,
        findings=error.findings[:MOST_FINDINGS] if isinstance(error, InvalidFields) else (),
    )


def error_of(record: ErrorRecord) -> AxisError:
    """Inverse of `record_of`."""
    kind, said = _KINDS[record.kind], {"expected": record.expected, "found": record.found}
    made: AxisError
    if issubclass(kind, InvalidFields):
        made = kind(record.findings)
    elif issubclass(kind, SignatureRefusal):
        made = kind(record.verdict or Verdict.MALFORMED, step=record.step, **said)
    elif issubclass(kind, TryLater):
        made = kind(retry_after=record.retry_after, **said)
    else:
        made = kind(**said)
    made.facts.update(record.facts)
    return made


def _below(kind: type[AxisError]) -> list[type[AxisError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _below(child))]


_KINDS: Final = {kind.__name__: kind for kind in _below(AxisError)}
