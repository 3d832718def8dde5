"""How the PKI's files are named and written; see `hub.pki.profile` for their meaning."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import quote, unquote

from cryptography import x509

from hub.core.signature import foreign
from hub.core.signature.anchors_files import MOST_BYTES, OURS, AnchorFiles, sort


class PkiError(Exception):
    """The profile's files are missing, do not fit each other, or the passphrase is wrong."""


def file_name(code: str) -> str:
    """`code` as a file name that names one code only and leads nowhere else. ValueError if there is none."""
    name = quote(code, safe="")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if not 1 <= len(name) <= 180:
        raise ValueError("an agency code of 1 to 180 characters is needed")
    return name


def code_of(name: str) -> str:
    """Inverse of `file_name`."""
    return unquote(name)


def certificates_in(path: Path) -> list[x509.Certificate]:
    try:
        return foreign.certificates_in_pem(path.read_bytes())
    except FileNotFoundError:
        raise PkiError(f"no {path.name} in {path.parent.name}/") from None
    except foreign.TooCostly as error:
        raise PkiError(f"{path.name}: {error}") from None
    except ValueError:
        raise PkiError(f"{path.name} holds no certificate") from None


def anchor_paths(folder: Path) -> list[Path]:
    """The files of a folder of anchors, but for those that the program itself writes there."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.is_file() and path.name not in OURS and path.name[:1] != "."
    )


def holds_anchors(folder: Path) -> bool:
    """Whether somebody put anything there."""
    return bool(anchor_paths(folder))


def anchor_files(folder: Path) -> AnchorFiles:
    """The content of a folder of anchors, and which of its files are not taken."""
    return sort((path.name, _start_of(path)) for path in anchor_paths(folder))


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def make_folder(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)


def write(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Whole or not at all; readable by the owner only from its first byte on."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
