"""Which certificates an authority of our own has revoked: one JSON file, from which its lists are made."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography import x509

from hub.core.model import Millis
from hub.pki.files import write
from hub.pki.issue import Revocation


def read(path: Path) -> list[Revocation]:
    if not path.exists():
        return []
    return [
        Revocation(int(entry["serial"], 16), Millis(entry["since"]), x509.ReasonFlags(entry["reason"]))
        for entry in json.loads(path.read_text())
    ]


def add(path: Path, new: Revocation) -> None:
    """The earliest date of a serial number counts."""
    entries = {r.serial: r for r in read(path)}
    known = entries.get(new.serial)
    if known is None or new.since < known.since:
        entries[new.serial] = new
    rows = [{"serial": f"{r.serial:x}", "since": r.since, "reason": r.reason.value} for r in entries.values()]
    write(path, json.dumps(rows, indent=1).encode())
