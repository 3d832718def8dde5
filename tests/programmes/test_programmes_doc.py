"""`docs/programmes.md` is a program: its commands run in order at a hub, its questions are asked over HTTP too, and its
packets are packets. Its days are moved to those of the run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from hub.core import wire_programmes as records
from hub.core.model import vietnam_date
from hub.core.wire_centre import PublicProgrammes
from hub.programmes.tasks.packets import TaskPacket
from hub.programmes.tasks.states import TaskAct
from tests.cli.test_answers import a_hub
from tests.cli.test_reports import Ran, truc
from tests.peers.test_poison import now
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "programmes.md").read_text("utf-8")
TASK = f"NV-01@{VPCP}/{SON_LA}"
WRITTEN = date(2026, 11, 29)
"""The day on which the page's days are ahead."""


def commands() -> list[list[str]]:
    """Of the page's blocks, in their order."""
    today = vietnam_date(now())

    def moved(found: re.Match[str]) -> str:
        return (today + (date.fromisoformat(found[0]) - WRITTEN)).isoformat()

    lines = "".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).splitlines()
    return [shlex.split(re.sub(r"\d{4}-\d\d-\d\d", moved, line), comments=True) for line in lines]


def questions() -> Iterator[tuple[list[str], str]]:
    """Of the page's table: a command, and the same question over HTTP."""
    for command, path in re.findall(r"\| `(truc programmes [^`]*)` \| `GET ([^`]*)` \|", TEXT):
        yield shlex.split(command.replace("CASE", TASK))[1:], path.replace("{case}", quote(TASK, safe=""))


async def play(web: Web, keys: Path, words: list[str], *, caller: str = "") -> Ran:
    more = ("--as", caller) if caller else ()
    return await truc(*words, *more, "--url", web.url, "--keys", keys)


async def test_the_page_is_a_program(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bao-cao.pdf").write_bytes(b"%PDF-1.4 x")
    told = commands()
    assert [words[:3] for words in told].count(["truc", "tasks", "act"]) == 3
    async with a_hub(tmp_path / "hub", keys) as (web, _, _):
        for words in told:
            if words[0] == "curl":
                answer = await web.get(words[1].removeprefix("$TRUC_URL"))
                assert answer.record(PublicProgrammes).programmes
                continue
            ran = await play(web, keys, words[1:])
            assert ran.code == 0, (words, ran)
        life = await play(web, keys, ["tasks", "show", TASK, "--json"], caller=SON_LA)
        acts = [event["act"] for event in life.json["events"]]
        assert (life.json["case"]["state"], acts) == (
            "dahoanthanh",
            ["assign", "accept", "extend", "report", "confirm"],
        ), "each command had its effect"
        faults = (await web.get("/v1/programmes/all/faults", SON_LA)).record(records.RiddenFaults)
        assert faults.items == ()

        asked = list(questions())
        assert len(asked) == 5
        for words, path in asked:
            ran = await play(web, keys, [*words, "--json"], caller=SON_LA)
            assert ran.code == 0, (words, ran)
            answer = await web.get(path, SON_LA)
            assert answer.status == 200, (path, answer)
            assert ran.json == json.loads(answer.body), words
        table = (await web.get("/v1/programmes/tasks/board?format=csv", SON_LA)).body.decode()
        assert table.splitlines()[-1] == ",Tổng,,1,1,0,0,1,0"


def test_its_packets_are_packets_and_its_acts_those_that_there_are() -> None:
    bodies = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    packets = [msgspec.json.decode(body, type=TaskPacket) for body in bodies]
    assert [packet.act for packet in packets] == ["assign", "refuse"]
    rows = re.findall(r"^\| ([a-z, ]+) \| assign(?:ee|er) \|", TEXT, re.MULTILINE)
    named = {act for row in rows for act in row.split(", ")}
    assert named == {act.value for act in TaskAct}
