"""Alerts over a real mail server and a real webhook: told once, again after a time, and when over; through restarts,
and with a mail server that does not answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from hub.base.alert_settings import AlertSettings
from hub.base.webhook_settings import WebhookSettings
from hub.core.alerts import Letter
from hub.core.model import Millis
from hub.core.wire_hooks import Webhook
from hub.core.wire_watch import AlertsTested, StandingAlerts
from hub.upkeep import mail
from tests.support.axis import HOUR, SON_LA, VPCP, of_today
from tests.support.receiver import a_receiver
from tests.support.web import AUDITOR, OPERATOR, Web, a_web

MINUTE, DAY = 60_000, 24 * HOUR
CODE = "silent"


@dataclass
class Postbox:
    """A mail server on loopback: keeps mails, or answers 451 while `busy`."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    busy: bool = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.busy:
            return "451 later"
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default))
        self.recipients = list(envelope.rcpt_tos)
        return "250 kept"

    def authenticated(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"m\xe1\xba\xadt kh\xe1\xba\xa9u")

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


@asynccontextmanager
async def a_postbox(*, implicit: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Postbox]:
    box = Postbox()
    options["authenticator"] = box.authenticated
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, enable_SMTPUTF8=True, hostname="localhost", **options), "127.0.0.1", 0, ssl=implicit
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def settings(box: Postbox, **changes: Any) -> AlertSettings:
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "mail_from": "truc@truc.example",
        "mail_to": ("truc-ban@sonla.example", "an@sonla.example"),
        "smtp_seconds": 20.0,
    }
    return AlertSettings(**(given | changes))


async def listed(web: Web, who: str = OPERATOR) -> StandingAlerts:
    return (await web.get("/v1/alerts", who)).record(StandingAlerts)


async def look(web: Web, ms: int = 0) -> None:
    web.axis.clock.forward(ms)
    web.tokens.clear()
    await web.hub.alerts.look()


async def test_an_alert_is_mailed_once_again_after_a_day_and_when_it_is_over(tmp_path: Path, keys: Path) -> None:
    async with a_postbox() as box, a_web(tmp_path / "hub", keys, alerts=settings(box)) as web:
        sent = await web.send(VPCP, SON_LA)
        await look(web)
        assert (await listed(web)).items == []
        await look(web, 25 * HOUR)
        assert await web.hub.alerts.mail_due()
        await look(web, MINUTE)
        assert await web.hub.alerts.mail_due()
        assert box.subjects == [
            "[truc warning] 1 đơn vị để văn bản chờ quá lâu / 1 agencies leave documents waiting too long"
        ]
        (mailed,) = box.mails
        text = mailed.get_content()
        assert f"truc agencies health cho Ủy ban nhân dân tỉnh Sơn La ({SON_LA})." in text
        assert "Từ 11:00 hôm qua." in text
        assert "Since 11:00 yesterday." in text
        assert (mailed["From"], mailed["To"]) == (
            "truc <truc@truc.example>",
            "truc-ban@sonla.example, an@sonla.example",
        )
        assert box.recipients == ["truc-ban@sonla.example", "an@sonla.example"]
        (standing,) = (await listed(web, AUDITOR)).items
        assert (standing.code, standing.severity, standing.notices, standing.mailed) == (CODE, "warning", 1, True)
        assert standing.do_en == f"truc agencies health for Ủy ban nhân dân tỉnh Sơn La ({SON_LA})."

        await look(web, 24 * HOUR)
        assert await web.hub.alerts.mail_due()
        assert box.mails[0]["Message-ID"] != box.mails[1]["Message-ID"]
        await web.take(SON_LA, sent)
        await look(web)
        await look(web, 6 * MINUTE)
        assert await web.hub.alerts.mail_due()
        assert len(box.mails) == 3
        assert box.subjects[2].startswith("[truc warning] Đã hết: ")
        assert (await listed(web)).items == []
        assert await web.store.alerts() == []


async def test_alerts_survive_a_restart_and_a_mail_server_that_is_away(tmp_path: Path, keys: Path) -> None:
    async with a_postbox() as box:
        box.busy = True
        async with a_web(tmp_path / "hub", keys, alerts=settings(box)) as web:
            await web.send(VPCP, SON_LA)
            await look(web, 25 * HOUR)
            assert not await web.hub.alerts.mail_due()
            assert "451" in (await listed(web)).mail_failure
            assert (await web.send(VPCP, SON_LA)).receipt, "documents go on"
            clock = web.axis.clock
        box.busy = False
        async with a_web(tmp_path / "hub", keys, alerts=settings(box), clock=clock) as web:
            raised = (await listed(web)).items[0].raised
            await look(web, MINUTE)
            assert await web.hub.alerts.mail_due()
            assert len(box.mails) == 1
            assert (await listed(web)).items[0].raised == raised
            assert (await listed(web)).mail_failure == ""
        async with a_web(tmp_path / "hub", keys, alerts=settings(box), clock=clock) as web:
            await look(web, MINUTE)
            assert await web.hub.alerts.mail_due()
            assert len(box.mails) == 1, "what was told before the restart is not told again"
        text = box.mails[0].get_content()
        assert f"alert-{CODE}-" in text


async def test_a_server_that_is_gone_or_silent_costs_a_time_and_no_more(tmp_path: Path, keys: Path) -> None:
    hold = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hold.wait()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    box = Postbox(port=server.sockets[0].getsockname()[1])
    letter = mail.compose(Letter("s", "b"), settings(box), "r", Millis(0))
    with pytest.raises(mail.NotMailed, match="Timeout"):
        await mail.send(letter, settings(box, smtp_seconds=0.2))
    hold.set()
    server.close()
    await server.wait_closed()
    with pytest.raises(mail.NotMailed, match="Connect"):
        await mail.send(letter, settings(box))


@pytest.mark.parametrize("subject", ["a\nBcc: x@y.example", "a\r\nBcc: x@y.example", "a\rb"])
def test_a_header_that_would_be_two_is_refused(subject: str) -> None:
    with pytest.raises(ValueError):
        mail.compose(Letter(subject, "b"), settings(Postbox()), "r", Millis(0))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("mail_to", ["a@b.example\nBcc: c@d.example"]),
        ("mail_to", ["a b@c.example"]),
        ("mail_to", ["<a@b.example>"]),
        ("mail_from", "a@b.example\n"),
        ("smtp_host", "mail.example\nx"),
        ("smtp_user", "a\r\nb"),
    ],
)
def test_a_hostile_address_is_no_setting(member: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({member: value}, AlertSettings)


@pytest.mark.real_clock
async def test_over_tls_with_a_login_and_only_to_the_right_server(tmp_path: Path) -> None:
    profile, _ = of_today(tmp_path / "keys")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*profile.files_of("tls", "hub"))
    password = tmp_path / "password"
    password.write_text("mật khẩu\n", encoding="utf-8")
    anchors = tmp_path / "ca.pem"
    anchors.write_bytes(b"".join(p.read_bytes() for p in sorted((profile.folder / "anchors").glob("*.cert.pem"))))
    login = {
        "smtp_host": "localhost",
        "smtp_user": "truc",
        "smtp_password_file": str(password),
        "smtp_ca": str(anchors),
    }
    async with (
        a_postbox(tls_context=context, require_starttls=True, auth_required=True) as box,
        a_postbox(implicit=context, auth_require_tls=False) as wrapped,
        a_postbox() as plain,
    ):
        for server, security in ((box, "starttls"), (wrapped, "tls")):
            given = settings(server, smtp_security=security, **login)
            await mail.send(mail.compose(Letter("Cảnh báo", "b"), given, "r", Millis(0)), given)
            assert server.subjects == ["Cảnh báo"]
            assert server.logins == [(b"truc", "mật khẩu".encode())]
        unknown = settings(box, smtp_security="starttls", **(login | {"smtp_ca": ""}))
        nobody = {"smtp_user": "", "smtp_password_file": ""}
        stripped = settings(plain, smtp_security="starttls", **(login | nobody))
        for given in (unknown, stripped):
            with pytest.raises(mail.NotMailed):
                await mail.send(mail.compose(Letter("s", "b"), given, "r", Millis(0)), given)
        assert len(box.mails) == 1
        assert plain.mails == []
        password.write_text("another", encoding="utf-8")
        given = settings(box, smtp_security="starttls", **login)
        with pytest.raises(mail.NotMailed):
            await mail.send(mail.compose(Letter("s", "b"), given, "r", Millis(0)), given)
        assert len(box.mails) == 1


async def test_the_operators_webhooks_are_told_too(tmp_path: Path, keys: Path) -> None:
    async with a_receiver() as receiver, a_web(tmp_path / "hub", keys, webhooks=WebhookSettings(plain=True)) as web:
        made = (await web.call("POST", "/v1/webhooks", OPERATOR, json={"url": receiver.url})).record(Webhook)
        assert (await web.call("POST", f"/v1/webhooks/{made.id}/test", OPERATOR)).status == 200
        sent = await web.send(VPCP, SON_LA)
        await look(web, 25 * HOUR)
        await look(web, MINUTE)
        await web.hub.webhooks.settle()
        (got,) = receiver.got
        data = got.payload.data
        assert (got.payload.type, data.alert, data.state, data.severity) == (
            "operator.alert",
            CODE,
            "raised",
            "warning",
        )
        assert (data.agencies, data.since) == ((SON_LA,), sent.message.accepted_at)
        assert data.vi == "1 đơn vị để văn bản chờ quá lâu"
        assert data.do_en
        tried = (await web.call("POST", "/v1/alerts/test", OPERATOR)).record(AlertsTested)
        assert (tried.webhooks, tried.mailed, tried.mail_failure) == (1, 0, "")
        await web.hub.webhooks.settle()
        assert receiver.got[1].payload.data.alert == "test"
        for _ in range(9):
            web.axis.clock.forward(1000)
            assert (await web.call("POST", "/v1/alerts/test", OPERATOR)).status == 200
        assert (await web.call("POST", "/v1/alerts/test", OPERATOR)).problem.code == "LIMIT_TOO_MANY"
