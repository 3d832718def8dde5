"""Makes the bundle of a document: gathers the objects that `hub.core.bundle.contents` describes from the store, and
proves it.

Each part is made from the record and from its arguments, and returns its members: `proved` the log's word, `signed` the
objects signed by others. Nothing is judged here: faults of the record are for the verifier to find.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Final

from hub.access import check_kept
from hub.base.limit_settings import LimitSettings
from hub.base.runtime import finished
from hub.core.bundle import contents as bundles
from hub.core.bundle.contents import Bundle
from hub.core.errors import BadRequest, IntegrityAlarm, Overloaded, TooLarge, TooMany, Unavailable
from hub.core.evidence import format as ev
from hub.core.evidence.format import Kind
from hub.core.model import MessageKind
from hub.evidence_export.parts import Item, Wish
from hub.evidence_export.proved import Proofs, seals
from hub.evidence_export.signed import Signatures
from hub.exchange import Exchange
from hub.record.log import Log
from hub.store import MessageRow

__all__ = ["MOST_EVIDENCE", "Exports", "Wish", "export", "gathered"]

MOST_EVIDENCE = 20_000
_RETRY: Final = 5.0


def _nameless(folder: Path) -> IO[bytes]:
    """A file that is gone when it is closed, or with the process. Made under a name that goes at once: not every file
    system, nor every library that stands before the system, knows files that never had one."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".bundle-")
    os.unlink(name)
    return os.fdopen(descriptor, "w+b")


class Exports:
    """Makes bundles into files without a name, which end with their reader or with the process.

    A few are made at a time, for each holds a document and its life in memory meanwhile; `limits.exports` and
    `limits.exports_per_caller` bound how many there are from being asked for until their last byte has left."""

    def __init__(self, exchange: Exchange, journal: Log, limits: LimitSettings, at_once: int = 2) -> None:
        self._exchange = exchange
        self._log = journal
        self._limits = limits
        self._room = asyncio.Semaphore(at_once)
        self._of: Counter[str] = Counter()
        self._folder = Path(exchange.settings.hub.data)

    @asynccontextmanager
    async def made(self, whose: str, message: MessageRow, wish: Wish) -> AsyncIterator[IO[bytes]]:
        """The bundle as `export` describes it, in a file until the block ends. TooMany where this caller has as many as
        it may, Overloaded where all have."""
        with self.place(whose), self.file() as file:
            async with self._room:
                bundle = await gathered(self._exchange, self._log, message, wish)
                await finished(None, _written, file, bundle)
                del bundle
            yield file

    def file(self) -> IO[bytes]:
        """A file without a name, beside the record."""
        return _nameless(self._folder)

    @property
    def folder(self) -> Path:
        return self._folder

    @contextmanager
    def place(self, whose: str) -> Iterator[None]:
        """A place among the exports of this caller, bundles and lists alike, until the block ends. TooMany, Overloaded
        as of `made`."""
        self._check(whose)
        self._of[whose] += 1
        try:
            yield
        finally:
            self._of[whose] -= 1
            if not self._of[whose]:
                del self._of[whose]

    def _check(self, whose: str) -> None:
        each, most = self._limits.exports_per_caller, self._limits.exports
        if self._of[whose] >= each:
            raise TooMany(retry_after=_RETRY, expected=f"at most {each} exports at a time", found="more")
        if self._of.total() >= most:
            raise Overloaded(retry_after=_RETRY, expected=f"at most {most} exports at a time", found="more")


async def export(exchange: Exchange, journal: Log, message: MessageRow, wish: Wish) -> bytes:
    """The bundle. BadRequest for a status message, TooLarge for a life of too many events (ask for fewer recipients),
    PayloadGone where the document is wanted and was deleted."""
    bundle = await gathered(exchange, journal, message, wish)
    try:
        return await asyncio.to_thread(bundles.write, bundle)
    except ValueError as error:
        raise _too_large(error) from None


async def gathered(exchange: Exchange, journal: Log, message: MessageRow, wish: Wish) -> Bundle:
    """The output of `export`; its errors."""
    if message.kind is not MessageKind.DOCUMENT:
        raise BadRequest(expected="a document", found="a status message: export the document that it is about")
    if wish.document:
        check_kept(await exchange.store.message(message.number) or message)
    items = await _life(exchange, message, wish)
    proofs = Proofs(exchange.store, journal)
    signatures = Signatures(exchange, proofs, message, wish)
    main = await proofs.checkpoint(items[-1].leaf.number)
    evidence = await proofs.evidence(items, main)
    stamps = await proofs.timestamps(items, main)
    sizes = {row.size for row in evidence.firsts} | {row.size for row in stamps.rows}
    counters = await signatures.counters(items)
    requests = await signatures.requests(items, main)
    parts = (
        {bundles.CHECKPOINT: main.note},
        evidence.members,
        stamps.members,
        await proofs.checkpoints(sizes, main),
        seals(items, evidence.firsts, main),
        counters,
        requests.members,
        await signatures.documents(items[0].evidence, requests.found, counters.keys() | requests.members.keys()),
        await signatures.directory(items, counters, main),
        await signatures.credentials(items, counters, evidence.firsts, stamps),
        {bundles.DOCUMENT: await signatures.bytes_of(message)} if wish.document else {},
    )
    members = {name: content for part in parts for name, content in part.items()}
    return Bundle(message.id, tuple(sorted(wish.recipients)), members)


async def _life(exchange: Exchange, message: MessageRow, wish: Wish) -> list[Item]:
    """The evidence that is wanted, by leaf."""
    wanted = wish.recipients
    leaves = [
        leaf
        for leaf in await exchange.store.timeline(message.number)
        if leaf.kind == Kind.EVIDENCE and (not wanted or not leaf.recipient or leaf.recipient in wanted)
    ]
    if len(leaves) > MOST_EVIDENCE:
        raise TooLarge(expected=f"at most {MOST_EVIDENCE} events; name recipients", found=f"{len(leaves)}")
    if not leaves:
        raise IntegrityAlarm(expected=f"evidence of {message.id}", found="none")
    return [Item(leaf, ev.decode(leaf.object)) for leaf in leaves]


def _written(file: IO[bytes], bundle: Bundle) -> None:
    try:
        file.writelines(bundles.pieces(bundle))
        file.flush()
    except ValueError as error:
        raise _too_large(error) from None
    except OSError as error:
        raise Unavailable(found=f"a bundle's file: {error.strerror}") from error


def _too_large(error: ValueError) -> TooLarge:
    return TooLarge(expected=f"a bundle of at most {bundles.MAX_BUNDLE} bytes", found=str(error))
