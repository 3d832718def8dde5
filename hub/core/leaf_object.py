"""The form of an object that a leaf of the log commits to: canonical JSON with its version and a random `x-nonce`."""

from __future__ import annotations

from typing import Final

import msgspec


class LeafObject(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="version",
    tag="1",
    rename={"nonce": "x-nonce"},
):
    """`nonce`: 16 random bytes in base64url, so that a digest tells nothing of an object that can be guessed."""

    nonce: str


class _Typed(msgspec.Struct):
    type: str = ""


_typed: Final = msgspec.json.Decoder(_Typed)


def type_of(data: bytes) -> str:
    """The type that an object claims, of any kind of leaf; empty where it claims none, or is no JSON."""
    try:
        return _typed.decode(data).type
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return ""
