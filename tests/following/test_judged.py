"""What a sync service answers of a row is what the fold makes of it: random histories of bodies, documents and statuses
of two units and a stranger, sent together and one by one, against cases that are derived again from the record."""

from __future__ import annotations

import asyncio
import random
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from hub import bringing
from hub.bringing import Taken
from hub.core.errors import AxisError, CasesBehind
from hub.core.model import StatusCode
from hub.following.following import Following
from hub.programmes.onestop import sync
from hub.programmes.onestop.sync import DOSSIERS, STEPS
from hub.programmes.riding import Case, Fault
from hub.programmes.serving import FIRST_BROUGHT, MOST_ROWS
from hub.store.programmes import Wanted
from hub.store.search import Bill
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.following.test_dossiers import PROGRAMMES, follows, hand_over
from tests.programmes.dossiers import step
from tests.support.axis import HA_NOI, MAI_SON, SO_TTTT, SON_LA, Axis, an_axis

NUMBERS = (NUMBER, "H52.13-261102-0002", "H52.21-261102-0003", "H01-261102-0004")
UNITS = (SON_LA, SO_TTTT, HA_NOI)
"""The province, its department, and the capital, whose own the last dossier is."""
OF_THE_CALLS = date(2026, 11, 23)
"""The day of the axis's clock, and one more."""


class Call(NamedTuple):
    rows: int
    taken: Taken


async def bring(axis: Axis, data: bytes, by: str) -> Call:
    call = bringing.opened(data)
    taken = await bringing.bring(axis.exchange, axis.caller(by), call, data, sha256(data).hexdigest())
    return Call(len(call.data), taken)


def codes(taken: Taken) -> list[str]:
    return [row.made.code if isinstance(row.made, Fault) else "0" for row in taken.rows]


def random_time(chance: random.Random, hour: int) -> str:
    """Mostly of days that have been; else years ahead, before each reception, or a day alone."""
    usual = f"202611{chance.randint(2, 9):02}"
    return chance.choice([f"{usual}{hour}0000"] * 7 + ["20621103", "20991231235959", "20261101100000", usual])


def random_body(chance: random.Random, by: str) -> bytes:
    service = chance.choice((DOSSIERS, STEPS))
    rows: list[Any] = []
    for _ in range(chance.randint(1, 4)):
        number = {"MaHoSo": chance.choice(NUMBERS)}
        state, hour = chance.randint(1, 10), chance.randint(10, 20)
        if chance.random() < 0.1:
            rows.append(chance.choice([{}, 7, number, dossier(NgayTiepNhan="nine")]))
        elif service == DOSSIERS:
            solving = chance.choice(("H52.13", "H52.21", "H01"))
            ended = {"NgayKetThucXuLy": random_time(chance, hour)} if chance.random() < 0.3 else {}
            rows.append(dossier(**{**number, "TrangThaiHoSo": state, "DonViXuLy": solving, **ended}))
        else:
            rows.append(step(random_time(chance, hour), state) | number)
    return body(rows, service, by)


async def random_history(axis: Axis, chance: random.Random) -> list[Call]:
    calls = [await bring(axis, moved("20261103100000", 4), SON_LA)]
    for _ in range(24):
        doing = [bring(axis, random_body(chance, by), by) for by in chance.choices(UNITS, k=chance.randint(1, 3))]
        calls += await asyncio.gather(*doing)
        if chance.random() < 0.2:
            more: dict[str, Any] = {"MaHoSo": chance.choice(NUMBERS), "TrangThaiHoSo": chance.randint(1, 10)}
            handed = await hand_over(axis, chance.choice((SO_TTTT, HA_NOI)), MAI_SON, DonViXuLy=MAI_SON, **more)
            await axis.take(MAI_SON)
            await axis.status(MAI_SON, StatusCode.ACCEPTED, handed)
            await axis.status(MAI_SON, StatusCode.FINISHED, handed)
    return calls


async def folded(axis: Axis, call: Call) -> list[str]:
    """The numbers of the dossiers that the rows of this body changed, in their order."""
    assert call.taken.sealed is not None
    store = axis.exchange.store.programmes
    assert store is not None
    events, _ = await store.of_document(Bill(), FIRST_BROUGHT + call.taken.sealed.answer.number)
    assert {row.event.document for row in events} <= {call.taken.sealed.answer.evidence}
    return [row.event.case for row in events]


async def cases(axis: Axis) -> list[Case]:
    store = axis.exchange.store.programmes
    assert store is not None
    return [row.case for row in (await store.cases(Bill(), Wanted(programme="dossiers"), 50)).rows]


async def the_case(axis: Axis) -> Case:
    return next(case for case in await cases(axis) if case.id == NUMBER)


def moved(at: str, state: int, **more: Any) -> bytes:
    return body([step(at, state, **more) | {"MaHoSo": NUMBER}], STEPS)


@pytest.mark.parametrize("at", ["20621103", "20991231", "20261124110001"])
async def test_a_time_nobody_could_tell_yet_moves_nothing(tmp_path: Path, keys: Path, at: str) -> None:
    """Break it: leave `ahead` out of the fold. The end that was told stands, in its month."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        rows = [dossier(), dossier(TrangThaiHoSo=9, NgayKetThucXuLy=at), dossier(TrangThaiHoSo=10, NgayTra=at)]
        _, taken = await bring(axis, body(rows), SON_LA)
        assert codes(taken) == ["0", "DOSSIER_AHEAD", "DOSSIER_AHEAD"]
        assert codes((await bring(axis, moved(at, 4), SON_LA)).taken) == ["DOSSIER_AHEAD"]
        assert codes((await bring(axis, moved("20261105", 9), SON_LA)).taken) == ["0"]
        told = await the_case(axis)
        assert (told.state, str(told.ended), told.late) == ("solved", "2026-11-05", False)
        assert {one.month for one in told.measures} == {"2026-11"}


async def test_a_step_that_has_no_place_is_a_fault(tmp_path: Path, keys: Path) -> None:
    """Break it: put each late step among the others. A day alone is behind the steps of its day."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        rows = [dossier(), dossier(TrangThaiHoSo=9, NgayKetThucXuLy="20261104")]
        await bring(axis, body(rows[:1]), SON_LA)
        tried = [("20261101", 4), ("20261105100000", 4), ("20261104", 9), ("20261104", 4), ("20261105", 9)]
        told = [codes((await bring(axis, moved(*one), SON_LA)).taken)[0] for one in tried]
        assert told == ["DOSSIER_ORDER", "0", "DOSSIER_ORDER", "0", "0"]
        assert str((await the_case(axis)).ended) == "2026-11-05"
        same_day = dossier(MaHoSo=NUMBERS[1], TrangThaiHoSo=9, NgayKetThucXuLy="20261102")
        assert codes((await bring(axis, body([same_day]), SON_LA)).taken) == ["0"]
        # An account says anew when it ended, but not before what was told of the dossier.
        again = dossier(TrangThaiHoSo=9, NgayKetThucXuLy="20261107080000")
        assert codes((await bring(axis, body([rows[1], again]), SON_LA)).taken) == ["DOSSIER_ORDER", "0"]
        assert str((await the_case(axis)).ended) == "2026-11-07"


async def test_a_number_in_text_is_digits_alone(tmp_path: Path, keys: Path) -> None:
    """Break it: leave the text to the decoder, to which 1e1 is ten."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        wrong = ("1e1", "+4", " 4", "4.0", "4\n", "٤")
        rows = [dossier(TrangThaiHoSo=text) for text in wrong]
        rows += [
            dossier(TaiLieuNop=[{"DuocSoHoa": "1e0"}]),
            dossier(TrangThaiHoSo="4", TaiLieuNop=[{"IsDeleted": "True"}]),
        ]
        _, taken = await bring(axis, body(rows), SON_LA)
        assert codes(taken) == ["PACKET_FIELDS"] * 7 + ["0"]
        assert codes((await bring(axis, moved("20261105", "1e1"), SON_LA)).taken) == ["PACKET_FIELDS"]  # type: ignore[arg-type]


async def test_an_agency_of_another_body_solves_by_its_own_word_or_a_hand_over(tmp_path: Path, keys: Path) -> None:
    """Break it: let DonViXuLy make anybody the solving agency."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        await bring(axis, body([dossier(DonViXuLy=HA_NOI)]), SON_LA)
        parties = (await the_case(axis)).parties
        assert ("named", HA_NOI) in parties
        assert ("solving", HA_NOI) not in parties
        await bring(axis, body([step("20261103100000", 4) | {"MaHoSo": NUMBER}], STEPS, HA_NOI), HA_NOI)
        await bring(axis, body([dossier(DonViXuLy=HA_NOI)]), SON_LA)
        parties = (await the_case(axis)).parties
        assert ("solving", HA_NOI) in parties
        assert ("named", HA_NOI) not in parties


@pytest.mark.parametrize("seed", range(3))
async def test_the_answer_and_the_fold_never_disagree(tmp_path: Path, keys: Path, seed: int) -> None:
    """Break it: answer from the rows as they are read, or give the events of a body no place."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        calls = await random_history(axis, random.Random(seed))
        await follows(axis).rebuild()
        while await follows(axis).step():
            pass
        refused = set()
        for call in calls:
            assert len(call.taken.rows) == call.rows
            told = [row.number for row in call.taken.rows if not isinstance(row.made, Fault)]
            refused |= {row.made.code for row in call.taken.rows if isinstance(row.made, Fault)}
            assert told == (await folded(axis, call) if call.taken.sealed is not None else [])
        assert all(case.ended is None or case.ended <= OF_THE_CALLS for case in await cases(axis))
        assert refused >= {"DOSSIER_UNKNOWN", "DOSSIER_NOT_YOURS", "DOSSIER_STATE", "DOSSIER_ORDER", "DOSSIER_AHEAD"}


async def test_rows_before_it_in_the_same_body_count(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        rows = [dossier(TrangThaiHoSo=9), dossier(TrangThaiHoSo=8), dossier(TrangThaiHoSo=10)]
        _, taken = await bring(axis, body(rows), SON_LA)
        assert codes(taken) == ["0", "DOSSIER_STATE", "0"]
        wrong = taken.rows[1].made
        assert isinstance(wrong, Fault)
        assert wrong.place == "data[1] HoSo.TrangThaiHoSo"


async def test_a_repeated_call_is_answered_as_before(tmp_path: Path, keys: Path) -> None:
    """Break it: judge a repeated body by the directory or the cases of now."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        data = body([dossier(TrangThaiHoSo=9), dossier(TrangThaiHoSo=8), {"x": 1}])
        _, first = await bring(axis, data, SON_LA)
        await bring(axis, body([dossier(TrangThaiHoSo=10)], unit=SO_TTTT), SO_TTTT)
        left = msgspec.structs.replace(axis.exchange.directory[SO_TTTT], valid_to=date(2026, 11, 1))
        axis.exchange.directory = axis.exchange.directory.with_changes([left])
        _, again = await bring(axis, data, SON_LA)
        assert again.sealed is not None
        assert again.sealed.answer.repeated
        assert again.rows == first.rows
        assert codes(again) == ["0", "DOSSIER_STATE", "PACKET_FIELDS"]


async def test_each_of_the_most_rows_is_told(tmp_path: Path, keys: Path) -> None:
    """Break it: keep 50 faults of a body, as of a document."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        rows = [step("20261103090000", 9) | {"MaHoSo": f"H52.13-261102-{n:04}"} for n in range(MOST_ROWS)]
        _, taken = await bring(axis, body(rows, STEPS), SON_LA)
        assert codes(taken) == ["DOSSIER_UNKNOWN"] * MOST_ROWS
        assert taken.sealed is not None


async def test_nobody_is_told_recorded_while_cases_are_behind(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it: answer when the follower did not come. Nothing is put on record before; once it was, the same bytes get
    the answer."""
    async with an_axis(tmp_path, keys, programmes=PROGRAMMES) as axis:
        monkeypatch.setattr(bringing, "_PATIENCE", 0.01)
        await bring(axis, body([dossier()]), SON_LA)
        stopped = pytest.MonkeyPatch()

        async def lost(self: Following) -> bool:
            raise CasesBehind(found="a store that cannot be read")

        stopped.setattr(Following, "step", lost)
        data = body([dossier(TrangThaiHoSo=9)])
        await hand_over(axis, SO_TTTT, MAI_SON, DonViXuLy=MAI_SON)
        with pytest.raises(CasesBehind):
            await bring(axis, data, SON_LA)
        assert await axis.exchange.store.brought_last() == 1
        stopped.setattr(Following, "is_up", _is_up)
        with pytest.raises(CasesBehind):
            await bring(axis, data, SON_LA)
        assert await axis.exchange.store.brought_last() == 2
        stopped.undo()
        monkeypatch.setattr(bringing, "_PATIENCE", 5)
        _, taken = await bring(axis, data, SON_LA)
        assert taken.sealed is not None
        assert (taken.sealed.answer.number, taken.sealed.answer.repeated, codes(taken)) == (2, True, ["0"])


async def _is_up(self: Following, seconds: float) -> bool:
    return True


def test_a_fault_without_a_row_is_of_every_row_that_has_none() -> None:
    row = sync.Row("", Fault(code="OWN"), "data[0]")
    taken = row._replace(made=sync.Facts({}))  # type: ignore[arg-type]
    broken = Fault(code="PROGRAMME_ERROR")
    rows = sync.judged(
        [row, taken, taken], [broken, Fault(code="A", place="data[2] $.x"), Fault(code="B", place="data[2]")]
    )
    assert [getattr(one.made, "code", "") for one in rows] == ["OWN", "PROGRAMME_ERROR", "A"]
    assert isinstance(CasesBehind(), AxisError)
