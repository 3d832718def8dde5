"""Documents that were on their way when the hub was exchanged for a newer one go on to their end.

`in-flight-N.sql` are stores that earlier versions left, made by `keep.py` with the program of then. A version whose
program is not kept is made of the one before by the step that was released with it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.core.model import DeliveryState, StatusCode
from hub.ops.fsck.faults import Fault
from hub.store.sqlite import SCHEMA_VERSION
from tests.core.audit.kit import DAY, faults_in, swept
from tests.store.keep import log_key
from tests.support.axis import HA_NOI, HOUR, NOON, SON_LA, VPCP, Axis, Clock, an_axis, keyring, registered

HERE = Path(__file__).parent
STEPS = {
    2: """
    CREATE TABLE cosigned (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note BLOB NOT NULL) STRICT;
    CREATE TABLE cosignature (witness TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (witness, size))
    STRICT, WITHOUT ROWID;
    """
}
HANDED, ASKED_BACK, IN_PROGRESS, LEASED, WAITING = 1, 2, 3, 7, 8
"""Numbers of the documents in the copies."""


def kept(version: int) -> str:
    path = HERE / f"in-flight-{version}.sql"
    if path.exists():
        return path.read_text("utf-8")
    return f"{kept(version - 1)}\n{STEPS[version]}\nPRAGMA user_version={version};"


def versions() -> list[int]:
    """Every one that was before, and the present one where a copy of it is kept."""
    return [v for v in range(1, SCHEMA_VERSION + 1) if (HERE / f"in-flight-{v}.sql").exists() or v in STEPS]


def test_no_earlier_version_is_left_out() -> None:
    assert set(versions()) >= set(range(1, SCHEMA_VERSION)), "python -m tests.store.keep, with the version before"


async def states(axis: Axis, number: int) -> dict[str, DeliveryState]:
    return {row.recipient: row.state for row in await axis.exchange.store.deliveries(number)}


async def faults(folder: Path, keys: Path) -> list[Fault]:
    return await faults_in(folder, keys)


@pytest.mark.parametrize("version", versions())
async def test_what_was_in_flight_goes_on_to_its_end(tmp_path: Path, version: int) -> None:
    folder, keys = tmp_path / "hub", tmp_path / "keys"
    put(folder, kept(version))
    log_key(keys)
    clock = Clock(NOON + HOUR)
    async with an_axis(folder, keys, clock) as axis:
        await axis.exchange.change_directory(registered(keyring(str(keys))), "renewal")
    assert await faults(folder, keys) == [], "as it was taken over"
    async with an_axis(folder, keys, clock) as axis:
        axis.numbers = 100
        store = axis.exchange.store
        assert await states(axis, LEASED) == {SON_LA: DeliveryState.WAITING}
        taken = [item.entry.message.number for item in await axis.take(SON_LA)]
        assert set(taken) >= {LEASED, WAITING}
        for number, code in (
            (HANDED, StatusCode.ACCEPTED),
            (IN_PROGRESS, StatusCode.FINISHED),
            (ASKED_BACK, StatusCode.AGREED),
            (LEASED, StatusCode.REFUSED),
        ):
            await axis.status(SON_LA, code, await found(axis, number))
        for _ in range(8):
            clock.forward(DAY)
            await swept(axis)
        assert await states(axis, HANDED) == {SON_LA: DeliveryState.HANDED_OVER}
        assert await states(axis, ASKED_BACK) == {SON_LA: DeliveryState.TAKEN_BACK}
        assert await states(axis, LEASED) == {SON_LA: DeliveryState.REFUSED}
        assert await states(axis, WAITING) == {SON_LA: DeliveryState.HANDED_OVER}
        assert await states(axis, IN_PROGRESS) == {SON_LA: DeliveryState.HANDED_OVER, HA_NOI: DeliveryState.EXPIRED}
        assert await store.content(WAITING) is not None
        new = await axis.send(VPCP, SON_LA)
        assert new.answer.message.number > WAITING
    assert await faults(folder, keys) == []


class Found:
    """A message as what a status names."""

    def __init__(self, message: object) -> None:
        self.message = message


async def found(axis: Axis, number: int) -> Found:
    message = await axis.exchange.store.message(number)
    assert message is not None
    return Found(message)


def put(folder: Path, text: str) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "axis.sqlite", isolation_level=None)) as db:
        db.executescript(text)
