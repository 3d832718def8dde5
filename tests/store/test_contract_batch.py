"""The contract of `hub.store`, third part: what a batch asks of it, and mailboxes that are long."""

from __future__ import annotations

import itertools

import pytest

from hub.core.model import DeliveryState, MessageKind, Millis
from hub.store import DeliveryRow, InboxEntry, Store, Transaction
from tests.store.rows import AT, FIRST, SECOND, SENDER, delivery, fill, message

LONG = 2_600  # messages: more than two volumes of the index over what has ended


async def test_what_changed_something_is_told_from_what_did_not(store: Store) -> None:
    told: list[tuple[str, bool]] = []

    def work(tx: Transaction) -> None:
        def step(name: str, happened: object = None) -> None:
            told.append((name, tx.changes() != before[0]))
            before[0] = tx.changes()

        before = [tx.changes()]
        step("nothing")
        fill(tx)
        step("insertions")
        step("reading", (tx.message(1), tx.deliveries(1), tx.counter(SENDER, "out"), tx.consigned(FIRST, [1])))
        taken = delivery(1, state=DeliveryState.TAKEN_BACK)
        step("a move that failed", tx.move(delivery(1, state=DeliveryState.REFUSED), taken))
        step("a move", tx.move(delivery(1), taken))
        step("kept already", tx.keep_signed("ab" * 32, b"signed"))

    await store.write(work)
    assert [name for name, changed in told if changed] == ["insertions", "a move"]


async def test_what_was_consigned_to_one_recipient_comes_with_its_deliveries(store: Store) -> None:
    def work(tx: Transaction) -> dict[int, InboxEntry]:
        for number in (1, 2, 3):
            tx.add_message(message(number), None)
        moved = delivery(3, state=DeliveryState.HANDED_OVER, handed_at=Millis(AT + 9), due_at=None)
        tx.add_deliveries([delivery(1), delivery(2, SECOND), delivery(3), delivery(3, SECOND)])
        tx.move(delivery(3), moved)
        return tx.consigned(FIRST, [3, 1, 2, 0, 99, 3])

    assert await store.write(work) == {
        1: InboxEntry(message(1), delivery(1)),
        3: InboxEntry(message(3), delivery(3, state=DeliveryState.HANDED_OVER, handed_at=AT + 9, due_at=None)),
    }
    assert await store.inspect(lambda tx: tx.consigned(FIRST, [])) == {}


def _row(number: int) -> DeliveryRow:
    """In every state and lane by turns; a status now and then."""
    states, lanes = itertools.cycle(DeliveryState), 5
    state = next(itertools.islice(states, number % 5, None))
    kind = MessageKind.STATUS if number % 7 == 0 else MessageKind.DOCUMENT
    recipient = FIRST if number % 3 else SECOND
    return delivery(number, recipient, state=state, lane=number // 5 % lanes, kind=kind)


@pytest.mark.parametrize("state", DeliveryState)
async def test_a_long_mailbox_is_read_in_order_page_by_page_in_every_state(store: Store, state: DeliveryState) -> None:
    rows = [_row(number) for number in range(1, LONG)]

    def work(tx: Transaction) -> None:
        for row in rows:
            tx.add_message(message(row.message), None)
        tx.add_deliveries(rows)

    await store.write(work)
    expected = sorted(
        (row for row in rows if row.recipient == FIRST and row.state is state), key=lambda r: (-r.lane, r.message)
    )
    found: list[DeliveryRow] = []
    after: tuple[int, int] | None = None
    while page := await store.inbox(FIRST, state, 70, after):
        assert [entry.message.number for entry in page] == [entry.delivery.message for entry in page]
        found += [entry.delivery for entry in page]
        after = (found[-1].lane, found[-1].message)
    assert found == expected
    tallies = {(t.agency, t.kind): t.states.get(state, 0) for t in await store.tallies()}
    assert tallies[FIRST, MessageKind.DOCUMENT] == sum(row.kind is MessageKind.DOCUMENT for row in expected)
    assert tallies[FIRST, MessageKind.STATUS] == sum(row.kind is MessageKind.STATUS for row in expected)
