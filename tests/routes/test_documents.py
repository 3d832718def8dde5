"""Reading: the life of a document, its bytes whole and in part, its receipts; and that strangers learn nothing."""

from __future__ import annotations

import os

import pytest

from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.evidence.receipt import parse
from hub.core.model import StatusCode
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP, digest
from tests.support.web import Answer, Web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_sender_sees_all_a_recipient_its_own_part(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, MAI_SON)
    await web.take(SON_LA, sent)
    path = f"/v1/documents/{bare(sent.message.id)}"
    whole = (await web.get(path, VPCP)).record(wire.Life)
    assert {d.recipient: d.state for d in whole.deliveries} == {SON_LA: "handed_over", MAI_SON: "waiting"}
    assert [(e.event, e.recipient) for e in whole.timeline] == [
        ("SubmissionAcceptance", ""),
        ("ContentHandover", SON_LA),
    ]
    assert whole.timeline[1].countersigned
    part = (await web.get(path, MAI_SON)).record(wire.Life)
    assert [d.recipient for d in part.deliveries] == [MAI_SON]
    assert [e.event for e in part.timeline] == ["SubmissionAcceptance"]
    assert (await web.get(f"/v1/documents/{sent.message.id.upper()}", VPCP)).record(wire.Life) == whole


def same_answer(one: Answer, other: Answer, mine: str, theirs: str) -> bool:
    strip = {"Date"}
    heads = [{k: v for k, v in a.headers.items() if k not in strip} for a in (one, other)]
    return (one.status, heads[0], one.body.replace(mine.encode(), b"")) == (
        other.status,
        heads[1],
        other.body.replace(theirs.encode(), b""),
    )


async def test_another_agencys_document_is_not_told_from_one_that_is_not_there(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    evidence = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life).timeline[0].evidence
    here, gone = bare(sent.message.id), bare(sent.message.id)[:-1] + "f"
    for path in ("/v1/documents/{}", "/v1/documents/{}/content", "/v1/documents/{}/receipt"):
        answers = await web.get(path.format(here), HA_NOI), await web.get(path.format(gone), HA_NOI)
        assert answers[0].problem.code == "ACCESS_NOT_FOUND"
        assert same_answer(*answers, here, gone)
    here, gone = bare(evidence), bare(evidence)[:-1] + "f"
    answers = await web.get(f"/v1/receipts/{here}", HA_NOI), await web.get(f"/v1/receipts/{gone}", HA_NOI)
    assert answers[0].status == 404
    assert same_answer(*answers, here, gone)


@pytest.mark.parametrize(
    "identifier",
    [
        "x",
        "0" * 32,
        "0b8e7e7c-6f0d-4b7e-9a57-6f2f4a5c1d11",
        "{5d0c3f7a-2a7b-4d0c-8b8e-3c1f0e9a7b22}",
        "urn:uuid:urn:uuid:1",
        "%00",
        "%2e%2e",
        "é" * 30,
        "1" * 3_000,
    ],
)
async def test_identifiers_that_are_none(web: Web, identifier: str) -> None:
    for path in ("/v1/documents/{}", "/v1/documents/{}/content", "/v1/documents/{}/receipt", "/v1/receipts/{}"):
        assert (await web.get(path.format(identifier), VPCP)).problem.code == "ACCESS_NOT_FOUND"


async def test_receipts_of_what_concerns_the_caller(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, MAI_SON)
    await web.take(SON_LA, sent)
    timeline = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life).timeline
    accepted, handed = (f"/v1/receipts/{bare(e.evidence)}" for e in timeline)
    for who, path, status in [
        (VPCP, accepted, 200),
        (VPCP, handed, 200),
        (SON_LA, accepted, 200),
        (SON_LA, handed, 200),
        (MAI_SON, accepted, 200),
        (MAI_SON, handed, 404),
        (HA_NOI, accepted, 404),
    ]:
        assert (await web.get(path, who)).status == status, (who, path)
    answer = await web.get(accepted, SON_LA)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert parse(answer.body).index == timeline[0].leaf
    assert answer.body.decode() == sent.receipt
    # An identifier of a message is none of an evidence, and the reverse.
    assert (await web.get(f"/v1/receipts/{bare(sent.message.id)}", VPCP)).status == 404


async def document(web: Web, attached: int) -> tuple[str, bytes]:
    """A document with about `attached` bytes, and its path."""
    attachment = Attachment("cid:1", "so-lieu.bin", content_type="application/octet-stream", data=os.urandom(attached))
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [attachment] if attached else [])
    sent = (await web.submit(data, VPCP)).record(wire.Submitted)
    return f"/v1/documents/{bare(sent.message.id)}/content", data


@pytest.mark.parametrize("attached", [0, 900_000], ids=["in the store", "in a file"])
async def test_content(web: Web, attached: int) -> None:
    path, data = await document(web, attached)
    assert (len(data) > 64 * 1024) is bool(attached)
    whole = await web.get(path, SON_LA)
    etag = f'"{digest(data)}"'
    assert (whole.status, whole.body) == (200, data)
    assert whole.headers["Content-Type"] == "application/xml"
    assert whole.headers["ETag"] == etag
    assert whole.headers["Content-Disposition"].startswith("attachment;")
    assert whole.headers["Accept-Ranges"] == "bytes"
    head = await web.call("HEAD", path, VPCP)
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(data)))
    assert head.headers["ETag"] == etag
    for given in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = await web.get(path, VPCP, headers={"If-None-Match": given})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)
    assert (await web.get(path, VPCP, headers={"If-None-Match": '"x"'})).status == 200


@pytest.mark.parametrize("attached", [0, 300_000], ids=["in the store", "in a file"])
async def test_ranges(web: Web, attached: int) -> None:
    path, data = await document(web, attached)
    size, etag = len(data), f'"{digest(data)}"'
    served = {
        "bytes=0-0": (0, 1),
        "bytes=10-19": (10, 20),
        f"bytes={size - 1}-": (size - 1, size),
        "bytes=-7": (size - 7, size),
        f"bytes=-{size + 100}": (0, size),
        f"bytes=5-{size * 3}": (5, size),
    }
    for asked, (start, stop) in served.items():
        answer = await web.get(path, VPCP, headers={"Range": asked})
        assert (answer.status, answer.body) == (206, data[start:stop]), asked
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        assert answer.headers["ETag"] == etag
    for asked in (f"bytes={size}-", f"bytes={size + 5}-{size + 9}", "bytes=-0"):
        answer = await web.get(path, VPCP, headers={"Range": asked})
        assert (answer.status, answer.body) == (416, b""), asked
        assert answer.headers["Content-Range"] == f"bytes */{size}"
    for ignored in (
        "bytes=0-1,4-5",
        "bytes=9-3",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=" + "9" * 5_000 + "-",
        "",
    ):
        assert (await web.get(path, VPCP, headers={"Range": ignored})).status == 200, ignored
    assert (await web.call("HEAD", path, VPCP, headers={"Range": "bytes=0-0"})).status == 200
    assert (await web.get(path, VPCP, headers={"Range": "bytes=0-0", "If-Range": etag})).status == 206
    assert (await web.get(path, VPCP, headers={"Range": "bytes=0-0", "If-Range": '"other"'})).status == 200


async def test_a_file_that_is_gone_is_an_alarm_and_no_crash(web: Web) -> None:
    path, data = await document(web, 100_000)
    web.hub.exchange.blobs.remove(digest(data))
    answer = await web.get(path, VPCP)
    assert (answer.status, answer.problem.code) == (503, "HUB_INTEGRITY")


async def test_a_document_that_was_taken_back_is_not_read(web: Web) -> None:

    sent = await web.send(VPCP, SON_LA)
    answer = await web.submit(web.status(VPCP, StatusCode.TAKE_BACK, sent), VPCP, "/v1/statuses")
    assert answer.status == 201, answer.body
    answer = await web.get(f"/v1/documents/{bare(sent.message.id)}/content", SON_LA)
    assert (answer.status, answer.problem.code) == (409, "CONFLICT_DELIVERY_STATE")
    assert (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", VPCP)).status == 200
    assert (await web.get(f"/v1/documents/{bare(sent.message.id)}", SON_LA)).record(wire.Life).deliveries[0].state == (
        "taken_back"
    )
