"""What the store keeps for auditors: time stamps by what they cover, certificates, lists, and what retention took."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from hub.core.model import DeliveryState, MessageKind, Millis
from hub.store import TimestampRow, Transaction, X509Row
from hub.store.sqlite import SqliteStore
from tests.store.rows import AT, delivery, message

CRL, CERTIFICATE = b"a list", b"a certificate"


def row(der: bytes, kind: str, at: int) -> X509Row:
    return X509Row(sha256(der).hexdigest(), kind, der, Millis(at))  # type: ignore[arg-type]


async def test_the_first_time_stamp_that_covers_a_leaf(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "s.sqlite")
    rows = [TimestampRow(10, 10, Millis(1)), TimestampRow(20, 21, Millis(2))]
    await store.write(lambda tx: [tx.add_timestamp(one) for one in rows])
    found = [await store.timestamp_covering(leaf) for leaf in (0, 9, 10, 19, 20)]
    assert found == [rows[0], rows[0], rows[1], rows[1], None]
    assert await store.last_timestamp() == rows[1]
    await store.close()


async def test_what_is_kept_twice_keeps_its_first_time(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "s.sqlite")
    await store.write(lambda tx: tx.keep_x509([row(CRL, "crl", 5), row(CERTIFICATE, "certificate", 5)]))
    await store.write(lambda tx: tx.keep_x509([row(CRL, "crl", 9), row(b"another", "crl", 3)]))
    assert [(one.der, one.seen_at) for one in await store.x509_of("crl")] == [(b"another", 3), (CRL, 5)]
    assert await store.x509(sha256(CERTIFICATE).hexdigest()) == row(CERTIFICATE, "certificate", 5)
    assert await store.x509("0" * 64) is None
    assert await store.x509_of("authority") == []
    await store.close()


def placed(tx: Transaction, number: int, **changes: object) -> None:
    tx.add_message(message(number), b"bytes %d" % number)
    tx.add_deliveries([msgspec.structs.replace(delivery(number, "R"), **changes)])


@pytest.mark.parametrize("state", DeliveryState)
async def test_purgeable_is_what_nobody_waits_for(tmp_path: Path, state: DeliveryState) -> None:
    store = await SqliteStore.open(tmp_path / "s.sqlite")

    def fill(tx: Transaction) -> None:
        placed(tx, 1, state=state, pending=None)
        placed(tx, 2, state=DeliveryState.HANDED_OVER, pending=7)
        tx.add_message(message(3, kind=MessageKind.STATUS), b"s")

    await store.write(fill)
    found = [one.number for one in await store.purgeable(Millis(AT + 10_000), 0, 10)]
    assert found == ([] if state is DeliveryState.WAITING else [1])
    assert await store.purgeable(Millis(0), 0, 10) == []
    assert await store.purgeable(Millis(AT + 10_000), 1, 10) == []
    await store.close()


async def test_purging_is_once_and_leaves_the_row(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "s.sqlite")
    await store.write(lambda tx: placed(tx, 1, state=DeliveryState.HANDED_OVER, pending=None))
    assert await store.write(lambda tx: [tx.purge(1, Millis(5)), tx.purge(1, Millis(6))]) == [True, False]
    assert await store.content(1) is None
    assert await store.message(1) == msgspec.structs.replace(message(1), purged_at=Millis(5))
    assert await store.blobs_named() == set()
    await store.close()
