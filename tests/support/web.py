"""A whole hub on loopback, and callers with real tokens: what the tests of the HTTP interface work with."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from multidict import CIMultiDictProxy

from hub.access import Role
from hub.app import Hub, running
from hub.base.alert_settings import AlertSettings
from hub.base.config import (
    ConsoleSettings,
    HealthSettings,
    HttpSettings,
    HubSettings,
    MailboxSettings,
    Settings,
)
from hub.base.limit_settings import LimitSettings
from hub.base.webhook_settings import WebhookSettings
from hub.core import wire
from hub.core.edxml import ResponseFor, Staff, Status
from hub.core.evidence import acknowledgement
from hub.core.model import Millis, StatusCode
from hub.core.signature import assertion, jws
from hub.http.bodies import BodyReader
from hub.pki.issue import Credential
from hub.programmes.registry import PROGRAMMES
from hub.programmes.riding import Programme
from hub.store import Store
from tests.support.axis import Axis, Clock, keyring, organ, registered

T = TypeVar("T", bound=wire.Wire)
OPERATOR, AUDITOR = "operator", "auditor"


class Answer(NamedTuple):
    """An answer read whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def record(self, kind: type[T]) -> T:
        assert self.status < 300, (self.status, self.body[:400])
        return msgspec.json.decode(self.body, type=kind, strict=True)

    @property
    def problem(self) -> wire.Problem:
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.body[:400])
        problem = msgspec.json.decode(self.body, type=wire.Problem)
        assert problem.status == self.status
        assert all((problem.vi, problem.en, problem.hint_vi, problem.hint_en))
        return problem


@dataclass
class Web:
    """A running hub. `who` is an agency's code, OPERATOR, AUDITOR, or None for a caller without a token."""

    hub: Hub
    axis: Axis
    session: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.hub.url

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.hub.url)
        return parts.hostname or "", parts.port or 0

    @property
    def store(self) -> Store:
        return self.hub.exchange.store

    @property
    def bodies(self) -> BodyReader:
        return self.hub.bodies

    @property
    def spool(self) -> Path:
        return Path(self.hub.settings.hub.data) / "spool"

    def credential(self, who: str) -> Credential:
        return self.axis.profile.hub(who) if who in (OPERATOR, AUDITOR) else self.axis.credential(who)

    def assertion(self, who: str, *, by: str = "", audience: str = "", at: int = 0, jti: str = "") -> str:
        """A signed assertion; each argument is one thing that may be wrong with it."""
        credential = self.credential(by or who)
        return assertion.build(
            who,
            audience or f"{self.url}/v1/token",
            jti or os.urandom(16).hex(),
            Millis(at) or self.axis.clock(),
            credential.key,
            jws.key_id(credential.certificate),
        )

    async def grant(self, text: str, **more: str) -> Answer:
        return await self.call("POST", "/v1/token", json={"assertion": text, **more})

    async def token(self, who: str) -> str:
        if who not in self.tokens:
            self.tokens[who] = (await self.grant(self.assertion(who))).record(wire.TokenAnswer).access_token
        return self.tokens[who]

    async def headers(self, who: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.token(who)}"} if who else {}

    async def call(self, method: str, path: str, who: str | None = None, **options: Any) -> Answer:
        headers = await self.headers(who) | options.pop("headers", {})
        async with self.session.request(method, self.url + path, headers=headers, **options) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, who: str | None = None, **options: Any) -> Answer:
        return await self.call("GET", path, who, **options)

    async def submit(self, data: bytes, who: str, path: str = "/v1/documents") -> Answer:
        return await self.call("POST", path, who, data=BytesIO(data), headers={"Content-Type": "application/xml"})

    async def send(self, sender: str, *recipients: str, **changes: object) -> wire.Submitted:
        data = self.axis.sign(self.axis.document(sender, recipients, **changes))
        return (await self.submit(data, sender)).record(wire.Submitted)

    async def take(self, agency: str, *sent: wire.Submitted) -> Answer:
        """Acknowledge these as their recipient."""
        return await self.acknowledge(agency, [(s.message.id, s.message.sha256) for s in sent])

    async def acknowledge(self, agency: str, pairs: list[tuple[str, str]], who: str = "") -> Answer:
        """`pairs` are (message id, SHA-256 hex); `who` sends what `agency` signed."""
        credential = self.credential(agency)
        items = tuple(acknowledgement.Item(m, sha, acknowledgement.Outcome.CONTENT_HANDOVER) for m, sha in pairs)
        signed = acknowledgement.sign(
            acknowledgement.Acknowledgement(agency, self.axis.clock(), items),
            credential.key,
            jws.key_id(credential.certificate),
        )
        return await self.call("POST", "/v1/inbox/acknowledge", who or agency, json={"signed": signed})

    def status(self, sender: str, code: StatusCode, about: wire.Submitted, document_id: str = "") -> bytes:
        """A signed status about a document, named by its DocumentId."""
        self.axis.numbers += 1
        status = Status(
            sender=organ(sender),
            response_for=ResponseFor(
                organ_id=about.message.sender,
                code="" if document_id else about.message.code,
                document_id=document_id or about.message.document_id,
                promulgation_date=date(2026, 11, 20),
            ),
            staff=Staff(department="Văn thư", staff=f"Văn thư {self.axis.numbers}"),
            code=code,
            description="lý do",
            timestamp=datetime(2026, 11, 22, 9, 15),
        )
        return self.axis.sign(status)

    async def raw(self, data: bytes, *, close: bool = False) -> bytes:
        """What the hub answers to these bytes on a connection of their own, until it closes; `close`: nothing more
        comes after them."""
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            writer.write(data)
            if close:
                writer.write_eof()
            async with asyncio.timeout(60):
                return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


def nobody_in_charge(keys: Path, folder: Path) -> Path:
    """A copy of the profile that names no operator and no auditor, under somebody else's CA: nothing is made there, and
    a hub begins with an empty log."""
    keyring(str(keys))
    shutil.copytree(keys, folder)
    for path in [*folder.glob("hub/operator.*"), *folder.glob("hub/auditor.*"), *folder.glob("issuing/*.key.pem")]:
        path.unlink()
    return folder


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that the hub does without being asked again."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def bare(identifier: str) -> str:
    return identifier.removeprefix("urn:uuid:")


@asynccontextmanager
async def a_web(
    folder: Path,
    keys: Path,
    *,
    mailbox: MailboxSettings | None = None,
    health: HealthSettings | None = None,
    filled: bool = True,
    console: ConsoleSettings | None = None,
    samples: Sequence[tuple[str, Role, str, str]] = (),
    webhooks: WebhookSettings | None = None,
    alerts: AlertSettings | None = None,
    clock: Clock | None = None,
    programmes: Mapping[str, Programme] = PROGRAMMES,
    **limits: Any,
) -> AsyncIterator[Web]:
    """A hub in `folder`, with agencies in its directory if `filled`; `limits` are members of LimitSettings, `samples`
    accounts of a sandbox."""
    clock = clock or Clock()
    profile = keyring(str(keys))
    settings = Settings(
        hub=HubSettings(data=str(folder), keys=str(keys)),
        http=HttpSettings(port=0),
        limits=LimitSettings(**limits),
        mailbox=mailbox or MailboxSettings(),
        health=health or HealthSettings(),
        console=console or ConsoleSettings(),
        webhooks=webhooks or WebhookSettings(),
        alerts=alerts or AlertSettings(),
    )
    async with running(settings, clock=clock, sweeping=False, samples=samples, programmes=programmes) as hub:
        if filled and not len(hub.exchange.directory):
            await hub.exchange.change_directory(registered(profile), "test")
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            yield Web(hub, Axis(hub.exchange, hub.log, profile, clock), session)
