"""When an agency was last heard of, and how it was last turned away. Pure.

token         it was given one; who shows a client certificate needs none
fetched       somebody looked for what waits in its mailbox, whether or not there was anything
acknowledged  its mailbox was acknowledged
refused       it was told no, under its own name, with this code
denied        somebody who called himself by its code got no token: perhaps it, perhaps a stranger
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
