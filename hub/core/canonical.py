"""One value, one sequence of bytes: RFC 8785 canonical JSON, written fast and read strictly.

The rule: all JSON that is hashed or signed is in the form of RFC 8785, and JSON that is read must already be in it.
Reading is therefore: decode by type (unknown members refused), encode again, compare. A text that could be written in
two ways (white space, order, escapes, duplicate members, `1.0`, `-0`) does not come back as it was and is refused.

msgspec's sorted encoder equals RFC 8785 on the values used here, which a property test holds against a
reference: strings without lone surrogates, integers of at most 2^53 - 1, booleans, arrays, and objects whose
member names are ASCII (RFC 8785 sorts by UTF-16 units, msgspec by code points; for ASCII that is the same).

JSON that others sign is kept and hashed as it came, so it needs one meaning, not one spelling: `decode_any` takes every
JSON text that no two readers can understand differently.
"""

from __future__ import annotations

import json
from typing import Annotated, Final, NoReturn, TypeVar

import msgspec

from hub.core.errors import ProofInvalid
from hub.core.strict import MAX_INTEGER

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
"""A number that JSON, RFC 8785 and every language carry exactly."""

_encoder: Final = msgspec.json.Encoder(order="sorted")
_T = TypeVar("_T")


def encode(value: object) -> bytes:
    """The canonical bytes. ProofInvalid for text that is not Unicode (a lone surrogate)."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise ProofInvalid(expected="Unicode text", found="a lone surrogate") from None


def decode(data: bytes, decoder: msgspec.json.Decoder[_T], what: str) -> _T:
    """The value of `data`, which must be the canonical encoding of it. ProofInvalid otherwise."""
    try:
        value = decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise ProofInvalid(expected=what, found=str(error)[:200]) from None
    if encode(value) != data:
        raise ProofInvalid(expected=f"{what} in canonical form (RFC 8785)", found="another spelling of the same value")
    return value


def decode_any(data: bytes, decoder: msgspec.json.Decoder[_T], what: str) -> _T:
    """The value of `data` in any spelling: order, white space, escapes. ProofInvalid where no JSON of `decoder`'s
    type, or where an object, however deep, has a member twice: readers differ on which of the two counts."""
    try:
        value = decoder.decode(data)
        if encode(value) != data:  # the canonical form has no member twice
            json.loads(
                data.decode("utf-8"), object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_json
            )
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise ProofInvalid(expected=what, found=str(error)[:200]) from None
    return value


def _once(members: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(members)
    if len(read) != len(members):
        raise ValueError("a member that stands twice in one object")
    return read


def _no_json(text: str) -> NoReturn:
    raise ValueError(f"{text}, which is no JSON")
