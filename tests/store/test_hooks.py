"""The contract of `hub.store`: endpoints of webhooks, how far they were told, what waits out of turn."""

from __future__ import annotations

from hub.core.model import Millis
from hub.store import HappenedRow, HookNoticeRow, HookRow, Store
from hub.store.attempts import HookAttemptRow
from tests.store.rows import AT, FIRST, SECOND, SENDER, delivery, fill, leaf, message

HOOK = HookRow(
    number=0,
    agency=FIRST,
    url="https://h52.example/hooks",
    kinds="document.arrived",
    state="active",
    why="",
    salt=b"s" * 32,
    old_salt=b"o" * 32,
    old_until=AT,
    created_at=AT,
    next=7,
    failures=2,
    failing_since=Millis(AT + 1),
    retry_at=Millis(AT + 2),
    sent_at=Millis(AT + 3),
    outcome="status",
    status=500,
)


def notice(identifier: str, **changes: object) -> HookNoticeRow:
    given: dict[str, object] = {"hook": 1, "id": identifier, "type": "t", "body": b"{}", "at": AT, "next_at": AT}
    return HookNoticeRow(**(given | changes))  # type: ignore[arg-type]


async def test_an_endpoint_is_kept_as_it_is_and_its_number_is_never_given_again(store: Store) -> None:
    first = await store.write(lambda tx: tx.add_hook(HOOK))
    second = await store.write(lambda tx: tx.add_hook(HOOK))
    assert (first.number, second.number) == (1, 2)
    assert await store.hooks() == [first, second]
    changed = HookRow(2, SECOND, "u", "", "disabled", "gone", b"", b"", Millis(0), AT)
    await store.write(lambda tx: tx.keep_hooks([changed]))
    assert await store.hooks() == [first, changed]

    def removed(tx: object) -> None:
        tx.keep_hook_notices([notice("a", hook=2)], 9)  # type: ignore[attr-defined]
        tx.remove_hook(2)  # type: ignore[attr-defined]

    await store.write(removed)
    assert await store.hooks() == [first]
    assert await store.hook_notice(2, "a") is None
    assert [row for row in await store.rows("hook", "number", "url", "salt") if row[0] == 2] == [(2, "", b"")]
    assert (await store.write(lambda tx: tx.add_hook(HOOK))).number == 3


async def test_how_far_they_know_is_one_number(store: Store) -> None:
    assert await store.hook_scan() is None
    for leaf_number in (5, 9):
        await store.write(lambda tx, n=leaf_number: tx.set_hook_scan(n))  # type: ignore[misc]
    assert await store.hook_scan() == 9


async def test_what_waits_out_of_turn_is_found_by_when_it_is_due(store: Store) -> None:
    rows = [
        notice("c", next_at=Millis(AT + 3)),
        notice("a", next_at=Millis(AT + 9), attempts=4, outcome="timeout", status=0),
        notice("b", state="sent", next_at=None),
        notice("d", state="failed", next_at=None),
        notice("e", hook=2, next_at=Millis(AT + 1)),
    ]
    await store.write(lambda tx: tx.keep_hook_notices(rows, 9))
    assert await store.hook_due(1) == (rows[0], 2)
    assert await store.hook_due(3) is None
    assert await store.hooks_due() == {1: (AT + 3, 2), 2: (AT + 1, 1)}
    assert [row.id for row in await store.hook_notices(1, 9)] == ["a", "c", "d"]
    assert [row.id for row in await store.hook_notices(1, 1, "a")] == ["c"]
    assert await store.hook_notice(1, "b") == rows[2]
    await store.write(lambda tx: tx.drop_hook_notice(1, "c"))
    assert await store.hook_due(1) == (rows[1], 1)


async def test_of_what_was_given_up_the_newest_stay(store: Store) -> None:
    rows = [notice(f"{n}", at=Millis(AT + n), state="failed", next_at=None) for n in range(5)] + [notice("w")]
    await store.write(lambda tx: tx.keep_hook_notices(rows, 2))
    assert [row.id for row in await store.hook_notices(1, 9)] == ["3", "4", "w"]


async def test_evidence_comes_in_the_order_of_the_log_with_its_document(store: Store) -> None:
    def work(tx: object) -> None:
        fill(tx)  # type: ignore[arg-type]
        tx.add_message(message(2, sender=FIRST, priority=4), None)  # type: ignore[attr-defined]
        tx.add_deliveries([delivery(2, SECOND), delivery(2, SENDER)])  # type: ignore[attr-defined]
        rows = [leaf(1, message=2), leaf(2, kind=2, message=None), leaf(3)]
        tx.add_leaves(rows)  # type: ignore[attr-defined]

    await store.write(work)
    found = await store.evidence(0, 9)
    assert [(row.leaf, row.sender, row.lane) for row in found] == [(0, SENDER, 3), (1, FIRST, 4), (3, SENDER, 3)]
    assert await store.evidence(1, 2) == [HappenedRow(1, b"object 1", FIRST, 4)]
    assert sorted(await store.placed(2)) == sorted([SECOND, SENDER])


def attempt(hook: int, at: int, identifier: str = "evt") -> HookAttemptRow:
    return HookAttemptRow(hook, Millis(AT + at), f"{identifier}_{at}", "document.arrived", "status", 500, at)


async def test_of_an_endpoint_the_newest_tries_stay_in_their_order(store: Store) -> None:
    rows = [attempt(1, n) for n in range(5)]
    await store.write(lambda tx: tx.add_hook_attempts([*rows[:2], attempt(2, 9)], 3))
    await store.write(lambda tx: tx.add_hook_attempts(rows[2:], 3))
    assert await store.hook_attempts(1, 9) == rows[:1:-1]
    assert await store.hook_attempts(1, 2) == rows[:2:-1]
    assert await store.hook_attempts(2, 9) == [attempt(2, 9)]
    assert await store.hook_attempts(3, 9) == []


async def test_old_tries_and_those_beyond_a_number_go_a_few_at_once(store: Store) -> None:
    await store.write(lambda tx: tx.add_hook_attempts([attempt(n % 3, n) for n in range(9)], 9))
    drops = [
        await store.write(lambda tx, h=h, m=m: tx.drop_hook_attempts(Millis(AT + 3), h, m))
        for h, m in ((9, 2), (9, 2), (9, 2), (4, 9), (4, 9))
    ]  # type: ignore[misc]
    assert drops == [2, 1, 0, 2, 0]
    assert [row.ms for hook in range(3) for row in await store.hook_attempts(hook, 9)] == [6, 7, 8, 5]


async def test_the_tries_of_a_removed_endpoint_go_with_it(store: Store) -> None:
    number = (await store.write(lambda tx: tx.add_hook(HOOK))).number
    await store.write(lambda tx: tx.add_hook_attempts([attempt(number, 1), attempt(number + 1, 1)], 9))
    await store.write(lambda tx: tx.remove_hook(number))
    assert await store.hook_attempts(number, 9) == []
    assert await store.hook_attempts(number + 1, 9) == [attempt(number + 1, 1)]
