"""The secrets that a hub makes for itself the first time, each in a file that is whole or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SECRET_BYTES: Final = 32


def load_secret(path: Path, entropy: Callable[[int], bytes]) -> bytes:
    """The secret that makes access tokens, made once, mode 0600. Deleting it ends every token.

    It is whole or not there: a person that could make a hub start with half of it, or with none, could make tokens.
    """
    if path.exists() and len(secret := path.read_bytes()) == _SECRET_BYTES:
        return secret
    secret = entropy(_SECRET_BYTES)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    return secret
