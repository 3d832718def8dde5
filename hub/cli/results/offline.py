"""A result verified without a hub: by documents and their receipts, and the very rules that a hub follows.

Each document is held against its receipt, and the receipt against the policy; results that they register, revoke and
supersede then makes the book. It says no more than those documents do: a revocation in a document that is not at hand
stays unknown, and so does an heir, for whom only a directory speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hub.core import edxml
from hub.core.edxml import Document
from hub.core.edxml.packing import attachments
from hub.core.errors import ProofInvalid, Verdict
from hub.core.evidence import receipt as receipts
from hub.core.evidence.format import Event
from hub.core.log.policy import Policy
from hub.core.model import Millis
from hub.programmes import riding
from hub.programmes.results.book import Entry
from hub.programmes.results.programme import RESULT, Results, entry_of
from hub.programmes.riding import Case, Fault, Ridden


class Proved(NamedTuple):
    """entries: of the book; until: the acceptance of the last document, after which nothing is known."""

    entries: list[Entry]
    until: Millis


def proved(pairs: Sequence[tuple[Path, Path]], policy: Policy) -> Proved:
    """(document, receipt) of each. ProofInvalid, and errors of messages that are none."""
    documents = sorted((_ridden(*pair, policy) for pair in pairs), key=lambda ridden: (ridden.accepted, ridden.number))
    programme, cases = Results(), dict[str, Case]()
    for ridden in documents:
        for event in programme.read(ridden):
            made = programme.apply(cases.get(event.case), event) if not isinstance(event, Fault) else event
            if isinstance(made, Case):
                cases[made.id] = made
    entries = [entry_of(case.body) for case in cases.values() if case.kind == RESULT]
    return Proved(entries, documents[-1].accepted)


def _ridden(document: Path, receipt: Path, policy: Policy) -> Ridden:
    data = document.read_bytes()
    found = receipts.verify(receipt.read_bytes(), policy, data)
    evidence = found.evidence
    signed = evidence.signature.verdict if evidence.signature is not None else ""
    if evidence.event is not Event.SUBMISSION_ACCEPTANCE or evidence.sender is None or signed != Verdict.VALID:
        raise ProofInvalid(expected="the acceptance of a signed document", found=f"{evidence.event.short} {signed}")
    claimed = edxml.parse(data)
    message = edxml.read(claimed)
    if not isinstance(message, Document):
        raise ProofInvalid(expected="a document", found=claimed.kind.value)
    return riding.ride(
        message,
        attachments(claimed),
        number=found.index,
        id=evidence.message or "",
        sender=evidence.sender.identifier,
        accepted=evidence.at,
        verdict=signed,
    )
