"""The process that plays one part of the agencies, and tells the run how it goes."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from hub.lab.processes import Talk
from hub.lab.simulate.corpus import Library
from hub.lab.simulate.player import Player, run
from hub.lab.simulate.records import Books, Task

_TOLD_EVERY: Final = 0.25


def play(talk: Talk, task: Task) -> None:
    """The process: says Progress, hears the start time, "enough" (send no more) and "stop", and ends with its Books."""
    library = Library(Path(task.corpus))
    books = Books()
    player = Player(task, library, books)
    run(_perform(talk, player))
    player.verify(lambda: talk.say(player.progress("verifying")))
    books.cpu_seconds = time.process_time()
    talk.say(books)


async def _perform(talk: Talk, player: Player) -> None:
    await player.get_ready()
    talk.say(player.progress("ready"))
    player.start = await asyncio.to_thread(talk.hear)
    player.receive()
    sending = asyncio.create_task(player.send_all())
    try:
        while True:
            await asyncio.sleep(_TOLD_EVERY)
            talk.say(player.progress())
            said = talk.hear() if talk.asked() else ""
            if said == "enough":
                player.enough.set()
            elif said == "stop":
                return
            if sending.done():
                sending.result()
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        await player.stop()
