"""The contract of `hub.store`, second half: cosignatures, time stamps, certificates, retention, and the store's own
check of itself."""

from __future__ import annotations

import re
from pathlib import Path

from hub.core.model import DeliveryState, MessageKind, Millis
from hub.store import CosignedRow, Store, TimestampRow, Transaction, X509Row
from hub.store.sqlite import Driver, SqliteStore
from tests.store.rows import AT, FIRST, SECOND, delivery, fill, leaf, message


def test_every_verb_of_the_contract_is_tested() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    verbs = {name for kind in (Store, Transaction) for name in vars(kind) if not name.startswith("_")}
    assert {verb for verb in verbs if not re.search(rf"\.{verb}\b", text)} == set()


async def test_what_waits_is_marked_as_offered_once(store: Store) -> None:
    def work(tx: Transaction) -> list[dict[int, Millis]]:
        fill(tx)
        tx.add_deliveries([delivery(91), delivery(92, state=DeliveryState.HANDED_OVER), delivery(93, offered_at=0)])
        tx.add_deliveries([delivery(91, SECOND)])
        first = tx.offer(FIRST, [91, 92, 93, 94], AT)
        return [first, tx.offer(FIRST, [91], Millis(AT + 1))]

    # What an earlier version kept no record of is known from now on; what has ended, or is another's, is not marked.
    assert await store.write(work) == [{91: AT, 93: AT}, {91: AT}]
    rows = [await store.delivery(number, who) for number, who in ((91, FIRST), (92, FIRST), (91, SECOND))]
    assert [row and row.offered_at for row in rows] == [AT, None, None]


async def test_cosigned_checkpoints_are_kept_by_size_and_found_by_witness(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.keep_cosigned(CosignedRow(3, AT, b"w1"), "w1")
        tx.keep_cosigned(CosignedRow(9, AT, b"w1"), "w1")
        tx.keep_cosigned(CosignedRow(5, AT, b"w2"), "w2")
        tx.keep_cosigned(CosignedRow(5, Millis(AT + 1), b"w2 w1"), "w1")

    await store.write(work)
    both = CosignedRow(5, Millis(AT + 1), b"w2 w1")  # the note of a size holds all that came for it
    assert await store.cosigned(0, 10) == [CosignedRow(3, AT, b"w1"), both, CosignedRow(9, AT, b"w1")]
    assert await store.cosigned(3, 1) == [both]
    assert await store.last_cosigned() == await store.last_cosigned("w1") == CosignedRow(9, AT, b"w1")
    assert (await store.last_cosigned("w2"), await store.last_cosigned("w3")) == (both, None)
    inside = await store.inspect(
        lambda tx: (tx.cosigned(5), tx.cosigned(4), tx.cosigned_by("w1", 4), tx.cosigned_by("w2", 6))
    )
    assert inside == (both, None, 5, None)


async def test_a_leaf_is_covered_by_the_smallest_time_stamp_above_it(store: Store) -> None:
    rows = [TimestampRow(5, 7, AT), TimestampRow(9, 11, Millis(AT + 1))]
    for row in rows:
        await store.write(lambda tx, row=row: tx.add_timestamp(row))  # type: ignore[misc]
    assert [await store.timestamp_covering(n) for n in (0, 4, 5, 8, 9)] == [rows[0], rows[0], rows[1], rows[1], None]
    assert await store.last_timestamp() == rows[1]


async def test_a_certificate_keeps_the_time_at_which_it_was_first_seen(store: Store) -> None:
    first = X509Row("ab" * 32, "crl", b"der", Millis(AT + 5))
    older = X509Row("cd" * 32, "crl", b"older", AT)
    authority = X509Row("ef" * 32, "authority", b"ca", AT)
    await store.write(lambda tx: tx.keep_x509([first, older, authority]))
    await store.write(lambda tx: tx.keep_x509([X509Row(first.sha256, "crl", b"forged", AT)]))
    assert (await store.x509(first.sha256), await store.x509("00" * 32)) == (first, None)
    assert await store.x509_of("crl") == [older, first]
    assert await store.x509_of("authority") == [authority]


async def test_leaves_that_are_no_evidence_are_found_by_kind(store: Store) -> None:
    rows = [
        leaf(0),
        leaf(1, kind=2, recipient=FIRST, message=None),
        leaf(2, kind=4, recipient="", message=None),
        leaf(3, kind=2, recipient=SECOND, message=None),
        leaf(4, kind=2, recipient=FIRST, message=None),
    ]
    await store.write(lambda tx: tx.add_leaves(rows))
    assert await store.leaves_of_kind(2, 0, 10) == [rows[1], rows[3], rows[4]]
    assert await store.leaves_of_kind(2, 2, 1) == [rows[3]]
    assert await store.certificate_leaves(FIRST) == [rows[1], rows[4]]
    newest = await store.inspect(lambda tx: (tx.last_of_kind(2), tx.last_of_kind(4), tx.last_of_kind(5)))
    assert newest == (rows[4], rows[2], None)


async def test_purging_deletes_the_bytes_once_and_keeps_all_else(store: Store) -> None:
    await store.write(fill)
    await store.write(lambda tx: tx.add_message(message(2), None))
    assert await store.blobs_named() == {message(2).sha256}
    assert await store.write(lambda tx: (tx.purge(1, AT), tx.purge(2, AT), tx.purge(1, Millis(AT + 1)))) == (
        True,
        True,
        False,
    )
    assert (await store.content(1), await store.blobs_named()) == (None, set())
    kept = await store.message(1)
    assert kept is not None
    assert (kept.sha256, len(await store.deliveries(1)), await store.leaf(0)) == (message(1).sha256, 1, leaf(0))


async def test_only_old_documents_that_nobody_waits_for_may_be_purged(store: Store) -> None:
    held = DeliveryState.HANDED_OVER
    rows = [
        delivery(1, state=held),
        delivery(2, state=held, pending=9),
        delivery(3),
        delivery(4, state=held),
        delivery(4, SECOND),
        delivery(5, state=DeliveryState.EXPIRED),
        delivery(6, state=held, kind=MessageKind.STATUS),
        delivery(7, state=held),
        delivery(8, state=held),
    ]
    times = {7: AT + 1_000}

    def work(tx: Transaction) -> None:
        for number in range(1, 9):
            kind = MessageKind.STATUS if number == 6 else MessageKind.DOCUMENT
            tx.add_message(message(number, kind=kind, accepted_at=Millis(times.get(number, AT))), b"")
        tx.add_deliveries(rows)

    await store.write(work)
    assert [m.number for m in await store.purgeable(Millis(AT + 1_000), 0, 10)] == [1, 5, 8]
    assert [m.number for m in await store.purgeable(Millis(AT + 1_001), 1, 2)] == [5, 7]
    await store.write(lambda tx: tx.purge(1, AT))
    assert [m.number for m in await store.purgeable(Millis(AT + 1), 0, 10)] == [5, 8]


async def test_the_store_finds_what_has_lost_its_other_half(store: SqliteStore) -> None:
    await store.write(fill)
    assert (await store.strays(), await store.integrity()) == ([], [])
    await store._writer.run(lambda db: db.execute("DELETE FROM message"))
    assert await store.strays() == [("content", 1), ("delivery", 1)]
    assert await store.rows("counter", "agency", "direction", "n") == [
        ("000.00.00.G22", "out", 1),
        (FIRST, "mailbox-document", 1),
    ]


async def test_a_damaged_file_is_complained_of(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "axis.sqlite"
    store = await SqliteStore.open(path, driver=driver)
    await store.write(lambda tx: tx.add_message(message(1), None))
    await store.close()
    data = path.read_bytes()
    identity = b"identity 1"
    assert data.count(identity) == 2  # in the table, and in its index
    at = data.rindex(identity)
    path.write_bytes(data[:at] + b"identity 7" + data[at + len(identity) :])
    store = await SqliteStore.open(path, driver=driver)
    assert any("message_identity" in complaint for complaint in await store.integrity())
    await store.close()


async def test_signs_of_life_and_who_cannot_come_in(store: Store) -> None:
    def work(tx: Transaction) -> list[object]:
        found: list[object] = [tx.heartbeat()]
        tx.beat(AT)
        tx.beat(Millis(AT + 1))
        tx.lock_out(FIRST, AT, "SUSPENDED")
        tx.lock_out(SECOND, Millis(AT + 5), "NO_CERTIFICATE")
        tx.let_in(SECOND)
        return [*found, tx.heartbeat(), tx.locked_out()]

    assert await store.write(work) == [None, AT + 1, {FIRST: (AT, "SUSPENDED")}]


async def test_what_waits_is_put_off_and_nothing_else(store: Store) -> None:
    expire = (100, 200, 300, 400, 500)

    def work(tx: Transaction) -> None:
        tx.add_deliveries(
            [
                delivery(81, placed_at=AT, ends_at=Millis(AT + 10)),
                delivery(82, placed_at=AT, lane=2),  # of an earlier version, without an end of its own
                delivery(83, placed_at=AT, ends_at=Millis(AT + 10), state=DeliveryState.HANDED_OVER),
                delivery(84, placed_at=AT, due_at=None),  # a status has no end
                delivery(81, SECOND, placed_at=AT, ends_at=Millis(AT + 10)),
            ]
        )
        tx.put_off(FIRST, 1_000, Millis(0), expire)
        tx.put_off("", 50, Millis(AT + 200), expire)

    await store.write(work)
    keys = ((81, FIRST), (82, FIRST), (83, FIRST), (84, FIRST), (81, SECOND))
    rows = [await store.delivery(*key) for key in keys]
    ends = [row.ends_at - AT if row and row.ends_at is not None else None for row in rows]
    assert ends == [1_060, 300 + 1_050, 10, None, 200]
