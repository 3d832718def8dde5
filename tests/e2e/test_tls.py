"""The real process under TLS: an agency that shows its certificate, and files that are replaced while it runs."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from clients.axis import AxisClient
from hub.base.runtime import system_clock
from hub.core.log.policy import parse as parse_policy
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc
from tests.support.web import until

pytestmark = pytest.mark.real_clock


async def a_process(tmp_path: Path, fronts: int) -> HubProcess:
    await asyncio.to_thread(prepare, tmp_path)
    config, keys = tmp_path / "hub.toml", (tmp_path / "keys").as_posix()
    told = f'tls_certificate = "{keys}/hub/tls.cert.pem"\ntls_key = "{keys}/hub/tls.key.pem"\n'
    config.write_text(
        config.read_text().replace("[http]", f'[http]\nfronts = {fronts}\n{told}client_certificates = "required"')
    )
    hub = HubProcess(config, free_port())
    hub.url = f"https://127.0.0.1:{hub.port}"
    return hub


def context_of(keys: Path, code: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(keys / "anchors" / "root.cert.pem"))
    if code:
        context.load_cert_chain(*pki.Profile(keys).files_of(code))
    return context


async def serial(hub: HubProcess, context: ssl.SSLContext) -> int:
    _, writer = await asyncio.open_connection("127.0.0.1", hub.port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der).serial_number


@pytest.mark.parametrize("fronts", [0, 2])
async def test_an_agency_works_by_its_certificate_alone(tmp_path: Path, fronts: int) -> None:
    """With fronts, also what a front serves itself, and what it passes on to the hub, which sees no certificate."""
    hub = await a_process(tmp_path, fronts)
    keys = tmp_path / "keys"
    policy = parse_policy((tmp_path / "policy").read_bytes())
    async with hub:
        for code in (VPCP, SON_LA):
            mine = pki.Profile(keys).agency(code)
            context = context_of(keys, code)
            async with AxisClient(
                hub.url, code, mine.key, mine.chain, ssl=context, policy=policy, tokens=False
            ) as axis:
                if code == VPCP:
                    sent = await axis.send(a_document(VPCP, [SON_LA], 1))
                else:
                    (item,) = await axis.fetch(5)
                    assert await item.content() == sent.data
                    await item.acknowledge()
        shared = ("--url", hub.url, "--keys", keys, "--as", VPCP, "--json")
        listed = await asyncio.to_thread(truc, "outbox", "--mtls", *shared)
        assert listed.returncode == 0, listed.stderr
        assert sent.answer.message.id in listed.stdout
        refused = await asyncio.to_thread(truc, "outbox", *shared)
        assert refused.returncode == 3
        assert "certificate required" in refused.stdout.lower().replace("_", " ")
        assert hub.stop() == 0


@pytest.mark.parametrize("fronts", [0, 1])
async def test_sighup_takes_a_new_certificate_and_survives_a_bad_one(tmp_path: Path, fronts: int) -> None:
    hub = await a_process(tmp_path, fronts)
    profile = pki.Profile(tmp_path / "keys")
    certificate = profile.folder / "hub" / "tls.cert.pem"
    context = context_of(profile.folder, VPCP)
    async with hub:
        assert hub._process is not None
        first = await serial(hub, context)
        certificate.unlink()
        profile.make_hub(system_clock())
        second = profile.hub("tls").certificate.serial_number
        os.kill(hub._process.pid, signal.SIGHUP)
        while await serial(hub, context) != second:  # noqa: ASYNC110 (nothing tells when it was read)
            await asyncio.sleep(0.01)
        assert second != first
        certificate.write_text("no certificate")
        os.kill(hub._process.pid, signal.SIGHUP)
        await until(lambda: "not-reloaded" in hub._log.read_text())
        assert await serial(hub, context) == second
        assert hub.stop() == 0
