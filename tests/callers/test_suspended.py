"""Suspended means that the agency's keys sign nothing, whoever brings what they signed; whether its centre may read for
it is the policy's word, and the evidence says that it did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.base.config import TierSettings
from hub.base.metrics import Metrics
from hub.core import wire
from hub.core.directory.keys import keys_of
from hub.core.directory.routing import WhileSuspended
from hub.core.errors import Unauthenticated
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Evidence
from hub.core.model import StatusCode
from hub.fronts.hub_side import FrontConnection
from hub.record.acts.delivery import Acknowledge
from hub.record.sequencer import Sequencer
from tests.callers.world import signed_for
from tests.support.axis import MAI_SON, SO_TTTT, VPCP
from tests.support.web import Web, a_web, bare

pytestmark = pytest.mark.asyncio
KEPT = MAI_SON
CENTRE = SO_TTTT


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        await change(opened, centre=CENTRE)
        yield opened


async def change(web: Web, **fields: object) -> None:
    entry = msgspec.structs.replace(web.hub.exchange.directory[KEPT], **fields)
    await web.hub.exchange.change_directory([entry], "test")


async def handed_over(web: Web) -> list[Evidence]:
    leaves = await web.store.leaves(0, 100_000)
    return [ev.decode(leaf.object) for leaf in leaves if leaf.event == Event.CONTENT_HANDOVER.short]


async def acknowledged(web: Web, signed: str) -> int:
    answer = await web.call("POST", "/v1/inbox/acknowledge", CENTRE, json={"agency": KEPT, "signed": signed})
    return answer.status


def by_the_centre(web: Web, sent: wire.Submitted) -> str:
    """What the centre signs, with its own key, in the agency's name."""
    from hub.core.evidence import acknowledgement
    from hub.core.signature import jws

    own = web.credential(CENTRE)
    item = acknowledgement.Item(sent.message.id, sent.message.sha256, acknowledgement.Outcome.CONTENT_HANDOVER)
    book = acknowledgement.Acknowledgement(KEPT, web.axis.clock(), (item,))
    return acknowledgement.sign(book, own.key, jws.key_id(own.certificate))


async def test_its_own_key_signs_no_hand_over_though_its_centre_brings_it(web: Web) -> None:
    sent = await web.send(VPCP, KEPT)
    await web.token(KEPT)
    signed = signed_for(web, KEPT, sent)
    await change(web, suspended=True)
    assert await acknowledged(web, signed) == 422
    assert await handed_over(web) == []
    await change(web, suspended=False)
    assert await acknowledged(web, signed) == 200
    (evidence,) = await handed_over(web)
    assert evidence.reasons == ()


async def test_it_signs_no_status_no_document_and_gets_no_token(web: Web) -> None:
    sent = await web.send(VPCP, KEPT)
    await web.take(KEPT, sent)
    status = web.status(KEPT, StatusCode.ACCEPTED, sent)
    document = web.axis.sign(web.axis.document(KEPT, [VPCP]))
    assertion = web.assertion(KEPT)
    await change(web, suspended=True)
    for who, data, path in (
        (CENTRE, status, "/v1/statuses"),
        (CENTRE, document, "/v1/documents"),
        (KEPT, status, "/v1/statuses"),
    ):
        answer = await web.submit(data, who, path)
        assert answer.problem.code in ("ROUTING_SENDER_NOT_ALLOWED", "ACCESS_UNAUTHENTICATED"), answer.problem
    assert (await web.grant(assertion)).status == 401
    exchange = web.hub.exchange
    assert keys_of(exchange.directory, exchange.anchors, [KEPT], web.axis.clock()) == {}


async def test_its_centre_may_read_with_its_own_key_and_the_evidence_says_so(web: Web) -> None:
    sent = await web.send(VPCP, KEPT)
    await change(web, suspended=True)
    assert (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", CENTRE)).status == 200
    assert await acknowledged(web, by_the_centre(web, sent)) == 200
    (evidence,) = await handed_over(web)
    assert [(r.code, r.details) for r in evidence.reasons] == [("RECIPIENT_SUSPENDED", CENTRE)]
    life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
    assert f"RECIPIENT_SUSPENDED {CENTRE}" in life.timeline[-1].reasons, "the sender is told"


async def test_so_it_does_where_the_centre_cannot_sign(web: Web) -> None:
    sent = await web.send(VPCP, KEPT)
    await change(web, suspended=True)
    item = {"message": sent.message.id, "sha256": sent.message.sha256}
    await web.call("POST", "/v1/inbox/acknowledge", CENTRE, json={"agency": KEPT, "items": [item]})
    (evidence,) = await handed_over(web)
    assert [r.code for r in evidence.reasons] == ["RECIPIENT_SUSPENDED"]
    assert evidence.counter is not None
    assert evidence.counter.absent


async def test_where_the_policy_says_closed_nobody_reads(web: Web) -> None:
    sent = await web.send(VPCP, KEPT)
    exchange = web.hub.exchange
    exchange.directory = exchange.directory.with_policy(TierSettings(suspended=WhileSuspended.CLOSED).policy)
    signed = by_the_centre(web, sent)
    path = f"/v1/documents/{bare(sent.message.id)}/content"
    assert (await web.get(path, CENTRE)).status == 200, "not while it is active"
    await change(web, suspended=True)
    assert (await web.get(path, CENTRE)).status == 404
    assert (await web.get(f"/v1/inbox?agency={KEPT}", CENTRE)).status == 403
    assert await acknowledged(web, signed) == 403
    assert await handed_over(web) == []


async def test_the_hub_looks_again_at_what_a_front_that_does_not_know_yet_passes_on(web: Web) -> None:
    exchange = web.hub.exchange
    assert isinstance(exchange.sequencer, Sequencer)
    visit = FrontConnection("front", exchange, exchange.sequencer, Metrics(), lambda visit: None)
    act = Acknowledge(recipient=KEPT, items=(), signed=b"x", digest="0" * 64)
    visit._check_sender(act)
    await change(web, suspended=True)
    with pytest.raises(Unauthenticated):
        visit._check_sender(act)
    visit._check_sender(msgspec.structs.replace(act, stand_in=CENTRE))


async def test_the_setting_is_the_policy_and_leaves_the_tiers_alone() -> None:
    closed = TierSettings(forbidden=(("commune", "central"),), suspended=WhileSuspended.CLOSED).policy
    assert closed.suspended is WhileSuspended.CLOSED
    assert closed.allowed == TierSettings(forbidden=(("commune", "central"),)).policy.allowed
    assert TierSettings().policy.suspended is WhileSuspended.CENTRE
