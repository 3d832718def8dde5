"""`truc retention`: delete the bytes of old documents; the proofs of their lives stay."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

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
    hub must not run meanwhile. Of bodies of sync services older than retention.brought_days only facts stay, and no
    persons. Evidence, signed acknowledgements and status messages stay, and so does their proof.
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
    if done.brought or done.brought_kept:
        vi, en = ("Sẽ rút gọn", "Would reduce") if dry_run else ("✓ Đã rút gọn", "✓ Reduced")
        days = settings.retention.brought_days
        shared.say(
            f"{vi} {done.brought:,} lượt đồng bộ cũ hơn {days:,} ngày: giữ dữ kiện, bỏ thông tin cá nhân",
            f"{en} {done.brought:,} calls of sync services older than {days:,} days: facts stay, persons go",
        )
    if done.brought_kept:
        shared.say(
            f"{done.brought_kept:,} lượt đồng bộ giữ nguyên vì rút gọn sẽ làm hồ sơ khác đi",
            f"{done.brought_kept:,} calls are kept as they are, for dossiers would differ",
        )
    if done.kept:
        shared.say(
            f"{done.kept:,} văn bản mang gói dữ liệu được giữ lại: bảng của các chương trình lập từ đó",
            f"{done.kept:,} documents with a data packet are kept: what programmes show is derived from them",
        )
    return Exit.OK


def _members(done: retention.Outcome) -> dict[str, int]:
    names = ("documents", "bytes", "files", "kept", "brought", "brought_kept")
    return {name: getattr(done, name) for name in names}


async def _apply(settings: Settings, before: Millis, dry_run: bool) -> retention.Outcome:
    days = settings.retention.brought_days
    async with opened(settings) as (exchange, _, _):
        done = await retention.apply(exchange.record, before, dry_run=dry_run)
        if not days:
            return done
        reduced = await retention.reduce(exchange.record, Millis(system_clock() - days * _DAY), dry_run=dry_run)
        return msgspec.structs.replace(done, brought=reduced.brought, brought_kept=reduced.brought_kept)


command.add_command(apply)
