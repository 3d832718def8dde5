"""An operator has documents told of again, or gives their recipients more time: on record, and each by itself."""

from __future__ import annotations

from pathlib import Path

from hub.core import wire
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, Millis, iso_utc
from hub.core.wire_remind import Reminded, RemindedAll
from tests.core.audit.kit import faults_in
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web, a_web

DAY = 86_400_000
CALL = "/v1/deliveries:remind"


async def asked(web: Web, *items: dict[str, str], days: int = 0, reason: str = "mất điện") -> list[Reminded]:
    web.tokens.clear()  # they have ended where the clock went on
    body = {"items": list(items), "days": days, "reason": reason}
    return (await web.call("POST", CALL, OPERATOR, json=body)).record(RemindedAll).items


async def test_each_document_has_its_own_outcome(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        wide, taken = await web.send(VPCP, SON_LA, MAI_SON), await web.send(VPCP, HA_NOI)
        await web.take(SON_LA, wide)
        await web.take(HA_NOI, taken)
        names = (wide.message.id, taken.message.id, "urn:uuid:01a2057f-6f84-80c3-b934-da0000000001")
        told = await asked(web, *({"message": name} for name in names))
        assert [one.recipients for one in told] == [(MAI_SON,), (), ()]
        assert [one.problem.code if one.problem else "" for one in told] == [
            "",
            "CONFLICT_DELIVERY_STATE",
            "ACCESS_NOT_FOUND",
        ]
        (only,) = await asked(web, {"message": wide.message.id, "recipient": SON_LA})
        assert only.problem.code == "CONFLICT_DELIVERY_STATE"
        life = (await web.get(f"/v1/documents/{wide.message.id.removeprefix('urn:uuid:')}", VPCP)).record(wire.Life)
        last = life.timeline[-1]
        assert (last.event, last.recipient) == (Event.HANDOVER_WARNING.short, MAI_SON)
        for who in (VPCP, AUDITOR, None):
            given = {"items": [{"message": names[0]}], "reason": "x"}
            assert (await web.call("POST", CALL, who, json=given)).status in (401, 403)
    assert await faults_in(tmp_path, keys) == []


async def test_more_time_is_evidence_and_nothing_ends_before_it(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        sent = await web.send(VPCP, SON_LA)
        store, exchange = web.store, web.hub.exchange
        (before,) = await store.deliveries(1)
        assert before.ends_at is not None
        (told,) = await asked(web, {"message": sent.message.id}, days=7)
        later = Millis(before.ends_at + 7 * DAY)
        assert told.ends_at == iso_utc(later)
        leaf = (await store.timeline(1))[-1]
        evidence = ev.decode(leaf.object)
        assert (evidence.due, [(r.code, r.details) for r in evidence.reasons]) == (
            iso_utc(later),
            [("DEADLINE_PUT_OFF", "operator:operator mất điện")],
        )
        web.axis.clock.forward(before.ends_at + DAY - web.axis.clock())
        while await exchange.sweep():
            pass
        (row,) = await store.deliveries(1)
        assert (row.state, row.warned) == (DeliveryState.WAITING, True), "warned, and not ended"
        await web.hub.reload()
        (again,) = await asked(web, {"message": sent.message.id}, days=1)
        last = Millis(later + DAY)
        assert again.ends_at == iso_utc(last)
        web.axis.clock.forward(later + 1_000 - web.axis.clock())
        while await exchange.sweep():
            pass
        assert (await store.deliveries(1))[0].state is DeliveryState.WAITING
        web.axis.clock.forward(last + 1_000 - web.axis.clock())
        while await exchange.sweep():
            pass
        assert (await store.deliveries(1))[0].state is DeliveryState.EXPIRED
        await web.hub.reload()
        (late,) = await asked(web, {"message": sent.message.id}, days=1)
        assert late.problem.code == "CONFLICT_DELIVERY_STATE"
    assert await faults_in(tmp_path, keys) == []


async def test_a_delivery_named_often_is_put_off_once_and_each_name_gets_its_outcome(
    tmp_path: Path, keys: Path
) -> None:
    async with a_web(tmp_path, keys) as web:
        sent = await web.send(VPCP, SON_LA, MAI_SON)
        before = {row.recipient: row.ends_at for row in await web.store.deliveries(1)}
        bare = {"message": sent.message.id.removeprefix("urn:uuid:")}
        whole, one = {"message": sent.message.id}, {"message": sent.message.id, "recipient": MAI_SON}
        told = await asked(web, whole, whole, bare, one, one, days=90)
        later = iso_utc(Millis((before[SON_LA] or 0) + 90 * DAY))
        both, alone = tuple(sorted((SON_LA, MAI_SON))), (MAI_SON,)
        assert [tuple(sorted(line.recipients)) for line in told] == [both, both, both, alone, alone]
        assert {line.ends_at for line in told} == {later}
        assert {row.ends_at for row in await web.store.deliveries(1)} == {(before[SON_LA] or 0) + 90 * DAY}
        size = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
        for reason in ("  ", "\u202eevil\x00\nline2", "\n"):
            given = {"items": [whole], "reason": reason}
            assert (await web.call("POST", CALL, OPERATOR, json=given)).problem.code == "REQUEST_INVALID", reason
        assert (await web.store.last_checkpoint()).size == size  # type: ignore[union-attr]
