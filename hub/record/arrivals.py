"""The book of arrivals of an agency, kept in the transaction of what is recorded about a document, however that came.

A status of the recipient's that registers a document (03, and each after it) gives it the next arrival number of the
year right there: from the console, a system of the agency and the command line alike. A line that an earlier version
did not write is put right by whoever reads the register next. A crash undoes status and line together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from hub.core.model import DeliveryState, vietnam_date
from hub.store import DeliveryRow, Transaction
from hub.store.mail import MailRow, Stage

REGISTERED: Final = frozenset({"03", "04", "05", "06"})
"""What a recipient says of a document that it registered."""


def stage_of(delivery: DeliveryRow) -> Stage | None:
    """By the record; None for one that nobody signed for."""
    match delivery.state:
        case DeliveryState.HANDED_OVER if delivery.progress == "06":
            return Stage.DONE
        case DeliveryState.HANDED_OVER if delivery.progress in REGISTERED:
            return Stage.IN_HAND
        case DeliveryState.HANDED_OVER:
            return Stage.TO_REGISTER
        case DeliveryState.REFUSED:
            return Stage.RETURNED
        case DeliveryState.TAKEN_BACK:
            return Stage.GONE
    return None


def entered(tx: Transaction, agency: str, delivery: DeliveryRow, by: str = "") -> MailRow | None:
    """The line of the agency's book as the record says, with an arrival number once it is registered; written where it
    was another. None for a document that nobody signed for."""
    stage = stage_of(delivery)
    if stage is None:
        return None
    known = tx.mail(agency, delivery.message)
    row = known or MailRow(
        agency=agency, message=delivery.message, arrived_at=delivery.handed_at or delivery.placed_at, by=by
    )
    year, number = row.year, row.number
    if not number and stage in (Stage.IN_HAND, Stage.DONE):
        year = vietnam_date(row.arrived_at).year
        number = tx.last_mail_number(agency, year) + 1
    after = msgspec.structs.replace(row, stage=stage, year=year, number=number, by=by or row.by)
    if after != known:
        tx.put_mail(after)
    return after


def put_right(tx: Transaction, agency: str, messages: Iterable[int]) -> list[MailRow]:
    """The lines of these, as an earlier version would have left them out; in the order in which they are given."""
    rows = [tx.delivery(message, agency) for message in messages]
    lines = [entered(tx, agency, row) for row in rows if row is not None]
    return [line for line in lines if line is not None]
