"""The mark that a browser keeps of a name that signed in on it, which only this hub can make.

Marks have a key of their own, made of the console's: processes that tell known browsers from others, as front processes
do, needs no more than that.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

_NONCE_BYTES: Final = 12


def marks_key(key: bytes) -> bytes:
    """The key that marks are made with, derived of the console's key; nothing else can be made with it."""
    return hmac.new(key, b"browsers", hashlib.sha256).digest()


class Marks:
    """`key`: of `marks_key`."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, name: str) -> str:
        """A new one, for a browser on which this name signed in."""
        nonce = secrets.token_hex(_NONCE_BYTES)
        return f"{name}~{nonce}~{self._mac(name, nonce)}"

    def owner(self, mark: str) -> str:
        """Whose browser it is; empty where nobody made this mark."""
        name, _, rest = mark.partition("~")
        nonce, _, mac = rest.partition("~")
        good = hmac.compare_digest(self._mac(name, nonce).encode(), mac.encode("utf-8", "replace"))
        return name if nonce and good else ""

    def known(self, name: str, mark: str) -> bool:
        return bool(mark) and self.owner(mark) == name

    def _mac(self, name: str, nonce: str) -> str:
        said = f"browser\n{name}\n{nonce}".encode("utf-8", "replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:32]
