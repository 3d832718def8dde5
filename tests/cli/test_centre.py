"""`truc centre` against a hub: the country for an operator, itself and what is below it for an agency."""

from __future__ import annotations

import json
from pathlib import Path

from hub.core.edxml import Attachment
from tests.cli.test_not_kept import truc
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA
from tests.support.web import a_web


async def test_the_board_on_the_command_line(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.run()
        dossier = {
            "MaHoSo": f"{CHIENG_MUNG}-261102-0001",
            "MaTTHC": "1.004222",
            "KenhThucHien": 2,
            "NgayTiepNhan": "20261102090000",
            "NgayHenTra": "20261103",
            "TrangThaiHoSo": 4,
            "DonViXuLy": MAI_SON,
        }
        packet = json.dumps({"packet": "dossier/1", "HoSo": dossier}).encode()
        signed = web.axis.sign(
            web.axis.document(CHIENG_MUNG, [MAI_SON]), [Attachment("1", "h.packet.json", data=packet)]
        )
        assert (await web.submit(signed, CHIENG_MUNG)).status == 201
        hub = ("--url", web.url, "--keys", keys)
        ran = await truc("centre", *hub, "--lang", "en", "--services")
        assert ran.code == 0, ran
        assert "the country" in ran.out
        assert "1 open, " in ran.out
        assert "03 Registration of permanent residence" in ran.out
        assert "Hà Nội" not in ran.out
        assert "2 agencies without anything (--all)" in ran.out
        assert "Hà Nội" in (await truc("centre", *hub, "--lang", "en", "--all")).out
        country = await truc("centre", *hub, "--json")
        below = await truc("centre", *hub, "--json", "--parent", SON_LA)
        (line,) = [one for one in country.json["lines"] if one["code"] == SON_LA]
        assert (line["flow"], line["cases"]) == (below.json["total"]["flow"], below.json["total"]["cases"])
        own = await truc("centre", *hub, "--json", "--as", SON_LA)
        assert own.json["root"] == SON_LA
        another = await truc("centre", *hub, "--json", "--as", SON_LA, "--parent", HA_NOI)
        assert (another.code, another.json["code"]) == (1, "ACCESS_NOT_FOUND")
