"""The Java client with keys of every kind that agencies have, in a PKCS#12 file and on a token (SoftHSM2)."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from clients.axis import AxisClient
from hub.base.runtime import system_clock
from hub.core import edxml, wire
from hub.core.model import VIETNAM
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from hub.pki.issue import AGENCY, Credential, issue
from hub.pki.profile_files import CRL_URL
from tests.clients.test_other_languages import JAVA, SECONDS
from tests.support import softhsm
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port

HERE = Path(__file__).parent / "keystores"
PASSWORD = "0000"
KINDS = {
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
}
needed = pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK here")


class Ground(NamedTuple):
    url: str
    folder: Path
    store: Path


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A sandbox whose directory knows a certificate of each kind for the sender, and PKCS#12 files with them."""
    folder = tmp_path_factory.mktemp("sandbox")
    prepared = prepare(folder)
    process = HubProcess(folder / "hub.toml", free_port())
    asyncio.run(process.start())
    try:
        profile = pki.Profile(Path(prepared.hub.keys))
        issuing = profile._ca("issuing")
        made = {
            name: issue(issuing, AGENCY, VPCP, "VPCP", system_clock(), crl_url=CRL_URL, key=make())
            for name, make in KINDS.items()
        }
        asyncio.run(register(process.url, profile, made))
        yield Ground(process.url, folder, stored(folder, made))
    finally:
        process.stop()


async def register(url: str, profile: pki.Profile, made: dict[str, Credential]) -> None:
    operator = profile.hub("operator")
    async with AxisClient(url, "operator", operator.key, operator.chain) as axis:
        entry = await axis.agency_of(VPCP)
        more = []
        for credential in made.values():
            certificate = pki.registered(credential, system_clock())
            more.append(wire.Certificate(sha256=certificate.sha256, der=base64.b64encode(certificate.der).decode()))
        await axis.put_agencies([msgspec.structs.replace(entry, certificates=[*entry.certificates, *more])])


def stored(folder: Path, made: dict[str, Credential]) -> Path:
    """A PKCS#12 file for each."""
    stores = folder / "stores"
    stores.mkdir()
    for name, held in made.items():
        locked = BestAvailableEncryption(PASSWORD.encode())
        data = pkcs12.serialize_key_and_certificates(name.encode(), held.key, held.certificate, held.chain[1:], locked)
        (stores / f"{name}.p12").write_bytes(data)
    return stores


def documents(folder: Path, count: int) -> Path:
    """Unsigned ones, dated today."""
    folder.mkdir()
    today = datetime.now(VIETNAM).date()
    for number in range(count):
        made = msgspec.structs.replace(a_document(VPCP, [SON_LA], 3_000 + number), promulgation_date=today)
        named = msgspec.structs.replace(made, document_id=edxml.document_id(VPCP, today, made.code))
        (folder / f"{number:02}.edxml").write_bytes(edxml.build(named, []))
    return folder


@needed
@softhsm.needed
def test_every_kind_of_key_signs_from_a_file_and_from_a_token(ground: Ground, tmp_path: Path) -> None:
    token = softhsm.SoftToken(tmp_path / "token")
    config = tmp_path / "pkcs11.cfg"
    config.write_text(f"name = soft\nlibrary = {softhsm.MODULE}\nslotListIndex = 0\n")
    built = subprocess.run(
        ["javac", "-Xlint:all", "-d", str(tmp_path), str(JAVA), str(HERE / "KeyStores.java")],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    letters = documents(tmp_path / "documents", 4 * len(KINDS))
    arguments = [ground.url, VPCP, ground.store, PASSWORD, config, softhsm.PIN, letters]
    done = subprocess.run(
        ["java", "-cp", str(tmp_path), "KeyStores", *map(str, arguments)],
        env=os.environ | token.environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        f"{store} {kind}": "201 201 ACCESS_NOT_FOUND" for kind in KINDS for store in ("PKCS12", "PKCS11")
    }
