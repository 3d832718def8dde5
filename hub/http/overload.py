"""Whose bytes are looked at next, while more come than can be looked at.

To parse a request and to begin with it takes the event loop some tenths of a millisecond. A round of the loop hands
over all that the network brought meanwhile, and an urgent call would stand behind thousands that came with it. So:

    a round lets a few pieces in; the rest wait as the bytes that they are, and their connections are not read from
    urgent submissions of callers that have a token (batches are none), questions for the hub's health, and the rest of
    a body whose beginning was let in, are let in at once
    the others caller by caller in rotation, known by the token; those without one have a rotation of their own, by
    address, and the two take turns
    while an urgent one is under way and others wait, none of them is let in, for a moment at most and at most half of
    the time; while urgent ones are about, a round is as short as can be: each of their steps waits for one to end

Where a round brings less than that, everything passes. When `most` wait, the next of a caller that has an equal share
of them is one too many and is let in to be refused: one for every `_FOR_A_REFUSAL` others, for a refusal costs a third
of an acceptance, and callers that do not wait as they are told would keep the hub busy with saying no.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from hub.admission.rotation import Rotation
from hub.admission.submission import claimed_priority
from hub.http.limits import crowded, one_too_many

_A_ROUND: Final = 4
_A_SHORT_ROUND: Final = 1
_ABOUT_SECONDS: Final = 1.0
"""How long after an urgent one rounds stay short."""
_PAUSE_SECONDS: Final = 0.02
_FOR_A_REFUSAL: Final = 4
_AT_ONCE: Final = (b"GET /healthz ", b"GET /readyz ", b"GET /metrics ")
_BATCHES: Final = (b"POST /v1/documents:batch ", b"POST /v1/statuses:batch ")
_SUBMISSIONS: Final = (b"POST /v1/documents ", *_BATCHES)
HELD_BYTES: Final = 64 * 1024 * 1024
"""Above this nothing is held any more: everything is let in, where each body has its bounds."""


class Visitor(Protocol):
    """A connection. `whose`: its caller where `known`, else its address. `held`: the waiting bytes, None where there
    are none. `urgent`: the call that it was let in with is, and has no answer yet. `too_many`: the call that it is let
    in with is to be refused."""

    @property
    def continuing(self) -> bool:
        """Whether it was let in with a request whose body is not whole yet."""
        ...

    whose: str
    known: bool
    held: bytearray | None
    urgent: bool
    too_many: bool

    def let_in(self, data: bytes) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class _Pause:
    """While urgent ones are under way nothing else is let in: for `_PAUSE_SECONDS` at most, and then again no sooner
    than it lasted. Times are the event loop's."""

    def __init__(self) -> None:
        self.until = 0.0
        self._began = 0.0
        self._not_before = 0.0
        self._under_way = 0

    def begin(self, now: float, *, needed: bool) -> None:
        """One more urgent one is under way. `needed`: others wait, from which it should be spared."""
        self._under_way += 1
        if needed and now >= self._not_before:
            self._began, self.until = now, now + _PAUSE_SECONDS
            self._not_before = self.until + _PAUSE_SECONDS

    def end(self, now: float) -> bool:
        """One fewer is; whether that ends a pause."""
        self._under_way -= 1
        if self._under_way or now >= self.until:
            return False
        self.until, self._not_before = now, now + (now - self._began)
        return True


class ConnectionGate:
    """Of one listener. `recognised`: the caller that first bytes name, empty for none. Used on its event loop only."""

    def __init__(self, most: int, recognised: Callable[[bytes], str] = lambda data: "") -> None:
        self._most = most
        self._recognised = recognised
        self._left = _A_ROUND
        self._known: Rotation[Visitor] = Rotation()
        self._strangers: Rotation[Visitor] = Rotation()
        self._too_many: deque[Visitor] = deque()
        self._known_first = True
        self._since_refusal = 0
        self._next_round: asyncio.Handle | None = None
        self._short_until = 0.0
        self._pause = _Pause()
        self.waiting = 0
        self.held = 0
        """Bytes that wait."""

    def come(self, visitor: Visitor, data: bytes) -> None:
        """Bytes of this connection, behind those of its own that wait."""
        if visitor.held is not None:
            visitor.held += data
            self.held += len(data)
            visitor.pause()
        elif visitor.continuing:
            visitor.let_in(data)
        elif self._is_urgent(visitor, data):
            self._let_urgent_in(visitor, data)
        elif self._left > 0 or self.held > HELD_BYTES or data.startswith(_AT_ONCE):
            self._let_in(visitor, data)
        else:
            self._hold(visitor, data)

    def answered(self, visitor: Visitor) -> None:
        """The call that this connection was let in with has its answer, or nobody waits for it any more."""
        if visitor.urgent:
            visitor.urgent = False
            if self._pause.end(_now()) and self._next_round is not None:
                self._next_round.cancel()
                self._next_round = asyncio.get_running_loop().call_soon(self._round)

    def gone(self, visitor: Visitor) -> None:
        """The connection has ended, and its waiting bytes are nobody's."""
        self.answered(visitor)
        if visitor.held is not None:
            self._release(visitor)

    def refuse(self) -> None:
        """TooMany, to the one that was let in for it."""
        raise crowded(self.waiting, self._most)

    def _is_urgent(self, visitor: Visitor, data: bytes) -> bool:
        # A batch waits as most of its items do; its items have their lanes.
        return claimed_priority(data) > 0 and not data.startswith(_BATCHES) and self._knows(visitor, data)

    def _knows(self, visitor: Visitor, data: bytes) -> bool:
        if not visitor.known and (whose := self._recognised(data)):
            visitor.whose, visitor.known = whose, True
        return visitor.known

    def _let_urgent_in(self, visitor: Visitor, data: bytes) -> None:
        now = _now()
        self._short_until = now + _ABOUT_SECONDS
        if not visitor.urgent:
            visitor.urgent = True
            self._pause.begin(now, needed=self.waiting > 0)
        self._let_in(visitor, data)

    def _let_in(self, visitor: Visitor, data: bytes) -> None:
        self._left -= 1
        self._schedule()
        visitor.let_in(data)

    def _hold(self, visitor: Visitor, data: bytes) -> None:
        lines = self._known if self._knows(visitor, data) else self._strangers
        visitor.held = bytearray(data)
        visitor.pause()
        callers = self._known.lines + self._strangers.lines
        visitor.too_many = data.startswith(_SUBMISSIONS) and one_too_many(
            self.waiting, self._most, lines.of(visitor.whose), callers
        )
        if visitor.too_many:
            self._too_many.append(visitor)
        else:
            lines.push(visitor.whose, visitor)
        self.waiting += 1
        self.held += len(data)

    def _release(self, visitor: Visitor) -> bytes:
        assert visitor.held is not None
        data, visitor.held = bytes(visitor.held), None
        self.waiting -= 1
        self.held -= len(data)
        return data

    # the rounds

    def _schedule(self) -> None:
        if self._next_round is None:
            self._next_round = asyncio.get_running_loop().call_soon(self._round)

    def _round(self) -> None:
        now = _now()
        if now < self._pause.until:
            self._next_round = asyncio.get_running_loop().call_at(self._pause.until, self._round)
            return
        self._next_round = None
        self._left = _A_SHORT_ROUND if now < self._short_until else _A_ROUND
        while self._left > 0 and (visitor := self._next()) is not None:
            if visitor.held is not None:  # else it has gone
                data = self._release(visitor)
                visitor.resume()
                self._let_in(visitor, data)
                self._since_refusal += 1
        if self.waiting:
            self._schedule()
        if self._since_refusal >= _FOR_A_REFUSAL or self._left > 0:
            self._refuse_one()

    def _next(self) -> Visitor | None:
        self._known_first = not self._known_first
        for lines in (self._known, self._strangers) if self._known_first else (self._strangers, self._known):
            if lines:
                return lines.pop()
        return None

    def _refuse_one(self) -> None:
        self._since_refusal = 0
        while self._too_many:
            visitor = self._too_many.popleft()
            if visitor.held is not None:
                data = self._release(visitor)
                visitor.resume()
                visitor.let_in(data)
                return


def _now() -> float:
    return asyncio.get_running_loop().time()
