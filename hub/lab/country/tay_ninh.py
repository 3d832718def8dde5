"""The one province whose own directory is known: all of Tây Ninh's 372 entries of 2020, by the codes that they had.

Its departments, districts and communes stand in the tables of the country with these very codes; here are those that
they do not have: units of departments, offices of districts, tax, army, banks, the Party. A code and a name are known
of each; one code is a slip of the field's (`000.1137.H53`), and is kept, for codes count as they are registered.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from hub.core.model import Agency, Tier
from hub.lab.country import offices
from hub.lab.country.tables import TAY_NINH, tay_ninh

_DISTRICTS: Final = range(30, 39)
_SLIPS: Final = {"000.1137.H53": "000.00.37.H53"}


def further(known: Container[str]) -> Iterator[Agency]:
    """The entries whose codes are not among the known ones."""
    centre = offices.centre_code(TAY_NINH)
    for code, name in tay_ninh():
        if code not in known:
            above = parent_of(code)
            tier = Tier.DISTRICT if district_of(above) else Tier.PROVINCIAL
            yield offices.listed(code, name, above, tier, centre)


def parent_of(code: str) -> str:
    """`000.ZZ.YY.H53` of `VVV.ZZ.YY.H53`, `000.00.YY.H53` of that, and the province of that."""
    if code in _SLIPS:
        return _SLIPS[code]
    unit, below, _, _ = code.split(".")
    if unit != "000":
        return f"000{code[3:]}"
    return f"000.00{code[6:]}" if below != "00" else offices.province_code(TAY_NINH)


def district_of(code: str) -> str:
    """The code of the district that an entry belongs to, itself included; empty where it belongs to the province."""
    code = _SLIPS.get(code, code)
    number = int(code.split(".")[2])
    return offices.department_code(TAY_NINH, number) if number in _DISTRICTS else ""
