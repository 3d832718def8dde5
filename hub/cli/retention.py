"""`truc retention`: delete the bytes of old documents; the proofs of their lives stay."""

from __future__ import annotations

from pathlib import Path

import click

from hub.app import opened
from hub.base.config import Settings
from hub.base.runtime import configure_logging, system_clock
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import run
from hub.cli.help import Group
from hub.cli.settings import stored_settings
from hub.core.model import Millis, iso_utc
from hub.upkeep import retention

_DAY = 86_400_000
_EXAMPLE = "truc retention apply --older-than 3650 --config hub.toml --dry-run"


@click.group("retention", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Thời hạn lưu: xóa nội dung văn bản cũ, giữ nguyên mọi bằng chứng.

    Retention: the bytes of old documents are deleted, their evidence never.
    """


@make_command(
    "apply",
    example="""
truc retention apply --older-than 3650 --config hub.toml --dry-run
truc retention apply --older-than 3650 --data var/hub --keys keys/demo""",
)
@click.option("--older-than", required=True, type=click.IntRange(1), metavar="DAYS", help="Accepted longer ago.")
@click.option("--dry-run", is_flag=True, help="Count what would go, change nothing.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without.")
@click.option("--data", help="Folder of the store, in place of the settings'.")
@click.option("--keys", "keys_folder", help="Folder of the keys, in place of the settings'.")
def apply(
    shared: Shared, older_than: int, dry_run: bool, config: Path | None, data: str | None, keys_folder: str | None
) -> int:
    """Xóa nội dung các văn bản quá hạn mà không ai còn chờ; mỗi lần xóa có bằng chứng.

    Delete the bytes of documents accepted more than DAYS ago for which nobody waits; each deletion leaves evidence. The
    hub must not run meanwhile. Evidence, signed acknowledgements and status messages stay, and so does their proof.
    """
    settings = stored_settings(config, data, keys_folder)
    configure_logging("warning")
    before = Millis(system_clock() - older_than * _DAY)
    done = run(_apply(settings, before, dry_run))
    if shared.json:
        shared.emit({"before": iso_utc(before), "dry_run": dry_run, **_members(done)})
        return Exit.OK
    vi, en = ("Sẽ xóa", "Would delete") if dry_run else ("✓ Đã xóa", "✓ Deleted")
    shared.say(
        f"{vi} nội dung {done.documents:,} văn bản nhận trước {iso_utc(before)}: {done.bytes:,} byte",
        f"{en} the bytes of {done.documents:,} documents accepted before {iso_utc(before)}: {done.bytes:,} bytes",
    )
    if done.kept:
        shared.say(
            f"{done.kept:,} văn bản mang gói dữ liệu được giữ lại: bảng của các chương trình lập từ đó",
            f"{done.kept:,} documents with a data packet are kept: what programmes show is derived from them",
        )
    return Exit.OK


def _members(done: retention.Outcome) -> dict[str, int]:
    return {"documents": done.documents, "bytes": done.bytes, "files": done.files, "kept": done.kept}


async def _apply(settings: Settings, before: Millis, dry_run: bool) -> retention.Outcome:
    async with opened(settings) as (exchange, _, _):
        return await retention.apply(exchange.record, before, dry_run=dry_run)


command.add_command(apply)
