"""`truc witness`: be a witness of logs that others run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from hub.base import private
from hub.base.config import HttpSettings
from hub.base.runtime import configure_logging, run
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.help import Group
from hub.cli.serve import stop_asked
from hub.core.errors import PolicyInvalid, ProofInvalid
from hub.core.log import policy as policies
from hub.core.log.keys import Verifier
from hub.core.model import Millis, iso_utc
from hub.core.strict import encode_base64
from hub.witness import folder as folders
from hub.witness.service import Witness
from hub.witness.state import StateError
from hub.witness.web import serving

_EXAMPLE: Final = """
truc witness init --name w1.example --folder var/witness
truc witness serve --folder var/witness --log 'hub.example.gov.vn/receipts+4e6be793+AQOhB7/…'
truc witness show --folder var/witness"""
_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/witness"),
    show_default=True,
    help="The witness' key and memory.",
)


@click.group("witness", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Nhân chứng: ký rằng nhật ký của người khác chỉ có một lịch sử (C2SP tlog-witness).

    A witness: it signs that somebody else's log has one history only. Run it where the log's operator has no access.
    """


@make_command("init", example="truc witness init --name w1.example --folder var/witness")
@click.option("--name", required=True, help="The witness' name for ever: an address that you own, without https://.")
@click.option("--post-quantum", is_flag=True, help="An ML-DSA-44 key beside the Ed25519 key.")
@_FOLDER
def init(shared: Shared, name: str, post_quantum: bool, folder: Path) -> None:
    """Tạo khóa và bộ nhớ của nhân chứng; in khóa công khai.

    Make the key (0600) and the empty memory of a new witness, and print its public key: hubs put it into their settings
    and verifiers into their policy. Done once; a witness that lost either starts again under another name.
    """
    with _usable(shared):
        try:
            opened = folders.create(folder, name, post_quantum=post_quantum)
        except ProofInvalid as error:
            raise click.UsageError(f"--name: {shared.pick(error.vi, error.en)}") from None
        opened.state.close()
    if shared.json:
        shared.emit({"folder": str(folder), "vkeys": opened.vkeys})
        return
    for vkey in opened.vkeys:
        printing.line(vkey)


@make_command(
    "serve",
    example="""
truc witness serve --folder var/witness --log 'hub.example.gov.vn/receipts+4e6be793+AQOhB7/…' --port 8471
truc witness serve --folder var/witness --logs logs.policy""",
)
@_FOLDER
@click.option("--log", "vkeys", multiple=True, metavar="VKEY", help="Public key of a log to be witnessed; several.")
@click.option(
    "--logs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A policy file: the logs in it are witnessed.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8471, show_default=True)
@click.option("--tls-certificate", default="", help="PEM; with --tls-key. Without both plain HTTP.")
@click.option("--tls-key", default="", help="PEM.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info", show_default=True)
def serve(
    shared: Shared, folder: Path, vkeys: tuple[str, ...], logs: Path | None, log_level: str, **http: Any
) -> int | None:
    """Chạy dịch vụ nhân chứng cho đến khi được lệnh dừng.

    Run the witness until it is told to stop. Keys of logs come from their operators by a way that you trust, not from
    the logs' own addresses.
    """
    settings = HttpSettings(**http)
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise click.UsageError("--tls-certificate, --tls-key")
    verifiers = _verifiers(shared, vkeys, logs)
    configure_logging(log_level)
    private.umask()
    with _usable(shared):
        opened = folders.load(folder)
        with closing(opened.state):
            try:
                witness = Witness(opened.signers, verifiers, opened.state, _now)
            except ProofInvalid as error:
                raise click.UsageError(shared.pick(error.vi, error.en)) from None
            try:
                run(_serve(shared, witness, settings))
            except OSError as error:
                printing.line(f"cannot listen: {error}", err=True)
                return Exit.REFUSED
    return None


async def _serve(shared: Shared, witness: Witness, http: HttpSettings) -> None:
    asked = stop_asked()
    async with serving(witness, http) as url:
        if shared.json:
            line = {"url": url, "vkeys": witness.vkeys, "logs": witness.origins}
            printing.json(line, indent=0)
        else:
            shared.say(f"Nhân chứng ở {url}", f"witness at {url}")
            for vkey in witness.vkeys:
                printing.line(f"  {vkey}")
            for origin in witness.origins:
                shared.say(f"  nhật ký {origin}", f"  log {origin}")
        await asked.wait()


@make_command("show", example="truc witness show --folder var/witness\ntruc witness show --json")
@_FOLDER
def show(shared: Shared, folder: Path) -> int:
    """Xem nhân chứng đã ký gì, và những yêu cầu mâu thuẫn với điều đã ký.

    Show the checkpoint signed last of each log, and which requests contradicted it: signed by the log's own key, it can
    be held to them. Exit 1 where there is one.
    """
    with _usable(shared):
        opened = folders.load(folder)
        with closing(opened.state):
            logs, contradictions = opened.state.logs(), opened.state.contradictions()
    if shared.json:
        shared.emit(
            {
                "vkeys": opened.vkeys,
                "logs": [
                    {"origin": log.origin, "size": log.size, "root": encode_base64(log.root), "at": iso_utc(log.at)}
                    | {"note": log.note.decode()}
                    for log in logs
                ],
                "contradictions": [
                    {"origin": c.origin, "size": c.size, "root": encode_base64(c.root), "at": iso_utc(c.at)}
                    | {"why": c.why, "request": c.request.decode()}
                    for c in contradictions
                ],
            }
        )
        return Exit.REFUSED if contradictions else Exit.OK
    for vkey in opened.vkeys:
        printing.line(vkey)
    for log in logs:
        printing.line(f"  {log.origin}  {log.size}  {encode_base64(log.root)}  {iso_utc(log.at)}")
    for c in contradictions:
        printing.line(f"! {c.origin}  {c.size}  {encode_base64(c.root)}  {iso_utc(c.at)}  {c.why}", fg="red")
    if contradictions:
        shared.say("Nội dung đầy đủ: --json", "In full, to be published: --json")
    return Exit.REFUSED if contradictions else Exit.OK


for _command in (init, serve, show):
    command.add_command(_command)


def _verifiers(shared: Shared, vkeys: Sequence[str], logs: Path | None) -> list[Verifier]:
    try:
        found = [Verifier.parse(vkey) for vkey in vkeys]
        if logs is not None:
            found += [log.verifier for log in policies.parse(logs.read_bytes()).logs]
    except (ProofInvalid, PolicyInvalid) as error:
        raise click.UsageError(shared.pick(error.vi, error.en)) from None
    if not found:
        raise click.UsageError("--log VKEY | --logs FILE")
    return found


@contextmanager
def _usable(shared: Shared) -> Iterator[None]:
    """A folder that is no witness' is for the caller to correct: UsageError, exit 2."""
    try:
        yield
    except StateError as error:
        raise click.UsageError(
            shared.pick(f"không dùng được nhân chứng: {error}", f"no usable witness: {error}")
        ) from None


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
