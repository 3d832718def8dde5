"""What the axis of the field delivers is accepted here; what is against a rule in it is told to everyone concerned."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hub.core import wire
from hub.core.directory.wire import to_wire
from hub.core.edxml import Code
from hub.core.evidence import format as evidence
from hub.core.evidence import receipt
from hub.core.evidence.format import Event
from hub.core.model import SignaturePolicy, StatusCode
from hub.core.signature import xmldsig
from tests.core.edxml.test_severity import FIELD, HARMLESS
from tests.support.axis import MAI_SON, SON_LA, VPCP, organ
from tests.support.web import OPERATOR, Web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lenient(web: Web, code: str, policy: SignaturePolicy) -> None:
    entry = msgspec.structs.replace(web.hub.exchange.directory[code], signature_policy=policy)
    body = wire.AgencyChanges(agencies=[to_wire(entry)])
    answer = await web.call("PUT", "/v1/agencies", OPERATOR, json=msgspec.to_builtins(body))
    assert answer.status == 200, answer.body


def file_of(name: str) -> bytes:
    return Path(FIELD / f"{name}.edxml").read_bytes()


def reasons(text: str) -> list[tuple[str, str]]:
    """EventReasons of the evidence in a receipt."""
    found = evidence.decode(receipt.parse(text.encode()).evidence)
    return [(reason.code, reason.details) for reason in found.reasons]


@pytest.mark.parametrize("name", HARMLESS)
async def test_accepted_under_record_as_it_is_and_under_strict_once_signed(web: Web, name: str) -> None:
    plain = file_of(name)
    credential = web.credential(VPCP)
    assert (await web.submit(plain, VPCP)).problem.code == "SIGNATURE_ABSENT"
    signed = xmldsig.sign(plain.replace(b"/B-VX</edXML:DocumentId>", b"/B-VX-S</edXML:DocumentId>"), *(
        credential.key, credential.chain
    ))  # fmt: skip
    strict = (await web.submit(signed, VPCP)).record(wire.Submitted)
    await lenient(web, VPCP, SignaturePolicy.RECORD)
    record = (await web.submit(plain, VPCP)).record(wire.Submitted)
    await lenient(web, VPCP, SignaturePolicy.STRICT)
    assert (strict.message.verdict, record.message.verdict) == ("VALID", "ABSENT")
    for answer in (strict, record):
        told = [notice for notice in answer.notices if notice.code in HARMLESS[name]]
        assert [notice.code for notice in told] == HARMLESS[name]
        assert all((n.vi, n.en, n.clause, n.right_vi, n.right_en) for n in told)
        assert reasons(answer.receipt) == [(code, "") for code in HARMLESS[name]]


async def test_sender_recipient_and_evidence_say_the_same(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, code=Code("12345678901234", "VPCP-KSTT"))
    codes = ["R.MessageHeader.Code.CodeNumber"]
    assert [notice.code for notice in sent.notices] == codes
    assert sent.notices[0].subjects == ["12345678901234"]
    for who in (VPCP, SON_LA):
        life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", who)).record(wire.Life)
        (accepted,) = [line for line in life.timeline if line.event == Event.SUBMISSION_ACCEPTANCE.short]
        assert accepted.reasons == codes


async def test_the_same_again_is_told_the_same(web: Web) -> None:
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA], place=""))
    first = (await web.submit(data, VPCP)).record(wire.Submitted)
    again = (await web.submit(data, VPCP)).record(wire.Submitted)
    assert (again.repeated, again.notices) == (True, first.notices)
    assert [notice.code for notice in first.notices] == ["N.MessageHeader.PromulgationInfo.Place"]


async def test_evidence_counts_what_is_told_many_times(web: Web) -> None:
    to = [msgspec.structs.replace(organ(code), email="x" * 200) for code in (SON_LA, MAI_SON)]
    document = msgspec.structs.replace(web.axis.document(VPCP, [SON_LA]), recipients=tuple(to))
    sent = (await web.submit(web.axis.sign(document), VPCP)).record(wire.Submitted)
    assert len(sent.notices) == 2
    assert reasons(sent.receipt) == [("R.MessageHeader.To.Email", "2 times")]


async def test_a_recipient_named_twice_gets_it_once(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, SON_LA)
    assert sent.recipients == [SON_LA]
    assert [(notice.code, notice.subjects) for notice in sent.notices] == [("M.MessageHeader.To.OrganId", [SON_LA])]


async def test_a_status_is_told_of_too(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    status = web.status(SON_LA, StatusCode.ACCEPTED, sent)
    unsigned = status[: status.index(b"<Signature")] + status[status.index(b"</Signature>") + len(b"</Signature>") :]
    long = unsigned.replace("Văn thư".encode(), "Văn thư ".encode() * 30, 1)
    credential = web.credential(SON_LA)
    answer = await web.submit(xmldsig.sign(long, credential.key, credential.chain), SON_LA, "/v1/statuses")
    accepted = answer.record(wire.Submitted)
    assert [notice.code for notice in accepted.notices] == ["R.MessageHeader.StaffInfo.Department"]
    assert ("R.MessageHeader.StaffInfo.Department", "") in reasons(accepted.receipt)
