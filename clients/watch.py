"""Watch an agency's certificates in the public log of a hub; needs no key and asks the hub for nothing private.

The whole log is read (36 bytes an entry), for only so can it be seen that no change was kept back; later only new
entries. The judgement is pure: `hub.core.audit.log`, `hub.core.audit.agency_watch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from clients import protocol
from clients.log_source import HttpSource
from clients.monitor import Progress, audit
from clients.transport import Transport
from hub.core.audit.agency_watch import Change, DirectoryWatch
from hub.core.audit.findings import Finding, Findings
from hub.core.audit.log import State
from hub.core.log.keys import Checkpoint
from hub.core.log.policy import Policy
from hub.core.model import Millis


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`changes`: of the agency's, since the state before. `state`: to be kept, None where the log did not hold."""

    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    checkpoint: Checkpoint | None
    counts: Mapping[str, int]
    state: State | None

    @property
    def unexpected(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.unexpected)


async def watch(
    transport: Transport,
    agency: str,
    known: frozenset[str],
    policy: Policy,
    now: Millis,
    *,
    saved: State | None = None,
    progress: Progress | None = None,
    acting: frozenset[str] = frozenset(),
) -> Seen:
    """`known`: SHA-256 (hex) of the agency's own certificates; `acting`: the agencies that act for it, as it knows.
    Errors: those of `clients.errors`."""
    findings = Findings()
    watcher = DirectoryWatch(agency, known, findings, acting)

    def each(start: int, entries: Sequence[bytes]) -> None:
        for number, entry in enumerate(entries):
            watcher.entry(start + number, entry)

    source = HttpSource(transport)
    outcome = await audit(source, policy, now, saved=saved, tiles=False, progress=progress, each=each)
    while (start := watcher.next_wanted) is not None:
        page = await transport.call(protocol.public_objects("directory", start))
        for item in page.items:
            watcher.object(item.leaf, item.object)
        if watcher.next_wanted == start:
            break  # it is not given out
    watcher.finish()
    return Seen(
        findings=outcome.findings + tuple(findings.items),
        changes=tuple(watcher.changes),
        checkpoint=outcome.checkpoint,
        counts=outcome.counts,
        state=None if findings else outcome.state,
    )
