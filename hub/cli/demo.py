"""`truc demo`: a real hub process, a real story over HTTP, every receipt verified offline by a process of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from clients.errors import ClientError
from hub.base.config import HttpSettings
from hub.base.runtime import configure_logging
from hub.cli import printing
from hub.cli.help import Helped
from hub.cli.screen import console, show, table
from hub.core import wire
from hub.core.errors import AxisError
from hub.core.log.policy import Policy
from hub.core.log.policy import parse as parse_policy
from hub.core.model import Tier
from hub.core.wire_centre import Centre
from hub.lab.demo import centre, dossiers, reporting, results, story, tasks
from hub.lab.demo.story import Stage, Step, Unexpected
from hub.lab.sandbox import prepare
from hub.pki import profile as pki

_TRUC = (sys.executable, "-m", "hub.cli.main")
_START_SECONDS = 20
_SCENES = (
    *story.SCENES,
    reporting.scene,
    tasks.scene,
    dossiers.scene,
    results.scene,
    results.leaders,
    centre.scene,
)


class Summary(msgspec.Struct):
    """The results of the demonstration."""

    steps: list[Step]
    figures: wire.Figures
    receipts: list[Path]
    registered: tuple[Path, Path, Path]
    centre: Centre


@click.command(
    "demo", cls=Helped, epilog="Example: truc demo --folder var/demo\n\nExit: 0 as the story says, 1 anything else."
)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("var/demo"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(folder: Path, as_json: bool) -> None:
    """Play a document's way over four tiers against a hub of its own, and prove each step.

    The folder is computed again. Afterwards it holds the hub's store, every document and every receipt.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """
    configure_logging("warning")
    began = time.monotonic()
    try:
        told = _play(folder, as_json)
        verified = _verify(folder, told.receipts, as_json)
        offline = _offline(folder, told.registered, as_json)
        checked = _fsck(folder, as_json)
    except (Unexpected, ClientError, AxisError, OSError) as error:
        printing.line(f"{type(error).__name__}: {error}", mark="✗", good=False, err=as_json)
        printing.line(f"  hub log: {folder / 'hub.log'}", err=as_json)
        sys.exit(1)
    if as_json:
        figures = msgspec.to_builtins(told.figures)
        steps = [step._asdict() for step in told.steps]
        proved = {"verified": verified, "result": offline, "fsck": checked}
        board = {"centre": msgspec.to_builtins(told.centre.total), "figures": figures}
        printing.json({"ok": True, "steps": steps, **proved, **board}, indent=0)
    else:
        _conclude(folder, told.figures, time.monotonic() - began)


def _play(folder: Path, err: bool) -> Summary:
    if folder.exists() and any(folder.iterdir()) and not (folder / "hub.toml").exists():
        raise click.UsageError(f"{folder} holds something else: name an empty folder with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    with console(err=True, quiet=not printing.is_terminal(err=True)).status("keys, 63 provinces, four tiers …"):
        settings = prepare(folder, port=0, seconds=(1.0, 2.0), sweep=0.2, lease=2.0)
    profile = pki.Profile(Path(settings.hub.keys))
    policy = parse_policy((folder / "policy").read_bytes())
    with _hub(folder) as url:
        printing.line(f"hub: {url}, process of its own, SQLite in {settings.hub.data}", mark="✓", err=err)
        return asyncio.run(_perform(url, profile, policy, folder / "receipts", err))


@contextmanager
def _hub(folder: Path) -> Iterator[str]:
    """`truc serve` as anyone would start it; its address comes from its first line."""
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [*_TRUC, "serve", "--config", str(folder / "hub.toml"), "--json"], stdout=subprocess.PIPE, stderr=log
        )
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise Unexpected("a hub that listens")
            yield json.loads(line)["url"]
        finally:
            process.terminate()
            process.wait(timeout=_START_SECONDS)
            if process.stdout:
                process.stdout.close()
    if process.returncode != 0:
        raise Unexpected(f"a hub that ends with 0, found {process.returncode}")


async def _perform(url: str, profile: pki.Profile, policy: Policy, receipts: Path, err: bool) -> Summary:
    async with story.stage(url, profile, policy, receipts) as stage:
        steps: list[Step] = []
        cast = await story.cast(stage)
        timed = await story.send_to_expire(stage)
        for scene in _SCENES:
            steps.append(await scene(stage, cast))
            _show(steps[-1], err)
        steps.append(await story.expired(stage, timed))
        _show(steps[-1], err)
        figures = await _figures(stage)
        if stage.registered is None or stage.centre is None:
            raise Unexpected("a result, and the centre's board")
        return Summary(steps, figures, stage.receipts, stage.registered, stage.centre)


async def _figures(stage: Stage) -> wire.Figures:
    figures = await (await stage.client(story.VPCP)).figures()
    story.need(all(line.difference == 0 for line in figures.ledger), "a ledger without a difference")
    return figures


def _show(step: Step, err: bool) -> None:
    printing.line(step.vi, mark="✓", err=err)
    printing.line(f"  {step.en}", dim=True, err=err)


def _verify(folder: Path, receipts: list[Path], err: bool) -> int:
    """Every receipt, by a fresh process that has the files, the log's public key, and nothing else."""
    done = subprocess.run(
        [*_TRUC, "receipt", "verify", "--policy", str(folder / "policy"), "--json", *map(str, receipts)],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout.decode()[-400:] + done.stderr.decode()[-400:]
        raise Unexpected(f"{len(receipts)} receipts that verify: {said}")
    told = Step(f"{len(receipts)} biên nhận xác minh ngoại tuyến", "receipts verified offline, by another process")
    _show(told, err)
    return len(receipts)


def _offline(folder: Path, registered: tuple[Path, Path, Path], err: bool) -> str:
    """The result by its file, its registration and the receipt, without a hub: how it stood when it was registered."""
    file, document, receipt = map(str, registered)
    given = ("--policy", str(folder / "policy"), "--document", document, "--receipt", receipt, "--json")
    done = subprocess.run([*_TRUC, "results", "verify", file, *given], capture_output=True, check=False)
    if done.returncode != 0:
        raise Unexpected(f"a result that verifies offline: {done.stdout.decode()[-400:] + done.stderr.decode()[-400:]}")
    standing = str(json.loads(done.stdout)["standing"])
    said = f"Kết quả tra cứu ngoại tuyến bằng biên nhận: {standing}; thu hồi về sau phải hỏi Trục"
    _show(Step(said, f"the result verified offline by its receipt: {standing}; a later revocation is the hub's"), err)
    return standing


def _fsck(folder: Path, err: bool) -> bool:
    done = subprocess.run(
        [*_TRUC, "fsck", "--config", str(folder / "hub.toml"), "--json"], capture_output=True, check=False
    )
    if done.returncode != 0:
        raise Unexpected(f"a store without a fault: {done.stdout.decode()[-800:]}")
    leaves = json.loads(done.stdout)["checked"]["leaves"]
    _show(Step(f"fsck: nhật ký {leaves} lá khớp", f"log of {leaves} leaves: every digest and state agree"), err)
    return True


def _conclude(folder: Path, figures: wire.Figures, seconds: float) -> None:
    cells = {(f.sender, f.recipient): f.deliveries for f in figures.matrix}
    rows = [[sender.value, *(cells.get((sender.value, r.value), 0) for r in Tier)] for sender in Tier]
    title = "Văn bản theo cấp: gửi (dòng) → nhận (cột)   deliveries by tier"
    show(table(title, ("", *(tier.value for tier in Tier)), rows, right=range(1, 1 + len(Tier))))
    total = figures.ledger[-1]
    printing.line(
        f"{total.accepted} accepted = {total.handed_over} handed over + {total.waiting} waiting + {total.taken_back} "
        f"taken back + {total.refused} refused + {total.expired} expired; difference {total.difference}"
    )
    for name in ("receipts", "data", "keys", "policy", "hub.log"):
        printing.line(f"  {folder / name}")
    board = f"http://127.0.0.1:{HttpSettings().port}/console/centre"
    printing.line(f"{seconds:.1f} s.  Next: truc sandbox (here: make sandbox), and in a browser {board}", bold=True)
