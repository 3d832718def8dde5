"""What was made open before the hub came is closed at its start, or the hub says so and does not start."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from hub.app import opened
from hub.base import private
from hub.base.config import HubSettings, Settings
from hub.pki.profile import ensure_profile
from tests.support.axis import Clock, an_axis
from tests.support.process import TRUC


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_folders_and_files_that_were_open_are_closed_at_the_start(tmp_path: Path, keys: Path) -> None:
    data = tmp_path / "hub"
    before = os.umask(0o022)
    try:
        data.mkdir()
        async with an_axis(data, keys):
            assert mode(data) == 0o700
            made = [path for path in data.iterdir() if path.is_file()]
            assert {path.name for path in made} >= {"axis.sqlite", "axis.lock"}
            assert [path.name for path in made if mode(path) & 0o077] == []
        for path in (data, *data.iterdir()):
            path.chmod(mode(path) | 0o055 if path.is_dir() else 0o644)
        async with an_axis(data, keys):
            assert [path.name for path in (data, *data.iterdir()) if mode(path) & 0o077] == []
    finally:
        os.umask(before)


async def test_so_are_the_keys(tmp_path: Path) -> None:
    part = tmp_path / "keys"
    settings = Settings(hub=HubSettings(data=str(tmp_path / "hub"), keys=str(part)))
    ensure_profile(part, Clock()())
    async with opened(settings, clock=Clock()):
        pass
    secret = next((part / "hub").glob("*.key*"))
    for path in (part, part / "hub", secret):
        path.chmod(0o755)
    async with opened(settings, clock=Clock()):
        assert [mode(path) & 0o077 for path in (part, part / "hub", secret)] == [0, 0, 0]


def test_a_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("another's")
    outside.chmod(0o644)
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "link").symlink_to(outside)
    private.close(tmp_path / "hub")
    assert mode(outside) == 0o644


def test_a_folder_of_many_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    told = subprocess.run(
        [*TRUC, "serve", "--data", str(shared), "--keys", str(tmp_path / "keys"), "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1
    assert "others on this machine can read" in told.stderr
    assert "Người khác trên máy" in told.stderr
    assert mode(shared) == 0o777 | stat.S_ISVTX
    assert list(shared.iterdir()) == []


def test_who_may_not_close_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    folder = tmp_path / "hub"
    folder.mkdir()
    folder.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", refuses)
    with pytest.raises(private.Exposed, match="mode 755"):
        private.close(folder)
