"""The effect of each rule on a message that breaks it, as one table: refused (error), or accepted and told (notice).

The principle: an error keeps a message from being made or routed. An ambiguous part is one, and a length above our own
bounds. All else is a notice: the axis of the field delivers such messages every day, and a hub that refuses them helps
nobody.

`table` lists every rule with its severity and clause; schemas/README.md shows it, and a test compares the two. Rules of
single fields follow from `fields`; those that look at more than one stand in ACROSS.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hub.core.edxml import finding_texts as words
from hub.core.edxml.fields import ATTACHMENT, DOCUMENT, REFERENCE, STATUS, TO_PLACES_MOST
from hub.core.edxml.parts import AXIS, ND30, PROVINCE, QCVN, Leaf, Need, Part, rules
from hub.core.edxml.values import DESCRIBED, Kind
from hub.core.errors import Finding, Severity, Text

QD28: Final = "QĐ 28/2018/QĐ-TTg, Điều 9.1"
REASON: Final = "NĐ 30/2020/NĐ-CP, Điều 21.2"


class Rule(NamedTuple):
    """`code` as of `Finding`; `right`: the right value."""

    code: str
    severity: Severity
    clause: str
    right: Text

    @property
    def path(self) -> str:
        return self.code[2:]

    def broken(self, found: str, line: int = 0, right: Text | None = None) -> Finding:
        """The finding of a message that breaks it; `right` where the right value depends on the message."""
        right = right or self.right
        if self.code[0] == "N":
            return words.missing(self.path, self.clause, self.severity, line)
        said = words.wrong_type if self.code[0] == "T" else words.wrong_value
        return said(self.path, found, right, self.clause, self.severity, line)


def missing_is(part: Part) -> Severity:
    return Severity.ERROR if part.need is Need.ESSENTIAL else Severity.NOTICE


def unread_is(leaf: Leaf) -> Severity:
    """Of a value that is none of its kind."""
    return Severity.ERROR if leaf.need is Need.ESSENTIAL or leaf.decides else Severity.NOTICE


_LISTED: Final = "edXMLManifest.Reference.ContentId"
_ATTACHED: Final = "AttachmentEncoded.Attachment.ContentId"
_ONE_EACH: Final = Text("mỗi ContentId một lần", "each ContentId once")

FUTURE: Final = Rule(
    "M.MessageHeader.PromulgationInfo.PromulgationDate",
    Severity.NOTICE,
    PROVINCE,
    Text("không sau ngày hôm nay", "not after today"),
)
RECIPIENT_TWICE: Final = Rule(
    "M.MessageHeader.To.OrganId", Severity.NOTICE, PROVINCE, Text("mỗi OrganId một lần", "each OrganId once")
)
PLACES: Final = Rule(
    "R.MessageHeader.ToPlaces",
    Severity.NOTICE,
    ND30,
    Text(f"tất cả cùng nhau nhiều nhất {TO_PLACES_MOST} ký tự", f"all together at most {TO_PLACES_MOST} characters"),
)
NAMELESS: Final = Rule("N.MessageHeader.ResponseFor.DocumentId", Severity.ERROR, QCVN, words.REQUIRED)
# The evidence of a refusal says why (ETSI EN 319 522): without a reason none can be made.
REASONLESS: Final = Rule("N.MessageHeader.Description", Severity.ERROR, REASON, words.REQUIRED)
LISTED_TWICE: Final = Rule(f"M.{_LISTED}", Severity.NOTICE, QCVN, _ONE_EACH)
ATTACHED_TWICE: Final = Rule(f"M.{_ATTACHED}", Severity.NOTICE, QCVN, _ONE_EACH)
NOT_ATTACHED: Final = Rule(
    f"M.{_LISTED}",
    Severity.NOTICE,
    QD28,
    Text("có một Attachment mang ContentId này", "one Attachment with this ContentId"),
)
NOT_LISTED: Final = Rule(
    f"M.{_ATTACHED}",
    Severity.NOTICE,
    QD28,
    Text("có một Reference mang ContentId này", "one Reference with this ContentId"),
)
KIND: Final = Rule(
    "M.MessageHeader.StatusCode",
    Severity.ERROR,
    QCVN,
    Text("không có StatusCode bên cạnh To", "no StatusCode beside To"),
)

_CONTENT: Final = "M.AttachmentEncoded.Attachment.ContentTransferEncoded"
UNREADABLE: Final = Rule(
    _CONTENT, Severity.ERROR, AXIS, Text("tệp zip còn nguyên, trong giới hạn", "a zip that is whole and within bounds")
)
HARMED: Final = Rule(
    _CONTENT, Severity.NOTICE, words.SEEN, Text("tệp đúng như người gửi có", "the file as its sender has it")
)

ACROSS: Final = (
    UNREADABLE,
    HARMED,
    FUTURE,
    RECIPIENT_TWICE,
    PLACES,
    NAMELESS,
    REASONLESS,
    LISTED_TWICE,
    ATTACHED_TWICE,
    NOT_ATTACHED,
    NOT_LISTED,
    KIND,
)


def table() -> Iterator[Rule]:
    """Every rule, in the order of the messages: of their fields, then across them."""
    for spec in (DOCUMENT, STATUS, REFERENCE, ATTACHMENT):
        for part in rules(spec):
            yield from _of(part)
    yield from ACROSS


def _of(part: Part) -> Iterator[Rule]:
    if part.need:
        yield Rule(f"N.{part.path}", missing_is(part), part.clause, words.REQUIRED)
    if not part.many:
        yield Rule(f"M.{part.path}", Severity.ERROR, part.clause, words.ONCE)
    if isinstance(part, Leaf):
        yield from _of_leaf(part)


def _of_leaf(leaf: Leaf) -> Iterator[Rule]:
    yield Rule(f"T.{leaf.path}", Severity.ERROR, leaf.clause, words.PLAIN)
    if leaf.kind is Kind.TEXT:
        yield Rule(f"M.{leaf.path}", Severity.NOTICE, words.SEEN, words.READABLE)
    if leaf.kind is not Kind.TEXT:
        yield Rule(f"T.{leaf.path}", unread_is(leaf), leaf.clause, DESCRIBED[leaf.kind])
    if leaf.most:
        yield Rule(f"R.{leaf.path}", Severity.NOTICE, leaf.clause, words.at_most(leaf.most))
        if leaf.kind is not Kind.INT:
            yield Rule(f"R.{leaf.path}", Severity.ERROR, AXIS, words.at_most(leaf.bound))
