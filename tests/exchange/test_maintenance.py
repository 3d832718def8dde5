"""In maintenance no message is taken and no deadline passes; what was taken is fetched and signed for as ever."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.core.errors import Maintenance
from hub.core.evidence import maintenance, pauses
from hub.core.evidence.format import Event, Kind
from hub.core.model import Millis, StatusCode, from_iso_utc, iso_utc
from hub.exchange import Exchange
from tests.core.audit.kit import faults_in
from tests.exchange.kit import evidence_of
from tests.exchange.test_pauses import audited, lives, swept, urgent
from tests.support.axis import HOUR, NOON, SON_LA, VPCP, Axis, Clock, an_axis

BY = "operator:operator"
DAY = 24 * HOUR


async def said(exchange: Exchange) -> list[maintenance.Maintenance]:
    leaves = await exchange.store.leaves_of_kind(Kind.STATEMENT, 0, 1_000)
    assert not any(pauses.is_one(leaf.object) for leaf in leaves), "an absence within it is stated once more"
    return [maintenance.decode(leaf.object) for leaf in leaves if maintenance.is_one(leaf.object)]


async def test_nothing_is_taken_and_all_else_goes_on(axis: Axis) -> None:
    before = (await axis.send(VPCP, SON_LA)).answer
    await axis.exchange.maintain(on=True, by=BY, expected=Millis(axis.clock() + HOUR), reason="Nâng cấp")
    with pytest.raises(Maintenance) as refused:
        await axis.send(VPCP, SON_LA)
    assert refused.value.retry_after == 600
    assert "Nâng cấp" in refused.value.found
    assert "bảo trì từ" in refused.value.vi
    with pytest.raises(Maintenance):
        await axis.status(VPCP, StatusCode.TAKE_BACK, before, reason="nhầm")
    await axis.take(SON_LA)
    assert await axis.states(before) == {SON_LA: "handed_over"}
    assert [e.event for e in await evidence_of(axis, before, Event.SUBMISSION_REJECTION)] == [], "no refusal on record"
    axis.clock.forward(2 * HOUR)
    with pytest.raises(Maintenance) as later:
        await axis.send(VPCP, SON_LA)
    assert later.value.retry_after == 60
    await axis.exchange.maintain(on=False, by=BY)
    await axis.send(VPCP, SON_LA)


async def test_deadlines_stand_still_by_its_length_and_the_log_says_so(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        new = await urgent(axis, SON_LA)
        await lives(axis, HOUR)
        await axis.exchange.maintain(on=True, by=BY, reason="Nâng cấp")
        await lives(axis, HOUR)
    clock.forward(23 * HOUR)  # the hub is down for most of it
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        assert axis.exchange.door.row is not None, "a restart ends nothing"
        with pytest.raises(Maintenance):
            await axis.send(VPCP, SON_LA)
        clock.forward(HOUR)
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "waiting"}  # type: ignore[arg-type]
        back = clock.now
        assert back == NOON + 26 * HOUR
        await axis.exchange.maintain(on=False, by="operator:other")
        began, over = await said(axis.exchange)
        assert (began.since, began.until, began.reason, began.by) == (iso_utc(NOON + HOUR), "", "Nâng cấp", BY)  # type: ignore[arg-type]
        assert (over.since, over.until, over.by) == (began.since, iso_utc(back), "operator:other")
        await axis.exchange.beat()
        await said(axis.exchange)
        ends = NOON + DAY + 25 * HOUR
        await swept(axis)
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "waiting"}  # type: ignore[arg-type]
        *_, put_off = await evidence_of(axis, new, Event.HANDOVER_WARNING, SON_LA)  # type: ignore[arg-type]
        assert from_iso_utc(put_off.due) == ends
        clock.now = ends - 1
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "waiting"}  # type: ignore[arg-type]
        assert await audited(axis) == []
        clock.now = ends
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "expired"}  # type: ignore[arg-type]


async def test_saying_the_same_twice_states_it_once_and_other_words_once_more(axis: Axis) -> None:
    for reason in ("a", "a", "b"):
        await axis.exchange.maintain(on=True, by=BY, reason=reason)
        axis.clock.forward(1_000)
    for _ in range(2):
        await axis.exchange.maintain(on=False, by=BY)
    told = await said(axis.exchange)
    assert [(s.reason, bool(s.until)) for s in told] == [("a", False), ("b", False), ("b", True)]
    assert len({s.since for s in told}) == 1


async def test_what_was_under_way_is_on_record_before_it_begins(axis: Axis) -> None:
    """Messages that were examined are taken or refused; none comes behind the statement."""
    sent = [asyncio.create_task(axis.send(VPCP, SON_LA)) for _ in range(12)]
    for _ in range(20):
        await asyncio.sleep(0)
    await axis.exchange.maintain(on=True, by=BY)
    size = (await axis.exchange.store.last_checkpoint() or pytest.fail("no log")).size
    ends = await asyncio.gather(*sent, return_exceptions=True)
    assert all(isinstance(end, Maintenance) or end.answer.message for end in ends)  # type: ignore[union-attr]
    assert (await axis.exchange.store.last_checkpoint() or pytest.fail("no log")).size == size


async def test_fsck_holds_it_against_the_log(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        await axis.exchange.maintain(on=True, by=BY, reason="Nâng cấp")
    assert await faults_in(tmp_path / "hub", keys) == []
    another = "UPDATE maintenance SET entry=CAST(replace(CAST(entry AS TEXT), 'operator', 'somebody') AS BLOB)"
    for change in (another, "DELETE FROM maintenance"):
        with closing(sqlite3.connect(tmp_path / "hub" / "axis.sqlite")) as db, db:
            db.execute(change)
        assert [fault.what for fault in await faults_in(tmp_path / "hub", keys)] == ["maintenance-differs"]
