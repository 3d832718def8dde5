"""`find`, `show` and `register` against a hub, in a terminal of 80 columns, as CSV and as XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hub.core import wire
from hub.core.edxml import Attachment, Signer
from hub.core.register import Book, columns, csv_lines, safe
from hub.core.shown import shown
from hub.routes import exporting
from tests.cli.test_answers import a_hub
from tests.cli.test_not_kept import truc
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import Web

EVIL = '=HYPERLINK("http://x","\u202eđọc")\x1b[31m'
LONG = "Về việc rà soát, đơn giản hóa thủ tục hành chính nội bộ giữa các cơ quan hành chính nhà nước năm 2026 " * 2


async def played(web: Web) -> list[wire.Submitted]:
    made = []
    for number, (subject, to) in enumerate(((LONG, [SON_LA]), ("Điều động cán bộ", [SON_LA, HA_NOI])), 1):
        document = web.axis.document(
            VPCP, to, subject=subject, signer=Signer("KT.", "Thứ trưởng", f"=Nguyễn Văn {number}")
        )
        data = web.axis.sign(document, [Attachment("a", "Tờ trình.pdf", data=b"%PDF-1.4 x")])
        made.append((await web.submit(data, VPCP)).record(wire.Submitted))
    return made


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_in_80_columns_nothing_is_broken(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    async with a_hub(tmp_path / "hub", keys) as (web, mine, theirs):
        first, second = await played(web)
        bare = second.message.id.removeprefix("urn:uuid:")
        calls = (
            ("find", *theirs, "dieu dong", "--lang", lang),
            ("show", *mine, second.message.code, "--lang", lang),
            ("register", *theirs, "--from", "2020-01-01", "--to", "2099-12-31", "--lang", lang),
            ("register", *mine, "--book", "out", "--from", "2020-01-01", "--to", "2099-12-31", "--lang", lang),
        )
        for call in calls:
            ran = await truc(*call)
            assert ran.code == 0, ran
            assert max(len(line) for line in ran.out.splitlines()) <= 80, ran.out
            assert "Điều động cán bộ" in ran.out
            assert "Văn phòng Chính phủ" in ran.out or call[0] == "register"
        assert bare in (await truc(*calls[0])).out
        told = (await truc(*calls[1])).out
        for word in ("Tờ trình.pdf", "=Nguyễn Văn 2", "2026-11-20", bare, second.message.sha256):
            assert word in told.replace("\n", ""), word
        assert "Ủy ban nhân dân thành phố Hà Nội" in " ".join(told.split())
        assert ("thật và còn nguyên" if lang == "vi" else "genuine and unaltered") in told
        assert first.message.code not in told


async def test_json_csv_and_xlsx_say_the_same(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, theirs):
        await played(web)
        found = (await truc("find", *theirs, "--oldest", "--json")).json
        assert [item["message"]["subject"] for item in found["items"]] == [LONG.strip(), "Điều động cán bộ"]
        assert found["items"][1]["register"]["files"] == [{"name": "Tờ trình.pdf", "size": 10}]
        window = ("--from", "2020-01-01", "--to", "2099-12-31")
        text = (await truc("register", *mine, "--book", "out", *window, "--csv", "--lang", "vi")).out
        head, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
        assert head == columns(Book.OUT, "vi")
        assert len(lines) == 2
        assert lines[1][3] == "Thứ trưởng =Nguyễn Văn 2"
        assert "Sơn La" in lines[1][4]
        assert "Hà Nội" in lines[1][4]
        assert lines[1][8] == "0/2"
        file = tmp_path / "so.xlsx"
        assert (await truc("register", *mine, "--book", "out", *window, "--xlsx", file, "--lang", "vi")).code == 0
        cells, formulas = opened(file)
        assert not formulas
        assert [shown(cell) for line in lines for cell in line if cell] == [
            shown(cell) for cell in cells[len(head) :] if cell
        ]
        one = await truc("find", *theirs, "--limit", 1, "--json")
        assert len(one.json["items"]) == 1
        assert one.json["cursor"]
        both = await truc("find", *theirs, "--limit", 1, "--all", "--json")
        assert len(both.json["items"]) == 2
        none = await truc("find", *theirs, "khong co tu nay")
        assert none.code == 0
        assert "No document found" in none.out


async def test_an_export_is_written_as_it_comes_and_goes_on_where_the_hub_had_to_stop(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_LINES", 1)
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        sent = await played(web)
        folder = tmp_path / "out"
        folder.mkdir()
        for form in ("csv", "xlsx", "jsonl"):
            ran = await truc("find", *mine, "--export", folder / f"x.{form}", "--json")
            assert (ran.code, ran.json) == (
                0, {"lines": 2, "file": str(folder / f"x.{form}"), "behind": 0, "cursor": ""}
            ), ran  # fmt: skip
        *_, first, second = csv.reader(io.StringIO((folder / "x.csv").read_text("utf-8-sig"), newline=""))
        assert [first[-1], second[-1]] == [one.message.id for one in sent]
        assert opened(folder / "x.xlsx")[0][-1] == second[-1]
        assert len((folder / "x.jsonl").read_bytes().splitlines()) == 2
        again = await truc("find", *mine, "--export", folder / "x.csv", "--json")
        assert again.json["file"] == str(folder / "x.csv"), "the same lines are there already"
        other = await truc("find", *mine, "dieu dong", "--export", folder / "x.csv", "--json")
        assert other.json["file"] == str(folder / "x (2).csv"), "nothing is written over"
        window = ("--from", "2020-01-01", "--to", "2099-12-31")
        ran = await truc("register", *mine, "--book", "out", *window, "--export", folder / "so.csv", "--lang", "vi")
        assert ran.code == 0, ran
        head, *lines = csv.reader(io.StringIO((folder / "so.csv").read_text("utf-8-sig"), newline=""))
        assert (head, len(lines)) == (columns(Book.OUT, "vi"), 2)
        assert (await truc("find", *mine, "--export", folder / "x.pdf")).code == 2
        full = await truc("find", *mine, "--export", folder / "full.jsonl", largest=100)
        assert full.code != 0
        assert sorted(one.name for one in folder.iterdir()) == ["so.csv", "x (2).csv", "x.csv", "x.jsonl", "x.xlsx"]


def opened(file: Path) -> tuple[list[str], int]:
    """The cells' texts in their order, and how many formulas and links there are."""
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    texts = ["".join(t.text or "" for t in cell.iter(f"{main}t")) for cell in sheet.iter(f"{main}c")]
    return texts, len(list(sheet.iter(f"{main}f"))) + len(list(sheet.iter(f"{main}hyperlink")))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", EVIL])
def test_no_cell_of_a_csv_is_a_formula(cell: str) -> None:
    assert safe(cell).startswith("'")
    (_, line) = csv_lines([[cell, "plain"]], ["a", "b"])
    assert next(csv.reader(io.StringIO(line, newline="")))[0].startswith("'")
