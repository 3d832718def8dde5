"""The 25 essential services of Đề án 06, by data alone: a row of `essential.csv` makes a service, its procedures count.

Columns: `service` (01 to 25, our order), `name`, `name_en`, `field`, `procedures` (codes with blanks between), `basis`:

    published   the procedures' codes were seen in published lists
    assumed     they are remembered, and were not checked
    unknown     no code is known: nothing counts until somebody fills the cell

The services are those that Chỉ thị 24/CT-TTg of 2025 names, as the press printed them; that the annex of QĐ 06/QĐ-TTg
of 2022 has the same rows in the same words was not checked. A dossier counts for the service of its procedure, as one
more measure of the month in which it was received. An operator may put another table in the place of the one shipped.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from hub.core.errors import Text
from hub.core.misfit import one_of
from hub.programmes.onestop.procedures import BASES, CODE, is_code
from hub.programmes.onestop.rows import Row, rows
from hub.programmes.tables import text

PREFIX: Final = "essential-"
ONLINE: Final = "-online"
FILE: Final = "essential.csv"
_COLUMNS: Final = ("service", "name", "name_en", "field", "procedures", "basis")
_SERVICE: Final = re.compile(r"0[1-9]|[1-9][0-9]")


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


def read(given: str) -> tuple[Essential, ...]:
    """In their order. ListInvalid for a table of another form, and for a procedure of two services."""
    found: list[Essential] = []
    seen: set[str] = set()
    for row in rows(FILE, given, _COLUMNS):
        one = _service(row)
        if one.service in {other.service for other in found}:
            raise row.wrong("service", "each service once")
        if len(set(one.procedures)) != len(one.procedures) or not seen.isdisjoint(one.procedures):
            raise row.wrong("procedures", "each procedure of one service, once")
        seen.update(one.procedures)
        found.append(one)
    return tuple(found)


def _service(row: Row) -> Essential:
    service, basis, codes = row.cells["service"], row.cells["basis"], tuple(row.cells["procedures"].split())
    if not _SERVICE.fullmatch(service):
        raise row.wrong("service", "a service's number, 01 to 99")
    if not all(is_code(code) for code in codes):
        raise row.wrong("procedures", CODE)
    if basis not in BASES:
        raise row.wrong("basis", one_of(BASES))
    if (basis == "unknown") != (not codes):
        raise row.wrong("basis", "unknown where no procedure is named, and only there")
    return Essential(service, Text(row.text("name"), row.text("name_en")), row.text("field", 0), codes, basis)


@cache
def services() -> tuple[Essential, ...]:
    """Those that are shipped."""
    return read(text("onestop", FILE))
