"""`truc tasks` and `truc programmes` against a hub: a task from its assignment to its confirmation, each act signed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.test_answers import a_hub
from tests.cli.test_not_kept import truc
from tests.support.axis import SON_LA, VPCP

TASK = f"NV-01/2026@{VPCP}/{SON_LA}"


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_a_task_is_accepted_reported_and_confirmed(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    async with a_hub(tmp_path / "hub", keys) as (_, mine, theirs):
        more = ("--lang", lang)
        gave = ("send", *mine, "--to", SON_LA, "--subject", "Xây dựng đề án", "--steering", 1, "--task", "NV-01/2026")
        assert (await truc(*gave, "--due", "2099-12-31", "--number", "1")).code == 0
        ran = await truc("tasks", "list", *theirs, "--json")
        assert ran.code == 0, ran
        (item,) = ran.json["items"]
        assert (item["id"], item["state"], item["title"], item["due"]) == (
            *(TASK, "chuathuchien", "Xây dựng đề án", "2099-12-31"),
        )
        assert item["marks"] == [{"code": "tronghan", "vi": "trong hạn", "en": "in time"}]
        assert (await truc("tasks", "list", *mine, "--json")).json["items"] == []
        report = tmp_path / "bao-cao.pdf"
        report.write_bytes(b"%PDF-1.4 x")
        acts = (
            (theirs, "accept", (), "dangthuchien"),
            (mine, "extend", ("--due", "2100-01-31", "--reason", "Bão"), "dangthuchien"),
            (theirs, "report", (report,), "choxacnhan"),
            (mine, "redo", ("--reason", "Chưa đủ"), "thuchienlai"),
            (theirs, "report", (report,), "choxacnhan"),
            (mine, "confirm", (), "dahoanthanh"),
        )
        for number, (who, act, given, state) in enumerate(acts, 10):
            ran = await truc("tasks", "act", act, TASK, *who, *given, "--number", number, *more)
            assert ran.code == 0, ran
            ran = await truc("tasks", "show", TASK, *theirs, "--json")
            assert ran.code == 0, ran
            told = ran.json
            assert told["case"]["state"] == state
            assert told["events"][-1]["act"] == act
            shown = await truc("receipt", "show", *who, told["events"][-1]["document"].removeprefix("urn:uuid:"))
            assert shown.code == 0, "the receipt of its document proves the event"
        text = (await truc("tasks", "show", TASK, *mine, *more)).out
        assert ("Đã hoàn thành" if lang == "vi" else "Done") in text
        board = (await truc("tasks", "board", *theirs, "--json")).json
        assert (board["total"]["total"], board["total"]["ended"], board["total"]["late"]) == (1, 1, 0)
        rows = list(csv.reader(io.StringIO((await truc("tasks", "list", *mine, "--given", "--csv", *more)).out)))
        assert rows[1][0] == TASK
        assert (await truc("programmes", "faults", *mine)).code == 0


async def test_an_act_that_is_not_ones_own_is_a_fault_that_both_are_told(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_hub(tmp_path / "hub", keys) as (_, mine, theirs):
        gave = ("send", *mine, "--to", SON_LA, "--subject", "x", "--steering", 1, "--task", "NV-01/2026")
        assert (await truc(*gave, "--number", "1")).code == 0
        assert (await truc("tasks", "act", "confirm", TASK, *theirs, "--number", "2")).code == 0, "a letter is a letter"
        for who in (mine, theirs):
            ran = await truc("programmes", "faults", "tasks", *who, "--json")
            assert (ran.code, [one["code"] for one in ran.json["items"]]) == (1, ["TASK_NOT_YOURS"])
        told = (await truc("programmes", "faults", *theirs, "--lang", "vi")).out
        assert "Việc này là của bên kia" in " ".join(told.split())
        assert (await truc("tasks", "act", "confirm", "none", *mine)).code == 1
        assert (await truc("tasks", "act", "extend", TASK, *mine)).code == 2


async def test_programmes_tell_how_much_they_have(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_hub(tmp_path / "hub", keys) as (web, mine, theirs):
        sent = await truc(
            "send", *mine, "--to", SON_LA, "--subject", "x", "--steering", 1, "--task", "A", "--number", "1"
        )
        assert sent.code == 0
        status = {one["name"]: one for one in (await truc("programmes", "status", *theirs, "--json")).json["items"]}
        assert status["tasks"]["cases"] == 1
        assert "tasks" in (await truc("programmes", "status", *mine)).out
        assert f"A@{VPCP}/{SON_LA}" in (await truc("programmes", "cases", "tasks", *theirs)).out
        assert json.loads((await truc("programmes", "board", "tasks", *theirs, "--json")).out)["total"]["open"] == 1
        data = web.hub.settings.hub.data
    again = await truc("programmes", "rebuild", "--data", data, "--keys", keys, "--json")
    assert again.json["wrong"] == []
    assert again.json["programmes"]["tasks"]["cases"] == 1
