"""What sync services bring: durable and proved like a document, once for each time that it was brought."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub import access, bringing
from hub.bringing import Taken
from hub.core.errors import BadRequest, Maintenance, NotFound, SenderNotAllowed
from hub.core.evidence.format import Event, digest_text
from hub.core.model import Millis, iso_utc
from hub.programmes.onestop.sync import DOSSIERS, STEPS, Row
from hub.programmes.riding import Fault
from tests.core.audit.kit import faults_in
from tests.exchange.kit import verified
from tests.programmes.dossiers import step, told
from tests.support.axis import CHIENG_MUNG, HA_NOI, NOON, SO_TTTT, SON_LA, Axis, an_axis

NUMBER = "H52.13-261102-0001"


def body(rows: Sequence[dict[str, Any]], service: str = DOSSIERS, unit: str = SON_LA) -> bytes:
    call = {"session": "", "madonvi": unit, "service": service, "isUpdating": "False", "data": list(rows)}
    return json.dumps(call, ensure_ascii=False).encode()


def dossier(**changed: Any) -> dict[str, Any]:
    return told(**{"MaHoSo": NUMBER, "DonViXuLy": "H52.13", **changed})


async def brought(axis: Axis, data: bytes, caller: str = SON_LA) -> Taken:
    call = bringing.opened(data)
    return await bringing.bring(axis.exchange, axis.caller(caller), call, data, sha256(data).hexdigest())


def fault(row: Row) -> Fault:
    assert isinstance(row.made, Fault)
    return row.made


async def test_what_a_service_brings_is_durable_and_proved(axis: Axis) -> None:
    """Break it: write no evidence, or another digest, in `Bring`."""
    data = body([dossier()])
    taken = await brought(axis, data)
    assert taken.sealed is not None
    (receipt,) = taken.sealed.receipts.values()
    evidence = verified(axis, receipt, data).evidence
    assert evidence.event is Event.DATA_BROUGHT
    assert evidence.sender is not None
    assert (evidence.sender.identifier, evidence.at) == (SON_LA, NOON)
    row = await axis.exchange.store.brought(1)
    assert row is not None
    assert (row.body, row.leaf, row.caller) == (data, taken.sealed.answer.leaf, SON_LA)
    directory = digest_text(row.facts)
    assert [(r.code, r.details) for r in evidence.reasons] == [
        (DOSSIERS, "1"),
        ("CALLER", SON_LA),
        ("DIRECTORY", directory),
    ]
    assert msgspec.json.decode(row.facts)["units"]["H52.13"]["code"] == SO_TTTT


async def test_the_same_bytes_again_are_the_same_call(axis: Axis) -> None:
    """Break it: take out the comparison with the last one."""
    first, again = await brought(axis, body([dossier()])), await brought(axis, body([dossier()]))
    assert first.sealed is not None
    assert again.sealed is not None
    assert again.sealed.answer == msgspec.structs.replace(first.sealed.answer, repeated=True)
    assert first.sealed.receipts == again.sealed.receipts
    # Behind another one they say something new: a dossier may go back to where it was.
    await brought(axis, body([dossier(TrangThaiHoSo=5)]))
    back = await brought(axis, body([dossier()]))
    assert back.sealed is not None
    assert not back.sealed.answer.repeated
    assert [row.number for row in await axis.exchange.store.brought_after(0, 9)] == [1, 2, 3]


async def test_nobody_speaks_in_anothers_name(axis: Axis) -> None:
    for caller, unit in ((HA_NOI, SON_LA), (SON_LA, HA_NOI), (SON_LA, "000.00.00.H99")):
        with pytest.raises(SenderNotAllowed):
            await brought(axis, body([dossier()], unit=unit), caller)
    suspended = msgspec.structs.replace(axis.exchange.directory[SO_TTTT], suspended=True)
    axis.exchange.directory = axis.exchange.directory.with_changes([suspended])
    with pytest.raises(SenderNotAllowed):
        await brought(axis, body([dossier()], unit=SO_TTTT), SO_TTTT)
    assert await axis.exchange.store.brought_after(0, 9) == []


async def test_in_maintenance_nothing_is_brought(axis: Axis) -> None:
    """Break it: do not ask the door."""
    await axis.exchange.maintain(on=True, by="operator:operator", reason="Nâng cấp")
    with pytest.raises(Maintenance):
        await brought(axis, body([dossier()]))
    await axis.exchange.maintain(on=False, by="operator:operator")
    assert (await brought(axis, body([dossier()]))).sealed is not None


async def test_each_row_has_its_own_outcome(axis: Axis) -> None:
    rows = [dossier(), dossier(NgayTiepNhan="nine"), told(MaHoSo="H99-261102-0001"), {"x": 1}, 7]
    taken = await brought(axis, body(rows))
    assert [getattr(row.made, "code", "") for row in taken.rows] == [
        "",
        "DOSSIER_TIME",
        "DOSSIER_UNIT",
        "PACKET_FIELDS",
        "PACKET_FIELDS",
    ]
    assert taken.sealed is not None
    nothing = await brought(axis, body(rows[1:]))
    assert nothing.sealed is None
    assert len(await axis.exchange.store.brought_after(0, 9)) == 1


async def test_a_unit_takes_dossiers_while_it_is_in_office(axis: Axis) -> None:
    """Break it: leave the days out of `Unit`."""
    old = msgspec.structs.replace(axis.exchange.directory[SO_TTTT], valid_to=date(2025, 6, 30))
    axis.exchange.directory = axis.exchange.directory.with_changes([old])
    taken = await brought(axis, body([dossier()]))
    assert fault(taken.rows[0]).code == "DOSSIER_UNIT"
    assert taken.sealed is None
    before = {"NgayTiepNhan": "20250602090000", "NgayHenTra": "20250606"}
    taken = await brought(axis, body([told(MaHoSo="H52.13-250602-0001", DonViXuLy="H52.13", **before)]))
    assert taken.sealed is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b'{"madonvi":"H52","service":"DongBoHoSoMC"}',
        b'{"madonvi":"H52","service":"LayThuTuc","data":[]}',
        b'{"madonvi":"H52","service":"DongBoHoSoMC","data":"<xml/>"}',
        body([{}] * 201),
    ],
)
def test_what_is_no_call_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        bringing.opened(data)
    assert caught.value.expected
    assert len(caught.value.found) < 400


async def test_the_evidence_is_for_whom_it_names_and_for_auditors(axis: Axis) -> None:
    """Break it: leave DATA_BROUGHT out of `access`."""
    taken = await brought(axis, body([dossier()]))
    assert taken.sealed is not None
    store, directory = axis.exchange.store, axis.exchange.directory
    identifier = taken.sealed.answer.evidence
    leaf = await access.evidence(store, directory, axis.caller(SON_LA), identifier, NOON)
    assert leaf.number == taken.sealed.answer.leaf
    with pytest.raises(NotFound):
        await access.evidence(store, directory, axis.caller(CHIENG_MUNG), identifier, NOON)


async def test_it_is_read_alike_after_a_start_and_found_sound(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        await brought(axis, body([dossier()]))
        await brought(axis, body([step("20261103090000", 9) | {"MaHoSo": NUMBER}], STEPS, SO_TTTT), SO_TTTT)
        rows = await axis.exchange.store.brought_after(0, 9)
    assert await faults_in(tmp_path / "hub", keys) == []
    async with an_axis(tmp_path / "hub", keys) as axis:
        assert await axis.exchange.store.brought_after(0, 9) == rows
        assert [(row.agency, row.service, iso_utc(Millis(row.at))) for row in rows] == [
            (SON_LA, DOSSIERS, iso_utc(NOON)),
            (SO_TTTT, STEPS, iso_utc(NOON)),
        ]
