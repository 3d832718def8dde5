"""The person whom a result is about, as a digest: the axis keeps no number of a person.

PBKDF2-HMAC-SHA256 over the number, with the result's number as salt. A personal number has few digits, so a plain
digest would be undone by trying them all; each try costs 600,000 rounds here and serves for one result alone. It is no
secret for all that: a caller that means one person, and has the digest, can ask whether it is that person. So the
digest is told to nobody but the parties of the result; a stranger may name the tag that a paper's QR carries.
"""

from __future__ import annotations

import hashlib

from hub.programmes.results.packets import OWNER_ROUNDS, OWNER_TAG, identity


def digest(number: str, code: str) -> str:
    """Hex, 64 digits. ValueError where `number` is no number of a person or business."""
    return hashlib.pbkdf2_hmac("sha256", identity(number).encode(), code.encode(), OWNER_ROUNDS).hex()


def tag(digested: str) -> str:
    """The part of it that a QR carries."""
    return digested[:OWNER_TAG]
