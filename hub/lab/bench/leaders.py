"""Signatures inside PDF files: how many files one core reads in a second, in the child that is bounded for each.

    signatures_1_per_s, _3_, _10_        files of so many signatures, by processor time of the worker and its children
    signatures_1_child_mb, _3_, _10_     the most that a child had resident
    signatures_1_kb, _3_, _10_           size of a file
    signatures_start_ms                  processor until the worker could read its first file: loading the library
    signatures_worker_mb                 resident in the worker that waits

Each rate with its lowest and highest round. The kinds take turns, each with a worker of its own, whose start is taken
off. The files are made by the project's own maker of letters, so nothing in them has a time stamp.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from hub.base.runtime import system_clock
from hub.core.model import Agency
from hub.lab import hub_process, machine
from hub.lab.bench import material
from hub.lab.bench.growth import Growth
from hub.lab.bench.pdf_worker import Cost
from hub.lab.bench.rounds import Rounds
from hub.pdf import letter
from hub.pdf.attached import Trusted
from hub.pdf.messages import LENGTH, Job, facts_decoder, frame
from hub.pdf.reading import is_installed
from hub.pki import profile as pki
from hub.programmes.signatures.facts import Path as Chain
from hub.programmes.signatures.facts import PdfFacts

_COUNTS: Final = (1, 3, 10)
_ROUNDS: Final = 7
_EACH: Final = 40
_WORKER: Final = (sys.executable, "-m", "hub.lab.bench.pdf_worker")


class Extent(msgspec.Struct, frozen=True):
    """`each`: files of one kind in a round; `counts`: signatures of a file of each kind."""

    rounds: int = _ROUNDS
    each: int = _EACH
    counts: tuple[int, ...] = _COUNTS


class _Read(NamedTuple):
    """Of one worker: processor seconds of its start and of all that it read, memory of a child and of itself."""

    start: float
    reading: float
    child_mb: float
    worker_mb: float


def measure(told: Callable[[str], None] = lambda what: None, extent: Extent | None = None) -> Growth:
    extent, began = extent or Extent(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="truc-leaders-") as name:
        growth = Growth({}, list(extent.counts), machine.look(Path(name)))
        if is_installed():
            told("signing")
            jobs = _jobs(Path(name) / "keys", material.agencies()[0], extent.counts)
            _measured(growth, jobs, extent, told)
        else:
            growth.skipped.append("signatures: truc[pdf] is not installed")
    growth.seconds = time.perf_counter() - began
    return growth


def _jobs(keys: Path, agency: Agency, counts: Sequence[int]) -> dict[int, Job]:
    """A file for each number of signatures: leaders sign in turn, the agency last."""
    hub_process.issue_keys(keys, [agency])
    profile, at = pki.Profile(keys), system_clock()
    people = [
        letter.Signatory(*profile.person(agency.code, agency.name, f"Lãnh đạo {n}", at)) for n in range(max(counts) - 1)
    ]
    last, trusted = letter.Signatory(*profile.agency(agency.code)), Trusted.of(profile.anchors())
    return {
        count: trusted.job(letter.signed_in_turn("Van ban (mau)", [*people[: count - 1], last]), at) for count in counts
    }


def _measured(growth: Growth, jobs: dict[int, Job], extent: Extent, told: Callable[[str], None]) -> None:
    rounds, most, workers = Rounds(), dict.fromkeys(jobs, 0.0), []
    for number in range(extent.rounds):
        for count, job in jobs.items():
            told(f"round {number + 1}/{extent.rounds}, {count} signatures")
            found = _read([job] * extent.each, count, growth.wrong)
            rounds.put(f"signatures_{count}_per_s", extent.each / found.reading)
            rounds.put("signatures_start_ms", 1_000 * found.start)
            most[count] = max(most[count], found.child_mb)
            workers.append(found.worker_mb)
    growth.add(rounds)
    for count, job in jobs.items():
        growth.figures[f"signatures_{count}_child_mb"] = most[count]
        growth.figures[f"signatures_{count}_kb"] = len(job.content) / 1e3
    growth.figures["signatures_worker_mb"] = max(workers)


def _read(jobs: Sequence[Job], count: int, wrong: list[str]) -> _Read:
    """All of them in a worker of its own. Its first file, which is none, is answered once it has started."""
    with subprocess.Popen(_WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        _ask(process, msgspec.structs.replace(jobs[0], content=b""))
        start = hub_process.precise_cpu_seconds(process.pid)
        for job in jobs:
            facts = _ask(process, job)
            good = [one for one in facts.signatures if one.intact and one.sound and one.path is Chain.TRUSTED]
            if facts.trouble is not None or len(good) != count:
                wrong.append(f"{count} signatures: {facts.trouble}, {len(good)} hold")
        own = hub_process.precise_cpu_seconds(process.pid) - start
        worker_mb = hub_process.rss_mb(process.pid)
        said, _ = process.communicate()
    cost = msgspec.msgpack.decode(said, type=Cost)
    return _Read(start, own + cost.seconds, cost.most_mb, worker_mb)


def _ask(process: subprocess.Popen[bytes], job: Job) -> PdfFacts:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(frame(job))
    process.stdin.flush()
    (size,) = LENGTH.unpack(process.stdout.read(LENGTH.size))
    return facts_decoder.decode(process.stdout.read(size))
