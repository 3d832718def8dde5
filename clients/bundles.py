"""Bundles of evidence as files: read, verify, and an auditor's trust anchors as a folder.

    report = bundles.verify(Path("life.zip"), policy, bundles.load_anchors(Path("anchors")))
    report.ok, report.steps, report.facts

The nine steps and the format are those of `hub.core.bundle.audit` and `hub.core.bundle.contents`; nothing here asks a
hub.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hub.core.bundle import audit as bundle_audit
from hub.core.bundle.audit import Report
from hub.core.bundle.contents import MAX_BUNDLE
from hub.core.log.policy import Policy
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.core.signature.anchors_files import MOST_BYTES, OURS, AnchorFiles, sort

GRACE_HOURS: Final = 72.0
"""How long past its next update a revocation list still counts: hubs' default."""


def anchor_files(path: Path) -> AnchorFiles:
    """The content of a folder, or one file, of roots, issuers and revocation lists, and which files are not taken.
    OSError where it cannot be read."""
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return sort((one.name, _start_of(one)) for one in files if one.name not in OURS and not one.name.startswith("."))


def load_anchors(path: Path, grace_hours: float = GRACE_HOURS) -> Anchors:
    """The anchors of a folder or file, as CAs hand them out. OSError where it cannot be read; ValueError, which names
    the files that are not taken, where none is a root."""
    files = anchor_files(path)
    if not files.roots:
        named = "; ".join(f"{one.name}: {one.why.en}" for one in files.untaken)
        raise ValueError(f"no root certificate{f' ({named})' if named else ''}")
    return files.anchors(int(grace_hours * 3_600_000))


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def verify(
    path: Path,
    policy: Policy,
    anchors: Anchors,
    *,
    document: Path | None = None,
    at: Millis | None = None,
    strict: bool = False,
) -> Report:
    """The audit of a bundle in a file. OSError where a file cannot be read; any bytes get a report."""
    with path.open("rb") as file:
        data = file.read(MAX_BUNDLE + 1)
    content = document.read_bytes() if document is not None else None
    return bundle_audit.verify(data, policy, anchors, document=content, at=at, strict=strict)
