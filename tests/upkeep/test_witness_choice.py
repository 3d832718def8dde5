"""Which cosigned checkpoint a receipt is put under, against the definition in words; and what is kept of each size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.base.config import HubSettings, Settings
from hub.cli.fsck import check
from hub.core.log import note
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.model import Millis
from hub.record.log import Log
from hub.store import CheckpointRow, CosignedRow, Store
from hub.store.sqlite import SqliteStore
from tests.support.axis import SON_LA, VPCP
from tests.support.witnesskit import LOG, History, a_hub, a_witness, log_of, with_witnesses

NAMES = ("a", "b", "c")
KEYS = {name: Signer.from_seed(name, name.encode() * 32, Algorithm.COSIGNATURE) for name in NAMES}
IDS = {name: key.verifier.id for name, key in KEYS.items()}


class Sizes:
    """The one verb of a transaction that the choice needs."""

    def __init__(self, signed: Mapping[str, set[int]]) -> None:
        self.signed = {IDS[name]: sorted(sizes) for name, sizes in signed.items()}
        self.asked = 0

    def cosigned_by(self, witness: str, least: int) -> int | None:
        self.asked += 1
        return next((size for size in self.signed[witness] if size >= least), None)

    def cosigned(self, size: int) -> CosignedRow:
        return CosignedRow(size, Millis(0), b"")


def chosen(signed: Mapping[str, set[int]], leaf: int) -> int | None:
    log = Log("o", [LOG], [KEYS[name].verifier for name in signed])
    row = log._cosigned(Sizes(signed), leaf)  # type: ignore[arg-type]
    return row.size if row is not None else None


SETS = st.dictionaries(st.sampled_from(NAMES), st.sets(st.integers(1, 30)), max_size=3)


@settings(max_examples=300, deadline=None)
@given(SETS, st.integers(0, 30))
def test_the_smallest_that_all_signed_wherever_there_is_one(signed: dict[str, set[int]], leaf: int) -> None:
    covering = [{size for size in sizes if size > leaf} for sizes in signed.values()]
    common = set.intersection(*covering) if covering else set()
    found = chosen(signed, leaf)
    if common:
        assert found == min(common)
    elif any(covering):
        # not all: the smallest that some of them have in common, and at least one of them signed it
        assert found is not None
        signers = {name for name, sizes in signed.items() if found in sizes}
        assert signers
        shared = set.intersection(*({s for s in signed[n] if s > leaf} for n in signers))
        assert found == min(shared)
    else:
        assert found is None


def test_the_witness_whose_last_signature_is_oldest_is_left_out_first() -> None:
    assert chosen({"a": {5, 9}, "b": {5, 9}, "c": {3}}, 4) == 5
    assert chosen({"a": {5, 9}, "b": {7, 9}, "c": {3}}, 4) == 9
    assert chosen({"a": {5}, "b": {7}}, 4) == 7
    assert chosen({}, 4) is None


def test_witnesses_that_never_sign_the_same_do_not_hold_up_a_receipt() -> None:
    odd, even = set(range(1, 60_000, 2)), set(range(2, 60_000, 2))
    sizes = Sizes({"a": odd, "b": even})
    log = Log("o", [LOG], [KEYS[name].verifier for name in ("a", "b")])
    row = log._cosigned(sizes, 0)  # type: ignore[arg-type]
    assert row is not None
    assert row.size == 1, "the later one in the settings is left out"
    assert sizes.asked < 1_000


@pytest.fixture
def history() -> History:
    return History("a").grow(9)


async def test_the_store_keeps_the_union_and_who_signed_what(tmp_path: Path, history: History) -> None:
    store: Store = await SqliteStore.open(tmp_path / "axis.sqlite")
    try:
        assert await store.cosigned(0, 9) == []
        assert await store.last_cosigned() is None
        for size, name, at in ((5, "a", 1), (5, "b", 2), (9, "b", 3)):
            line = note.cosign(Checkpoint(LOG.verifier.name, size, history.tree.root(size)), KEYS[name], Millis(0))
            under = await store.inspect(lambda tx, size=size: tx.cosigned(size))  # type: ignore[misc]
            merged = note.attach(under.note if under else history.note(size), line)
            row = CosignedRow(size, Millis(at), merged)
            await store.write(lambda tx, row=row, name=name: tx.keep_cosigned(row, IDS[name]))  # type: ignore[misc]
        rows = await store.cosigned(0, 9)
        assert [(row.size, row.at) for row in rows] == [(5, 2), (9, 3)]
        assert [line.name for line in note.parse(rows[0].note).lines] == [LOG.verifier.name, "a", "b"]
        assert await store.cosigned(5, 9) == rows[1:]
        assert await store.last_cosigned() == rows[1]
        assert await store.last_cosigned(IDS["a"]) == rows[0]
        assert await store.last_cosigned(IDS["c"]) is None
        for name, least, found in (("a", 0, 5), ("a", 5, 5), ("a", 6, None), ("b", 6, 9), ("c", 0, None)):
            assert await store.inspect(lambda tx, n=name, s=least: tx.cosigned_by(IDS[n], s)) == found  # type: ignore[misc]
    finally:
        await store.close()


@pytest.mark.parametrize("what", ["witness line", "log line", "root", "lost line"])
async def test_fsck_reads_every_cosigned_note(tmp_path: Path, keys: Path, what: str) -> None:
    folder = tmp_path / "hub"
    async with a_witness(tmp_path / "w1", [log_of(keys)]) as w1:
        async with a_hub(folder, keys, [w1.entry]) as web:
            sent = await web.send(VPCP, SON_LA)
            last = await web.hub.exchange.store.last_checkpoint()
            assert last is not None
            await web.hub.witnesses.reached(last.size)
            assert sent.receipt
        config = with_witnesses(Settings(hub=HubSettings(data=str(folder), keys=str(keys))), [w1.entry])
    faults, counts = await check(config, False, quiet=True)
    assert faults == []
    assert counts["cosigned"] >= 1

    row = await _spoil(folder, last, what)
    faults, _ = await check(config, False, quiet=True)
    assert [f.where for f in faults] == [f"cosigned {row.size}"], faults
    assert faults[0].what in ("cosignature", "cosigned-differs")


async def _spoil(folder: Path, last: CheckpointRow, what: str) -> CosignedRow:
    store = await SqliteStore.open(folder / "axis.sqlite")
    kept = await store.last_cosigned()
    assert kept is not None
    assert kept.size == last.size
    lines = kept.note.decode().splitlines(keepends=True)
    number = {"witness line": -1, "log line": -2, "root": 2, "lost line": -1}[what]
    if what == "lost line":
        del lines[number]
    else:
        bent = lines[number][:-20] + ("A" if lines[number][-20] != "A" else "B") + lines[number][-19:]
        lines[number] = bent
    spoilt = CosignedRow(kept.size, kept.at, "".join(lines).encode())
    await store.write(lambda tx: tx.keep_cosigned(spoilt, "x"))
    await store.close()
    return spoilt
