"""From the common options to a client: keys out of the profile, TLS, the trust policy."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import click
from cryptography.hazmat.primitives.serialization import Encoding

from clients import bundles
from clients.axis import AxisClient
from clients.errors import ClientError, ProblemError, UnexpectedAnswer
from clients.judge import Judge
from clients.protocol import Call
from clients.retry import Backoff
from clients.transport import Credential as Caller
from clients.transport import Transport
from hub.cli import printing
from hub.cli.check import load_directory
from hub.cli.common import Shared
from hub.cli.screen import progress
from hub.cli.usage import said
from hub.core import wire
from hub.core.directory.routing import Reason
from hub.core.errors import UndeliverableRecipients
from hub.core.log import policy as policies
from hub.core.log.keys import Algorithm, Signer
from hub.core.log.policy import Policy
from hub.pki.files import PkiError, holds_anchors, write
from hub.pki.issue import Credential
from hub.pki.profile import Profile
from hub.pki.signers import open_signer, shown
from hub.pki.troubles import Trouble

T = TypeVar("T")


class Page(Protocol):
    """One of a listing."""

    @property
    def items(self) -> Sequence[object]: ...
    @property
    def cursor(self) -> str: ...


P = TypeVar("P", bound=Page)

OPERATOR: Final = "operator"
"""`--as operator` calls with the hub's own operator key: for changes of the directory."""

AUDITOR: Final = "auditor"
"""`--as auditor` reads the whole record, each look and export recorded."""

_AT_ONCE: Final = 16
_MOST_NAMES: Final = 200
_MOST_ITEMS: Final = 200_000
_MOST_PAGES: Final = 20_000
_PATIENCE: Final = Backoff(first=0.2, longest=4.0, budget=20.0, tries=4)
"""A person waits: some seconds for a hub that starts, not a minute for one that does not run."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """The one event loop of an invocation."""
    return asyncio.run(work)


def asked(shared: Shared, call: Callable[[AxisClient], Coroutine[Any, Any, T]], caller: str = "") -> T:
    """The answer to one call, as the agency of `--as`, or `caller`."""

    async def work() -> T:
        async with client(shared, caller) as axis:
            return await call(axis)

    return run(work())


def call_alone(shared: Shared, call: Call[T]) -> T:
    """The answer to one call of the interface, as `--as` says."""

    async def work() -> T:
        hub = transport(shared)
        try:
            return await hub.call(call)
        finally:
            await hub.close()

    return run(work())


def passphrase(shared: Shared) -> bytes | None:
    return shared.passphrase_file.read_bytes().strip() if shared.passphrase_file else None


def profile(shared: Shared) -> Profile:
    return Profile(shared.keys, passphrase=passphrase(shared))


@contextmanager
def usable_keys(shared: Shared, code: str = "") -> Iterator[None]:
    """Faults of the profile's files are for the caller to correct: UsageError, exit 2. `code`: whose key is wanted."""
    try:
        yield
    except PkiError as error:
        why = said(str(error), "vi")
        if isinstance(error, Trouble):
            raise click.UsageError(shared.pick(error.told.vi, error.told.en)) from None
        if shared.key:
            which = shown(shared.key)
            told = shared.pick(f"không dùng được khóa {which}: {why}", f"the key {which} cannot be used: {error}")
            raise click.UsageError(told) from None
        if code in (OPERATOR, AUDITOR) and not shared.key:
            raise click.UsageError(_no_key_of_the_hub(shared, code, str(error), why)) from None
        raise click.UsageError(
            shared.pick(
                f"không dùng được khóa trong {shared.keys}: {why}. Tạo khóa: truc keys agency add MÃ",
                f"no usable key in {shared.keys}: {error}. Make one: truc keys agency add CODE",
            )
        ) from None


def _no_key_of_the_hub(shared: Shared, code: str, error: str, why: str) -> str:
    """The needs of an operator's or auditor's command, and their places."""
    role = {OPERATOR: ("quản trị Trục", "an operator"), AUDITOR: ("kiểm toán viên", "an auditor")}[code]
    return shared.pick(
        f"lệnh này cần khóa của {role[0]}, không có trong {shared.keys}: {why}. Chỉ thư mục khóa bằng --keys hoặc "
        f"TRUC_KEYS, hay chính khóa đó (PEM, .p12, pkcs11:…) bằng --key",
        f"this command is for {role[1]}, whose key is not in {shared.keys}: {error}. Name the folder of keys with "
        f"--keys or TRUC_KEYS, or the key itself (PEM, .p12, pkcs11:…) with --key",
    )


def client(shared: Shared, agency: str = "", judge: Judge | None = None) -> AxisClient:
    """As the agency of `--as`, or `agency`; UsageError where the profile holds no key for it."""
    code = agency or shared.agency
    credential = _credential(shared, code)
    return AxisClient(
        shared.url,
        code,
        credential.key,
        credential.chain,
        ssl=_mutual_tls(shared, code) if shared.mtls else _tls(shared),
        policy=policy(shared),
        judge=judge,
        backoff=_PATIENCE,
        tokens=not shared.mtls,
        proxy=shared.proxy,
    )


def transport(shared: Shared) -> Transport:
    """For calls that are no agency's: as `--as` says (auditor, operator), or as nobody."""
    credential = None
    if shared.agency:
        held = _credential(shared, shared.agency)
        credential = Caller(shared.agency, held.key, held.chain)
    return Transport(shared.url, credential, tls=_tls(shared), backoff=_PATIENCE, proxy=shared.proxy)


def judge_of(shared: Shared) -> Judge:
    """This side's knowledge of signatures: the roots of --anchors, else the profile's, else nothing."""
    anchors, directory, own = shared.roots, shared.bindings, shared.keys / "anchors"
    if anchors is None and not holds_anchors(own):
        if directory is not None:
            raise click.UsageError("--directory: --anchors")
        return Judge()
    try:
        entries = load_directory(directory) if directory is not None else None
        return Judge(bundles.load_anchors(anchors or own), entries)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--anchors {anchors or own}: {error}") from None


def public_client(shared: Shared) -> AxisClient:
    """For public routes."""
    return AxisClient(shared.url, ssl=_tls(shared), backoff=_PATIENCE)


def _credential(shared: Shared, code: str) -> Credential:
    held = profile(shared)
    with usable_keys(shared, code):
        if shared.key:
            return open_signer(shared.key, shared.cert, secret(shared))
        return held.hub(code) if code in (OPERATOR, AUDITOR) else held.agency(code)


def secret(shared: Shared) -> Callable[[], bytes | None]:
    """Passphrase or PIN: of --passphrase-file, else asked for, where somebody sits there."""

    def ask() -> bytes | None:
        if shared.passphrase_file is not None or not printing.is_terminal(err=True):
            return passphrase(shared)
        where = shown(shared.key)
        question = shared.pick(f"PIN hoặc mật khẩu của {where}", f"PIN or password of {where}")
        return printing.ask_secret(question).encode()

    return ask


async def pages(ask: Callable[[str], Awaitable[P]], everything: bool = True) -> AsyncIterator[P]:
    """The pages of a listing, or its first. UnexpectedAnswer for one that leads in a circle or does not end."""
    seen, count, cursor = {""}, 0, ""
    while True:
        page = await ask(cursor)
        cursor, count = page.cursor, count + len(page.items)
        if everything and (cursor in seen - {""} or count > _MOST_ITEMS or len(seen) > _MOST_PAGES):
            raise UnexpectedAnswer(f"a listing that does not end, after {count} items")
        yield page
        if not everything or not cursor:
            return
        seen.add(cursor)


async def recipients_of(axis: AxisClient, codes: Sequence[str]) -> list[wire.Agency]:
    """Their entries in the directory; UndeliverableRecipients names all that have none."""
    asked = list(dict.fromkeys(codes))
    found = await look_up(axis, asked)
    unknown = {code: Reason.UNKNOWN.value for code, agency in zip(asked, found, strict=True) if agency is None}
    if unknown:
        raise UndeliverableRecipients(found=", ".join(unknown), recipients=unknown)
    return [agency for agency in found if agency is not None]


async def look_up(axis: AxisClient, codes: Sequence[str]) -> list[wire.Agency | None]:
    """Each agency whole, in their order, None where the directory has none of that code; some calls at a time."""

    async def one(code: str) -> wire.Agency | None:
        try:
            return await axis.agency_of(code)
        except ProblemError as error:
            if error.status == 404:
                return None
            raise

    found: list[wire.Agency | None] = []
    starts = range(0, len(codes), _AT_ONCE)
    for start in progress("look up", starts):
        found += await asyncio.gather(*(one(code) for code in codes[start : start + _AT_ONCE]))
    return found


async def names_of(axis: AxisClient, codes: Iterable[str]) -> dict[str, str]:
    """Code → name as the directory has it, for people; of the first of many, and of none where it does not answer."""
    asked = list(dict.fromkeys(codes))[:_MOST_NAMES]
    try:
        found = await look_up(axis, asked)
    except ClientError:
        return {}
    return {code: agency.name for code, agency in zip(asked, found, strict=True) if agency is not None}


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
    keys = [Signer.from_seed(origin, held.note_key("log").private_bytes_raw())]
    if (second := held.post_quantum_key()) is not None:
        keys.append(Signer.from_seed(origin, second.private_bytes_raw(), Algorithm.ML_DSA_44))
    path = policy_path(held.folder)
    write(path, policies.Policy(logs=tuple(policies.Log(key.verifier) for key in keys)).encode().encode())
    return path


def _mutual_tls(shared: Shared, code: str) -> ssl.SSLContext:
    context = _tls(shared)
    if shared.key:
        raise click.UsageError(shared.pick("--mtls: không dùng với --key", "--mtls and --key: one of them"))
    if code in (OPERATOR, AUDITOR) or not isinstance(context, ssl.SSLContext):
        raise click.UsageError(shared.pick("--mtls: đơn vị, qua https", "--mtls is for agencies, over https"))
    certificate, key = profile(shared).files_of(code)
    context.load_cert_chain(certificate, key, passphrase(shared))
    return context


def _load(context: ssl.SSLContext, path: Path) -> None:
    """Trust the certificates of a file: PEM, or the DER in which authorities hand them out."""
    try:
        data = path.read_bytes()
        context.load_verify_locations(cadata=data.decode("ascii", "ignore") if b"-----BEGIN" in data else data)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise click.BadParameter(f"{path}: {error}", param_hint="--cacert") from None


def _tls(shared: Shared) -> ssl.SSLContext | bool:
    """The system's roots, and --cacert or else the profile's own CA."""
    if not shared.url.startswith("https:"):
        return True
    context = ssl.create_default_context()
    if shared.cacert is not None:
        _load(context, shared.cacert)
    elif (own := shared.keys / "anchors").is_dir():
        roots = bundles.anchor_files(own).roots
        if roots:
            context.load_verify_locations(cadata="".join(c.public_bytes(Encoding.PEM).decode() for c in roots))
    return context
