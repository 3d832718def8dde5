"""The examples of docs/onestop.md are sent to a hub as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from hub.core import wire
from hub.core import wire_programmes as records
from hub.core.edxml import Attachment, Code
from hub.programmes.onestop.states import NAMES
from hub.programmes.onestop.words import WORDS
from tests.cli.test_answers import a_hub
from tests.cli.test_reports import truc
from tests.support.axis import MAI_SON, SO_TTTT, SON_LA
from tests.support.web import a_web

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "onestop.md").read_text("utf-8")


def example(kind: str) -> bytes:
    (found,) = re.findall(rf"```json {kind}\n(.*?)```", GUIDE, re.DOTALL)
    return found.encode()  # type: ignore[no-any-return]


async def test_the_packet_and_the_body_of_the_guide(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        file = Attachment("1", "ho-so.packet.json", data=example("packet"))
        number = json.loads(file.data)["HoSo"]["MaHoSo"]
        document = web.axis.document(
            SO_TTTT, [MAI_SON], application_type="MCDT_DT", code=Code(number, "Hồ sơ liên thông")
        )
        (await web.submit(web.axis.sign(document, [file]), SO_TTTT)).record(wire.Submitted)
        life = (await web.get(f"/v1/programmes/dossiers/cases/{number}", MAI_SON)).record(records.CaseLife)
        assert [event.act for event in life.events] == ["filed", "moved"]
        assert [(p.role, p.agency) for p in life.case.parties] == [("receiving", SO_TTTT), ("solving", MAI_SON)]
        faults = (await web.get("/v1/programmes/all/faults", SO_TTTT)).record(records.RiddenFaults)
        assert faults.items == ()

        called = {"data": BytesIO(example("body")), "headers": {"Content-Type": "application/json"}}
        told: dict[str, Any] = json.loads(
            (await web.call("POST", "/v1/programmes/dossiers/services", SON_LA, **called)).body
        )
        assert told.pop("receipt")
        assert told == json.loads(example("answer"))


async def test_the_commands_of_the_guide(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, with the guide's packet as the file; of the day that is played a tenth of a thousandth."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ho-so.json").write_bytes(example("packet"))
    (tmp_path / "dong-bo.json").write_bytes(example("body"))
    (tmp_path / "to-khai.pdf").write_bytes(b"%PDF-1.4 x")
    lines = "".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)).splitlines()
    played = []
    async with a_hub(tmp_path / "hub", keys) as (web, _, mine):
        for line in lines:
            words = shlex.split(line.replace("--share 0.01", "--share 0.0001"), comments=True)
            if words[:1] == ["curl"]:
                assert (await web.get(words[1].removeprefix("$TRUC_URL"), SON_LA)).status == 200, line
            elif words:
                ran = await truc(*words[1:], "--url", web.url, "--keys", keys)
                assert ran.code == 0, (line, ran)
                played.append(words[2])
        assert played == ["send", "sync", "indicators", "list", "simulate"]
        listed = (await truc("dossiers", "list", *mine, "--json")).json["items"]
        assert len(listed) == 9 + 1, "of the simulated day, and of the body"
        number = json.loads(example("packet"))["HoSo"]["MaHoSo"]
        assert (await web.get(f"/v1/programmes/dossiers/cases/{number}", MAI_SON)).status == 200, "handed over"
        assert (await web.get("/v1/programmes/all/faults", SO_TTTT)).record(records.RiddenFaults).items == ()


def test_the_guide_names_the_states_and_the_codes_that_there_are() -> None:
    for state, name in NAMES.items():
        assert f"| {state:d} | {name.vi} |" in GUIDE
    assert set(re.findall(r"`(DOSSIER_\w+)`", GUIDE)) <= set(WORDS.faults)
