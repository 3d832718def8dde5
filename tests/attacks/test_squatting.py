"""Results of others: a number or a file of one agency, named by another to drown its answer to strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core.wire_results import ResultVerified
from tests.programmes.on_hub import packet, pdf, registered, revoked, send, sha256
from tests.support.axis import MAI_SON, SON_LA, VPCP
from tests.support.web import Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")
FILE = b"%PDF the signed file of a result"
CODE = f"{MAI_SON}-261103-0001-KQ1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as web:
        yield web


async def verified(web: Web, **asked: str) -> ResultVerified:
    return (await web.get("/v1/results/verify", params=asked)).record(ResultVerified)


async def test_a_file_that_another_agency_named_first_is_found_at_its_issuer(web: Web) -> None:
    """Twenty numbers of its own, with the digest that it may know from elsewhere, without the file and with it."""
    many = [registered(FILE, f"{VPCP}-261103-{n:04}-KQ1") for n in range(20)]
    packets = [packet(body, f"{n}.packet.json") for n, body in enumerate(many)]
    await send(web, *packets[:10], by=VPCP, to=(SON_LA,))
    assert (await verified(web, sha256=sha256(FILE))).items == []
    web.axis.clock.forward(60_000)
    await send(web, *packets[10:], pdf(FILE), by=VPCP, to=(SON_LA,))
    sent = await send(web, packet(registered(FILE, CODE)), pdf(FILE), by=MAI_SON)
    assert not sent.notices
    found = await verified(web, sha256=sha256(FILE))
    assert {one.issuer for one in found.items[:2]} == {MAI_SON, VPCP}
    (one,) = (await verified(web, sha256=sha256(FILE), result=CODE)).items
    assert (one.issuer, one.standing, one.same_file) == (MAI_SON, "valid", True)


async def test_a_number_of_another_agency_is_told_at_once_and_changes_nothing(web: Web) -> None:
    before = [await verified(web, result=CODE), await verified(web, result=CODE, sha256=sha256(FILE))]
    for body in (registered(FILE, CODE), revoked(CODE)):
        sent = await send(web, packet(body), pdf(FILE), by=VPCP, to=(SON_LA,))
        assert [notice.code for notice in sent.notices] == ["RESULT_NOT_YOURS"]
    after = [await verified(web, result=CODE), await verified(web, result=CODE, sha256=sha256(FILE))]
    assert [one.items for one in after] == [one.items for one in before]
    assert {one.standing for one in after} == {"valid"}


async def test_a_name_that_hides_letters_is_told_at_once_and_is_not_shown(web: Web) -> None:
    code = f"{SON_LA}-261103-0002-KQ1"
    sent = await send(web, packet(registered(FILE + b"2", code, name="\u202e")), pdf(FILE + b"2"))
    assert [notice.code for notice in sent.notices] == ["PACKET_FIELDS"]
    assert (await verified(web, result=code)).items == []
