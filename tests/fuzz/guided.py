"""One target under atheris: `python -m tests.fuzz.guided TARGET [libFuzzer options] [folders]`.

The code of the project is instrumented as it is imported, so this module imports it only then.
"""

from __future__ import annotations

import sys
from random import Random

import atheris


def main() -> None:
    name, arguments = sys.argv[1], sys.argv[2:]
    with atheris.instrument_imports(include=["hub", "clients"]):
        from tests.fuzz import run
        from tests.fuzz.mutate import mutate

    others = run.starts(name)

    def change(data: bytes, most: int, seed: int) -> bytes:
        draw = Random(seed)
        if draw.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return mutate(data, draw, others, run.is_text(name))[:most]

    with run.opened(name) as target:
        atheris.Setup([sys.argv[0], *arguments], target, custom_mutator=change)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
