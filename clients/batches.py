"""Many messages, a portion in each call; one by one where the hub has no such call.

Messages go in their order, and those to be sent again go before those that follow, so a status never overtakes the one
before. A portion that ends early is gone on with where it ended, after the time that the hub asked for. A message that
cannot be sent after all tries is told as Busy or Unreachable: it may be sent again later, as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from clients import protocol, receipts
from clients.errors import Busy, ClientError, ProblemError, Unreachable
from clients.receipts import Proof
from clients.transport import Transport
from hub.core import edxml, wire
from hub.core.errors import AxisError, FormatRefusal, RefusalsSpent
from hub.core.log.policy import Policy
from hub.core.model import MessageKind

ITEMS: Final = 64
BYTES: Final = 16 * 1024 * 1024
"""Of one portion; a message that is larger goes alone."""

_NO_SUCH_CALL: Final = frozenset({404, 405})
_LATER: Final = frozenset({429, 503})


class Outcome(msgspec.Struct, frozen=True):
    """The outcome of one of many messages, `position` in their order: accepted, with its checked receipt, or why not:
    ProblemError where the hub refused it, Busy where it is to be sent again, ProofInvalid where its receipt does not
    hold."""

    position: int
    answer: wire.Submitted | None = None
    proof: Proof | None = None
    error: ClientError | AxisError | None = None


class Batches:
    """Of one client. Its knowledge of the hub it keeps: whether it has the call, and how much it takes at once."""

    def __init__(self, transport: Transport, policy: Policy | None) -> None:
        self._transport = transport
        self._policy = policy
        self._most = ITEMS
        self._one_by_one = False

    async def send(self, messages: Sequence[bytes]) -> AsyncIterator[Outcome]:
        """Each outcome when it is known, in the order of the messages."""
        position, tried, since = 0, 0, self._transport.clock()
        while position < len(messages):
            portion = _portion(messages, position, self._most)
            if self._one_by_one or len(portion) == 1:
                yield await self._single(position, portion[0])
                position += 1
                continue
            try:
                lines, asked = await self._batch(portion)
            except (Busy, Unreachable) as error:  # after all tries
                for left in range(position, len(messages)):
                    yield Outcome(left, error=error)
                return
            for line in lines:
                yield self._outcome(position, portion[line.index or 0], line)
                position += 1
            if lines:
                tried, since = 0, self._transport.clock()
            if asked is None:
                continue
            tried += 1
            pause = self._transport.backoff.pause(
                tried, self._transport.clock() - since, asked.problem.retry_after, self._transport.chance()
            )
            if pause is None:
                for left in range(position, len(messages)):
                    yield Outcome(left, error=asked)
                return
            await self._transport.sleep(pause)

    async def _batch(self, portion: Sequence[bytes]) -> tuple[list[wire.BatchLine], Busy | None]:
        """The outcome of the first of them, as many as are settled; and why not of all, where that is a matter of
        time."""
        try:
            told = await self._transport.call(protocol.submit_batch(portion))
        except Busy:
            raise
        except ProblemError as error:
            if error.status in _NO_SUCH_CALL:
                self._one_by_one = True
            elif len(portion) > 1 and error.status not in (401, 403):
                self._most = max(1, len(portion) // 2)  # too many, or too large together
            else:
                raise
            return [], None
        settled: list[wire.BatchLine] = []
        for line in told.lines:
            problem = line.problem
            if problem is not None and line.status in _LATER and problem.code != RefusalsSpent.code:
                return settled, Busy(problem)
            settled.append(line)
        why = told.end.problem
        if why is None:
            return settled, None
        if why.status in _LATER:
            return settled, Busy(why)
        if not settled:
            raise ProblemError(why)
        self._most = len(settled)
        return settled, None

    async def _single(self, position: int, data: bytes) -> Outcome:
        try:
            answer = await self._transport.call(protocol.submit(data, _kind_of(data)))
            return self._checked(position, data, answer)
        except (ClientError, AxisError) as error:
            return Outcome(position, error=error)

    def _outcome(self, position: int, data: bytes, line: wire.BatchLine) -> Outcome:
        if line.submitted is None:
            assert line.problem is not None, "the protocol gives one of both"
            return Outcome(position, error=(Busy if line.status in _LATER else ProblemError)(line.problem))
        try:
            return self._checked(position, data, line.submitted)
        except AxisError as error:
            return Outcome(position, error=error)

    def _checked(self, position: int, data: bytes, answer: wire.Submitted) -> Outcome:
        proof = receipts.check_submission(answer, data, _kind_of(data), self._policy, self._transport.at())
        return Outcome(position, answer, proof)


def _portion(messages: Sequence[bytes], start: int, most: int) -> Sequence[bytes]:
    """At least one, and as many after it as go along."""
    end, size = start + 1, len(messages[start])
    while end < len(messages) and end - start < most and size + len(messages[end]) <= BYTES:
        size += len(messages[end])
        end += 1
    return messages[start:end]


def _kind_of(data: bytes) -> MessageKind:
    try:
        return edxml.parse(data).kind
    except FormatRefusal:
        return MessageKind.DOCUMENT  # the hub names its fault
