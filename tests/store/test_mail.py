"""An agency's book of its mail: numbers without a double, lines that stay."""

from __future__ import annotations

import pytest

from hub.core.model import Millis
from hub.store import Store, Transaction
from hub.store.mail import MailRow, Stage

ROW = MailRow(agency="A", message=7, stage=Stage.TO_REGISTER, arrived_at=Millis(5))


def numbered(row: MailRow, number: int) -> MailRow:
    return MailRow(
        agency=row.agency, message=row.message, stage=Stage.IN_HAND, year=2026, number=number,
        arrived_at=row.arrived_at, assignee="Nguyễn Thị Mẫu", due="2026-11-30", answer="1/UBND", by="an",
    )  # fmt: skip


async def test_a_line_comes_back_with_every_member(store: Store) -> None:
    await store.write(lambda tx: tx.put_mail(ROW))
    assert await store.mail("A", 7) == ROW
    assert await store.mail("B", 7) is None
    await store.write(lambda tx: tx.put_mail(numbered(ROW, 1)))
    assert await store.mail("A", 7) == numbered(ROW, 1)
    assert await store.inspect(lambda tx: (tx.mail("A", 7), tx.mail("A", 8))) == (numbered(ROW, 1), None)


async def test_a_number_is_given_once_and_stays(store: Store) -> None:
    other = MailRow(agency="A", message=8)
    await store.write(lambda tx: tx.put_mail(numbered(ROW, 3)))

    def again(row: MailRow) -> object:
        def work(tx: Transaction) -> None:
            tx.put_mail(row)

        return work

    for wrong in (numbered(ROW, 4), numbered(other, 3)):
        with pytest.raises(Exception, match=r"number|UNIQUE"):
            await store.write(again(wrong))  # type: ignore[arg-type]
    assert await store.mail("A", 7) == numbered(ROW, 3)
    assert await store.mail("A", 8) is None
    assert await store.inspect(lambda tx: (tx.last_mail_number("A", 2026), tx.last_mail_number("A", 2027))) == (3, 0)
    await store.write(lambda tx: tx.put_mail(numbered(MailRow(agency="B", message=8), 3)))


async def test_lists_and_the_book_are_of_one_agency(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for number in range(1, 6):
            tx.put_mail(numbered(MailRow(agency="A", message=10 - number), number))
            tx.put_mail(MailRow(agency="A", message=20 + number, arrived_at=Millis(number)))
        tx.put_mail(MailRow(agency="B", message=1))

    await store.write(work)
    assert [row.message for row in await store.mails("A", Stage.TO_REGISTER, 3)] == [25, 24, 23]
    assert [row.message for row in await store.mails("A", Stage.TO_REGISTER, 3, 23)] == [22, 21]
    assert [row.number for row in await store.mail_book("A", 2026, 2, 2)] == [3, 4]
    assert await store.mail_book("A", 2025, 0, 9) == []
    assert await store.mail_counts("A") == {Stage.TO_REGISTER: 5, Stage.IN_HAND: 5}
    assert await store.mail_counts("B") == {Stage.TO_REGISTER: 1, Stage.IN_HAND: 0}
