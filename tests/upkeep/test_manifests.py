"""One manifest for each day of Vietnam that has ended and had evidence, whenever the hub comes to write it."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence import manifest
from hub.core.evidence.format import Kind
from hub.core.evidence.manifest import Line, Manifest
from hub.core.model import Millis, to_datetime
from hub.record.acts.refusal import RecordRefusal
from hub.upkeep.manifests import Manifests, RecordManifest
from tests.core.audit.kit import DAY, audited, lived
from tests.support.axis import HA_NOI, HOUR, NOON, SON_LA, VPCP, Axis, Clock, an_axis

TODAY = date(2026, 11, 22)
NONCE = ev.encode_nonce(bytes(16))


async def written(axis: Axis) -> list[Manifest]:
    return [manifest.decode(leaf.object) for leaf in await axis.exchange.store.leaves_of_kind(Kind.MANIFEST, 0, 1000)]


async def test_a_day_is_told_once_and_not_before_it_has_ended(axis: Axis) -> None:
    makes = Manifests(axis.exchange.record)
    await axis.send(VPCP, SON_LA, HA_NOI)
    await axis.take(SON_LA)
    assert await makes.make() == 0
    axis.clock.forward(13 * HOUR - 1)  # 23:59:59.999 in Vietnam
    assert await makes.make() == 0
    axis.clock.forward(1)
    assert await makes.make() == 1
    assert [await m.make() for m in (makes, Manifests(axis.exchange.record))] == [0, 0]
    (told,) = await written(axis)
    size = (await axis.exchange.store.leaves(0, 100))[-1].number
    assert (told.day, told.start, told.end, told.previous) == ("2026-11-22", 0, size, "")
    assert told.agencies == (Line(VPCP, "out", 1, 1), Line(SON_LA, "in", 1, 1))


async def test_after_downtime_each_day_that_had_something_gets_its_own(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    for days in (1, 3):
        axis.clock.forward(days * DAY)
        await axis.send(VPCP, SON_LA, HA_NOI)
    axis.clock.forward(5 * DAY)
    makes = Manifests(axis.exchange.record)
    assert await makes.make() == 3
    told = await written(axis)
    assert [m.day for m in told] == ["2026-11-22", "2026-11-23", "2026-11-26"]
    assert [m.agencies[0] for m in told] == [Line(VPCP, "out", n, 1) for n in (1, 2, 3)]
    assert [m.start for m in told] == [0, *(m.end for m in told[:-1])]
    leaves = await axis.exchange.store.leaves_of_kind(Kind.MANIFEST, 0, 10)
    assert [m.previous for m in told[1:]] == [ev.digest_text(leaf.object) for leaf in leaves[:-1]]
    sizes = {row.size for row in await axis.exchange.store.checkpoints(0, 100)}
    assert {m.end for m in told} <= sizes, "a manifest ends where a checkpoint was signed"
    assert await Manifests(axis.exchange.record).make() == 0


async def test_a_manifest_alone_makes_no_day(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    makes = Manifests(axis.exchange.record)
    for made in (1, 0, 0):
        axis.clock.forward(DAY)
        assert await makes.make() == made


async def test_what_was_counted_too_early_is_not_written(axis: Axis) -> None:
    """A batch of the day was under way while its leaves were counted."""
    await axis.send(VPCP, SON_LA)
    size = (await axis.exchange.store.leaves(0, 100))[-1].number + 1
    early = RecordManifest(TODAY, 0, size, (Line(VPCP, "out", 1, 1),))
    assert not (await axis.exchange.sequencer.submit(early)).answer  # the day has not ended
    await axis.send(VPCP, SON_LA)
    axis.clock.forward(DAY)
    assert not (await axis.exchange.sequencer.submit(early)).answer  # evidence of the day beyond its end
    assert await written(axis) == []
    assert await Manifests(axis.exchange.record).make() == 1


async def test_two_that_write_at_the_same_moment_write_one(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    axis.clock.forward(DAY)
    done = await asyncio.gather(*(Manifests(axis.exchange.record).make() for _ in range(5)))
    assert sum(done) == len(await written(axis)) == 1
    refused = RecordRefusal(agency=VPCP, auth="", code="X", found="", sha256="0" * 64, submitted_at=Millis(0))
    await axis.exchange.sequencer.submit(refused)
    axis.clock.forward(DAY)
    (first,) = await written(axis)
    size = (await axis.exchange.store.leaves(0, 100))[-1].number + 1
    act = RecordManifest(date(2026, 11, 23), first.end, size, (Line(VPCP, "out", 2, 1),))
    sealed = await asyncio.gather(*(axis.exchange.sequencer.submit(act) for _ in range(3)))
    assert sorted(s.answer for s in sealed) == [False, False, True]


async def test_every_flow_is_counted_as_an_audit_counts_it(axis: Axis) -> None:
    await lived(axis)
    assert len(await written(axis)) == 3
    assert (await audited(axis)).findings == ()


async def test_the_receipt_of_a_manifest_leads_to_the_root(axis: Axis) -> None:
    """Its leaf is proved like any other, by tools that know nothing of manifests."""
    await axis.send(VPCP, SON_LA)
    axis.clock.forward(DAY)
    await Manifests(axis.exchange.record).make()
    (leaf,) = await axis.exchange.store.leaves_of_kind(Kind.MANIFEST, 0, 1)
    receipt = await axis.exchange.store.inspect(lambda tx: axis.log.receipt(tx, leaf.number))
    assert f"index {leaf.number}".encode() in receipt


async def test_it_goes_on_where_it_was_when_the_hub_comes_back(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path, keys, clock) as axis:
        await axis.send(VPCP, SON_LA)
        clock.forward(DAY)
        await Manifests(axis.exchange.record).make()
        await axis.send(VPCP, SON_LA)
    clock.forward(DAY)
    async with an_axis(tmp_path, keys, clock) as axis:
        assert await Manifests(axis.exchange.record).make() == 1
        assert [m.day for m in await written(axis)] == ["2026-11-22", "2026-11-23"]


# the form


def a_manifest(*lines: Line, **changes: object) -> Manifest:
    base = Manifest(
        type="manifest",
        day="2026-11-22",
        origin="o",
        start=0,
        end=9,
        agencies=lines or (Line("a", "in", 1, 1),),
        nonce=NONCE,
    )
    return replace(base, **changes)


@given(
    counts=st.dictionaries(
        st.tuples(st.text(min_size=1), st.sampled_from(["in", "out"])),
        st.integers(1, 2**40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))),
        min_size=1,
    )
)
def test_what_is_written_is_read_again(counts: manifest.Counts) -> None:
    made = a_manifest(*manifest.lines(counts))
    try:
        data = manifest.encode(made)
    except ProofInvalid:
        assert any("\ud800" <= c <= "\udfff" for agency, _ in counts for c in agency)
        return
    assert manifest.decode(data) == made


@pytest.mark.parametrize(
    "wrong",
    [
        a_manifest(Line("b", "in", 1, 1), Line("a", "in", 1, 1)),
        a_manifest(Line("a", "in", 1, 1), Line("a", "in", 1, 1)),
        a_manifest(Line("a", "in", 1, 2)),
        a_manifest(Line("a", "in", 1, 0)),
        a_manifest(agencies=()),
        a_manifest(start=9),
        a_manifest(day="2026-11-31"),
        a_manifest(day="20261122"),
        a_manifest(nonce="x"),
        a_manifest(previous="x"),
    ],
)
def test_what_breaks_a_rule_is_neither_written_nor_read(wrong: Manifest) -> None:
    with pytest.raises(ProofInvalid):
        manifest.encode(wrong)


def test_one_spelling_only() -> None:
    data = manifest.encode(a_manifest())
    for other in (b" " + data, data.replace(b'"in"', b'"\\u0069n"'), data[:-1] + b',"x":1}', data + b"\n"):
        with pytest.raises(ProofInvalid):
            manifest.decode(other)


def test_a_day_of_vietnam_ends_at_seventeen_hours_utc() -> None:
    assert to_datetime(manifest.day_ends(TODAY)).isoformat() == "2026-11-22T17:00:00+00:00"
    assert manifest.day_ends(TODAY) == NOON + 13 * HOUR
