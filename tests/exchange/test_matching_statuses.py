"""How the field names documents and repeats itself: numbers as people mean them, statuses made again for a retry,
DocumentIds that restart each year, and bytes whose delivery has ended."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from hub.core.bundle.audit import verify
from hub.core.edxml import Code, Document
from hub.core.errors import IdentityConflict, StatusAmbiguous, StatusOutOfOrder, StatusUnmatched
from hub.core.evidence.format import Event
from hub.core.model import StatusCode
from hub.core.signature import xmldsig
from hub.evidence_export.export import Wish, export
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from tests.core.audit.kit import policy_of
from tests.core.audit.operator import faults
from tests.exchange.kit import a_status, evidence_of, only, refused, report
from tests.support.axis import HA_NOI, HOUR, SON_LA, VPCP, Axis

FIELD = Path(__file__).resolve().parents[1] / "vectors" / "statuses"


async def came(axis: Axis, name: str, sender: str) -> Sealed[Accepted]:
    """A message of the field, signed as its sender would."""
    key = axis.credential(sender)
    return await axis.submit(xmldsig.sign((FIELD / f"{name}.edxml").read_bytes(), key.key, key.chain), sender)


async def held(axis: Axis, name: str) -> Accepted:
    sent = (await came(axis, name, VPCP)).answer
    await axis.take(SON_LA)
    return sent


@pytest.mark.parametrize(
    ("document", "status"),
    [("document-33", "status-code-without-date"), ("document-07", "status-7"), ("document-07", "status-spaces")],
)
async def test_a_status_of_the_field_finds_its_document(axis: Axis, document: str, status: str) -> None:
    sent = await held(axis, document)
    assert (await came(axis, status, SON_LA)).answer.message.about == sent.message.number
    assert await faults(axis) == set()
    assert (await evidence_of(axis, sent, Event.CONSIGNMENT_ACCEPTANCE))[0].status is not None


async def test_a_status_made_again_is_answered_with_the_first(axis: Axis) -> None:
    sent = await held(axis, "document-33")
    first = await came(axis, "status-03-first", SON_LA)
    again = await came(axis, "status-03-again", SON_LA)
    assert (first.answer.repeated, again.answer.repeated) == (False, True)
    assert (again.answer.message.id, only(again)) == (first.answer.message.id, only(first))
    assert again.answer.recipients == (VPCP,)
    assert len(await evidence_of(axis, sent, Event.CONSIGNMENT_ACCEPTANCE)) == 1
    assert await faults(axis) == set()


async def test_what_says_something_else_is_no_retry(axis: Axis) -> None:
    sent = await held(axis, "document-33")
    named = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id="f1-33", year=2025)
    await report(axis, named)
    await refused(StatusOutOfOrder, report(axis, msgspec.structs.replace(named, description="lý do khác")))
    handled = msgspec.structs.replace(named, code=StatusCode.IN_PROGRESS)
    await report(axis, handled)
    await refused(
        StatusOutOfOrder, report(axis, msgspec.structs.replace(named, timestamp=datetime(2026, 11, 22, 9, 30)))
    )
    later = msgspec.structs.replace(handled, timestamp=datetime(2026, 11, 22, 9, 30))
    assert (await report(axis, later)).answer.repeated
    for code in (StatusCode.ASSIGNED, StatusCode.IN_PROGRESS):  # between two of the same, something else was said
        at = datetime(2026, 11, 22, 9, 40)
        assert not (await report(axis, msgspec.structs.replace(handled, code=code, timestamp=at))).answer.repeated
    assert len(await evidence_of(axis, sent, Event.BUSINESS_STATUS)) == 3


@pytest.mark.parametrize("held_first", [True, False])
async def test_a_take_back_made_again_is_the_same_request(axis: Axis, held_first: bool) -> None:
    sent = (await axis.send(VPCP, SON_LA, HA_NOI)).answer
    if held_first:
        await axis.take(SON_LA)
        await axis.take(HA_NOI)
    asked = a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=sent.message.document_id)
    first = await report(axis, asked)
    again = await report(axis, msgspec.structs.replace(asked, timestamp=datetime(2026, 11, 22, 9, 30)))
    assert (again.answer.repeated, again.answer.message.id) == (True, first.answer.message.id)
    assert len(await evidence_of(axis, sent, Event.RECALL_REQUEST)) == 1


async def test_an_answer_made_again_is_the_same_answer(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
    agreed = a_status(SON_LA, StatusCode.AGREED, VPCP, document_id=sent.message.document_id)
    first = await report(axis, agreed)
    again = await report(axis, msgspec.structs.replace(agreed, timestamp=datetime(2026, 11, 22, 9, 30)))
    assert (again.answer.repeated, again.answer.message.id) == (True, first.answer.message.id)


async def test_several_that_fit_are_named_and_none_is_chosen(axis: Axis) -> None:
    """The same number in two years, and a status without a date."""
    old = (await axis.send(VPCP, SON_LA, document_id="a", promulgation_date=date(2025, 3, 1), code=CODE)).answer
    new = (await axis.send(VPCP, SON_LA, document_id="b", code=CODE)).answer
    await axis.take(SON_LA)
    plain = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number="7/vx", year=None)
    refusal = await refused(StatusAmbiguous, report(axis, plain))
    assert refusal.facts["documents"] == [new.message.id, old.message.id]
    dated = await report(axis, a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number="7/vx", year=2025))
    assert dated.answer.message.about == old.message.number
    assert (await report(axis, plain)).answer.message.about == new.message.number  # 03 fits one of them by now
    await refused(StatusUnmatched, report(axis, a_status(HA_NOI, StatusCode.ACCEPTED, VPCP, number="7/vx", year=None)))


async def test_of_two_that_fit_the_one_that_is_spelled_so_is_meant(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA, document_id="a", code=Code("7", "VX"))
    padded = (await axis.send(VPCP, SON_LA, document_id="b", code=Code("07", "VX"))).answer
    assert [n.code for n in padded.notices] == ["DUPLICATE_CODE"]
    await axis.take(SON_LA)
    await refused(StatusAmbiguous, report(axis, a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number="007/VX")))
    said = await report(axis, a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number="07/VX"))
    assert said.answer.message.about == padded.message.number


# a DocumentId that restarts


def in_year(axis: Axis, year: int, **changes: object) -> Document:
    return axis.document(VPCP, [SON_LA], document_id="12", promulgation_date=date(year, 1, 5), **changes)


async def test_a_document_id_may_restart_each_year(axis: Axis) -> None:
    data = [axis.sign(in_year(axis, year)) for year in (2024, 2025, 2026)]
    sent = [await axis.submit(one, VPCP) for one in data]
    assert len({one.answer.message.id for one in sent}) == 3
    notices = [[(n.code, n.subjects) for n in one.answer.notices] for one in sent]
    ids = [one.answer.message.id for one in sent]
    assert notices[0] == []
    assert notices[1] == [("DUPLICATE_DOCUMENT_ID", (ids[0],))]
    assert [code for code, _ in notices[2]] == ["DUPLICATE_DOCUMENT_ID"]
    for one, first in zip(data, sent, strict=True):
        again = await axis.submit(one, VPCP)
        assert (again.answer.repeated, only(again)) == (True, only(first))
    for year in (2024, 2026):
        conflict = await refused(IdentityConflict, axis.submit(axis.sign(in_year(axis, year, subject="khác")), VPCP))
        assert conflict.facts["message"] == ids[0 if year == 2024 else 2]
    assert await faults(axis) == set()


async def test_a_status_tells_the_years_of_one_document_id_apart(axis: Axis) -> None:
    sent = [(await axis.submit(axis.sign(in_year(axis, year)), VPCP)).answer for year in (2025, 2026)]
    await axis.take(SON_LA)
    plain = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id="12", year=None)
    await refused(StatusAmbiguous, report(axis, plain))
    for accepted, year in zip(sent, (2025, 2026), strict=True):
        dated = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id="12", year=year)
        assert (await report(axis, dated)).answer.message.about == accepted.message.number


async def test_bytes_of_a_later_year_are_known_again_after_the_rules_changed(axis: Axis) -> None:
    """Their sender's certificate has ended: what was accepted before is still that acceptance."""
    for year in (2025, 2026):
        data = axis.sign(in_year(axis, year))
        await axis.submit(data, VPCP)
    axis.clock.forward(20 * 365 * 24 * HOUR)
    assert (await axis.submit(data, VPCP)).answer.repeated


# bytes whose delivery has ended


async def test_bytes_that_ended_say_so_when_they_come_again(axis: Axis) -> None:
    data = axis.sign(axis.document(VPCP, [SON_LA, HA_NOI]))
    first = await axis.submit(data, VPCP)
    assert (await axis.submit(data, VPCP)).answer.notices == ()
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.REFUSED, first.answer)
    await axis.status(VPCP, StatusCode.TAKE_BACK, first.answer, other=HA_NOI)
    again = await axis.submit(data, VPCP)
    assert (again.answer.repeated, only(again)) == (True, only(first))
    told = {n.code: n for n in again.answer.notices}
    assert {code: n.subjects for code, n in told.items()} == {"WAS_TAKEN_BACK": (HA_NOI,), "WAS_REFUSED": (SON_LA,)}
    assert all("DocumentId" in n.vi and "DocumentId" in n.en for n in told.values())


async def test_bytes_that_expired_say_so(brief: Axis) -> None:
    data = brief.sign(brief.document(VPCP, [SON_LA]))
    await brief.submit(data, VPCP)
    brief.clock.forward(3 * HOUR)
    for _ in range(3):
        await brief.exchange.sweep()
        brief.clock.forward(3 * HOUR)
    (notice,) = (await brief.submit(data, VPCP)).answer.notices
    assert (notice.code, notice.subjects) == ("HAS_EXPIRED", (SON_LA,))


async def test_every_verifier_takes_a_status_that_spells_it_otherwise(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA, code=Code("07", "QĐ-VX"))).answer
    await axis.take(SON_LA)
    await report(axis, a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number="7 / QÐ-VX", year=None))
    data = await export(axis.exchange, axis.log, sent.message, Wish(document=True))
    judged = verify(data, policy_of(axis), axis.profile.anchors())
    assert judged.ok
    assert judged.steps[5].result == "passed"


CODE = Code("07", "VX")
