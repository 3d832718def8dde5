"""Reads the PDF files of accepted documents, oldest first, behind the record and never in its way.

Each file is read in the process of `hub.pdf`, which has bounds of its own and gives way to all others; here a document
has its own bound, a step a few documents, and a step is followed by a pause thrice as long. A document is looked at
when the register names a file that ends in `.pdf`. The findings are kept in a file of its own beside the record, and
made again from there when it is lost, damaged, or of an earlier version of the reading. Where the extra `pdf` is not
installed nothing is read, and the answers say so; once it is, reading begins with the first document.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from hub.core import edxml
from hub.core.edxml.detail import Detail
from hub.core.edxml.message import Attachment
from hub.core.edxml.packing import attachments
from hub.core.errors import AxisError
from hub.core.signature.anchors import Anchors
from hub.core.wire.signatures import Signatures
from hub.exchange import Exchange
from hub.pdf.attached import Trusted, look
from hub.pdf.reading import PdfReading, is_installed
from hub.programmes import riding
from hub.programmes.results.packets import ResultPacket
from hub.programmes.results.programme import Results
from hub.programmes.signatures import counting, telling
from hub.programmes.signatures.looked import LookedFile
from hub.programmes.signatures.verdict import Names
from hub.store import MessageRow
from hub.store.programmes import Change, Mark, Programmes, Taken
from hub.store.search import NEWEST, Bill, Span

log = structlog.get_logger("leaders")

_STEP: Final = 500
_READ: Final = 10
"""Documents whose files are read in one step, so that the answers are never far behind."""
_EVERY_SECONDS: Final = 1.0
_PAUSES: Final = 3.0
_LEAST_PAUSE: Final = 0.01
_ENDING: Final = ".pdf"


class LeadersReading:
    """Of one hub. `behind`: documents that were not looked at when it was last looked."""

    def __init__(
        self, exchange: Exchange, store: Programmes, reading: Callable[[], PdfReading | None] | None = None
    ) -> None:
        self.store = store
        self._exchange = exchange
        self._reader = reading() if reading is not None else PdfReading() if is_installed() else None
        self._versions = f"{counting.PROGRAMME}/{counting.VERSION}"
        self._mark: Mark | None = None
        self._newest = 0
        self._turn = asyncio.Lock()
        self._catching: asyncio.Task[None] | None = None
        self._trusted: tuple[Anchors, Trusted] | None = None

    @property
    def reads(self) -> bool:
        """Whether this hub reads attachments at all."""
        return self._reader is not None

    @property
    def behind(self) -> int:
        return max(self._newest + 1 - (self._mark or Mark()).next, 0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self._reader is None:
            log.info("attachments-not-read", why="the extra pdf is not installed")
            yield
            return
        working = asyncio.create_task(self._run(), name="leaders")
        try:
            yield
        finally:
            for task in filter(None, (working, self._catching)):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self._reader.close()

    async def of(self, message: MessageRow) -> Signatures:
        """Signatures inside the attachments of a document, as far as they are known now."""
        if not self.reads:
            return Signatures(state=telling.OFF)
        try:
            case = (await self.store.kept(counting.PROGRAMME, [message.id])).get(message.id)
        except AxisError:
            return Signatures(state=telling.WAITING)
        if case is not None:
            return telling.signatures(counting.files_of(case.body))
        passed = self._mark is not None and message.number < self._mark.next
        return telling.signatures(()) if passed else Signatures(state=telling.WAITING)

    async def caught_up(self, seconds: float) -> int:
        """Once all documents accepted until now were looked at, or that much time has passed: how many were not."""
        if self.reads:
            newest = await self._exchange.store.finder.numbered(Bill(), Span(), 1)
            self._newest = newest[0] if newest else 0
            if self._catching is None or self._catching.done():
                self._catching = asyncio.create_task(self._catch_up(), name="leaders-now")
            await asyncio.wait([self._catching], timeout=seconds)
        return self.behind

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Nothing is read until the block ends: for a measure of its cost."""
        async with self._turn:
            yield

    async def rebuild(self) -> None:
        """Throw the findings away; all files are read again."""
        async with self._turn:
            await self.store.reset()
            self._mark = None

    async def step(self) -> bool:
        """Look at the next documents; False when there were none."""
        async with self._turn:
            mark = await self._at()
            finder, store = self._exchange.store.finder, self._exchange.store
            numbers = await finder.numbered(Bill(), Span(mark.next, NEWEST, oldest=True), _STEP)
            if not numbers:
                return False
            self._newest = max(self._newest, numbers[-1])
            rows = await store.messages(Bill(), numbers)
            details = await store.details(numbers)
            changes: list[Change] = []
            last = rows[-1]
            for row in rows:
                told = details.get(row.number)
                if told is None or not _has_pdf(told):
                    continue
                if (change := await self._document(row, told)) is not None:
                    changes.append(change)
                if len(changes) == _READ:
                    last = row
                    break
            after = Mark(last.number + 1, last.id, self._versions)
            await self.store.take(after, Taken(changes))
            self._mark = after
            return True

    async def _document(self, row: MessageRow, told: Detail) -> Change | None:
        """None where its bytes are gone, are no message by the rules of today, or have no PDF after all."""
        store = self._exchange.store
        if self._reader is None or row.purged_at is not None:
            return None
        content, path = await store.content(row.number), self._exchange.blobs.path(row.sha256)
        results: list[str] = []

        def opened() -> Iterator[Attachment]:
            claimed = edxml.parse(path.read_bytes() if content is None else content, sha256=row.sha256)
            return _noting(attachments(claimed), results)

        try:
            files = await asyncio.to_thread(opened)
            found = await look(self._reader, files, self._names(row, told), self._trust(), row.accepted_at)
        except (AxisError, OSError) as error:
            log.warning("attachments-not-readable", document=row.id, why=str(error)[:200])
            return None
        return self._change(row, found, results) if found else None

    def _change(self, row: MessageRow, found: list[LookedFile], results: list[str]) -> Change:
        made = counting.case_of(row.id, row.sender, row.accepted_at, found, results)
        return Change(counting.PROGRAMME, row.number, None, made)

    def _names(self, row: MessageRow, told: Detail) -> Names:
        agency = self._exchange.directory.get(row.sender)
        known = agency.name if agency is not None else ""
        return Names(tuple(filter(None, (told.sender_name, known))), told.signer)

    def _trust(self) -> Trusted:
        """The hub's own anchors, put into DER once for each set of them."""
        anchors = self._exchange.anchors
        if self._trusted is None or self._trusted[0] is not anchors:
            self._trusted = anchors, Trusted.of(anchors)
        return self._trusted[1]

    async def _run(self) -> None:
        """For ever; an error of one round is logged, the next tries again."""
        while True:
            pause = _EVERY_SECONDS
            try:
                began = time.perf_counter()
                if await self.step():
                    pause = max(_LEAST_PAUSE, _PAUSES * (time.perf_counter() - began))
            except AxisError as error:
                self._mark = None
                log.warning("leaders-not-there", why=error.found)
            except Exception:
                self._mark = None
                log.exception("leaders-failed")
            await asyncio.sleep(pause)

    async def _catch_up(self) -> None:
        try:
            while await self.step():
                pass
        except AxisError as error:
            self._mark = None
            log.warning("leaders-not-there", why=error.found)

    async def _at(self) -> Mark:
        """Where it is; read again where it is of another version or of another record."""
        if self._mark is not None:
            return self._mark
        mark = await self.store.mark()
        if mark is not None and not (mark.versions == self._versions and await self._is_ours(mark)):
            log.warning("read-again", versions=mark.versions)
            await self.store.reset()
            mark = None
        if mark is None:
            mark = Mark(versions=self._versions)
            await self.store.take(mark, Taken())
        self._mark = mark
        return mark

    async def _is_ours(self, mark: Mark) -> bool:
        last = await self._exchange.store.message(mark.next - 1)
        return last.id == mark.last if last is not None else mark.next == 1 and not mark.last


def _has_pdf(told: Detail) -> bool:
    return any(file.name.lower().endswith(_ENDING) for file in told.files)


def _noting(files: Iterator[Attachment], results: list[str]) -> Iterator[Attachment]:
    """The same files; the digests of results that a packet among them registers are put down on the way."""
    for file in files:
        if riding.is_packet(file.name):
            packet = riding.packet(file.name, file.data)
            read = riding.fields(packet, Results.packets, ResultPacket) if isinstance(packet, riding.Packet) else None
            if isinstance(read, ResultPacket):
                results.append(read.sha256)
        yield file
