"""How the log grows by a batch: its leaves, one signed checkpoint over them. On an error nothing of it stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.core.log import note
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.merkle import Mark, Tree
from hub.core.log.seal import Sealer
from hub.core.model import Millis


class Growth(NamedTuple):
    """`before`: the state that `Tree.reset` returns to; `full_tiles`: as `Tree.take_full_tiles` hands them out; `note`:
    signed; `seal`: empty where nothing seals."""

    before: Mark
    size: int
    root: bytes
    full_tiles: list[tuple[int, int, bytes]]
    note: bytes
    seal: str


def grow(
    tree: Tree, entries: Sequence[bytes], origin: str, signers: Sequence[Signer], sealer: Sealer | None, at: Millis
) -> Growth:
    """Append the entries to `tree`, and sign and seal its new state."""
    before = tree.mark()
    try:
        size, root, full_tiles = tree.extend(entries)
        checkpoint = Checkpoint(origin, size, root)
        signed = note.sign(checkpoint, signers, at)
        return Growth(before, size, root, full_tiles, signed, sealer.seal(checkpoint, at) if sealer else "")
    except BaseException:
        tree.reset(before)
        raise
