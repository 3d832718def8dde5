"""Failures by their cause, and certificates by their end: what pages count is what the record holds."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.base.config import MailboxSettings
from hub.console.census import DAY, Failures, Refused
from hub.console.screens import failures
from hub.core.model import Agency, Millis, Tier
from hub.core.report import Expired
from hub.pki import profile as pki
from tests.console.kit import Visitor, a_console
from tests.support.axis import CHIENG_MUNG, HOUR, MAI_SON, SON_LA, VPCP
from tests.support.web import Web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


def test_a_cause_is_held_against_what_is_usual() -> None:
    now = Millis(100 * DAY)
    refused = [Refused(Millis(now - n), "A" if n else "B", "X", n) for n in range(9)]
    refused += [Refused(Millis(now - (n + 1) * DAY - 1), "A", "Y", 9) for n in range(7) for _ in range(10)]
    refused += [Refused(Millis(now - 1), "A", "Y", 9) for _ in range(12)]
    expired = [Expired("C", 15, 1, Millis(now - 7 * DAY), Millis(now - 5)), Expired("D", 1, 0, now, now)]
    found = {f.code: f for f in failures.found(Failures(now, refused, expired, all=True))}
    assert [f.code for f in failures.found(Failures(now, refused, [], all=True))] == ["X", "Y"]
    assert (found["X"].today, found["X"].usual, found["X"].unusual, found["X"].whose[0]) == (9, 0.0, True, ("A", 8))
    assert (found["Y"].today, found["Y"].usual, found["Y"].unusual) == (12, 10.0, False)
    assert (found["EXPIRED"].today, found["EXPIRED"].whose) == (1, [("C", 15), ("D", 1)])
    assert found["EXPIRED"].usual == pytest.approx(15 / 7)


async def test_refusals_are_told_by_cause_in_plain_words_and_lead_to_their_rows(web: Web) -> None:
    for _ in range(3):
        await web.submit(b"<no/>", VPCP)
    altered = web.axis.sign(web.axis.document(VPCP, [SON_LA])).replace("rà soát".encode(), b"ra soat")
    assert (await web.submit(altered, VPCP)).status == 422
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/failures?lang=en")
    assert "Văn phòng Chính phủ (3)" in operator.text
    codes = re.findall(r'href="/console/failures/([A-Z_0-9]+)"', operator.last)
    assert len(codes) == 2
    for code in codes:
        assert code not in operator.text, "words, and no code"
        await operator.get(f"/console/failures/{code}")
        assert code in operator.text
        assert "The sender has to correct it" in operator.text or "The caller" in operator.text
        assert f'href="/console/agencies/{VPCP}"' in operator.last
        assert "ra soat" not in operator.last
    await operator.get(f"/console/agencies/{VPCP}")
    assert f'href="/console/failures/{codes[0]}"' in operator.last
    assert (await operator.get("/console/failures/NO_SUCH")).status == 404


async def test_expiries_lead_from_the_recipient_to_the_document(tmp_path: Path, keys: Path) -> None:
    mailbox = MailboxSettings(warn_hours=(0.02,) * 5, expire_hours=(0.05,) * 5)
    async with a_console(tmp_path / "hub", keys, mailbox=mailbox) as web:
        sent = await web.send(VPCP, MAI_SON, CHIENG_MUNG)
        for _ in range(2):  # a warning, then the end
            web.axis.clock.forward(200_000)
            await web.hub.exchange.sweep()
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/failures?lang=en")
        assert "The recipient did not fetch in time" in operator.text
        await operator.get("/console/failures/EXPIRED")
        assert MAI_SON in operator.last
        await operator.get(f"/console/failures/EXPIRED?agency={MAI_SON}")
        assert sent.message.id.removeprefix("urn:uuid:") in operator.last
        assert sent.message.subject not in operator.last


async def test_certificates_are_listed_by_their_end_and_counted_by_day(web: Web) -> None:
    auditor = await Visitor(web).enter("auditor")
    await auditor.get("/console/certificates?lang=en")
    assert "None ends within 90 days" in auditor.text
    web.axis.clock.forward(705 * 24 * HOUR)
    auditor = await Visitor(web).enter("auditor")
    await auditor.get("/console/certificates?lang=en&window=30&renewed=no&tier=commune")
    assert "Chiềng Mung" in auditor.text
    assert "Sơn La" not in auditor.text
    assert "no new one is registered" in auditor.text
    assert ": 1 agency" in auditor.text  # the picture's title and its twin
    exchange = web.hub.exchange
    second = pki.registered(web.axis.profile.agency(SON_LA), Millis(0))
    held = exchange.directory[CHIENG_MUNG]
    both = msgspec.structs.replace(held, certificates=(*held.certificates, second))
    exchange.directory = exchange.directory.with_changes([both])
    assert (await auditor.get("/console/certificates?window=never")).status == 400


async def test_the_certificates_of_many_are_one_page(web: Web) -> None:
    exchange = web.hub.exchange
    one = exchange.directory[SON_LA].certificates
    many = [Agency(code=f"{n:05}.H99", name=f"Xã {n}", tier=Tier.COMMUNE, certificates=one) for n in range(2_000)]
    exchange.directory = exchange.directory.with_changes(many)
    auditor = await Visitor(web).enter("auditor")
    answer = await auditor.get("/console/certificates?window=all&lang=en")
    assert auditor.text.count("Xã ") <= 50
    assert len(answer.body) < 100_000
    cursor = auditor.last.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    first = re.findall(r"\d{5}\.H99", auditor.text)
    await auditor.get(cursor)
    assert not set(first) & set(re.findall(r"\d{5}\.H99", auditor.text))
