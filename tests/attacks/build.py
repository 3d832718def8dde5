"""Builds every hostile document of the register.

    python -m tests.attacks.build FOLDER      writes each attack as FOLDER/<name>.edxml, and a list of the codes

Nothing downloaded is committed: keys, certificates and documents are made anew on each run. The attacks themselves:
`build_xml` (the parser), `build_wrapping` (what is signed), `build_signature` (the signature element),
`build_certificates` (keys, certificates, revocation lists).
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.attacks import build_certificates, build_signature, build_wrapping, build_xml
from tests.attacks.register import ATTACKS, ODDITIES, Attack, Change
from tests.attacks.simulator import Simulator

THEMES = (build_xml, build_wrapping, build_signature, build_certificates)
"""Importing a theme fills the register."""

__all__ = ["ATTACKS", "ODDITIES", "THEMES", "Attack", "Change", "build"]


def build(change: Change) -> Simulator:
    """An honest simulator with the one change made."""
    simulator = Simulator()
    change(simulator)
    return simulator


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, attack in ATTACKS.items():
        (folder / f"{name}.edxml").write_bytes(build(attack.change).document())
    codes = "".join(f"{name}\t{attack.code}\n" for name, attack in sorted(ATTACKS.items()))
    (folder / "expected.tsv").write_text(codes)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
