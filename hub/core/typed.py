"""Text that somebody typed for others to read: one rule for every field that is kept for them, of a form and of a
body in JSON alike. What a signature covers is no such text: it stands as it came.

Characters that hide, or turn the direction in which the others are read, are refused and never dropped in silence: who
typed is told the field, the character and its place. Pages and terminals write such characters out wherever they
stand (`shown`); here they do not get in. A line end and a tab are no secret: they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from hub.core.errors import BadRequest
from hub.core.shown import hides

_PLAIN: Final = re.compile("[\t\n\r -~\u00a0-\u00ac\u00ae-\u024f\u1e00-\u1eff]*")
_PLAIN_JSON: Final = re.compile(r"[\t\n\r -\[\]-~\u00a0-\u00ac\u00ae-\u024f\u1e00-\u1eff]*")
"""The same without `\\`, behind which any character may stand."""
_LAID_OUT: Final = frozenset("\t\n\r")
PLAIN: Final = "text without hidden or control characters"


def check(texts: Mapping[str, str]) -> None:
    """`texts`: by the names of their fields. BadRequest for the first that holds a character which hides."""
    for field, text in texts.items():
        if found := hidden(text):
            raise BadRequest(expected=PLAIN, found=f"{field}: {found}", field=field)


def hidden(text: str) -> str:
    """The first character that hides, and its place from 1: "U+202E, 7". Empty where there is none."""
    if _PLAIN.fullmatch(text):
        return ""
    for place, letter in enumerate(text, 1):
        if letter not in _LAID_OUT and hides(letter):
            return f"U+{ord(letter):04X}, {place}"
    return ""


def check_body(data: bytes, record: object) -> None:
    """Every text of `record`, which was read from the JSON in `data`: BadRequest as `check`."""
    if _PLAIN_JSON.fullmatch(data.decode("utf-8", "replace")):
        return
    for field, text in _texts(record, ""):
        check({field: text})


def _texts(thing: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(thing, str):
        yield place, thing
    elif isinstance(thing, msgspec.Struct):
        for name, member in zip(thing.__struct_encode_fields__, thing.__struct_fields__, strict=True):
            yield from _texts(getattr(thing, member), f"{place}.{name}".removeprefix("."))
    elif isinstance(thing, dict):
        for name, value in thing.items():
            yield from _texts(value, f"{place}.{name}".removeprefix("."))
    elif isinstance(thing, list | tuple):
        for number, value in enumerate(thing):
            yield from _texts(value, f"{place}[{number}]")
