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
from hub.programmes.riding import Fault
from hub.programmes.serving import FIRST_BROUGHT, MOST_ROWS
from hub.store.search import Bill
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.following.test_dossiers import PROGRAMMES, follows, hand_over
from tests.programmes.dossiers import step
from tests.support.axis import HA_NOI, MAI_SON, SO_TTTT, SON_LA, Axis, an_axis

NUMBERS = (NUMBER, "H52.13-261102-0002", "H52.21-261102-0003", "H01-261102-0004")
UNITS = (SON_LA, SO_TTTT, HA_NOI)
"""The province, its department, and the capital, whose own the last dossier is."""


class Call(NamedTuple):
    rows: int
    taken: Taken


async def bring(axis: Axis, data: bytes, by: str) -> Call:
    call = bringing.opened(data)
    taken = await bringing.bring(axis.exchange, axis.caller(by), call, data, sha256(data).hexdigest())
    return Call(len(call.data), taken)


def codes(taken: Taken) -> list[str]:
    return [row.made.code if isinstance(row.made, Fault) else "0" for row in taken.rows]


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
            rows.append(dossier(**{**number, "TrangThaiHoSo": state, "DonViXuLy": solving}))
        else:
            rows.append(step(f"202611{chance.randint(2, 9):02}{hour}0000", state) | number)
    return body(rows, service, by)


async def random_history(axis: Axis, chance: random.Random) -> list[Call]:
    calls: list[Call] = []
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
        assert refused >= {"DOSSIER_UNKNOWN", "DOSSIER_NOT_YOURS", "DOSSIER_STATE"}


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
