"""Two other Python implementations of the C2SP formats check what we sign, prove and publish.

`aics-tlog` reads and audits all tiles; `tlog-scales` knows ML-DSA-44. `requirements-interop.txt` pins them.
"""

from __future__ import annotations

import base64

import aics_tlog as aics
import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales import reader as reader_module
from tlog_scales import signing, tlog

from hub.core.log import note
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.log.merkle import Tree, leaf_hash
from tests.support.logkit import AT, GOLDEN, GOLDEN_NOTE, published

SIZES = [1, 256, 257, 1000, 66_000]


def entries_of(size: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(size)]


def tree_of(entries: list[bytes]) -> Tree:
    tiles: dict[tuple[int, int], bytes] = {}
    tree = Tree(lambda level, n: tiles[level, n])
    for entry in entries:
        tree.append(leaf_hash(entry))
    tiles.update({(level, n): hashes for level, n, hashes in tree.take_full_tiles()})
    return tree


@pytest.mark.parametrize("size", SIZES)
def test_aics_audits_our_tiles(size: int) -> None:
    entries = entries_of(size)
    tree = tree_of(entries)
    reader = aics.MemoryTileReader(published(tree, entries))
    aics.audit_tiles(reader, size, tree.root())
    assert aics.tree_root_from_tiles(reader, size) == tree.root()
    for index in {0, size // 2, size - 1}:
        proof = tree.inclusion(index)
        assert aics.inclusion_proof_from_tiles(reader, index, size) == proof
        assert aics.verify_leaf_inclusion(entries[index], index, size, proof, tree.root())
    for old in {1, size // 2 + 1, size}:
        assert aics.verify_consistency(old, size, tree.root(old), tree.root(), tree.consistency(old))


def test_aics_accepts_the_golden_note_and_no_other() -> None:
    log, witness = (aics.parse_vkey(GOLDEN[k]) for k in ("log_vkey", "witness_vkey"))
    good = aics.verify_checkpoint(aics.parse_note(GOLDEN_NOTE), log, [witness], 1, now=GOLDEN["time"])
    assert good.ok, good
    moved = GOLDEN_NOTE.replace(b"\n5\n", b"\n6\n")
    assert not aics.verify_checkpoint(aics.parse_note(moved), log, [witness], 1, now=GOLDEN["time"]).ok


@pytest.mark.parametrize("size", SIZES)
def test_scales_proves_the_same_from_our_tiles(size: int) -> None:
    entries = entries_of(size)
    tree = tree_of(entries)
    served = published(tree, entries)

    class Backend:
        def get(self, *path: str) -> bytes | None:
            return served.get("/".join(path))

    reader = reader_module.TilesReader(Backend())
    reader.set_size(size)
    assert reader.mth(0, size) == tree.root()
    for index in {0, size // 2, size - 1}:
        assert reader.get_inclusion_proof(index, size).node_hashes == tree.inclusion(index)
        assert reader.get_entry(index) == entries[index]
        assert reader.get_consistency_proof(index + 1, size).node_hashes == tree.consistency(index + 1)


def test_scales_accepts_each_algorithm_that_it_knows() -> None:
    checkpoint = Checkpoint(GOLDEN["origin"], 5, base64.b64decode(GOLDEN["root_5"]))
    for algorithm in Algorithm:
        signer = Signer.from_seed(GOLDEN["origin"], bytes(32), algorithm)
        text = note.sign(checkpoint, [signer], AT).decode()
        vkey = signing.Vkey.from_string(signer.verifier.vkey)
        tlog.Checkpoint.from_text(text).verify(vkey)
        with pytest.raises(InvalidSignature):
            tlog.Checkpoint.from_text(text.replace("\n5\n", "\n6\n")).verify(vkey)
