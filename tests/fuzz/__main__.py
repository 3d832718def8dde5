"""The fuzzer, for as long as it is let.

    python -m tests.fuzz                              every target in turn, 60 s each, for ever
    python -m tests.fuzz --seconds 600 --target xml --target receipt
    python -m tests.fuzz --replay tests/fuzz/findings/xml/0123456789abcdef
    python -m tests.fuzz --keep                       keep some small inputs that reached something new

With atheris (`make fuzz` installs it) inputs follow the coverage of the code; without it they are drawn. Exit 1 where
there was a finding; its input is kept in tests/fuzz/findings, and from then on part of `make test`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.fuzz.run import CORPUS, FINDINGS, NAMES, RSS_MB, failure, finding, opened, replay, smallest, starts

ROOT: Final = Path(__file__).resolve().parents[2]
WORK: Final = ROOT / "var" / "fuzz"
_EXECUTIONS: Final = re.compile(r"(?:stat::number_of_executed_units:|^#)\s*(\d+)", re.MULTILINE)
_KEPT_FILES: Final = 24
_KEPT_BYTES: Final = 3_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=0, help="of each target; 0: rounds of 60 s, for ever")
    parser.add_argument("--target", action="append", choices=NAMES, default=[])
    parser.add_argument(
        "--engine", choices=("atheris", "drawn"), default="atheris" if find_spec("atheris") else "drawn"
    )
    parser.add_argument("--replay", type=Path, metavar="FILE")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.replay:
        replay(given.replay.resolve().parent.name, [given.replay.read_bytes()])
        return 0
    names = given.target or NAMES
    if given.keep:
        for name in names:
            keep(name)
        return 0
    return rounds(names, given.seconds, given.engine, given.json)


def rounds(names: list[str], seconds: float, engine: str, as_json: bool) -> int:
    done = dict.fromkeys(names, 0)
    found: list[str] = []
    while True:
        for name in names:
            count, files = (under_atheris if engine == "atheris" else by_chance)(name, seconds or 60.0)
            done[name] += count
            found += files
            if not as_json:
                sys.stdout.write(f"{name}: {done[name]} executions, {len(files)} findings\n")
                for file in files:
                    sys.stdout.write(f"  python -m tests.fuzz --replay {file}\n")
                sys.stdout.flush()
        if seconds:
            break
    if as_json:
        sys.stdout.write(json.dumps({"engine": engine, "executions": done, "findings": found}) + "\n")
    return 1 if found else 0


def by_chance(name: str, seconds: float) -> tuple[int, list[str]]:
    """Drawn inputs until the time is over or one fails."""
    from tests.fuzz.run import drawn

    count, end = 0, time.monotonic() + seconds
    with opened(name) as run:
        for data in drawn(name, os.getpid(), sys.maxsize):
            count += 1
            if failure(run, data) is not None:
                return count, [str(finding(name, smallest(run, data)).relative_to(ROOT))]
            if time.monotonic() > end:
                return count, []
    return count, []


def under_atheris(name: str, seconds: float) -> tuple[int, list[str]]:
    """One process of the engine; a finding ends it, as libFuzzer has it."""
    own, artifacts = WORK / name, WORK / f"{name}.failed"
    for folder in (own, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as first:
        write_starts(name, Path(first))
        options = [f"-max_total_time={seconds:.0f}", f"-rss_limit_mb={RSS_MB}", "-timeout=30", "-print_final_stats=1"]
        options += [f"-artifact_prefix={artifacts}/", "-max_len=65536", "-len_control=20", "-use_value_profile=0"]
        ended = engine(name, [*options, str(own), first])
    counts = [int(n) for n in _EXECUTIONS.findall(ended.stderr)]
    return max(counts, default=0), keep_failed(name, artifacts, ended)


def engine(name: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz.guided", name, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)


def write_starts(name: str, folder: Path) -> None:
    for number, data in enumerate(starts(name)):
        (folder / f"{number:04d}").write_bytes(data)


def keep_failed(name: str, artifacts: Path, ended: subprocess.CompletedProcess[str]) -> list[str]:
    """What the engine left of a failed input, made smaller, among the findings."""
    files = []
    for path in sorted(artifacts.glob("*")):
        data = path.read_bytes()
        if path.name.startswith("crash"):
            with opened(name) as run:
                data = smallest(run, data) if failure(run, data) else data
        files.append(str(finding(name, data).relative_to(ROOT)))
        path.unlink()
    if ended.returncode and not files:
        sys.stderr.write(ended.stderr[-3_000:])
        files.append(f"the engine ended with {ended.returncode}")
    return files


def keep(name: str) -> None:
    """Some of the inputs of earlier runs, of all sizes: each of them reached something that none before it had."""
    known = set(starts(name))
    reached = {path.read_bytes() for path in (WORK / name).glob("*")} - known
    small = sorted((data for data in reached if len(data) <= _KEPT_BYTES), key=lambda data: (len(data), data))
    for data in small[:: max(1, len(small) // _KEPT_FILES)][:_KEPT_FILES]:
        finding(name, data, CORPUS)


if __name__ == "__main__":
    FINDINGS.mkdir(exist_ok=True)
    sys.exit(main())
