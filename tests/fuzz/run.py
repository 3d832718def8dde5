"""Runs targets: over files that are kept, over changes drawn with a seed, and under atheris, which follows coverage.

An input is a finding when its target raises (anything that is not a typed refusal), or takes more than `CPU_SECONDS`
of processor time. Memory is bounded for the whole process, by `RSS_MB` under atheris and by the tests' own limits
elsewhere.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz import web
from tests.fuzz.mutate import mutate
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

HERE: Final = Path(__file__).parent
CORPUS: Final = HERE / "corpus"
FINDINGS: Final = HERE / "findings"
NAMES: Final = (*TARGETS, "http")
CPU_SECONDS: Final = 5.0
"""Hundreds of times what the dearest honest input takes: load does not bring a good one there, a quadratic one is."""

RSS_MB: Final = 2_048


class TooDear(AssertionError):
    """An input that takes more processor time than any input may."""


@contextmanager
def opened(name: str) -> Iterator[Callable[[bytes], None]]:
    """The target of that name, with its bound on time around it."""
    if name == "http":
        with web.hub() as run:
            yield _bounded(run)
    else:
        yield _bounded(TARGETS[name].run)


def _bounded(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def bounded(data: bytes) -> None:
        began = time.process_time()
        run(data)
        took = time.process_time() - began
        if took > CPU_SECONDS:
            raise TooDear(f"{took:.1f} s of processor time for {len(data)} bytes")

    return bounded


def is_text(name: str) -> bool:
    return name == "http" or TARGETS[name].text


def starts(name: str) -> list[bytes]:
    """The seeds of a target and what is kept of earlier runs."""
    made = dict(seeds()["documents"]) if name != "http" and TARGETS[name].documents else {}
    made |= seeds().get(name, {})
    return [*made.values(), *(path.read_bytes() for path in kept(name))]


def kept(name: str) -> list[Path]:
    """Inputs of earlier runs: those that reached something new, and every finding ever."""
    return [path for top in (CORPUS, FINDINGS) for path in sorted((top / name).glob("*"))]


def drawn(name: str, seed: int, count: int) -> Iterator[bytes]:
    """`count` changed inputs, the same for the same seed."""
    draw, others = Random(f"{name} {seed}"), starts(name)
    for _ in range(count):
        yield mutate(draw.choice(others), draw, others, is_text(name))


def finding(name: str, data: bytes, folder: Path = FINDINGS) -> Path:
    """Keep an input that failed; its name is its digest."""
    path = folder / name / hashlib.sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def smallest(run: Callable[[bytes], None], data: bytes, tries: int = 2_000) -> bytes:
    """A shorter input that fails in the same way: pieces are taken out while it does."""
    kind = failure(run, data)
    size = max(1, len(data) // 2)
    while size and tries > 0:
        at = 0
        while at < len(data) and tries > 0:
            shorter = data[:at] + data[at + size :]
            tries -= 1
            if failure(run, shorter) == kind:
                data = shorter
            else:
                at += size
        size //= 2
    return data


def failure(run: Callable[[bytes], None], data: bytes) -> type[BaseException] | None:
    try:
        run(data)
    except Exception as error:
        return type(error)
    return None


def replay(name: str, inputs: Sequence[bytes]) -> None:
    """Each input through its target; what it raises is raised."""
    with opened(name) as run:
        for data in inputs:
            run(data)
