"""The boards of the programmes after a run, as an operator sees them: counts, and the sums in them that do not hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final, Protocol, TypeVar

import msgspec

from clients import protocol
from clients.protocol import Call
from hub.core.wire_programmes import Board, BoardLine

T = TypeVar("T")

KINDS: Final = {"tasks": "", "reporting": "report", "dossiers": "", "results": ""}
"""Whose cases are counted: a period that was opened is a case of reporting too, and no report."""
_MEMBERS: Final = ("total", "open", "overdue", "ended", "late")
_AGAIN_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 300.0
_FAULTS: Final = 3


class Asking(Protocol):
    async def __call__(self, call: Call[T]) -> T: ...


class Boards(msgspec.Struct, frozen=True):
    """`counts`: of each programme its cases and the ended ones of them; `wrong`: sums that do not hold, and faults."""

    counts: dict[str, tuple[int, int]]
    wrong: list[str]


async def see(ask: Asking) -> Boards:
    """Once every document is taken in."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while (await ask(protocol.programmes())).behind:  # noqa: ASYNC110
            await asyncio.sleep(_AGAIN_SECONDS)  # each question has the hub catch up for a moment
    counts, wrong = {}, []
    for name, kind in KINDS.items():
        asked: dict[str, Any] = {"kind": kind} if kind else {}
        board = await ask(protocol.board(name, asked))
        counts[name] = (board.total.total, board.total.ended)
        wrong += [f"{name}: {text}" for text in _sums(board)]
    faults = (await ask(protocol.ridden_faults("all", {}))).items
    wrong += [f"{one.programme}: {one.code} {one.place} {one.en} ({one.expected})" for one in faults[:_FAULTS]]
    return Boards(counts, wrong)


def _sums(board: Board) -> Iterator[str]:
    lines = [*board.lines, *([board.rest] if board.rest is not None else [])]
    for name, parts in (("lines", lines), ("tiers", board.tiers)):
        for member in _MEMBERS:
            whole, of = getattr(board.total, member), sum(getattr(part, member) for part in parts)
            if whole != of:
                yield f"{member} of {name} is {of}, the total {whole}"
    yield from (
        f"{line.code}: {line.total} is not {_of(line)}" for line in (board.total, *lines) if line.total != _of(line)
    )


def _of(line: BoardLine) -> int:
    return line.open + line.ended
