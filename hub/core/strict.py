"""Text forms that have exactly one spelling: base64, base64url, decimal numbers, lines of text.

The rule: a signed or proved text can be written in one way only. A decoder that forgives (white space,
padding, leading zeros, left-over bits) lets one proof have many texts, and then two programs may disagree on
which is meant. So each function here decodes, encodes again, and refuses a text that does not come back as it was.

All raise ProofInvalid, with the name of the thing that was read.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from hub.core.errors import ProofInvalid

MAX_SIZE: Final = 2**63 - 1
"""Largest tree size and largest POSIX time that the C2SP formats allow."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest integer of RFC 8785: the largest that a double holds exactly."""

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")  # all but the newline


def decode_base64(text: str, what: str, length: int | None = None) -> bytes:
    """Standard alphabet, padded, canonical (RFC 4648 section 4); `length` is the exact number of bytes, if
    known.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProofInvalid(expected=f"{what} in base64", found=text[:80]) from None
    if encode_base64(raw) != text:
        raise ProofInvalid(expected=f"{what} in canonical base64", found=text[:80])
    if length is not None and len(raw) != length:
        raise ProofInvalid(expected=f"{what} of {length} bytes", found=f"{len(raw)} bytes")
    return raw


def encode_base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def decode_base64url(text: str, what: str, length: int | None = None) -> bytes:
    """URL alphabet without padding, canonical (RFC 7515 section 2)."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ProofInvalid(expected=f"{what} in base64url", found=text[:80]) from None
    if encode_base64url(raw) != text:
        raise ProofInvalid(expected=f"{what} in canonical base64url", found=text[:80])
    if length is not None and len(raw) != length:
        raise ProofInvalid(expected=f"{what} of {length} bytes", found=f"{len(raw)} bytes")
    return raw


def encode_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode_decimal(text: str, what: str, most: int = MAX_SIZE) -> int:
    """ASCII digits without sign or leading zeros, at most `most`."""
    if not _DECIMAL.fullmatch(text) or int(text) > most:
        raise ProofInvalid(expected=f"{what} as a decimal number up to {most}", found=text[:80])
    return int(text)


def decode_lines(data: bytes, what: str, most: int) -> str:
    """UTF-8 text of at most `most` bytes whose only control character is the newline."""
    if len(data) > most:
        raise ProofInvalid(expected=f"{what} of at most {most} bytes", found=f"{len(data)} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProofInvalid(expected=f"{what} in UTF-8", found=f"byte 0x{data[error.start]:02x}") from None
    if "\r\n" in text:
        found = "CR LF: converted by a program on the way; convert the line ends back to LF, or get the file again"
        raise ProofInvalid(expected=f"{what} with LF at line ends", found=found)
    control = _CONTROL.search(text)
    if control is not None:
        raise ProofInvalid(expected=f"{what} without control characters", found=f"U+{ord(control[0]):04X}")
    return text
