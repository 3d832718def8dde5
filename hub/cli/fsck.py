"""`truc fsck`: check a hub's folder against itself."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from hub.app import at_rest
from hub.base.config import Settings
from hub.base.runtime import configure_logging
from hub.cli import printing
from hub.cli.help import Helped
from hub.cli.screen import console
from hub.cli.settings import stored_settings
from hub.cli.terms import compared, looks_unproved, pick, term
from hub.cli.usage import language
from hub.core.audit.record import UNPROVED
from hub.core.errors import AxisError
from hub.ops.fsck import Fault, Fsck
from hub.pki.files import PkiError


@click.command(
    "fsck",
    cls=Helped,
    epilog="Example: truc fsck --data var/sandbox/data --keys var/sandbox/keys\n\n"
    "Exit: 0 nothing found, 1 something is wrong, 2 usage.",
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without.")
@click.option("--data", help="Folder of the store, in place of the settings'.")
@click.option("--keys", help="Folder of the keys, in place of the settings'.")
@click.option("--mend", is_flag=True, help="Remove stored files that no message names; nothing else is ever changed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(config: Path | None, data: str | None, keys: str | None, mend: bool, as_json: bool) -> None:
    """Rebuild the log from the store and compare every digest, proof, counter, state and file.

    The hub must not run meanwhile. Each finding names the row, leaf or file, the expected and the found value.
    """
    settings = stored_settings(config, data, keys)
    configure_logging("warning")
    try:
        faults, counts = asyncio.run(check(settings, mend, quiet=as_json))
    except PkiError as error:
        raise click.UsageError(f"no keys of this hub: {error}; name their folder with --keys") from None
    except AxisError as error:
        faults, counts = [Fault(error.code, settings.hub.data, error.expected, error.found)], {}
    _print(faults, counts, as_json)
    sys.exit(1 if faults else 0)


async def check(settings: Settings, mend: bool, *, quiet: bool) -> tuple[list[Fault], dict[str, int]]:
    async with at_rest(settings) as (store, blobs, verifiers):
        with console(err=True, quiet=quiet or not printing.is_terminal(err=True)).status("fsck") as status:
            fsck = Fsck(
                store,
                blobs,
                settings.hub.origin,
                verifiers,
                lambda what, n: status.update(f"fsck: {n} {what}"),
            )
            faults = [fault async for fault in fsck.run()]
        if mend:
            for fault in [f for f in faults if f.what == "blob-orphan"]:
                blobs.remove(fault.where)
                faults.remove(fault)
        return faults, dict(fsck.counts)


def _print(faults: list[Fault], counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        printing.json({"findings": faults, "checked": counts, "ok": not faults}, indent=0)
        return
    lang = language()
    for fault in faults:
        detail = compared(lang, fault.expected, fault.found)
        printing.line(f"✗ {fault.what}  {fault.where}  {detail}")
    if unproved := counts.get(UNPROVED):
        printing.line(pick(lang, *looks_unproved(unproved)))
    checked = ", ".join(f"{n} {term(lang, what)}" for what, n in counts.items())
    some = pick(lang, f"{len(faults)} phát hiện", f"{len(faults)} findings")
    none = pick(lang, "✓ không phát hiện gì", "✓ nothing found")
    printing.line(f"{some if faults else none} ({checked})")
