"""Who acts for another, and with which certificate, for a short time only: what is honest is told from what is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.core.audit.findings import What
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.model import Agency, Millis, RegisteredCertificate, Tier
from hub.core.signature import jws
from hub.pki import profile as pki
from tests.core.audit.kit import DAY, audited, faults_in
from tests.support.axis import CHIENG_MUNG, HA_NOI, HOUR, MAI_SON, SON_LA, VPCP, Axis, an_axis, keyring, registered


@pytest_asyncio.fixture
async def axis(tmp_path: Path, keys: Path) -> AsyncIterator[Axis]:
    async with an_axis(tmp_path / "hub", keys) as opened:
        yield opened


async def change(axis: Axis, code: str, **members: object) -> None:
    changed: Agency = msgspec.structs.replace(axis.exchange.directory[code], **members)
    await axis.exchange.change_directory([changed], "test")


async def told(axis: Axis) -> list[What]:
    return [finding.what for finding in (await audited(axis)).findings if "MANIFEST" not in finding.what.name]


async def test_a_succession_used_on_its_first_day_is_not_told(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        await axis.send(VPCP, MAI_SON)
        await change(axis, MAI_SON, valid_to=date(2026, 11, 21), successor=CHIENG_MUNG)
        (item,) = await axis.fetch(CHIENG_MUNG)
        await signed_for(axis, MAI_SON, CHIENG_MUNG, (item.entry.message.id, item.entry.message.sha256))
        assert await told(axis) == []
    assert await faults_in(tmp_path / "hub", keys) == []


async def signed_for(axis: Axis, recipient: str, signer: str, pair: tuple[str, str]) -> None:
    held = axis.credential(signer)
    items = (acknowledgement.Item(*pair, Outcome.CONTENT_HANDOVER),)
    token = acknowledgement.sign(
        Acknowledgement(recipient, axis.clock(), items), held.key, jws.key_id(held.certificate)
    )
    await axis.exchange.acknowledge(axis.caller(signer), recipient, token)


async def a_centre_signs(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer.message
    await signed_for(axis, SON_LA, HA_NOI, (sent.id, sent.sha256))


@pytest.mark.parametrize(("days", "expected"), [(0, True), (29, True), (31, True), (200, True), (None, False)])
async def test_a_centre_is_told_of_when_it_signed_within_days_only(
    axis: Axis, days: int | None, expected: bool
) -> None:
    await change(axis, SON_LA, centre=HA_NOI)
    await a_centre_signs(axis)
    if days is not None:
        axis.clock.forward(days * DAY + HOUR)
        await change(axis, SON_LA, centre="")
    assert await told(axis) == [What.DELEGATION_BRIEF] * expected


@pytest.mark.parametrize(("days", "expected"), [(2, True), (4, False)])
async def test_a_centre_that_stood_for_a_month_and_signed_over_days_is_not_told(
    axis: Axis, days: int, expected: bool
) -> None:
    await change(axis, SON_LA, centre=HA_NOI)
    await a_centre_signs(axis)
    axis.clock.forward(days * DAY)
    await a_centre_signs(axis)
    axis.clock.forward(31 * DAY)
    await change(axis, SON_LA, centre="")
    assert await told(axis) == [What.DELEGATION_BRIEF] * expected


@pytest.mark.parametrize("instead", ["a centre", "a certificate", "nothing"])
async def test_a_centre_in_whose_place_something_comes_is_not_told(
    axis: Axis, others: Sequence[RegisteredCertificate], instead: str
) -> None:
    before = axis.exchange.directory[SON_LA].certificates
    await change(axis, SON_LA, centre=HA_NOI)
    await a_centre_signs(axis)
    axis.clock.forward(31 * DAY)
    kept = (*before, *others) if instead == "a certificate" else before
    await change(axis, SON_LA, centre=VPCP if instead == "a centre" else "", certificates=kept)
    assert await told(axis) == [What.DELEGATION_BRIEF] * (instead == "nothing")


async def test_a_month_old_centre_of_a_minute_is_told_by_fsck(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        await change(axis, SON_LA, centre=HA_NOI)
        await a_centre_signs(axis)
        axis.clock.forward(31 * DAY)
        await change(axis, SON_LA, centre="")
    assert [fault.what for fault in await faults_in(tmp_path / "hub", keys)] == ["delegation-brief"]


async def test_a_centre_that_never_signed_is_not_told(axis: Axis) -> None:
    await change(axis, SON_LA, centre=HA_NOI)
    await change(axis, SON_LA, centre="")
    assert await told(axis) == []


async def used(axis: Axis, agency: str = SON_LA) -> None:
    await axis.send(VPCP, agency)
    await axis.take(agency)
    axis.clock.forward(HOUR)


@pytest.fixture
def others(tmp_path: Path) -> tuple[RegisteredCertificate, ...]:
    """A certificate of SON_LA's under another key."""
    (entry,) = [a for a in registered(keyring(str(tmp_path / "others"))) if a.code == SON_LA]
    return entry.certificates


async def test_a_renewal_soon_after_a_certificate_was_used_is_not_told(
    axis: Axis, others: Sequence[RegisteredCertificate]
) -> None:
    await used(axis)
    await change(axis, SON_LA, certificates=tuple(others))
    assert await told(axis) == []


async def test_a_certificate_that_was_used_and_taken_away_is_told(axis: Axis) -> None:
    await used(axis)
    await change(axis, SON_LA, certificates=())
    assert await told(axis) == [What.DELEGATION_BRIEF]


@pytest.mark.parametrize("back", [True, False])
async def test_a_certificate_that_stood_in_for_one_that_comes_back_is_told(
    axis: Axis, tmp_path: Path, back: bool
) -> None:
    other = {a.code: a.certificates for a in registered(keyring(str(tmp_path / "others")))}
    entry = Agency(code="000.00.98.H52", name="Sở", tier=Tier.PROVINCIAL, certificates=other[SON_LA])
    axis.profile.issue_agencies([entry], axis.clock())
    await axis.exchange.change_directory([entry], "test")
    axis.clock.forward(4 * DAY)
    await change(axis, entry.code, certificates=(pki.registered(axis.profile.agency(entry.code), Millis(0)),))
    await used(axis, entry.code)
    await change(axis, entry.code, certificates=other[SON_LA if back else HA_NOI])
    assert await told(axis) == [What.DELEGATION_BRIEF] * back
