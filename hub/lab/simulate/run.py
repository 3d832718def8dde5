"""The stage: a corpus, a hub, the players, a look at them now and then, and the end of it.

    corpus → hub → players say "ready" → start → progress … all sent and nothing under way → "stop" → books → figures

The end comes when every document was sent (or the time is over) and for some seconds nothing was under way and nothing
moved any more. A document missing then is lost, and the invariants will say so.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

import msgspec

from clients import protocol
from hub.core import wire
from hub.core.model import VIETNAM, Agency
from hub.lab import hub_process
from hub.lab.calls import Agency as Caller
from hub.lab.country import world_2022
from hub.lab.http import Address, Pool
from hub.lab.hub_process import HubProcess
from hub.lab.processes import Worker
from hub.lab.simulate import boards, plan
from hub.lab.simulate import corpus as corpora
from hub.lab.simulate.check import Invariant, Merged, Seen, check
from hub.lab.simulate.corpus import About, Keyring, Library
from hub.lab.simulate.part import play
from hub.lab.simulate.records import Books, Progress, Task
from hub.pki import profile as pki

_QUIET_SECONDS: Final = 1.5
_GRACE_SECONDS: Final = 60.0
_READY_SECONDS: Final = 120.0
_LOOK: Final = 200
_WATCH: Final = 0.5
_OPERATOR: Final = "operator"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The play's parameters. `url` empty: a hub of its own. `corpus` None: a temporary one. `keys`: of the hub at
    `url`. `dossiers`: told by the sync services for each document, as far as the country has 10.8. Other members as in
    `records.Task`."""

    agencies: int = 100
    documents: int = 1_000
    seconds: float = 0.0
    rate: float = 0.0
    closed: int = 16
    seed: int = 2022
    processes: int = 2
    sizes: str = "mix"
    day: float = 0.0
    corpus: Path | None = None
    url: str = ""
    cacert: str = ""
    keys: Path = Path("keys/demo")
    policy: Path | None = None
    receipts: int = 50_000
    dossiers: float = 1.0


class Moment(msgspec.Struct, frozen=True):
    """The figures of one look: since the start, in sums. `rss_mb` and `cpu` (seconds) are the hub's."""

    at: float
    sent: int
    handed: int
    said: int
    refused: int
    busy: int
    rss_mb: float
    cpu: float
    phase: str


class Played(msgspec.Struct, frozen=True):
    """All that is known of a run."""

    options: Options
    about: About
    seconds: float
    moments: list[Moment]
    books: list[Books]
    merged: Merged
    seen: Seen
    invariants: list[Invariant]
    planned: int

    @property
    def holds(self) -> bool:
        return all(i.holds for i in self.invariants)


OnProgress = Callable[[str, int, int, Moment | None], None]
"""Hears of the progress: phase, done, of how many, and the last look."""


def perform(options: Options, told: OnProgress) -> Played:
    """Play it. Unfit, HubFailed, WorkerFailed where it cannot be played at all."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-simulate-")))
        about, home, keys = _corpus(options, folder, told)
        hub = None
        if not options.url:
            told("hub", 0, 1, None)
            hub_process.prepare(folder / "hub", keys, world_2022(), about.agencies)
            hub = stack.enter_context(HubProcess(folder / "hub"))
        policy = _policy(options, folder)
        library = Library(home)
        run = _Run(options, library, hub, home, keys, policy, told)
        books = run.play()
        merged = Merged(library, books)
        told("checking", 0, 1, None)
        seen = asyncio.run(_see(run.url, options.cacert, keys, merged, alone=hub is not None))
        if hub is not None:
            hub.stop()
            seen = msgspec.structs.replace(seen, fsck=hub.fsck())
        invariants = check(merged, seen)
        return Played(options, about, run.seconds, run.moments, books, merged, seen, invariants, planned=run.planned)


def _corpus(options: Options, folder: Path, told: OnProgress) -> tuple[About, Path, Path]:
    """The corpus to play, made where there is none: its kind, its place, and the keys that go with it."""
    home = options.corpus or folder / "corpus"
    about = corpora.read_about(home)
    if about is not None and about.own_keys == bool(options.url):
        raise corpora.Unfit(f"{home} was made for {'a hub of its own' if about.own_keys else 'another hub'}")
    keys = options.keys if options.url else corpora.keys_in(home)
    if about is None:
        about = _new_corpus(options, home, keys, told)
    elif Keyring(keys, about.agencies).fingerprint() != about.certificates:
        raise corpora.Unfit(f"{home} was signed with other keys than {keys}")
    return about, home, keys


def _new_corpus(options: Options, home: Path, keys: Path, told: OnProgress) -> About:
    told("keys", 0, options.agencies, None)
    agencies = _agencies(options, keys)
    if not options.url:
        hub_process.issue_keys(keys, agencies)
    now = datetime.now(VIETNAM)
    own = not options.url
    about = About(
        format=corpora.FORMAT,
        seed=options.seed,
        documents=_documents(options),
        sizes=options.sizes,
        # Where others send too, another run sends other documents; a hub of one's own is new each time.
        label="MP" if own else f"MP{int(now.timestamp()):x}",
        day=now.date(),
        agencies=agencies,
        parts=options.processes,
        own_keys=own,
        certificates=Keyring(keys, agencies).fingerprint(),
    )
    return corpora.make(home, about, keys, lambda done: told("signing", done, about.documents, None))


def _documents(options: Options) -> int:
    """As many as asked for; in an open loop with an end, as many as can be due until then."""
    if options.documents:
        return options.documents
    return max(1, int(options.seconds * (1.2 * options.rate + 20 if options.rate else 300)))


def _agencies(options: Options, keys: Path) -> list[Agency]:
    if not options.url:
        return plan.choose(world_2022(), options.agencies, options.seed)
    owners = set(pki.Profile(keys).agencies())
    return plan.choose([a for a in world_2022() if a.code in owners], options.agencies, options.seed)


def _policy(options: Options, folder: Path) -> bytes:
    if not options.url:
        return (folder / "hub" / "policy").read_bytes()
    return (options.policy or options.keys / "anchors" / "log.policy").read_bytes()


class _Run:
    def __init__(
        self,
        options: Options,
        library: Library,
        hub: HubProcess | None,
        home: Path,
        keys: Path,
        policy: bytes,
        told: OnProgress,
    ) -> None:
        self._options = options
        self._hub = hub
        self._told = told
        self.url = hub.url if hub else options.url.rstrip("/")
        self.planned = len(library)
        self.moments: list[Moment] = []
        self.seconds = 0.0
        self._tasks = [
            Task(
                url=self.url,
                corpus=str(home),
                keys=str(keys),
                policy=policy,
                part=part,
                parts=options.processes,
                cacert=options.cacert,
                rate=options.rate,
                closed=options.closed,
                day=options.day,
                seconds=options.seconds,
                receipts=options.receipts // options.processes,
                dossiers=round(options.dossiers * self.planned / options.processes),
            )
            for part in range(options.processes)
        ]
        self._latest = [Progress(0, 0, 0, 0, 0, True) for _ in self._tasks]

    def play(self) -> list[Books]:
        with contextlib.ExitStack() as stack:
            players = [stack.enter_context(Worker(play, (task,))) for task in self._tasks]
            self._told("tokens", 0, len(players), None)
            for player in players:
                player.hear(_READY_SECONDS)
            self._start = time.monotonic()
            for player in players:
                player.say(self._start)
            self._watch(players)
            for player in players:
                player.say("stop")
            return self._end(players)

    def _watch(self, players: Sequence[Worker]) -> None:
        """Until everything was sent and nothing moves any more."""
        moved_at, before = time.monotonic(), (0, 0, 0, 0)
        for moment in self._looks(players):
            now, sums = time.monotonic(), (moment.sent, moment.handed, moment.said, moment.busy)
            if sums != before:
                moved_at, before = now, sums
            still = now - moved_at
            finished = moment.phase == "draining" and moment.busy == 0 and still > _QUIET_SECONDS
            if finished or still > _GRACE_SECONDS:
                self.seconds = moved_at - self._start
                return

    def _looks(self, players: Sequence[Worker]) -> Iterator[Moment]:
        looked = 0.0
        while True:
            for position, said in _said(players):
                if isinstance(said, Progress):
                    self._latest[position] = said
            if time.monotonic() - looked >= _WATCH:
                looked = time.monotonic()
                moment = self._moment()
                self.moments.append(moment)
                self._told(moment.phase, moment.sent, self.planned, moment)
                yield moment

    def _moment(self) -> Moment:
        pid = self._hub.pid if self._hub else 0
        latest = self._latest
        return Moment(
            at=round(time.monotonic() - self._start, 2),
            sent=sum(p.sent for p in latest),
            handed=sum(p.handed for p in latest),
            said=sum(p.said for p in latest),
            refused=sum(p.refused for p in latest),
            busy=sum(p.busy for p in latest),
            rss_mb=round(hub_process.rss_mb(pid), 1),
            cpu=round(hub_process.cpu_seconds(pid), 2),
            phase="sending" if any(p.sending for p in latest) else "draining",
        )

    def _end(self, players: Sequence[Worker]) -> list[Books]:
        books: dict[int, Books] = {}
        while len(books) < len(players):
            left = [p for i, p in enumerate(players) if i not in books]
            books |= {position: said for position, said in _said(left, players) if isinstance(said, Books)}
            self._told("verifying", len(books), len(players), None)
        return [books[i] for i in range(len(players))]


def _said(players: Sequence[Worker], all_players: Sequence[Worker] | None = None) -> Iterator[tuple[int, Any]]:
    """The messages of these players by now, with their position among all; waits a little where it is nothing."""
    positions = {player.pipe: i for i, player in enumerate(all_players or players)}
    by_pipe = {player.pipe: player for player in players}
    for pipe in wait(list(by_pipe), 0.1):
        assert isinstance(pipe, Connection)
        yield positions[pipe], by_pipe[pipe].hear()


async def _see(url: str, cacert: str, keys: Path, merged: Merged, *, alone: bool) -> Seen:
    """Ask the hub, as the agencies themselves, for facts that the books cannot tell."""
    about = merged.library.about
    pool, ring = Pool(Address.of(url, cacert), 16), Keyring(keys, about.agencies)
    callers: dict[int, Caller] = {}

    def caller(position: int) -> Caller:
        if position not in callers:
            audience = f"{url}/v1/token"
            callers[position] = Caller(about.agencies[position].code, ring[position], pool, audience)
        return callers[position]

    asked, states = merged.asked, {}
    for sent in merged.sent:
        if sent.number in asked:
            life = await caller(merged.library[sent.number].sending.sender).call(protocol.life(sent.id))
            states[sent.id] = {d.recipient: d.state for d in life.deliveries}
    waiting = {i: await _waiting(caller(i)) for i in about.sample.asleep}
    figures = await caller(0).call(protocol.figures())
    programmes = None
    if alone:
        operator = Caller(_OPERATOR, pki.Profile(keys).hub(_OPERATOR), pool, f"{url}/v1/token")
        programmes = await boards.see(operator.call)
    pool.close()
    return Seen(figures, states, waiting, None, alone, programmes)


async def _waiting(agency: Caller) -> set[str]:
    """Identifiers of everything in its mailbox."""
    found: set[str] = set()
    cursor = ""
    while True:
        page: wire.Inbox = await agency.call(protocol.inbox(limit=_LOOK, cursor=cursor))
        found |= {item.message.id for item in page.items}
        cursor = page.cursor
        if not cursor:
            return found


__all__ = ["Moment", "OnProgress", "Options", "Played", "perform"]
