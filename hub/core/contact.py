"""When an agency was last heard of, and how it was last turned away. Pure.

token           it was given one; an agency that shows a client certificate needs none
fetched         its mailbox was asked for documents, whether or not there was any
acknowledged    its mailbox was acknowledged
refused         it was told no, under its own name, with this code
denied          a caller that named itself by its code got no token: perhaps it, perhaps a stranger
"""

from __future__ import annotations

import msgspec

from hub.core.model import Millis


class Contact(msgspec.Struct, omit_defaults=True):
    """None: not since anybody remembers. Changed in place: one for each agency of the directory, at most."""

    token: Millis | None = None
    fetched: Millis | None = None
    acknowledged: Millis | None = None
    refused: Millis | None = None
    refusal: str = ""
    denied: Millis | None = None
    denial: str = ""

    @property
    def last(self) -> Millis | None:
        """When it was last here of its own doing."""
        return max((at for at in (self.token, self.fetched, self.acknowledged) if at is not None), default=None)
