"""The tree against RFC 6962's own recursion, at every small size and around the borders of tiles."""

from __future__ import annotations

import base64
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import IntegrityAlarm, ProofInvalid
from hub.core.log import merkle
from hub.core.log.merkle import Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion
from tests.support.logkit import GOLDEN, Naive, TileStore, numbered_leaves

SMALL = 300
LARGE = 70_000
BORDERS = (255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, LARGE)


@pytest.fixture(scope="module")
def naive() -> Naive:
    return Naive(numbered_leaves(LARGE))


@pytest.fixture(scope="module")
def store(naive: Naive) -> TileStore:
    store, tree = TileStore(), Tree(lambda level, n: b"")
    store.extend(tree, naive.leaves)
    return store


def no_reads(level: int, n: int) -> bytes:
    raise AssertionError(f"tile {level}/{n} was read")


def test_golden_hashes() -> None:
    leaves = [leaf_hash(e.encode()) for e in GOLDEN["entries"]]
    assert leaves[0].hex() == GOLDEN["leaf_a"]
    tree = Tree(no_reads)
    for leaf in leaves:
        tree.append(leaf)
    assert base64.b64encode(tree.root()).decode() == GOLDEN["root_5"]
    assert base64.b64encode(tree.root(3)).decode() == GOLDEN["root_3"]
    proof = tree.consistency(3)
    assert [base64.b64encode(h).decode() for h in proof] == GOLDEN["consistency_3_5"]
    verify_consistency(3, tree.root(3), 5, tree.root(), proof)


def test_every_small_size(naive: Naive) -> None:
    tree = Tree(no_reads)
    assert tree.root() == merkle.EMPTY_ROOT
    for size in range(1, SMALL + 1):
        assert tree.append(naive.leaves[size - 1]) == size - 1
        root = naive.mth(0, size)
        assert tree.root() == root
        for index in range(size):
            proof = tree.inclusion(index)
            assert proof == naive.path(index, 0, size)
            verify_inclusion(naive.leaves[index], index, size, proof, root)
        for old in range(size + 1):
            proof = tree.consistency(old)
            assert proof == naive.proof(old, size)
            verify_consistency(old, naive.mth(0, old), size, root, proof)


@pytest.mark.parametrize("size", BORDERS)
def test_around_the_borders_of_tiles_after_reopening(naive: Naive, store: TileStore, size: int) -> None:
    store.reads.clear()
    tree = store.open(size)
    assert store.reads == merkle.tiles_to_open(size)
    assert tree.root() == naive.mth(0, size)
    chosen = random.Random(size)
    for index in {0, size - 1, size // 2, *(chosen.randrange(size) for _ in range(12))}:
        proof = tree.inclusion(index)
        assert proof == naive.path(index, 0, size)
        verify_inclusion(naive.leaves[index], index, size, proof, tree.root())
    for old in {1, size - 1, *(b for b in BORDERS if b < size), chosen.randrange(size)}:
        assert tree.consistency(old) == naive.proof(old, size)
        verify_consistency(old, tree.root(old), size, tree.root(), tree.consistency(old))
        index = chosen.randrange(old)
        assert tree.inclusion(index, old) == naive.path(index, 0, old)


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, LARGE), data=st.data())
def test_any_size_reopened_and_grown_further(naive: Naive, store: TileStore, size: int, data: st.DataObject) -> None:
    tree = store.open(size)
    more = min(LARGE, size + data.draw(st.integers(0, 700), "more"))
    for leaf in naive.leaves[size:more]:
        tree.append(leaf)
    old = data.draw(st.integers(1, more), "old")
    index = data.draw(st.integers(0, old - 1), "index")
    assert tree.root() == naive.mth(0, more)
    assert tree.inclusion(index, old) == naive.path(index, 0, old)
    assert tree.consistency(old) == naive.proof(old, more)


@given(size=st.integers(1, 3_000), data=st.data())
def test_proofs_made_together_are_those_made_one_by_one(naive: Naive, size: int, data: st.DataObject) -> None:
    tree = Tree(no_reads)
    for leaf in naive.leaves[:size]:
        tree.append(leaf)
    wanted = sorted(data.draw(st.sets(st.integers(0, size - 1), max_size=40), "wanted"))
    assert list(tree.inclusions(wanted)) == [(index, tuple(tree.inclusion(index))) for index in wanted]
    last = list(range(max(0, size - 64), size))
    assert list(tree.inclusions(last)) == [(index, tuple(naive.path(index, 0, size))) for index in last]


@pytest.mark.parametrize("wanted", [[-1, 0], [0, 5], [5], [2, 7]])
def test_proofs_of_leaves_that_are_not_there_are_refused(naive: Naive, wanted: list[int]) -> None:
    tree = Tree(no_reads)
    for leaf in naive.leaves[:5]:
        tree.append(leaf)
    with pytest.raises(ProofInvalid, match="below the size 5"):
        list(tree.inclusions(wanted))


def test_new_leaves_are_proved_without_reading(naive: Naive, store: TileStore) -> None:
    """A batch that crosses the border of a tile, at two levels at once, is answered from memory."""
    opened = store.open(65_536 - 100)
    store.reads.clear()
    for leaf in naive.leaves[opened.size : opened.size + 200]:
        opened.append(leaf)
    opened.take_full_tiles()
    for index in range(65_536 - 100, 65_536 + 100):
        opened.inclusion(index)
    assert store.reads == []


def test_full_tiles_come_once_and_in_order(naive: Naive) -> None:
    tree = Tree(no_reads)
    for leaf in naive.leaves[:66_000]:
        tree.append(leaf)
    taken = tree.take_full_tiles()
    assert [n for level, n, _ in taken if level == 0] == list(range(257))
    assert [n for level, n, _ in taken if level == 1] == [0]
    assert tree.take_full_tiles() == []
    by_place = {(level, n): hashes for level, n, hashes in taken}
    assert by_place[0, 3] == b"".join(naive.leaves[768:1024])
    assert by_place[1, 0] == b"".join(naive.mth(i, i + 256) for i in range(0, 65_536, 256))


def test_partial_tiles_are_served(naive: Naive, store: TileStore) -> None:
    """70,000 leaves: 112 at level 0, 17 at level 1, 1 at level 2 (the example of C2SP tlog-tiles)."""
    tree = store.open()
    assert tree.tile(0, 273, 112) == b"".join(naive.leaves[273 * 256 : LARGE])
    assert tree.tile(0, 273, 50) == b"".join(naive.leaves[273 * 256 : 273 * 256 + 50])
    assert tree.tile(1, 1, 17) == b"".join(naive.mth(65_536 + i * 256, 65_792 + i * 256) for i in range(17))
    assert tree.tile(2, 0, 1) == naive.mth(0, 65_536)
    assert tree.tile(0, 7) == store.tiles[0, 7]
    for level, n, width in ((0, 273, 113), (1, 1, 18), (3, 0, 1), (0, 274, 1), (0, 0, 0), (0, -1, 1), (-1, 0, 1)):
        with pytest.raises(ProofInvalid):
            tree.tile(level, n, width)


@settings(max_examples=40, deadline=None)
@given(start=st.integers(0, 1100), batches=st.lists(st.tuples(st.integers(0, 700), st.booleans(), st.booleans())))
def test_a_failed_batch_leaves_no_trace(naive: Naive, start: int, batches: list[tuple[int, bool, bool]]) -> None:
    """Whatever a failed batch appended, and whether it took tiles, afterwards is as if it had not been."""
    store, tree, size = TileStore(), Tree(no_reads), start
    store.extend(tree, naive.leaves[:start])
    for count, fails, takes in batches[:8]:
        mark = tree.mark()
        for leaf in naive.leaves[10_000 : 10_000 + count] if fails else naive.leaves[size : size + count]:
            tree.append(leaf)
        if takes or not fails:
            taken = {(level, n): hashes for level, n, hashes in tree.take_full_tiles()}
        if fails:
            tree.reset(mark)
        else:
            store.tiles.update(taken)
            size += count
        assert (tree.size, tree.root()) == (size, naive.mth(0, size))
        if size:
            assert tree.inclusion(size - 1) == naive.path(size - 1, 0, size)
    assert set(store.tiles) == {(0, n) for n in range(size // 256)}


def test_a_mark_can_be_returned_to_more_than_once(naive: Naive) -> None:
    tree = Tree(no_reads)
    for leaf in naive.leaves[:250]:
        tree.append(leaf)
    mark = tree.mark()
    for _ in range(3):
        for leaf in naive.leaves[500:520]:
            tree.append(leaf)
        assert len(tree.take_full_tiles()) == 1
        tree.reset(mark)
        assert tree.root() == naive.mth(0, 250)
    later = tree.append(naive.leaves[250])
    assert later == 250
    with pytest.raises(ValueError, match="mark"):
        Tree(no_reads).reset(mark)


def test_tiles_can_be_offered_by_a_store_that_must_be_awaited(naive: Naive, store: TileStore) -> None:
    tree = Tree.open(LARGE, store.leaves[LARGE & -256 :], store.read)
    tree._read_tile = no_reads
    for ranges, expected, ask in (
        (merkle.inclusion_ranges(5, LARGE), naive.path(5, 0, LARGE), lambda: tree.inclusion(5)),
        (merkle.consistency_ranges(300, LARGE), naive.proof(300, LARGE), lambda: tree.consistency(300)),
    ):
        missing = tree.missing_tiles(ranges)
        for level, n in missing:
            tree.offer(level, n, store.tiles[level, n])
        assert tree.missing_tiles(ranges) == []
        assert ask() == expected


def test_a_store_that_lost_something_is_noticed(naive: Naive, store: TileStore) -> None:
    with pytest.raises(IntegrityAlarm):
        Tree.open(300, naive.leaves[256:299], store.read)
    with pytest.raises(IntegrityAlarm):
        Tree.open(300, naive.leaves[256:300], lambda level, n: store.tiles[level, n][:-32])
    damaged = dict(store.tiles)
    damaged[0, 0] = bytes(32) + damaged[0, 0][32:]
    tree = Tree.open(300, naive.leaves[256:300], lambda level, n: damaged[level, n])
    assert tree.root() != naive.mth(0, 300)


# --- attacks on proofs


def proof_of(naive: Naive, index: int, size: int) -> tuple[bytes, int, int, list[bytes], bytes]:
    return naive.leaves[index], index, size, naive.path(index, 0, size), naive.mth(0, size)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (4, 5), (2, 7), (255, 256), (100, 257)])
def test_wrong_index_size_or_length_is_refused(naive: Naive, index: int, size: int) -> None:
    leaf, _, _, proof, root = proof_of(naive, index, size)
    verify_inclusion(leaf, index, size, proof, root)
    for wrong in {i for i in (index - 1, index + 1, size, -1, 2**62) if i != index}:
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaf, wrong, size, proof, root)
    for wrong_proof in (proof[:-1], [*proof, root], [*proof, bytes(32)], [bytes(31), *proof[1:]]):
        if wrong_proof != proof:
            with pytest.raises(ProofInvalid):
                verify_inclusion(leaf, index, size, wrong_proof, root)
    with pytest.raises(ProofInvalid):
        verify_inclusion(leaf, index, 0, proof, root)


def test_swapped_siblings_and_flipped_bits_are_refused(naive: Naive) -> None:
    leaf, index, size, proof, root = proof_of(naive, 77, 200)
    for i, (one, two) in enumerate(pairwise(proof)):
        swapped = [*proof[:i], two, one, *proof[i + 2 :]]
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaf, index, size, swapped, root)
    for i, sibling in enumerate(proof):
        flipped = bytes([sibling[0] ^ 1]) + sibling[1:]
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaf, index, size, [*proof[:i], flipped, *proof[i + 1 :]], root)


def test_a_node_does_not_pass_for_a_leaf(naive: Naive) -> None:
    node = node_hash(naive.leaves[0], naive.leaves[1])
    assert leaf_hash(naive.leaves[0] + naive.leaves[1]) != node


def test_a_fork_is_refused(naive: Naive) -> None:
    forked = Naive([*naive.leaves[:99], bytes(32), *naive.leaves[100:200]])
    with pytest.raises(ProofInvalid):
        verify_consistency(150, naive.mth(0, 150), 200, forked.mth(0, 200), forked.proof(150, 200))
    with pytest.raises(ProofInvalid):
        verify_consistency(200, naive.mth(0, 200), 200, forked.mth(0, 200), [])


def test_consistency_at_its_edges(naive: Naive) -> None:
    root = naive.mth(0, 8)
    verify_consistency(0, merkle.EMPTY_ROOT, 8, root, [])
    verify_consistency(8, root, 8, root, [])
    bad = [
        (0, root, 8, root, []),
        (0, merkle.EMPTY_ROOT, 8, root, [root]),
        (8, root, 8, root, [root]),
        (9, root, 8, root, []),
        (-1, root, 8, root, []),
        (4, naive.mth(0, 4), 8, root, []),
        (5, naive.mth(0, 5), 8, root, []),
        (5, naive.mth(0, 5), 8, root, naive.proof(5, 8)[:-1]),
        (5, naive.mth(0, 5), 8, root, [*naive.proof(5, 8), root]),
    ]
    for case in bad:
        with pytest.raises(ProofInvalid):
            verify_consistency(*case)


def test_a_tree_refuses_questions_beyond_its_size() -> None:
    tree = Tree(no_reads)
    tree.append(bytes(32))
    for ask in (
        lambda: tree.inclusion(1),
        lambda: tree.inclusion(0, 2),
        lambda: tree.consistency(2),
        lambda: tree.root(2),
        lambda: tree.root(-1),
    ):
        with pytest.raises(ProofInvalid):
            ask()
