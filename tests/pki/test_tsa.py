"""The authority behind HTTP: as a command, in the sandbox, and refusing what is no query."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from hashlib import sha256
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives.hashes import SHA256

from hub.app import opened
from hub.base.config import HttpSettings, HubSettings, Settings
from hub.base.runtime import system_clock
from hub.core.log import timestamp
from hub.lab.sandbox import stamping
from hub.pki import profile as pki
from hub.pki import tsa
from tests.support.axis import NOON, Clock, keyring
from tests.support.process import TRUC

DIGEST = sha256(b"data").digest()


async def ask(url: str, body: bytes, kind: str = timestamp.QUERY_TYPE) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers={"Content-Type": kind}) as got:
        return got.status, await got.read()


async def test_only_queries_are_answered(keys: Path) -> None:
    authority = tsa.Authority(keyring(str(keys)).hub("tsa"), Clock())
    async with tsa.serving(authority) as url:
        status, body = await ask(url, timestamp.request(DIGEST, 5))
        assert status == 200
        token = timestamp.token_of(body)
        assert timestamp.verify(token, DIGEST, keyring(str(keys)).anchors(), nonce=5).at == NOON
        assert (await ask(url, b"x", "text/plain"))[0] == 415
        assert (await ask(url, bytes(20_000)))[0] == 413
        assert (await ask(url, b""))[0] == 200  # a refusal is an answer of RFC 3161


async def test_the_sandboxs_hub_is_given_an_authority(tmp_path: Path) -> None:
    pki.ensure_profile(tmp_path / "keys", system_clock())
    hub = HubSettings(data=str(tmp_path / "data"), keys=str(tmp_path / "keys"))
    async with (
        stamping(Settings(hub=hub, http=HttpSettings(port=0))) as settings,
        opened(settings) as (exchange, _, held),
    ):
        query = timestamp.request(DIGEST, 5, settings.timestamp.policy)
        _, body = await ask(settings.timestamp.url, query)
        stamp = timestamp.verify(timestamp.token_of(body), DIGEST, exchange.anchors)
        assert abs(stamp.at - system_clock()) < 60_000
        assert stamp.certificate == held.hub("tsa").certificate.fingerprint(SHA256()).hex()


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    pki.ensure_profile(tmp_path, system_clock())
    command = [*TRUC, "tsa", "serve", "--keys", str(tmp_path), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.JSONDecoder().raw_decode(_object(process))[0]
        status, body = asyncio.run(ask(told["url"], timestamp.request(DIGEST, 5, told["policy"])))
        assert status == 200
        assert timestamp.certificates_of(timestamp.token_of(body))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def _object(process: subprocess.Popen[str]) -> str:
    """What is printed up to the end of the one JSON object."""
    assert process.stdout is not None
    text = ""
    while not text.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line
        text += line
    return text
