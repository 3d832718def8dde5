"""RFC 6962 in functions: hashes, which ranges make up a proof, and the verification of proofs.

The rules:
- leaf = H(0x00 ‖ entry), node = H(0x01 ‖ left ‖ right), empty root = H(""); a tree of n leaves splits at the
  largest power of two below n. The prefixes keep a node from being passed off as a leaf.
- A proof is a list of *ranges* of leaves, from the leaf up; the ranges follow from index and size alone
  (`inclusion_ranges`, `consistency_ranges`), a tree only looks up or computes their hashes.
- Verification (RFC 9162 sections 2.1.3.2, 2.1.4.2) is a different algorithm from generation, on purpose: an
  error in one does not hide in the other. It raises ProofInvalid and returns nothing.

Not checked here: the signer of a root (`note`, `policy`), the meaning of an entry (`evidence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from hub.core.errors import ProofInvalid

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

Range = tuple[int, int]
"""Leaves from the first (inclusive) to the second (exclusive)."""


def leaf_hash(entry: bytes) -> bytes:
    """H(0x00 ‖ entry), 32 bytes. RFC 6962 section 2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(0x01 ‖ left ‖ right), 32 bytes. RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The siblings on the way from leaf `index` up to the root of `size` leaves (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise ProofInvalid(expected=f"an index below the size {size}", found=str(index))
    ranges = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    ranges.reverse()
    return ranges


def consistency_ranges(old: int, new: int) -> list[Range]:
    """From the root of `old` leaves to that of `new` (RFC 6962 section 2.1.2). None if old is 0 or new."""
    if not 0 <= old <= new:
        raise ProofInvalid(expected=f"an old size of at most {new}", found=str(old))
    if old in (0, new):
        return []
    ranges = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:  # else the old tree is itself a subtree whose root the verifier has
        ranges.append((low, high))
    ranges.reverse()
    return ranges


def _split(count: int) -> int:
    """Largest power of two below `count`, for count > 1."""
    return 1 << ((count - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """That the leaf HASH `leaf` is number `index` of `size` leaves under `root`. RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        raise ProofInvalid(expected=f"an index below the size {size}", found=str(index))
    _check_hashes((leaf, root, *proof))
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise ProofInvalid(expected="a shorter inclusion proof", found=f"{len(proof)} hashes")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofInvalid(expected="a longer inclusion proof", found=f"{len(proof)} hashes")
    _check_root(node, root, "inclusion")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """That the first `old_size` leaves under `new_root` are those under `old_root`. RFC 9162 section 2.1.4.2.

    From the empty tree everything is consistent: the proof is empty and `old_root` is the empty root.
    """
    if not 0 <= old_size <= new_size:
        raise ProofInvalid(expected=f"an old size of at most {new_size}", found=str(old_size))
    _check_hashes((old_root, new_root, *proof))
    if old_size in (0, new_size):
        if proof:
            raise ProofInvalid(expected="an empty consistency proof", found=f"{len(proof)} hashes")
        return _check_root(EMPTY_ROOT if old_size == 0 else new_root, old_root, "consistency")
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        raise ProofInvalid(expected="a longer consistency proof", found="0 hashes")
    old, new = _climb(path, old_size, new_size)
    _check_root(old, old_root, "consistency (old tree)")
    return _check_root(new, new_root, "consistency (new tree)")


def _climb(path: list[bytes], old_size: int, new_size: int) -> tuple[bytes, bytes]:
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if not last:
            raise ProofInvalid(expected="a shorter consistency proof", found=f"{len(path)} hashes")
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofInvalid(expected="a longer consistency proof", found=f"{len(path)} hashes")
    return old, new


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise ProofInvalid(expected="hashes of 32 bytes", found=f"{len(value)} bytes")


def _check_root(computed: bytes, claimed: bytes, what: str) -> None:
    if computed != claimed:
        raise ProofInvalid(expected=f"{what} root {claimed.hex()}", found=computed.hex())
