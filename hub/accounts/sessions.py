"""Sessions of people that are signed in: random identifiers, of which the store keeps digests.

All sessions are in memory too, so that a cookie is known without a question to the store: a page's cost is charged
to its account from the first moment. A session ends when nothing was asked for some time, at the latest after some
hours, and when its account is disabled, or its owner says so.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.model import Millis
from hub.store import SessionRow

_SAVED_EVERY: Final = 300_000
"""ms: how old `seen_at` in the store may be."""
_HOMES: Final = 8
"""Addresses from which an account signed in last."""
_MOST: Final = 50
"""Sessions of one account; the oldest goes when there is one more."""


class Session(msgspec.Struct):
    """One that lasts. `saved`: the store's value of `seen_at`."""

    row: SessionRow
    saved: Millis

    @property
    def account(self) -> str:
        return self.row.account

    def token(self, key: bytes) -> str:
        """A token that its forms carry: only a page of this very session can know it."""
        return hmac.new(key, b"form\n" + self.row.digest, hashlib.sha256).hexdigest()[:40]


class Opened(NamedTuple):
    """A session that began: the browser's part of it. `mark` empty: it keeps the one that it has."""

    session: Session
    cookie: str
    mark: str = ""


def homes(before: Sequence[str], address: str) -> tuple[str, ...]:
    """The addresses of the latest sign-ins, the last one first."""
    return (address, *(a for a in before if a != address))[:_HOMES] if address else tuple(before)


OnChange = Callable[[Sequence[tuple[bytes, str]], Sequence[bytes]], None]
"""Hears of sessions that began, as digest and account, and of digests that are over."""


def _nobody_told(opened: Sequence[tuple[bytes, str]], ended: Sequence[bytes]) -> None:
    """One process does it all."""


class Sessions:
    """`idle`, `longest`: ms. Used on the event loop only."""

    def __init__(self, rows: Iterable[SessionRow], idle: int, longest: int) -> None:
        self._idle = idle
        self._longest = longest
        self._of: dict[bytes, Session] = {row.digest: Session(row, row.seen_at) for row in rows}
        self.on_change: OnChange = _nobody_told

    @staticmethod
    def digest(cookie: str) -> bytes:
        return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()

    def find(self, cookie: str, at: Millis) -> Session | None:
        """The session of this cookie, which was just seen; None where it is none, or has ended."""
        found = self._of.get(self.digest(cookie)) if cookie else None
        if found is None or self._over(found, at):
            return None
        found.row = msgspec.structs.replace(found.row, seen_at=max(at, found.row.seen_at))
        return found

    def lasts(self, session: Session, at: Millis) -> bool:
        """Whether it still stands: for answers that last."""
        return self._of.get(session.row.digest) is session and not self._over(session, at)

    def open(self, account: str, address: str, at: Millis, *, second: bool) -> tuple[str, SessionRow]:
        """A new one, not known before `keep`: the browser's cookie, and the row."""
        cookie = secrets.token_urlsafe(32)
        return cookie, SessionRow(self.digest(cookie), account, second, at, at, address)

    def keep(self, row: SessionRow) -> Session:
        kept = self._of[row.digest] = Session(row, row.seen_at)
        self.on_change([(row.digest, row.account)], [])
        return kept

    def crowd(self, account: str) -> list[bytes]:
        """Digests of the oldest sessions of this account, where one more would be too many."""
        mine = sorted(self.of(account), key=lambda s: s.row.seen_at)
        return [s.row.digest for s in mine[: max(0, len(mine) - _MOST + 1)]]

    def of(self, account: str) -> list[Session]:
        return [s for s in self._of.values() if s.account == account]

    def drop(self, digests: Iterable[bytes]) -> None:
        gone = [digest for digest in digests if self._of.pop(digest, None) is not None]
        if gone:
            self.on_change([], gone)

    def accounts(self) -> list[tuple[bytes, str]]:
        """Digest and account of each."""
        return [(digest, session.account) for digest, session in self._of.items()]

    def ended(self, at: Millis) -> list[bytes]:
        """Digests of those that are over, to be forgotten by the store too."""
        return [digest for digest, session in self._of.items() if self._over(session, at)]

    @staticmethod
    def unsaved(session: Session) -> bool:
        return session.row.seen_at - session.saved > _SAVED_EVERY

    def _over(self, session: Session, at: Millis) -> bool:
        row = session.row
        return at - row.seen_at > self._idle or at - row.opened_at > self._longest

    def __len__(self) -> int:
        return len(self._of)
