"""A search: the question, a walk through the numbers, a page.

The walk goes through the documents by their numbers, newest first or oldest first, in windows: the matches in the
index, and of these the ones that the record confirms, which alone decides on sight and knows states. A page ends when
it is full, when there is nothing more, or when the question has cost `BUDGET` seconds of processor; then its cursor
says where to go on. So no question, however it is put, takes much longer than that, and none is answered wrongly.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

import msgspec

from hub import access, auditing
from hub.access import View
from hub.admission.submission import AGENCY, Caller
from hub.core.edxml.detail import Detail
from hub.core.errors import BadRequest, Unavailable
from hub.core.ids import number_of
from hub.core.model import DeliveryState, vietnam_date
from hub.exchange import Exchange
from hub.finding.asked import Asked, arrival_of, match_of
from hub.store import MessageRow, Shown
from hub.store.search import Among, Bill, Match, Search, Span

BUDGET: Final = 0.12
_CAUGHT_UP_SECONDS: Final = 0.05
_WINDOW: Final = 250_000
_CHUNK: Final = 200
_OPEN_CHUNK: Final = 1_000
_STREWN: Final = 50
"""A document in so many, on average: above it they are looked for one by one."""
_DELIVERIES: Final = 20_000
SHOWN: Final = 20
"""Deliveries that are shown with each document."""


class Hit(msgspec.Struct, frozen=True):
    """A document as its finder may see it: `shown` counts the deliveries that it sees, and has the first of them."""

    message: MessageRow
    detail: Detail | None
    shown: Shown
    about: str = ""


class Found(msgspec.Struct, frozen=True):
    """`cursor` None: there is nothing more. `behind`: documents that are not in the index yet, and so are not found.
    `seconds` of processor that it took."""

    hits: list[Hit]
    cursor: int | None
    behind: int
    seconds: float


async def find(exchange: Exchange, caller: Caller, asked: Asked) -> Found:
    """One page. Forbidden, BadRequest for a question that is none; Unavailable where the index cannot be read."""
    indexing, index = exchange.indexing, exchange.store.index
    if indexing is None or index is None:
        raise Unavailable(found="no index here")
    if asked.arrival and caller.role != AGENCY:
        raise BadRequest(expected="no arrival number: it is an agency's own", found=asked.arrival[:40])
    view = access.view(exchange.directory, caller, exchange.clock(), asked.agency)
    bill = Bill()
    match = match_of(asked, view, exchange.directory)
    behind = await indexing.caught_up(_CAUGHT_UP_SECONDS)
    walk = _Walk(exchange, index, view, asked, match, bill)
    numbers, cursor = await (walk.registered(access.desk(exchange.directory, caller)) if asked.arrival else walk.page())
    hits = await _hits(exchange, view, numbers, bill)
    if len(hits) < len(numbers):
        cursor = hits[-1].message.number
    if view.recorded:
        # A crash right here leaves a search on record whose answer nobody had; never the other way round.
        await auditing.searched(exchange, caller, _recorded(asked), len(hits))
    return Found(hits, cursor, behind, bill.seconds)


def _recorded(asked: Asked) -> str:
    """The members that were asked for."""
    given = {name: value for name, value in msgspec.to_builtins(asked).items() if value not in ("", None, False)}
    return msgspec.json.encode(given).decode()


class _Walk:
    def __init__(
        self, exchange: Exchange, index: Search, view: View, asked: Asked, match: Match | None, bill: Bill
    ) -> None:
        self._finder = exchange.store.finder
        self._exchange = exchange
        self._index = index
        self._asked = asked
        self._match = match
        self._bill = bill
        recipient = exchange.directory.get(asked.recipient)
        self._by_state = asked.state not in (None, DeliveryState.HANDED_OVER)
        self._among = Among(view.parties, asked.state, recipient.code if recipient is not None else asked.recipient)

    async def page(self) -> tuple[list[int], int | None]:
        """Numbers in their order, and the cursor behind them."""
        if self._asked.identifier and (one := await self._named(self._asked.identifier)):
            return [one], None
        low, high = await self._bounds()
        taken: list[int] = []
        while low < high:
            if self._bill.seconds > BUDGET:
                return taken, (low - 1 if self._asked.oldest else high)
            window = self._window(low, high)
            chunk, last = await self._candidates(window)
            good = await self._finder.standing(self._bill, chunk, self._among) if chunk else set()
            for number in chunk:
                if number in good:
                    taken.append(number)
                if len(taken) == self._asked.limit:
                    return taken, number
            if self._asked.oldest:
                low = window.high if last is None else last + 1
            else:
                high = window.low if last is None else last
        return taken, None

    async def registered(self, agency: str) -> tuple[list[int], None]:
        """The document that this agency registered under the number that is asked for, where all else holds too."""
        year, number = arrival_of(self._asked.arrival, vietnam_date(self._exchange.clock()))
        rows = await self._exchange.store.mail_book(agency, year, number - 1, 1) if number else []
        if not rows or rows[0].number != number:
            return [], None
        low, high = await self._bounds()
        found = [row.message for row in rows if low <= row.message < high]
        if found and self._match is not None:
            found = await self._index.matching(self._bill, self._match, Span(found[0], found[0] + 1), 1)
        good = await self._finder.standing(self._bill, found, self._among) if found else set()
        return [one for one in found if one in good], None

    @property
    def _chunk(self) -> int:
        return max(_CHUNK, 2 * self._asked.limit)

    async def _named(self, identifier: str) -> int:
        """The document of this very identifier; 0 for none that may be seen."""
        number = number_of(identifier)
        message = await self._exchange.store.message(number)
        if message is None or message.id != identifier:
            return 0
        return number if await self._finder.standing(self._bill, [number], self._among) else 0

    async def _bounds(self) -> tuple[int, int]:
        asked, finder = self._asked, self._finder
        newest = await finder.numbered(self._bill, Span(), 1)
        low = await finder.first_from(self._bill, asked.since) if asked.since is not None else 1
        high = newest[0] + 1 if newest else 1
        if asked.until is not None:
            high = min(high, await finder.first_from(self._bill, asked.until))
        if asked.cursor is not None:
            low, high = (max(low, asked.cursor + 1), high) if asked.oldest else (low, min(high, asked.cursor))
        return low, high

    def _window(self, low: int, high: int) -> Span:
        if self._match is not None and not self._by_state:
            # A search that finds nothing reads its words' lists to their end, whatever its bounds: once is enough.
            return Span(low, high, oldest=self._asked.oldest)
        if self._asked.oldest:
            return Span(low, min(high, low + _WINDOW), oldest=True)
        return Span(max(low, high - _WINDOW), high)

    async def _candidates(self, window: Span) -> tuple[list[int], int | None]:
        """Those of the window that may stand, in its order; and the last number that was looked at, None where that was
        the whole window."""
        state, most = self._asked.state, self._chunk
        if state is not None and self._by_state:
            # Few documents are in any other state: from those to the matches is the short way.
            most = max(most, _OPEN_CHUNK)
            numbers = await self._finder.in_state(self._bill, state, window, most)
            last = numbers[-1] if len(numbers) == most else None
            if self._match is None or not numbers:
                return numbers, last
            # Where they lie close together after all, the other way is: each that matches is asked for its state.
            self._by_state = last is None or abs(numbers[0] - last) >= _STREWN * most
            return await self._matching(self._match, numbers, window), last
        most = self._chunk
        if self._match is None:
            numbers = await self._finder.numbered(self._bill, window, most)
        else:
            numbers = await self._index.matching(self._bill, self._match, window, most)
        return numbers, numbers[-1] if len(numbers) == most else None

    async def _matching(self, match: Match, numbers: list[int], window: Span) -> list[int]:
        """Those of these that match. Where they lie close together, all matches between the first and the last are read
        in one go; where they are strewn, the index looks for each, which takes some 50 µs."""
        low, high = min(numbers), max(numbers) + 1
        if high - low > _STREWN * len(numbers):
            return await self._index.matching(self._bill, match, window, len(numbers), numbers)
        span = msgspec.structs.replace(window, low=low, high=high)
        found = await self._index.matching(self._bill, match, span, high - low)
        wanted = set(numbers)
        return [number for number in found if number in wanted]


async def _hits(exchange: Exchange, view: View, numbers: list[int], bill: Bill) -> list[Hit]:
    """In their order; fewer where they went to so many that the page would be long."""
    store = exchange.store
    rows = {row.number: row for row in await store.messages(bill, numbers)}
    counts = accumulate(rows[number].fanout for number in numbers)
    numbers = numbers[: max(1, sum(1 for count in counts if count <= _DELIVERIES))]
    details = await store.details(numbers)
    whole = [number for number in numbers if view.sent_by(rows[number].sender)]
    own = [number for number in numbers if number not in set(whole)]
    shown = await store.shown(bill, whole, None, SHOWN) | await store.shown(bill, own, view.parties, SHOWN)
    meant = [about for about in (rows[number].about for number in numbers) if about is not None]
    abouts = {row.number: row.id for row in await store.messages(bill, meant)}
    hits = []
    for number in numbers:
        message, detail = access.masked(view, rows[number], details.get(number))
        hits.append(Hit(message, detail, shown[number], abouts.get(message.about or 0, "")))
    return hits
