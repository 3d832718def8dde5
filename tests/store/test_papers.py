"""An agency's own papers: of one agency each, named once, and directions and corrections that stay."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from hub.core.model import Millis
from hub.store import Store, Transaction
from hub.store.papers import KEPT, Held, Paper, PaperRow

ROW = PaperRow(agency="A", kind=Paper.DRAFT, number=1, about=7, name="x", at=Millis(5), by="an", entry=b"{}")


def put(row: PaperRow) -> Callable[[Transaction], None]:
    return lambda tx: tx.put_paper(row)


async def test_a_paper_comes_back_with_every_member(store: Store) -> None:
    await store.write(put(ROW))
    assert await store.paper("A", Paper.DRAFT, 1) == ROW
    assert await store.paper("B", Paper.DRAFT, 1) is None
    assert await store.paper("A", Paper.GROUP, 1) is None
    assert await store.paper_named("A", Paper.DRAFT, "x") == ROW
    assert await store.paper_named("A", Paper.DRAFT, "") is None
    changed = msgspec.structs.replace(ROW, entry=b"[1]", at=Millis(6), about=0, name="y", by="")
    await store.write(put(changed))
    assert await store.inspect(lambda tx: tx.paper("A", Paper.DRAFT, 1)) == changed
    await store.write(lambda tx: tx.drop_paper("A", Paper.DRAFT, 1))
    assert await store.paper("A", Paper.DRAFT, 1) is None


async def test_a_name_is_given_once(store: Store) -> None:
    await store.write(put(ROW))
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(put(msgspec.structs.replace(ROW, number=2)))
    await store.write(put(msgspec.structs.replace(ROW, number=2, name="")))
    await store.write(put(msgspec.structs.replace(ROW, number=3, name="")))
    await store.write(put(msgspec.structs.replace(ROW, agency="B")))


@pytest.mark.parametrize("kind", KEPT)
async def test_directions_and_corrections_stay_as_they_were_written(store: Store, kind: Paper) -> None:
    row = msgspec.structs.replace(ROW, kind=kind)
    await store.write(put(row))
    with pytest.raises(Exception, match="stays as it is"):
        await store.write(put(msgspec.structs.replace(row, entry=b"other")))
    with pytest.raises(Exception, match="is kept"):
        await store.write(lambda tx: tx.drop_paper("A", kind, 1))
    assert await store.paper("A", kind, 1) == row


async def test_lists_and_sums_are_of_one_agency_and_kind(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for number in range(1, 6):
            tx.put_paper(PaperRow(agency="A", kind=Paper.DIRECTION, number=number, about=number % 2, entry=b"12"))
        tx.put_paper(PaperRow(agency="B", kind=Paper.DIRECTION, number=9, about=1, entry=b"123"))

    await store.write(work)
    assert [row.number for row in await store.papers("A", Paper.DIRECTION, 2)] == [5, 4]
    assert [row.number for row in await store.papers("A", Paper.DIRECTION, 9, 3)] == [2, 1]
    assert [row.number for row in await store.papers_about("A", Paper.DIRECTION, [0, 1])] == [1, 3, 5]
    assert await store.papers_about("A", Paper.DRAFT, [1]) == []
    told = await store.inspect(
        lambda tx: (
            tx.papers_held("A", Paper.DIRECTION),
            tx.last_paper("B", Paper.DIRECTION),
            tx.last_paper("B", Paper.DRAFT),
            len(tx.papers_about("A", Paper.DIRECTION, [1])),
            tx.paper_named("A", Paper.GROUP, "x"),
        )
    )
    assert told == (Held(5, 10, 5), 9, 0, 3, None)
