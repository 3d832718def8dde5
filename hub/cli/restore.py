"""`truc restore`: put a backup in the place of a hub's record."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec

from hub.base.runtime import system_clock
from hub.cli.backup import CONFIG, DATA, KEYS, following, settings_of, tell_failed, tell_refused
from hub.cli.common import Exit, Shared, make_command
from hub.ops.backup import Refused
from hub.ops.backup.restore import Restored, Will, restore
from hub.pki.files import PkiError

_EXAMPLE = """
truc restore --config hub.toml /mnt/backup/2026-11-26            its witnesses agree that nothing later was signed
truc restore --config hub.toml --replace /mnt/backup/2026-11-26  an older state of this log lies in the place
truc restore --data try/data --keys try/keys --with-keys --accept-unwitnessed /mnt/backup/2026-11-26
"""


@CONFIG
@DATA
@KEYS
@click.option(
    "--replace", is_flag=True, help="An older state of the same log may lie in the place; it is kept beside it."
)
@click.option("--with-keys", is_flag=True, help="Put the backup's keys in place too.")
@click.option(
    "--accept-unwitnessed",
    is_flag=True,
    help="Without the word of every witness: you answer for it that no later checkpoint or receipt is out there.",
)
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
def _restore(
    shared: Shared,
    config: Path | None,
    data: str | None,
    hub_keys: str | None,
    replace: bool,
    with_keys: bool,
    accept_unwitnessed: bool,
    backup: Path,
) -> int:
    """Khôi phục bản sao lưu; từ chối khi nhật ký đã được ký xa hơn bản sao, vì tiếp tục sẽ thành hai lịch sử.

    Put BACKUP in the place that the settings name, after checking every digest, the whole record and its signatures.

    A log that was signed further than the backup must not be continued from it: that would be a second history, which
    receipts and witnesses prove. So every configured witness is asked, and one that cosigned more refuses the restore.
    Where one does not answer, or there is none, nobody can tell, and --accept-unwitnessed says that you can.

    Run it as the user that the hub runs as. Exit: 0 restored, 1 refused, 2 wrong use, 4 the disk does not take it.
    """
    settings = settings_of(config, data, hub_keys)
    will = Will(replace=replace, keys=with_keys, accept_unwitnessed=accept_unwitnessed)
    try:
        with following(shared) as told:
            done = asyncio.run(restore(settings, backup, system_clock(), told, will))
    except Refused as error:
        if any(fault.what == "log-rewound" for fault in error.faults):
            shared.warn(
                "Nhật ký đã được ký xa hơn. Chỉ có thể đọc bản sao (truc fsck, truc evidence export --data); "
                "để chạy tiếp, lập nhật ký mới với origin và khóa mới.",
                "The log was signed further. The backup can be read (truc fsck, truc evidence export --data); to go "
                "on, begin a new log under a new origin and key.",
            )
        return tell_refused(shared, error)
    except OSError as error:
        return tell_failed(shared, error)
    except PkiError as error:
        raise click.UsageError(
            f"no keys of this hub: {error}; --keys names their folder, --with-keys brings them"
        ) from None
    shared.emit({"ok": True, **msgspec.to_builtins(done)}) if shared.json else _tell(shared, done)
    return Exit.OK


command = make_command("restore", example=_EXAMPLE)(_restore)


def _tell(shared: Shared, done: Restored) -> None:
    facts = done.facts
    shared.say(
        f"✓ {done.data}: {facts.size} bằng chứng đến {facts.at}",
        f"✓ {done.data}: {facts.size} leaves until {facts.at}",
    )
    for heard in done.witnesses:
        shared.say(
            f"  {heard.name}: {heard.knows} {heard.why}".rstrip(), f"  {heard.name}: {heard.knows} {heard.why}".rstrip()
        )
    if done.before:
        shared.say(f"  bản ghi trước đó: {done.before}", f"  what was there before: {done.before}")
