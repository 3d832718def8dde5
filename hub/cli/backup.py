"""`truc backup`: a copy of a hub's record, taken while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from hub.base.config import InvalidSettings, Settings, load
from hub.base.runtime import configure_logging, system_clock
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.screen import console
from hub.cli.settings import overridden, refused_settings
from hub.cli.terms import compared
from hub.ops.backup import DATABASE, OnProgress, Refused
from hub.ops.backup.make import Made, make
from hub.ops.fsck import Fault
from hub.pki.files import PkiError

_FOLDER = click.Path(file_okay=False, path_type=Path)
_EXAMPLE = """
truc backup --config hub.toml /mnt/backup/2026-11-25            while the hub runs
truc backup --config hub.toml /mnt/backup/2026-11-26 --since /mnt/backup/2026-11-25     large bytes are shared
(cd /mnt/backup/2026-11-26 && sha256sum -c SHA256SUMS)          with nothing of ours
"""

CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without."
)
DATA = click.option("--data", help="Folder of the store, in place of the settings'.")
KEYS = click.option("--keys", "hub_keys", help="Folder of the keys, in place of the settings'.")


@CONFIG
@DATA
@KEYS
@click.option(
    "--since",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="An earlier backup on the same disk: what it has is shared with it.",
)
@click.option("--with-keys", is_flag=True, help="The keys too: a holder of the backup can then act as the hub.")
@click.argument("target", type=_FOLDER)
def _backup(
    shared: Shared,
    config: Path | None,
    data: str | None,
    hub_keys: str | None,
    since: Path | None,
    with_keys: bool,
    target: Path,
) -> int:
    """Sao lưu toàn bộ bản ghi của Trục, ngay cả khi Trục đang chạy; bản sao được kiểm tra rồi mới có tên.

    Back up a hub's record to a new folder, whether it runs or not: the database at one instant, the bytes it names,
    digests of everything. The copy is checked as `truc fsck` does before it gets its name.

    The leftovers of a crash (TARGET.part) are used by the next try. Keys are left out unless asked for. Exit: 0 made,
    1 refused, 2 wrong use, 4 try again: the disk is full, or documents were deleted meanwhile (retention).
    """
    settings = settings_of(config, data, hub_keys)
    if not (Path(settings.hub.data) / DATABASE).exists():
        raise click.UsageError(f"no store in {settings.hub.data}: name the folder with --data")
    try:
        with following(shared) as told:
            made = asyncio.run(make(settings, target, system_clock(), told, since=since, keys=with_keys))
    except Refused as error:
        return tell_refused(shared, error)
    except OSError as error:
        return tell_failed(shared, error)
    except PkiError as error:
        raise click.UsageError(f"no keys of this hub: {error}; name their folder with --keys") from None
    shared.emit({"ok": True, **msgspec.to_builtins(made)}) if shared.json else _tell(shared, made)
    return Exit.OK


command = make_command("backup", example=_EXAMPLE)(_backup)


def _tell(shared: Shared, made: Made) -> None:
    facts, moved = made.facts, made.copied + made.kept
    shared.say(
        f"✓ {made.folder}: {facts.size} bằng chứng đến {facts.at}, {facts.bytes / 1e6:.1f} MB; "
        f"{moved} tệp lớn, {made.shared} dùng chung; đã kiểm tra",
        f"✓ {made.folder}: {facts.size} leaves until {facts.at}, {facts.bytes / 1e6:.1f} MB; "
        f"{moved} large files, {made.shared} shared; checked",
    )
    if facts.keys:
        shared.warn("Bản sao có khóa riêng của Trục: giữ như giữ khóa.", "It holds the hub's private keys: keep it so.")


def settings_of(config: Path | None, data: str | None, keys: str | None) -> Settings:
    configure_logging("warning")
    try:
        return overridden(load(config), data=data, keys=keys, host=None, port=None)
    except InvalidSettings as error:
        raise refused_settings(error) from None


@contextmanager
def following(shared: Shared) -> Iterator[OnProgress]:
    """Progress on stderr, where that is a terminal."""
    with console(err=True, quiet=shared.json or not printing.is_terminal(err=True)).status("…") as status:
        yield lambda what, n: status.update(f"{n} {what}")


def tell_failed(shared: Shared, error: OSError) -> Exit:
    """The disk, most likely: nothing was put in its place."""
    shared.emit({"ok": False, "findings": [Fault("disk", error.filename or "", "", error.strerror or "")]}) if (
        shared.json
    ) else printing.line(f"✗ {error}", err=True, fg="red")
    return Exit.LATER


def tell_refused(shared: Shared, error: Refused) -> Exit:
    if shared.json:
        shared.emit({"ok": False, "findings": error.faults})
        return Exit.REFUSED
    for fault in error.faults:
        detail = compared(shared.lang, fault.expected, fault.found)
        printing.line(f"✗ {fault.what}  {fault.where}  {detail}", err=True, fg="red")
    return Exit.REFUSED
