"""The register of attacks: a name, one change to an honest simulator, and the code it must be refused with.

Beside it the oddities: what looks alarming but says the same as the honest document, and is accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.attacks.simulator import Simulator

Change = Callable[[Simulator], None]


class Attack(NamedTuple):
    change: Change
    code: str


ATTACKS: dict[str, Attack] = {}
ODDITIES: dict[str, Change] = {}

MALFORMED = "SIGNATURE_MALFORMED"
PROFILE = "SIGNATURE_PROFILE_VIOLATION"
ALGORITHM = "SIGNATURE_ALGORITHM_FORBIDDEN"
DIGEST = "SIGNATURE_DIGEST_MISMATCH"
INVALID = "SIGNATURE_SIGNATURE_INVALID"
UNTRUSTED = "SIGNATURE_CERTIFICATE_UNTRUSTED"
FORBIDDEN_XML = "FORMAT_FORBIDDEN_XML"
MALFORMED_XML = "FORMAT_MALFORMED_XML"
TOO_COMPLEX = "FORMAT_TOO_COMPLEX"
NOT_EDXML = "FORMAT_NOT_EDXML"


def attack(name: str, code: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        assert name not in ATTACKS, name
        ATTACKS[name] = Attack(change, code)
        return change

    return register


def cut_between(text: str, start: str, end: str) -> str:
    """`text` with nothing left between `start` and `end`."""
    return text[: text.index(start) + len(start)] + text[text.index(end) :]


def before_body(text: str, more: str) -> str:
    """`text` with `more` between header and body."""
    return text.replace("    <edXML:edXMLBody>", f"{more}\n    <edXML:edXMLBody>", 1)


def oddity(name: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        ODDITIES[name] = change
        return change

    return register


def setting(name: str, code: str, **attributes: object) -> None:
    """An attack that is nothing but other attributes."""

    def change(s: Simulator) -> None:
        for attribute, value in attributes.items():
            setattr(s, attribute, value)

    attack(name, code)(change)


def edit(name: str, code: str, old: str, new: str) -> None:
    """An attack that replaces text in the signed document, once."""
    setting(name, code, edit=lambda text: text.replace(old, new, 1))


def edit_bytes(name: str, code: str, function: Callable[[bytes], bytes]) -> None:
    setting(name, code, edit_bytes=function)
