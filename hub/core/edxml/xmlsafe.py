"""Bytes to an XML tree, or a typed refusal: the only place in the project where XML from outside is parsed.

The rules, cheap to dear (checks 2 to 4 of the order in `xmldsig`):

2. UTF-8 only, no NUL, one BOM at the very start at most; no `<!DOCTYPE`, no `<!ENTITY`; `xmlns` at most 64 times
   in one tag; `<` and `=` at most twice the element limit. All by counting bytes, before any parser sees them: a parser
   builds everything that it reads.
3. One hardened parse, then our own limits on depth, elements, attributes and on the namespaces that are in scope
   together: inclusive canonicalisation looks at each of them at each element.
4. No comments, processing instructions or entities anywhere, nothing beside the root: lxml's `.text` reads
   `a<!--x-->b` as `a`, so a document with comments would say one thing to a person and another to a program.

Not checked here: that it is edXML (`edxml`), that anybody signed it (`xmldsig`).
"""

from __future__ import annotations

import codecs
import threading
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec
from lxml import etree

from hub.core.errors import ForbiddenXml, MalformedXml, XmlTooComplex


class Limits(msgspec.Struct, frozen=True):
    """Structural limits; sizes in bytes are limited where bytes are read.

    `elements`: 12,000 recipients (`limits.recipients`) with all nine elements that a `To` may have, and as many again
    as there are recipients for the rest. Every cost is linear in it, given the other limits: the worst message at this
    limit takes half a second and 60 MB beside its own bytes.

    `namespaces`: different ones (prefix and URI) in scope at one element, and declared in one tag; `declared`:
    declarations in scope, the same one again counted as well. How often one is declared beside the others is as free
    as elements are: the field's library does so once in each file, other builders once in each Reference.
    """

    depth: int = 64
    elements: int = 120_000
    attributes: int = 64
    namespaces: int = 64
    declared: int = 256


STRICT: Final = Limits()
LEGACY: Final = Limits(elements=20_000, namespaces=16, declared=64)
"""Elements: a thousand files with all that can be said of each, in the manifest and beside it."""

BOM: Final = b"\xef\xbb\xbf"
_PIECE: Final = 64 * 1024
_SPAN: Final = 4 * 1024
_DECLARATION: Final = b"xmlns"
_local = threading.local()


def parse_xml(data: bytes, limits: Limits = STRICT) -> etree._Element:
    """The root element of `data`. MalformedXml, ForbiddenXml or XmlTooComplex otherwise; no other exception."""
    body = data[3:] if data.startswith(BOM) else data
    if body.startswith(BOM):
        raise ForbiddenXml(expected="one byte order mark at most", found="two")
    declarations = _check_bytes(body, limits)
    parser = _parser()
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedXml(expected="well-formed XML", found=_first_line(error)) from None
    # lxml goes by the last entry alone. After an error of namespaces (a prefix that is not bound, the same attribute
    # twice) libxml2 does not look at anything behind the root, and a warning behind it would hide both.
    errors = parser.error_log.filter_from_errors()
    if len(errors):
        raise MalformedXml(expected="well-formed XML", found=errors[0].message[:200])
    _check_tree(root, body, limits)
    if declarations > limits.namespaces:  # no more are in scope than there are in all
        _check_scope(root, limits)
    return root


def _parser() -> etree.XMLParser:
    # One for each thread: a parser is not to be shared, and making one costs more than a small document.
    parser: etree.XMLParser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=True,
            collect_ids=False,
        )
        _local.parser = parser
    return parser


def _check_bytes(data: bytes, limits: Limits) -> int:
    """How many declarations there are at most."""
    _check_utf8(data)  # a declaration may say UTF-16 or UTF-7; the bytes must be UTF-8 all the same
    _check_declaration(data)
    if b"\0" in data:
        raise ForbiddenXml(expected="no NUL byte", found=f"NUL at {data.index(0)}")
    for token in (b"<!DOCTYPE", b"<!ENTITY") if b"!" in data else ():
        if token in data:
            raise ForbiddenXml(expected="no document type definition", found=token.decode())
    declarations = tags = equals = 0
    for start, end in _markup(data):
        declarations += data.count(_DECLARATION, start, end + 4)  # those that begin before `end`
        tags += data.count(b"<", start, end)
        equals += data.count(b"=", start, end)
    if declarations > limits.namespaces:
        _check_each_tag(data, limits)
    for count, most, what in (
        (tags, 2 * limits.elements, "tags"),
        (equals, 2 * limits.elements, "attributes"),  # some hundred bytes of memory each, for eight of the message
    ):
        if count > most:
            raise XmlTooComplex(expected=f"at most {most} {what}", found=str(count))
    return declarations


def _check_each_tag(data: bytes, limits: Limits) -> None:
    count, before, at = 0, 0, data.find(_DECLARATION)
    while at >= 0:
        count = count + 1 if data.find(b"<", before, at) < 0 else 1
        if count > limits.namespaces:
            raise XmlTooComplex(expected=f"at most {limits.namespaces} namespaces declared in one tag", found="more")
        before, at = at, data.find(_DECLARATION, at + len(_DECLARATION))


def _check_utf8(data: bytes) -> None:
    """In pieces: all of it at once would be a string of up to four times the size."""
    decoder, start = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE], start + _PIECE >= len(data))
    except UnicodeDecodeError as error:
        carried, _ = decoder.getstate()
        place = start - len(carried) + error.start
        raise ForbiddenXml(expected="UTF-8", found=f"byte 0x{data[place]:02x} at {place}") from None


def _markup(data: bytes) -> Iterator[tuple[int, int]]:
    """Spans of `data` that hold every `<` and every declaration: the part between two of them is text, for it is longer
    than a span and has neither `<` nor a quotation mark. So the base64 of a file is searched, not counted through,
    which is ten times as fast."""
    start = data.find(b"<")
    while start >= 0:
        end = start + _SPAN
        following = data.find(b"<", end)
        gap = following if following >= 0 else len(data)
        if data.find(b'"', end, gap) >= 0 or data.find(b"'", end, gap) >= 0:
            end = gap
        yield start, end
        start = following


def _check_declaration(data: bytes) -> None:
    if not data.startswith(b"<?xml"):
        return
    end = data.find(b"?>", 0, 256)
    declaration = data[: end if end >= 0 else 256].lower()
    if b"encoding" in declaration and b"utf-8" not in declaration and b"us-ascii" not in declaration:
        raise ForbiddenXml(expected="encoding UTF-8", found=declaration.decode("ascii", "replace"))


def _check_tree(root: etree._Element, data: bytes, limits: Limits) -> None:
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise ForbiddenXml(expected="no document type definition", found="DTD")
    if root.getprevious() is not None or root.getnext() is not None:
        raise ForbiddenXml(expected="nothing beside the root element", found="comment or instruction")
    if _suspicious(root, data, limits):
        _check_nodes(root, limits)


def _check_scope(root: etree._Element, limits: Limits) -> None:
    """Before this it is known that no tag has more than `limits.namespaces`, so each step here is a small one."""
    inner: list[tuple[str, str]] = []
    times: Counter[tuple[str, str]] = Counter()
    for event, declared in etree.iterwalk(root, events=("start-ns", "end-ns")):
        if event == "end-ns":
            last = inner.pop()
            times[last] -= 1
            if not times[last]:
                del times[last]
            continue
        inner.append(declared)
        times[declared] += 1
        for count, most, what in (
            (len(times), limits.namespaces, "different namespaces"),
            (len(inner), limits.declared, "namespace declarations"),
        ):
            if count > most:
                raise XmlTooComplex(expected=f"at most {most} {what} in scope", found="more")


_ODD: Final = etree.XPath("//comment() or //processing-instruction()")


@cache
def _beyond(limits: Limits) -> etree.XPath:
    return etree.XPath(
        f"count(//*) > {limits.elements} or {'/*' * (limits.depth + 1)} or //@*[{limits.attributes + 1}]"
    )


def _suspicious(root: etree._Element, data: bytes, limits: Limits) -> bool:
    """Whether the walk below would refuse: the same questions asked inside libxml2, in a third of the time.

    The walk alone refuses and says why; a test holds the two against each other.
    """
    # No comment is without `!` in the bytes, no instruction without `?`; those of the XML declaration do not count.
    content = data.find(b"?>") + 2 if data.startswith(b"<?xml ") else 0
    odd = b"!" in data or data.find(b"?", content) >= 0
    return bool((odd and _ODD(root)) or _beyond(limits)(root))


def _check_nodes(root: etree._Element, limits: Limits) -> None:
    count = depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "end":
            depth -= 1
            continue
        if event != "start" or not isinstance(node.tag, str):
            raise ForbiddenXml(expected="elements and text only", found=type(node).__name__.strip("_").lower())
        count += 1
        depth += 1
        if depth > limits.depth:
            raise XmlTooComplex(expected=f"depth at most {limits.depth}", found=str(depth))
        if count > limits.elements:
            raise XmlTooComplex(expected=f"at most {limits.elements} elements", found=str(count))
        if len(node.attrib) > limits.attributes:
            raise XmlTooComplex(expected=f"at most {limits.attributes} attributes", found=str(len(node.attrib)))


def _first_line(error: Exception) -> str:
    told = str(error).splitlines()[0].partition(" (<string>")[0] if str(error) else type(error).__name__
    return told[:200]
