"""POST /v1/check: what the hub would say, without taking the message, and bounded like a submission."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from hub.core import wire_check
from hub.core.wire_check import Checked
from hub.routes.check import MOST_BYTES
from tests.core.edxml.test_doctor import DOCUMENT
from tests.support.axis import SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def check(web: Web, data: bytes, who: str | None = VPCP) -> Answer:
    return await web.call("POST", "/v1/check", who, data=BytesIO(data), headers={"Content-Type": "application/xml"})


async def test_it_says_what_the_hub_would_and_keeps_nothing(web: Web) -> None:
    before = (await web.store.last_checkpoint(), await web.get("/log/checkpoint"))
    report = (await check(web, web.axis.sign(web.axis.document(VPCP, [SON_LA], place="")))).record(Checked)
    assert report.ok
    assert [(f.code, f.severity) for f in report.findings] == [("N.MessageHeader.PromulgationInfo.Place", "notice")]
    assert report.signature is not None
    assert (report.signature.verdict, report.signature.registered) == ("VALID", True)
    after = (await web.store.last_checkpoint(), await web.get("/log/checkpoint"))
    assert before[0] == after[0]
    assert before[1].body == after[1].body


async def test_what_is_no_message_is_an_answer_too(web: Web) -> None:
    report = (await check(web, gzip.compress(DOCUMENT))).record(Checked)
    assert (report.ok, [f.code for f in report.findings]) == (False, ["F.GZIP"])
    assert (await check(web, b"")).record(Checked).findings[0].code == "F.EMPTY"


async def test_an_unsigned_one_is_told_so(web: Web) -> None:
    signature = (await check(web, DOCUMENT)).record(Checked).signature
    assert signature == msgspec.structs.replace(
        signature or wire_check.CheckedSignature(verdict=""), verdict="ABSENT", step=5
    )


@pytest.mark.parametrize("who", [None, OPERATOR, AUDITOR])
async def test_only_agencies_ask(web: Web, who: str | None) -> None:
    assert (await check(web, DOCUMENT, who)).status == (401 if who is None else 403)


async def test_what_is_large_is_for_the_command(web: Web) -> None:
    answer = await check(web, b"<" + b" " * MOST_BYTES)
    assert (answer.status, answer.problem.code) == (413, "REQUEST_TOO_LARGE")


async def test_its_time_is_on_the_callers_bill(tmp_path: Path, keys: Path) -> None:
    """Elements cost what they cost here: whoever asks again and again waits, and others do not."""
    many = DOCUMENT.replace(
        b"</edXML:To>", b"</edXML:To>" + b"<edXML:To><edXML:Fax>x</edXML:Fax></edXML:To>" * 20_000, 1
    )
    async with a_web(tmp_path, keys, caller_ms_per_second=1, caller_ms_burst=50) as own:
        first = await check(own, many)
        assert first.status == 200
        again = await check(own, many)
        assert (again.status, again.problem.code) == (429, "LIMIT_TOO_MANY")
        assert (await check(own, DOCUMENT, SON_LA)).status == 200
