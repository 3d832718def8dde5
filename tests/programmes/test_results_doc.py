"""`docs/results.md` is a program: its commands run in order against a hub; its packet is one."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import msgspec
import pytest

from hub.programmes.results.packets import ResultPacket
from tests.cli.test_fetch_hostile import truc
from tests.cli.test_results import a_hub
from tests.programmes import pdfs

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "results.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
TOLD = {
    "list": "stands",
    "verify": "VALID",
    "qr": "/results#c=H52.01-261120-0001-KQ1&t=1.009994&o=",
    "measures": "share verified",
    "leaders": "share of documents",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    (folder / "giay-phep.pdf").write_bytes(pdfs.issued())
    return folder


async def test_the_commands_of_the_page(
    tmp_path: Path, place: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    async with a_hub(tmp_path / "hub", keys) as (web, _, _):
        Path("log.policy").write_bytes((await web.get("/log/vkey")).body)  # noqa: ASYNC240
        assert len(COMMANDS) > 6
        for line in COMMANDS:
            _, *arguments = shlex.split(line)
            known = ("--url", web.url) if "--policy" not in arguments else ()
            keyed = ("--keys", keys) if "--as" in arguments else ()
            ran = await truc(*arguments, *known, *keyed)
            assert ran.code == 0, (line, ran)
            verb = arguments[1] if arguments[0] == "results" else arguments[0]
            assert TOLD.get(verb, "") in ran.out, (line, ran.out)
    assert os.path.getsize("qr.svg") > 1_000  # noqa: ASYNC240


def test_the_packet_of_the_page_is_one() -> None:
    (body,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    packet = msgspec.convert(json.loads(body), ResultPacket)
    assert packet.file == "giay-phep.pdf"
