"""An audit of a log, from its entries up: pure, fed by the reader of the log, a part at a time.

    check = LogCheck.begin(…) or LogCheck.resume(…)     from nothing, or from where the last audit ended
    for each part:  check.add(entries, objects)          everything that was signed is computed again
                    for full tiles as they arise: check.compare(…)
    check.finish(checkpoint, at)                         the root, and the events that had to be there by now
    check.state(note)                                    to be kept: the next audit continues exactly here

A continuation of the saved state is consistent with it by construction: the new root is made from the hashes that made
the old root, and the entries after them. Memory: the tree's right edge, the tiles since the last anchor, open
deliveries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec

from hub.core.audit.findings import Findings, What
from hub.core.audit.record import RecordCheck, RecordState, kind_of
from hub.core.audit.signers import BRIEF
from hub.core.errors import PolicyInvalid, ProofInvalid
from hub.core.log import merkle
from hub.core.log.keys import Checkpoint
from hub.core.log.merkle import TILE_HEIGHT, TILE_WIDTH, leaf_hash
from hub.core.log.note import parse as parse_note
from hub.core.model import Millis

GRACE: Final = 3_600_000
"""ms beyond a promised time that are not a finding yet."""

Tile = tuple[int, int, bytes]
"""Level, number, hashes."""


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The result of an audit: the checkpoint it verified, and where the record stood if it read the objects.
    `findings`: how many all audits found so far."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    note: str
    findings: int = 0
    record: RecordState | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """Verified when it was saved, and not again."""
        return parse_note(self.note.encode()).checkpoint

    def encode(self) -> bytes:
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> State:
        """PolicyInvalid for any other file: it is the auditor's own."""
        try:
            state = msgspec.json.decode(data, type=cls)
            parse_note(state.note.encode())
        except (msgspec.MsgspecError, ProofInvalid, UnicodeError, RecursionError) as error:
            raise PolicyInvalid(expected="a state that an audit saved", found=str(error)[:200]) from None
        return state


class LogCheck:
    """`objects`: whether the objects of the entries will come with them."""

    def __init__(
        self,
        origin: str,
        tree: merkle.Tree,
        tiles: dict[tuple[int, int], bytes],
        findings: Findings,
        *,
        objects: bool,
        grace: int,
        brief: int,
        saved: State | None = None,
    ) -> None:
        self.findings = findings
        self.tree = tree
        self.counts: Counter[str] = Counter(leaves=0, tiles=0)
        self._tiles = tiles
        self._saved = saved
        self._begun = tree.size
        record = saved.record if saved and tree.size else None
        self.record = RecordCheck(origin, self._root, findings, grace, record, brief) if objects else None
        self._known = {saved.checkpoint.size: saved.checkpoint.root} if saved else {}

    @classmethod
    def begin(
        cls,
        origin: str,
        findings: Findings,
        *,
        objects: bool,
        grace: int = GRACE,
        brief: int = BRIEF,
        saved: State | None = None,
    ) -> LogCheck:
        """From the first entry on. `saved`: its checkpoint must then lie on the way."""
        tiles: dict[tuple[int, int], bytes] = {}
        tree = merkle.Tree(lambda level, n: tiles[level, n])
        return cls(origin, tree, tiles, findings, objects=objects, grace=grace, brief=brief, saved=saved)

    @classmethod
    def resume(
        cls,
        saved: State,
        tail: Sequence[bytes],
        tiles: Mapping[tuple[int, int], bytes],
        findings: Findings,
        *,
        objects: bool,
        grace: int = GRACE,
        brief: int = BRIEF,
    ) -> LogCheck | None:
        """From the saved checkpoint on. `tail`: the entries after its last full bundle; `tiles`: those that
        `merkle.tiles_to_open` names. None, with a finding, where they do not make its root."""
        checkpoint, kept = saved.checkpoint, dict(tiles)
        tree = merkle.Tree.open(checkpoint.size, [leaf_hash(e) for e in tail], lambda level, n: kept[level, n])
        if tree.root() != checkpoint.root:
            findings.add(
                What.HISTORY_REWRITTEN,
                subject=f"size {checkpoint.size}",
                expected=checkpoint.root.hex(),
                found=tree.root().hex(),
            )
            return None
        return cls(checkpoint.origin, tree, kept, findings, objects=objects, grace=grace, brief=brief, saved=saved)

    def add(self, entries: Sequence[bytes], objects: Sequence[bytes] | None) -> list[Tile]:
        """The next entries, with their objects where they are audited; the tiles that are full now."""
        start = self.tree.size
        for entry in entries:
            self.tree.append(leaf_hash(entry))
        full = self.tree.take_full_tiles()
        self._tiles.update({(level, n): hashes for level, n, hashes in full})
        self._check_known()
        for number, entry in enumerate(entries):
            leaf = start + number
            if kind_of(entry) is None:
                self.findings.add(What.ENTRY_MALFORMED, leaf, found=entry[:40].hex())
            elif self.record is not None and objects is not None:
                if number < len(objects):
                    self.record.feed(leaf, entry, objects[number])
                else:
                    self.findings.add(What.OBJECT_MISSING, leaf, expected=entry[2:].hex())
        self.counts["leaves"] = self.tree.size - self._begun
        self._forget()
        return full

    def _check_known(self) -> None:
        for size in [s for s in self._known if s <= self.tree.size]:
            expected, found = self._known.pop(size), self._root(size)
            if found != expected:
                self.findings.add(
                    What.HISTORY_REWRITTEN, subject=f"size {size}", expected=expected.hex(), found=found.hex()
                )

    def _root(self, size: int) -> bytes:
        return self.tree.root(size)

    def _forget(self) -> None:
        """Tiles that no root above the last anchor needs."""
        if self.record is not None:
            self.record.go_on(self.tree.size)
        needed = min([self.record.anchor if self.record else self.tree.size, *self._known])
        for level, n in [key for key in self._tiles if (key[1] + 1) << (TILE_HEIGHT * (key[0] + 1)) <= needed]:
            del self._tiles[level, n]

    def compare(self, level: int, n: int, expected: bytes, found: bytes | None) -> None:
        """A tile as the log serves it, None where it does not."""
        subject = f"tile {level}/{n}" + (f".p/{len(expected) // 32}" if len(expected) < 32 * TILE_WIDTH else "")
        self.counts["tiles"] += 1
        if found is None:
            self.findings.add(What.TILE_MISSING, subject=subject)
        elif found != expected:
            at = next((i for i in range(0, len(expected), 32) if expected[i : i + 32] != found[i : i + 32]), 0)
            self.findings.add(
                What.TILE_DIFFERS,
                subject=f"{subject} hash {at // 32}",
                expected=expected[at : at + 32].hex(),
                found=found[at : at + 32].hex(),
            )

    def partial_tiles(self) -> list[Tile]:
        """The tiles at the right edge that are not full."""
        found = []
        level, count = 0, self.tree.size
        while count:
            if count % TILE_WIDTH:
                n = count // TILE_WIDTH
                found.append((level, n, self.tree.tile(level, n, count % TILE_WIDTH)))
            level, count = level + 1, count >> TILE_HEIGHT
        return found

    def finish(self, checkpoint: Checkpoint, at: Millis | None) -> None:
        """That everything read makes the signed root, and nothing is overdue. `at`: see RecordCheck.finish."""
        root = self.tree.root()
        if (self.tree.size, root) != (checkpoint.size, checkpoint.root):
            self.findings.add(
                What.ROOT_DIFFERS,
                subject=f"size {checkpoint.size}",
                expected=checkpoint.root.hex(),
                found=f"{root.hex()} of {self.tree.size}",
            )
        if self.record is not None:
            self.record.finish(at)
            self.counts.update(self.record.counts)

    def state(self, note: bytes) -> State:
        """Worth keeping only where `findings.sound`."""
        before = self._saved
        count = len(self.findings.items) + self.findings.omitted + (before.findings if before else 0)
        return State(note=note.decode(), findings=count, record=self.record.save() if self.record else None)
