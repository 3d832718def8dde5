"""`truc agent`: an agency's key beside a clerk's browser."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import click

from hub.agent.looking import Kind, Shown
from hub.agent.service import Agent, serving
from hub.base.runtime import configure_logging, run
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import profile, secret, usable_keys
from hub.cli.serve import stop_asked
from hub.pki.issue import Credential
from hub.pki.signers import open_signer

PORT: Final = 8475
_SECONDS: Final = 120.0
"""For an answer; none is no."""
_EXAMPLE: Final = """
truc agent --as 000.05.21.H52 --origin https://truc.example.gov.vn --key xa.p12
truc agent --as 000.05.21.H52 --origin https://truc.example.gov.vn --key 'pkcs11:token=XA;object=ky' \\
     --yes-for acknowledgements"""


@make_command("agent", "signer", example=_EXAMPLE)
@click.option("--origin", required=True, metavar="URL", help="The console's address; pages of no other are answered.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="On 127.0.0.1.")
@click.option(
    "--yes-for",
    "agreed",
    multiple=True,
    type=click.Choice([kind.value for kind in Kind if kind is not Kind.DOCUMENTS]),
    help="Sign these without a question; returns and answers to take-backs are asked for always.",
)
def command(shared: Shared, origin: str, port: int, agreed: tuple[str, ...]) -> int:
    """Phần mềm ký: giữ khóa của đơn vị bên trình duyệt của văn thư.

    Sign for the pages of one console: the key stays on this machine, the person here sees the text to be signed and
    agrees. The pages are paired once with the code that is shown. Ends with Ctrl+C.
    """
    credential, site = _credential(shared), _site(origin)
    configure_logging("warning")
    try:
        run(_serve(shared, credential, site, port, frozenset(Kind(kind) for kind in agreed)))
    except OSError as error:
        raise click.UsageError(f"127.0.0.1:{port}: {error.strerror or error}") from None
    return Exit.OK


def _credential(shared: Shared) -> Credential:
    """The key of --key, or the agency's in the folder of keys."""
    with usable_keys(shared):
        if shared.key:
            return open_signer(shared.key, shared.cert, secret(shared))
        return profile(shared).agency(shared.agency)


def _site(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/") or parts.query:
        raise click.UsageError("--origin https://host[:port]")
    return f"{parts.scheme}://{parts.netloc}".lower()


async def _serve(shared: Shared, credential: Credential, origin: str, port: int, kinds: frozenset[Kind]) -> None:
    asked = stop_asked()
    desk = _Desk(shared)
    codes: list[str] = []
    agent = Agent(shared.agency, credential, origin, desk.ask, lambda code: desk.code(codes, code), kinds)
    async with serving(agent, port) as bound:
        desk.begin(bound, codes)
        if shared.json:
            told = {"url": f"http://127.0.0.1:{bound}", "origin": origin, "code": f"{bound}-{codes[0]}"}
            printing.json(told, indent=0)
        else:
            shared.say(f"Phần mềm ký của {shared.agency}, chỉ cho {origin}", f"Agent of {shared.agency}, for {origin}")
        await asked.wait()


class _Desk:
    """The terminal: shows codes and the text to be signed, takes yes or no. Lines come in on a thread of their own,
    which ends with the process."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._port = 0

    def begin(self, port: int, codes: list[str]) -> None:
        self._port = port
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)

        threading.Thread(target=read, daemon=True).start()
        self._told(codes[-1])

    def code(self, codes: list[str], code: str) -> None:
        codes.append(code)
        if self._port:
            self._told(code)

    def _told(self, code: str) -> None:
        self._shared.say(f"Mã ghép: {self._port}-{code}", f"Pairing code: {self._port}-{code}")

    async def ask(self, shown: Sequence[Shown]) -> bool:
        while not self._lines.empty():  # typed before there was a question: an answer to nothing
            self._lines.get_nowait()
        pick = self._shared.pick
        printing.line(pick("── Trang yêu cầu ký:", "── The page asks to sign:"), err=True)
        for one in shown:
            for line in _lines(self._shared, one):
                printing.line(line, err=True)
        printing.line(pick("Ký? [y/N]", "Sign? [y/N]"), err=True)
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._lines.get()
        except TimeoutError:
            answer = ""
        yes = answer.strip().lower() in ("y", "yes", "c", "có", "co")
        printing.line(pick("Đã ký.", "Signed.") if yes else pick("Không ký.", "Not signed."), err=True)
        return yes


def _lines(shared: Shared, one: Shown) -> list[str]:
    names = {
        Kind.ACKNOWLEDGEMENTS: shared.pick("Xác nhận đã nhận", "Acknowledgement"),
        Kind.STATUSES: shared.pick("Trạng thái", "Status"),
        Kind.DOCUMENTS: shared.pick("VĂN BẢN", "DOCUMENT"),
    }
    of = names[one.kind] + (f" {one.status}" if one.status else "")
    told = [f"{of}: {one.code}"]
    told += [f"  {text}" for text in (one.subject, one.reason) if text]
    where = shared.pick("từ", "from") if one.kind is Kind.ACKNOWLEDGEMENTS else shared.pick("gửi", "to")
    told += [f"  {where} {', '.join(one.parties)}", f"  SHA-256 {one.digest}"]
    return told
