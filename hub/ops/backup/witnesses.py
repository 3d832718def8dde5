"""The witnesses' knowledge of a log that is about to be taken back to an earlier state.

Each is shown the last checkpoint of the restored record, as a running hub would. One that signed this or less signs it,
again or for the first time: nothing was lost on it. One that signed more says so.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, Literal

import aiohttp
import msgspec

from hub.base.config import WitnessEntry, WitnessSettings
from hub.base.timekeeper import Timekeeper
from hub.core.model import Millis
from hub.record.log import Log
from hub.store import CheckpointRow, Store
from hub.upkeep.witness_client import Contradicted, Failed, WitnessClient

Knowledge = Literal["agrees", "knows more", "no answer"]
_HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}


class Heard(msgspec.Struct, frozen=True):
    """One witness' knowledge, and its own words where it does not agree."""

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
            client = WitnessClient(entry, store, journal, Timekeeper.alone(lambda: at), _nowhere)
            await client.recall()
            return await _heard(client, session, row)

        return list(await asyncio.gather(*map(one, settings.witnesses)))


async def _heard(client: WitnessClient, session: aiohttp.ClientSession, row: CheckpointRow | None) -> Heard:
    try:
        if row is None:
            # Only its publications can speak against an empty log; that it publishes nothing proves nothing.
            await client.look(session)
            return Heard(client.name, "no answer", "an empty log cannot be shown")
        await client.show(session, row)
    except Contradicted as error:
        return Heard(client.name, "knows more", error.why)
    except Failed as error:
        return Heard(client.name, "no answer", error.why)
    return Heard(client.name, "agrees")


async def _nowhere(size: int, witness: str, line: bytes) -> None:
    """A restored record stays as it was backed up; the hub asks again when it starts."""
