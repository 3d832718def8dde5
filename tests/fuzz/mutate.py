"""Changes that know a little of what they change: words of the formats, parts of other inputs, text inside base64.

A coverage-guided engine changes bytes; a signature or a nested encoding stops it there. These changes go through:
they take a base64 or base64url word apart, change what is in it and put it back, move whole elements and JSON members,
and put in what parsers are known to stumble over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from lxml import etree

MOST: Final = 64 * 1024
WORDS: Final = [
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"&x;", b"&#0;", b"&#x110000;", b"&lt;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<?x ?>", b"xmlns=''", b"xmlns:a='urn:a'", b"xml:space=''", b"<a/>", b"</a>", b"\xef\xbb\xbf", b"\xc0\xaf",
    b"\xed\xa0\x80", b"\xf4\x8f\xbf\xbf", b"\0", b"\r\n", b"\r", b"\x85", "\u2028".encode(), "\u202e".encode(),
    ("\u0301\u0323" * 5_000).encode(),
    "e\u0301".encode(), "\u0110".encode(), b"-0", b"1e309", b"NaN", b"9" * 20, b"9" * 5_000, b"2026-13-45",
    b"0000-00-00", b"9999-12-31", b"2026/11/22 25:61:61", b"+24:00", b"[" * 2_000, b'{"a":' * 500, b'"\\ud800"',
    b'"\\u0000"', b"null", b"true", b"-1", b"18446744073709551616", b"%00", b"%ff", b"..%2f", b"?a=1&a=2",
    b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Expect: x\r\n",
    b"Range: bytes=0-\r\n", b"\xe2\x80\x94 ", b"\n\n", b"sha-256:", b"quorum none\n", b"group g any ", b"PK\x05\x06",
    b"PK\x01\x02", b"\x30\x82", b"\x02\x01\x00", b"=", b"A" * 44, b"@ID@", b"@DOC@",
]  # fmt: skip
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_ELEMENT: Final = re.compile(rb"<([A-Za-z:]+)[^<>]*>[^<>]*</\1>|<[A-Za-z:]+[^<>]*/>")
_NUMBER: Final = re.compile(rb"\d+")

Change = Callable[[bytes, Random, Sequence[bytes]], bytes]


def _span(data: bytes, draw: Random) -> tuple[int, int]:
    at = draw.randrange(len(data) + 1)
    return at, min(len(data), at + draw.choice((1, 1, 2, 4, 16, 64, 512)))


def flip(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    if not data:
        return b"\x01"
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, draw)
    return data[:start] + data[end:]


def repeat(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, draw)
    return data[:end] + data[start:end] * draw.choice((1, 2, 50, 2_000)) + data[end:]


def put_word(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, draw)
    return data[:start] + draw.choice(WORDS) + data[draw.choice((start, end)) :]


def splice(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    other = draw.choice(others) if others else data
    start, end = _span(other, draw)
    at, until = _span(data, draw)
    return data[:at] + other[start : end + draw.choice((0, 300))] + data[draw.choice((at, until)) :]


def change_number(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    return _within(
        _NUMBER, data, draw, lambda found: str(max(0, int(found[:18]) + draw.choice((-1, 1, 256, 1 << 31)))).encode()
    )


def move_element(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Twice, elsewhere, or in the place of another."""
    found = [match.span() for match in _ELEMENT.finditer(data[:MOST])]
    if not found:
        return flip(data, draw, others)
    start, end = draw.choice(found)
    to, until = draw.choice(found)
    return data[:to] + data[start:end] + data[draw.choice((to, until)) :]


def inside_base64(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    def changed(word: bytes) -> bytes:
        url = b"-" in word or b"_" in word or b"=" not in word
        try:
            plain = base64.urlsafe_b64decode(word + b"=" * (-len(word) % 4)) if url else base64.b64decode(word)
        except binascii.Error:
            return word[1:]
        plain = draw.choice(_BYTES)(plain, draw, others)
        return base64.urlsafe_b64encode(plain).rstrip(b"=") if url else base64.b64encode(plain)

    return _within(_BASE64, data, draw, changed)


def _within(pattern: re.Pattern[bytes], data: bytes, draw: Random, change: Callable[[bytes], bytes]) -> bytes:
    found = [match.span() for match in pattern.finditer(data[:MOST])]
    if not found:
        return flip(data, draw, ())
    start, end = draw.choice(found)
    return data[:start] + change(data[start:end]) + data[end:]


_BYTES: Final[list[Change]] = [flip, flip, cut, repeat, put_word, splice]
_TEXT: Final[list[Change]] = [*_BYTES, change_number, move_element, inside_base64, inside_base64]


_DIGEST: Final = re.compile(rb"(<(?:\w+:)?DigestValue>)[^<]*")


def redigested(data: bytes) -> bytes:
    """`data` with the digest that its content has now: what anybody can make who has no key."""
    try:
        root = etree.fromstring(data)
        (signature,) = root.iter("{*}Signature")
    except (etree.XMLSyntaxError, ValueError):
        return data
    above, before, tail = signature.getparent(), signature.getprevious(), signature.tail or ""
    if above is None:
        return data
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        above.text = (above.text or "") + tail
    above.remove(signature)
    try:
        digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest()
    except etree.LxmlError:
        return data
    return _DIGEST.sub(lambda found: found[1] + base64.b64encode(digest), data, count=1)


def mutate(data: bytes, draw: Random, others: Sequence[bytes], text: bool) -> bytes:
    """`data` with one to four changes, at most `MOST` bytes."""
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        data = draw.choice(_TEXT if text else _BYTES)(data, draw, others)[:MOST]
    return redigested(data) if text and b"DigestValue" in data and draw.random() < 0.25 else data
