"""`truc serve`: run a hub until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import click
import structlog

from hub.app import Hub, running
from hub.base import private
from hub.base.config import InvalidSettings, Settings, load
from hub.base.runtime import configure_logging, keep_what_is_there, run
from hub.cli import printing
from hub.cli.common import Exit
from hub.cli.help import Helped
from hub.cli.settings import overridden, refused_settings
from hub.cli.terms import pick
from hub.cli.usage import language
from hub.core.errors import AlreadyRunning, AxisError
from hub.pki.requests import Incomplete

log = structlog.get_logger("serve")


@click.command(
    "serve",
    cls=Helped,
    epilog="Example: truc serve --config hub.toml\n\nStop it with Ctrl-C or SIGTERM: what waits is finished first. "
    "SIGHUP: read certificate, key and CRLs again.",
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without.")
@click.option("--data", help="Folder of the store, in place of the settings'.")
@click.option("--keys", help="Folder of the keys, in place of the settings'.")
@click.option("--host", help="Address to listen on, in place of the settings'.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, in place of the settings'.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the address once it listens.")
def command(
    config: Path | None,
    data: str | None,
    keys: str | None,
    host: str | None,
    port: int | None,
    log_level: str,
    as_json: bool,
) -> None:
    """Run a hub: the store and the log are opened and checked, then it listens.

    It refuses to run (exit 1) when the log in the store does not fit its last signed checkpoint.
    """
    try:
        settings = overridden(load(config), data=data, keys=keys, host=host, port=port)
    except InvalidSettings as error:
        raise refused_settings(error) from None
    configure_logging(log_level)
    private.umask()
    try:
        run(serve(settings, as_json))
    except AxisError as error:
        printing.lines((f"{error.code}: {error.en}", error.vi, f"→ {error.hint.en}"), err=True)
        sys.exit(Exit.RUNNING if isinstance(error, AlreadyRunning) else Exit.REFUSED)
    except Incomplete as error:
        printing.lines(error.lines, err=True)
        sys.exit(2)
    except private.Exposed as error:
        printing.lines(error.lines, err=True)
        sys.exit(1)
    except OSError as error:
        printing.line(pick(language(), f"không nghe được: {error}", f"cannot listen: {error}"), err=True)
        sys.exit(1)


async def serve(settings: Settings, as_json: bool) -> None:
    asked = stop_asked()
    async with running(settings) as hub:
        reload_when_asked(hub)
        keep_what_is_there()
        announce(hub, as_json)
        await asked.wait()
        await leave(hub, asked)


async def leave(hub: Hub, asked: asyncio.Event) -> None:
    """Serve on for a moment while `/readyz` says no, so that a load balancer sends no more; asked to stop once more,
    for no longer."""
    hub.exchange.notices.leaving = True
    asked.clear()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asked.wait(), hub.settings.http.drain_seconds)


def reload_when_asked(hub: Hub) -> None:
    """SIGHUP: certificate, key and CRLs are read again. Unusable files are told, and the old ones stay."""
    under_way: set[asyncio.Task[None]] = set()

    async def reload() -> None:
        try:
            await hub.reload()
        except Exception:
            log.exception("not-reloaded")

    def begin() -> None:
        task = asyncio.create_task(reload(), name="reload")
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, begin)


def announce(hub: Hub, as_json: bool) -> None:
    if as_json:
        pages = {"console": hub.console} if hub.console else {}
        printing.json({"url": hub.url, "agencies": len(hub.exchange.directory), **pages}, indent=0)
    else:
        lang, count = language(), len(hub.exchange.directory)
        printing.line(
            pick(lang, f"truc nghe tại {hub.url} ({count} đơn vị)", f"truc listens on {hub.url} ({count} agencies)")
        )
        if hub.console:
            printing.line(pick(lang, f"trang quản trị: {hub.console}", f"console: {hub.console}"))
        if not count:
            commands = "truc agencies import FILE.csv; truc agencies certify CODE FILE.cer"
            printing.line(pick(lang, f"Danh mục còn trống: {commands}", f"The directory is empty: {commands}"))


def stop_asked() -> asyncio.Event:
    """Set by SIGINT or SIGTERM. Call it before anything is announced: a reader of the address may stop us at once."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    return asked
