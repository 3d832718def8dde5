"""A tree of RFC 6962 that grows: appends, roots, and proofs, in memory and from stored tiles.

`Tree` holds the right edge in memory: at each level of tiles (C2SP tlog-tiles, 256 hashes wide) the one
partial tile with all its inner nodes. So an append costs about one hash, a root one hash for each set bit of
the size, and the proof of a new leaf reads nothing. Full tiles never change; older ones come from
`read_tile(level, n)`.

The store must keep every FULL tile that `take_full_tiles` hands out (level, number, 8192 bytes),
written in the same transaction as its leaves, and the entry of every leaf. Nothing else: partial tiles are
never stored. It must give back at opening the leaf hashes since the last full level-0 tile (at most
255), and the full tiles that `tiles_to_open(size)` names (at most 255 for each level above 0), from which the
partial tiles above are made.

A tile read back is not checked against a root here: a proof made from a damaged one fails in
`verify_inclusion`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from hub.core.errors import IntegrityAlarm, ProofInvalid
from hub.core.log.proofs import EMPTY_ROOT as EMPTY_ROOT
from hub.core.log.proofs import HASH_SIZE as HASH_SIZE
from hub.core.log.proofs import Range as Range
from hub.core.log.proofs import consistency_ranges as consistency_ranges
from hub.core.log.proofs import inclusion_ranges as inclusion_ranges
from hub.core.log.proofs import leaf_hash as leaf_hash
from hub.core.log.proofs import node_hash as node_hash
from hub.core.log.proofs import verify_consistency as verify_consistency
from hub.core.log.proofs import verify_inclusion as verify_inclusion

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
TILE_BYTES: Final = HASH_SIZE * TILE_WIDTH

KEPT_TILES: Final = 64
"""Full tiles kept expanded in memory (about 40 kB each): a batch of 16,000 leaves reads nothing back."""

ReadTile = Callable[[int, int], bytes]
"""(level, n) → the 8192 bytes of a full tile."""


def tiles_to_open(size: int) -> list[tuple[int, int]]:
    """The full tiles (level, n) that `Tree.open` reads for a log of `size` leaves."""
    wanted = []
    level, count = 0, size >> TILE_HEIGHT  # full tiles at this level
    while count:
        wanted += [(level, n) for n in range(count & -TILE_WIDTH, count)]
        level, count = level + 1, count >> TILE_HEIGHT
    return wanted


def tile_root(hashes: bytes) -> bytes:
    """Root of a full tile (8192 bytes): its representative in the tile above."""
    left, right = _expand([hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)])[-1]
    return node_hash(left, right)


_Rows = list[list[bytes]]
"""A tile with its inner nodes: row k holds the roots of the full subtrees of height k, for k = 0..7."""


class Mark(NamedTuple):
    """A point to go back to; see Tree.mark."""

    size: int
    edge: tuple[_Rows, ...]
    pending: tuple[tuple[int, int, _Rows], ...]


class Grown(NamedTuple):
    """A tree after a batch. `full_tiles`: as `take_full_tiles` hands them out."""

    size: int
    root: bytes
    full_tiles: list[tuple[int, int, bytes]]


class Tree:
    """An append-only tree. Not for use by two threads at once; methods never wait, except in `read_tile`."""

    def __init__(self, read_tile: ReadTile) -> None:
        """An empty tree; see `open` for one that has leaves."""
        self._read_tile = read_tile
        self._size = 0
        self._edge: list[_Rows] = [_empty_rows()]
        self._pending: list[tuple[int, int, _Rows]] = []
        self._kept: OrderedDict[tuple[int, int], _Rows] = OrderedDict()

    @classmethod
    def open(cls, size: int, leaf_tail: Sequence[bytes], read_tile: ReadTile) -> Tree:
        """The tree of `size` leaves, of which `leaf_tail` holds the hashes of the last `size % 256`.

        Reads `tiles_to_open(size)` and hashes each, about 0.15 ms: 12 ms at a million leaves, never more than
        40 ms for each level. Compare `root()` with the last checkpoint before serving anything.
        """
        tree = cls(read_tile)
        if len(leaf_tail) != size % TILE_WIDTH:
            raise IntegrityAlarm(
                expected=f"{size % TILE_WIDTH} leaves after the last full tile", found=str(len(leaf_tail))
            )
        tree._edge = [_expand(leaf_tail)]
        tree._size = size
        level, count = 0, size >> TILE_HEIGHT
        while count:
            roots = [tree._tile_root(level, n) for n in range(count & -TILE_WIDTH, count)]
            tree._edge.append(_expand(roots))
            level, count = level + 1, count >> TILE_HEIGHT
        return tree

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> int:
        """Add a leaf HASH (32 bytes) and return its index. Amortised one hash."""
        index = self._size
        self._edge[0][0].append(leaf)
        self._size = index + 1
        if index & 1:
            self._carry(self._size)
        return index

    def extend(self, entries: Sequence[bytes]) -> Grown:
        """Append the entries of a batch."""
        for entry in entries:
            self.append(leaf_hash(entry))
        return Grown(self._size, self.root(), self.take_full_tiles())

    def _carry(self, count: int) -> None:
        """Each pair of nodes that has just become complete gives one node a row higher."""
        level = row = 0
        rows = self._edge[0]
        while not count & 1:
            pair = rows[row]
            node = sha256(b"\x01" + pair[-2] + pair[-1]).digest()
            count >>= 1
            row += 1
            if row == TILE_HEIGHT:
                self._complete(level, count - 1)
                level, row = level + 1, 0
                if level == len(self._edge):
                    self._edge.append(_empty_rows())
                rows = self._edge[level]
            rows[row].append(node)

    def _complete(self, level: int, n: int) -> None:
        rows = self._edge[level]
        self._edge[level] = _empty_rows()
        self._pending.append((level, n, rows))
        self._keep((level, n), rows)

    def root(self, size: int | None = None) -> bytes:
        """Root of the first `size` leaves, by default all of them."""
        size = self._bounded(size)
        return self._range_hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Inclusion proof of leaf `index` in the first `size` leaves, from the leaf's sibling up."""
        return [self._range_hash(low, high) for low, high in inclusion_ranges(index, self._bounded(size))]

    def inclusions(self, indices: Sequence[int]) -> Iterator[tuple[int, tuple[bytes, ...]]]:
        """(index, proof) for each of `indices`, which grow, in all leaves: the shared part of proofs is looked up
        once."""
        if not indices:
            return
        if not 0 <= indices[0] <= indices[-1] < self._size:
            raise ProofInvalid(expected=f"indices below the size {self._size}", found=f"{indices[0]}, {indices[-1]}")
        todo: list[tuple[int, int, int, int, tuple[bytes, ...]]] = [(0, self._size, 0, len(indices), ())]
        while todo:  # a subtree low..high, which of the indices lie in it, and its siblings up to the root
            low, high, start, stop, above = todo.pop()
            if high - low == 1:
                yield low, above
                continue
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            cut = bisect_left(indices, middle, start, stop)
            if cut < stop:
                todo.append((middle, high, cut, stop, (self._range_hash(low, middle), *above)))
            if start < cut:
                todo.append((low, middle, start, cut, (self._range_hash(middle, high), *above)))

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Consistency proof between the trees of the first `old` and the first `new` leaves."""
        return [self._range_hash(low, high) for low, high in consistency_ranges(old, self._bounded(new))]

    def tile(self, level: int, n: int, width: int = TILE_WIDTH) -> bytes:
        """The first `width` hashes of tile `n` at `level`, 32 bytes each. ProofInvalid if it has fewer."""
        have = min((self._size >> (TILE_HEIGHT * max(level, 0))) - n * TILE_WIDTH, TILE_WIDTH)
        if level < 0 or n < 0 or not 1 <= width <= have:
            raise ProofInvalid(expected=f"a tile of at most {max(have, 0)} hashes", found=f"{level}/{n}.p/{width}")
        return b"".join(self._rows(level, n)[0][:width])

    def take_full_tiles(self) -> list[tuple[int, int, bytes]]:
        """(level, n, 8192 bytes) of each tile completed since the last call, to be stored with its leaves."""
        taken = [(level, n, b"".join(rows[0])) for level, n, rows in self._pending]
        self._pending.clear()
        return taken

    def mark(self) -> Mark:
        """The present state, to which `reset` returns: take it before a batch whose transaction may fail."""
        return Mark(self._size, tuple(self._edge), tuple(self._pending))

    def reset(self, mark: Mark) -> None:
        """Forget the leaves appended since `mark`, and that tiles were taken. Marks taken later are void."""
        if mark.size > self._size:
            raise ValueError(f"the mark is of size {mark.size}, the tree of size {self._size}")
        for key in [k for k in self._kept if (k[1] + 1) << (TILE_HEIGHT * (k[0] + 1)) > mark.size]:
            del self._kept[key]
        for level, rows in enumerate(mark.edge):
            for row, nodes in enumerate(rows):
                height = TILE_HEIGHT * level + row
                del nodes[(mark.size >> height) % (TILE_WIDTH >> row) :]
        self._edge = list(mark.edge)
        self._pending = list(mark.pending)
        self._size = mark.size

    def missing_tiles(self, ranges: Sequence[Range]) -> list[tuple[int, int]]:
        """The full tiles (level, n) that hashing `ranges` would read, for a store that must be awaited.

        `offer` each as it comes from the store, then ask for the proof: it will not call `read_tile`.
        """
        wanted: dict[tuple[int, int], None] = {}
        for low, high in ranges:
            for height, index in _subtrees(low, high):
                level, row = divmod(height, TILE_HEIGHT)
                n = index >> (TILE_HEIGHT - row)
                if n != self._size >> (TILE_HEIGHT * (level + 1)) and (level, n) not in self._kept:
                    wanted[level, n] = None
        return list(wanted)

    def offer(self, level: int, n: int, hashes: bytes) -> None:
        """Put a full tile (8192 bytes, as it was handed out) into the cache."""
        self._keep((level, n), _expand(_checked(level, n, hashes)))

    def _bounded(self, size: int | None) -> int:
        if size is None:
            return self._size
        if not 0 <= size <= self._size:
            raise ProofInvalid(expected=f"a size of at most {self._size}", found=str(size))
        return size

    def _range_hash(self, low: int, high: int) -> bytes:
        """Root of the leaves low..high; `low` is a multiple of the smallest power of two ≥ high - low."""
        node = b""
        for height, index in _subtrees(low, high):
            level, row = divmod(height, TILE_HEIGHT)
            n = index >> (TILE_HEIGHT - row)
            left = self._rows(level, n)[row][index - (n << (TILE_HEIGHT - row))]
            node = node_hash(left, node) if node else left
        return node

    def _rows(self, level: int, n: int) -> _Rows:
        if n == self._size >> (TILE_HEIGHT * (level + 1)):
            return self._edge[level]
        rows = self._kept.get((level, n))
        if rows is None:
            rows = _expand(_checked(level, n, self._read_tile(level, n)))
        self._keep((level, n), rows)
        return rows

    def _keep(self, key: tuple[int, int], rows: _Rows) -> None:
        self._kept[key] = rows
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_TILES:
            self._kept.popitem(last=False)

    def _tile_root(self, level: int, n: int) -> bytes:
        top = _expand(_checked(level, n, self._read_tile(level, n)))[-1]
        return node_hash(*top)


def _subtrees(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The full subtrees (height, index) that make up the leaves low..high, from the right."""
    while low < high:
        height = min(high & -high, high - low).bit_length() - 1
        yield height, (high >> height) - 1
        high -= 1 << height


def _checked(level: int, n: int, hashes: bytes) -> list[bytes]:
    if len(hashes) != TILE_BYTES:
        raise IntegrityAlarm(expected=f"tile {level}/{n} of {TILE_BYTES} bytes", found=f"{len(hashes)} bytes")
    return [hashes[i : i + HASH_SIZE] for i in range(0, TILE_BYTES, HASH_SIZE)]


def _empty_rows() -> _Rows:
    return [[] for _ in range(TILE_HEIGHT)]


def _expand(hashes: Sequence[bytes]) -> _Rows:
    """All inner nodes over the hashes of one tile, full or partial."""
    rows = [list(hashes)]
    for _ in range(TILE_HEIGHT - 1):
        below = rows[-1]
        rows.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return rows
