"""The rules for a message's attachments that need no look into them: a zip that only packs a file is whole and within
bounds, so that its recipient gets the file; and no file bears the traces of a conversion (`damaged_file`).

One file at a time, in the budget of `attachments.Spent`. A file that is no zip and shows by its first bytes that
nothing was done to it is not decoded further. Content that is no base64 the walk over the fields has told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from lxml import etree

from hub.core.edxml import severity
from hub.core.edxml.damaged_file import harm_of, may_be_harmed
from hub.core.edxml.finding_texts import SHOWN, finding
from hub.core.edxml.message import Attachment
from hub.core.edxml.packing import ZIP_STARTS, Spent
from hub.core.edxml.read import Claimed, attachment_elements, children
from hub.core.edxml.values import WrongType, decode_base64
from hub.core.errors import BadAttachment, Finding, Text

_HEAD: Final = 64 * 1024
"""Characters of base64, a multiple of four."""
_LONGEST_NAME: Final = 200


def file_findings(claimed: Claimed) -> Iterator[tuple[Finding, etree._Element]]:
    """An error for each file that cannot be unpacked, a notice for each that was damaged before, with its element."""
    spent = Spent()
    for element in attachment_elements(claimed.root):
        yield from ((finding, element) for finding in _of(element, spent))


def is_of_a_file(finding: Finding) -> bool:
    """Whether it says that a file cannot be unpacked, for which a refusal has its own code."""
    return (finding.code, finding.severity) == (severity.UNREADABLE.code, severity.UNREADABLE.severity)


def _of(element: etree._Element, spent: Spent) -> Iterator[Finding]:
    name = _text(element, "AttachmentName").strip()[:_LONGEST_NAME]
    text = _text(element, "ContentTransferEncoded")
    line = cast("int | None", element.sourceline) or 0
    try:
        head = decode_base64(_whole_groups(text))
        if not (head.startswith(ZIP_STARTS) or may_be_harmed(name, head)):
            return
        data = decode_base64(text)
    except WrongType:
        return
    try:
        taken = spent.on(Attachment("", name, data=data)).data
    except BadAttachment as refusal:
        # Of bytes that a conversion destroyed this says more than the failure of a reader of zips.
        harm = harm_of(name, data)
        yield _finding(severity.UNREADABLE, refusal.found, harm.value if harm else None, line)
        return
    harm = harm_of(name, taken)
    if harm is not None:
        yield _finding(severity.HARMED, name, harm.value, line)


def _finding(rule: severity.Rule, found: str, why: Text | None, line: int) -> Finding:
    what = Text(f"Tệp đính kèm bị hỏng: {found}", f"An attachment is damaged: {found}")
    text = Text(f"{what.vi} ({why.vi})", f"{what.en} ({why.en})") if why else what
    return finding("M", rule.path, found[:SHOWN], rule.right, text, rule.clause, rule.severity, line)


def _text(element: etree._Element, tag: str) -> str:
    found = children(element, tag)
    return str(found[0].text or "") if len(found) == 1 and not len(found[0]) else ""


def _whole_groups(text: str) -> str:
    """Of base64, the part that decodes to its first bytes."""
    if len(text) <= _HEAD:
        return text
    start = "".join(text[:_HEAD].split())
    return start[: len(start) // 4 * 4]
