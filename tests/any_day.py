"""The tests that touch real clocks, run once more on other days: `python -m tests.any_day`.

`faketime` shifts the clock of the process and of all that it starts, OpenSSL included. The run is skipped, and says so,
where `faketime` is not installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DAYS = ("+30d", "+1096d")
"""A month, and three years: past every certificate's end."""
TESTS = ("-m", "real_clock", "-p", "no:cacheprovider", "--dist", "loadfile")


def main(options: Sequence[str] = ()) -> int:
    """`options` go to pytest: with `-n auto` the tests run on all processors."""
    faketime = shutil.which("faketime")
    if faketime is None:
        print(f"skipped: the tests that touch real clocks on other days ({', '.join(DAYS)}), for faketime is missing")
        return 0
    for day in DAYS:
        print(f"The tests that touch real clocks, at {day}:", flush=True)
        command = [faketime, "-f", day, sys.executable, "-m", "pytest", *TESTS, *options]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
