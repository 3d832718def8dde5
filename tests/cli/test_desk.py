"""Drafts, groups, directions and corrections on the command line, against a hub."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hub.core import wire
from tests.cli.test_answers import a_hub
from tests.cli.test_not_kept import truc
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import bare


async def test_a_letter_is_drafted_in_two_goes(tmp_path: Path, keys: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a")
    async with a_hub(tmp_path / "hub", keys) as (_, mine, _theirs):
        assert "No draft" in (await truc("drafts", "list", *mine)).out
        first = await truc("drafts", "save", *mine, "--subject", "V/v nháp", "--to", SON_LA, "--json")
        assert (first.code, first.json["id"]) == (0, 1), first
        again = await truc("drafts", "save", *mine, "--id", 1, "--number", 12, file, "--json")
        assert (again.code, again.json["subject"], again.json["files"]) == (0, "V/v nháp", 1), again
        told = (await truc("drafts", "show", 1, *mine)).out
        for word in ("V/v nháp", SON_LA, "a.txt", "12"):
            assert word in told
        assert "V/v nháp" in (await truc("drafts", "list", *mine)).out
        assert (await truc("drafts", "delete", 1, *mine)).code == 0
        assert (await truc("drafts", "show", 1, *mine)).code == 1


async def test_a_group_becomes_named_recipients_that_are_told_before_signing(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        put = await truc("groups", "put", "Hai tỉnh", *mine, "--member", SON_LA, "--member", "H26")
        assert put.code == 0, put
        out = ("--receipt", tmp_path / "r", "--number", 7, "--subject", "V/v nhóm")
        sent = await truc("send", *mine, "--to-group", "Hai tỉnh", *out)
        assert sent.code == 0, sent
        assert "Hai tỉnh, 2 recipients: " in sent.out
        assert f"({HA_NOI})" in sent.out
        found = (await web.get("/v1/outbox", VPCP)).record(wire.Outbox).items
        assert {one.recipient for one in found[0].deliveries} == {SON_LA, HA_NOI}
        listed = (await truc("groups", "list", *mine)).out
        assert "Hai tỉnh" in listed
        assert (await truc("groups", "show", "404", *mine)).code == 1
        assert (await truc("send", *mine, "--to-group", "404", *out)).code == 1
        assert (await truc("groups", "delete", "Hai tỉnh", *mine)).code == 0


async def test_directions_and_corrections_are_written_found_and_printed(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, _, theirs):
        sent = await web.send(VPCP, SON_LA, subject="Điều động")
        who = ("--leader", "Chủ tịch", "--lead", "Phòng Nội vụ", "--due", "2026-12-01")
        made = await truc("directions", "add", sent.message.code, "Tham mưu", *theirs, *who)
        assert made.code == 0, made
        found = await truc("directions", "list", "noi vu", *theirs, "--due-until", "2026-12-01", "--json")
        assert [one["what"] for one in found.json["items"]] == ["Tham mưu"]
        assert "no direction" in (await truc("directions", "list", "khong co", *theirs)).out
        name = bare(sent.message.id)
        cell = ("--cell", "unit=Phòng Nội vụ", "--reason", "Ghi thiếu")
        assert (await truc("corrections", "add", name, *theirs, *cell)).code == 0
        assert (await truc("corrections", "add", name, *theirs, "--cell", "number=1", "--reason", "x")).code == 2
        assert "Ghi thiếu" in (await truc("corrections", "list", *theirs)).out
        window = ("--from", "2020-01-01", "--to", "2099-12-31")
        text = (await truc("register", *theirs, *window, "--csv", "--lang", "vi")).out
        _, struck, right = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
        assert (struck[6], right[6]) == ("", "Phòng Nội vụ")
        assert "đã gạch" in struck[9]
        assert "Ghi thiếu" in right[9]
        file = tmp_path / "so.xlsx"
        assert (await truc("register", *theirs, *window, "--export", file)).code == 0
        assert (await truc("find", *theirs, "--arrival", "1287", "--json")).json["items"] == []
        assert (await truc("find", *theirs, "--arrival", "x")).code == 1
