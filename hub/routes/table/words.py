"""Words that the routes of several nouns share."""

from __future__ import annotations

from typing import Final, NamedTuple

from hub.http.call import AGENCIES, AUDITORS, OPERATORS

EDXML: Final = "application/xml"
NOTE: Final = "text/plain"
BYTES: Final = "application/octet-stream"
ZIP: Final = "application/zip"

OWNERS: Final = AGENCIES | OPERATORS
"""Callers that can have webhooks."""
WATCHING: Final = OPERATORS | AUDITORS
"""Callers that watch over the axis as a whole."""
PAGE: Final = 2 * 1024 * 1024
"""The memory of a page of the log's objects while it is made: rows, and the answer that is made of them."""

SAFE: Final = "Repeatable: whoever lost the answer sends the same again and gets the same receipt."
WHOSE: Final = "A centre names in `agency` for whom it acts."


class Described(NamedTuple):
    """A call in the description of the interface: generated clients call it by `name`; `tag` is one of
    `hub.routes.described.TAGS`."""

    name: str
    tag: str
    text: str


Calls = dict[tuple[str, str], Described]
"""By method and path, parameters without their patterns."""
