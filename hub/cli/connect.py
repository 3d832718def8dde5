"""From the common options to a client: keys out of the profile, TLS, the trust policy."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from clients.axis import AxisClient
from clients.retry import Backoff
from hub.cli.common import Shared
from hub.core import policy as policies
from hub.core.keys import Signer
from hub.core.policy import Policy
from hub.pki import Profile
from hub.pki_files import PkiError, write
from hub.pki_issue import Credential

T = TypeVar("T")

OPERATOR: Final = "operator"
"""`--as operator` calls with the hub's own operator key: for changes of the directory."""

_PATIENCE: Final = Backoff(first=0.2, longest=4.0, budget=20.0, tries=5)
"""A person waits: some seconds for a hub that starts, not a minute for one that does not run."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """The one event loop of an invocation."""
    return asyncio.run(work)


def profile(shared: Shared) -> Profile:
    passphrase = shared.passphrase_file.read_bytes().strip() if shared.passphrase_file else None
    return Profile(shared.keys, passphrase=passphrase)


def client(shared: Shared, agency: str = "") -> AxisClient:
    """As the agency of `--as`, or `agency`; UsageError where the profile holds no key for it."""
    code = agency or shared.agency
    credential = _credential(shared, code)
    return AxisClient(
        shared.url,
        code,
        credential.key,
        credential.chain,
        ssl=_tls(shared),
        policy=policy(shared),
        backoff=_PATIENCE,
    )


def public_client(shared: Shared) -> AxisClient:
    """For what anyone may read."""
    return AxisClient(shared.url, ssl=_tls(shared), backoff=_PATIENCE)


def _credential(shared: Shared, code: str) -> Credential:
    try:
        held = profile(shared)
        return held.hub(OPERATOR) if code == OPERATOR else held.agency(code)
    except PkiError as error:
        raise click.UsageError(
            shared.pick(
                f"không dùng được khóa của {code} trong {shared.keys}: {error}\n"
                f"Tạo khóa: truc keys agency add {code} --keys {shared.keys}",
                f"no usable key of {code} in {shared.keys}: {error}\n"
                f"Make one: truc keys agency add {code} --keys {shared.keys}",
            )
        ) from None


def policy(shared: Shared) -> Policy | None:
    """That of --policy, else the profile's, else none: receipts are then checked against the bytes only."""
    path = shared.policy or policy_path(shared.keys)
    if shared.policy is None and not path.exists():
        return None
    return policies.parse(path.read_bytes())


def policy_path(keys: Path) -> Path:
    return keys / "anchors" / "log.policy"


def write_policy(held: Profile, origin: str) -> Path:
    """A policy that trusts this profile's own log under `origin`: for the machine that runs both ends."""
    signer = Signer.from_seed(origin, held.note_key("log").private_bytes_raw())
    path = policy_path(held.folder)
    write(path, policies.Policy(logs=(policies.Log(signer.verifier),)).encode().encode())
    return path


def _tls(shared: Shared) -> ssl.SSLContext | bool:
    """The system's roots, and --cacert or else the profile's own CA."""
    if not shared.url.startswith("https:"):
        return True
    context = ssl.create_default_context()
    own = shared.cacert or shared.keys / "anchors" / "root.cert.pem"
    if own.exists():
        context.load_verify_locations(cafile=str(own))
    return context
