"""Many documents, statuses or acknowledgements in one call: each with its outcome, as if it had come alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from hub.core import wire
from hub.core.evidence.format import Kind, decode
from hub.core.evidence.receipt import parse
from hub.core.framing import MEDIA, framed
from hub.core.model import Priority, StatusCode
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, digest, priority
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/v1/documents:batch"


async def batch(web: Web, body: bytes, who: str = VPCP, path: str = PATH, **headers: str) -> Answer:
    return await web.call("POST", path, who, data=BytesIO(body), headers={"Content-Type": MEDIA} | headers)


def told(answer: Answer) -> tuple[list[wire.BatchLine], wire.BatchEnd]:
    """The outcomes by index, and the end."""
    assert answer.status == 200, (answer.status, answer.body[:400])
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = [msgspec.json.decode(line, type=wire.BatchLine) for line in answer.body.splitlines()]
    *items, last = lines
    assert last.end is not None
    assert all(line.end is None and (line.submitted is None) != (line.problem is None) for line in items)
    assert sorted(line.index for line in items if line.index is not None) == list(range(last.end.items))
    end = last.end
    assert end.accepted + end.repeated + end.refused == end.items
    return sorted(items, key=lambda line: line.index or 0), end


def fresh(web: Web, count: int, sender: str = VPCP, to: Sequence[str] = (SON_LA,), **changes: object) -> list[bytes]:
    return [web.axis.sign(web.axis.document(sender, to, **changes)) for _ in range(count)]


def codes(lines: list[wire.BatchLine]) -> list[str]:
    return [line.problem.code if line.problem else str(line.status) for line in lines]


async def test_each_is_accepted_in_its_order_with_its_receipt(web: Web) -> None:
    documents = fresh(web, 10)
    lines, end = told(await batch(web, framed(documents)))
    assert end == wire.BatchEnd(items=10, accepted=10, repeated=0, refused=0)
    leaves = []
    for line, data in zip(lines, documents, strict=True):
        assert (line.status, line.submitted is not None) == (201, True)
        assert line.submitted is not None
        assert line.submitted.message.sha256 == digest(data)
        leaves.append(parse(line.submitted.receipt.encode()).index)
    assert leaves == sorted(leaves)


async def test_the_same_batch_again_gives_the_earlier_receipts_and_so_does_a_single(web: Web) -> None:
    documents = fresh(web, 3)
    first, _ = told(await batch(web, framed(documents)))
    again, end = told(await batch(web, framed([*documents, *fresh(web, 1)])))
    assert (end.repeated, end.accepted) == (3, 1)
    for before, after, data in zip(first, again, documents, strict=False):
        assert before.submitted is not None
        assert after.submitted is not None
        assert (after.status, after.submitted.repeated) == (200, True)
        assert after.submitted.receipt == before.submitted.receipt
        assert (await web.submit(data, VPCP)).record(wire.Submitted).receipt == before.submitted.receipt


async def test_one_that_is_refused_does_not_touch_its_neighbours(web: Web) -> None:
    good = fresh(web, 2)
    changed = fresh(web, 1)[0].replace("rà soát".encode(), b"ra soat")
    others = fresh(web, 1, MAI_SON)
    lines, end = told(await batch(web, framed([good[0], changed, b"", b"<a/>", *others, good[1]])))
    assert codes(lines) == [
        "201",
        "SIGNATURE_DIGEST_MISMATCH",
        "FORMAT_MALFORMED_XML",
        "FORMAT_NOT_EDXML",
        "ROUTING_SENDER_NOT_ALLOWED",
        "201",
    ]
    assert (end.accepted, end.refused, end.problem) == (2, 4, None)
    for line in lines:
        if line.problem is not None:
            assert line.problem.status == line.status
            assert parse(line.problem.receipt.encode()).evidence


async def test_twice_within_one_batch_is_the_same_document(web: Web) -> None:
    (data,) = fresh(web, 1)
    lines, end = told(await batch(web, framed([data] * 6)))
    assert codes(lines) == ["201", *["200"] * 5]
    assert (end.accepted, end.repeated) == (1, 5)
    assert len({line.submitted.receipt for line in lines if line.submitted}) == 1


async def test_lanes_change_nothing_of_the_order_within_a_batch(web: Web) -> None:
    mixed = [
        web.axis.sign(web.axis.document(VPCP, [SON_LA], other=priority(p)))
        for p in (Priority.NORMAL, Priority.EXPRESS, Priority.NORMAL, Priority.URGENT, Priority.EXPRESS)
    ]
    lines, _ = told(await batch(web, framed(mixed)))
    assert [line.submitted.message.priority for line in lines if line.submitted] == [0, 3, 0, 1, 3]
    leaves = [parse(line.submitted.receipt.encode()).index for line in lines if line.submitted]
    assert leaves == sorted(leaves)


async def test_statuses_of_one_document_go_on_record_one_after_another(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    order = (StatusCode.ACCEPTED, StatusCode.ASSIGNED, StatusCode.IN_PROGRESS, StatusCode.FINISHED)
    statuses = [web.status(SON_LA, code, sent) for code in order]
    lines, _ = told(await batch(web, framed(statuses), SON_LA, "/v1/statuses:batch"))
    assert [(line.status, line.submitted.message.status_code) for line in lines if line.submitted] == [
        (201, code.value) for code in order
    ]
    assert {line.submitted.message.about for line in lines if line.submitted} == {sent.message.id}


async def test_statuses_in_the_wrong_order_are_refused_as_alone(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    statuses = [web.status(SON_LA, code, sent) for code in (StatusCode.FINISHED, StatusCode.ACCEPTED)]
    lines, _ = told(await batch(web, framed(statuses), SON_LA, "/v1/statuses:batch"))
    other = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, other)
    one_by_one = [
        (await web.submit(web.status(SON_LA, code, other), SON_LA, "/v1/statuses")).status
        for code in (StatusCode.FINISHED, StatusCode.ACCEPTED)
    ]
    assert [line.status for line in lines] == one_by_one


@pytest.mark.parametrize(
    "body",
    [b"", b"\n", b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n", b"<edXML/>", b"9" * 100_000],
)
async def test_hostile_framing_is_one_problem(web: Web, body: bytes) -> None:
    answer = await batch(web, body)
    assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID")


async def test_framing_that_breaks_later_tells_what_was_done_before(web: Web) -> None:
    documents = fresh(web, 2)
    lines, end = told(await batch(web, framed(documents) + b"12x\n"))
    assert (codes(lines), end.items) == (["201", "201"], 2)
    assert end.problem is not None
    assert (end.problem.code, end.problem.status) == ("REQUEST_INVALID", 400)
    lines, end = told(await batch(web, framed(documents) + b"5000\n<edXML"))
    assert codes(lines) == ["200", "200"]
    assert end.problem is not None
    assert (end.problem.expected, end.problem.found) == ("5000 bytes of item 2", "6 bytes")


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
async def test_agencies_only(web: Web, who: str) -> None:
    for path in (PATH, "/v1/statuses:batch", "/v1/inbox/acknowledge:batch"):
        assert (await batch(web, b"", who, path)).status == 403


async def test_a_path_with_an_escaped_colon_is_the_same(web: Web) -> None:
    lines, _ = told(await batch(web, framed(fresh(web, 1)), path="/v1/documents%3Abatch"))
    assert codes(lines) == ["201"]


# acknowledgements


async def test_acknowledgements_of_several_mailboxes_each_with_its_outcome(web: Web) -> None:
    one, two = await web.send(VPCP, SON_LA), await web.send(VPCP, HA_NOI)
    items = [{"message": m.message.id, "sha256": m.message.sha256} for m in (one, two)]
    requests = [
        {"items": [items[0]]},
        {"agency": HA_NOI, "items": [items[1]]},
        {"items": [items[0]]},
        {"items": [items[1]]},
        {},
    ]
    answer = await web.call("POST", "/v1/inbox/acknowledge:batch", SON_LA, json={"requests": requests})
    answers = answer.record(wire.AcknowledgedBatch).answers
    assert [a.problem.code if a.problem else a.items[0].state for a in answers] == [
        "handed_over",
        "ACCESS_FORBIDDEN",
        "handed_over",
        "ACCESS_NOT_FOUND",
        "REQUEST_INVALID",
    ]
    assert [a.status for a in answers] == [200, 403, 200, 404, 400]
    assert [i.repeated for a in answers for i in a.items] == [False, True]
    assert answers[0].items[0].receipt == answers[2].items[0].receipt


@pytest.mark.parametrize("count", [0, 65])
async def test_as_many_acknowledgements_as_are_told(web: Web, count: int) -> None:
    body = {"requests": [{"signed": "x"}] * count}
    assert (await web.call("POST", "/v1/inbox/acknowledge:batch", SON_LA, json=body)).status == 400


# bounds


async def test_bounded_in_items_and_bytes(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, batch_items=3, batch_bytes=60_000, document_bytes=20_000) as web:
        documents = fresh(web, 4)
        lines, end = told(await batch(web, framed(documents)))
        assert codes(lines) == ["201"] * 3
        assert end.problem is not None
        assert (end.problem.code, end.problem.expected) == ("REQUEST_TOO_LARGE", "at most 3 items")
        large = fresh(web, 1)[0] + b" " * 20_000
        lines, end = told(await batch(web, framed([large, documents[3]])))
        assert (codes(lines), end.problem) == (["REQUEST_TOO_LARGE", "201"], None)
        answer = await batch(web, framed([b" " * 19_000] * 4))
        assert (answer.status, answer.problem.code) == (413, "REQUEST_TOO_LARGE")
        await until(lambda: web.bodies.in_memory == web.bodies.in_spool == 0)
        assert list(web.spool.iterdir()) == []


async def test_a_million_empty_items_are_refused_by_their_number(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, batch_items=8, refusals_per_hour=5) as web:
        lines, end = told(await batch(web, b"0\n" * 1_000_000))
        assert codes(lines) == ["FORMAT_MALFORMED_XML"] * 5 + ["LIMIT_REFUSALS"] * 3
        assert end.problem is not None
        assert end.problem.code == "REQUEST_TOO_LARGE"
        (good,) = fresh(web, 1)
        assert codes(told(await batch(web, framed([b"", good])))[0]) == ["LIMIT_REFUSALS", "201"]


async def test_no_way_around_the_rate_of_requests(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, requests_per_second=1, burst=4) as web:
        await web.token(VPCP)  # one
        lines, end = told(await batch(web, framed(fresh(web, 6))))
        assert codes(lines) == ["201"] * 3
        assert end.problem is not None
        assert (end.problem.code, end.problem.status) == ("LIMIT_TOO_MANY", 429)
        assert end.problem.retry_after > 0
        assert (await web.submit(b"", VPCP)).status == 429
        assert (await web.submit(b"", SON_LA)).status == 400


async def test_no_way_around_the_processors_bill(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, caller_ms_per_second=1, caller_ms_burst=6) as web:
        documents = fresh(web, 60)
        _, end = told(await batch(web, framed(documents)))
        assert 0 < end.accepted < 60
        assert end.problem is not None
        assert end.problem.code == "LIMIT_TOO_MANY"
        assert "ms of the processor" in end.problem.expected
        again = await batch(web, framed(documents))
        assert (again.status, again.problem.code) == (429, "LIMIT_TOO_MANY")


async def test_no_way_around_the_bytes_of_a_caller(tmp_path: Path, keys: Path) -> None:
    small = {"document_bytes": 40_000, "batch_bytes": 40_000, "bytes_per_second": 1, "bytes_burst": 40_000}
    async with a_web(tmp_path, keys, **small) as web:
        documents = fresh(web, 2)
        assert told(await batch(web, framed(documents)))[1].accepted == 2
        answer = await batch(web, framed([b" " * 39_000]))
        assert (answer.status, answer.problem.code) == (429, "LIMIT_TOO_MANY")


async def test_answers_are_on_the_callers_tab(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, answers_in_memory=30_000, answers_per_caller=30_000) as web:
        documents = fresh(web, 20)
        answer = await batch(web, framed(documents))
        assert (answer.status, answer.problem.code) == (429, "LIMIT_TOO_MANY")
        # What was accepted stays so, and can be asked for in smaller portions.
        first, _ = told(await batch(web, framed(documents[:2])))
        assert codes(first) == ["200", "200"]


async def test_a_suspended_agency_is_stopped_in_the_midst(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        documents = framed(fresh(web, 3))
        token = await web.token(VPCP)
        head = f"POST {PATH} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n"
        reader, writer = await asyncio.open_connection(*web.address)
        cut = documents.rindex(b"</edXML")
        writer.write(f"{head}Content-Length: {len(documents)}\r\n\r\n".encode() + documents[:cut])
        async with asyncio.timeout(60):
            while len(await web.store.outbox(VPCP, 10, None)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        agency = msgspec.structs.replace(web.hub.exchange.directory[VPCP], suspended=True)
        await web.hub.exchange.change_directory([agency], "test")
        writer.write(documents[cut:])
        async with asyncio.timeout(60):
            answer = await reader.read()
        writer.close()
        assert answer.count(b'"status":201') == 2
        assert b"ACCESS_UNAUTHENTICATED" in answer


async def test_one_byte_a_second_is_too_slow(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, body_seconds=0.2, body_bytes_per_second=1_000_000) as web:
        (data,) = fresh(web, 1)
        token = await web.token(VPCP)
        head = f"POST {PATH} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Length: 900000\r\n\r\n"
        answer = await web.raw(head.encode() + framed([data]) + b"500\n<")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"status":201' in answer
        assert b"REQUEST_TOO_SLOW" in answer
        await until(lambda: web.bodies.in_memory == 0)


async def test_who_goes_away_leaves_nothing_behind(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        documents = fresh(web, 6)
        token = await web.token(VPCP)
        head = f"POST {PATH} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Length: 900000\r\n\r\n"
        for cut in (10, 5_000, 9_000, 20_000):
            reader, writer = await asyncio.open_connection(*web.address)
            writer.write(head.encode() + framed(documents)[:cut])
            await writer.drain()
            await until(lambda: web.bodies.in_memory > 0 or len(web.bodies.quotas.submissions) > 0)
            writer.transport.abort()
            del reader
            await until(lambda: web.bodies.in_memory == 0 and len(web.bodies.quotas.submissions) == 0)
        lines, _ = told(await batch(web, framed(documents)))
        assert {line.status for line in lines} <= {200, 201}


# the same as one by one


def changes(n: int, document: bytes, others: list[bytes]) -> bytes:
    """One of the ways in which an item may be wrong, or of none."""
    return (
        document,
        document,
        others[0],
        document.replace("rà soát".encode(), b"ra soat"),
        document[: len(document) // 2],
        b"",
        b"<a/>",
    )[n % 7]


@pytest.mark.parametrize("seed", range(4))
async def test_a_batch_ends_as_its_items_one_by_one(tmp_path: Path, keys: Path, seed: int) -> None:
    """Two hubs, the same messages in the same order: the same outcomes, evidence and states."""
    from random import Random

    chance = Random(seed)
    outcomes = []
    async with a_web(tmp_path / "a", keys) as whole, a_web(tmp_path / "b", keys) as single:
        made: list[bytes] = []
        for _ in range(24):
            lane = Priority(chance.choice((0, 0, 0, 1, 3)))
            to = chance.choice(([SON_LA], [SON_LA, CHIENG_MUNG], ["000.00.00.Z98"]))
            document = whole.axis.sign(whole.axis.document(VPCP, to, other=priority(lane)))
            made.append(changes(chance.randrange(7), document, made or [document]))
        lines, _ = told(await batch(whole, framed(made)))
        for data in made:
            answer = await single.submit(data, VPCP)
            outcomes.append(answer.problem.code if answer.status >= 300 else str(answer.status))
        assert codes(lines) == outcomes
        log = await recorded(whole)
        assert log == await recorded(single)
        assert sum(event == "SubmissionAcceptance" for event, _, _ in log) == outcomes.count("201") > 0


async def recorded(web: Web) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """What the log says of messages: event, digest, reasons; times and identifiers differ."""
    found: list[tuple[str, str, tuple[tuple[str, str], ...]]] = []
    start, size = 0, 1 << 60
    while start < size:
        page = (await web.get(f"/v1/audit/leaves?start={start}", AUDITOR)).record(wire.LogObjects)
        for item in page.items:
            if item.kind == Kind.EVIDENCE:
                said = decode(item.object)
                reasons = tuple((reason.code, reason.details) for reason in said.reasons)
                found.append((said.event.short, (said.document_digest() or b"").hex(), reasons))
        start, size = page.items[-1].leaf + 1, min(size, page.size)  # which grows with each look
    return [one for one in found if "Audit" not in one[0]]


async def test_acknowledgements_are_bounded_together(web: Web) -> None:
    body = {"requests": [{"signed": "x" * 300_000}] * 2}
    answer = await web.call("POST", "/v1/inbox/acknowledge:batch", SON_LA, json=body)
    assert (answer.status, answer.problem.code) == (413, "REQUEST_TOO_LARGE")
