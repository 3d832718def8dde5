"""The log of the hub: the tree in memory over the leaves in the store, and the key that signs its checkpoints.

At start the root is recomputed from the store and compared with the last checkpoint, whose signature must
be our own: on any difference the hub does not run, for it would sign a second history. Used on the store's thread
only, inside its transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from hub.core.errors import IntegrityAlarm, ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.evidence.format import Kind
from hub.core.log import merkle, note
from hub.core.log.growth import grow
from hub.core.log.keys import Checkpoint, Signer, Verifier
from hub.core.log.seal import Sealer
from hub.core.model import Millis
from hub.record.evidence_writer import LogView
from hub.store import CheckpointRow, CosignedRow, LeafRow, Transaction

_STEPS = 256


class Log:
    """`signers`: the log's Ed25519 key first, further ones (ML-DSA-44) after it. `witnesses`: whom receipts show it
    to. `sealer`: seals each checkpoint for the law as well, and is named in evidence."""

    def __init__(
        self,
        origin: str,
        signers: Sequence[Signer],
        witnesses: Sequence[Verifier] = (),
        sealer: Sealer | None = None,
    ) -> None:
        self.origin = origin
        self._sealer = sealer
        self._issuer = ev.Party(identifier=origin, certificate_digest=f"sha-256:{sealer.kid}" if sealer else "")
        self.witnesses = tuple(witnesses)
        self._signers = tuple(signers)
        self._tx: Transaction | None = None
        self._tree = merkle.Tree(self._read_tile)
        self._last: CheckpointRow | None = None
        self._mark: merkle.Mark | None = None
        self._before: CheckpointRow | None = None

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        return tuple(signer.verifier for signer in self._signers)

    @property
    def vkeys(self) -> tuple[str, ...]:
        return tuple(verifier.vkey for verifier in self.verifiers)

    def open(self, tx: Transaction) -> None:
        """Take the state from the store. IntegrityAlarm unless leaves, tiles and last checkpoint agree."""
        self._tx = tx
        last = tx.last_checkpoint()
        size = tx.leaf_count()
        if size != (last.size if last else 0):
            raise IntegrityAlarm(expected=f"{last.size if last else 0} leaves under the checkpoint", found=str(size))
        tail = [
            _leaf_hash(row.kind, row.object) for row in tx.leaves(size - size % merkle.TILE_WIDTH, merkle.TILE_WIDTH)
        ]
        self._tree = merkle.Tree.open(size, tail, self._read_tile)
        self._last = last
        self._mark, self._before = None, last
        if last is not None:
            self._check(last)

    def _check(self, last: CheckpointRow) -> None:
        root = self._tree.root()
        if root != last.root:
            raise IntegrityAlarm(expected=f"root {last.root.hex()}", found=root.hex(), size=last.size)
        try:
            opened = note.open_note(last.note, self.verifiers)
        except ProofInvalid as error:
            raise IntegrityAlarm(expected="a checkpoint signed by this hub's key", found=str(error)) from error
        if opened.checkpoint != Checkpoint(self.origin, last.size, last.root):
            raise IntegrityAlarm(expected=f"a checkpoint of {self.origin}", found=opened.checkpoint.origin)

    @property
    def at(self) -> Millis:
        """The time of the last checkpoint; 0 when there is none."""
        return self._last.at if self._last else Millis(0)

    def begin(self) -> LogView:
        """How the log stands at the beginning of a batch; `undo` returns to here."""
        last = self._before = self._last
        self._mark = None
        return LogView(self._issuer, last.size if last else 0, last.root if last else b"")

    def extend(self, tx: Transaction, entries: Sequence[bytes], at: Millis) -> None:
        """Append the batch's entries, sign the checkpoint over them, and put both into the transaction.

        The note is published by nobody before the commit: a tree that was signed and then lost was never seen.
        """
        self._tx = tx
        if not entries:
            return
        grown = grow(self._tree, entries, self.origin, self._signers, self._sealer, at)
        self._mark = grown.before
        if grown.full_tiles:
            tx.add_tiles(grown.full_tiles)
        self._last = CheckpointRow(grown.size, grown.root, at, grown.note, grown.seal)
        tx.add_checkpoint(self._last)

    def undo(self) -> None:
        """The transaction of the batch that began last was rolled back: so is the tree."""
        if self._mark is not None:
            self._tree.reset(self._mark)
        self._last = self._before

    def receipt(self, tx: Transaction, leaf: int) -> bytes:
        """The `.tlog-proof` of an evidence under the first checkpoint that covers it: the same bytes every time."""
        return self._under(tx, leaf, tx.checkpoint_covering(leaf))

    def receipts(self, tx: Transaction, leaves: set[int], fresh: Sequence[LeafRow]) -> dict[int, bytes]:
        """The receipts that `receipt` makes of the leaves, in the batch that wrote `fresh`: for these everything is in
        hand, and the shared part of their proofs is made once."""
        self._tx = tx
        made: dict[int, bytes] = {}
        if (last := self._last) is not None:
            first = last.size - len(fresh)
            inside = {leaf: fresh[leaf - first].object for leaf in sorted(leaves) if first <= leaf < last.size}
            made = receipt.together(self._tree, inside, last.note) if inside else {}
        return {leaf: made.get(leaf) or self.receipt(tx, leaf) for leaf in leaves}

    def newest_receipt(self, tx: Transaction, leaf: int) -> bytes:
        """The same evidence under the checkpoint that witnesses know: the smallest that covers the leaf and that all
        have cosigned, else as many as there is one of; where none has, the receipt of `receipt`."""
        return self._under(tx, leaf, self._cosigned(tx, leaf) or tx.checkpoint_covering(leaf))

    def _under(self, tx: Transaction, leaf: int, covering: CheckpointRow | CosignedRow | None) -> bytes:
        self._tx = tx
        row = tx.leaf(leaf)
        if row is None or covering is None:
            raise IntegrityAlarm(expected=f"leaf {leaf} under a checkpoint", found="none")
        proof = tuple(self._tree.inclusion(leaf, covering.size))
        return receipt.Receipt(evidence=row.object, index=leaf, proof=proof, note=covering.note).encode()

    def _cosigned(self, tx: Transaction, leaf: int) -> CosignedRow | None:
        """Leave out the witness that has nothing more at or above the size looked at, until the rest have one in
        common. Each step moves on to a size that one of them signed, and they are shown the same ones."""
        names = [verifier.id for verifier in self.witnesses]
        size = leaf + 1
        for step in count(1):
            if not names:
                return None
            if step % _STEPS == 0:  # they have hardly anything in common: look with one less
                names, size = names[:-1], leaf + 1
                continue
            sizes = {name: tx.cosigned_by(name, size) for name in names}
            behind = [name for name, found in sizes.items() if found is None]
            if behind:
                names = [name for name in names if name not in behind]
                size = leaf + 1
                continue
            furthest = max(found for found in sizes.values() if found is not None)
            if set(sizes.values()) == {furthest}:
                return tx.cosigned(furthest)
            size = furthest
        raise AssertionError("count does not end")

    def inclusion(self, tx: Transaction, leaf: int, size: int) -> list[bytes]:
        """Proof that leaf number `leaf` is in the first `size` leaves."""
        self._tx = tx
        return self._tree.inclusion(leaf, size)

    def consistency(self, tx: Transaction, old: int, new: int) -> list[bytes]:
        self._tx = tx
        return self._tree.consistency(old, new)

    def root_at(self, tx: Transaction, size: int) -> bytes:
        """Root of the first `size` leaves. ProofInvalid where there are fewer."""
        self._tx = tx
        return self._tree.root(size)

    def tile(self, tx: Transaction, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of a tile; for partial tiles above level 0, which are nowhere stored."""
        self._tx = tx
        return self._tree.tile(level, n, width)

    def _read_tile(self, level: int, n: int) -> bytes:
        if self._tx is None:
            raise IntegrityAlarm(expected="an open transaction", found="none")
        return self._tx.read_tile(level, n)


def _leaf_hash(kind: int, content: bytes) -> bytes:
    return merkle.leaf_hash(ev.entry(Kind(kind), content))
