"""Refusals (RFC 9457), and the findings in them."""

from __future__ import annotations

from hub.core import errors
from hub.core.wire.base import Identifier, Wire
from hub.core.wire_words import Fault, Severity


class Finding(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One wrong field: `N.` missing, `R.` too long, `M.` wrong value, `T.` wrong type, then the path. An `error` keeps
    the message from being made or routed, a `notice` does not. `value`: the one found; `rule`, `rule_vi`: the right
    form; `line`, `column`: where it begins; `excerpt`: the text there. `F.` is of the form of the whole: the form that
    came in place of edXML."""

    code: str
    value: str
    rule: str
    clause: str
    vi: str
    en: str
    severity: Severity = "error"
    path: str = ""
    rule_vi: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""

    @classmethod
    def of(cls, finding: errors.Finding) -> Finding:
        return cls(
            code=finding.code,
            value=finding.found,
            rule=finding.right.en,
            clause=finding.clause,
            vi=finding.vi,
            en=finding.en,
            severity=finding.severity.value,
            path=finding.path,
            rule_vi=finding.right.vi,
            line=finding.line,
        )


class EntryProblem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with one entry of the directory: `value` is the one found, `vi` and `en` tell the right one.
    `line` is its line in a file, 0 where there was none."""

    entry: str
    field: str
    reason: str
    value: str
    vi: str
    en: str
    line: int = 0


class Candidate(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A document that a name may mean: its identifier, number and notation, and when it is of: the day where its
    DocumentId tells it, else the year."""

    id: Identifier
    code: str
    date: str
    sender: str
    document_id: str
    subject: str
    accepted_at: str


class Problem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `code` is stable; `fault` names the party that must act; `receipt` proves a recorded refusal;
    `documents`: those that an ambiguous name may mean."""

    type: str
    title: str
    status: int
    code: str
    fault: Fault
    detail: str
    vi: str
    en: str
    hint_vi: str = ""
    hint_en: str = ""
    expected: str = ""
    found: str = ""
    findings: list[Finding] = []
    recipients: dict[str, str] = {}
    retry_after: float = 0
    receipt: str = ""
    entries: list[EntryProblem] = []
    documents: list[Candidate] = []


class ProblemKind(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One code of Problem: its status, the party that must act, its text and its remedy. Some answers of HTTP itself
    (405, 431) carry REQUEST_INVALID under their own status."""

    code: str
    status: int
    fault: Fault
    vi: str
    en: str
    hint_vi: str
    hint_en: str


class ProblemKinds(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[ProblemKind]
