"""Agencies on pages: a list that stays one page of 100,000, and changes that are shown before they are made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Role
from hub.console import upload
from hub.console.drafts import Draft, Drafts
from hub.core.directory import log as directory_log
from hub.core.errors import BadRequest, NotFound
from hub.core.evidence.format import Kind
from hub.core.model import Agency, Millis, RegisteredCertificate, Tier
from hub.pki.issue import AGENCY, issue
from tests.console.kit import Visitor, a_console
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, NOON, SON_LA, VPCP
from tests.support.web import Answer, Web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def sent(visitor: Visitor, path: str, name: str, data: bytes) -> Answer:
    """A form with a file, with the token of the page that was read last."""
    form = aiohttp.FormData()
    form.add_field("csrf", visitor.last.partition('name="csrf" value="')[2].partition('"')[0])
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    return await visitor.ask("POST", path, data=form)


async def confirmed(visitor: Visitor, answer: Answer, why: str = "") -> Answer:
    assert answer.status == 303, visitor.text
    draft = answer.headers["Location"]
    await visitor.get(draft)
    return await visitor.post(draft, why=why)


async def by_whom(web: Web) -> list[str]:
    rows = await web.store.leaves_of_kind(Kind.DIRECTORY, 0, 1000)
    return [directory_log.decode(row.object).by for row in rows]


async def test_a_change_is_shown_then_made_and_evidence_and_trail_say_by_whom(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get(f"/console/agencies/{SON_LA}/edit")
    fields = {"name": "UBND tỉnh Sơn La (mới)", "tier": "provincial", "code_qd20": "H52", "email": "a@b.vn"}
    answer = await operator.post(f"/console/agencies/{SON_LA}/edit", **fields)
    assert web.hub.exchange.directory[SON_LA].email == "", "nothing is made before it is confirmed"
    await operator.get(answer.headers["Location"])
    assert "UBND tỉnh Sơn La (mới)" in operator.text
    assert "(empty) → a@b.vn" in operator.text
    assert (await confirmed(operator, answer, "theo văn bản 12")).status == 303
    changed = web.hub.exchange.directory[SON_LA]
    assert (changed.name, changed.email) == ("UBND tỉnh Sơn La (mới)", "a@b.vn")
    assert changed.certificates, "what the form does not show stays"
    assert (await by_whom(web))[-1] == "operator:operator session:sample"
    (deed,) = [d for d in await web.store.deeds(20) if d.deed == "directory-changed"]
    assert (deed.account, deed.target, deed.detail) == ("operator", SON_LA, "edit: theo văn bản 12")
    assert (await operator.get(answer.headers["Location"])).status == 404, "it is done once"


async def test_what_is_grave_needs_a_reason(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get(f"/console/agencies/{MAI_SON}")
    answer = await operator.post(f"/console/agencies/{MAI_SON}/suspend", suspended="1")
    assert (await confirmed(operator, answer)).status == 400
    assert not web.hub.exchange.directory[MAI_SON].suspended
    assert (await operator.post(answer.headers["Location"], why="mất khóa")).status == 303
    assert web.hub.exchange.directory[MAI_SON].suspended
    await operator.get(f"/console/agencies/{MAI_SON}?lang=en")
    assert "Suspended" in operator.text
    again = await operator.post(f"/console/agencies/{MAI_SON}/suspend", suspended="0")
    assert (await confirmed(operator, again)).status == 303
    assert not web.hub.exchange.directory[MAI_SON].suspended


async def test_nothing_is_made_upon_entries_that_changed_meanwhile(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get(f"/console/agencies/{MAI_SON}")
    answer = await operator.post(f"/console/agencies/{MAI_SON}/succeed", successor=SON_LA, last_day="2026-12-31")
    directory = web.hub.exchange.directory
    await web.hub.exchange.change_directory([msgspec.structs.replace(directory[MAI_SON], email="x@y.vn")], "test")
    assert (await confirmed(operator, answer, "sáp nhập")).status == 422
    assert web.hub.exchange.directory[MAI_SON].successor == ""
    await operator.get(f"/console/agencies/{MAI_SON}")
    answer = await operator.post(f"/console/agencies/{MAI_SON}/succeed", successor=SON_LA, last_day="2026-12-31")
    assert (await confirmed(operator, answer, "sáp nhập")).status == 303
    assert (web.hub.exchange.directory[MAI_SON].successor, web.hub.exchange.directory[MAI_SON].email) == (
        SON_LA,
        "x@y.vn",
    )


async def test_a_draft_is_its_owners_and_who_only_looks_makes_none(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/agencies/new")
    fields = {"code": "000.00.77.H52", "name": "Sở Mới", "tier": "provincial", "parent": SON_LA}
    answer = await operator.post("/console/agencies/new", **fields)
    await web.hub.accounts.add_samples([("other", Role.OPERATOR, "", "Khác")])
    other = await Visitor(web).enter("other")
    assert (await other.get(answer.headers["Location"])).status == 404
    auditor = await Visitor(web).enter("auditor")
    await auditor.get(f"/console/agencies/{SON_LA}")
    assert "/suspend" not in auditor.last
    assert (await auditor.post(f"/console/agencies/{SON_LA}/suspend", suspended="1")).status == 403
    assert (await confirmed(operator, answer)).headers["Location"] == "/console/agencies/000.00.77.H52"
    assert web.hub.exchange.directory["000.00.77.H52"].parent == SON_LA
    await operator.get("/console/agencies/new")
    assert (await operator.post("/console/agencies/new", **fields)).status == 400, "a code has one entry"
    assert "Sở Mới" in operator.last, "what was typed stays"
    fields |= {"code": "000.00.78.H52", "parent": "000.00.00.H99"}
    assert (await operator.post("/console/agencies/new", **fields)).status == 422
    assert "000.00.00.H99" in operator.text


async def test_a_file_is_previewed_entry_by_entry_and_its_faults_told_by_line(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/agencies/import")
    bad = b"code,name,tier\r\nx y,A,commune\r\n000.00.88.H52,B,village\r\n"
    answer = await sent(operator, "/console/agencies/import", "a.csv", bad)
    assert answer.status == 422
    assert "2 faults to correct" in operator.text
    good = f"code,name,tier,parent\r\n000.00.88.H52,Sở Tám,tỉnh,{SON_LA}\r\n{HA_NOI},UBND TP Hà Nội,provincial,\r\n"
    answer = await sent(operator, "/console/agencies/import", "a.csv", good.encode())
    assert answer.status == 303, operator.text
    await operator.get(answer.headers["Location"])
    for said in (
        "2 entries read",
        "1 new agency",
        "1 agency changes",
        "Sở Tám",
        "→ UBND TP Hà Nội",
        "Change 2 agencies",
    ):
        assert said in operator.text
    assert (await operator.post(answer.headers["Location"], why="")).status == 400
    assert (await operator.post(answer.headers["Location"], why="rà soát")).status == 303
    assert web.hub.exchange.directory[HA_NOI].name == "UBND TP Hà Nội"
    assert web.hub.exchange.directory[HA_NOI].code_qd20 == "H26", "a column that is not there changes nothing"
    await operator.get("/console/agencies/import")
    assert (await sent(operator, "/console/agencies/import", "a.csv", good.encode())).status == 422, "nothing differs"
    assert (await sent(operator, "/console/agencies/import", "a.csv", b"")).status == 400


async def test_reading_a_large_file_is_on_its_operators_bill(tmp_path: Path, keys: Path) -> None:
    lines = [f"{n // 100:03}.{n % 100:02}.00.H99,UBND xã số {n},commune," for n in range(18_000)]
    large = "\r\n".join(["code,name,tier,parent", *lines, "x y,A,commune,"]).encode()
    assert len(large) < 1024 * 1024
    async with a_console(tmp_path / "hub", keys, caller_ms_per_second=10, caller_ms_burst=150) as web:
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/agencies/import")
        assert (await sent(operator, "/console/agencies/import", "a.csv", large)).status == 422
        assert (await operator.get("/console/agencies")).status == 429
        auditor = await Visitor(web).enter("auditor")
        assert (await auditor.get("/console/agencies")).status == 200, "nobody else pays"


async def test_a_certificate_is_added_beside_those_that_are_there(web: Web) -> None:
    profile = web.axis.profile
    made = issue(profile._ca("issuing"), AGENCY, CHIENG_MUNG, "Chiềng Mung", NOON, crl_url="http://crl.invalid/x")
    operator = await Visitor(web).enter("operator")
    page = f"/console/agencies/{CHIENG_MUNG}"
    await operator.get(page)
    chain = b"".join(c.public_bytes(Encoding.PEM) for c in made.chain)
    answer = await sent(operator, f"{page}/certificate", "../../etc/x.pem", chain)
    assert (await confirmed(operator, answer)).status == 303
    held = web.hub.exchange.directory[CHIENG_MUNG].certificates
    assert len(held) == 2
    assert held[1].der == made.certificate.public_bytes(Encoding.DER)
    await operator.get(page)
    assert (await sent(operator, f"{page}/certificate", "x.cer", held[1].der)).status == 422, "it is there"
    for wrong in (b"nonsense", profile._ca("issuing").certificate.public_bytes(Encoding.PEM)):
        await operator.get(page)
        assert (await sent(operator, f"{page}/certificate", "x.cer", wrong)).status in (400, 422)
    await operator.get(page)
    answer = await operator.post(f"{page}/attempt")
    assert answer.status == 200
    assert "it may come in now" in operator.text


async def test_a_form_of_another_site_brings_no_file(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/agencies/import")
    operator.headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await sent(operator, "/console/agencies/import", "a.csv", b"code\r\n")).status == 403
    operator.headers = {"Sec-Fetch-Site": "same-origin"}
    operator.last = ""
    assert (await sent(operator, "/console/agencies/import", "a.csv", b"code\r\n")).status == 403


async def test_100000_agencies_are_one_page_at_a_time(web: Web) -> None:
    many = [
        Agency(code=f"{n:03}.{m:03}.H99", name=f"Xã {n} {m}", tier=Tier.COMMUNE)
        for n in range(100)
        for m in range(1000)
    ]
    exchange = web.hub.exchange
    exchange.directory = exchange.directory.with_changes(many)
    operator = await Visitor(web).enter("operator")
    first = await operator.get("/console/agencies?lang=en")
    assert operator.last.count('<div class="cv"><a href="/console/agencies/') == 50, "lines, each with one link"
    assert len(first.body) < 100_000
    seen: list[str] = []
    for path in ("/console/agencies?q=xa+7", "/console/agencies?tier=commune", f"/console/agencies?parent={SON_LA}"):
        answer = await operator.get(path)
        assert answer.status == 200
        assert len(answer.body) < 100_000
        seen.append(operator.last)
    assert 'rel="next"' in seen[1]
    assert 'rel="next"' not in seen[2]
    cursor = seen[1].partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    await operator.get(cursor)
    assert operator.last != seen[1]
    found = await operator.get("/console/agencies?q=" + "+".join("abcdefghijklmnopqrstuvwxyz"))
    assert found.status == 400, "words are bounded"


def alike(web: Web, count: int) -> list[Agency]:
    """Agencies, each with a certificate of its own that anybody can read and nobody has signed."""
    read = web.credential(VPCP).certificate
    der, serial = read.public_bytes(Encoding.DER), read.serial_number
    end = der.index(serial.to_bytes(serial.bit_length() // 8 + 1, "big")) + serial.bit_length() // 8 + 1
    made = []
    for n in range(count):
        other = der[: end - 4] + n.to_bytes(4, "big") + der[end:]
        held = RegisteredCertificate(sha256=hashlib.sha256(other).hexdigest(), der=other, added=Millis(0))
        made.append(Agency(code=f"{n:06}.H99", name=f"Xã {n}", tier=Tier.COMMUNE, certificates=(held,)))
    return made


async def test_certificates_of_100000_agencies_are_read_once_and_shown_a_page_at_a_time(web: Web) -> None:
    exchange = web.hub.exchange
    exchange.directory = exchange.directory.with_changes(alike(web, 100_000))
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/certificates?window=all&lang=en")
    known = dict(web.hub.alerts._attention.ends.known)
    assert len(known) > 100_000
    for path in ("window=all", "window=all&cursor=99000", "renewed=no&window=all&tier=commune", "lacks=contact"):
        page = "agencies" if "lacks" in path else "certificates"
        answer = await operator.get(f"/console/{page}?{path}&lang=en")
        assert answer.status == 200
        assert len(answer.body) < 100_000
        assert len(set(re.findall(r"/console/agencies/[0-9]{6}\.H99", operator.last))) <= 50
    assert web.hub.alerts._attention.ends.known == known, "a certificate is read once, whoever asks"
    await operator.get("/console/certificates?window=all&cursor=100000")
    assert 'rel="next"' not in operator.last
    assert re.findall(r"/console/agencies/[0-9]{6}\.H99", operator.last)


async def test_the_tree_leads_down_and_up(web: Web) -> None:
    auditor = await Visitor(web).enter("auditor")
    await auditor.get("/console/agencies")
    assert VPCP in auditor.text
    assert MAI_SON not in auditor.text
    await auditor.get(f"/console/agencies?parent={SON_LA}")
    assert MAI_SON in auditor.text
    assert CHIENG_MUNG not in auditor.text
    await auditor.get(f"/console/agencies/{CHIENG_MUNG}")
    assert f'href="/console/agencies/{MAI_SON}"' in auditor.last
    assert (await auditor.get("/console/agencies/000.00.00.H98")).status == 404


def draft(kept: Drafts, name: str, account: str) -> Draft:
    before: dict[str, Agency | None] = {}
    return Draft(
        id=name, account=account, act="edit", back="/", grave=False, new=(), before=before, changes=(), read=0,
        until=kept.until(),
    )  # fmt: skip


def test_drafts_are_few_and_end_by_themselves() -> None:
    now = [0.0]
    kept = Drafts(lambda: now[0])
    for n in range(6):
        kept.add(draft(kept, f"d{n}", "a"))
    kept.add(draft(kept, "e", "b"))
    for name in ("d0", "d1", "e"):
        with pytest.raises(NotFound):
            kept.get(name, "a")
    assert [kept.get(f"d{n}", "a").id for n in range(2, 6)] == ["d2", "d3", "d4", "d5"]
    now[0] = 901.0
    with pytest.raises(NotFound):
        kept.get("d5", "a")


@given(st.binary(max_size=300), st.sampled_from([b"", b'form-data; name="x"', b'form-data; name="f"; filename="a"']))
def test_bytes_of_a_form_are_fields_and_files_or_refused(data: bytes, told: bytes) -> None:
    head = b"--b\r\nContent-Disposition: " + told + b"\r\n\r\n"
    for body in (head + data + b"\r\n--b--\r\n", head + data, data):
        try:
            found = upload.read("multipart/form-data; boundary=b", body)
        except BadRequest:
            continue
        if b"--b" not in data and b"\r\n" not in data and b"x" in told and b"filename" not in told:
            assert found.form.fields["x"].encode() == data
        if b"--b" not in data and data and b"filename" in told:
            assert found.files["f"] == data
