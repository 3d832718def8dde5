"""Time in which the axis was away, or a recipient locked out, counts against nobody; and the record says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from hub.core.audit.findings import Findings
from hub.core.audit.log import LogCheck
from hub.core.evidence import pauses
from hub.core.evidence.format import Event, Kind, entry
from hub.core.evidence.pauses import Pause
from hub.core.model import Agency, from_iso_utc, iso_utc
from hub.exchange import Exchange
from hub.record.acts.presence import ABSENT_MS, BEAT_MS
from tests.core.audit.kit import faults_in
from tests.exchange.kit import audit, changed, evidence_of
from tests.support.axis import HOUR, MAI_SON, NOON, SON_LA, VPCP, Axis, Clock, an_axis, priority

MINIMUM = 4 * HOUR
DAY = 24 * HOUR
URGENT = 4


async def said(exchange: Exchange) -> list[Pause]:
    leaves = await exchange.store.leaves_of_kind(Kind.STATEMENT, 0, 1_000)
    return [pauses.decode(leaf.object) for leaf in leaves if pauses.is_one(leaf.object)]


async def audited(axis: Axis) -> list[str]:
    """What an auditor says of this very moment, deadlines included."""
    leaves = await axis.exchange.store.leaves(0, 1 << 20)
    findings = Findings()
    check = LogCheck.begin(axis.log.origin, findings, objects=True)
    check.add([entry(Kind(leaf.kind), leaf.object) for leaf in leaves], [leaf.object for leaf in leaves])
    assert check.record is not None
    check.record.finish(axis.clock())
    return [finding.what.value for finding in findings.items if finding.what.value.startswith("delivery")]


async def swept(axis: Axis) -> None:
    while await axis.exchange.sweep():
        pass


async def lives(axis: Axis, ms: int) -> None:
    """It is there for so long, as the background task tells."""
    end = axis.clock.now + ms
    while axis.clock.now < end:
        axis.clock.now = min(end, axis.clock.now + ABSENT_MS)
        await axis.exchange.beat()


async def urgent(axis: Axis, *recipients: str) -> object:
    return (await axis.send(VPCP, *recipients, other=priority(URGENT))).answer


async def test_an_outage_of_a_day_lets_nothing_expire_that_nobody_could_fetch(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        new = (await axis.send(VPCP, SON_LA, other=priority(URGENT))).answer
        await lives(axis, HOUR)
        await swept(axis)  # warned
    clock.forward(25 * HOUR)
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        back = NOON + 26 * HOUR
        (pause,) = await said(axis.exchange)
        expected = ("ABSENT", "", iso_utc(NOON + HOUR), iso_utc(back), MINIMUM)  # type: ignore[arg-type]
        assert (pause.why, pause.agency, pause.since, pause.until, pause.minimum) == expected
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "waiting"}
        promised = NOON + DAY
        *_, put_off = await evidence_of(axis, new, Event.HANDOVER_WARNING, SON_LA)
        assert [r.code for r in put_off.reasons] == ["DEADLINE_PUT_OFF"]
        assert from_iso_utc(put_off.due) == promised + 25 * HOUR
        assert await audited(axis) == []
        clock.now = promised + 25 * HOUR - 1
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "waiting"}
        clock.forward(1)
        await swept(axis)
        (end,) = await evidence_of(axis, new, Event.ACCEPTANCE_REJECTION_EXPIRY, SON_LA)
        assert [(r.code, r.details) for r in end.reasons] == [
            ("NOT_FETCHED_IN_TIME", ""),
            ("DEADLINE_PUT_OFF", f"{iso_utc(promised)} {put_off.due}"),  # type: ignore[arg-type]
        ]
        assert await audited(axis) == []
        await audit(axis)
    assert await faults_in(tmp_path / "hub", keys) == []


async def test_what_would_have_ended_at_once_has_some_hours(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        new = (await axis.send(VPCP, SON_LA, other=priority(URGENT))).answer
        await lives(axis, HOUR)
        await swept(axis)
        await lives(axis, 23 * HOUR - 1)
    clock.forward(ABSENT_MS + 1)
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await swept(axis)
        row = await axis.exchange.store.delivery(1, SON_LA)
        assert row is not None
        assert row.ends_at is not None
        assert row.ends_at == clock.now + MINIMUM
        assert await axis.states(new) == {SON_LA: "waiting"}
        assert len(await axis.take(SON_LA)) == 1


async def test_a_restart_is_no_absence(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await urgent(axis, SON_LA)
    clock.forward(ABSENT_MS)
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        assert await said(axis.exchange) == []
        row = await axis.exchange.store.delivery(1, SON_LA)
        assert row is not None
        assert row.ends_at == NOON + DAY


async def test_a_process_that_stood_still_was_away_too(axis: Axis) -> None:
    new = (await axis.send(VPCP, SON_LA, other=priority(URGENT))).answer
    axis.clock.forward(BEAT_MS)
    await axis.exchange.beat()
    axis.clock.forward(25 * HOUR)
    await axis.exchange.beat()
    await axis.exchange.beat()
    assert [pause.why for pause in await said(axis.exchange)] == ["ABSENT"]
    await swept(axis)
    assert await axis.states(new) == {SON_LA: "waiting"}


def suspended(agency: Agency, out: bool) -> Agency:
    return msgspec.structs.replace(agency, suspended=out)


def withdrawn(agency: Agency, out: bool) -> Agency:
    at = NOON if out else None
    held = tuple(msgspec.structs.replace(c, withdrawn=at) for c in agency.certificates)
    return msgspec.structs.replace(agency, certificates=held)


@pytest.mark.parametrize(("change", "why"), [(suspended, "SUSPENDED"), (withdrawn, "NO_CERTIFICATE")])
async def test_who_is_locked_out_is_charged_for_nothing(
    tmp_path: Path, keys: Path, change: Callable[[Agency, bool], Agency], why: str
) -> None:
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        new = (await axis.send(VPCP, SON_LA, MAI_SON, other=priority(URGENT))).answer
        clock.forward(HOUR)
        await swept(axis)
        await changed(axis, change(axis.exchange.directory[SON_LA], True))
        axis.exchange._beaten = clock()
        for _ in range(3):
            clock.forward(DAY)
            await swept(axis)
            assert await audited(axis) == []
        assert await axis.states(new) == {SON_LA: "waiting", MAI_SON: "expired"}
        axis.numbers = 1
    assert await faults_in(tmp_path / "hub", keys) == []
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await swept(axis)
        out = NOON + HOUR
        await changed(axis, change(axis.exchange.directory[SON_LA], False))
        mine = [pause for pause in await said(axis.exchange) if pause.agency]
        assert [(p.agency, p.why, p.since, p.until) for p in mine] == [
            (SON_LA, why, iso_utc(out), ""),  # type: ignore[arg-type]
            (SON_LA, why, iso_utc(out), iso_utc(clock())),  # type: ignore[arg-type]
        ]
        row = await axis.exchange.store.delivery(1, SON_LA)
        assert row is not None
        assert row.ends_at is not None
        assert row.ends_at >= max(NOON + DAY + 3 * DAY, clock.now + MINIMUM)
        assert await axis.states(new) == {SON_LA: "waiting", MAI_SON: "expired"}
        clock.now = row.ends_at + 7 * DAY
        await swept(axis)
        assert await axis.states(new) == {SON_LA: "expired", MAI_SON: "expired"}
        reasons = [[r.code for r in e.reasons] for e in await evidence_of(axis, new, Event.HANDOVER_WARNING, SON_LA)]
        assert reasons[0] == ["NOT_FETCHED_YET"]
        assert {code for some in reasons[1:] for code in some} == {"DEADLINE_PUT_OFF"}
        dues = [e.due for e in await evidence_of(axis, new, Event.HANDOVER_WARNING, SON_LA) if e.due]
        assert dues == sorted(dues), "none is brought forward"
        await audit(axis)
    assert await faults_in(tmp_path / "hub", keys) == []


async def test_a_lock_out_that_a_start_finds_is_on_record_from_then_on(tmp_path: Path, keys: Path) -> None:
    """A store of an earlier version has none on record."""
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await changed(axis, suspended(axis.exchange.directory[SON_LA], True))
        await axis.exchange.store.write(lambda tx: tx.let_in(SON_LA))
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        known = await axis.exchange.store.inspect(lambda tx: tx.locked_out())
        assert known == {SON_LA: (NOON, "SUSPENDED")}
        assert [p.agency for p in await said(axis.exchange)] == [SON_LA, SON_LA]
