"""The demonstration's last scene: a dossier rides on a document, and the centre's board has it, at every tier."""

from __future__ import annotations

import json

from hub.base.runtime import system_clock
from hub.core.edxml import Attachment, Code
from hub.core.model import VIETNAM, to_datetime
from hub.core.wire_centre import Centre, CentreLine
from hub.lab.demo.story import SON_LA, Cast, Stage, Step, need
from hub.programmes.onestop.programme import APPLICATION
from hub.programmes.onestop.programme import NAME as DOSSIERS

_SERVICE = "03"
"""Registration of permanent residence, by its procedure's code."""
_PROCEDURE = "1.004222"


async def scene(s: Stage, c: Cast) -> Step:
    """The commune hands a dossier over to its district; its province looks at the board, and at the lines below it."""
    now = to_datetime(system_clock()).astimezone(VIETNAM)
    number = f"{c.commune}-{now:%y%m%d}-0001"
    dossier = {
        "MaHoSo": number,
        "MaTTHC": _PROCEDURE,
        "KenhThucHien": 2,
        "NgayTiepNhan": f"{now:%Y%m%d}000000",
        "NgayHenTra": f"{now:%Y%m%d}235959",
        "TrangThaiHoSo": 4,
        "DonViXuLy": c.district,
    }
    packet = json.dumps({"packet": "dossier/1", "HoSo": dossier}, ensure_ascii=False).encode()
    document = await s.document(
        c.commune,
        [c.district],
        f"{_PROCEDURE}/{number}",
        code=Code(number, "MCDT"),
        application_type=APPLICATION,
    )
    await s.send(document, [Attachment("1", "ho-so.packet.json", data=packet)])
    province = await (await s.client(SON_LA)).centre()
    need(_dossiers(province.total) == 1, "one dossier on the province's board")
    need(province.root == SON_LA and _adds_up(province), "lines that add up to the total")
    counted = {one.service: (one.received, one.online) for one in province.services}
    need(counted[_SERVICE] == (1, 1), "the dossier counted for its essential service")
    district = await (await s.client(SON_LA)).centre(c.district)
    need(district.total.flow == next(x.flow for x in province.lines if x.code == c.district), "the same one step down")
    return Step(
        "Hồ sơ một cửa đi trên trục; bảng của trung tâm có nó ở mọi cấp, cộng khớp (Đề án 06)",
        "A one-stop dossier rides on a document; the centre's board has it at every tier, and adds up",
    )


def _dossiers(line: CentreLine) -> int:
    return sum(cases.total for cases in line.cases if cases.programme == DOSSIERS)


def _adds_up(board: Centre) -> bool:
    sent = sum(line.flow.sent for line in board.lines) == board.total.flow.sent
    return sent and sum(map(_dossiers, board.lines)) == _dossiers(board.total)
