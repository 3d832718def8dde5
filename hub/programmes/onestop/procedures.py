"""Facts about procedures (TTHC) beside their dossiers: their legal maximum, and whether they give a document.

`procedures.csv` holds one procedure a row: `code`, `name`, `field`, `legal_days` (working days, 0 = unknown),
`gives_document` (0 or 1), `basis`. It is a beginning: all its rows are `assumed`, from the public list as it is
remembered, and a dossier that states `ThoiHanGiaiQuyet` or `KetQuaLaVanBan` itself is believed before it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from hub.programmes.tables import text

_COLUMNS: Final = ("code", "name", "field", "legal_days", "gives_document", "basis")


class Procedure(NamedTuple):
    code: str
    name: str = ""
    field: str = ""
    legal_days: int = 0
    gives_document: bool = False
    basis: str = ""


@cache
def procedures() -> Mapping[str, Procedure]:
    """By code. ValueError for a table of another form."""
    head, *rows = csv.reader(text("onestop", "procedures.csv").splitlines())
    if tuple(head) != _COLUMNS:
        raise ValueError(f"expected the columns {','.join(_COLUMNS)}, found {','.join(head)}")
    return {row[0]: Procedure(row[0], row[1], row[2], int(row[3]), row[4] == "1", row[5]) for row in rows}


def procedure(code: str) -> Procedure:
    """By its code; a longer one, as a province writes it (`1.001193.000.00.00.H20`), is that of its first two parts."""
    known = procedures()
    return known.get(code) or known.get(base(code)) or Procedure(code)


def base(code: str) -> str:
    """The national part of a code: its first two parts."""
    return ".".join(code.split(".")[:2])
