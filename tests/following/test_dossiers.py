"""Dossiers out of the record: documents, bodies of sync services and statuses, merged in the order of the record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hub import bringing
from hub.core.edxml import Attachment
from hub.core.model import Millis, StatusCode
from hub.following import stream
from hub.following.following import Following
from hub.programmes.onestop.programme import Dossiers
from hub.programmes.riding import Case
from hub.programmes.serving import FIRST_BROUGHT
from hub.record.acts.incoming import Accepted
from hub.store.programmes import Wanted
from hub.store.search import Bill
from hub.upkeep import retention
from tests.core.audit.kit import faults_in
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.programmes.dossiers import step
from tests.support.axis import HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP, Axis, an_axis

PROGRAMMES = {"dossiers": Dossiers()}


def follows(axis: Axis) -> Following:
    assert isinstance(axis.exchange.following, Following)
    return axis.exchange.following


async def bring(axis: Axis, rows: Sequence[dict[str, Any]], service: str = "DongBoHoSoMC", by: str = SON_LA) -> None:
    data = body(rows, service, by)
    await bringing.bring(axis.exchange, axis.caller(by), bringing.opened(data), data, sha256(data).hexdigest())


async def hand_over(axis: Axis, sender: str, *to: str, progress: Sequence[Any] = (), **changed: Any) -> Accepted:
    told = {"packet": "dossier/1", "HoSo": dossier(**changed), "TienDo": list(progress)}
    file = Attachment("1", "ho-so.packet.json", data=json.dumps(told).encode())
    data = axis.sign(axis.document(sender, to, application_type="MCDT_DT"), [file])
    return (await axis.submit(data, sender)).answer


async def case(axis: Axis, number: str = NUMBER) -> Case | None:
    while await follows(axis).step():
        pass
    store = axis.exchange.store.programmes
    assert store is not None
    found = await store.case(Bill(), "dossiers", number)
    return found.case if found is not None else None


async def everything(axis: Axis) -> list[object]:
    assert await case(axis) is not None
    store = axis.exchange.store.programmes
    assert store is not None
    rows = (await store.cases(Bill(), Wanted(programme="dossiers"), 500)).rows
    found: list[object] = [await store.mark(), *rows, *await store.faults(Bill(), "", None, 500)]
    for row in rows:
        found += await store.events(Bill(), "dossiers", row.case.id, 500)
    found += await store.sums(Bill(), "dossiers", "receiving", None, "2000-01", "2100-01")
    assert await store.recounted() == []
    return found


async def lived(axis: Axis) -> None:
    """Told by a service, handed over by a document, answered by statuses; with wrong things between them."""
    await bring(axis, [dossier(TrangThaiHoSo=2)])
    handed = await hand_over(axis, SO_TTTT, MAI_SON, HA_NOI, DonViXuLy=MAI_SON)
    await bring(axis, [step("20261103090000", 5) | {"MaHoSo": NUMBER}], "CapNhatTienDoHoSoMC")
    await bring(axis, [dossier(TrangThaiHoSo=4, DonViXuLy="H52.21")], by=SO_TTTT)
    await hand_over(axis, VPCP, MAI_SON, TrangThaiHoSo=9)  # a stranger
    await axis.take(MAI_SON)
    await axis.status(MAI_SON, StatusCode.ACCEPTED, handed)
    await axis.status(MAI_SON, StatusCode.FINISHED, handed)
    await bring(axis, [dossier(TrangThaiHoSo=8)])  # what is solved is not stopped


async def test_the_record_makes_the_case_in_its_order(tmp_path: Path, keys: Path) -> None:
    """Break it: leave `statuses` or `brought` out of `upcoming`."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        await lived(axis)
        found = await case(axis)
        assert found is not None
        assert found.state == "solved"
        assert set(found.parties) == {
            ("receiving", SO_TTTT),
            ("passed", SO_TTTT),
            ("solving", MAI_SON),
            ("joint", HA_NOI),
            ("source", SON_LA),
            ("source", SO_TTTT),
        }
        store = axis.exchange.store.programmes
        assert store is not None
        events = [row for _, row in await store.events(Bill(), "dossiers", NUMBER, 50)]
        assert [(row.event.act, row.event.by) for row in events] == [
            ("filed", SON_LA),
            ("filed", SO_TTTT),
            ("moved", SON_LA),
            ("filed", SO_TTTT),
            ("answered", MAI_SON),
        ]
        faults = await store.faults(Bill(), "dossiers", None, 50)
        assert sorted(row.fault.code for row in faults) == ["DOSSIER_NOT_YOURS", "DOSSIER_STATE"]
        assert {row.sender for row in faults} == {VPCP, SON_LA}
        assert follows(axis).behind == 0
        assert max(row.number for row in faults) > FIRST_BROUGHT


async def test_it_is_there_for_the_next_question(tmp_path: Path, keys: Path) -> None:
    """Break it: leave what was brought out of `behind`."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        store = axis.exchange.store.programmes
        assert store is not None
        await bring(axis, [dossier()])
        assert await follows(axis).caught_up(5) == 0
        assert await store.case(Bill(), "dossiers", NUMBER) is not None
        await bring(axis, [step("20261103090000", 9) | {"MaHoSo": NUMBER}], "CapNhatTienDoHoSoMC")
        await follows(axis).caught_up(5)
        row = await store.case(Bill(), "dossiers", NUMBER)
        assert row is not None
        assert row.case.state == "solved"


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_made_again_in_steps_of_any_size_it_is_the_same(
    tmp_path: Path, keys: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it: drop the cut at the last of a kind that reached its limit."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        await lived(axis)
        before = await everything(axis)
        monkeypatch.setattr(stream, "_BROUGHT", limit)
        monkeypatch.setattr("hub.following.following._STEP", limit)
        await follows(axis).rebuild()
        assert await everything(axis) == before


async def test_without_the_persons_the_record_makes_the_same_cases(tmp_path: Path, keys: Path) -> None:
    """Break it: leave a member out of `reducing`, or the comparison. Persons are in no byte of what is kept; fsck finds
    it sound, and a body that was changed behind its back not."""
    async with an_axis(tmp_path / "hub", keys, programmes=PROGRAMMES) as axis:
        store = axis.exchange.store
        await lived(axis)
        await bring(axis, [dossier(TrangThaiHoSo=8), {"ChuHoSo": "Mẫu"}, 7])
        before, rows = await everything(axis), await store.brought_after(0, 50)
        record, soon = axis.exchange.record, Millis(axis.clock() + 1)
        assert (await retention.reduce(record, Millis(0))).brought == 0
        assert (await retention.reduce(record, soon, dry_run=True)).brought == len(rows)
        assert await store.brought_after(0, 50) == rows
        done = await retention.reduce(record, soon)
        assert (done.brought, done.brought_kept) == (len(rows), 0)
        assert (await retention.reduce(record, soon)).brought == 0
        left = await store.brought_after(0, 50)
        assert [(row.number, row.sha256, row.facts) for row in left] == [(r.number, r.sha256, r.facts) for r in rows]
        assert any("Mẫu".encode() in row.body for row in rows)
        assert not any("Mẫu".encode() in row.body or b"001190000001" in row.body for row in left)
        await follows(axis).rebuild()
        assert await everything(axis) == before
    assert await faults_in(tmp_path / "hub", keys) == []
    async with an_axis(tmp_path / "hub", keys, programmes=PROGRAMMES) as axis:
        again = "UPDATE brought SET bytes=CAST(json_set(bytes, '$.data[0].ChuHoSo', 'x') AS BLOB) WHERE number=1"
        await axis.exchange.store.write(lambda tx: tx._db.execute(again))  # type: ignore[attr-defined]
    assert {fault.what for fault in await faults_in(tmp_path / "hub", keys)} == {"brought-differs"}


async def test_a_record_that_lost_what_was_brought_makes_all_again(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys, programmes=PROGRAMMES) as axis:
        await lived(axis)
        await everything(axis)
        store = axis.exchange.store.programmes
        assert store is not None
        mark = await store.mark()
        assert mark is not None
        assert mark.brought == 4
        await axis.exchange.store.write(lambda tx: tx._db.execute("DELETE FROM brought WHERE number=4"))  # type: ignore[attr-defined]
        follows(axis)._mark = None
        await follows(axis).step()
        again = await store.mark()
        assert again is not None
        assert again.brought <= 3
