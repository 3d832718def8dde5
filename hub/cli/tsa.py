"""`truc tsa`: an RFC 3161 time-stamp authority for demonstrations, with the PKI's time-stamp certificate."""

from __future__ import annotations

import click

from hub.base.runtime import run, system_clock
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import profile, usable_keys
from hub.cli.help import Group
from hub.cli.serve import stop_asked
from hub.pki import tsa
from hub.pki.issue import Credential

_EXAMPLE = "truc tsa serve --keys keys/demo --port 8472"


@click.group("tsa", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Máy cấp dấu thời gian RFC 3161 thử nghiệm.

    A time-stamp authority of RFC 3161 to try with. In production the authority is somebody else's, with its own clock.

    Phòng thử nghiệm: máy chủ thật không cần lệnh này. Laboratory: no real server needs this command.
    """


@make_command("serve", "keys", example="truc tsa serve --keys keys/demo --port 8472")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8472, show_default=True)
def serve(shared: Shared, host: str, port: int) -> int:
    """Chạy máy cấp dấu thời gian; đặt địa chỉ vào timestamp.url của Trục.

    Serve time stamps over HTTP until stopped. A hub uses it with `[timestamp] url = "…"`; so does any RFC 3161 client.
    """
    with usable_keys(shared):
        credential = profile(shared).hub("tsa")
    try:
        run(_serve(shared, credential, host, port))
    except OSError as error:
        raise click.UsageError(f"{host}:{port}: {error}") from None
    return Exit.OK


async def _serve(shared: Shared, credential: Credential, host: str, port: int) -> None:
    asked = stop_asked()
    async with tsa.serving(tsa.Authority(credential, system_clock), host, port) as url:
        if shared.json:
            shared.emit({"url": url, "policy": tsa.POLICY})
        else:
            shared.say(f"Cấp dấu thời gian tại {url}", f"Time stamps at {url}")
            printing.lines(("[timestamp]", f'url = "{url}"'))
        await asked.wait()


command.add_command(serve)
