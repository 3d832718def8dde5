"""The base of all records, and the texts with one spelling."""

from __future__ import annotations

from typing import Annotated

import msgspec

Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# `$` alone also matches before a newline at the end: `(?!\n)` shuts that out.
Identifier = Annotated[str, msgspec.Meta(pattern=rf"^urn:uuid:{_UUID}$(?!\n)", min_length=45, max_length=45)]
"""Of a message or an evidence, in its one form: clients make file names and addresses of it."""

Named = Annotated[str, msgspec.Meta(pattern=rf"^(urn:uuid:{_UUID})?$(?!\n)", max_length=45)]
"""An Identifier, or empty."""

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", min_length=64, max_length=64)]
Bearer = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~+/=-]+$(?!\n)", max_length=8000)]
"""The characters that may stand in a header."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all records on the wire."""
