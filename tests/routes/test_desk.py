"""An agency's own desk over HTTP: drafts, groups, directions, corrections, and finding by the arrival number."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.model import Agency, Tier, vietnam_date
from hub.core.wire_desk import (
    Correction,
    Corrections,
    Direction,
    Directions,
    GroupLine,
    Groups,
    LetterDraft,
    LetterDrafts,
    Members,
)
from hub.core.wire_export import ExportLine
from hub.core.wire_maintenance import MaintenanceState
from hub.desk import directions, drafts, groups
from hub.store.mail import MailRow, Stage
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web

EVIL = '=HYPERLINK("x")<script>'


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path, keys) as opened:
        yield opened


async def save(web: Web, who: str, subject: str = "x", **more: Any) -> Answer:
    return await web.call("PUT", "/v1/drafts", who, json={"letter": {"subject": subject}, **more})


async def test_a_draft_is_kept_listed_continued_and_deleted(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        first = (await save(web, SON_LA, EVIL)).record(LetterDraft)
        second = (await save(web, SON_LA, "hai")).record(LetterDraft)
        web.axis.clock.now += 60_000
        letter = {"subject": "một", "to": [VPCP], "files": [{"name": "a.pdf", "data": "QQ=="}]}
        again = await web.call(
            "PUT", "/v1/drafts", SON_LA, json={"letter": letter, "id": first.id, "saved_at": first.saved_at}
        )
        kept = again.record(LetterDraft)
        assert (kept.id, kept.subject, kept.to, kept.files) == (first.id, "một", 1, 1)
        assert kept.saved_at > first.saved_at
    async with a_web(tmp_path, keys) as web:  # as after a power cut: what was answered is there
        listed = (await web.get("/v1/drafts", SON_LA)).record(LetterDrafts)
        assert [one.id for one in listed.items] == [first.id, second.id]
        assert all(one.letter is None for one in listed.items)
        whole = (await web.get(f"/v1/drafts/{first.id}", SON_LA)).record(LetterDraft).letter
        assert whole is not None
        assert (whole.to, whole.files[0].data) == ((VPCP,), b"A")
        assert (await web.get("/v1/drafts", HA_NOI)).record(LetterDrafts).items == []
        assert (await web.get(f"/v1/drafts/{first.id}", HA_NOI)).status == 404
        assert (await web.call("DELETE", f"/v1/drafts/{first.id}", HA_NOI)).status == 404
        assert (await web.call("DELETE", f"/v1/drafts/{first.id}", SON_LA)).record(LetterDraft).subject == "một"
        assert (await web.get(f"/v1/drafts/{first.id}", SON_LA)).status == 404
        for other in (OPERATOR, AUDITOR):
            assert (await web.get("/v1/drafts", other)).status == 403


async def test_nobodys_later_words_are_lost(web: Web) -> None:
    first = (await save(web, SON_LA)).record(LetterDraft)
    later = (await save(web, SON_LA, "sau", id=first.id, saved_at=first.saved_at)).record(LetterDraft)
    assert later.saved_at > first.saved_at, "also in the same millisecond"
    stale = await save(web, SON_LA, "trước", id=first.id, saved_at=first.saved_at)
    assert (stale.status, stale.problem.code) == (409, "CONFLICT_DRAFT")
    assert (await web.get(f"/v1/drafts/{first.id}", SON_LA)).record(LetterDraft).subject == "sau"
    assert (await save(web, SON_LA, id=99, saved_at=first.saved_at)).status == 404


async def test_drafts_are_bounded(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST", 2)
    monkeypatch.setattr(drafts, "MOST_ONE", 1000)
    monkeypatch.setattr(drafts, "MOST_BYTES", 1200)
    one = (await save(web, SON_LA, "x" * 800)).record(LetterDraft)
    assert (await save(web, SON_LA, "x" * 990)).problem.code == "REQUEST_DESK_FULL"
    assert (await save(web, SON_LA, "x" * 500)).problem.code == "REQUEST_DESK_FULL"
    assert (await save(web, SON_LA, "x" * 900, id=one.id, saved_at=one.saved_at)).status == 200, "its own bytes go"
    assert (await save(web, SON_LA)).status == 200
    assert (await save(web, SON_LA)).problem.code == "REQUEST_DESK_FULL"
    assert (await save(web, HA_NOI)).status == 200, "of each agency"


async def test_a_group_is_its_members_of_today(web: Web) -> None:
    put = await web.call("PUT", "/v1/groups", SON_LA, json={"name": "Các nơi", "members": [VPCP, "H26", VPCP]})
    assert [one.code for one in put.record(Members).items] == [VPCP, HA_NOI]
    assert [one.code for one in (await web.get("/v1/groups/C%C3%A1c%20n%C6%A1i", SON_LA)).record(Members).items]
    again = await web.call("PUT", "/v1/groups", SON_LA, json={"name": "Các nơi", "members": [HA_NOI]})
    assert again.status == 200
    own = [line for line in (await web.get("/v1/groups", SON_LA)).record(Groups).items if line.own]
    assert own == [GroupLine(name="Các nơi", count=1, own=True)]
    assert (await web.get("/v1/groups/C%C3%A1c%20n%C6%A1i", HA_NOI)).status == 404
    suspended = msgspec.structs.replace(web.hub.exchange.directory[HA_NOI], suspended=True)
    await web.hub.exchange.change_directory([suspended], "test")
    now = (await web.get("/v1/groups/C%C3%A1c%20n%C6%A1i", SON_LA)).record(Members)
    assert (now.items, now.left_out) == ([], [HA_NOI])
    for wrong in ({"name": "a:b", "members": [VPCP]}, {"name": "a", "members": ["404"]}, {"name": "a", "members": []}):
        assert (await web.call("PUT", "/v1/groups", SON_LA, json=wrong)).status == 400
    assert (await web.call("DELETE", "/v1/groups/C%C3%A1c%20n%C6%A1i", SON_LA)).status == 200
    assert (await web.get("/v1/groups/C%C3%A1c%20n%C6%A1i", SON_LA)).status == 404


async def test_the_directory_makes_groups(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    below = [
        Agency(code=f"000.0{n}.21.H52", name=f"Xã {n}", tier=Tier.COMMUNE, parent=MAI_SON) for n in range(1, 4)
    ] + [
        Agency(code="000.00.01.H52", name="Sở Nội vụ", tier=Tier.PROVINCIAL, parent=SON_LA),
        Agency(code="000.09.21.H52", name="Xã cũ", tier=Tier.COMMUNE, parent=MAI_SON, valid_to=date(2020, 1, 1)),
    ]  # fmt: skip
    await web.hub.exchange.change_directory(below, "test")
    communes = (await web.get("/v1/groups/communes:", SON_LA)).record(Members)
    assert communes.name == f"communes:{SON_LA}"
    assert {"Xã 1", "Xã 2", "Xã 3"} <= {one.name for one in communes.items}
    assert "Xã cũ" not in {one.name for one in communes.items}
    departments = (await web.get("/v1/groups/departments:H52", VPCP)).record(Members)
    assert "Sở Nội vụ" in {one.name for one in departments.items}
    assert MAI_SON not in {one.code for one in departments.items}
    assert MAI_SON in {one.code for one in (await web.get("/v1/groups/below:H52", SON_LA)).record(Members).items}
    told = (await web.get("/v1/groups", SON_LA)).record(Groups).items
    assert [line.vi for line in told if line.name == f"communes:{SON_LA}"] == ["tất cả xã: Ủy ban nhân dân tỉnh Sơn La"]
    monkeypatch.setattr(groups, "MOST_MEMBERS", 2)
    assert (await web.get("/v1/groups/communes:", SON_LA)).problem.code == "REQUEST_TOO_LARGE", "never cut"
    assert (await web.get("/v1/groups/communes:404", SON_LA)).status == 404


def a_direction(document: str, **more: str) -> dict[str, str]:
    return {"document": document, "leader": "Chủ tịch", "lead": "Phòng Nội vụ", "what": "Tham mưu trả lời", **more}


async def test_a_direction_stays_inside_the_agency_and_as_it_was_written(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, HA_NOI)
    size = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
    wanted = a_direction(sent.message.code, due="2026-12-01", support="Văn phòng")
    first = (await web.call("POST", "/v1/directions", SON_LA, json=wanted)).record(Direction)
    assert (first.document, first.code, first.due, first.support) == (
        sent.message.id, sent.message.code, "2026-12-01", "Văn phòng",
    )  # fmt: skip
    await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id, lead=EVIL, what="Lưu"))
    both = (await web.get(f"/v1/directions?document={sent.message.id}", SON_LA)).record(Directions)
    assert [one.what for one in both.items] == ["Tham mưu trả lời", "Lưu"]
    for query, found in {
        "text=phong+noi+vu": 1,
        "text=luu": 1,
        "text=THAM+muu": 1,
        "due_until=2026-12-01": 1,
        "due_until=2026-11-30": 0,
        "": 2,
    }.items():
        told = (await web.get(f"/v1/directions?{query}", SON_LA)).record(Directions)
        assert (len(told.items), told.cursor) == (found, ""), query
    assert (await web.store.last_checkpoint()).size == size, "never on the axis"  # type: ignore[union-attr]
    assert (await web.get("/v1/directions", HA_NOI)).record(Directions).items == []
    assert (await web.get(f"/v1/directions?document={sent.message.id}", HA_NOI)).record(Directions).items == []
    for other, status in ((VPCP, 400), (MAI_SON, 404), (OPERATOR, 403), (AUDITOR, 403)):
        answer = await web.call("POST", "/v1/directions", other, json=a_direction(sent.message.id))
        assert answer.status == status, other
    wrong = await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id, due="2026-13-01"))
    assert wrong.status == 400
    for early in ("0001-01-01", "2020-01-01"):
        before = await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id, due=early))
        assert (before.status, before.problem.found) == (400, early)
    empty = await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id, lead=" "))
    assert empty.status == 400


async def test_a_search_over_many_directions_goes_on_by_its_cursor(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directions, "_AT_ONCE", 2)
    monkeypatch.setattr(directions, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr(directions, "MOST_ONE", 7)
    sent = await web.send(VPCP, SON_LA)
    for number in range(7):
        what = "tìm" if number in (0, 6) else "khác"
        await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id, what=what))
    over = await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id))
    assert over.problem.code == "REQUEST_DESK_FULL"
    first = (await web.get("/v1/directions?text=tim", SON_LA)).record(Directions)
    assert [one.id for one in first.items] == [7]
    second = (await web.get(f"/v1/directions?text=tim&cursor={first.cursor}", SON_LA)).record(Directions)
    assert ([one.id for one in second.items], second.cursor) == ([1], "")


async def registered(web: Web, sent: wire.Submitted, number: int) -> None:
    await web.take(SON_LA, sent)
    message = await web.hub.exchange.find(sent.message.id)
    year = vietnam_date(web.axis.clock()).year
    row = MailRow(agency=SON_LA, message=message.number, stage=Stage.IN_HAND, year=year, number=number)
    await web.store.write(lambda tx: tx.put_mail(row))


async def test_a_wrong_line_is_struck_and_the_right_one_stands_after_it(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, HA_NOI, subject="Điều động")
    other = await web.send(VPCP, SON_LA, subject="Khác")
    await registered(web, sent, 1287)
    wanted = {"document": sent.message.id, "book": "in", "cells": {"unit": "Phòng A"}, "reason": "Ghi thiếu"}
    first = (await web.call("POST", "/v1/corrections", SON_LA, json=wanted)).record(Correction)
    assert (first.was, first.cells) == ({"unit": ""}, {"unit": "Phòng A"})
    second = await web.call(
        "POST", "/v1/corrections", SON_LA, json=wanted | {"cells": {"unit": EVIL, "remark": "x"}, "reason": "Nhầm"}
    )
    assert second.record(Correction).was["unit"] == "Phòng A"
    body = (await web.get("/v1/documents:export?book=in", SON_LA)).body.decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(body, newline=""))
    assert [(row[1], row[6]) for row in rows[:3]] == [("1287", ""), ("1287", "Phòng A"), ("1287", f"'{EVIL}")]
    assert ["đã gạch" in row[9] for row in rows] == [True, True, False, False]
    assert "sửa lần 2" in rows[2][9]
    assert "Nhầm" in rows[2][9]
    assert "Khác" in rows[3][5]
    lines = (await web.get("/v1/documents:export?book=in&format=jsonl", SON_LA)).body.splitlines()
    told = msgspec.json.decode(lines[0], type=ExportLine)
    assert (told.arrival, len(told.corrections)) == (1287, 2)
    for who in (HA_NOI, VPCP):
        assert "Phòng A" not in (await web.get("/v1/documents:export?book=in", who)).body.decode()
    assert "Phòng A" not in (await web.get(f"/v1/documents:export?book=in&agency={SON_LA}", AUDITOR)).body.decode()
    assert len((await web.get("/v1/corrections", SON_LA)).record(Corrections).items) == 2
    assert (await web.get("/v1/corrections", HA_NOI)).record(Corrections).items == []
    for cells, reason in (({"number": "1"}, "x"), ({"unit": EVIL}, "x"), ({"unit": "y"}, " "), ({"signed": "x"}, "x")):
        wrong = await web.call("POST", "/v1/corrections", SON_LA, json=wanted | {"cells": cells, "reason": reason})
        assert wrong.status == 400, cells
    for dated, status in {
        "99/99/9999": 400,
        "31/02/2026": 400,
        "hôm qua": 400,
        "2/9/2026": 201,
        "2026-11-22": 201,
    }.items():
        answer = await web.call("POST", "/v1/corrections", SON_LA, json=wanted | {"cells": {"dated": dated}})
        assert answer.status == status, dated
    foreign = await web.call("POST", "/v1/corrections", VPCP, json=wanted)
    assert foreign.status in (400, 404)
    out = {"document": sent.message.id, "book": "out", "cells": {"copies": "5"}, "reason": "x"}
    assert (await web.call("POST", "/v1/corrections", VPCP, json=out)).status == 201
    assert (await web.call("POST", "/v1/corrections", SON_LA, json=out)).status in (400, 404)
    assert other.message.id


async def test_a_document_is_found_by_the_number_under_which_it_was_registered(web: Web) -> None:
    sent, other = await web.send(VPCP, SON_LA, subject="Điều động"), await web.send(VPCP, SON_LA)
    await registered(web, sent, 1287)
    await registered(web, other, 1288)
    year = vietnam_date(web.axis.clock()).year
    for query, found in {
        "1287": [sent],
        f"1288/{year}": [other],
        f"1288/{year - 1}": [],
        "1289": [],
        "0": [],
        "1287&text=dieu+dong": [sent],
        "1288&text=dieu+dong": [],
        "1287&state=waiting": [],
    }.items():
        told = (await web.get(f"/v1/documents?arrival={query}", SON_LA)).record(wire.Found)
        assert [item.message.id for item in told.items] == [one.message.id for one in found], query
    assert (await web.get("/v1/documents?arrival=1287", VPCP)).record(wire.Found).items == []
    for who in (OPERATOR, AUDITOR):
        assert (await web.get("/v1/documents?arrival=1287", who)).status == 400
    for wrong in ("x", "1/", "/2026", "-1", "1" * 12):
        assert (await web.get(f"/v1/documents?arrival={wrong}", SON_LA)).status == 400, wrong


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200b", "\x07", "\x1b", "\x85", "\ufeff"])
async def test_no_field_of_the_desk_keeps_a_letter_that_hides(web: Web, letter: str) -> None:
    """Nor one that turns the others round: refused with the field, the character and its place."""
    sent = await web.send(VPCP, SON_LA)
    evil = f"Chi{letter}nh"
    texts = ("number", "notation", "place", "kind", "subject", "position", "signer", "answers", "of", "reason")
    letters: list[dict[str, object]] = [{name: evil} for name in texts]
    letters += [{"to": [evil]}, {"files": [{"name": evil, "data": ""}]}]
    places = {"to": "to[0]", "files": "files[0].name"}
    direction = {"document": sent.message.id, "leader": "a", "lead": "b", "what": "c"}
    wrong = {"document": sent.message.id, "book": "in", "cells": {"unit": "x"}, "reason": "y"}
    calls = [
        ("PUT", "/v1/drafts", SON_LA, {"letter": one}, places.get(name := next(iter(one)), name)) for one in letters
    ]
    calls += [
        ("POST", "/v1/directions", SON_LA, direction | {f: evil}, f) for f in ("leader", "lead", "support", "what")
    ]
    calls += [
        ("POST", "/v1/corrections", SON_LA, wrong | {"cells": {"unit": evil}}, "unit"),
        ("POST", "/v1/corrections", SON_LA, wrong | {"reason": evil}, "reason"),
        ("PUT", "/v1/groups", SON_LA, {"name": evil, "members": [VPCP]}, "name"),
        ("POST", "/v1/maintenance", OPERATOR, {"on": True, "reason": evil}, "reason"),
    ]
    for method, path, who, body, field in calls:
        answer = await web.call(method, path, who, json=body)
        if letter == "\x85" and field == "name" and path == "/v1/groups":
            continue  # a blank of Unicode's, which a name has one of at most
        assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID"), (path, field)
        assert f"{field}: U+{ord(letter):04X}, 4" in answer.problem.found, (path, field)
        assert "ký tự ẩn" in answer.problem.vi
    assert not (await web.get("/v1/maintenance")).record(MaintenanceState).on


async def test_what_is_laid_out_in_lines_stays_so(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    what = "Một\n\tHai"
    made = await web.call("POST", "/v1/directions", SON_LA, json=a_direction(sent.message.id, what=what))
    assert made.record(Direction).what == what


@pytest.mark.parametrize(
    "name", ["tất cả xã", "TẤT CẢ  XÃ", "tat ca xa", "Tất-cả-xã", "communes", "All Communes", "cac so ban nganh", "…"]
)
async def test_no_group_is_named_like_one_of_the_directory(web: Web, name: str) -> None:
    answer = await web.call("PUT", "/v1/groups", SON_LA, json={"name": name, "members": [VPCP]})
    assert (answer.status, answer.problem.code) == (400, "REQUEST_GROUP_NAME"), name
    assert (
        await web.call("PUT", "/v1/groups", SON_LA, json={"name": f"{name} miền núi x", "members": [VPCP]})
    ).status == 200


async def test_a_draft_has_four_megabytes_of_files_as_they_are(web: Web) -> None:
    """Not of the base64 in which they travel."""

    async def kept(size: int) -> Answer:
        data = base64.b64encode(bytes(size)).decode()
        body = io.BytesIO(msgspec.json.encode({"letter": {"files": [{"name": "a", "data": data}]}}))
        return await web.call("PUT", "/v1/drafts", SON_LA, data=body, headers={"Content-Type": "application/json"})

    whole = (await kept(drafts.MOST_ONE)).record(LetterDraft)
    assert whole.files == 1
    over = await kept(drafts.MOST_ONE + 1)
    assert (over.status, over.problem.code) == (413, "REQUEST_TOO_LARGE")
    assert (await web.call("DELETE", f"/v1/drafts/{whole.id}", SON_LA)).status == 200


async def test_what_stops_a_clerk_says_what_to_do(web: Web) -> None:
    first = (await save(web, SON_LA, "V/v một")).record(LetterDraft)
    stale = {"letter": {"subject": "V/v hai"}, "id": first.id, "saved_at": "2020-01-01T00:00:00.000Z"}
    told = (await web.call("PUT", "/v1/drafts", SON_LA, json=stale)).problem
    assert (told.status, told.code) == (409, "CONFLICT_DRAFT")
    assert "cửa sổ khác" in told.hint_vi
    assert "another window" in told.hint_en
