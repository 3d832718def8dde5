"""The validator: everything that is wrong in a message, at once, in the field's own error convention.

Four layers, all of them always run:

1. The table of `fields`: missing, twice, wrong type, wrong value, too long. Manifest and attachments
   too.
2. Rules across fields, listed in ACROSS below.
3. Each attachment has exactly one line of the manifest and each line its attachment (QĐ 28/2018 Art. 9.1:
   the recipient checks that the document is complete).
4. The insides of the attachments, as far as their packing goes (`file_check`).

Shapes of agency codes are never a finding: real codes break both documented shapes, the directory is the
judge. Nor is DocumentId's: the field has four forms of it. Not checked: signatures, marks of secrecy
(`secrecy`), whether an attachment opens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from lxml import etree

from hub.core.edxml import severity
from hub.core.edxml.fields import ATTACHED, TO_PLACES_MOST
from hub.core.edxml.file_check import file_findings, is_of_a_file
from hub.core.edxml.finding_texts import too_long
from hub.core.edxml.read import Claimed, Values, Walk, attachment_elements, parse, references
from hub.core.edxml.values import TEXT_OF, Kind
from hub.core.errors import BadAttachment, Finding, InvalidFields, Text
from hub.core.model import StatusCode

REASONED: Final = frozenset({StatusCode.REFUSED, StatusCode.TAKE_BACK, StatusCode.DISAGREED})
"""Statuses that are nothing without a reason (NĐ 30 Art. 21.2)."""

_day: Final = TEXT_OF[Kind.DATE]


def checked(data: bytes, sha256: str, today: date) -> tuple[Claimed, list[Finding]]:
    """A claimed message that may travel, and the notices that go with it. FormatRefusal; InvalidFields, with all
    findings, where one of them is an error; BadAttachment where all that are errors say that a file is damaged."""
    claimed = parse(data, sha256=sha256)
    found = findings(claimed, today)
    refusal = refusal_of(found)
    if refusal is not None:
        raise refusal
    references(claimed)
    return claimed, found


def findings(claimed: Claimed, today: date) -> list[Finding]:
    """All findings, in the order of the layers; empty for a message without fault. `today` is a day in
    Vietnam."""
    return [finding for finding, _ in placed(claimed, today)]


def placed(claimed: Claimed, today: date) -> list[tuple[Finding, etree._Element | None]]:
    """The same, each with the element that it is about; None of those across fields."""
    walks = (claimed.header, claimed.manifest, Walk().over(attachment_elements(claimed.root), ATTACHED))
    found: list[tuple[Finding, etree._Element | None]] = []
    values: Values = {}
    for walk in walks:
        found.extend(zip(walk.findings, walk.places, strict=True))
        values |= walk.values  # no two have a path in common
    for rule in ACROSS:
        found.extend((finding, None) for finding in rule(values, today))
    found.extend(file_findings(claimed))
    return found


def refusal_of(found: list[Finding]) -> InvalidFields | BadAttachment | None:
    """The error with which a message with these findings is refused; None where all of them are notices."""
    errors = [finding for finding in found if finding.is_error]
    if errors and all(map(is_of_a_file, errors)):
        return BadAttachment(expected=errors[0].right.en, found=errors[0].en)
    return InvalidFields(found) if errors else None


def _not_from_the_future(values: Values, today: date) -> Iterator[Finding]:
    path = "MessageHeader.PromulgationInfo.PromulgationDate"
    for day in values.get(path, ()):
        if day > today:
            right = Text(f"không sau ngày {_day(today)}", f"not after {_day(today)}")
            yield severity.FUTURE.broken(_day(day), right=right)


def _each_recipient_once(values: Values, today: date) -> Iterator[Finding]:
    path = "MessageHeader.To.OrganId"
    codes = values.get(path, ())
    if len(set(codes)) == len(codes):
        return
    for code, times in Counter(codes).items():
        if times > 1:
            yield severity.RECIPIENT_TWICE.broken(code)


def _places_together(values: Values, today: date) -> Iterator[Finding]:
    joined = "; ".join(values.get("MessageHeader.ToPlaces.Place", ()))
    if len(joined) > TO_PLACES_MOST:
        rule = severity.PLACES
        yield too_long(rule.path, joined, TO_PLACES_MOST, rule.clause, rule.severity)


def _status_names_a_document(values: Values, today: date) -> Iterator[Finding]:
    under = "MessageHeader.ResponseFor."
    if "MessageHeader.StatusCode" in values and not (under + "DocumentId" in values or under + "Code" in values):
        yield severity.NAMELESS.broken("")


def _reason_given(values: Values, today: date) -> Iterator[Finding]:
    code = values.get("MessageHeader.StatusCode", [None])[0]
    if code in REASONED and "MessageHeader.Description" not in values:
        yield severity.REASONLESS.broken("")


def _manifest_matches(values: Values, today: date) -> Iterator[Finding]:
    listed, attached = "edXMLManifest.Reference.ContentId", "AttachmentEncoded.Attachment.ContentId"
    if listed not in values and attached not in values:
        return
    lines, files = Counter(values.get(listed, ())), Counter(values.get(attached, ()))
    for here, there, again, alone in (
        (lines, files, severity.LISTED_TWICE, severity.NOT_ATTACHED),
        (files, lines, severity.ATTACHED_TWICE, severity.NOT_LISTED),
    ):
        for content_id, times in here.items():
            if times > 1:
                yield again.broken(content_id)
            if content_id not in there:
                yield alone.broken(content_id)


ACROSS: Final[tuple[Callable[[Values, date], Iterator[Finding]], ...]] = (
    _not_from_the_future,
    _each_recipient_once,
    _places_together,
    _status_names_a_document,
    _reason_given,
    _manifest_matches,
)
"""The rules that look at more than one field, or at the calendar."""
