"""What every programme answers over HTTP, with a programme of the tests."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from yarl import URL

from hub.core import edxml, wire, wire_check
from hub.core import wire_programmes as records
from hub.core.edxml import Attachment
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.evidence.format import Event
from hub.core.model import vietnam_date
from hub.programmes.foretelling import offline
from hub.programmes.registry import PROGRAMMES
from tests.core.audit.kit import policy_of
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, NOON, SO_TTTT, SON_LA, VPCP, a_document
from tests.support.counting import Counting
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare

CASES = "/v1/programmes/count/cases"
BOARD = "/v1/programmes/count/board"
NAME = "Việc=1+1/hai 三"
"""A case's name that has to be encoded in an address, and would be a formula in none."""


def rides(tmp_path: Path, keys: Path) -> Any:
    return a_web(tmp_path, keys, programmes={"count": Counting()})


async def send(web: Web, sender: str, to: list[str], *steps: dict[str, Any]) -> wire.Submitted:
    data = json.dumps({"packet": "count/1", "steps": steps}).encode()
    signed = web.axis.sign(web.axis.document(sender, to), [Attachment("1", "a.packet.json", data=data)])
    return (await web.submit(signed, sender)).record(wire.Submitted)


def opens(case: str, **more: Any) -> dict[str, Any]:
    return {"case": case, "act": "open"} | more


async def items(web: Web, path: str, who: str) -> tuple[records.Case, ...]:
    return (await web.get(path, who)).record(records.Cases).items


async def test_a_case_is_told_with_its_events_each_proved_by_a_document(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        first = await send(web, VPCP, [SON_LA, HA_NOI], opens(NAME, due="2026-11-20"))
        (item,) = await items(web, CASES, SON_LA)
        assert (item.id, item.kind, item.state, item.title) == (NAME, "thing", "open", f"Việc {NAME}")
        assert (item.opened, item.due, item.ended, item.late, item.overdue) == (
            "2026-11-20",
            "2026-11-20",
            "",
            None,
            True,
        )
        assert [(p.role, p.agency) for p in item.parties] == [("giver", VPCP), ("doer", HA_NOI), ("doer", SON_LA)]
        second = await send(web, SON_LA, [VPCP], {"case": NAME, "act": "end"})
        life = (await web.get(f"{CASES}/{quote(NAME, safe='')}", SON_LA)).record(records.CaseLife)
        assert (life.case.state, life.case.ended, life.case.late) == ("over", "2026-11-20", False)
        assert [(e.act, e.by, e.document) for e in life.events] == [
            ("open", VPCP, first.message.id),
            ("end", SON_LA, second.message.id),
        ]
        for event in life.events:
            answer = await web.get(f"/v1/documents/{bare(event.document)}/receipt", SON_LA)
            assert receipt.verify(answer.body, policy_of(web.axis)).evidence.message == event.document
        page = (await web.get(f"{CASES}/{quote(NAME, safe='')}?limit=1", SON_LA)).record(records.CaseLife)
        assert len(page.events) == 1
        rest = await web.get(f"{CASES}/{quote(NAME, safe='')}?limit=1&after={page.after}", SON_LA)
        assert rest.record(records.CaseLife).events == life.events[1:]


async def test_who_is_no_party_cannot_tell_a_case_from_none(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        await send(web, VPCP, [SON_LA], opens("first-one"))
        assert await items(web, CASES, HA_NOI) == ()
        there, nowhere = await web.get(f"{CASES}/first-one", HA_NOI), await web.get(f"{CASES}/other-one", HA_NOI)
        assert there.status == nowhere.status == 404
        assert there.body.replace(b"first-one", b"other-one") == nowhere.body
        assert (await web.get(f"{CASES}?agency={SON_LA}", HA_NOI)).status == 403


async def test_an_operator_sees_no_word_and_an_auditor_all_on_record(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        await send(web, VPCP, [SON_LA], opens("a"), {"case": "b", "act": "end"})
        (routed,) = await items(web, CASES, OPERATOR)
        assert (routed.id, routed.state, routed.title) == ("a", "open", "")
        life = (await web.get(f"{CASES}/a", OPERATOR)).record(records.CaseLife)
        assert life.case.body is None
        assert life.events[0].body is None
        (told,) = (await web.get("/v1/programmes/count/faults", OPERATOR)).record(records.RiddenFaults).items
        assert (told.code, told.found, told.en) == ("COUNT_NONE", "", "There is no such thing")
        before = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
        (whole,) = await items(web, f"{CASES}?state=open", AUDITOR)
        assert whole.title == "Việc a"
        (leaf,) = await web.store.leaves(before, 9)
        evidence = ev.decode(leaf.object)
        assert evidence.event == Event.EVIDENCE_EXPORTED
        assert '"programme":"count"' in str(evidence.reasons)


async def test_cases_are_filtered_and_come_page_by_page(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        await send(web, VPCP, [SON_LA], *(opens(f"{n}", due=f"2026-11-{10 + n}") for n in range(9)))
        await send(web, VPCP, [SON_LA], {"case": "3", "act": "move", "state": "waiting"}, {"case": "4", "act": "end"})

        async def ids(query: str) -> list[str]:
            found, cursor = [], ""
            while True:
                page = (await web.get(f"{CASES}?{query}&limit=2&cursor={cursor}", SON_LA)).record(records.Cases)
                found += [one.id for one in page.items]
                cursor = page.cursor
                if not cursor:
                    return found

        assert await ids("") == list("876543210")
        assert await ids("state=waiting") == ["3"]
        assert await ids("stands=ended") == ["4"]
        assert await ids("stands=open&role=doer") == list("87653210")
        assert await ids("role=giver") == []
        assert await ids("sort=due") == list("0125678")
        web.axis.clock.now -= 6 * 86_400_000
        assert await ids("stands=overdue") == list("0125")
        for bad in ("role=x", "state=x", "cursor=x", "cursor=2026-11-22,", "stands=ended&sort=due", "limit=0"):
            answer = await web.get(f"{CASES}?{bad}", SON_LA)
            assert answer.status == 400, bad


async def test_a_table_is_safe_for_a_spreadsheet(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        await send(web, VPCP, [SON_LA], opens("=1+1"), opens("@x"), opens("a"))
        answer = await web.get(f"{CASES}?format=csv&lang=en&limit=2", SON_LA)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        assert rows[0][:3] == ["Case", "Kind", "State"]
        assert [row[0] for row in rows[1:]] == ["a", "'@x"]
        rest = await web.get(f"{CASES}?format=csv&limit=2&cursor={answer.headers['X-Next-Cursor']}", SON_LA)
        assert "'=1+1" in rest.body.decode()


async def test_a_board_adds_up_from_the_country_down_to_a_commune(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        for place, (doer, count) in enumerate({SON_LA: 1, MAI_SON: 2, CHIENG_MUNG: 3, SO_TTTT: 1, HA_NOI: 2}.items()):
            steps = [opens(f"{place}.{n}", due=f"2026-11-{20 + n}") for n in range(count)]
            await send(web, VPCP, [doer], *steps, {"case": f"{place}.0", "act": "end"})

        async def board(who: str, query: str = "") -> records.Board:
            told = (await web.get(f"{BOARD}?role=doer&{query}", who)).record(records.Board)
            for part in (told.lines, told.tiers):
                assert sum(one.total for one in part) == told.total.total
                assert sum(one.overdue for one in part) == told.total.overdue
            for one in (told.total, *told.lines, *told.tiers):
                assert one.total == one.open + one.ended == sum(one.states.values())
            return told

        country = await board(OPERATOR)
        assert (country.total.total, country.total.ended, country.total.agencies, country.root) == (9, 5, 5, "")
        assert {one.code: one.total for one in country.lines} == {SON_LA: 7, HA_NOI: 2}
        assert {one.tier: one.total for one in country.tiers} == {"provincial": 4, "district": 2, "commune": 3}
        province = await board(SON_LA)
        assert {one.code: one.total for one in province.lines} == {SON_LA: 1, MAI_SON: 5, SO_TTTT: 1}
        assert province.total == line_of(country, SON_LA, province.total)
        district = await board(SON_LA, f"parent={MAI_SON}")
        assert {one.code: one.total for one in district.lines} == {MAI_SON: 2, CHIENG_MUNG: 3}
        assert (await board(MAI_SON)).total == district.total
        later = await board(AUDITOR, "day=2026-11-22")
        assert later.total.overdue == 3
        assert (await board(AUDITOR, "day=2026-11-23&kind=thing")).total.overdue == 4
        assert (await board(AUDITOR, "kind=other")).total.total == 0
        assert (await web.get(f"{BOARD}?parent={SON_LA}", MAI_SON)).status == 404
        assert (await web.get(f"{BOARD}?parent={HA_NOI}", SON_LA)).status == 404
        assert (await web.get(f"{BOARD}?parent=none", OPERATOR)).status == 404
        assert (await web.get(f"{BOARD}?role=none", OPERATOR)).status == 400
        table = (await web.get(f"{BOARD}?role=doer&format=csv", OPERATOR)).body.decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(table)))[-1] == ["", "Tổng", "", "5", "9", "4", "3", "5", "0"]


def line_of(board: records.Board, code: str, like: records.BoardLine) -> records.BoardLine:
    """That agency's line of a board, named as `like`."""
    (line,) = [one for one in board.lines if one.code == code]
    return msgspec.structs.replace(line, code=like.code, name=like.name, tier=like.tier)


async def test_faults_are_told_to_whom_the_document_concerns(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        sent = await send(web, VPCP, [SON_LA], {"case": "a", "act": "end"}, {"case": "b", "act": "end"})
        await send(web, VPCP, [HA_NOI], {"case": "c", "act": "end"})
        found = (await web.get("/v1/programmes/count/faults", SON_LA)).record(records.RiddenFaults).items
        assert [(one.document, one.code, one.expected, one.found) for one in found] == [
            (sent.message.id, "COUNT_NONE", "a thing", "a"),
            (sent.message.id, "COUNT_NONE", "a thing", "b"),
        ]
        assert found[0].vi.startswith("Không có việc này: cần ")
        page = (await web.get("/v1/programmes/all/faults?limit=1", VPCP)).record(records.RiddenFaults)
        assert [one.found for one in page.items] == ["c"]
        rest = await web.get(f"/v1/programmes/all/faults?limit=1&cursor={page.cursor}", VPCP)
        assert [one.found for one in rest.record(records.RiddenFaults).items] == ["a", "b"]
        assert (await web.get("/v1/programmes/frame/faults", VPCP)).record(records.RiddenFaults).items == ()
        assert (await web.get("/v1/programmes/none/faults", VPCP)).status == 404


async def test_programmes_tell_their_words_and_how_much_they_have(tmp_path: Path, keys: Path) -> None:
    async with rides(tmp_path, keys) as web:
        await send(
            web, VPCP, [SON_LA], opens("a"), opens("b"), {"case": "b", "act": "end"}, {"case": "c", "act": "end"}
        )
        told = (await web.get("/v1/programmes", HA_NOI)).record(records.Programmes)
        (one,) = told.items
        assert (one.name, one.cases, one.open, one.events, one.faults, told.behind) == ("count", 2, 1, 3, 1, 0)
        assert next((word.code, word.vi, word.en) for word in one.states) == ("open", "Mở", "Open")
        assert one.packets == ("count/1",)
        assert "PACKET_JSON" in {word.code for word in told.problems}


@pytest.mark.parametrize("path", ["%00", "a%0Ab", "x" * 400, "%F0%9F%98%80", "..%2F..", "%ED%A0%80"])
async def test_an_odd_name_of_a_case_is_none(tmp_path: Path, keys: Path, path: str) -> None:
    async with rides(tmp_path, keys) as web:
        address = URL(f"{web.url}{CASES}/{path}", encoded=True)
        async with web.session.get(address, headers=await web.headers(VPCP)) as answer:
            assert answer.status in (400, 404)


async def test_what_a_programme_would_find_is_told_before_it_is_sent(tmp_path: Path, keys: Path) -> None:
    """As notices: the document would travel all the same, and then has the same faults on record."""
    async with rides(tmp_path, keys) as web:
        await send(web, VPCP, [SON_LA], opens("a"))
        body = {"packet": "count/1", "steps": [{"case": "a", "act": "open"}, {"case": "b", "act": "end"}]}
        for given, codes in ((body, ["COUNT_TWICE", "COUNT_NONE"]), ({"packet": "count/1"}, ["PACKET_FIELDS"])):
            file = Attachment("1", "a.packet.json", data=json.dumps(given).encode())
            data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [file])
            checked = (await web.submit(data, VPCP, "/v1/check")).record(wire_check.Checked)
            told = [one for one in checked.findings if one.code in codes]
            assert [one.code for one in told] == codes
            assert {one.severity for one in told} == {"notice"}
            assert all(one.vi and one.en and one.rule for one in told)
            assert checked.ok
            sent = (await web.submit(data, VPCP)).record(wire.Submitted)
            again = (await web.submit(data, VPCP)).record(wire.Submitted)
            alone = [code for code in codes if code == "PACKET_FIELDS"]  # that shows without any case
            for answer in (sent, again):
                assert [(one.code, one.clause) for one in answer.notices] == [(code, "count") for code in alone]
                assert all(one.path.startswith("a.packet.json $") and one.vi and one.en for one in answer.notices)
            assert again.receipt == sent.receipt
            found = (await web.get("/v1/programmes/all/faults", VPCP)).record(records.RiddenFaults).items
            assert [one.code for one in found if one.document == sent.message.id] == codes


async def test_no_fault_of_a_packet_or_a_programme_keeps_the_receipt(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it: let an error of reading through. A document that concerns no programme is not read at all."""
    read: list[bytes] = []

    def breaks(data: bytes, *_: object) -> tuple[()]:
        read.append(data)
        raise RuntimeError("broken")

    monkeypatch.setattr("hub.programmes.foretelling.at_once", breaks)
    async with rides(tmp_path, keys) as web:
        plain = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [Attachment("1", "a.pdf", data=b"%PDF-1.4")])
        assert (await web.submit(plain, VPCP)).record(wire.Submitted).notices == []
        assert read == []
        file = Attachment("1", "A.Packet.JSON", data=b"no json")
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [file])
        sent = (await web.submit(data, VPCP)).record(wire.Submitted)
        assert (sent.notices, read) == ([], [data])
        monkeypatch.undo()
        again = (await web.submit(data, VPCP)).record(wire.Submitted)
        assert ([one.code for one in again.notices], again.receipt) == (["PACKET_JSON"], sent.receipt)


async def test_a_document_too_large_to_be_looked_at_says_so(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it: give the answer back as it is. One without data is told of nothing."""
    monkeypatch.setattr("hub.admission.packets._MOST_BYTES", 100)
    async with rides(tmp_path, keys) as web:
        plain = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [Attachment("1", "a.pdf", data=b"%PDF-1.4")])
        assert (await web.submit(plain, VPCP)).record(wire.Submitted).notices == []
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [Attachment("1", "a.packet.json", data=b"no json")])
        (told,) = (await web.submit(data, VPCP)).record(wire.Submitted).notices
        assert told.code == "PACKETS_NOT_READ"
        assert "/v1/programmes/all/faults" in told.vi
        assert "/v1/programmes/all/faults" in told.en
        found = (await web.get("/v1/programmes/all/faults", VPCP)).record(records.RiddenFaults).items
        assert [one.code for one in found] == ["PACKET_JSON"]


async def test_faults_are_filtered_by_code_and_day(tmp_path: Path, keys: Path) -> None:
    """Break it: leave the columns out of the condition, for documents or for their faults."""
    async with rides(tmp_path, keys) as web:
        await send(web, VPCP, [SON_LA], opens("a"), opens("a"), {"case": "b", "act": "end"})

        async def codes(query: str) -> list[str]:
            found = await web.get(f"/v1/programmes/all/faults?{query}", VPCP)
            return [one.code for one in found.record(records.RiddenFaults).items]

        today = vietnam_date(web.axis.clock()).isoformat()
        assert await codes("code=COUNT_NONE") == ["COUNT_NONE"]
        assert await codes("") == await codes(f"day={today}") == ["COUNT_TWICE", "COUNT_NONE"]
        assert await codes(f"day={today}&code=COUNT_TWICE") == ["COUNT_TWICE"]
        assert await codes("day=2020-01-01") == await codes("code=X") == []
        assert (await web.get("/v1/programmes/all/faults?day=x", VPCP)).status == 400


def test_without_a_hub_the_document_alone_is_read() -> None:
    data = edxml.build(a_document(VPCP, [SON_LA], 1, due_date=date(2026, 12, 1), steering_type=1))
    assert [one.code for one in offline(data, PROGRAMMES, NOON)] == ["TASK_NO_CODE"]
    assert offline(edxml.build(a_document(VPCP, [SON_LA], 1)), PROGRAMMES, NOON) == ()
    assert offline(b"<a/>", PROGRAMMES, NOON) == ()
