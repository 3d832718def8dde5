"""The ten states of a dossier on the national portal, and which may follow which.

The codes are the portal's; the table is derived, for no official diagram is published. Provincial systems have 16 to
20 states of their own and send the ten, not each of them: so a state that can be reached over others is taken and said
to have skipped some. A state that cannot be reached at all is refused, and so is stopping a solved dossier.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from functools import cache
from typing import Final, NamedTuple


class DossierState(IntEnum):
    REGISTERED = 1
    ACCEPTED = 2
    NOT_ACCEPTED = 3
    IN_PROGRESS = 4
    SUPPLEMENT_ASKED = 5
    PAYMENT_ASKED = 6
    WITHDRAWAL_ASKED = 7
    STOPPED = 8
    SOLVED = 9
    RETURNED = 10


class Name(NamedTuple):
    vi: str
    en: str


_S = DossierState

NAMES: Final = {
    _S.REGISTERED: Name("Mới đăng ký", "Registered"),
    _S.ACCEPTED: Name("Được tiếp nhận", "Accepted"),
    _S.NOT_ACCEPTED: Name("Không được tiếp nhận", "Not accepted"),
    _S.IN_PROGRESS: Name("Đang xử lý", "In progress"),
    _S.SUPPLEMENT_ASKED: Name("Yêu cầu bổ sung giấy tờ", "Papers asked for"),
    _S.PAYMENT_ASKED: Name("Yêu cầu thực hiện nghĩa vụ tài chính", "Payment asked for"),
    _S.WITHDRAWAL_ASKED: Name("Công dân yêu cầu rút hồ sơ", "Withdrawal asked for"),
    _S.STOPPED: Name("Dừng xử lý", "Stopped"),
    _S.SOLVED: Name("Đã xử lý xong", "Solved"),
    _S.RETURNED: Name("Đã trả kết quả", "Result returned"),
}

NEXT: Final[dict[DossierState, frozenset[DossierState]]] = {
    _S.REGISTERED: frozenset({_S.ACCEPTED, _S.NOT_ACCEPTED, _S.WITHDRAWAL_ASKED}),
    _S.ACCEPTED: frozenset({_S.IN_PROGRESS, _S.SUPPLEMENT_ASKED, _S.WITHDRAWAL_ASKED, _S.STOPPED}),
    _S.NOT_ACCEPTED: frozenset(),
    _S.IN_PROGRESS: frozenset(
        {_S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED, _S.WITHDRAWAL_ASKED, _S.STOPPED, _S.SOLVED},
    ),
    _S.SUPPLEMENT_ASKED: frozenset({_S.IN_PROGRESS, _S.ACCEPTED, _S.STOPPED, _S.WITHDRAWAL_ASKED}),
    _S.PAYMENT_ASKED: frozenset({_S.IN_PROGRESS, _S.STOPPED}),
    _S.WITHDRAWAL_ASKED: frozenset({_S.STOPPED, _S.IN_PROGRESS}),
    _S.STOPPED: frozenset(),
    _S.SOLVED: frozenset({_S.RETURNED, _S.IN_PROGRESS}),
    _S.RETURNED: frozenset(),
}

PAUSED: Final = frozenset({_S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED})
"""The clock stands still: the citizen has to act."""

FINAL: Final = frozenset(state for state, following in NEXT.items() if not following)


class Move(StrEnum):
    NEXT = "next"
    REPEATED = "repeated"
    SKIPPED = "skipped"
    IMPOSSIBLE = "impossible"


def move(before: DossierState | None, after: DossierState) -> Move:
    """How a new state follows the one before; `None` = the dossier is new, and may come in any state."""
    if before is after:
        return Move.REPEATED
    if before is None or after in NEXT[before]:
        return Move.NEXT
    if before is _S.SOLVED and after is not _S.RETURNED:
        return Move.IMPOSSIBLE
    return Move.SKIPPED if after in _reachable(before) else Move.IMPOSSIBLE


@cache
def _reachable(state: DossierState) -> frozenset[DossierState]:
    seen: set[DossierState] = set()
    ahead = set(NEXT[state])
    while ahead:
        seen |= ahead
        ahead = {following for one in ahead for following in NEXT[one]} - seen
    return frozenset(seen)


class Group(StrEnum):
    """How reports count a state."""

    WAITING = "waiting"
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    SOLVED = "solved"
    NOT_ACCEPTED = "not-accepted"


GROUPS: Final = {
    _S.REGISTERED: Group.WAITING,
    _S.ACCEPTED: Group.IN_PROGRESS,
    _S.IN_PROGRESS: Group.IN_PROGRESS,
    _S.SUPPLEMENT_ASKED: Group.PAUSED,
    _S.PAYMENT_ASKED: Group.PAUSED,
    _S.STOPPED: Group.PAUSED,
    _S.WITHDRAWAL_ASKED: Group.SOLVED,
    _S.SOLVED: Group.SOLVED,
    _S.RETURNED: Group.SOLVED,
    _S.NOT_ACCEPTED: Group.NOT_ACCEPTED,
}
"""As the field groups them: solved = 9, 10 and withdrawn; paused = 5, 6 and 8."""
