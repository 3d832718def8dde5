"""A clerk's desk: documents that wait, that are in hand, that went out, and how each stands.

The record says how a document stands, the book (`hub.store.mail`) where the clerk left it. A line of the book that is
behind the record is put right here, before anybody sees it: so a crash between the two costs nothing but that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from hub.admission.submission import Caller
from hub.core.edxml.detail import Detail, decode
from hub.core.errors import DeliveryConflict, NotFound
from hub.core.model import Agency, DeliveryState, MessageKind, Millis, vietnam_date
from hub.desk import corrections
from hub.exchange import Exchange
from hub.finding.asked import Asked
from hub.finding.find import find
from hub.record import arrivals
from hub.record.arrivals import stage_of
from hub.store import DeliveryRow, MessageRow, Shown, Side, Transaction
from hub.store.mail import MailRow, Stage
from hub.store.search import Bill

PAGE: Final = 50
WAITING: Final = 200
"""Documents that wait, of which a list shows the first: urgent ones before all others."""


class Line(NamedTuple):
    """A document that came in. `asked`: the request (take-back, update, replacement) that awaits an answer."""

    message: MessageRow
    delivery: DeliveryRow
    detail: Detail
    mail: MailRow | None
    asked: MessageRow | None = None

    @property
    def held(self) -> bool:
        return self.delivery.state is DeliveryState.HANDED_OVER

    @property
    def waits(self) -> bool:
        """Whether it is for the clerk to take or to return."""
        return stage_of(self.delivery) in (None, Stage.TO_REGISTER) and self.delivery.state in (
            DeliveryState.WAITING,
            DeliveryState.HANDED_OVER,
        )


class Sent(NamedTuple):
    """A document that went out."""

    message: MessageRow
    detail: Detail
    shown: Shown


class Noted(NamedTuple):
    """A clerk's word of a document beside the signed one; None leaves the earlier word."""

    assignee: str | None = None
    due: str | None = None
    answer: str | None = None


_NOTHING: Final = Noted()


class Desk:
    """Of the agency that `caller` is."""

    def __init__(self, exchange: Exchange, caller: Caller) -> None:
        self.exchange, self.store, self.caller = exchange, exchange.store, caller
        self.acting = exchange.acting(caller, "")
        self.agency: Agency = self.acting.agency

    @property
    def code(self) -> str:
        return self.agency.code

    # Incoming.

    async def waiting(self) -> list[Line]:
        """Documents that nobody signed for yet, and signed ones that are not registered: urgent ones first."""
        lines = []
        for box in self.acting.boxes:
            for entry in await self.store.inbox(box, DeliveryState.WAITING, WAITING):
                if entry.message.kind is MessageKind.DOCUMENT:
                    told = decode(entry.told) if entry.told else Detail()
                    asked = entry.asked.message if entry.asked is not None else None
                    lines.append(Line(entry.message, entry.delivery, told, None, asked))
        lines += await self.stage(Stage.TO_REGISTER, WAITING)
        return sorted(lines, key=lambda line: (-line.delivery.lane, -line.message.number))

    async def unsigned(self, most: int) -> list[MessageRow]:
        """Messages that wait to be signed for, statuses too."""
        found = []
        for box in self.acting.boxes:
            found += [entry.message for entry in await self.store.inbox(box, DeliveryState.WAITING, most)]
        return found[:most]

    async def stage(self, stage: Stage, limit: int = PAGE, before: int | None = None) -> list[Line]:
        """Newest first. A line of the book that is behind the record is put right, and left out where it stands
        elsewhere by now."""
        rows = await self.store.mails(self.code, stage, limit, before)
        lines = await self._lines(rows)
        return [line for line in lines if line.mail is not None and line.mail.stage is stage]

    async def _lines(self, rows: Sequence[MailRow]) -> list[Line]:
        numbers = [row.message for row in rows]
        messages = {row.number: row for row in await self.store.messages(Bill(), numbers)}
        details = await self.store.details(numbers)
        lines = []
        for row in rows:
            delivery = await self._delivery(row.message)
            if delivery is None or row.message not in messages:
                continue
            if stage_of(delivery) not in (None, row.stage):
                row = await self.settle(delivery) or row
            asked = await self.store.message(delivery.pending) if delivery.pending is not None else None
            lines.append(Line(messages[row.message], delivery, details.get(row.message, Detail()), row, asked))
        return lines

    async def _delivery(self, message: int) -> DeliveryRow | None:
        for box in self.acting.boxes:
            if (row := await self.store.delivery(message, box)) is not None:
                return row
        return None

    async def line(self, name: str) -> Line:
        """NotFound for one that this agency was not sent."""
        seen = await self.exchange.seen(self.caller, name, Side.RECEIVED)
        delivery = seen.delivery
        if delivery is None:
            raise DeliveryConflict(expected="a document that came in", found="one that went out")
        row = await self.store.mail(self.code, seen.message.number)
        if row is not None and stage_of(delivery) not in (None, row.stage):
            row = await self.settle(delivery)
        asked = await self.store.message(delivery.pending) if delivery.pending is not None else None
        detail = (await self.store.details([seen.message.number])).get(seen.message.number, Detail())
        return Line(seen.message, delivery, detail, row, asked)

    async def next_number(self, at: Millis) -> int:
        year = vietnam_date(at).year
        return 1 + await self.store.inspect(lambda tx: tx.last_mail_number(self.code, year))

    async def settle(self, delivery: DeliveryRow, by: str = "", noted: Noted = _NOTHING) -> MailRow | None:
        """The line of the book as the record says, with an arrival number once it is registered. None for a document
        that nobody signed for."""
        return await self.store.write(lambda tx: self._settled(tx, delivery.message, delivery.recipient, by, noted))

    def _settled(self, tx: Transaction, message: int, recipient: str, by: str, noted: Noted) -> MailRow | None:
        delivery = tx.delivery(message, recipient)
        row = arrivals.entered(tx, self.code, delivery, by) if delivery is not None else None
        if row is None:
            return None
        said = {name: value for name, value in noted._asdict().items() if value is not None}
        after = msgspec.structs.replace(row, **said)
        if after != row:
            tx.put_mail(after)
        if row.number and row.assignee and after.assignee != row.assignee:
            at = self.exchange.clock()
            corrections.passed_on(tx, self.code, by or row.by, message, row.assignee, after.assignee, at)
        return after

    async def book(self, year: int, after: int, limit: int) -> list[Line]:
        """Lines of the register of a year, by their numbers."""
        return await self._lines(await self.store.mail_book(self.code, year, after, limit))

    # Outgoing.

    async def sent(self, limit: int = PAGE, before: int | None = None) -> tuple[list[Sent], int | None]:
        """Newest first, and where the next page begins."""
        rows = await self.store.outbox(self.code, limit, before)
        return await self._sent(rows), rows[-1].number if len(rows) == limit else None

    async def sent_in(self, state: DeliveryState, cursor: int | None) -> tuple[list[Sent], int | None]:
        """Those with a delivery in that state."""
        asked = Asked(sender=self.code, state=state, limit=PAGE, cursor=cursor)
        found = await find(self.exchange, self.caller, asked)
        return [Sent(hit.message, hit.detail or Detail(), hit.shown) for hit in found.hits], found.cursor

    async def _sent(self, rows: Sequence[MessageRow]) -> list[Sent]:
        numbers = [row.number for row in rows]
        details = await self.store.details(numbers)
        shown = await self.store.shown(Bill(), numbers, None, 20)
        return [Sent(row, details.get(row.number, Detail()), shown[row.number]) for row in rows]

    async def own(self, name: str) -> MessageRow:
        """NotFound for a document that this agency did not send."""
        seen = await self.exchange.seen(self.caller, name, Side.SENT)
        if not seen.whole:  # it came in: to whom else it went is not for its recipient
            raise NotFound(found=name[:80])
        return seen.message
