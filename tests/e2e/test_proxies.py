"""A hub behind nginx and behind Caddy, as the examples in `contrib/` set them up; and behind nginx with its defaults,
where the client says what the proxy did and what to set."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
import pytest

from clients.axis import AxisClient
from clients.errors import ProblemError, UnexpectedAnswer
from clients.retry import ONCE
from hub.core import edxml
from hub.core.edxml import Attachment
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port
from tests.support.web import until

pytestmark = [
    pytest.mark.real_clock,
    pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning"),  # aiohttp's, of a client
]

CONTRIB: Final = Path(__file__).parents[2] / "contrib"
NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
CADDY: Final = shutil.which("caddy")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
needs_caddy = pytest.mark.skipif(CADDY is None, reason="caddy is not installed: apt-get install caddy")
LARGE: Final = 3 * 1024 * 1024


class Behind(NamedTuple):
    """A hub with a proxy before it, which is where its clients go."""

    url: str
    keys: Path
    hub: HubProcess
    context: ssl.SSLContext

    def client(self, code: str) -> AxisClient:
        mine = pki.Profile(self.keys).agency(code)
        return AxisClient(self.url, code, mine.key, mine.chain, ssl=self.context, backoff=ONCE)

    def document(self, number: int, size: int = 0) -> bytes:
        attachments = [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + b"x" * size)] if size else []
        mine = pki.Profile(self.keys).agency(VPCP)
        built = edxml.build(a_document(VPCP, [SON_LA], number), attachments)
        return xmldsig.sign(built, mine.key, mine.chain)


def example(path: Path, port: int, hub: HubProcess, keys: Path) -> str:
    """The file in `contrib/`, with this machine's ports and files and nothing else changed."""
    text = path.read_text("utf-8")
    for here, there in (
        ("127.0.0.1:8470", f"127.0.0.1:{hub.port}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("\naxis.example {", f"\nhttps://localhost:{port} {{"),
        ("axis.example;", "localhost;"),
        ("/etc/truc/tls/axis.cert.pem", f"{keys}/hub/tls.cert.pem"),
        ("/etc/truc/tls/axis.key.pem", f"{keys}/hub/tls.key.pem"),
    ):
        text = text.replace(here, there)
    return text


def nginx_of(folder: Path, server: str) -> list[str]:
    config = folder / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{server}\n}}\n"
    )
    return [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]


def caddy_of(folder: Path, text: str) -> list[str]:
    config = folder / "Caddyfile"
    # No address for its administration, none of its state in the user's folders, and an end that waits for no idle
    # connection (75 s).
    own = "admin off\n\tauto_https disable_redirects\n\tgrace_period 1s"
    config.write_text(text.replace("{\n\tservers", f"{{\n\t{own}\n\tservers", 1))
    return [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(config)]


@asynccontextmanager
async def behind(folder: Path, kind: str, public: str = "https://localhost") -> AsyncIterator[Behind]:
    await asyncio.to_thread(prepare, folder)
    keys, port = folder / "keys", free_port()
    pki.Profile(keys).hub("tls")
    config = folder / "hub.toml"
    told = f'public_url = "{public}:{port}"\n' if public else ""
    config.write_text(config.read_text("utf-8").replace("[http]\n", f"[http]\n{told}"), "utf-8")
    hub = HubProcess(config, free_port())
    if kind == "nginx":
        command = nginx_of(folder, example(CONTRIB / "nginx" / "truc.conf", port, hub, keys))
    elif kind == "caddy":
        command = caddy_of(folder, example(CONTRIB / "caddy" / "Caddyfile", port, hub, keys))
    else:
        server = f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{hub.port}; }} }}"
        command = nginx_of(folder, server)
    url = f"http://localhost:{port}" if kind == "defaults" else f"https://localhost:{port}"
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PATH": "/"}
    async with hub:
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL, env=environment)
        try:
            context = ssl.create_default_context(cafile=str(keys / "anchors" / "root.cert.pem"))
            await until(lambda: listens(port))
            yield Behind(url, keys, hub, context)
        finally:
            process.terminate()
            await process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("kind", [pytest.param("nginx", marks=needs_nginx), pytest.param("caddy", marks=needs_caddy)])
async def test_everything_passes_through_the_example(tmp_path: Path, kind: str) -> None:
    async with behind(tmp_path, kind) as axis, axis.client(VPCP) as vpcp, axis.client(SON_LA) as son_la:
        # A large document, both ways.
        large = axis.document(1, LARGE)
        await vpcp.send(large)
        (item,) = await son_la.fetch(5)
        assert await item.content() == large
        await item.acknowledge()
        # A long poll is answered when something comes, and events are told when they happen.
        waiting = asyncio.create_task(son_la.fetch(5, wait=50))
        async with aclosing(son_la.events("0")) as events:
            assert (await anext(events)).what == "arrival"  # of the first document, replayed
            sent = await vpcp.send(axis.document(2))
            async with asyncio.timeout(20):
                assert (await anext(events)).message == sent.answer.message.id
                assert [i.message.id for i in await waiting] == [sent.answer.message.id]
        # What the hub refuses comes in its own words.
        with pytest.raises(ProblemError) as refused:
            await vpcp.send(axis.document(3).replace("rà soát".encode(), "rà xoát".encode()))
        assert refused.value.code == "SIGNATURE_DIGEST_MISMATCH"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{axis.url}/metrics", ssl=axis.context) as answer:
                assert answer.status == 404
            async with session.get(f"{axis.url}/readyz", ssl=axis.context) as answer:
                assert answer.status == 200


@needs_nginx
async def test_nginx_with_its_defaults_is_told_from_the_hub_with_the_directive_to_set(tmp_path: Path) -> None:
    async with behind(tmp_path, "defaults", "http://localhost") as axis, axis.client(VPCP) as vpcp:
        await vpcp.send(axis.document(1))
        with pytest.raises(UnexpectedAnswer) as refused:
            await vpcp.send(axis.document(2, LARGE))
        assert refused.value.status == 413
        for words in refused.value.hint:
            assert "client_max_body_size" in words
            assert "contrib/" in words


@needs_nginx
async def test_a_hub_that_is_known_by_another_address_names_the_setting(tmp_path: Path) -> None:
    async with behind(tmp_path, "defaults", "") as axis, axis.client(VPCP) as vpcp:
        with pytest.raises(ProblemError) as refused:
            await vpcp.send(axis.document(1))
        assert refused.value.status == 401
        assert "http.public_url" in refused.value.problem.expected
        for words in refused.value.hint:
            assert f'http.public_url = "{axis.url}"' in words


def test_what_a_proxy_answers_in_the_hub_s_place_is_explained_in_both_languages() -> None:
    for status, directive in (
        (413, "client_max_body_size"),
        (431, "large_client_header_buffers"),
        (502, "proxy_pass"),
        (504, "proxy_read_timeout"),
    ):
        error = UnexpectedAnswer("text/html", status)
        assert error.hint.vi != error.hint.en
        assert directive in error.hint.vi
        assert directive in error.hint.en
    assert UnexpectedAnswer("text/html", 200).hint == UnexpectedAnswer.hint
