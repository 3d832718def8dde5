"""The field's sync services and the indicators of dossiers, over HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.core import wire_dossiers as records
from hub.core import wire_programmes
from hub.core.evidence import receipt
from hub.core.evidence.format import Event
from tests.core.audit.kit import policy_of
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.programmes.dossiers import step
from tests.support.axis import CHIENG_MUNG, HA_NOI, SO_TTTT, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web, bare

SERVICES = "/v1/programmes/dossiers/services"
INDICATORS = "/v1/programmes/dossiers/indicators"
CASES = "/v1/programmes/dossiers/cases"


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


async def call(web: Web, data: bytes, who: str | None = SON_LA) -> Answer:
    return await web.call("POST", SERVICES, who, data=BytesIO(data), headers={"Content-Type": "application/json"})


async def told(web: Web, data: bytes, who: str = SON_LA) -> records.ServiceAnswer:
    return (await call(web, data, who)).record(records.ServiceAnswer)


def raw(answer: Answer) -> dict[str, Any]:
    return json.loads(answer.body)  # type: ignore[no-any-return]


def steps(*given: tuple[str, int], number: str = NUMBER) -> bytes:
    return body([step(at, state) | {"MaHoSo": number} for at, state in given], "CapNhatTienDoHoSoMC")


async def test_a_dossier_and_its_steps_come_by_the_fields_services(web: Web) -> None:
    first = await told(web, body([dossier()]))
    assert (first.error_code, first.data[0].number, first.data[0].error_code) == ("0", NUMBER, "0")
    proof = await web.get(f"/v1/receipts/{bare(first.receipt)}", SON_LA)
    evidence = receipt.verify(proof.body, policy_of(web.axis), body([dossier()])).evidence
    assert evidence.event is Event.DATA_BROUGHT
    assert (
        await told(web, steps(("20261103090000", 5), ("20261104090000", 4), ("20261105090000", 9)))
    ).error_code == "0"
    (found,) = raw(await call(web, body([{"MaHoSo": NUMBER}], "TraCuuHoSo")))["data"]
    assert (found["TrangThaiHoSo"], found["TenTrangThai"], found["NgayKetThucXuLy"]) == (
        9,
        "Đã xử lý xong",
        "20261105090000",
    )
    assert (found["DonViTiepNhan"], found["DonViXuLy"], found["NgayHenTra"]) == (SO_TTTT, SO_TTTT, "20261106235959")
    life = (await web.get(f"{CASES}/{NUMBER}", SO_TTTT)).record(wire_programmes.CaseLife)
    assert [event.act for event in life.events] == ["filed", "moved", "moved", "moved"]
    assert life.events[0].document == first.receipt


async def test_sending_again_changes_nothing(web: Web) -> None:
    first, again = await told(web, body([dossier()])), await told(web, body([dossier()]))
    assert (first.repeated, again.repeated, again.receipt) == (False, True, first.receipt)
    life = (await web.get(f"{CASES}/{NUMBER}", SON_LA)).record(wire_programmes.CaseLife)
    assert len(life.events) == 1


async def test_it_is_an_upsert_whatever_is_updating_says(web: Web) -> None:
    for state, said in ((2, "True"), (4, "False"), (4, None)):
        data = json.loads(body([dossier(TrangThaiHoSo=state)]))
        data["isUpdating"] = said
        assert (await told(web, json.dumps(data).encode())).error_code == "0"
    (found,) = (await told(web, body([{"MaHoSo": NUMBER}], "TraCuuHoSo"))).data
    assert found.state == 4


async def test_each_row_is_answered_in_its_place_and_in_vietnamese(web: Web) -> None:
    rows = [dossier(), dossier(MaHoSo="x"), dossier(NgayHenTra="20261101")]
    answer = await told(web, body(rows))
    assert (answer.error_code, answer.message) == ("1", "2/3 bản ghi không hợp lệ")
    assert [row.error_code for row in answer.data] == ["0", "DOSSIER_NUMBER", "DOSSIER_ORDER"]
    assert answer.data[1].message.startswith("Mã số hồ sơ sai: data[1] $.MaHoSo: cần mã số hồ sơ")
    (found, missing, wrong) = raw(
        await call(web, body([{"MaHoSo": NUMBER}, {"MaHoSo": "H52-261102-0009"}, {}], "TraCuuHoSo"))
    )["data"]
    assert found["MaTTHC"] == "1.004873"
    assert (missing["error_code"], wrong["error_code"]) == ("DOSSIER_UNKNOWN", "DOSSIER_NUMBER")


@pytest.mark.parametrize(
    ("data", "who", "status", "error"),
    [
        (b"not json", SON_LA, 400, "2"),
        (body([], "LayThuTuc"), SON_LA, 400, "2"),
        (body([dossier()], unit=HA_NOI), SON_LA, 403, "3"),
        (body([dossier()]), OPERATOR, 403, "3"),
        (body([dossier()]), AUDITOR, 403, "3"),
        (body([dossier()]), None, 401, "3"),
        (b" " * (1024 * 1024 + 1), SON_LA, 413, "4"),
    ],
)
async def test_a_refusal_has_the_fields_form_too(
    web: Web, data: bytes, who: str | None, status: int, error: str
) -> None:
    answer = await call(web, data, who)
    found = raw(answer)
    assert (answer.status, found["error_code"]) == (status, error)
    assert found["message"]
    assert found["code"].isupper()
    assert found["status"] == answer.status


async def test_a_caller_above_its_rate_is_told_when_to_come_again(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, bytes_per_second=1_024, bytes_burst=4_096) as web:
        answers = [await call(web, body([dossier(GhiChu="x" * 900, TrangThaiHoSo=n % 2 + 4)])) for n in range(8)]
        late = next(answer for answer in answers if answer.status != 200)
        assert (late.status, raw(late)["error_code"]) == (429, "5")
        assert int(late.headers["Retry-After"]) >= 1


async def test_others_are_told_nothing_and_an_operator_no_person(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await told(web, body([dossier(SoDienThoai="0900000001"), dossier(MaHoSo="Mẫu")]))
    (row,) = (await told(web, body([{"MaHoSo": NUMBER}], "TraCuuHoSo", CHIENG_MUNG), CHIENG_MUNG)).data
    assert row.error_code == "DOSSIER_UNKNOWN"
    assert (await web.get(f"{CASES}/{NUMBER}", VPCP)).status == 404
    seen = b""
    for path in (CASES, f"{CASES}/{NUMBER}", "/v1/programmes/dossiers/faults", INDICATORS):
        for who in (OPERATOR, SON_LA, AUDITOR):
            seen += (await web.get(path, who)).body
    assert NUMBER.encode() in seen
    for person in ("Mẫu", "0900000001", "001190000001"):
        assert person.encode() not in seen
        assert person not in caplog.text
    assert "1.004873" not in (await web.get(f"{CASES}/{NUMBER}", OPERATOR)).body.decode()


async def test_indicators_add_up_from_the_units_to_their_province(web: Web) -> None:
    """Break it: count a unit's dossiers in two lines."""
    solved = {"TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261105090000"}
    late = {"TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261109090000", "KenhThucHien": 1}
    own, below = "H52-261102-000{}", "H52.21-261102-000{}"
    rows = [dossier(MaHoSo=own.format(n), DonViXuLy="H52", **solved) for n in range(1, 4)]
    rows += [dossier(MaHoSo=below.format(n), DonViXuLy="H52.21", **late) for n in range(1, 3)]
    rows += [dossier(MaHoSo=below.format(9), DonViXuLy="H52.21")]
    assert (await told(web, body(rows))).error_code == "0"
    found = (await web.get(f"{INDICATORS}?from=2026-11&to=2026-11", SON_LA)).record(records.Indicators)
    assert found.root == SON_LA
    lines = {line.code: line for line in found.lines}
    assert {code: (line.received, line.ended, line.overdue) for code, line in lines.items()} == {
        SON_LA: (3, 3, 0),
        "000.00.21.H52": (3, 2, 1),
    }
    total = found.total
    assert (total.received, total.online, total.ended, total.early) == (6, 4, 5, 3)
    on_time = {line.code: one for line in found.lines for one in line.indicators if one.number == "2.1"}
    assert {code: (one.part, one.whole, one.percent) for code, one in on_time.items()} == {
        SON_LA: (3, 3, 100.0),
        "000.00.21.H52": (0, 2, 0.0),
    }
    whole = next(one for one in total.indicators if one.number == "2.1")
    assert (whole.part, whole.whole, whole.percent, whole.version) == (3, 5, 60.0, "QD766-2022/1")
    direct = (await web.get(f"{INDICATORS}?kind=direct", SON_LA)).record(records.Indicators)
    assert (direct.total.received, direct.total.ended) == (2, 2)
    nothing = (await web.get(f"{INDICATORS}?from=2026-01&to=2026-10", OPERATOR)).record(records.Indicators)
    assert all(one.percent is None for one in nothing.total.indicators)
    assert (await web.get(f"{INDICATORS}?parent={SON_LA}", CHIENG_MUNG)).status == 404
    assert (await web.get(f"{INDICATORS}?from=2026-12&to=2026-11", SON_LA)).status == 400
    assert (await web.get(f"{INDICATORS}?kind=x", SON_LA)).status == 400


def rows_of(hostile: Sequence[Any]) -> bytes:
    return json.dumps({"madonvi": SON_LA, "service": "DongBoHoSoMC", "data": list(hostile)}).encode()


async def test_no_body_however_hostile_breaks_it(web: Web) -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    hostile = [None, [], {}, "", 0, True, deep, {"MaHoSo": deep}, {"TaiLieuNop": [deep]}, {"MaHoSo": 10**400}]
    hostile += [dossier(TaiLieuNop=[{}] * 300), dossier(NgayTiepNhan="9" * 35), dossier(ThoiHanGiaiQuyet=-1)]
    answer = await told(web, rows_of(hostile))
    assert answer.error_code == "1"
    assert all(row.error_code != "0" for row in answer.data)
    for data in (b"", b"[" * 500_000, b'{"data":' * 10_000, b"\xff\xfe", b'{"madonvi":"\\ud800"}', b"null", b"1e999"):
        assert (await call(web, data)).status == 400
    many = rows_of([dossier(MaHoSo=f"H52.13-261102-{n:04d}") for n in range(200)])
    assert (await told(web, many)).error_code == "0"


async def listed(web: Web, who: str, **asked: str) -> list[str]:
    page = (await web.get(CASES, who, params=asked)).record(wire_programmes.Cases)
    return [one.id for one in page.items]


async def test_behind_each_count_of_an_indicator_stand_its_dossiers(web: Web) -> None:
    """Break it: list those of another month, or those that fulfil it among those that do not."""
    solved = {"TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261105090000", "DonViXuLy": "H52.13"}
    late = solved | {"NgayKetThucXuLy": "20261109090000", "MaTTHC": "1.001193.000.00.00.H52"}
    rows = [dossier(MaHoSo=f"H52.13-261102-{n:04d}", **solved) for n in range(1, 4)]
    rows += [dossier(MaHoSo="H52.13-261102-0004", **late), dossier(MaHoSo="H52.13-261102-0005")]
    assert (await told(web, body(rows))).error_code == "0"
    asked = "from=2026-11&to=2026-11&procedures=1"
    found = (await web.get(f"{INDICATORS}?{asked}", SO_TTTT)).record(records.Indicators)
    months = {"from": "2026-11", "to": "2026-11", "role": "receiving"}
    for one in found.total.indicators:
        for measure, count in ((one.of_part, one.part), (one.of_whole, one.whole)):
            for who, more in ((SO_TTTT, {}), (OPERATOR, {"agency": SO_TTTT})):
                assert len(await listed(web, who, measure=measure, **months, **more)) == count, one.number
        missed = await listed(web, SO_TTTT, measure=one.of_whole, without=one.of_part, **months)
        assert len(missed) == one.whole - one.part
    assert await listed(web, SO_TTTT, measure="processed", without="2.1", **months) == ["H52.13-261102-0004"]
    assert await listed(web, SO_TTTT, measure="processed", **months | {"from": "2026-10", "to": "2026-10"}) == []
    assert await listed(web, HA_NOI, measure="processed", **months) == []
    assert await listed(web, SO_TTTT, about="1.001193") == ["H52.13-261102-0004"]
    assert len(await listed(web, AUDITOR, about="1.004873", state="solved")) == 3
    for telling in ({"about": "1.004873"}, months | {"agency": SO_TTTT, "measure": "timed:1.004873"}):
        assert (await web.get(CASES, OPERATOR, params=telling)).status == 403, "by what it may not see"
    essential = months | {"agency": SO_TTTT, "measure": "essential-14"}
    assert (await web.get(CASES, OPERATOR, params=essential)).status == 403
    assert await listed(web, SO_TTTT, measure="essential-14", **months) == ["H52.13-261102-0004"]
    wrong = [{"measure": "processed"}, months | {"measure": "processed", "sort": "due"}]
    wrong += [{"measure": "x", "from": first, "to": "2026-01"} for first in ("2025-01", "2026-02")]
    for each in wrong:
        assert (await web.get(CASES, SO_TTTT, params=each)).status == 400, each
    assert (await web.get(CASES, OPERATOR, params=months | {"measure": "processed"})).status == 400, "of whom?"


async def test_the_mean_of_each_procedure_and_what_is_not_computed(web: Web) -> None:
    solved = {"TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261105090000"}
    rows = [dossier(MaHoSo=f"H52.13-261102-{n:04d}", **solved) for n in range(1, 3)]
    rows += [dossier(MaHoSo="H52.13-261102-0004", MaTTHC="9.999999.000.00.00.H52", **solved)]
    rows += [dossier(MaHoSo="H52.13-261102-0005", NgayKetThucXuLy="20261103090000", TrangThaiHoSo=9)]
    assert (await told(web, body(rows))).error_code == "0"
    found = (await web.get(f"{INDICATORS}?procedures=1", SON_LA)).record(records.Indicators)
    (one,) = found.procedures
    assert (one.code, one.days, one.dossiers, one.mean_days) == ("1.004873", 7, 3, 2.33)
    assert (one.name, one.legal_days, one.basis) == ("Cấp Giấy xác nhận tình trạng hôn nhân", 3, "assumed")
    assert found.more_procedures == 1
    every = (await web.get(f"{INDICATORS}?procedures=500", OPERATOR)).record(records.Indicators)
    assert [(each.code, each.days, each.basis) for each in every.procedures[1:]] == [("9.999999", 3, "")]
    assert sum(each.days for each in every.procedures) == every.total.days
    assert (await web.get(INDICATORS, SON_LA)).record(records.Indicators).procedures == ()
    assert [each.number for each in found.not_computed] == ["1.4", "3.2", "PAKN"]
    assert all("Không tính được" in each.why_vi and "Not computable" in each.why_en for each in found.not_computed)
    assert [each.number for each in found.formulas] == [each.number for each in found.total.indicators]
