"""A whole axis with a bit of everything in its record, and the audit of it as it lies in the store."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from clients.monitor import Outcome, audit
from hub.app import at_rest
from hub.auditing import Auditor, Export, LookAt, Part
from hub.base.config import HubSettings, Settings
from hub.cli.log.place import StoreSource
from hub.core.audit.log import State
from hub.core.evidence.acknowledgement import Outcome as Said
from hub.core.log import policy
from hub.core.log.policy import Policy
from hub.core.model import DeliveryState, StatusCode
from hub.ops.fsck import Fault, Fsck
from hub.record.acts.brought import Bring
from hub.upkeep.manifests import Manifests
from tests.support.axis import CHIENG_MUNG, HA_NOI, HOUR, MAI_SON, SON_LA, VPCP, Axis, recall

DAY = 24 * HOUR
WHO = Auditor("kiem-toan", "jwt-bearer:auditor", "a" * 64)


def policy_of(axis: Axis) -> Policy:
    return policy.parse("".join(f"log {key}\n" for key in axis.log.vkeys) + "quorum none\n")


async def audited(axis: Axis, saved: State | None = None) -> Outcome:
    return await audit(StoreSource(axis.exchange.store), policy_of(axis), axis.clock(), saved=saved)


async def lived(axis: Axis) -> None:
    """Every flow once: handed over, accepted, finished, refused twice over, taken back in all three ways, expired,
    looked at, exported, and the manifests of the days between."""
    first = await axis.send(VPCP, SON_LA, HA_NOI, MAI_SON, CHIENG_MUNG)
    await axis.take(SON_LA)
    for code in (StatusCode.ARRIVED, StatusCode.ACCEPTED, StatusCode.ASSIGNED, StatusCode.FINISHED):
        await axis.status(SON_LA, code, first.answer)
    await axis.take(HA_NOI)
    await axis.status(HA_NOI, StatusCode.REFUSED, first.answer)
    await axis.take(VPCP)
    await axis.status(VPCP, StatusCode.TAKE_BACK, first.answer, other=VPCP)
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.DISAGREED, first.answer)
    second = await axis.send(VPCP, SON_LA, HA_NOI)
    await axis.take(SON_LA)
    document = axis.document(VPCP, [SON_LA, HA_NOI], business=recall(second.answer.message.document_id))
    await axis.submit(axis.sign(document), VPCP)
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.AGREED, second.answer)
    refused = await axis.send(VPCP, MAI_SON)
    leased = await axis.fetch(MAI_SON)
    held = [(item.entry.message.id, item.entry.message.sha256) for item in leased]
    await axis.acknowledge(MAI_SON, held, Said.CONTENT_REJECTED)
    assert (await axis.states(refused.answer))[MAI_SON] == DeliveryState.REFUSED
    await axis.exchange.sequencer.submit(LookAt(first.answer.message.number, Part.CONTENT, WHO))
    await axis.exchange.sequencer.submit(Export(0, 10, WHO))
    data = b'{"madonvi":"H52","service":"CapNhatTienDoHoSoMC","data":[]}'
    brought = Bring(
        agency=SON_LA,
        caller=SON_LA,
        auth="t",
        certificate="",
        service="CapNhatTienDoHoSoMC",
        sha256=sha256(data).hexdigest(),
        rows=0,
        facts=b'{"units":{}}',
        body=data,
    )
    await axis.exchange.sequencer.submit(brought)
    expiring = await axis.send(VPCP, CHIENG_MUNG)
    for _ in range(8):
        axis.clock.forward(DAY)
        await swept(axis)
    assert (await axis.states(expiring.answer))[CHIENG_MUNG] == DeliveryState.EXPIRED
    await axis.send(VPCP, SON_LA)


async def swept(axis: Axis) -> None:
    """What the background task does, now."""
    while await axis.exchange.sweep():
        pass
    await Manifests(axis.exchange.record).make()


def settings_of(folder: Path, keys: Path) -> Settings:
    return Settings(hub=HubSettings(data=str(folder), keys=str(keys)))


async def faults_in(folder: Path, keys: Path) -> list[Fault]:
    settings = settings_of(folder, keys)
    async with at_rest(settings) as (store, blobs, verifiers):
        fsck = Fsck(store, blobs, settings.hub.origin, verifiers, lambda what, n: None)
        return [fault async for fault in fsck.run()]
