"""`truc clock`: the operator's word on the machine's clock, where the hub does not believe it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import click

from hub.base.config import InvalidSettings, load
from hub.base.runtime import system_clock
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.help import Group
from hub.cli.settings import overridden, refused_settings
from hub.core.model import Millis, iso_utc
from hub.upkeep.clock import say_right

_VIETNAM: Final = timezone(timedelta(hours=7))
_EXAMPLE = "truc clock trust --config hub.toml"


@click.group("clock", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Đồng hồ máy chủ: Trục không tin thì ngừng ghi nhận; lệnh này xác nhận đồng hồ đúng.

    The machine's clock: where the hub does not believe it, nothing is recorded (`/readyz`: clock-in-doubt).
    """


@make_command(
    "trust",
    example="""
truc clock trust --config hub.toml
truc clock trust --data var/hub --yes""",
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without.")
@click.option("--data", help="Folder of the store, in place of the settings'.")
@click.option("--yes", is_flag=True, help="Do not ask: the clock was compared.")
def trust(shared: Shared, config: Path | None, data: str | None, yes: bool) -> int:
    """Xác nhận đồng hồ máy này đúng; Trục đang chạy tin ngay, Trục chưa chạy tin khi khởi động trong 15 phút.

    Say that this machine's clock is right. Compare it with another one first: a record made by a wrong clock bears the
    wrong time for good. A hub that runs goes on within a second or two; one that does not, if it is started within 15
    minutes. The clock was wrong? Set it right instead: then nothing needs to be said.
    """
    try:
        settings = overridden(load(config), data=data, keys=None, host=None, port=None)
    except InvalidSettings as error:
        raise refused_settings(error) from None
    folder = Path(settings.hub.data)
    if not folder.is_dir():
        raise click.UsageError(f"no folder {folder}: name it with --data")
    at = system_clock()
    shared.say(
        f"Đồng hồ máy này: {_local(at)} (giờ Việt Nam)",
        f"This machine's clock says {iso_utc(at)} ({_local(at)} +07:00)",
    )
    if not yes and not printing.confirm("Đúng? Is this right?"):
        return Exit.REFUSED
    say_right(folder, system_clock())
    if shared.json:
        shared.emit({"trusted": iso_utc(at)})
    return Exit.OK


command.add_command(trust)


def _local(at: Millis) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC).astimezone(_VIETNAM):%Y-%m-%d %H:%M:%S}"
