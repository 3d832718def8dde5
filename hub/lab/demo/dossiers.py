"""A scene of the story: a commune hands a dossier over to its province, which asks for a paper and sends the result."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from clients.protocol import dossiers
from hub.base.runtime import system_clock
from hub.core.edxml import Attachment, Code
from hub.core.model import VIETNAM, to_datetime
from hub.core.wire_dossiers import IndicatorLine
from hub.lab.demo.story import SON_LA, Cast, Stage, Step, need
from hub.programmes.onestop.programme import APPLICATION

SERVICE = "03"
"""Registration of permanent residence, by its procedure's code."""
PROCEDURE = "1.004222"
_FORM = "%Y%m%d%H%M%S"
_BEFORE = 5
"""Seconds ago that it was received: each step is then at a second of its own, and none lies ahead."""
_HANDED_OVER, _PAPER_ASKED, _GOES_ON, _SOLVED = 4, 5, 4, 9


class _Dossier(NamedTuple):
    """`began`: Vietnam local, without a zone."""

    number: str
    began: datetime

    def at(self, seconds: int) -> str:
        return (self.began + timedelta(seconds=seconds)).strftime(_FORM)

    def fields(self, state: int, **more: Any) -> dict[str, Any]:
        return {
            "MaHoSo": self.number,
            "MaTTHC": PROCEDURE,
            "KenhThucHien": 2,
            "NgayTiepNhan": self.at(0),
            "NgayHenTra": f"{self.began + timedelta(days=7):%Y%m%d}",
            "TrangThaiHoSo": state,
            "DonViXuLy": SON_LA,
            "KetQuaLaVanBan": 1,
            "TaiLieuNop": [{"TepDinhKemId": "1", "TenTepDinhKem": "to-khai.pdf", "DuocSoHoa": 1, "DuocTaiSuDung": 1}],
            **more,
        }

    def step(self, seconds: int, state: int) -> dict[str, Any]:
        return {"MaHoSo": self.number, "ThoiDiemXuLy": self.at(seconds), "TrangThai": state}


def number(c: Cast, at: datetime) -> str:
    return f"{c.commune}-{at:%y%m%d}-0001"


async def scene(s: Stage, c: Cast) -> Step:
    """Four documents make its course; nobody is named in a subject."""
    began = to_datetime(system_clock()).astimezone(VIETNAM).replace(tzinfo=None) - timedelta(seconds=_BEFORE)
    one = _Dossier(number(c, began), began)
    result = {"TenGiayTo": "Thông báo kết quả", "DuongDanTepTinKetQua": f"{one.number}-KQ1", "MaGiayToKetQua": "KQ1"}
    course: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (c.commune, SON_LA, {"HoSo": one.fields(_HANDED_OVER)}),
        (SON_LA, c.commune, {"TienDo": [one.step(2, _PAPER_ASKED)]}),
        (c.commune, SON_LA, {"TienDo": [one.step(3, _GOES_ON)]}),
        (
            SON_LA,
            c.commune,
            {"HoSo": one.fields(_SOLVED, NgayKetThucXuLy=one.at(4), DanhSachGiayToKetQua=[result])},
        ),
    )
    for n, (sender, recipient, body) in enumerate(course, 1):
        await _hand(s, one.number, n, sender, recipient, body)
    province = await s.client(SON_LA)
    case = (await province.call(dossiers.dossier(one.number))).case
    need((case.state, case.late) == ("solved", False), f"a dossier that was solved in time, not {case.state}")
    need(not (await province.ridden_faults("dossiers")).items, "nothing that was not understood")
    month = f"{began:%Y-%m}"
    told = await province.call(dossiers.indicators(**{"from": month, "to": month}))
    need((told.total.received, told.total.ended) == (1, 1), "one dossier received and ended")
    shares = {name: _share(told.total, name) for name in ("2.1", "3.3", "4.1")}
    need(set(shares.values()) == {100.0}, f"on time, online, with an electronic result, not {shares}")
    return Step(
        "Hồ sơ một cửa: xã tiếp nhận, chuyển tỉnh (MCDT_DT), bổ sung giấy tờ, trả kết quả; đúng hạn 100 % (QĐ 766)",
        "One-stop dossier: from a commune to its province (MCDT_DT), a paper asked for, the result; on time 100 %",
    )


async def _hand(s: Stage, number: str, n: int, sender: str, recipient: str, body: dict[str, Any]) -> None:
    packet = json.dumps({"packet": "dossier/1", **body}, ensure_ascii=False).encode()
    document = await s.document(
        sender,
        [recipient],
        f"{PROCEDURE}/{number}",
        code=Code(number, "MCDT"),
        document_id=f"{sender},{number}/{n}",
        application_type=APPLICATION,
    )
    await s.hand(document, [Attachment("1", "ho-so.packet.json", data=packet)])


def _share(line: IndicatorLine, name: str) -> float | None:
    return next(one.percent for one in line.indicators if one.number == name)
