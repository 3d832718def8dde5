"""The meaning of a code, whose fault it is and the remedy: the errors' own words, for people who look after the
axis."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from hub.core import errors as e
from hub.core.errors import Text

EXPIRED: Final = "EXPIRED"
"""Of deliveries that nobody fetched in time: no refusal, and yet a cause to look into."""


class Cause(NamedTuple):
    """`fault`: `caller`, `sender`, `hub` or `prover`."""

    code: str
    text: Text
    hint: Text
    fault: str


@cache
def _known() -> dict[str, Cause]:
    found = {
        leaf.code: Cause(leaf.code, leaf.text, leaf.hint, leaf.fault.value)
        for leaf in e.leaves()
        if leaf is not e.SignatureRefusal
    }
    for verdict, (text, hint) in e.VERDICT_TEXT.items():
        code = f"SIGNATURE_{verdict}"
        found[code] = Cause(code, text, hint, e.SignatureRefusal.fault.value)
    return found


def cause(code: str) -> Cause:
    """Of a code that no version of this program has, the code alone."""
    nothing = Text("", "")
    return _known().get(code, Cause(code, Text(code, code), nothing, "sender"))
