"""`truc sandbox`: a hub with a sample country, ready in two seconds, offline, no account."""

from __future__ import annotations

import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec

from hub.app import Hub, running
from hub.base import private
from hub.base.config import Settings
from hub.base.runtime import configure_logging, run
from hub.cli import printing
from hub.cli.common import Exit
from hub.cli.help import Helped
from hub.cli.screen import show, table
from hub.cli.serve import stop_asked
from hub.cli.terms import pick, term
from hub.cli.usage import language
from hub.core.errors import AlreadyRunning, AxisError
from hub.lab.sandbox import SAMPLES, WORLDS, prepare, stamping, witnessing
from hub.store.sqlite import check_not_running


@click.command(
    "sandbox",
    cls=Helped,
    epilog="Example: truc sandbox --port 8470\n\nThen, in another terminal: "
    "truc send --as 000.00.00.G22 --to 000.00.00.H52 --subject 'Thử nghiệm' FILE",
)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("var/sandbox"), show_default=True
)
@click.option("--world", type=click.Choice(sorted(WORLDS)), default="2022", show_default=True, help="Which country.")
@click.option("--port", type=click.IntRange(0, 65535), default=8470, show_default=True)
@click.option("--witness", is_flag=True, help="With a witness of its log, on the next port.")
@click.option("--tsa", is_flag=True, help="With an RFC 3161 authority that stamps its log, two ports on.")
@click.option("--reset", is_flag=True, help="Begin again: the folder is removed first.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="warning", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the addresses once it listens.")
def command(
    folder: Path, world: str, port: int, witness: bool, tsa: bool, reset: bool, log_level: str, as_json: bool
) -> None:
    """Run a hub with a sample country: every ministry and province, and Sơn La down to its communes, have keys.

    The world 2022 has four tiers; 2025 has 34 provinces and three tiers, and old addresses are forwarded.
    Sent documents stay in the folder until --reset.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """
    configure_logging(log_level)
    private.umask()
    try:
        if reset:
            _remove(folder)
        settings = prepare(folder, world=world, port=port)
        http = msgspec.structs.replace(settings.http, port=port)
        run(_serve(msgspec.structs.replace(settings, http=http), folder, as_json, witness=witness, tsa=tsa))
    except AxisError as error:
        printing.lines((f"{error.code}: {error.en}", error.vi), err=True)
        sys.exit(Exit.RUNNING if isinstance(error, AlreadyRunning) else 1)
    except OSError as error:
        printing.lines((f"cannot listen: {error}", "→ another port: truc sandbox --port 0"), err=True)
        sys.exit(1)


def _remove(folder: Path) -> None:
    """Only a sandbox's work: a folder with its settings in it; and none that runs. AlreadyRunning."""
    check_not_running(folder / "data" / "axis.sqlite")
    if folder.exists() and not (folder / "hub.toml").exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is no sandbox (it has no hub.toml): not removed")
    shutil.rmtree(folder, ignore_errors=True)


async def _serve(settings: Settings, folder: Path, as_json: bool, *, witness: bool, tsa: bool) -> None:
    asked = stop_asked()
    async with AsyncExitStack() as beside:
        if witness:
            settings = await beside.enter_async_context(witnessing(settings, folder))
        if tsa:
            settings = await beside.enter_async_context(stamping(settings))
        hub = await beside.enter_async_context(running(settings, samples=SAMPLES))
        if as_json:
            printing.json({"url": hub.url, **_places(hub, folder)}, indent=0)
        else:
            _announce(hub, folder)
        await asked.wait()


def _places(hub: Hub, folder: Path) -> dict[str, str]:
    witness = {"policy.witnessed": str(folder / "policy.witnessed")} if hub.witnesses.sizes else {}
    tsa = {"time stamps": hub.settings.timestamp.url} if hub.settings.timestamp.url else {}
    return {
        **({"console": hub.console} if hub.console else {}),
        "keys": str(folder / "keys"),
        "policy": str(folder / "policy"),
        **witness,
        **tsa,
        "openapi": f"{hub.url}/v1/openapi.json",
        "figures": f"{hub.url}/v1/figures",
        "checkpoint": f"{hub.url}/log/checkpoint",
        "metrics": f"{hub.url}/metrics",
        "ready": f"{hub.url}/readyz",
    }


def _announce(hub: Hub, folder: Path) -> None:
    lang = language()
    rows = [(term(lang, "agencies"), f"{len(hub.exchange.directory)}"), *_places(hub, folder).items()]
    show(table(f"truc sandbox: {hub.url}", ("", ""), rows, head=False))
    printing.line(pick(lang, "Ở cửa sổ lệnh khác:", "In another terminal:"))
    for line in (
        f"export TRUC_URL={hub.url} TRUC_KEYS={folder / 'keys'}",
        "truc send --as 000.00.00.G22 --to 000.00.00.H52 --subject 'Thử nghiệm' README.md",
        "truc inbox --as 000.00.00.H52",
        "truc fetch --as 000.00.00.H52 --out var/fetched --ack",
        "truc report",
    ):
        printing.line(f"  {line}")
    if hub.witnesses.sizes:
        line = f"truc receipt upgrade --as 000.00.00.G22 FILE.tlog-proof --policy {folder / 'policy.witnessed'}"
        printing.line(f"  {line}")
    printing.line(
        pick(
            lang,
            "Ctrl-C để dừng; văn bản đã gửi vẫn còn. --reset để làm lại từ đầu.",
            "Ctrl-C stops the hub; documents that were sent stay. --reset begins again.",
        )
    )
