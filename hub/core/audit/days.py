"""Daily manifests held against the evidence itself: every day once, every line as counted here."""

from __future__ import annotations

from collections import deque

import msgspec

from hub.core.audit.findings import Findings, What
from hub.core.errors import ProofInvalid
from hub.core.evidence import manifest
from hub.core.evidence.format import Evidence, digest_text
from hub.core.evidence.manifest import Counts, Line, Manifest
from hub.core.model import Millis, iso_utc, vietnam_date

_DAY_MS = 86_400_000
_VIETNAM_MS = 7 * 3_600_000


class Day(msgspec.Struct):
    """Evidence of one day that no manifest covers yet: numbers of its first and last leaf, and its counts."""

    first: int
    last: int
    at: int
    lines: tuple[Line, ...] = ()


class DaysState(msgspec.Struct, frozen=True):
    """`end`, `digest`: of the last manifest."""

    end: int = 0
    digest: str = ""
    last_day: str = ""
    open: tuple[Day, ...] = ()


class Days:
    def __init__(self, findings: Findings, saved: DaysState | None = None) -> None:
        state = saved or DaysState()
        self._findings = findings
        self._end, self._digest, self._last_day = state.end, state.digest, state.last_day
        self._open = deque(state.open)
        self._counts: deque[Counts] = deque(
            {(line.agency, line.direction): (line.n, line.count) for line in day.lines} for day in state.open
        )

    def evidence(self, leaf: int, evidence: Evidence) -> None:
        at = evidence.at
        if not self._open or (at + _VIETNAM_MS) // _DAY_MS != (self._open[-1].at + _VIETNAM_MS) // _DAY_MS:
            self._begin(leaf, at)
        self._open[-1].last = leaf
        if evidence.sequence is not None:
            manifest.add(self._counts[-1], evidence.sequence)

    def _begin(self, leaf: int, at: Millis) -> None:
        day = vietnam_date(at).isoformat()
        if day <= self._last_day:
            self._findings.add(What.MANIFEST_DIFFERS, leaf, subject=day, expected="nothing after its manifest")
        self._open.append(Day(leaf, leaf, at))
        self._counts.append({})

    def manifest(self, leaf: int, content: bytes) -> None:
        try:
            read = manifest.decode(content)
        except ProofInvalid as error:
            self._findings.invalid(What.OBJECT_UNREADABLE, error, leaf)
            return
        if (read.start, read.previous) != (self._end, self._digest):
            self._findings.add(
                What.MANIFEST_GAP,
                leaf,
                subject=read.day,
                expected=f"from {self._end}, {self._digest or 'the first'}",
                found=f"from {read.start}, {read.previous or 'the first'}",
            )
        self._end, self._digest, self._last_day = read.end, digest_text(content), read.day
        if not self._open:
            self._findings.add(What.MANIFEST_DIFFERS, leaf, subject=read.day, expected="no evidence", found="some")
            return
        day, counts = self._open.popleft(), self._counts.popleft()
        self._compare(leaf, read, day, counts)

    def _compare(self, leaf: int, read: Manifest, day: Day, counts: Counts) -> None:
        def differs(subject: str, expected: str, found: str) -> None:
            self._findings.add(What.MANIFEST_DIFFERS, leaf, subject=subject, expected=expected, found=found)

        named = vietnam_date(Millis(day.at)).isoformat()
        if named != read.day:
            differs(read.day, f"the manifest of {named}", read.day)
        most = self._open[0].first if self._open else leaf
        if not day.last < read.end <= most:
            differs(read.day, f"an end from {day.last + 1} to {most}", str(read.end))
        for subject, expected, found in manifest.differences(manifest.lines(counts), read.agencies):
            differs(f"{read.day} {subject}", expected, found)

    def finish(self, at: Millis, grace: int) -> None:
        """Days that ended more than `grace` ms before `at` and have no manifest."""
        for day in self._open:
            ended = manifest.day_ends(vietnam_date(Millis(day.at)))
            if at > ended + grace:
                named = vietnam_date(Millis(day.at)).isoformat()
                self._findings.add(
                    What.MANIFEST_MISSING, subject=named, expected=f"a manifest soon after {iso_utc(ended)}"
                )

    def save(self) -> DaysState:
        days = zip(self._open, self._counts, strict=True)
        kept = tuple(Day(day.first, day.last, day.at, manifest.lines(counts)) for day, counts in days)
        return DaysState(self._end, self._digest, self._last_day, kept)
