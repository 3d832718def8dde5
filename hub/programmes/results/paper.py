"""The content of the QR on a paper that a one-stop system issues (TT 01/2023, TCVN 7322:2009): the number of the
dossier, the code of the procedure, the applicant, the name of the paper; and where it is verified.

It is an address, so that any telephone opens it. All of it stands behind `#`, which no browser sends anywhere: the page
reads it, and asks the hub for the number and the owner's tag alone. The applicant is the tag by default; the law says
"identity of the applicant", so an office that must print the number itself may, and it stays on the paper.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from hub.programmes.results import book
from hub.programmes.results.packets import OWNER_TAG, ResultPacket

PATH: Final = "/results"
LONGEST: Final = 1_000
"""Characters of an address: a QR of that much still is read from paper."""
_NAME: Final = 120


class Paper(NamedTuple):
    """dossier: its number; code: of the result; applicant: the owner's tag or number, empty for none."""

    code: str
    procedure: str
    applicant: str
    name: str


def paper_of(packet: ResultPacket, applicant: str = "") -> Paper:
    """`applicant`: the number itself, where it is to be printed. ValueError where the code is no result's number."""
    owner = packet.owner.digest[:OWNER_TAG] if packet.owner else ""
    return Paper(book.number(packet.code), packet.procedure, applicant or owner, packet.name[:_NAME])


def address(hub: str, paper: Paper) -> str:
    """Of the page that verifies it. ValueError where it is too long for a paper."""
    held = {"c": paper.code, "t": paper.procedure, "o": paper.applicant, "n": paper.name}
    made = f"{hub.rstrip('/')}{PATH}#{urlencode({k: v for k, v in held.items() if v}, quote_via=quote)}"
    if len(made) > LONGEST:
        raise ValueError(f"an address of at most {LONGEST} characters, not {len(made)}")
    return made


def paper_in(text: str) -> Paper:
    """The content of a QR. ValueError where it is none of a result."""
    held = dict(parse_qsl(text[: LONGEST * 2].partition("#")[2], max_num_fields=8))
    return Paper(book.number(held.get("c", "")), held.get("t", ""), held.get("o", ""), held.get("n", ""))
