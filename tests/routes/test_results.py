"""Electronic results over HTTP: registered, verified by strangers, revoked, measured; and leaders who sign."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.model import iso_utc
from hub.core.wire_centre import Centre
from hub.core.wire_results import ResultMeasures, ResultTold, ResultVerified
from hub.core.wire_signatures import LeaderFigures
from tests.exchange.test_bringing import body, dossier
from tests.programmes import on_hub, pdfs
from tests.programmes.on_hub import CODE, packet, pdf, registered, revoked, send, sha256
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERIFY = "/v1/results/verify"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """Their maker has an event loop of its own."""
    return {name: pdfs.FILES[name]() for name in ("valid", "wrong-agency", "one-signature-only", "image-only")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as web:
        on_hub.trusting(web)
        yield web


async def verified(web: Web, **asked: str) -> ResultVerified:
    """As a stranger."""
    return (await web.get(VERIFY, params=asked)).record(ResultVerified)


async def only(web: Web, **asked: str) -> ResultTold:
    (one,) = (await verified(web, **asked)).items
    return one


async def test_from_registration_to_revocation(web: Web, made: dict[str, bytes]) -> None:
    file = made["valid"]
    sent = await send(web, packet(registered(file, file="giay-phep.pdf", last="2027-11-20")), pdf(file))
    assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
    one = await only(web, sha256=sha256(file))
    assert (one.standing, one.same_file, one.whole, one.issuer) == ("valid", True, True, SON_LA)
    assert (one.name, one.last, one.document) == ("Giấy phép xây dựng", "2027-11-20", sent.message.id)
    assert (one.file, one.retrievable) == ("valid", True)
    before = iso_utc(web.axis.clock())
    web.axis.clock.forward(60_000)
    other = await send(web, packet(revoked()), by=HA_NOI)
    assert (await only(web, result=CODE)).standing == "valid"  # of another agency: a fault, and no effect
    act = await send(web, packet(revoked(decision="12/QĐ-UBND")))
    one = await only(web, sha256=sha256(file))
    assert (one.standing, one.reason, one.decision) == ("revoked", "Cấp sai đối tượng", "12/QĐ-UBND")
    assert (one.ended_by, one.since) == (act.message.id, iso_utc(web.axis.clock()))
    assert other.message.id != act.message.id
    past = await only(web, sha256=sha256(file), at=before)
    assert (past.standing, past.later, past.reason) == ("valid", "revoked", "")


async def test_a_number_alone_tells_the_standing_and_no_words(web: Web) -> None:
    file = pdfs.letter() + b"\n% 2"
    code = "H52.01-261120-0002-KQ1"
    tag = "0123456789abcdef"
    owner = {"kind": "citizen", "digest": tag + "0" * 48}
    await send(web, packet(registered(file, code, owner=owner)))
    answer = await web.get(VERIFY, params={"result": "H52.01-261120-0002-KQ(1)"})
    (one,) = answer.record(ResultVerified).items
    assert (one.code, one.standing, one.whole, one.issuer_name) == (code, "valid", False, pdfs.AGENCY)
    for hidden in ("Giấy phép", sha256(file), tag, "document"):
        assert hidden.encode() not in answer.body
    assert (await only(web, result=code, owner=tag)).name == "Giấy phép xây dựng"
    assert not (await only(web, result=code, owner="0" * 16)).whole
    answer = await web.get(VERIFY, params={"result": code, "owner": tag})
    assert owner["digest"].encode() not in answer.body  # what a stranger has is not made more


async def test_what_nobody_registered_is_unknown(web: Web) -> None:
    found = await verified(web, result="H52.01-261120-9999-KQ1")
    assert (found.standing, found.items) == ("unknown", [])
    found = await verified(web, sha256="f" * 64)
    assert (found.standing, found.items) == ("unknown", [])
    # Where a case of another kind is called that, it is no answer.
    assert (await verified(web, result=CODE, sha256="f" * 64)).items[0].same_file is False


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"result": "H52"},
        {"sha256": "F" * 64},
        {"result": CODE, "at": "hôm qua"},
        {"result": CODE, "at": "2099-01-01"},
    ],
)
async def test_odd_questions_are_told_what_is_right(web: Web, asked: dict[str, str]) -> None:
    answer = await web.get(VERIFY, params=asked)
    assert answer.status == 400
    assert answer.problem.expected


@pytest.mark.parametrize("asked", [{"sha256": "F" * 64}, {"sha256": "x"}, {"code": CODE, "owner": "0123"}])
async def test_the_page_says_so_of_a_digest_or_a_tag_that_is_none(web: Web, asked: dict[str, str]) -> None:
    answer = await web.get("/results", params=asked | {"lang": "vi"})
    assert (answer.status, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert 'id="results"' in answer.body.decode(), "its form, to be filled in again"


async def test_a_successor_is_named(web: Web) -> None:
    file = pdfs.letter() + b"\n% 3"
    old, new = "H52.01-261120-0003-KQ1", "H52.01-261120-0003-KQ2"
    await send(web, packet(registered(file, old)))
    await send(
        web,
        packet(registered(file + b"2", new)),
        packet({"packet": "result-succession/1", "code": old, "successor": new}, "b.packet.json"),
    )
    one = await only(web, result=old)
    assert (one.standing, one.successor) == ("superseded", new)


async def test_signatures_stand_beside_the_documents_own_verdict(web: Web, made: dict[str, bytes]) -> None:
    sent = await send(web, pdf(made["wrong-agency"], "a.pdf"), pdf(made["image-only"], "b.pdf"), by=VPCP, to=(SON_LA,))
    assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
    for who in (VPCP, SON_LA, AUDITOR):
        life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", who)).record(wire.Life)
        assert life.message.verdict == "VALID"
        assert life.signatures is not None
        assert (life.signatures.state, life.signatures.bears) == ("read", "leader")
        assert [file.verdict for file in life.signatures.files] == ["wrong-agency", "image-only"]
    plain = await send(web, by=VPCP, to=(SON_LA,))
    assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
    life = (await web.get(f"/v1/documents/{bare(plain.message.id)}", VPCP)).record(wire.Life)
    assert life.signatures == wire.Signatures(state="read")


async def test_leaders_who_sign(web: Web, made: dict[str, bytes]) -> None:
    """Each line is the sum of what it stands for, and an agency is told its own alone."""
    await send(web, pdf(made["one-signature-only"]), by=HA_NOI)
    assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
    found = (await web.get("/v1/leaders", OPERATOR)).record(LeaderFigures)
    lines = {line.key: line for line in found.lines}
    assert (found.state, found.behind) == ("on", 0)
    assert (lines[SON_LA].leader, lines[SON_LA].share_documents) == (1, 1.0)
    assert (lines[HA_NOI].agency, lines[HA_NOI].leader, lines[HA_NOI].share_agencies) == (1, 0, 0.0)
    assert lines[VPCP].leader == 1
    tiers = {tier.key: tier for tier in found.tiers}
    assert (tiers["provincial"].leader, tiers["provincial"].agency) == (1, 1)
    assert (tiers["provincial"].agencies, tiers["provincial"].agencies_signing) == (2, 1)
    assert (found.total.share_documents, found.total.share_agencies) == (0.6667, 0.6667)
    assert tiers["commune"].share_documents is None
    own = (await web.get("/v1/leaders", HA_NOI)).record(LeaderFigures)
    assert [line.key for line in own.lines] == [HA_NOI]
    assert own.total.agency == 1
    none = (await web.get("/v1/leaders?since=2025-01&until=2025-12", AUDITOR)).record(LeaderFigures)
    assert (none.lines, none.total.share_documents) == ([], None)
    page = (await web.get(f"/v1/leaders?limit=1&cursor={VPCP}", OPERATOR)).record(LeaderFigures)
    assert ([line.key for line in page.lines], page.cursor) == ([HA_NOI], HA_NOI)
    assert (await web.get("/v1/leaders?since=2026-12&until=2026-11", OPERATOR)).status == 400
    assert (await web.get(f"/v1/leaders?agency={SON_LA}", MAI_SON)).status == 403


async def test_results_are_measured_by_what_verifies(web: Web) -> None:
    found = (await web.get("/v1/results/measures", OPERATOR)).record(ResultMeasures)
    (line,) = found.lines
    assert (line.key, line.claimed, line.attached, line.signed, line.verified) == (SON_LA, 4, 1, 1, 1)
    assert (found.total.share_signed, found.total.share_verified, found.read) == (0.25, 0.25, True)
    own = (await web.get("/v1/results/measures", HA_NOI)).record(ResultMeasures)
    assert (own.lines, own.total.claimed, own.total.share_signed) == ([], 0, None)


async def test_results_are_measured_by_all_dossiers_that_are_solved(web: Web, made: dict[str, bytes]) -> None:
    """5.92 % and 17.5 %, each with its dossiers. Break it: count a second result of a dossier too."""
    scanned = {"TaiLieuNop": [{"TepDinhKemId": "1", "DuocSoHoa": 1}]}
    linked = {"DanhSachGiayToKetQua": [{"DuongDanTepTinKetQua": "https://x/1.pdf"}]}
    solved = {"DonViXuLy": "H52", "TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261105090000"}
    rows = [dossier(MaHoSo=f"H52-261102-{n:04d}", **solved, **more) for n, more in enumerate((linked, scanned, {}, {}))]
    rows += [dossier(MaHoSo="H52-261102-0009", DonViXuLy="H52", **scanned)]
    rows += [dossier(MaHoSo="H52-261102-0010", **solved | {"TrangThaiHoSo": 8})]
    call = {"data": BytesIO(body(rows)), "headers": {"Content-Type": "application/json"}}
    told = json.loads((await web.call("POST", "/v1/programmes/dossiers/services", SON_LA, **call)).body)
    assert told["error_code"] == "0", told
    assert await web.hub.exchange.following.caught_up(30) == 0  # type: ignore[union-attr]
    found = (await web.get("/v1/results/measures", OPERATOR)).record(ResultMeasures)
    shares = {one.code: (one.part, one.whole, one.percent) for one in found.total.of_dossiers}
    assert shares == {
        "results-verified": (1, 4, 25.0),
        "results-registered": (3, 4, 75.0),
        "results-linked": (1, 4, 25.0),
        "digitised-received": (2, 6, 33.33),
        "digitised-solved": (1, 4, 25.0),
    }, "four results are registered, of three dossiers"
    defined = {one.code: one for one in found.measures}
    assert set(defined) == set(shares)
    assert {one.then for one in found.measures} == {"", "5.92", "17.5"}
    assert all("÷" in one.defined_vi and "÷" in one.defined_en for one in found.measures)
    none = (await web.get("/v1/results/measures", HA_NOI)).record(ResultMeasures)
    assert {one.percent for one in none.total.of_dossiers} == {None}
    centre = (await web.get(f"/v1/centre?parent={SON_LA}", OPERATOR)).record(Centre)
    assert {one.code: (one.part, one.whole, one.percent) for one in centre.shares} == shares
    assert centre.measures == found.measures
    assert (await web.get(f"/v1/centre?parent={HA_NOI}", OPERATOR)).record(Centre).shares[0].whole == 0
