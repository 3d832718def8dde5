"""The 25 essential services of Đề án 06, by data alone: a row of `essential.csv` makes a service, its procedures count.

Columns: `service` (01 to 25, our order), `name`, `name_en`, `field`, `procedures` (codes with blanks between), `basis`:

    published   the procedures' codes were seen in published lists
    assumed     they are remembered, and were not checked
    unknown     no code is known: nothing counts until somebody fills the cell

The services are those that Chỉ thị 24/CT-TTg of 2025 names, as the press printed them; that the annex of QĐ 06/QĐ-TTg
of 2022 has the same rows in the same words was not checked. A dossier counts for the service of its procedure, as one
more measure of the month in which it was received.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from hub.core.errors import Text
from hub.programmes.onestop.procedures import base
from hub.programmes.tables import text

PREFIX: Final = "essential-"
ONLINE: Final = "-online"
BASES: Final = ("published", "assumed", "unknown")
_COLUMNS: Final = ("service", "name", "name_en", "field", "procedures", "basis")


class Essential(NamedTuple):
    """`measure` counts its dossiers, `online` those of them that came online."""

    service: str
    name: Text
    field: str
    procedures: tuple[str, ...]
    basis: str

    @property
    def measure(self) -> str:
        return f"{PREFIX}{self.service}"

    @property
    def online(self) -> str:
        return f"{self.measure}{ONLINE}"


@cache
def services() -> tuple[Essential, ...]:
    """In their order. ValueError for a table of another form, and for a procedure of two services."""
    head, *rows = csv.reader(text("onestop", "essential.csv").splitlines())
    if tuple(head) != _COLUMNS:
        raise ValueError(f"expected the columns {','.join(_COLUMNS)}, found {','.join(head)}")
    found = tuple(Essential(row[0], Text(row[1], row[2]), row[3], tuple(row[4].split()), row[5]) for row in rows)
    codes = [code for one in found for code in one.procedures]
    if len(set(codes)) != len(codes) or any(one.basis not in BASES for one in found):
        raise ValueError("expected each procedure once, and a known basis")
    return found


@cache
def _by_procedure() -> Mapping[str, Essential]:
    return {code: one for one in services() for code in one.procedures}


def service_of(procedure: str) -> Essential | None:
    """By a procedure's code, also as a province writes it (`1.001193.000.00.00.H20`)."""
    known = _by_procedure()
    return known.get(procedure) or known.get(base(procedure))
