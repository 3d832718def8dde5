"""What `truc backup` and `truc restore` say, and with which code they end."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from hub.cli.main import main


def test_what_a_person_is_told(hub: Path, keys: Path, tmp_path: Path) -> None:
    def run(name: str, *arguments: object) -> Result:
        return CliRunner().invoke(main, [name, "--keys", str(keys), "--lang", "en", *map(str, arguments)])

    made = run("backup", "--data", hub, tmp_path / "b", "--with-keys")
    assert made.exit_code == 0, made.output
    assert "2 large files" in made.output
    assert "keep it so" in made.output
    again = run("backup", "--data", hub, tmp_path / "b")
    assert again.exit_code == 1
    assert "target-exists" in again.output
    refused = run("restore", "--data", tmp_path / "data", tmp_path / "b")
    assert refused.exit_code == 1
    assert "unwitnessed" in refused.output
    done = run("restore", "--data", tmp_path / "data", "--accept-unwitnessed", tmp_path / "b")
    assert done.exit_code == 0, done.output
    assert "leaves until" in done.output
    nothing = run("backup", "--data", tmp_path / "nothing", tmp_path / "c")
    assert nothing.exit_code == 2
    assert "--data" in nothing.output


def test_a_disk_that_is_full_leaves_no_backup_and_a_clear_word(hub: Path, keys: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: writing fails in the middle of the database."""
    script = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
    script += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    script += "sys.argv[0] = 'truc'; runpy.run_module('hub.cli.main', run_name='__main__')"
    arguments = ["backup", "--data", hub, "--keys", keys, "--json", tmp_path / "b"]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b").exists()
    with closing(sqlite3.connect(hub / "axis.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
