"""Submitting documents and statuses: what is accepted, what is refused and how."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import msgspec
import pytest

from hub.core import edxml, wire
from hub.core.edxml import Attachment
from hub.core.error_records import MOST_FINDINGS
from hub.core.evidence.receipt import parse
from hub.core.model import StatusCode
from hub.core.signature import xmldsig
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, digest, organ
from tests.support.web import Web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_accepted_with_its_receipt(web: Web) -> None:
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA, CHIENG_MUNG]))
    answer = await web.submit(data, VPCP)
    assert answer.status == 201
    submitted = answer.record(wire.Submitted)
    assert answer.headers["Location"] == f"/v1/documents/{bare(submitted.message.id)}"
    assert submitted.message.sha256 == digest(data)
    assert submitted.recipients == [SON_LA, CHIENG_MUNG]
    evidence = json.loads(parse(submitted.receipt.encode()).evidence)
    assert evidence["MessageIdentifier"] == submitted.message.id
    receipt = await web.get(f"{answer.headers['Location']}/receipt", VPCP)
    assert receipt.body.decode() == submitted.receipt


async def test_again_is_the_same_receipt(web: Web) -> None:
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
    first, again = await web.submit(data, VPCP), await web.submit(data, VPCP)
    assert (first.status, again.status) == (201, 200)
    assert again.record(wire.Submitted).repeated
    assert again.record(wire.Submitted).receipt == first.record(wire.Submitted).receipt


async def test_other_bytes_under_the_same_identity_conflict_with_evidence(web: Web) -> None:
    document = web.axis.document(VPCP, [SON_LA])
    await web.submit(web.axis.sign(document), VPCP)
    other = web.axis.sign(document, [Attachment("cid:1", "a.txt", content_type="text/plain", data="chữ".encode())])
    answer = await web.submit(other, VPCP)
    assert (answer.status, answer.problem.code) == (409, "CONFLICT_DOCUMENT_ID")
    assert parse(answer.problem.receipt.encode()).evidence


async def test_every_finding_at_once_in_both_languages(web: Web) -> None:
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA], place="", subject="", content="x" * 600))
    answer = await web.submit(data, VPCP)
    assert (answer.status, answer.problem.code) == (422, "FORMAT_INVALID_FIELDS")
    assert [(f.code, f.severity) for f in answer.problem.findings] == [
        ("N.MessageHeader.Subject", "error"),
        ("N.MessageHeader.PromulgationInfo.Place", "notice"),
        ("R.MessageHeader.Content", "notice"),
    ]
    assert all(f.vi and f.en and f.code[1] == "." for f in answer.problem.findings)
    assert answer.problem.receipt


async def test_of_very_many_findings_a_thousand_are_told(web: Web) -> None:
    """A message of 1 MB can have 120,000, and their answer would be fifty times its size."""
    document = web.axis.document(VPCP, [SON_LA])
    wrong = tuple(msgspec.structs.replace(organ(SON_LA), organ_id="") for _ in range(1_200))
    answer = await web.submit(web.axis.sign(msgspec.structs.replace(document, recipients=wrong)), VPCP)
    assert (answer.status, answer.problem.code) == (422, "FORMAT_INVALID_FIELDS")
    assert len(answer.problem.findings) == MOST_FINDINGS == 1_000
    assert len(answer.problem.found) <= 500
    assert answer.problem.receipt


async def test_for_another_agency(web: Web) -> None:
    answer = await web.submit(web.axis.sign(web.axis.document(VPCP, [SON_LA])), MAI_SON)
    assert (answer.status, answer.problem.code) == (403, "ROUTING_SENDER_NOT_ALLOWED")


async def test_every_recipient_that_cannot_be_served_is_named(web: Web) -> None:
    answer = await web.submit(web.axis.sign(web.axis.document(VPCP, [SON_LA, "000.00.00.Z98", "Z99"])), VPCP)
    assert answer.problem.code == "ROUTING_UNDELIVERABLE"
    assert set(answer.problem.recipients) == {"000.00.00.Z98", "Z99"}


async def test_changed_after_signing(web: Web) -> None:
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
    answer = await web.submit(data.replace("rà soát".encode(), b"ra soat"), VPCP)
    assert (answer.status, answer.problem.code) == (422, "SIGNATURE_DIGEST_MISMATCH")


@pytest.mark.parametrize("body", [b"", b"\x00", b"<a/>", b"\xff\xfe<\x00a\x00/\x00>\x00", b"PK\x03\x04", b"{}"])
async def test_bytes_that_are_no_message(web: Web, body: bytes) -> None:
    answer = await web.submit(body, VPCP)
    assert answer.status in (400, 422)
    assert answer.problem.code.startswith("FORMAT_")


async def test_a_status_is_passed_on_to_the_sender(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    answer = await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent), SON_LA, "/v1/statuses")
    told = answer.record(wire.Submitted)
    assert (answer.status, told.message.kind, told.message.status_code) == (201, "status", "03")
    assert (told.message.about, told.recipients) == (sent.message.id, [VPCP])


async def test_statuses_that_may_not_be(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    vectors = [
        (SON_LA, StatusCode.FINISHED, sent, 409, "STATUS_OUT_OF_ORDER"),
        (HA_NOI, StatusCode.ACCEPTED, sent, 404, "STATUS_UNMATCHED"),  # not even that it exists
        (VPCP, StatusCode.ACCEPTED, sent, 403, "STATUS_NOT_YOURS"),
        (SON_LA, StatusCode.TAKE_BACK, sent, 403, "STATUS_NOT_YOURS"),
    ]
    for sender, code, about, status, expected in vectors:
        answer = await web.submit(web.status(sender, code, about), sender, "/v1/statuses")
        assert (answer.status, answer.problem.code) == (status, expected)
    unknown = web.status(SON_LA, StatusCode.ACCEPTED, sent, document_id="000.00.00.G22,2026/01/01,99999/KHONG")
    answer = await web.submit(unknown, SON_LA, "/v1/statuses")
    assert (answer.status, answer.problem.code) == (404, "STATUS_UNMATCHED")


async def test_content_encoding_is_refused(web: Web) -> None:
    for value in ("gzip", "br", "deflate", "identity, gzip", "\xff"):
        head = (
            f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n"
            f"Content-Encoding: {value}\r\nContent-Length: 4\r\n\r\nabcd"
        )
        answer = await web.raw(head.encode("latin-1"))
        assert answer.startswith(b"HTTP/1.1 415 ")
        assert b"REQUEST_CONTENT_ENCODING" in answer


async def test_a_secret_is_refused_wherever_its_mark_stands(web: Web) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("phụ lục/TỐI MẬT - kế hoạch.docx", b"x")
    own = web.credential(VPCP)
    plain = edxml.build(web.axis.document(VPCP, [SON_LA]), [Attachment("f", "ten.pdf", data=b"%PDF-1.4")])
    zipped = edxml.build(web.axis.document(VPCP, [SON_LA]), [Attachment("f", "a.zip", data=packed.getvalue())])
    first, between, last = plain.split(b"ten.pdf")
    unknown = "<edXML:Secret>Tối mật</edXML:Secret>".encode()
    for data, field in (
        (zipped, "a name inside a zip"),
        (first + b"ten.pdf" + between + "TỐI MẬT - x.pdf".encode() + last, "AttachmentName"),
        (plain.replace(b"</edXML:OtherInfo>", unknown + b"</edXML:OtherInfo>"), "Secret"),
    ):
        answer = await web.submit(xmldsig.sign(data, own.key, own.chain), VPCP)
        assert (answer.problem.code, field in answer.problem.en) == ("FORMAT_STATE_SECRET", True), answer.problem.en
    assert (await web.submit(xmldsig.sign(plain, own.key, own.chain), VPCP)).status == 201
