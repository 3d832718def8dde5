"""Under whose name a call of the console is counted, before anything is done for it.

The recording process has the sessions themselves (`Accounts.whose`). A front process has a copy of the part that this
question needs: digests of cookies with the names of their accounts, and the key of marks. With a digest nobody signs
in, and a name says nothing of its account's rights: the hub alone decides that, when the call comes to it.
A crash loses the copy; the front that is started next is told all of it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from hub.accounts.marks import Marks
from hub.accounts.sessions import Sessions


class Visitors(Protocol):
    def whose(self, cookie: str, mark: str) -> str:
        """The key to count a call with these two cookies under: of a person signed in, or one that signs in again on
        a browser that is known; empty for a stranger, also for one that claims a name."""


def of_account(name: str) -> str:
    """The key of all calls of one account, in every process."""
    return f"account:{name}"


def of_browser(name: str) -> str:
    """The key of a person that signs in again on a known browser of this account."""
    return f"browser:{name}"


class VisitorsCopy:
    """A front's knowledge of the sessions. Used on its event loop only."""

    def __init__(self) -> None:
        self._of: dict[bytes, str] = {}
        self._marks: Marks | None = None

    def take(self, opened: Iterable[tuple[bytes, str]], ended: Iterable[bytes], marks: bytes = b"") -> None:
        """Sessions that began and that are over; `marks`: the key of marks, told once."""
        self._of.update(opened)
        for digest in ended:
            self._of.pop(digest, None)
        if marks:
            self._marks = Marks(marks)

    def whose(self, cookie: str, mark: str) -> str:
        if name := self._of.get(Sessions.digest(cookie), "") if cookie else "":
            return of_account(name)
        owner = self._marks.owner(mark) if mark and self._marks is not None else ""
        return of_browser(owner) if owner else ""
