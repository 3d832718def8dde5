"""Witnesses on loopback, and hubs that have them: real keys, real HTTP, real files, a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, Settings, WitnessEntry, WitnessSettings
from hub.core.log import note, policy
from hub.core.log.keys import Signer, Verifier
from hub.core.log.merkle import Tree, leaf_hash
from hub.core.log.note import Checkpoint
from hub.core.log.witness import AddCheckpoint
from hub.core.model import Millis
from hub.witness import folder as folders
from hub.witness.service import Witness
from hub.witness.state import State
from hub.witness.web import serving
from tests.support.axis import Axis, Clock, keyring, registered
from tests.support.process import free_port
from tests.support.web import Web

ORIGIN = "log.example/w"
LOG = Signer.from_seed(ORIGIN, bytes(range(32)))
_NUMBERS = count(10_000, 10_000)
QUICK: dict[str, Any] = {"interval_seconds": 0.005, "retry_seconds": 0.02, "timeout_seconds": 5.0}


class Reply(NamedTuple):
    status: int
    kind: str
    body: bytes


@dataclass
class History:
    """A log that signs on demand. `label` tells one history of the same log from another."""

    label: str = "a"
    signer: Signer = LOG
    tree: Tree = field(default_factory=lambda: Tree(lambda level, n: b""))

    def grow(self, size: int) -> History:
        while self.tree.size < size:
            self.tree.append(leaf_hash(f"{self.label}{self.tree.size}".encode()))
        return self

    def note(self, size: int, *signers: Signer) -> bytes:
        self.grow(size)
        checkpoint = Checkpoint(self.signer.verifier.name, size, self.tree.root(size))
        return note.sign(checkpoint, signers or (self.signer,))

    def request(self, old: int, size: int, *signers: Signer) -> bytes:
        """What the log asks for when the witness knows `old` leaves of THIS history."""
        signed = self.note(size, *signers)
        return AddCheckpoint(old, tuple(self.tree.consistency(old, size)), signed).encode()


@dataclass
class Served:
    """A witness that listens. Its state is open here too."""

    name: str
    url: str
    opened: folders.Opened
    session: aiohttp.ClientSession

    @property
    def verifier(self) -> Verifier:
        return self.opened.signers[0].verifier

    @property
    def entry(self) -> WitnessEntry:
        return WitnessEntry(name=self.name, vkey=self.verifier.vkey, url=self.url)

    async def add(self, request: bytes) -> Reply:
        async with self.session.post(f"{self.url}/add-checkpoint", data=request) as response:
            return Reply(response.status, response.headers["Content-Type"], await response.read())

    async def get(self, path: str) -> Reply:
        async with self.session.get(self.url + path) as response:
            return Reply(response.status, response.headers["Content-Type"], await response.read())

    async def size(self, origin: str) -> int:
        """What it signed last, read by another connection to its file."""
        state = State.open(self._path, self.opened.vkeys)
        with closing(state):
            return state.known(origin).size

    @property
    def _path(self) -> Path:
        found: str = self.opened.state._db.execute("PRAGMA database_list").fetchone()[2]
        return Path(found)


@asynccontextmanager
async def a_witness(
    folder: Path,
    logs: Sequence[Verifier] = (LOG.verifier,),
    *,
    name: str = "w1",
    port: int = 0,
    clock: Callable[[], Millis] | None = None,
    post_quantum: bool = False,
    **tls: Any,
) -> AsyncIterator[Served]:
    """The witness in `folder`, made where there is none, serving until the block ends. `tls`: as in HttpSettings."""
    exists = (folder / folders.KEY_FILE).exists()
    opened = folders.load(folder) if exists else folders.create(folder, f"{name}.example", post_quantum=post_quantum)
    async with AsyncExitStack() as stack:
        stack.enter_context(closing(opened.state))
        witness = Witness(opened.signers, logs, opened.state, clock or Clock())
        url = await stack.enter_async_context(serving(witness, HttpSettings(port=port, **tls)))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Served(name, url, opened, session)


def an_entry(folder: Path, name: str = "w1") -> tuple[WitnessEntry, int]:
    """A witness that is made and does not listen yet: its entry for a hub's settings, and its port."""
    opened = folders.create(folder, f"{name}.example")
    opened.state.close()
    port = free_port()
    return WitnessEntry(name=name, vkey=opened.vkeys[0], url=f"http://127.0.0.1:{port}"), port


@asynccontextmanager
async def a_hub(
    folder: Path,
    keys: Path,
    entries: Sequence[WitnessEntry],
    *,
    clock: Clock | None = None,
    post_quantum: bool = False,
    filled: bool = True,
    **members: Any,
) -> AsyncIterator[Web]:
    """A hub in `folder` that is shown to these witnesses all the time."""
    clock = clock or Clock()
    profile = keyring(str(keys))
    settings = Settings(
        hub=HubSettings(data=str(folder), keys=str(keys), post_quantum=post_quantum),
        http=HttpSettings(port=0),
        witness=WitnessSettings(witnesses=tuple(entries), **(QUICK | members)),
    )
    async with running(settings, clock=clock, sweeping=False) as hub, aiohttp.ClientSession() as session:
        if filled and not len(hub.exchange.directory):
            await hub.exchange.change_directory(registered(profile), "test")
        # Each opening numbers its documents anew: a folder that is opened again must not meet its own.
        yield Web(hub, Axis(hub.exchange, hub.log, profile, clock, next(_NUMBERS)), session)


def log_of(keys: Path, *, origin: str = HubSettings().origin) -> Verifier:
    """The log's key that a hub with these keys signs with."""
    return Signer.from_seed(origin, keyring(str(keys)).note_key("log").private_bytes_raw()).verifier


def a_policy(
    log: Verifier, witnesses: Sequence[Served | WitnessEntry], *, group: str = "", quorum: str = ""
) -> policy.Policy:
    """`group`: all, any or a number, of these witnesses; without it the quorum is none, or `quorum`."""
    lines = [f"log {log.vkey}"]
    lines += [f"witness {w.name} {w.verifier.vkey}" for w in witnesses]
    if group:
        lines.append(f"group them {group} {' '.join(w.name for w in witnesses)}")
    return policy.parse("\n".join([*lines, f"quorum {quorum or ('them' if group else 'none')}", ""]))


def with_witnesses(settings: Settings, entries: Sequence[WitnessEntry]) -> Settings:
    return msgspec.structs.replace(settings, witness=WitnessSettings(witnesses=tuple(entries), **QUICK))
