"""A log that refuses to go on from a record that contradicts itself, and goes on from one that does not."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from hub.core.errors import IntegrityAlarm, Unavailable
from hub.core.evidence.format import Kind
from hub.core.log.keys import Signer
from hub.record.log import Log
from tests.exchange.kit import audit, only, verified
from tests.record.faults import ORIGIN, Fault, faulty_axis, refusal_of
from tests.support.axis import HA_NOI, SON_LA, VPCP


async def filled(folder: Path, keys: Path, leaves: int = 20) -> None:
    async with faulty_axis(folder, keys) as (axis, _):
        await axis.send(VPCP, SON_LA)
        await asyncio.gather(*(axis.exchange.sequencer.submit(refusal_of(n)) for n in range(leaves)))
        await axis.take(SON_LA)


def tamper(sql: str) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        db = sqlite3.connect(folder / "axis.sqlite")
        assert db.execute(sql).rowcount >= 1
        db.commit()
        db.close()

    return work


FLIPPED = "set root = zeroblob(32) WHERE size = (SELECT max(size) FROM checkpoint)"
TAMPERED = {
    "a flipped root": tamper(f"UPDATE checkpoint {FLIPPED}"),
    "a note that is not ours": tamper("UPDATE checkpoint SET note = CAST('x' AS BLOB)"),
    "a note of an earlier size": tamper(
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint ORDER BY size LIMIT 1) "
        "WHERE size = (SELECT max(size) FROM checkpoint)"
    ),
    "the last leaf gone": tamper("DELETE FROM leaf WHERE number = (SELECT max(number) FROM leaf)"),
    "a leaf in the middle gone": tamper("DELETE FROM leaf WHERE number = (SELECT max(number) - 2 FROM leaf)"),
    "a leaf too many": tamper(
        "INSERT INTO leaf SELECT number + 1, kind, object, at, message, recipient, event FROM leaf "
        "ORDER BY number DESC LIMIT 1"
    ),
    "the last checkpoint gone": tamper("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)"),
    "another object under a leaf": tamper(
        "UPDATE leaf SET object = CAST('{}' AS BLOB) WHERE number = (SELECT max(number) FROM leaf)"
    ),
    "another kind of leaf": tamper("UPDATE leaf SET kind = 6 WHERE number = (SELECT max(number) FROM leaf)"),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_record_that_contradicts_itself_is_not_continued(tmp_path: Path, keys: Path, what: str) -> None:
    await filled(tmp_path, keys)
    TAMPERED[what](tmp_path)
    with pytest.raises(IntegrityAlarm):
        async with faulty_axis(tmp_path, keys):
            pass


async def test_full_tiles_are_part_of_what_is_checked(tmp_path: Path, keys: Path) -> None:
    await filled(tmp_path, keys, 600)
    async with faulty_axis(tmp_path, keys) as (axis, _):
        await audit(axis)
    tamper("UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0 AND n = 1")(tmp_path)
    with pytest.raises(IntegrityAlarm, match="root"):
        async with faulty_axis(tmp_path, keys):
            pass
    tamper("DELETE FROM tile WHERE level = 0 AND n = 1")(tmp_path)
    with pytest.raises(IntegrityAlarm, match="tile 0/1"):
        async with faulty_axis(tmp_path, keys):
            pass


@pytest.mark.parametrize("signer", [Signer.from_seed(ORIGIN, bytes(32)), Signer.from_seed("elsewhere/log", bytes(32))])
async def test_a_log_under_another_key_or_name_is_not_continued(tmp_path: Path, keys: Path, signer: Signer) -> None:
    await filled(tmp_path, keys)
    async with faulty_axis(tmp_path, keys) as (axis, store):
        foreign = Log(signer.verifier.name, [signer])
        with pytest.raises(IntegrityAlarm):
            await store.real.inspect(foreign.open)
        own = Log("elsewhere/log", axis.log._signers)
        with pytest.raises(IntegrityAlarm):
            await store.real.inspect(own.open)


async def test_an_alarm_after_an_unknown_commit_stops_all_promises(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        await axis.send(VPCP, SON_LA)
        store.faults = [Fault.DONE]
        with pytest.raises(Unavailable):
            await axis.send(VPCP, SON_LA)
        tamper(f"UPDATE checkpoint {FLIPPED}")(tmp_path)
        for _ in range(2):
            with pytest.raises(IntegrityAlarm), capture_logs():
                await axis.send(VPCP, SON_LA)


async def test_an_old_receipt_stays_the_same_while_the_log_grows_over_its_tile(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, _):
        data = axis.sign(axis.document(VPCP, [SON_LA]))
        first = await axis.submit(data, VPCP)
        await asyncio.gather(*(axis.exchange.sequencer.submit(refusal_of(n)) for n in range(700)))
        assert only(await axis.submit(data, VPCP)) == only(first)
    async with faulty_axis(tmp_path, keys) as (axis, _):
        again = await axis.submit(data, VPCP)
        assert only(again) == only(first)
        verified(axis, only(again), data)


async def test_every_change_of_a_certificate_is_a_leaf_of_its_own(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        agency = axis.exchange.directory[HA_NOI]
        (certificate,) = agency.certificates
        withdrawn = msgspec.structs.replace(certificate, withdrawn=axis.clock())
        await axis.exchange.change_directory([msgspec.structs.replace(agency, certificates=(withdrawn,))], "op")
        changes = [one for one in await store.leaves(0, 1_000) if one.kind == Kind.DIRECTORY]
        leaf = changes[-1]  # behind it stands that the agency is locked out, without a certificate
        assert (leaf.kind, leaf.recipient, leaf.event) == (Kind.DIRECTORY, HA_NOI, "DirectoryChange")
        fields = msgspec.json.decode(leaf.object)
        assert fields.pop("x-nonce")
        assert fields == {
            "agency": HA_NOI,
            "by": "op",
            "certificate": f"sha-256:{certificate.sha256}",
            "change": "withdrawn",
            "time": "2026-11-22T04:00:00.000Z",
            "until": "2026-11-22T04:00:00.000Z",
            "version": "1",
        }
