"""`truc dossiers` against a hub: told, handed over, looked at, measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_answers import a_hub, sent_as
from tests.cli.test_not_kept import truc
from tests.programmes.dossiers import step, told
from tests.support.axis import HA_NOI, MAI_SON, SO_TTTT, SON_LA

NUMBER = "H52.13-261102-0001"


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def dossier(**changed: Any) -> dict[str, Any]:
    return told(**{"MaHoSo": NUMBER, "DonViXuLy": "H52.13", **changed})


async def test_a_dossier_from_the_services_to_the_indicators(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    async with a_hub(tmp_path / "hub", keys) as (_, _, mine):
        empty = await truc("dossiers", "list", *mine)
        assert (empty.code, empty.out.strip()) == (0, "No dossier. Ask for less.")
        file = written(tmp_path, "a.json", [dossier()])
        synced = await truc("dossiers", "sync", *mine, file)
        assert synced.code == 0, synced
        assert "receipt show --as" in synced.out
        steps = [step(f"2026110{n}090000", state) | {"MaHoSo": NUMBER} for n, state in ((3, 5), (4, 4), (5, 9))]
        assert (await truc("dossiers", "sync", *mine, written(tmp_path, "b.json", {"data": steps}))).code == 0
        listed = await truc("dossiers", "list", *mine, "--state", "solved", "--stands", "ended")
        assert NUMBER in listed.out
        assert max(map(len, listed.out.splitlines())) <= 80
        shown = await truc("dossiers", "show", *mine, NUMBER, "--lang", "vi")
        for word in ("Đã xử lý xong", "Một cửa tiếp nhận", "Cập nhật tiến độ", "Yêu cầu bổ sung giấy tờ"):
            assert word in " ".join(shown.out.split()), shown.out
        assert "Trần Thị" not in shown.out
        found = await truc("dossiers", "indicators", *mine, "--from", "2026-11", "--json")
        assert found.json["total"]["received"] == 1
        table = await truc("dossiers", "indicators", *mine, "--from", "2026-11", "--csv")
        assert table.out.splitlines()[-1].split(",")[:4] == ["Total", "1", "1", "1"]
        asked = written(tmp_path, "c.json", [{"MaHoSo": NUMBER}, {"MaHoSo": "H52-261102-0009"}])
        looked = await truc("dossiers", "sync", *mine, "--service", "TraCuuHoSo", asked)
        assert looked.code == 1
        assert "Đã xử lý xong" in looked.out
        assert (await truc("dossiers", "show", "--as", HA_NOI, *mine[2:], NUMBER)).code == 1


async def test_a_share_of_a_day_is_played_and_counted(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (_, _, mine):
        units = ("--unit", "H52.13", "--unit", "H52.21")
        ran = await truc("dossiers", "simulate", *mine, "--day", 1_000, "--share", 0.02, *units, "--json")
        assert (ran.code, ran.json["dossiers"], ran.json["calls"], ran.json["refused_calls"]) == (0, 20, 4, 0), ran
        found = (await truc("dossiers", "indicators", *mine, "--json")).json
        assert (found["total"]["received"], found["total"]["ended"]) == (20, 20)
        assert [line["received"] for line in found["lines"]] == [10, 10]


async def test_a_wrong_row_is_told_and_a_wrong_file_too(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (_, _, mine):
        ran = await truc("dossiers", "sync", *mine, written(tmp_path, "a.json", [dossier(), dossier(MaHoSo="x")]))
        assert ran.code == 1
        assert "2. –: The dossier's number is wrong" in ran.out
        foreign = await truc("dossiers", "sync", *mine, "--unit", HA_NOI, written(tmp_path, "b.json", [dossier()]))
        assert foreign.code == 1
        for content in ("{", [], 7):
            path = tmp_path / "c.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
            assert (await truc("dossiers", "sync", *mine, path)).code == 2


async def test_a_dossier_is_handed_over_without_its_name_in_the_subject(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, _, theirs):
        mine = ("--as", SO_TTTT, *theirs[2:])
        file, out = written(tmp_path, "h.json", dossier()), ("--receipt", tmp_path / "r", "--json")
        paper = written(tmp_path, "don-xin.json", {})
        ran = await truc("dossiers", "send", *mine, "--to", MAI_SON, *out, file, paper)
        document = await sent_as(web, ran, SO_TTTT)
        assert (document.application_type, document.subject) == ("MCDT_DT", f"1.004873/{NUMBER}")
        assert document.code.text == f"{NUMBER}/Hồ sơ liên thông"
        shown = await truc("dossiers", "show", "--as", MAI_SON, *theirs[2:], NUMBER, "--json")
        assert [party["role"] for party in shown.json["case"]["parties"]] == ["receiving", "solving"]
        wrong = await truc("dossiers", "send", *mine, "--to", MAI_SON, *out, written(tmp_path, "w.json", {"MaHoSo": 1}))
        assert wrong.code == 1
        assert "MaHoSo" in wrong.err
        unknown = await truc("dossiers", "send", *mine, "--to", "000.00.00.H99", *out, file)
        assert unknown.code == 1
        assert SON_LA not in unknown.err
