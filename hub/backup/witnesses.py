"""What the witnesses know of a log that is about to be taken back to an earlier state.

Each is shown the last checkpoint of the restored record, as a running hub would. One that signed this or less signs it,
again or anew: nothing was lost on it. One that signed more says so.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, Literal

import aiohttp
import msgspec

from hub.config import WitnessEntry, WitnessSettings
from hub.core.model import Millis
from hub.courier.witness import Contradicted, Courier, Failed
from hub.log import Log
from hub.store import CheckpointRow, Store
from hub.timekeeper import Timekeeper

Knowledge = Literal["agrees", "knows more", "no answer"]
_HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}


class Heard(msgspec.Struct, frozen=True):
    """What one witness knows, and its own words where it does not agree."""

    name: str
    knows: Knowledge
    why: str = ""


async def ask(
    settings: WitnessSettings, store: Store, journal: Log, row: CheckpointRow | None, at: Millis
) -> list[Heard]:
    """All of them at once; in the order of the settings."""
    if not settings.witnesses:
        return []
    timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=settings.tls_ca or None))
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=_HEADERS) as session:

        async def one(entry: WitnessEntry) -> Heard:
            courier = Courier(entry, store, journal, Timekeeper.alone(lambda: at), _nowhere)
            await courier.recall()
            return await _heard(courier, session, row)

        return list(await asyncio.gather(*map(one, settings.witnesses)))


async def _heard(courier: Courier, session: aiohttp.ClientSession, row: CheckpointRow | None) -> Heard:
    try:
        if row is None:
            # Only what it publishes can speak against an empty log; that it publishes nothing proves nothing.
            await courier.look(session)
            return Heard(courier.name, "no answer", "an empty log cannot be shown")
        await courier.show(session, row)
    except Contradicted as error:
        return Heard(courier.name, "knows more", error.why)
    except Failed as error:
        return Heard(courier.name, "no answer", error.why)
    return Heard(courier.name, "agrees")


async def _nowhere(size: int, witness: str, line: bytes) -> None:
    """A restored record stays as it was backed up; the hub asks again when it starts."""
