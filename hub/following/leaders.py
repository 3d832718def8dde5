"""Reads the PDF files of accepted documents, oldest first, behind the record and never in its way.

Each file is read in the process of `hub.pdf`, which has bounds of its own and gives way to all others; here a document
has its own bound, a step a few documents, and a step is followed by a pause thrice as long. A document is looked at
when the register names a file that ends in `.pdf`. The findings are kept in a file of its own beside the record, and
made again from there when it is lost, damaged, or of an earlier version of the reading. Where the extra `pdf` is not
installed nothing is read, and the answers say so; once it is, reading begins with the first document.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from hub.core import edxml
from hub.core.edxml.detail import Detail, Notable, notable
from hub.core.edxml.message import Attachment
from hub.core.edxml.packing import attachments
from hub.core.errors import AxisError
from hub.core.signature.anchors import Anchors
from hub.core.wire.signatures import Signatures
from hub.exchange import Exchange
from hub.following.follower import Follower
from hub.pdf.attached import Trusted, look
from hub.pdf.reading import PdfReading, is_installed
from hub.programmes import riding
from hub.programmes.onestop.codes import result_number
from hub.programmes.results.packets import ResultPacket
from hub.programmes.results.programme import Results
from hub.programmes.signatures import counting, telling
from hub.programmes.signatures.looked import LookedFile
from hub.programmes.signatures.verdict import Names
from hub.store import MessageRow
from hub.store.programmes import Change, Mark, Programmes, Taken
from hub.store.search import Bill

log = structlog.get_logger("leaders")

_STEP: Final = 500
_READ: Final = 10
"""Documents whose files are read in one step, so that the answers are never far behind."""


class LeadersReading(Follower):
    """Of one hub. `behind`: documents that were not looked at when it was last looked."""

    again = "read-again"

    def __init__(
        self, exchange: Exchange, store: Programmes, reading: Callable[[], PdfReading | None] | None = None
    ) -> None:
        super().__init__("leaders", log, exchange, store, f"{counting.PROGRAMME}/{counting.VERSION}")
        self._reader = reading() if reading is not None else PdfReading() if is_installed() else None
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
        try:
            async with super().running():
                yield
        finally:
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
            await self._look_for_newest()
            await self._waited_for(seconds)
        return self.behind

    async def step(self) -> bool:
        """Look at the next documents; False when there were none. The mark goes past all others on the way."""
        async with self._turn:
            mark = await self._at()
            finder, store = self._exchange.store.finder, self._exchange.store
            newest = await finder.newest()
            if newest < mark.next:
                return False
            self._newest = max(self._newest, newest)
            numbers = [number for number in await finder.notable(Notable.PDF, mark.next, _STEP) if number <= newest]
            passed = newest if len(numbers) < _STEP else numbers[-1]
            rows = await store.messages(Bill(), numbers)
            details = await store.details(numbers)
            changes: list[Change] = []
            last = await store.message(passed)
            for row in rows:
                told = details.get(row.number)
                if told is None or Notable.PDF not in notable(told):
                    continue
                if (change := await self._document(row, told)) is not None:
                    changes.append(change)
                if len(changes) == _READ:
                    last = row
                    break
            assert last is not None, "a message stays"
            after = Mark(last.number + 1, last.id, self._versions)
            await self.store.take(after, Taken(changes))
            self._mark = after
            return bool(rows)

    async def _document(self, row: MessageRow, told: Detail) -> Change | None:
        """None where its bytes are gone, are no message by the rules of today, or have no PDF after all."""
        store = self._exchange.store
        if self._reader is None or row.purged_at is not None:
            return None
        content, path = await store.content(row.number), self._exchange.blobs.path(row.sha256)
        results: dict[str, bool] = {}

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

    def _change(self, row: MessageRow, found: list[LookedFile], results: dict[str, bool]) -> Change:
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

    async def _forward(self) -> None:
        while await self.step():
            pass


def _noting(files: Iterator[Attachment], results: dict[str, bool]) -> Iterator[Attachment]:
    """The same files; the digests of results that a packet among them registers are put down on the way."""
    for file in files:
        if riding.is_packet(file.name):
            packet = riding.packet(file.name, file.data)
            read = riding.fields(packet, Results.packets, ResultPacket) if isinstance(packet, riding.Packet) else None
            if isinstance(read, ResultPacket):
                results[read.sha256] = results.get(read.sha256, False) or _is_first(read.code)
        yield file


def _is_first(code: str) -> bool:
    try:
        return result_number(code).number == 1
    except ValueError:
        return False
