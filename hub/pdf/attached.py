"""The PDF files among a document's attachments, each with the facts found in it; bounded for a document as a whole.

A file that is too many, too large or too late is `not-read`: nothing was decided about it, and the answer says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.edxml.message import Attachment
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.pdf.messages import Job
from hub.pdf.reading import PdfReading
from hub.programmes.signatures.facts import PdfFacts, Trouble
from hub.programmes.signatures.looked import LookedFile, looked_file
from hub.programmes.signatures.verdict import Names, judge

MOST_FILES: Final = 20
MOST_BYTES: Final = 32 * 1024 * 1024
MOST_SECONDS: Final = 15.0
"""Of a document: files that are read, bytes of each, and wall time after which no further file is begun. An honest file
takes 20 ms a signature, and a hostile one is ended after its own five seconds."""
_SECONDS: Final = 2
_START: Final = b"%PDF-"
_HEAD: Final = 1024
_LONGEST_NAME: Final = 300

_NOT_READ: Final = PdfFacts(trouble=Trouble.NOT_READ)


class Trusted(msgspec.Struct, frozen=True):
    """Roots, issuers and revocation lists as DER."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    crls: tuple[bytes, ...]

    @classmethod
    def of(cls, anchors: Anchors) -> Trusted:
        return cls(
            tuple(one.public_bytes(Encoding.DER) for one in anchors.roots),
            tuple(one.public_bytes(Encoding.DER) for one in anchors.intermediates),
            tuple(one.public_bytes(Encoding.DER) for one in anchors.crls),
        )

    def job(self, content: bytes, received: Millis, seconds: int = _SECONDS) -> Job:
        return Job(
            content=content,
            roots=self.roots,
            intermediates=self.intermediates,
            crls=self.crls,
            received=received,
            seconds=seconds,
        )


async def look(
    reading: PdfReading, files: Iterator[Attachment], names: Names, trusted: Trusted, received: Millis
) -> list[LookedFile]:
    """In the order of the document. `files` are decoded in a thread, one after another, so one alone is in memory;
    errors of theirs are the caller's."""
    found: list[LookedFile] = []
    began = time.monotonic()
    while (file := await asyncio.to_thread(next, files, None)) is not None:
        if _START not in file.data[:_HEAD]:
            continue
        over = len(found) >= MOST_FILES or len(file.data) > MOST_BYTES or time.monotonic() - began > MOST_SECONDS
        facts = _NOT_READ if over else await _read(reading, trusted.job(file.data, received))
        name = file.name[:_LONGEST_NAME]
        found.append(looked_file(name, file.sha256, len(file.data), judge(facts, names)))
    return found


async def _read(reading: PdfReading, job: Job) -> PdfFacts:
    """Once more where the reader ended: that may have been another file's fault, or the machine's."""
    facts = await reading.facts(job)
    return facts if facts.trouble is not Trouble.NOT_READ else await reading.facts(job)
