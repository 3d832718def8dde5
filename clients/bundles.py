"""Bundles of evidence as files: read, verify, and what an auditor trusts as a folder.

    report = bundles.verify(Path("life.zip"), policy, bundles.load_anchors(Path("anchors")))
    report.ok, report.steps, report.facts

The nine steps and the format are those of `hub.core.bundle_audit` and `hub.core.bundle`; nothing here asks a hub.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hub.core import bundle_audit
from hub.core.anchors import Anchors
from hub.core.archive import anchors_of
from hub.core.bundle import MAX_BUNDLE
from hub.core.bundle_audit import Report
from hub.core.model import Millis
from hub.core.policy import Policy

GRACE_HOURS: Final = 72.0
"""How long past its next update a revocation list still counts: what hubs do by default."""


def load_anchors(path: Path, grace_hours: float = GRACE_HOURS) -> Anchors:
    """Roots, issuers and revocation lists, PEM or DER, from a folder or one file. OSError or ValueError where they
    cannot be read, or none is a root."""
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return anchors_of((one.read_bytes() for one in files), int(grace_hours * 3_600_000))


def verify(
    path: Path,
    policy: Policy,
    anchors: Anchors,
    *,
    document: Path | None = None,
    at: Millis | None = None,
    strict: bool = False,
) -> Report:
    """The audit of a bundle in a file. OSError where a file cannot be read; whatever the bytes are, a report."""
    with path.open("rb") as file:
        data = file.read(MAX_BUNDLE + 1)
    content = document.read_bytes() if document is not None else None
    return bundle_audit.verify(data, policy, anchors, document=content, at=at, strict=strict)
