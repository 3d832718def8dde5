"""Where elements stand in the bytes: line, column and the text there.

lxml keeps a line, and only up to 65,535; a message on one line needs the column. So expat goes through the bytes once
more and counts both: one pass for all questions. Only for bytes that `xmlsafe` has let pass.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final
from xml.parsers import expat

import msgspec
from lxml import etree

from hub.core.edxml.xmlsafe import BOM

_EXCERPT: Final = 80


class Place(msgspec.Struct, frozen=True):
    """Both from 1, columns in characters; `excerpt`: from there to the end of the line, 80 characters at most."""

    line: int
    column: int
    excerpt: str


def places(data: bytes, root: etree._Element, wanted: Collection[etree._Element]) -> dict[etree._Element, Place]:
    """Of each element of `wanted`; `root` is the tree of `data`."""
    numbers = {number: element for number, element in enumerate(root.iter(etree.Element)) if element in wanted}
    found: dict[etree._Element, Place] = {}
    body = data.removeprefix(BOM)
    parser = expat.ParserCreate()
    seen = 0

    def start(name: str, attributes: Any) -> None:
        nonlocal seen
        element = numbers.get(seen)
        seen += 1
        if element is not None:
            excerpt = excerpt_at(body, parser.CurrentByteIndex)
            found[element] = Place(parser.CurrentLineNumber, parser.CurrentColumnNumber + 1, excerpt)

    parser.StartElementHandler = start
    with suppress(expat.ExpatError):  # the two parsers may differ, and a place is a help, not a verdict
        parser.Parse(body, True)
    return found


def excerpt_at(data: bytes, start: int) -> str:
    """The text from that byte on, on its line."""
    line = data[start : start + 4 * _EXCERPT].split(b"\n", 1)[0]
    return line.decode("utf-8", "ignore").rstrip("\r")[:_EXCERPT]


def line_at(data: bytes, line: int, column: int) -> Place:
    """A place that a parser named: its line of the bytes, from the column on where that is in it."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
        if not start:
            return Place(line, column, "")
    return Place(line, column, excerpt_at(data, start + max(column - _EXCERPT // 2, 0)))
