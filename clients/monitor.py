"""Audit a log: all it signed is computed again from its entries, and with the objects, all it promised.

    outcome = await audit(source, policy, now, saved=…)     outcome.findings, and outcome.state for the next time

1. The checkpoint satisfies the policy. 2. It continues the one saved last time. 3. Entries make the tiles that are
served, and the signed root. 4. With objects: `hub.core.audit.record`. The judgement is pure (`hub.core.audit.log`);
here a log is read, some thousand entries at a time and the next while these are checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from clients.log_source import Missing, Source
from hub.core.audit.findings import Finding, Findings, What
from hub.core.audit.log import GRACE, LogCheck, State
from hub.core.audit.signers import BRIEF
from hub.core.errors import ProofInvalid
from hub.core.log import merkle
from hub.core.log.keys import Checkpoint
from hub.core.log.merkle import TILE_WIDTH
from hub.core.log.policy import Policy
from hub.core.log.tiles import decode_entries
from hub.core.model import Millis

BUNDLES: Final = 16
"""Read and checked at once: 4096 entries."""

MAX_BUNDLE: Final = 2 * 1024 * 1024
"""Bytes of 256 entries: some thirty bundles are held at a time, and the form allows 16 MB to each."""

Progress = Callable[[int, int], None]
Each = Callable[[int, Sequence[bytes]], None]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: to be saved, None where the log itself did not hold. `counts`: the numbers read, by name."""

    findings: tuple[Finding, ...]
    omitted: int = 0
    checkpoint: Checkpoint | None = None
    cosigners: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    state: State | None = None


class _Stop(Exception):
    """The findings make going on pointless."""


class _Part(msgspec.Struct, frozen=True):
    entries: list[bytes]
    tiles: dict[int, bytes | None]
    objects: list[bytes] | None


async def audit(
    source: Source,
    policy: Policy,
    now: Millis,
    *,
    saved: State | None = None,
    grace: int = GRACE,
    brief: int = BRIEF,
    tiles: bool = True,
    progress: Progress | None = None,
    each: Each | None = None,
) -> Outcome:
    """Audit `source` up to its present checkpoint. `tiles` False: do without comparing them. `each` sees all entries:
    number of the first, and the entries. Errors: those of `source` but Missing."""
    findings = Findings()
    made = _Audit(source, findings, grace, brief, tiles, progress, each)
    with suppress(_Stop):
        await made.run(policy, now, saved)
    sound = made.finished and findings.sound
    return Outcome(
        findings=tuple(findings.items),
        omitted=findings.omitted,
        checkpoint=made.checkpoint,
        cosigners=made.cosigners,
        counts=dict(made.check.counts) if made.check else {},
        state=made.check.state(made.note) if made.check and sound else None,
    )


class _Audit:
    def __init__(
        self,
        source: Source,
        findings: Findings,
        grace: int,
        brief: int,
        tiles: bool,
        progress: Progress | None,
        each: Each | None,
    ) -> None:
        self._source = source
        self._findings = findings
        self._grace = grace
        self._brief = brief
        self._tiles = tiles
        self._progress = progress
        self._each = each
        self.note = b""
        self.checkpoint: Checkpoint | None = None
        self.cosigners: tuple[str, ...] = ()
        self.check: LogCheck | None = None
        self.finished = False

    async def run(self, policy: Policy, now: Millis, saved: State | None) -> None:
        checkpoint = await self._signed(policy, now)  # 1
        self._compare_saved(checkpoint, saved)  # 2
        check = self.check = await self._begun(checkpoint, saved)
        async for part in self._parts(check.tree.size, checkpoint.size):  # 3, 4
            if self._each is not None:
                self._each(check.tree.size, part.entries)
            for level, n, hashes in check.add(part.entries, part.objects):
                if self._tiles:
                    found = part.tiles.get(n) if level == 0 else await self._tile(level, n, TILE_WIDTH)
                    check.compare(level, n, hashes, found)
            if self._progress is not None:
                self._progress(check.tree.size, checkpoint.size)
        if self._tiles and self._source.has_partial_tiles:
            for level, n, hashes in check.partial_tiles():
                check.compare(level, n, hashes, await self._tile(level, n, len(hashes) // 32))
        check.finish(checkpoint, now if self._source.live else None)
        self.finished = True

    async def _signed(self, policy: Policy, now: Millis) -> Checkpoint:
        try:
            self.note = await self._source.checkpoint(cosigned=policy.quorum != "none")
            witnessed = policy.check(self.note, now)
        except Missing:
            self._findings.add(What.CHECKPOINT_INVALID, expected="a checkpoint", found="none")
            raise _Stop from None
        except ProofInvalid as error:
            self._findings.invalid(What.CHECKPOINT_INVALID, error)
            raise _Stop from None
        self.cosigners = tuple(c.name for c in witnessed.cosigners)
        self.checkpoint = witnessed.checkpoint
        return witnessed.checkpoint

    def _compare_saved(self, checkpoint: Checkpoint, saved: State | None) -> None:
        kept = saved.checkpoint if saved else checkpoint
        if kept.origin != checkpoint.origin:
            self._stop(What.HISTORY_REWRITTEN, kept.origin, checkpoint.origin)
        if kept.size > checkpoint.size:
            self._stop(What.LOG_SHRUNK, f"{kept.size} leaves or more", str(checkpoint.size))
        if kept.size == checkpoint.size and kept.root != checkpoint.root:
            self._stop(What.HISTORY_REWRITTEN, kept.root.hex(), checkpoint.root.hex())

    def _stop(self, what: What, expected: str, found: str) -> None:
        self._findings.add(what, expected=expected, found=found)
        raise _Stop

    async def _begun(self, checkpoint: Checkpoint, saved: State | None) -> LogCheck:
        """From the saved checkpoint on, but from the first entry where its objects were not read then."""
        objects = self._source.has_objects
        if saved is None or not saved.checkpoint.size or (objects and saved.record is None):
            return LogCheck.begin(
                checkpoint.origin,
                self._findings,
                objects=objects,
                grace=self._grace,
                brief=self._brief,
                saved=saved,
            )
        size = saved.checkpoint.size
        n, used = divmod(size, TILE_WIDTH)
        tail = (await self._bundle(n, checkpoint.size))[:used] if used else []
        wanted = merkle.tiles_to_open(size)
        found = await asyncio.gather(*(self._tile(level, number, TILE_WIDTH) for level, number in wanted))
        read = {key: tile for key, tile in zip(wanted, found, strict=True) if tile and len(tile) == merkle.TILE_BYTES}
        for level, number in [key for key in wanted if key not in read]:
            self._findings.add(What.TILE_MISSING, subject=f"tile {level}/{number}")
            self._stop(What.ENTRIES_UNREADABLE, f"the tiles of {size} leaves", "not all of them")
        check = LogCheck.resume(
            saved, tail, read, self._findings, objects=objects, grace=self._grace, brief=self._brief
        )
        if check is None:
            raise _Stop
        return check

    async def _parts(self, start: int, size: int) -> AsyncIterator[_Part]:
        """The entries between, a part at a time; the next one is read while one is looked at."""
        firsts = range(start // TILE_WIDTH, -(-size // TILE_WIDTH), BUNDLES)  # not made: a log may claim any size
        if start >= size:
            return
        following: asyncio.Task[_Part] | None = None
        try:
            for first in firsts:
                task = following or asyncio.create_task(self._part(first, start, size))
                more = first + BUNDLES
                following = asyncio.create_task(self._part(more, start, size)) if more in firsts else None
                yield await task
        finally:
            if following is not None:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def _part(self, first: int, start: int, size: int) -> _Part:
        numbers = range(first, min(first + BUNDLES, -(-size // TILE_WIDTH)))
        low, high = max(start, first * TILE_WIDTH), min(size, (first + BUNDLES) * TILE_WIDTH)
        full = [n for n in numbers if (n + 1) * TILE_WIDTH <= size] if self._tiles else []
        reading = asyncio.gather(
            asyncio.gather(*(self._bundle(n, size) for n in numbers)),
            asyncio.gather(*(self._tile(0, n, TILE_WIDTH) for n in full)),
            self._objects(low, high),
        )
        bundles, tiles, objects = await reading
        entries = [entry for bundle in bundles for entry in bundle][low - first * TILE_WIDTH :]
        return _Part(entries, dict(zip(full, tiles, strict=True)), objects)

    async def _bundle(self, n: int, size: int) -> list[bytes]:
        width = min(TILE_WIDTH, size - n * TILE_WIDTH)
        try:
            data = await self._source.entries(n, width)
            if len(data) > MAX_BUNDLE:
                raise ProofInvalid(expected=f"a bundle of at most {MAX_BUNDLE} bytes", found=f"{len(data)}")
            return decode_entries(data, width)
        except Missing:
            self._findings.add(What.ENTRIES_UNREADABLE, subject=f"bundle {n}", expected=str(width), found="none")
        except ProofInvalid as error:
            self._findings.invalid(What.ENTRIES_UNREADABLE, error, subject=f"bundle {n}")
        raise _Stop

    async def _tile(self, level: int, n: int, width: int) -> bytes | None:
        try:
            return await self._source.tile(level, n, width)
        except Missing:
            return None

    async def _objects(self, low: int, high: int) -> list[bytes] | None:
        if not self._source.has_objects:
            return None
        try:
            return await self._source.objects(low, high - low)
        except (Missing, ProofInvalid):
            return []
