"""`truc restore`: check everything, ask the witnesses that may know more, and only then put the record in its place.

    every file against SHA256SUMS, while it is copied to `<data>.restoring`
    the copy as `truc fsck` checks a hub, under the keys of the settings; its last checkpoint is the backup's
    the present content of the place: nothing, or a beginning of the same log, which is kept under another name
    the witnesses: each is shown the checkpoint, and says whether it cosigned a later one

A log that was signed further than the backup must not be continued from it: a party that holds a later checkpoint holds
the proof of two histories. Only witnesses can tell how far it was signed; where one does not answer, or there is none,
the operator has to say that nobody relies on anything later (`accept_unwitnessed`).

A crash leaves the place as it was, or empty with the record beside it, or done: two renames are all that changes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hub.app.keys import log_signers, verifiers_of
from hub.base.config import Settings
from hub.core.errors import AxisError
from hub.core.model import Millis
from hub.ops.backup import BLOBS, CHECKPOINT, DATABASE, FACTS, FORMAT, KEYS, Facts, OnProgress, Refused, files
from hub.ops.backup.witnesses import Heard, ask
from hub.ops.fsck import Fault, Fsck
from hub.pki import profile as pki
from hub.record.log import Log
from hub.store import CheckpointRow
from hub.store.blobs import Blobs, sync_folder
from hub.store.sqlite import SqliteStore


class Restored(msgspec.Struct, frozen=True):
    """`before`: where the record that was in the place lies now, empty when there was none. `witnesses`: each one's
    answer."""

    data: str
    facts: Facts
    before: str
    keys: bool
    witnesses: list[Heard]
    checked: dict[str, int]


class Will(msgspec.Struct, frozen=True):
    """The operator's permissions. `replace`: that the place holds a beginning of the same log. `keys`: the backup's
    keys are put in place too."""

    replace: bool = False
    keys: bool = False
    accept_unwitnessed: bool = False


async def restore(settings: Settings, backup: Path, at: Millis, told: OnProgress, will: Will) -> Restored:
    """Put `backup` in the places that the settings name. Refused on any doubt, and they are as they were."""
    data, keys = Path(settings.hub.data), Path(settings.hub.keys)
    with ExitStack() as stack:
        part = stack.enter_context(_workshop(data))
        part_keys = stack.enter_context(_workshop(keys)) if will.keys else None
        stack.enter_context(_place(data, will))
        facts, signed = _copy(backup, part, part_keys, told)
        _check_facts(facts, settings, keys, will)
        hub = msgspec.structs.replace(settings.hub, data=str(part), keys=str(part_keys or keys))
        judge = _Judge(msgspec.structs.replace(settings, hub=hub), facts, signed, told)
        heard = await judge.hear(data, will, at)
        if part_keys is not None:
            _put(part_keys, keys, at)  # first: keys without a record are no harm
        before = _put(part, data, at)
    return Restored(str(data), facts, before, will.keys, heard, judge.checked)


@contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    """An empty folder beside a place, gone afterwards unless it was moved."""
    part = place.with_name(f"{place.name}.restoring")
    if part.exists():
        with files.held(part, "restore-under-way"):
            shutil.rmtree(part)  # the leftovers of an earlier try
    part.mkdir(mode=0o700, parents=True)
    with files.held(part, "restore-under-way"):
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _place(data: Path, will: Will) -> Iterator[None]:
    """Nothing is there, or a store that nobody uses and that may be replaced; nobody begins to use it meanwhile."""
    if not _filled(data):
        yield
        return
    if not (data / DATABASE).exists():
        raise Refused(Fault("place-not-empty", str(data), "nothing, or a store", "something else"))
    if not will.replace:
        raise Refused(Fault("store-exists", str(data), "nothing, unless --replace is given", "a store"))
    lock = (data / DATABASE).with_suffix(".lock")
    lock.touch(mode=0o600)
    with files.held(lock, "store-in-use"):
        yield


def _filled(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir())


def _copy(backup: Path, part: Path, part_keys: Path | None, told: OnProgress) -> tuple[Facts, bytes]:
    """All that belongs in its place, every file of the backup held against its digest."""
    faults = []
    for count, (name, expected) in enumerate(files.read_sums(backup).items(), 1):
        source, target = backup / name, _target(name, part, part_keys)
        found = files.copy(source, target) if target else files.digest_of(source)
        if found != expected:
            faults.append(Fault("file-differs", name, expected, found))
        told("files", count)
    if faults:
        raise Refused(*faults)
    files.sync_folders(part)
    try:
        return msgspec.json.decode((backup / FACTS).read_bytes(), type=Facts), (backup / CHECKPOINT).read_bytes()
    except (OSError, msgspec.MsgspecError) as error:
        raise Refused(Fault("facts-unreadable", FACTS, "a backup of this program", str(error)[:200])) from None


def _target(name: str, part: Path, part_keys: Path | None) -> Path | None:
    first, _, rest = name.partition("/")
    if first == KEYS:
        return part_keys / rest if part_keys else None
    return part / name if first in (DATABASE, BLOBS) else None


def _check_facts(facts: Facts, settings: Settings, keys: Path, will: Will) -> None:
    wrong = []
    if facts.format != FORMAT:
        wrong.append(Fault("format-unknown", FACTS, str(FORMAT), str(facts.format)))
    if facts.origin != settings.hub.origin:
        wrong.append(Fault("another-log", FACTS, settings.hub.origin, facts.origin))
    if will.keys and not facts.keys:
        wrong.append(Fault("keys-absent", KEYS, "a backup with keys", "one without"))
    if will.keys and _filled(keys):
        wrong.append(Fault("keys-exist", str(keys), "an empty place", "keys"))
    if wrong:
        raise Refused(*wrong)


class _Judge:
    """Decides on the copy, which the settings name as if it were a hub's. `signed`: the checkpoint of the backup."""

    def __init__(self, settings: Settings, facts: Facts, signed: bytes, told: OnProgress) -> None:
        self._settings = settings
        self._facts = facts
        self._signed = signed
        self._told = told
        self.checked: dict[str, int] = {}

    async def hear(self, data: Path, will: Will, at: Millis) -> list[Heard]:
        """The witnesses' answers. Refused where anything speaks against it."""
        settings = self._settings
        part = Path(settings.hub.data)
        store = await SqliteStore.open(part / DATABASE)  # a backup of an earlier version becomes one of this
        try:
            await self._check(store, Blobs(part))
            last = await store.last_checkpoint()
            self._check_end(last)
            profile = pki.Profile(Path(settings.hub.keys))
            signers = log_signers(profile, settings.hub.origin, post_quantum=settings.hub.post_quantum)
            journal = Log(settings.hub.origin, signers)
            await store.inspect(journal.open)
            await _check_place(data, store, journal, last)
            heard = await ask(settings.witness, store, journal, last, at)
        finally:
            await store.close()
        _check_heard(heard, self._facts.size, will)
        return heard

    async def _check(self, store: SqliteStore, blobs: Blobs) -> None:
        fsck = Fsck(store, blobs, self._settings.hub.origin, verifiers_of(self._settings), self._told)
        faults = [fault async for fault in fsck.run()]
        if faults:
            raise Refused(*faults)
        self.checked = dict(fsck.counts)

    def _check_end(self, last: CheckpointRow | None) -> None:
        found = (last.size, last.root.hex(), last.note) if last else (0, "", b"")
        expected = (self._facts.size, self._facts.root, self._signed)
        if found != expected:
            raise Refused(
                Fault("checkpoint-differs", CHECKPOINT, f"{expected[0]} {expected[1]}", f"{found[0]} {found[1]}")
            )


async def _check_place(data: Path, store: SqliteStore, journal: Log, last: CheckpointRow | None) -> None:
    """The record to be replaced is an earlier state of the very same log, or as old."""
    if not _filled(data):
        return
    try:
        there = await SqliteStore.open_copy(data / DATABASE)
    except AxisError as error:
        why = f"{error.code}: {error.found}"
        raise Refused(
            Fault("store-unreadable", str(data), "a store that can be compared; else move it away", why)
        ) from None
    try:
        theirs = await there.last_checkpoint()
    finally:
        await there.close()
    ours = last.size if last else 0
    if theirs is None:
        return
    if theirs.size > ours:
        raise Refused(Fault("store-newer", str(data), f"at most {ours} leaves", f"{theirs.size} leaves"))
    root = await store.inspect(lambda tx: journal.root_at(tx, theirs.size))
    if root != theirs.root:
        raise Refused(Fault("store-of-another-history", str(data), root.hex(), theirs.root.hex()))


def _check_heard(heard: list[Heard], size: int, will: Will) -> None:
    ahead = [h for h in heard if h.knows == "knows more"]
    if ahead:
        raise Refused(*(Fault("log-rewound", h.name, f"at most {size} leaves cosigned", h.why) for h in ahead))
    silent = [h for h in heard if h.knows == "no answer"]
    if will.accept_unwitnessed or (heard and not silent):
        return
    if not heard:
        raise Refused(Fault("unwitnessed", "settings", "a witness to ask, or --accept-unwitnessed", "none"))
    raise Refused(*(Fault("unwitnessed", h.name, "its answer, or --accept-unwitnessed", h.why) for h in silent))


def _put(part: Path, place: Path, at: Millis) -> str:
    """Move it to its place; the new place of the earlier content."""
    before = ""
    if _filled(place):
        stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = place.with_name(f"{place.name}.before-{stamp}")
        os.rename(place, aside)
        before = str(aside)
    os.rename(part, place)
    sync_folder(place.parent)
    return before
