"""Callers known by their client certificate: real handshakes, with certificates that are wrong in every way.

What OpenSSL refuses in the handshake is told as a TLS alert, everything else as a problem. OpenSSL judges certificates
by the real clock, so here the hub's clock starts at the real time and certificates are made relative to it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, InvalidSettings, Settings, load
from hub.base.runtime import system_clock
from hub.core import wire
from hub.core.evidence import format as evidence
from hub.core.model import Agency, Millis
from hub.core.signature.anchors import DAY
from hub.core.signature.anchors_uses import DOCUMENT_SIGNING
from hub.pki import profile as pki
from hub.pki.issue import AGENCY, YEAR, Credential, Use, issue
from tests.support.axis import AGENCIES, HA_NOI, SON_LA, VPCP, Axis, Clock, registered
from tests.support.web import Answer, Web

pytestmark = pytest.mark.real_clock

NOW = system_clock()
CALLS_ONLY = Use(730, (ExtendedKeyUsageOID.CLIENT_AUTH,))
NO_CALLS = Use(730, (DOCUMENT_SIGNING,), commits=True)


@pytest.fixture
def profile(tmp_path: Path) -> pki.Profile:
    """Of its own: these tests revoke."""
    made = pki.ensure_profile(tmp_path / "keys", NOW)
    made.issue_agencies(AGENCIES, NOW)
    return made


def tls_files(profile: pki.Profile) -> dict[str, str]:
    return {
        f"tls_{n}": str(profile.folder / "hub" / f"tls.{k}.pem") for n, k in (("certificate", "cert"), ("key", "key"))
    }


@asynccontextmanager
async def a_hub(tmp_path: Path, profile: pki.Profile, **http: str) -> AsyncIterator[Web]:
    settings = Settings(
        hub=HubSettings(data=str(tmp_path / "hub"), keys=str(profile.folder)),
        http=HttpSettings(port=0, **({"client_certificates": "optional"} | tls_files(profile) | http)),
    )
    clock = Clock(NOW)
    async with running(settings, clock=clock, sweeping=False) as hub, aiohttp.ClientSession() as session:
        await hub.exchange.change_directory(registered(profile), "test")
        yield Web(hub, Axis(hub.exchange, hub.log, profile, clock), session)


def trusting(profile: pki.Profile) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(profile.folder / "anchors" / "root.cert.pem"))


def showing(profile: pki.Profile, credential: Credential, folder: Path) -> ssl.SSLContext:
    """The client's end with this certificate."""
    context = trusting(profile)
    path = folder / f"{credential.certificate.serial_number:x}.pem"
    key = credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key + b"".join(c.public_bytes(Encoding.PEM) for c in credential.chain))
    context.load_cert_chain(path)
    return context


@asynccontextmanager
async def caller(web: Web, context: ssl.SSLContext) -> AsyncIterator[Web]:
    """Calls on one connection of this context, without a token."""
    connector = aiohttp.TCPConnector(ssl=context, limit=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Web(web.hub, web.axis, session)


@asynccontextmanager
async def a_hub_and(tmp_path: Path, profile: pki.Profile, code: str) -> AsyncIterator[tuple[Web, Web]]:
    """The hub, and a connection on which that agency shows its certificate."""
    context = showing(profile, profile.agency(code), tmp_path)
    async with a_hub(tmp_path, profile) as web, caller(web, context) as calling:
        yield web, calling


async def outbox(web: Web, context: ssl.SSLContext) -> Answer:
    async with caller(web, context) as calling:
        return await calling.get("/v1/outbox")


def issued(
    profile: pki.Profile, code: str, use: Use = AGENCY, at: int = NOW, credential: Credential | None = None
) -> Credential:
    key = credential.key if credential else None
    return issue(profile._ca("issuing"), use, code, "Một đơn vị", Millis(at), crl_url="http://x", key=key)


def with_certificates(web: Web, code: str, *credentials: Credential, **changes: object) -> Agency:
    held = tuple(pki.registered(c, Millis(0)) for c in credentials)
    return msgspec.structs.replace(web.hub.exchange.directory[code], certificates=held, **changes)


async def register(web: Web, code: str, *credentials: Credential, **changes: object) -> None:
    await web.hub.exchange.change_directory([with_certificates(web, code, *credentials, **changes)], "test")


def refused(answer: Answer, *words: str) -> None:
    assert answer.status == 401
    assert answer.problem.code == "ACCESS_UNAUTHENTICATED"
    told = f"{answer.problem.expected} {answer.problem.found}"
    assert all(word in told for word in words), told


async def test_a_registered_certificate_needs_no_token_and_the_evidence_says_so(
    tmp_path: Path, profile: pki.Profile
) -> None:
    async with a_hub(tmp_path, profile) as web:
        async with caller(web, showing(profile, profile.agency(VPCP), tmp_path)) as vpcp:
            sent = (await submitted(vpcp, VPCP)).record(wire.Submitted)
            assert [i.message.id for i in (await vpcp.get("/v1/outbox")).record(wire.Outbox).items] == [sent.message.id]
        async with caller(web, showing(profile, profile.agency(SON_LA), tmp_path)) as son_la:
            items = [wire.UnsignedItem(message=sent.message.id, sha256=sent.message.sha256)]
            body = msgspec.json.encode(wire.AcknowledgeRequest(items=items))
            done = (await son_la.call("POST", "/v1/inbox/acknowledge", data=body)).record(wire.Acknowledgements)
            assert done.items[0].problem is None
        accepted, handed = [evidence.decode(leaf.object) for leaf in await web.store.timeline(1)]
        assert accepted.sender is not None
        assert accepted.sender.auth_method == "mtls:agency"
        assert handed.counter is not None
        assert handed.counter.absent == "mtls:agency"


async def submitted(web: Web, sender: str) -> Answer:
    data = web.axis.sign(web.axis.document(sender, [HA_NOI if sender == SON_LA else SON_LA]))
    return await web.call("POST", "/v1/documents", data=data, headers={"Content-Type": "application/xml"})


async def test_without_a_certificate_a_token_is_needed_and_enough(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub(tmp_path, profile) as web, caller(web, trusting(profile)) as calling:
        refused(await calling.get("/v1/outbox"), "Bearer")
        assert (await calling.get("/healthz")).status == 200
        calling.tokens[VPCP] = await calling.token(VPCP)
        assert (await calling.get("/v1/outbox", VPCP)).status == 200


async def test_a_bad_token_is_not_mended_by_a_good_certificate(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub_and(tmp_path, profile, VPCP) as (_, vpcp):
        refused(await vpcp.get("/v1/outbox", headers={"Authorization": "Bearer nonsense"}))


async def test_a_header_says_nothing_about_who_calls(tmp_path: Path, profile: pki.Profile) -> None:
    pem = profile.agency(VPCP).certificate.public_bytes(Encoding.PEM).decode().replace("\n", "%0A")
    async with a_hub(tmp_path, profile) as web, caller(web, trusting(profile)) as calling:
        for name in ("X-SSL-Client-Cert", "X-Forwarded-Client-Cert", "Client-Cert", "X-Client-Cert"):
            refused(await calling.get("/v1/outbox", headers={name: pem}))


@pytest.mark.parametrize(
    ("alert", "make"),
    [
        ("unknown ca", lambda mine, others: others.agency(VPCP)),
        ("certificate expired", lambda mine, others: issued(mine, VPCP, at=NOW - 3 * YEAR)),
        ("unsupported certificate", lambda mine, others: issued(mine, VPCP, NO_CALLS)),
        ("certificate required", None),
    ],
)
async def test_what_no_handshake_may_pass_is_told_as_an_alert(
    tmp_path: Path, profile: pki.Profile, alert: str, make: Callable[[pki.Profile, pki.Profile], Credential] | None
) -> None:
    others = pki.ensure_profile(tmp_path / "others", NOW)
    others.issue_agencies(AGENCIES, NOW)
    context = showing(profile, make(profile, others), tmp_path) if make else trusting(profile)
    async with a_hub(tmp_path, profile, client_certificates="required") as web:
        assert alert in await the_alert(web, context)
        assert (await outbox(web, showing(profile, profile.agency(VPCP), tmp_path))).status == 200


async def the_alert(web: Web, context: ssl.SSLContext) -> str:
    """Where a client's certificate is refused TLS 1.3 tells it with the first bytes that are read."""
    try:
        reader, writer = await asyncio.open_connection(*web.address, ssl=context)
        writer.write(b"GET /v1/outbox HTTP/1.1\r\nHost: hub\r\n\r\n")
        told = await reader.read(100)
    except ssl.SSLError as error:
        return str(error).lower().replace("_", " ")
    return f"no alert, but {told!r}"


async def test_a_revocation_ends_a_connection_that_is_open(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub_and(tmp_path, profile, VPCP) as (web, vpcp):
        assert (await vpcp.get("/v1/outbox")).status == 200
        web.axis.clock.forward(1000)
        profile.revoke(profile.agency(VPCP).certificate, web.axis.clock())
        await web.hub.reload()
        refused(await vpcp.get("/v1/outbox"), "SIGNATURE_CERTIFICATE_REVOKED")
        refused(await submitted(vpcp, VPCP), "SIGNATURE_CERTIFICATE_REVOKED")


async def test_lists_that_are_too_old_let_nobody_in(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub_and(tmp_path, profile, VPCP) as (web, vpcp):
        web.axis.clock.forward(30 * DAY)
        refused(await vpcp.get("/v1/outbox"), "SIGNATURE_REVOCATION_UNKNOWN")


async def test_what_expires_during_a_connection_ends_it(tmp_path: Path, profile: pki.Profile) -> None:
    brief = issued(profile, VPCP, at=NOW - AGENCY.days * DAY + 6 * DAY)
    async with a_hub(tmp_path, profile) as web:
        await register(web, VPCP, brief)
        async with caller(web, showing(profile, brief, tmp_path)) as vpcp:
            assert (await vpcp.get("/v1/outbox")).status == 200
            web.axis.clock.forward(6 * DAY + 1000)
            refused(await vpcp.get("/v1/outbox"), "SIGNATURE_CERTIFICATE_EXPIRED")


async def test_a_certificate_is_whose_the_directory_says_not_whose_it_says(
    tmp_path: Path, profile: pki.Profile
) -> None:
    named = issued(profile, VPCP)  # its subject names the Government Office; nobody registered it
    async with a_hub(tmp_path, profile) as web:
        refused(await outbox(web, showing(profile, named, tmp_path)), "the directory", "sha-256:")
        await register(web, SON_LA, profile.agency(SON_LA), named)
        async with caller(web, showing(profile, named, tmp_path)) as calling:
            assert (await submitted(calling, SON_LA)).status < 300
            answer = await submitted(calling, VPCP)
            assert answer.problem.code == "ROUTING_SENDER_NOT_ALLOWED"


async def test_another_agencys_certificate_opens_nothing_of_others(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub(tmp_path, profile) as web:
        async with caller(web, showing(profile, profile.agency(VPCP), tmp_path)) as vpcp:
            sent = (await submitted(vpcp, VPCP)).record(wire.Submitted)
        async with caller(web, showing(profile, profile.agency(HA_NOI), tmp_path)) as ha_noi:
            assert (await ha_noi.get(f"/v1/documents/{sent.message.id}/content")).status == 404
            assert (await ha_noi.get("/v1/inbox", params={"agency": SON_LA})).status == 403
            answer = await submitted(ha_noi, VPCP)
            assert answer.problem.code == "ROUTING_SENDER_NOT_ALLOWED"


async def test_a_suspended_agency_is_refused_on_its_open_connection(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub_and(tmp_path, profile, VPCP) as (web, vpcp):
        assert (await vpcp.get("/v1/outbox")).status == 200
        await register(web, VPCP, profile.agency(VPCP), suspended=True)
        refused(await vpcp.get("/v1/outbox"), "an active agency", VPCP)


async def test_a_withdrawn_certificate_is_refused(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub_and(tmp_path, profile, VPCP) as (web, vpcp):
        held = pki.registered(profile.agency(VPCP), Millis(0), Millis(NOW))
        entry = msgspec.structs.replace(web.hub.exchange.directory[VPCP], certificates=(held,))
        await web.hub.exchange.change_directory([entry], "test")
        refused(await vpcp.get("/v1/outbox"), "the directory")


async def test_another_certificate_over_the_registered_key_is_the_agencys_while_that_one_is_good(
    tmp_path: Path, profile: pki.Profile
) -> None:
    signing = issued(profile, VPCP, NO_CALLS)
    calling = issued(profile, VPCP, CALLS_ONLY, credential=signing)
    async with a_hub(tmp_path, profile) as web:
        await register(web, VPCP, signing)
        async with caller(web, showing(profile, calling, tmp_path)) as vpcp:
            assert (await vpcp.get("/v1/outbox")).status == 200
            web.axis.clock.forward(1000)
            profile.revoke(signing.certificate, web.axis.clock())
            await web.hub.reload()
            refused(await vpcp.get("/v1/outbox"), "the directory")


async def test_a_certificate_for_calls_only_may_be_registered_and_signs_nothing(
    tmp_path: Path, profile: pki.Profile
) -> None:
    only = issued(profile, VPCP, CALLS_ONLY)
    async with a_hub(tmp_path, profile) as web:
        await register(web, VPCP, profile.agency(VPCP), only)
        async with caller(web, showing(profile, only, tmp_path)) as vpcp:
            assert (await submitted(vpcp, VPCP)).status < 300


async def test_the_key_of_two_agencies_is_nobodys(tmp_path: Path, profile: pki.Profile) -> None:
    one = profile.agency(VPCP)
    two = issued(profile, SON_LA, credential=one)
    async with a_hub(tmp_path, profile) as web:
        await register(web, SON_LA, two)
        refused(await outbox(web, showing(profile, one, tmp_path)), "the directory")


# -- the listening end ------------------------------------------------------------------------------------------------


def limited(profile: pki.Profile, version: ssl.TLSVersion, ciphers: str = "") -> ssl.SSLContext:
    context = trusting(profile)
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


async def handshake(web: Web, context: ssl.SSLContext) -> ssl.SSLObject:
    host, port = web.address
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    spoken: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    return spoken


async def test_only_modern_tls_is_spoken(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub(tmp_path, profile) as web:
        new = await handshake(web, limited(profile, ssl.TLSVersion.TLSv1_3))
        assert (new.version(), new.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
        old = await handshake(web, limited(profile, ssl.TLSVersion.TLSv1_2))
        assert old.version() == "TLSv1.2"
        assert (old.cipher() or [""])[0].startswith("ECDHE-")
        for context in (
            limited(profile, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA"),
            limited(profile, ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256"),
        ):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await handshake(web, context)
    async with a_hub(tmp_path, profile, tls_minimum="1.3") as web:
        assert (await handshake(web, limited(profile, ssl.TLSVersion.TLSv1_3))).version() == "TLSv1.3"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await handshake(web, limited(profile, ssl.TLSVersion.TLSv1_2))


async def test_no_session_is_resumed_by_a_ticket(tmp_path: Path, profile: pki.Profile) -> None:
    async with a_hub(tmp_path, profile) as web:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            spoken = await handshake(web, limited(profile, version))
            assert spoken.session is None or not spoken.session.has_ticket


async def test_a_new_certificate_is_taken_without_a_restart_and_one_without_its_key_never(
    tmp_path: Path, profile: pki.Profile
) -> None:
    def shown(spoken: ssl.SSLObject) -> int:
        return x509.load_der_x509_certificate(spoken.getpeercert(binary_form=True) or b"").serial_number

    async with a_hub(tmp_path, profile) as web:
        first = shown(await handshake(web, trusting(profile)))
        (profile.folder / "hub" / "tls.cert.pem").unlink()
        profile.make_hub(NOW)
        await web.hub.reload()
        second = shown(await handshake(web, trusting(profile)))
        assert second != first
        other = profile.hub("seal").certificate.public_bytes(Encoding.PEM)
        (profile.folder / "hub" / "tls.cert.pem").write_bytes(other)
        with pytest.raises(ssl.SSLError):
            await web.hub.reload()
        assert shown(await handshake(web, trusting(profile))) == second


def test_settings_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    for text in ('client_certificates = "optional"', 'client_certificates = "sometimes"', 'tls_minimum = "1.1"'):
        path.write_text(f"[http]\n{text}\n")
        with pytest.raises(InvalidSettings):
            load(path)
