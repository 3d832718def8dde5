"""Facts about procedures (TTHC) beside their dossiers: their legal maximum, and whether they give a document.

`procedures.csv` holds one procedure a row: `code`, `name`, `field`, `legal_days` (working days, 0 = unknown),
`gives_document` (0 or 1), `basis`. The one that is shipped is a beginning: all its rows are `assumed`, from the public
list as it is remembered; an operator may put another in its place. A dossier that states `ThoiHanGiaiQuyet` or
`KetQuaLaVanBan` itself is believed before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, NamedTuple

from hub.core.misfit import one_of
from hub.programmes.onestop.rows import Row, rows
from hub.programmes.tables import text

FILE: Final = "procedures.csv"
BASES: Final = ("published", "assumed", "unknown")
CODE: Final = "a procedure's code, such as 1.001193"
MOST_DAYS: Final = 3_660
_COLUMNS: Final = ("code", "name", "field", "legal_days", "gives_document", "basis")
_CODE: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,9}(\.[0-9A-Z]{1,8}){0,8}")


class Procedure(NamedTuple):
    code: str
    name: str = ""
    field: str = ""
    legal_days: int = 0
    gives_document: bool = False
    basis: str = ""


Known = Callable[[str], Procedure]
"""By a code; of one that is in no list nothing but the code."""


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def read(given: str) -> Mapping[str, Procedure]:
    """By code. ListInvalid for a table of another form, and for a code that stands twice."""
    found: dict[str, Procedure] = {}
    for row in rows(FILE, given, _COLUMNS):
        one = _procedure(row)
        if one.code in found:
            raise row.wrong("code", "each code once")
        found[one.code] = one
    return found


def _procedure(row: Row) -> Procedure:
    code, basis = row.cells["code"], row.cells["basis"]
    if not is_code(code):
        raise row.wrong("code", CODE)
    if basis not in BASES:
        raise row.wrong("basis", one_of(BASES))
    name, field = row.text("name"), row.text("field", 0)
    return Procedure(code, name, field, row.whole("legal_days", MOST_DAYS), row.whole("gives_document", 1) == 1, basis)


@cache
def procedures() -> Mapping[str, Procedure]:
    """Those that are shipped."""
    return read(text("onestop", FILE))


def procedure(code: str, known: Mapping[str, Procedure] | None = None) -> Procedure:
    """By its code; a longer one, as a province writes it (`1.001193.000.00.00.H20`), is that of its first two parts."""
    of = procedures() if known is None else known
    return of.get(code) or of.get(base(code)) or Procedure(code)


def base(code: str) -> str:
    """The national part of a code: its first two parts."""
    return ".".join(code.split(".")[:2])
