"""What a hub is deployed with: the unit, the container file, and the security document hold what they say."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.base.config import load
from hub.lab.sandbox import prepare
from tests.support.process import HubProcess, free_port, truc

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "contrib" / "systemd" / "truc.service"
CONTAINER = (ROOT / "Containerfile").read_text("utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
EXPOSURE = 1.5
"""On systemd's scale to 10, the least exposed 0. What is left is the network, which a hub is for."""
ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists on this machine."""
    path = tmp_path / "truc.service"
    path.write_text(UNIT.read_text("utf-8").replace("/opt/truc/bin/truc", sys.executable))
    return path


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")
def test_systemd_takes_the_unit_and_finds_it_hardly_exposed(unit: Path) -> None:
    verified = subprocess.run([str(ANALYZE), "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", "--no-pager", f"--threshold={int(EXPOSURE * 10)}", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-300:]


def test_the_unit_lets_a_hub_open_what_its_settings_allow() -> None:
    files = re.search(r"LimitNOFILE=(\d+)", UNIT.read_text("utf-8"))
    assert files is not None
    assert int(files[1]) >= load(None).limits.connections + 256


def test_the_container_runs_as_nobody_and_installs_by_hash() -> None:
    final = CONTAINER.rpartition("FROM ")[2]
    assert re.search(r"^USER (?!0)\d+:(?!0)\d+$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "pip" not in final, "what is installed came from the first stage"
    images = re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE)
    assert images
    assert not [image for image in images if "/" in image], "a plain name, no host"
    for line in re.findall(r"pip install.*", CONTAINER):
        assert "--require-hashes" in line or ("--no-deps" in line and "--no-build-isolation" in line)


def test_the_container_gets_every_file_that_the_build_asks_for() -> None:
    asked = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", CONTAINER, re.MULTILINE) for name in line.split()}
    let_in = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    assert asked == let_in
    assert all((ROOT / name).exists() for name in asked)


def test_every_file_that_the_security_document_names_is_there() -> None:
    named = set(re.findall(r"`((?:tests|contrib|hub)/[\w./-]+|Containerfile|Makefile|requirements\.txt)`", SECURITY))
    assert len(named) > 25
    assert not [name for name in sorted(named) if not (ROOT / name).exists()]


def test_every_threat_has_a_test() -> None:
    rows = SECURITY.partition("| threat |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(rows) > 20
    assert not [row for row in rows if not re.search(r"`[\w./]+`", row.rsplit("|", 2)[1])]


def test_the_dependencies_are_audited_by_make_check() -> None:
    check = (ROOT / "Makefile").read_text("utf-8").partition("\ncheck:")[2].partition("\n\n")[0]
    assert "pip-audit --require-hashes" in check


@pytest.mark.parametrize("clients", ["", "off", "required"], ids=["plain", "TLS", "mTLS"])
async def test_ready_tells_a_health_check_how_the_hub_feels(tmp_path: Path, clients: str) -> None:
    await asyncio.to_thread(prepare, tmp_path)
    config, port = tmp_path / "hub.toml", free_port()
    text, keys = config.read_text(), (tmp_path / "keys" / "hub").as_posix()
    if clients:
        tls = f'tls_certificate = "{keys}/tls.cert.pem"\ntls_key = "{keys}/tls.key.pem"\n'
        text = text.replace("[http]", f'[http]\n{tls}client_certificates = "{clients}"')
    config.write_text(re.sub(r"^port = .*$", f"port = {port}", text, flags=re.MULTILINE))
    hub = HubProcess(config, port)
    hub.url = f"{'https' if clients else 'http'}://127.0.0.1:{port}"
    ask = ("ready", "--config", config, "--json")
    async with hub:
        asked = await asyncio.to_thread(truc, *ask)
        assert (asked.returncode, json.loads(asked.stdout)["status"]) == (0, "ok"), asked.stderr
    gone = await asyncio.to_thread(truc, *ask)
    assert (gone.returncode, json.loads(gone.stdout)["status"]) == (3, "unreachable")
