"""Hands one mail to the mail server that the settings name: over TLS, within a time, or not at all.

A certificate that does not verify ends it before anything is said; STARTTLS that is not offered does too. Headers are
made by `email`, which refuses line ends in them; addresses come from the settings alone, whose pattern allows none. A
mail that the server took counts as told; one that it took though its answer was lost is sent again under the same
Message-ID.
"""

from __future__ import annotations

import asyncio
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final

import aiosmtplib

from hub.base.alert_settings import AlertSettings
from hub.core.alerts import Letter
from hub.core.model import Millis, to_datetime

_MOST_WHY: Final = 200


class NotMailed(Exception):
    """Why the mail server did not take it, in one line."""


def compose(letter: Letter, settings: AlertSettings, reference: str, at: Millis) -> EmailMessage:
    """ValueError for a header that would be two."""
    message = EmailMessage()
    message["From"] = Address("truc", addr_spec=settings.mail_from)
    message["To"] = tuple(Address(addr_spec=address) for address in settings.mail_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(to_datetime(at))
    message["Message-ID"] = f"<{reference}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="base64")
    return message


async def send(message: EmailMessage, settings: AlertSettings) -> None:
    """Return when the server has taken it for every recipient; NotMailed else, within `smtp_seconds`."""
    try:
        async with asyncio.timeout(settings.smtp_seconds):
            await _sent(message, settings)
    except (aiosmtplib.SMTPException, OSError, ValueError, TimeoutError) as error:
        why = f"{type(error).__name__}: {error}".replace("\n", " ")[:_MOST_WHY]
        raise NotMailed(why) from None


async def _sent(message: EmailMessage, settings: AlertSettings) -> None:
    password = ""
    if settings.smtp_user:
        text = await asyncio.to_thread(Path(settings.smtp_password_file).read_text, "utf-8")
        password = text.rstrip("\r\n")
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        tls_context=None if settings.smtp_security == "none" else _context(settings.smtp_ca),
        username=settings.smtp_user or None,
        password=password or None,
        timeout=settings.smtp_seconds,
    )
    async with client:
        refused, _ = await client.send_message(message)
        if refused:  # some of several: the others have it
            raise NotMailed(f"refused for {len(refused)} of {len(settings.mail_to)} recipients")


def _context(ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
