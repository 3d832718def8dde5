"""`truc backup`: copy, check the copy, and only then give it its name.

Work goes on in `<backup>.part`. A crash leaves that, and the next try goes on from it: bytes that are there already are
not copied again, but read again, since the check reads everything. Bytes of an earlier backup on the same disk are
shared with it (a second name for the same file), never with the hub's own folder: damage there must not reach here.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from hub.app.keys import verifiers_of
from hub.base.config import Settings
from hub.base.version import VERSION
from hub.core.errors import Unavailable
from hub.core.log.keys import Verifier
from hub.core.model import Millis, iso_utc
from hub.ops.backup import BLOBS, CHECKPOINT, DATABASE, FACTS, FORMAT, KEYS, SUMS, Facts, OnProgress, Refused, files
from hub.ops.fsck import Fault, Fsck
from hub.store import CheckpointRow
from hub.store.blobs import Blobs, place, sync_folder
from hub.store.sqlite import SqliteStore
from hub.store.sqlite.snapshot import snapshot


class Made(msgspec.Struct, frozen=True):
    """`copied`, `shared`, `kept`: large bytes that were copied, that an earlier backup has too, and that an earlier try
    had copied. `checked`: the counts of the copy's check."""

    folder: str
    facts: Facts
    copied: int
    shared: int
    kept: int
    checked: dict[str, int]


async def make(
    settings: Settings, target: Path, at: Millis, told: OnProgress, *, since: Path | None = None, keys: bool = False
) -> Made:
    """Back up the hub of these settings, running or not, to `target`.

    Refused, and nothing has that name, when something is wrong with the record or in the way; Unavailable when bytes
    went away meanwhile (retention): a later try has the database without them.
    """
    verifiers = verifiers_of(settings)
    part = _part_of(target)
    with files.held(part, "backup-under-way"):
        work = _Making(settings, part, at, told, since)
        await work.copy(verifiers)
        if keys:
            work.copy_keys()
        facts = work.finish(keys=keys)
        # A crash before this leaves the part, one after it a whole backup.
        os.rename(part, target)
        sync_folder(target.parent)
    return Made(str(target), facts, work.copied, work.shared, work.kept, work.checked)


def _part_of(target: Path) -> Path:
    if target.exists():
        raise Refused(Fault("target-exists", str(target), "a new name", "something there"))
    part = target.with_name(f"{target.name}.part")
    part.mkdir(mode=0o700, parents=True, exist_ok=True)
    return part


class _Making:
    def __init__(self, settings: Settings, part: Path, at: Millis, told: OnProgress, since: Path | None) -> None:
        self._settings = settings
        self._part = part
        self._at = at
        self._told = told
        # The hub's own folder is never opened through `Blobs`, which would empty its spool.
        self._live = Path(settings.hub.data) / BLOBS
        self._since = since / BLOBS if since else None
        self._sums: dict[str, str] = {}
        self._vkeys: tuple[str, ...] = ()
        self._last: CheckpointRow | None = None
        self._names: set[str] = set()
        self.copied = self.shared = self.kept = 0
        self.checked: dict[str, int] = {}

    async def copy(self, verifiers: list[Verifier]) -> None:
        """The database, the bytes that it names, and the check of both."""
        self._begin_afresh()
        self._vkeys = tuple(v.vkey for v in verifiers if v.name == self._settings.hub.origin)
        database = self._part / DATABASE
        snapshot(Path(self._settings.hub.data) / DATABASE, database, lambda done, of: self._told("pages", done))
        store = await SqliteStore.open_copy(database)
        try:
            self._names = await store.blobs_named()
            self._last = await store.last_checkpoint()
            self._copy_blobs()
            await self._check(store, verifiers)
        finally:
            await store.close()
        self._sums[DATABASE] = files.digest_of(database)

    def _begin_afresh(self) -> None:
        """All but large bytes, which are known by their names."""
        for name in (SUMS, FACTS, CHECKPOINT):
            (self._part / name).unlink(missing_ok=True)
        shutil.rmtree(self._part / KEYS, ignore_errors=True)
        for path in self._part.glob(f"{BLOBS}/??/??/*.copying"):
            path.unlink()

    def _copy_blobs(self) -> None:
        blobs = self._part / BLOBS
        for path in blobs.glob("??/??/*"):
            if path.name not in self._names:
                path.unlink()
        for count, name in enumerate(sorted(self._names), 1):
            target = place(blobs, name)
            if target.exists():
                self.kept += 1
            elif self._share(name, target):
                self.shared += 1
            else:
                self._copy_blob(name, target)
                self.copied += 1
            self._sums[target.relative_to(self._part).as_posix()] = name
            self._told("files", count)

    def _share(self, name: str, target: Path) -> bool:
        """With the earlier backup, where that is on this disk and has it."""
        if self._since is None:
            return False
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(place(self._since, name), target)
        except OSError:
            return False
        return True

    def _copy_blob(self, name: str, target: Path) -> None:
        try:
            found = files.copy(place(self._live, name), target)
        except FileNotFoundError:
            raise Unavailable(expected=f"the bytes {name}", found="deleted since the database was copied") from None
        except OSError as error:
            raise Unavailable(found=f"copying {name}: {error.strerror}") from error
        if found != name:
            target.unlink()
            raise Refused(Fault("bytes-differ", str(place(self._live, name)), name, found))

    async def _check(self, store: SqliteStore, verifiers: list[Verifier]) -> None:
        """Everything that `truc fsck` checks, on the copy."""
        blobs = Blobs(self._part)
        try:
            fsck = Fsck(store, blobs, self._settings.hub.origin, verifiers, self._told)
            faults = [fault async for fault in fsck.run()]
        finally:
            (self._part / "spool").rmdir()  # nothing comes in here
        if faults:
            raise Refused(*faults)
        self.checked = dict(fsck.counts)

    def copy_keys(self) -> None:
        source = Path(self._settings.hub.keys)
        for name, path in files.every(source).items():
            if not path.name.startswith("."):  # a lock, or half a file
                self._sums[f"{KEYS}/{name}"] = files.copy(path, self._part / KEYS / name)

    def finish(self, *, keys: bool) -> Facts:
        """Facts and sums; everything durable."""
        last = self._last
        facts = Facts(
            format=FORMAT,
            truc=VERSION,
            made=iso_utc(self._at),
            origin=self._settings.hub.origin,
            vkeys=self._vkeys,
            size=last.size if last else 0,
            root=last.root.hex() if last else "",
            at=iso_utc(last.at) if last else "",
            blobs=len(self._names),
            bytes=sum(path.stat().st_size for path in files.every(self._part).values()),
            keys=keys,
        )
        files.write(self._part / CHECKPOINT, last.note if last else b"")
        files.write(self._part / FACTS, msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
        self._sums |= {name: files.digest_of(self._part / name) for name in (CHECKPOINT, FACTS)}
        files.write_sums(self._part, self._sums)
        files.sync_folders(self._part)
        return facts
