"""The operators and auditors of the axis, as the log tells them: statements of kind 0x06, which anyone may read.

The object is canonical JSON with a random `x-nonce`: the operators and auditors that were appointed or dismissed at
one time, each by the name that its certificate's file has (`auditor-kiem-toan`), its role and the SHA-256 of its
certificate. A personal name stands nowhere. Another certificate for the same name is a dismissal and an appointment.

A certificate that expires or is revoked needs no dismissal: path, dates and lists are asked at every call. The log
tells the names in the hub's own folder, and their times: a person that was never appointed can have read nothing by the
rules, and an audit compares every look with this (`Appointed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from hub.core import canonical
from hub.core.errors import ProofInvalid
from hub.core.leaf_object import LeafObject, type_of

TYPE: Final = "appointments"
_DIGEST: Final = re.compile(r"sha-256:[0-9a-f]{64}")
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Role = Literal["operator", "auditor"]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`certificate`: sha-256:… of the DER."""

    certificate: str
    change: Literal["appointed", "dismissed"]
    role: Role
    who: _Text

    @property
    def digest(self) -> str:
        """The SHA-256 alone, in hex."""
        return self.certificate.removeprefix("sha-256:")


class Appointments(LeafObject, frozen=True, kw_only=True):
    """The changes of one time."""

    type: Literal["appointments"]
    changes: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)]
    time: str


class Holder(NamedTuple):
    """The holder of a role: the name of the certificate's file."""

    role: Role
    who: str


Standing = Mapping[str, Holder]
"""By SHA-256 of the certificate, in hex."""

_decoder: Final = msgspec.json.Decoder(Appointments)


def encode(statement: Appointments) -> bytes:
    return canonical.encode(statement)


def decode(data: bytes) -> Appointments:
    """ProofInvalid for any other bytes."""
    statement = canonical.decode(data, _decoder, "a statement of appointments")
    for step in statement.changes:
        if not _DIGEST.fullmatch(step.certificate):
            raise ProofInvalid(expected="sha-256:… in lower-case hex", found=step.certificate[:80])
    return statement


def is_one(data: bytes) -> bool:
    """Whether a statement of the operator says that it is of this type; others may come."""
    return type_of(data) == TYPE


def after(before: Standing, statement: Appointments) -> Standing:
    """The holders of roles after this statement."""
    held = dict(before)
    for step in statement.changes:
        if step.change == "appointed":
            held[step.digest] = Holder(step.role, step.who)
        else:
            held.pop(step.digest, None)
    return held


def steps(before: Standing, now: Standing) -> tuple[Step, ...]:
    """The changes that lead from one to the other, dismissals first."""
    gone = [(digest, holder) for digest, holder in before.items() if now.get(digest) != holder]
    come = [(digest, holder) for digest, holder in now.items() if before.get(digest) != holder]
    return (
        *(Step(f"sha-256:{digest}", "dismissed", *holder) for digest, holder in sorted(gone)),
        *(Step(f"sha-256:{digest}", "appointed", *holder) for digest, holder in sorted(come)),
    )


class Appointed:
    """The part that an audit keeps of it. A log that was begun before appointments were told says nothing until the
    first."""

    def __init__(self, saved: Iterable[str] | None = None) -> None:
        self._auditors: set[str] | None = None if saved is None else set(saved)

    def said(self, statement: Appointments) -> None:
        held = self._auditors if self._auditors is not None else set()
        for step in statement.changes:
            if step.role == "auditor":
                (held.add if step.change == "appointed" else held.discard)(step.certificate)
        self._auditors = held

    def may_read(self, certificate: str) -> bool:
        """`certificate`: sha-256:…, as the evidence of a look names it."""
        return self._auditors is None or certificate in self._auditors

    def save(self) -> list[str] | None:
        return None if self._auditors is None else sorted(self._auditors)
