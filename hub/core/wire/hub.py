"""Getting a token, and whether the hub is well."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core.wire.base import Bearer, Wire


class TokenRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 7523: `assertion` is a JWS (ES256, ES384, PS256) by a registered key of the agency, at most five minutes
    long."""

    assertion: str
    grant_type: str = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class TokenAnswer(Wire, frozen=True, kw_only=True, omit_defaults=True):
    access_token: Bearer
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]
    token_type: str = "Bearer"


class Health(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`status`: ok, or in a word why the hub is not ready. The limits, as they were found last: bytes free on the disk,
    when certificates end (of the seal, of TLS, of the first CA), when each lane's oldest document came; `crl_ends`,
    `first_crl_ends`: until when the last and the first revocation list is believed. `not_indexed`: documents that a
    search does not find yet; `not_followed`: documents and bodies of sync services that programmes have not taken in.
    `derived`: files beside the record that cannot be read or written now, each with the reason; documents are accepted
    all the same, and such a file is made again once it can be."""

    status: str
    version: str
    log_size: int = 0
    waiting: int = 0
    reason: str = ""
    disk_free: int | None = None
    certificates: dict[str, str] = {}
    crl_ends: str = ""
    first_crl_ends: str = ""
    oldest_waiting: dict[str, str] = {}
    not_indexed: int = 0
    not_followed: int = 0
    derived: dict[str, str] = {}
