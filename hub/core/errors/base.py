"""The root of the tree, and the words that every error is made of: whose fault, in two languages, findings."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, NamedTuple

import msgspec

from hub.core.phrases.table import EXPECTED_FOUND


class Fault(StrEnum):
    """The side that has to act before it can work."""

    SENDER = "sender"
    CALLER = "caller"
    HUB = "hub"
    PROVER = "prover"


class Text(NamedTuple):
    """One sentence in both languages; the law wants the Vietnamese one."""

    vi: str
    en: str


class Severity(StrEnum):
    """A finding's effect on its message; which rule has which is one table (`severity`)."""

    ERROR = "error"
    """No message can be made of it, or routed: it is refused."""

    NOTICE = "notice"
    """The message is accepted; the notice travels with the answer, the evidence and the document."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in a message.

    code        the field's own convention: `N.` `R.` `M.` `T.` and the dotted path. It goes into evidence, so it is
                one of our own words and never holds a message's words
    clause      whose rule it is
    found       the message's text there, cut short; `right`: the rule's demand
    vi, en      both as one sentence
    line        where it begins, 0 where it has no place
    """

    code: str
    severity: Severity
    clause: str
    path: str
    found: str
    right: Text
    vi: str
    en: str
    line: int = 0

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


class Unready(Exception):
    """Outside of the tree, for it never leaves this machine: the program lacks a thing that it cannot begin without.
    `lines` name it, for people, in both languages."""

    lines: tuple[str, ...] = ()


class AxisError(Exception):
    """Root of the tree. `expected`, `found` are short and never hold a payload; `facts` are machine-readable."""

    code: ClassVar[str] = "AXIS"
    fault: ClassVar[Fault] = Fault.HUB
    text: ClassVar[Text] = Text("Lỗi", "Error")
    hint: ClassVar[Text] = Text("", "")

    def __init__(self, *, expected: str = "", found: str = "", **facts: object) -> None:
        self.expected = expected
        # The content of a header or path may be no Unicode text; told and recorded text is.
        self.found = found[:500].encode("utf-8", "backslashreplace").decode()
        self.facts = facts
        super().__init__(self.en)

    @property
    def vi(self) -> str:
        told = EXPECTED_FOUND.vi
        return _sentence(self.text.vi, "cần", told(self.expected), "nhận được", told(self.found))

    @property
    def en(self) -> str:
        return _sentence(self.text.en, "expected", self.expected, "found", self.found)


def _sentence(head: str, want: str, expected: str, got: str, found: str) -> str:
    parts = [f"{word}: {value}" for word, value in ((want, expected), (got, found)) if value]
    return f"{head} ({'; '.join(parts)})" if parts else head


class Refusal(AxisError):
    fault = Fault.SENDER
