"""The same bytes again get the same receipt, whatever became of the rules meanwhile; and only who sent them gets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from hub.core.edxml import Attachment
from hub.core.errors import Refusal, SenderNotAllowed
from hub.core.model import Millis, StatusCode
from hub.fronts import frames
from hub.record.acts.refusal import RecordRefusal
from tests.support.axis import HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP, Axis

DAY = 86_400_000


async def change(axis: Axis, code: str, **members: object) -> None:
    entry = msgspec.structs.replace(axis.exchange.directory[code], **members)
    await axis.exchange.change_directory([entry], "test")


async def recipient_suspended(axis: Axis) -> None:
    await change(axis, SON_LA, suspended=True)


async def sender_suspended(axis: Axis) -> None:
    await change(axis, VPCP, suspended=True)


async def certificate_withdrawn(axis: Axis) -> None:
    (certificate,) = axis.exchange.directory[VPCP].certificates
    axis.clock.forward(1000)
    gone = msgspec.structs.replace(certificate, withdrawn=axis.clock())
    await change(axis, VPCP, certificates=(gone,))


async def certificate_expired(axis: Axis) -> None:
    axis.clock.forward(20 * 365 * DAY)


@pytest.mark.parametrize(
    "meanwhile", [recipient_suspended, sender_suspended, certificate_withdrawn, certificate_expired]
)
@pytest.mark.parametrize("attached", [0, 200_000], ids=["in the store", "in a file"])
async def test_an_accepted_document_is_never_refused_afterwards(
    axis: Axis, meanwhile: Callable[[Axis], Awaitable[None]], attached: int
) -> None:
    """A receipt, then a non-receipt, for one message: it never happens."""
    files = [Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=bytes(attached))]
    data = axis.sign(axis.document(VPCP, [SON_LA, HA_NOI]), files if attached else [])
    first = await axis.submit(data, VPCP)
    await meanwhile(axis)
    before = await axis.exchange.store.last_checkpoint()
    again = await axis.submit(data, VPCP)
    assert again.answer.repeated
    assert again.receipts == first.receipts
    assert again.answer.message == first.answer.message
    assert sorted(again.answer.recipients) == sorted(first.answer.recipients)
    assert await axis.exchange.store.last_checkpoint() == before, "nothing was put on record"
    with pytest.raises(Refusal):
        await axis.submit(data.replace(b"</", b" </", 1), VPCP)
    with pytest.raises(SenderNotAllowed):
        await axis.submit(data, MAI_SON)


async def test_so_it_is_with_a_status(axis: Axis) -> None:
    sent = (await axis.send(VPCP, MAI_SON)).answer
    await axis.take(MAI_SON)
    first = await axis.status(MAI_SON, StatusCode.ACCEPTED, sent)
    stored = await axis.exchange.store.content(first.answer.message.number)
    assert stored is not None
    await change(axis, MAI_SON, certificates=())
    again = await axis.submit(stored, MAI_SON)
    assert again.answer.repeated
    assert again.receipts == first.receipts


async def test_the_centre_of_a_suspended_agency_says_nothing_in_its_name(axis: Axis) -> None:
    await change(axis, MAI_SON, centre=SO_TTTT)
    sent = (await axis.send(VPCP, MAI_SON)).answer
    await axis.take(MAI_SON)
    await change(axis, MAI_SON, suspended=True)
    with pytest.raises(SenderNotAllowed, match="not suspended"):
        await axis.status(MAI_SON, StatusCode.ACCEPTED, sent)


async def test_a_front_is_told_of_it_as_well(axis: Axis) -> None:
    """Over the channel between a front and the hub: what was to be refused comes back as accepted."""
    sealed = await axis.send(VPCP, SON_LA)
    refusal = RecordRefusal(agency=VPCP, auth="t", code="C", found="", sha256="0" * 64, submitted_at=Millis(0))
    frame = frames.from_hub(frames.encode(frames.recorded(7, refusal, sealed)))
    assert isinstance(frame, frames.Entered)
    assert frames.sealed(frame) == sealed
