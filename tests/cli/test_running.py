"""A hub that runs is not started again, and its sandbox is not taken away under it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from hub.cli.main import main
from hub.store.sqlite.connection import take_lock
from tests.support.axis import keyring


@contextmanager
def running(data: Path) -> Iterator[None]:
    """As the store of a hub that runs: this process holds its lock."""
    data.mkdir(parents=True)
    descriptor = take_lock(data / "axis.lock")
    try:
        yield
    finally:
        os.close(descriptor)


def test_a_second_serve_names_the_process_that_runs(tmp_path: Path, keys: Path) -> None:
    keyring(str(keys))
    with running(tmp_path / "data"):
        arguments = ["serve", "--data", str(tmp_path / "data"), "--keys", str(keys), "--port", "0"]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 6
    assert "HUB_ALREADY_RUNNING" in result.output
    assert f"process {os.getpid()}" in result.output
    assert "HUB_INTEGRITY" not in result.output


def test_a_sandbox_that_runs_is_not_reset(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with running(folder / "data"):
        (folder / "hub.toml").write_text("")
        result = CliRunner().invoke(main, ["sandbox", "--folder", str(folder), "--reset"], catch_exceptions=False)
        assert result.exit_code == 6
        assert f"process {os.getpid()}" in result.output
        assert (folder / "hub.toml").exists()
