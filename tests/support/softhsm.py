"""A token in software (SoftHSM2), with keys of the kinds that agencies are given."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hub.pki.issue import SigningKey

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
)
MODULE = next((path for path in MODULES if os.path.exists(path)), "")
PIN = "4321"

needed = pytest.mark.skipif(
    not MODULE or shutil.which("softhsm2-util") is None, reason="softhsm2 is not installed (tests/system-packages.sh)"
)


class SoftToken:
    """One token, in a folder of its own. The library reads its settings once in a process: one folder for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
        self.pin_file = folder / "pin"
        self.pin_file.write_text(f"{PIN}\n")
        self._util("--init-token", "--free", "--label", "truc", "--so-pin", "1234", "--pin", PIN)
        self._count = 0

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def put(self, key: SigningKey, label: str) -> str:
        """The URI of `key`, which is on the token from now on."""
        self._count += 1
        path = self.folder / f"{label}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        number = f"{self._count:02x}"
        self._util("--import", str(path), "--token", "truc", "--label", label, "--id", number, "--pin", PIN)
        path.unlink()
        return self.uri(label)

    def uri(self, label: str, pin: str = "") -> str:
        source = f"pin-source=file:{self.pin_file}" if not pin else f"pin-value={pin}"
        return f"pkcs11:token=truc;object={label}?module-path={MODULE}&{source}"

    def _util(self, *arguments: str) -> None:
        subprocess.run(
            ["softhsm2-util", *arguments], check=True, capture_output=True, env={**os.environ, **self.environment}
        )
