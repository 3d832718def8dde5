"""The messages between the hub and the reader: one frame each, four bytes of length and msgpack."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from hub.core.model import Millis
from hub.programmes.signatures.facts import PdfFacts

LENGTH: Final = struct.Struct(">I")
LONGEST_ANSWER: Final = 256 * 1024


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """received: by which certificates are judged that no time stamp proves to be older.
    seconds, memory: the most that the reading may cost, in seconds of processor time and bytes."""

    content: bytes
    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    received: Millis
    seconds: int = 5
    memory: int = 1 << 30


job_decoder: Final = msgspec.msgpack.Decoder(Job)
facts_decoder: Final = msgspec.msgpack.Decoder(PdfFacts)
encode: Final = msgspec.msgpack.Encoder().encode


def frame(value: Job | PdfFacts) -> bytes:
    content = encode(value)
    return LENGTH.pack(len(content)) + content
