"""Check the whole store against itself: every digest, every leaf, every proof, every counter, every orphan.

Read the hub's record as a stranger would, from the store alone:

    0  the file       the engine's own check of pages and indexes
    1  the log        every leaf hashed again, every full tile, every checkpoint's root and signature      `log`
    2  the evidence   as `truc log audit` does: canonical, chained, anchored, each delivery ended once    `log`
    3  the messages   bytes there, of the size and SHA-256 that the row names; the row as the bytes and the evidence
                      say; or the bytes gone, since when, with evidence of that                           `messages`
    4  the deliveries as many as were accepted, each in the state, with the times, that its events give   `messages`
    5  counters, ledger, mailbox numbers without gaps                                                     `tables`
    6  signed objects, certificates kept, and the directory: under their digests, as the log has them     `tables`
    7  orphans        files and rows whose other half is missing                                          `tables`

It yields findings; it removes nothing but orphaned blobs, and those only when asked. That a promise was kept in time is
not its business but the audit's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from hub.core.log.keys import Verifier
from hub.ops.fsck import tables
from hub.ops.fsck.faults import Fault as Fault
from hub.ops.fsck.faults import Progress as Progress
from hub.ops.fsck.log import LogPass
from hub.ops.fsck.messages import MessagePass
from hub.store import Store
from hub.store.blobs import Blobs


class Fsck:
    """One pass over a store that nobody writes to. `verifiers`: the public keys of the log and
    of its witnesses."""

    def __init__(self, store: Store, blobs: Blobs, origin: str, verifiers: list[Verifier], progress: Progress) -> None:
        self._store = store
        self._blobs = blobs
        self._progress = progress
        self._log = LogPass(store, origin, verifiers, progress)
        self._messages = MessagePass(store, blobs)
        self.counts: Counter[str] = Counter()

    async def run(self) -> AsyncIterator[Fault]:
        for complaint in await self._store.integrity():  # 0
            yield Fault("file-damaged", "the store's file", "ok", complaint)
        stages = {"log": self._log.run(), "messages": self._all_messages(), "tables": self._rest()}
        for name, stage in stages.items():
            try:
                async for fault in stage:
                    yield fault
            except Exception as error:
                # A damaged row may have any shape: any error in reading it is its fault.
                yield Fault("unreadable", name, "rows of the schema", f"{error!r}"[:300])
        self.counts |= self._log.counts

    async def _all_messages(self) -> AsyncGenerator[Fault, None]:  # 3, 4
        number = 0
        while (message := await self._store.message(number + 1)) is not None:
            number += 1
            for fault in await self._messages.check(message):
                yield fault
            if number % 500 == 0:
                self._progress("messages", number)
            self.counts["messages"], self.counts["deliveries"] = number, self._messages.deliveries

    async def _rest(self) -> AsyncGenerator[Fault, None]:
        store, log = self._store, self._log
        parts: dict[str, Callable[[], Awaitable[list[Fault]]]] = {
            "counters": lambda: tables.counters(store, log),  # 5
            "ledger": lambda: tables.ledger(store),
            "signed": lambda: tables.signed(store, log),  # 6
            "brought": lambda: tables.brought(store, log),
            "certificates": lambda: tables.x509(store),
            "directory": lambda: tables.directory(store, log),
            "lock-outs": lambda: tables.locked_out(store, log),
            "maintenance": lambda: tables.maintenance(store, log),
            "orphans": lambda: tables.orphans(store, self._blobs, self.counts["messages"], log),  # 7
        }
        for name, part in parts.items():
            try:
                found = await part()
            except Exception as error:  # of a damaged row; the other parts name it where they can
                found = [Fault("unreadable", name, "rows of the schema", f"{error!r}"[:300])]
            for fault in found:
                yield fault
