"""What a lying operator can and cannot make each verifier say: one attack for each cell of the table in SECURITY.md.

Then random histories: what an honest hub records verifies clean with every verifier, and a lie that is told about any
document of it, at any moment, is reported by every verifier that is to see it.
"""

from __future__ import annotations

import os
import random
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.bundle.audit import verify
from hub.core.errors import DirectoryRefusal, StatusRefusal
from hub.core.evidence.format import Event, RecallMark, StatusMark
from hub.core.model import Millis, RegisteredCertificate, StatusCode
from hub.evidence_export.export import Wish, export
from hub.pki import profile as pki
from hub.store import MessageRow
from hub.upkeep import retention
from tests.core.audit.kit import DAY, audited, policy_of, swept
from tests.core.audit.operator import (
    AUDIT,
    FSCK,
    LIES,
    VERIFIERS,
    Told,
    accepted,
    faults,
    say,
    says,
    signed_by,
    verdicts,
)
from tests.support.axis import (
    CHIENG_MUNG,
    HA_NOI,
    HOUR,
    MAI_SON,
    NOON,
    SON_LA,
    VPCP,
    Axis,
    an_axis,
    priority,
    recall,
    update,
)

SECURITY = (Path(__file__).resolve().parents[3] / "SECURITY.md").read_text("utf-8")
HEAD = "| what the operator does | " + " | ".join(f"`{name}`" for name in VERIFIERS) + " |"


@cache
def cells() -> dict[str, dict[str, str]]:
    """The table of SECURITY.md: lie → verifier → what it says."""
    rows = SECURITY.split(HEAD, 1)[1].split("\n\n", 1)[0].strip().split("\n")[1:]
    found = {}
    for row in rows:
        name, *said = [cell.strip() for cell in row.strip("|").split(" | ")]
        found[name.split(":")[0]] = dict(zip(VERIFIERS, said, strict=True))
    return found


def test_the_table_has_every_lie() -> None:
    assert list(cells()) == list(LIES)


@pytest.mark.parametrize("lie", LIES)
async def test_every_verifier_says_what_the_table_says(lie: str, tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        found = await verdicts(axis, await LIES[lie](axis), tmp_path)
    for verifier, said in cells()[lie].items():
        if verifier in (AUDIT, FSCK) and said != "nothing":
            # What contradicts the rows of the store the operator could make good too: the table names what it cannot.
            assert set(re.split(", ", said)) <= set(re.split(", ", found[verifier])), (verifier, found[verifier])
        else:
            assert found[verifier] == said, verifier


@pytest.mark.parametrize("use", ["seal", "tls", "tsa", "operator", "auditor"])
async def test_an_honest_hub_refuses_its_own_keys_as_an_agencys(axis: Axis, use: str) -> None:
    certificate = pki.registered(axis.profile.hub(use), Millis(0))
    before = axis.exchange.directory[HA_NOI]
    entry = msgspec.structs.replace(before, certificates=(*before.certificates, certificate))
    with pytest.raises(DirectoryRefusal, match="certificate_of_the_hub"):
        await axis.exchange.change_directory([entry], "operator:x")
    assert axis.exchange.directory[HA_NOI] == before


async def test_a_key_of_an_authority_under_another_certificate_is_refused(axis: Axis) -> None:
    (root,) = axis.profile.anchors().roots
    der = root.public_bytes(Encoding.DER)
    certificate = RegisteredCertificate(sha256(der).hexdigest(), der)
    entry = msgspec.structs.replace(axis.exchange.directory[HA_NOI], certificates=(certificate,))
    with pytest.raises(DirectoryRefusal, match="certificate_of_the_hub"):
        await axis.exchange.change_directory([entry], "operator:x")


# random histories

SEEDS = range(int(os.environ.get("HISTORIES", "5")))
AGENCIES = (SON_LA, HA_NOI, MAI_SON, CHIENG_MUNG)


async def honest(axis: Axis, chosen: random.Random) -> list[MessageRow]:
    """Some documents and what befalls them: handed over, reported on, taken back in every way, expired, deleted."""
    sent: list[MessageRow] = []
    for _ in range(chosen.randrange(10, 18)):
        step = chosen.randrange(8)
        axis.clock.forward(1_000)
        if step < 2 or not sent:
            to = chosen.sample(AGENCIES, chosen.randrange(1, 4))
            lane = priority(chosen.choice([0, 4]))  # some expire after a day
            sent.append((await axis.send(VPCP, *to, other=lane)).answer.message)
            continue
        message, agency = chosen.choice(sent), chosen.choice(AGENCIES)
        try:
            if step < 4:
                await axis.take(agency)
            elif step == 4:
                code = chosen.choice([c for c in StatusCode if c is not StatusCode.TAKE_BACK])
                await axis.status(agency, code, accepted(message))
            elif step == 5:
                await axis.status(VPCP, StatusCode.TAKE_BACK, accepted(message), other=chosen.choice([VPCP, agency]))
            elif step == 6:
                business = chosen.choice([recall, lambda of: update(of, removed=[agency])])(message.document_id)  # noqa: B023
                await axis.submit(axis.sign(axis.document(VPCP, [agency], business=business)), VPCP)
            elif axis.clock() < NOON + 4 * DAY:  # revocation lists of these keys are not made anew
                for _ in range(chosen.choice([1, 12, 24])):  # a hub that runs is never late
                    axis.clock.forward(HOUR)
                    await swept(axis)
        except StatusRefusal:
            continue
    if chosen.random() < 0.5:
        await retention.apply(axis.exchange.record, Millis(axis.clock() - DAY))
    return sent


async def judged(axis: Axis, message: MessageRow) -> list[int]:
    """The steps that fail of the bundle of a document."""
    row = await axis.exchange.store.message(message.number)
    assert row is not None
    data = await export(axis.exchange, axis.log, row, Wish())
    report = verify(data, policy_of(axis), axis.profile.anchors())
    return [step.number for step in report.steps if step.result == "failed"]


async def told_of(axis: Axis, sent: list[MessageRow], chosen: random.Random) -> Told:
    """A lie about any of these documents, whatever its state."""
    message, agency = chosen.choice(sent), chosen.choice(AGENCIES)
    rows = await axis.exchange.store.deliveries(message.number)
    agency = chosen.choice([row.recipient for row in rows] or [agency])
    rows_ = [await axis.exchange.store.message(number) for number in range(1, 99)]
    statuses = [row for row in rows_ if row is not None and row.status_code == "01"]
    lie = chosen.randrange(5)
    if lie == 0:
        return await says(axis, Event.RECALL_CONFIRMED, message, agency, recall=RecallMark(message.id, "hub"))
    if lie == 1:
        why = [("NOT_FETCHED_IN_TIME", "")]
        return await says(axis, Event.ACCEPTANCE_REJECTION_EXPIRY, message, agency, reasons=why)
    if lie == 2:
        row = await axis.send(VPCP, agency)
        late = row.answer.message
        tell = lambda s: s.evidence(Event.RETENTION_APPLIED, late, owner=(VPCP, "out")).leaf  # noqa: E731
        return Told(late, await say(axis, tell))
    if lie == 3 and statuses:
        used = chosen.choice(statuses)
        counter = signed_by(axis, agency, used.sha256)
        return await says(
            axis, Event.BUSINESS_STATUS, message, agency, counter=counter, status=StatusMark("01", used.id)
        )
    return await says(axis, Event.CONTENT_HANDOVER, message, agency, counter=signed_by(axis, agency, "a" * 64))


@pytest.mark.parametrize("seed", SEEDS)
async def test_honest_histories_verify_clean_and_every_lie_in_them_is_reported(
    seed: int, tmp_path: Path, keys: Path
) -> None:
    chosen = random.Random(seed)
    async with an_axis(tmp_path / "hub", keys) as axis:
        sent = await honest(axis, chosen)
        for message in sent:
            assert await judged(axis, message) == []
        assert (await audited(axis)).findings == ()
        assert await faults(axis) == set()
        told = await told_of(axis, sent, chosen)
        assert await judged(axis, told.message), told
        assert (await audited(axis)).findings or await faults(axis), told
