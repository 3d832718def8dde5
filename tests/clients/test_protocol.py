"""The client without I/O: what is asked, and what each kind of answer becomes."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import protocol, sse
from clients.errors import Busy, ProblemError, UnexpectedAnswer
from clients.protocol import Call, Request, Response
from hub.core import wire
from hub.core.errors import ProofInvalid
from hub.core.model import MessageKind

UUID = "01a2057f-6f84-80c3-b934-da0000000001"
MESSAGE = wire.Message(
    id=f"urn:uuid:{UUID}",
    kind="document",
    business=0,
    sender="000.00.00.G22",
    document_id="d",
    code="1/A",
    subject="s",
    type_name="Công văn",
    priority=0,
    sha256="0" * 64,
    size=1,
    verdict="VALID",
    accepted_at="2026-11-22T08:00:00.123Z",
    recipients=1,
)
PROBLEM = wire.Problem(
    type="/v1/problems#FORMAT_INVALID_FIELDS",
    title="t",
    status=422,
    code="FORMAT_INVALID_FIELDS",
    fault="sender",
    detail="detail",
    vi="Trường không hợp lệ",
    en="Fields are not valid",
    hint_vi="Sửa",
    hint_en="Mend",
    findings=[wire.Finding(code="N.From", value="", rule="required", clause="QCVN", vi="Thiếu", en="Missing")],
)


def answer(status: int, record: object, media: str = "application/json", **headers: str) -> Response:
    body = record if isinstance(record, bytes) else msgspec.json.encode(record)
    return Response(status, {"content-type": media} | headers, body)


def problem(status: int, **changes: object) -> Response:
    record = msgspec.structs.replace(PROBLEM, status=status, **changes)
    return answer(status, record, "application/problem+json; charset=utf-8")


@pytest.mark.parametrize(
    ("request_", "line", "authorized"),
    [
        (protocol.submit(b"<x/>").request, "POST /v1/documents", True),
        (protocol.submit(b"<x/>", MessageKind.STATUS).request, "POST /v1/statuses", True),
        (protocol.life(f"urn:uuid:{UUID}").request, f"GET /v1/documents/{UUID}", True),
        (protocol.content(UUID).request, f"GET /v1/documents/{UUID}/content", True),
        (protocol.receipt_of(UUID).request, f"GET /v1/documents/{UUID}/receipt", True),
        (protocol.receipt(f"urn:uuid:{UUID}").request, f"GET /v1/receipts/{UUID}", True),
        (
            protocol.inbox("a b", "waiting", 10, "0.5").request,
            "GET /v1/inbox?agency=a+b&state=waiting&limit=10&cursor=0.5",
            True,
        ),
        (protocol.outbox().request, "GET /v1/outbox?limit=50", True),
        (
            protocol.agencies("Sơn La", "commune").request,
            "GET /v1/agencies?text=S%C6%A1n+La&tier=commune&limit=50",
            False,
        ),
        (protocol.agency("../x?y").request, "GET /v1/agencies/..%2Fx%3Fy", False),
        (protocol.figures("2026-11-01").request, "GET /v1/figures?since=2026-11-01", False),
        (protocol.put_agencies([]).request, "PUT /v1/agencies", True),
        (protocol.acknowledge("t").request, "POST /v1/inbox/acknowledge", True),
        (protocol.token("a").request, "POST /v1/token", False),
        (protocol.events("7", "x"), "GET /v1/events?agency=x", True),
    ],
)
def test_each_call_asks_for_its_route(request_: Request, line: str, authorized: bool) -> None:
    assert f"{request_.method} {request_.target}" == line
    assert request_.authorized is authorized


def test_bodies_are_what_the_records_say() -> None:
    fetch = protocol.fetch(7, 30.0, "000.00.00.H52").request
    assert msgspec.json.decode(fetch.body, type=wire.FetchRequest) == wire.FetchRequest(
        limit=7, wait=30.0, agency="000.00.00.H52", content=True
    )
    assert not msgspec.json.decode(protocol.fetch(content=False).request.body, type=wire.FetchRequest).content
    assert fetch.wait == 30.0
    token = json.loads(protocol.token("a.b.c").request.body)
    assert token == {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}
    unsigned = protocol.acknowledge_unsigned([wire.UnsignedItem(message="m", sha256="0" * 64)], "x").request
    assert msgspec.json.decode(unsigned.body, type=wire.AcknowledgeRequest).items[0].message == "m"
    assert protocol.events("7").headers["Last-Event-ID"] == "7"
    assert "Last-Event-ID" not in protocol.events().headers


@pytest.mark.parametrize(("status", "repeated"), [(201, False), (200, True)])
def test_a_submission_is_accepted_new_or_again(status: int, repeated: bool) -> None:
    submitted = wire.Submitted(message=MESSAGE, receipt="r", recipients=["x"], repeated=repeated)
    assert protocol.submit(b"<x/>").read(answer(status, submitted)) == submitted


def test_a_refusal_carries_the_hubs_own_words() -> None:
    with pytest.raises(ProblemError) as caught:
        protocol.submit(b"<x/>").read(problem(422))
    error = caught.value
    assert not isinstance(error, Busy)
    assert (error.code, error.status, error.vi, error.en) == (
        "FORMAT_INVALID_FIELDS",
        422,
        "Trường không hợp lệ",
        "Fields are not valid",
    )
    assert error.hint == ("Sửa", "Mend")
    assert error.problem.findings[0].code == "N.From"


@pytest.mark.parametrize("status", [429, 503])
def test_busy_tells_how_long_to_wait(status: int) -> None:
    with pytest.raises(Busy) as caught:
        protocol.fetch().read(problem(status, retry_after=2.5))
    assert caught.value.retry_after == 2.5


def test_a_proxy_that_says_503_is_busy_too() -> None:
    with pytest.raises(Busy) as caught:
        protocol.fetch().read(answer(503, b"<html>away</html>", "text/html"))
    assert caught.value.code == "HUB_UNAVAILABLE"


@pytest.mark.parametrize(
    "response",
    [
        answer(502, b"<html>Bad gateway</html>", "text/html"),
        answer(404, b"{}", "application/json"),
        answer(404, b"{broken", "application/problem+json"),
        answer(301, b""),
        answer(200, b"{}"),
        answer(200, b"not json"),
        answer(200, b"\xff\xfe"),
        answer(204, b""),
    ],
)
@pytest.mark.parametrize("call", [protocol.submit(b"<x/>"), protocol.outbox(), protocol.token("a")])
def test_what_is_no_answer_of_the_hub_is_said_to_be_none(response: Response, call: Call[object]) -> None:
    with pytest.raises(UnexpectedAnswer):
        call.read(response)


def test_content_must_have_its_digest() -> None:
    body, other = b"<edXML/>", hashlib.sha256(b"other").hexdigest()
    digest = hashlib.sha256(body).hexdigest()
    assert protocol.content(UUID, digest).read(answer(200, body, "application/xml")) == body
    assert protocol.content(UUID).read(answer(200, body, "application/xml", etag=f'"{digest}"')) == body
    for call, etag in (
        (protocol.content(UUID, other), digest),
        (protocol.content(UUID), other),
        (protocol.content(UUID), ""),
    ):
        with pytest.raises(ProofInvalid):
            call.read(answer(200, body, "application/xml", etag=f'"{etag}"'))


def test_a_named_digest_counts_more_than_the_etag() -> None:
    """A hub that changed content and ETag together is found out by the digest of the inbox."""
    forged = b"<forged/>"
    etag = hashlib.sha256(forged).hexdigest()
    with pytest.raises(ProofInvalid):
        protocol.content(UUID, "0" * 64).read(answer(200, forged, "application/xml", etag=f'"{etag}"'))


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (answer(503, b"", **{"retry-after": "7"}), 7.0),
        (answer(503, b"", **{"retry-after": "Sun, 22 Nov 2026 08:00:30 GMT"}), 30.0),
        (answer(503, b"", **{"retry-after": "Sun, 22 Nov 2026 07:00:00 GMT"}), 0.0),
        (answer(503, b"", **{"retry-after": "soon"}), 0.0),
        (answer(503, b"", **{"retry-after": "-5"}), 0.0),
        (answer(503, b""), 0.0),
        (problem(429, retry_after=0.25), 0.25),
    ],
)
def test_retry_after_in_all_its_forms(response: Response, seconds: float) -> None:
    assert protocol.retry_after(response, 1_795_334_400.0) == pytest.approx(seconds)


def test_readiness_is_an_answer_also_when_it_says_no() -> None:
    health = wire.Health(status="closing", version="1", reason="shutting down")
    assert protocol.health().read(answer(503, health)) == health


STREAM = (
    b'\xef\xbb\xbf: hello\n\nevent: arrival\nid: 7\ndata: {"a":\r\ndata: 1}\r\n\r\n'
    b": still here\n\nid: 9\n\nevent: status\rdata:x\r\rretry: 1500\ndata\n\nevent: lost\ndata: never ended"
)
EVENTS = [
    sse.ServerEvent("arrival", "7", '{"a":\n1}'),
    sse.ServerEvent("status", "9", "x"),
    sse.ServerEvent("message", "9", ""),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_an_event_stream_reads_the_same_however_it_is_cut(cuts: list[int]) -> None:
    reader = sse.Reader()
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [event for chunk in chunks for event in reader.feed(chunk)] == EVENTS
    assert (reader.last_id, reader.retry) == ("9", 1.5)


def test_a_line_that_never_ends_is_refused() -> None:
    reader = sse.Reader()
    list(reader.feed(b"data: " + b"x" * 60_000))
    with pytest.raises(UnexpectedAnswer):
        list(reader.feed(b"x" * 60_000))
