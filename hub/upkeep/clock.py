"""Minds the hub's clock: the record's signs of life before the start, then every second the course of a doubt.

    <data>/clock.doubt     while the clock is in doubt: a hub that is started again has not forgotten it
    <data>/clock.trusted   the operator's word (`truc clock trust`): the time that the clock showed, and was right

The operator's word is a file, and no call: tokens hang on the clock, and a person that may write here may set the clock
as well. It is taken once, and only by a clock that shows about that time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from hub.base.runtime import at_work
from hub.base.timekeeper import Timekeeper
from hub.core.model import Millis
from hub.core.timekeeping import Doubt
from hub.store import Store

log = structlog.get_logger("clock")
SECONDS: Final = 1.0
_WORD_MS: Final = 900_000
"""How long the operator's word is good for: until the hub is started."""


class ClockWatch:
    """One hub's clock and the folder of its record."""

    def __init__(self, keeper: Timekeeper, folder: Path) -> None:
        self._keeper = keeper
        self._doubted = folder / "clock.doubt"
        self._word = folder / "clock.trusted"
        self._told: Doubt | None = None

    async def begin(self, store: Store) -> None:
        """Before anything is recorded: the record's word on the time."""
        last, stamp = await store.last_checkpoint(), await store.last_timestamp()
        signs = [row.at for row in (last, stamp) if row is not None]
        self._keeper.alive(*signs, unsure=self._doubted.exists())
        self.look()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with at_work({"clock": self._minding()}):
            yield

    async def _minding(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            self.look()

    def look(self) -> None:
        """Take the operator's word if there is one; tell of a doubt that came, changed its cause, or went."""
        if self._keeper.doubt is not None and self._confirmed():
            self._keeper.trust()
            log.warning("clock-trusted", why="the operator says that it is right")
        doubt = self._keeper.doubt
        if doubt is not None and (self._told is None or doubt.cause != self._told.cause):
            log.error("clock-in-doubt", **doubt._asdict())
            with suppress(OSError):  # on a disk that is full the doubt is known to this process alone
                self._doubted.touch()
        elif doubt is None:
            if self._told is not None:
                log.warning("clock-believed-again")
            self._doubted.unlink(missing_ok=True)
        self._told = doubt

    def _confirmed(self) -> bool:
        try:
            said = int(self._word.read_text("ascii"))
        except (OSError, ValueError):
            return False
        self._word.unlink(missing_ok=True)
        return 0 <= self._keeper.shown - said <= _WORD_MS


def say_right(folder: Path, at: Millis) -> None:
    """The operator's word that a clock which shows `at` is right."""
    beside = folder / "clock.trusted.new"
    beside.write_text(str(int(at)), "ascii")
    os.replace(beside, folder / "clock.trusted")
