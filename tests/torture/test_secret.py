"""The token secret is whole or not there, at whatever instant a hub dies that makes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.http.secret import load_secret


@pytest.mark.parametrize("left", [b"", b"\0" * 31])
def test_half_a_secret_of_a_crash_is_not_used(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "token.secret"
    path.write_bytes(left)
    secret = load_secret(path, os.urandom)
    assert len(secret) == 32
    assert secret != left
    assert path.read_bytes() == secret == load_secret(path, os.urandom)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "token.secret"
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        with pytest.raises(OSError, match="No space"):
            load_secret(path, os.urandom)
    assert not path.exists()
    assert len(load_secret(path, os.urandom)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["token.secret"]
