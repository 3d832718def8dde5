"""Makes a kept copy of a store with documents in flight, as the version of the program that it is run with does.

    git archive COMMIT | tar -x -C /tmp/then
    cp tests/store/keep.py /tmp/then/tests/store/
    cd /tmp/then && PYTHONPATH=. python -m tests.store.keep > in-flight-N.sql

The keys are thrown away, but for the log's, which is made of a fixed seed: a hub that opens the copy has to sign on
with it. `test_in_flight.py` gives the agencies new certificates, as after a renewal.

What is in flight: one document is handed over, without a status; one is asked back; one is in progress at one
recipient and waits at the other; one was read and is leased; one waits.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hub.core.model import StatusCode
from tests.support.axis import HA_NOI, SON_LA, VPCP, an_axis

SEED = bytes(range(32))


def log_key(keys: Path) -> None:
    """The log's key, in its place before anything else is made."""
    path = keys / "hub" / "log.key.pem"
    path.parent.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)


async def live(folder: Path, keys: Path) -> None:
    async with an_axis(folder, keys) as axis:
        second = await axis.send(VPCP, SON_LA)
        fourth = await axis.send(VPCP, SON_LA)
        fifth = await axis.send(VPCP, SON_LA, HA_NOI)
        await axis.take(SON_LA)
        for code in (StatusCode.ACCEPTED, StatusCode.IN_PROGRESS):
            await axis.status(SON_LA, code, fifth.answer)
        await axis.take(VPCP)
        await axis.status(VPCP, StatusCode.TAKE_BACK, fourth.answer, other=VPCP)
        third = await axis.send(VPCP, SON_LA)
        await axis.exchange.content(axis.caller(SON_LA), third.answer.message.id)
        await axis.send(VPCP, SON_LA)
        assert second.answer.message.number == 1


def dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        return "\n".join([*db.iterdump(), f"PRAGMA user_version={version};", ""])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        made = Path(place)
        log_key(made / "keys")
        asyncio.run(live(made / "hub", made / "keys"))
        sys.stdout.write(dump(made / "hub" / "axis.sqlite"))
